"""Posters and cards: laid out, readable, whole, in every form, layout and script."""

import colorsys
import io
import re
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image, PdfParser

from media.fonts import MissingGlyphs
from media.posters import (
    COLOURS,
    FORMS,
    LAYOUTS,
    PosterError,
    PosterSpec,
    TextTooLong,
    cache_key,
    compose,
    render,
    render_pdf,
)
from media.posters.spec import alt_text
from media.posters.themes import LEAST_CONTRAST, contrast, theme
from tests.bench.bench_poster import photo
from tests.media.poster_cases import ADDRESS, CARD, WORDS, case, drawable, longest, problems

SCREENS = [name for name, form in FORMS.items() if not form.print]
PRINTS = [name for name, form in FORMS.items() if form.print]
SCRIPTS = list(WORDS)


@pytest.fixture(scope="module")
def picture() -> bytes:
    return photo(1200, 900)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", SCREENS)
def test_the_longest_text_stands_whole_and_readable(form: str, layout: str, script: str) -> None:
    if not drawable(script):
        with pytest.raises(MissingGlyphs, match=r"U\+[0-9A-F]{4}"):
            compose(case(form, layout, script, 4))
        return
    assert problems(longest(form, layout, script)) == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", PRINTS)
def test_the_longest_text_in_print(form: str, layout: str) -> None:
    assert problems(compose(case(form, layout, "vietnamese", 9))) == []


@pytest.mark.parametrize("mark", ["BẢN MẪU", "DIỄN TẬP"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", SCREENS)
def test_a_marked_card_with_a_photo_in_another_colour(form: str, layout: str, mark: str, picture: bytes) -> None:
    lines = CARD.lines[:1] if FORMS[form].wide else CARD.lines
    spec = replace(
        CARD, form=form, layout=layout, mark=mark, photo=picture, photo_alt="Núi", colour="#F2C94C", lines=lines
    )
    stage = compose(spec)
    assert problems(stage) == []
    assert [box.lines[0].text for box in stage.boxes if box.role == "mark"] == [mark]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("form", "count"), [*(("portrait", n) for n in range(5)), *(("story", n) for n in range(5)), ("facebook", 0),
                        ("facebook", 1), ("facebook", 2), ("facebook", 3)]
)
def test_any_number_of_hotlines_and_long_ones(form: str, count: int, layout: str) -> None:
    lines = (("111", "Tổng đài quốc gia"), ("0214 3 840 000", "Công an tỉnh"), ("113", "Công an"), ("1900 0000", "Hội"))
    if form == "facebook":
        lines = (("111", "Tổng đài quốc gia"), ("113", "Công an"), ("1900 0000", "Hội Phụ nữ"))
    spec = replace(CARD, form=form, layout=layout, hotlines=lines[:count], lines=CARD.lines[:1])
    stage = compose(spec)
    assert problems(stage) == []
    sizes = [box.size for box in stage.boxes if box.role == "hotline"]
    assert len(sizes) == count
    assert all(size >= 32 for size in sizes)


@pytest.mark.parametrize("left_out", ["call", "organiser", "qr_url", "qr_caption", "lines", "hotlines"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", ["portrait", "facebook"])
def test_what_is_not_given_leaves_no_trace(form: str, layout: str, left_out: str) -> None:
    empty = () if left_out in ("lines", "hotlines") else ""
    spec = replace(CARD, form=form, layout=layout, lines=CARD.lines[:1])
    spec = replace(spec, **{left_out: empty}, **({"qr_caption": ""} if left_out == "qr_url" else {}))
    assert problems(compose(spec)) == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", [*SCREENS, "poster-a4"])
def test_a_reader_finds_the_address_in_the_finished_file(form: str, layout: str) -> None:
    lines = CARD.lines[:1] if FORMS[form].wide else CARD.lines
    done = render(replace(CARD, form=form, layout=layout, lines=lines))
    image = Image.open(io.BytesIO(done.data))
    assert image.size == (done.width, done.height) == FORMS[form].full
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [ADDRESS]


def test_each_script_is_drawn_by_a_font_of_its_own() -> None:
    mixed = "Cảnh giác"
    if drawable("tai-viet"):
        mixed += " ꪼꪕ ꪁꪫꪱꪣ"
    if drawable("han"):
        mixed += " 警惕高薪"
    stage = compose(replace(CARD, title=mixed, lines=()))
    fonts = {run.text.strip(): run.font for box in stage.boxes if box.role == "title" for line in box.lines
             for run in line.runs}
    for text, font in fonts.items():
        if re.search(r"[\uAA80-\uAADF]", text):
            assert font.startswith("NotoSansTaiViet")
        elif re.search(r"[\u4E00-\u9FFF]", text):
            assert "BeVietnamPro" not in font
        else:
            assert font == "BeVietnamPro-ExtraBold"
    assert len(set(fonts.values())) == 1 + drawable("tai-viet") + drawable("han")


def test_vietnamese_needs_no_font_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    from media.posters import faces

    caches = (faces.chain, faces._font_of, faces.pieces, faces.measure)
    monkeypatch.setattr(faces, "font_files", dict)
    for kept in caches:
        kept.cache_clear()
    try:
        assert problems(compose(case("portrait", "steps", "vietnamese", 8))) == []
        with pytest.raises(MissingGlyphs, match=r"U\+AA80"):
            compose(replace(CARD, title="ꪀ"))
    finally:
        for kept in caches:
            kept.cache_clear()


@pytest.mark.parametrize("field", ["title", "call", "organiser", "qr_caption"])
def test_a_glyph_that_no_font_has_is_named(field: str) -> None:
    with pytest.raises(MissingGlyphs, match=r"U\+E123") as error:
        compose(replace(CARD, **{field: "Chữ \ue123 lạ"}))
    assert error.value.characters == "\ue123"


def test_decomposed_text_is_set_as_composed() -> None:
    import unicodedata

    decomposed = replace(CARD, title=unicodedata.normalize("NFD", CARD.title))
    assert render(decomposed).data == render(CARD).data


def test_controls_neither_show_nor_turn_a_number_round() -> None:
    title, number = "Gọi\u202e ngay\x07 1\u00ad1\u20661\ufeff", "\u202e111"
    dirty = replace(CARD, title=title, hotlines=((number, "Tổng\x00đài"),))
    stage = compose(dirty)
    shown = {box.role: [line.text for line in box.lines] for box in stage.boxes}
    assert shown["title"] == ["Gọi ngay 111"]
    assert shown["hotline"] == ["111"]
    assert shown["hotline-name"] == ["Tổng đài"]


def test_a_number_and_what_the_author_ties_together_stay_on_one_line() -> None:
    tied = "Việc nhẹ, lương\u00a0cao ở nước\u202fngoài, gọi 1800 1091 hoặc 0214 3 840 000"
    for form in ("portrait", "square", "facebook"):
        boxes = compose(replace(CARD, form=form, title=tied, lines=())).boxes
        title = next(box for box in boxes if box.role == "title")
        assert len(title.lines) > 2
        for whole in ("lương\u00a0cao", "nước\u00a0ngoài", "1800\u00a01091", "0214\u00a03\u00a0840\u00a0000"):
            assert sum(whole in line.text for line in title.lines) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", ["portrait", "facebook", "square"])
def test_too_long_a_text_says_by_how_much(form: str, layout: str) -> None:
    spec = replace(CARD, form=form, layout=layout, lines=("Không đi theo người lạ, kể cả người quen. " * 40,))
    with pytest.raises(TextTooLong) as error:
        compose(spec)
    assert str(error.value.excess) in str(error.value)
    keep = len(spec.lines[0]) - round(error.value.excess * 1.15)
    assert keep > 10
    assert problems(compose(replace(spec, lines=(spec.lines[0][:keep],)))) == []


def test_one_word_wider_than_the_poster_is_refused() -> None:
    with pytest.raises(TextTooLong) as error:
        compose(replace(CARD, title="Mua" * 40))
    assert error.value.role == "title"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"form": "stamp"}, "form"),
        ({"layout": "collage"}, "layout"),
        ({"mark": "MẬT"}, "mark"),
        ({"title": "  "}, "no-title"),
        ({"photo": b"x"}, "no-alt"),
        ({"title": "\u200b\ufeff"}, "no-title"),
        ({"hotlines": ((" ", "Công an"),)}, "no-number"),
        ({"colour": "reddish"}, "colour"),
        ({"qr_url": "https://loa.example.vn/" + "a" * 900}, "qr"),
    ],
)
def test_a_wrong_spec_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(PosterError) as error:
        compose(replace(CARD, **change))  # type: ignore[arg-type]
    assert error.value.code == code


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_every_colour_gives_a_readable_theme(hue: int) -> None:
    for lightness in (0.05, 0.3, 0.5, 0.8, 0.97):
        for saturation in (0.0, 0.5, 1.0):
            rgb = colorsys.hls_to_rgb(hue / 360, lightness, saturation)
            check_theme("#" + "".join(f"{round(255 * c):02x}" for c in rgb))


@pytest.mark.parametrize("colour", COLOURS)
def test_every_named_theme_is_readable(colour: str) -> None:
    check_theme(colour)


def check_theme(colour: str) -> None:
    t = theme(colour)
    pairs = [(text, under) for text in (t.cream, t.accent) for under in (t.deep, t.ground)]
    pairs += [(t.ink, t.paper), (t.strong, t.paper), (t.on_accent, t.accent), (t.cream, t.strong)]
    assert min(contrast(*pair) for pair in pairs) >= LEAST_CONTRAST, colour


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((255, 255, 255), (118, 118, 118)) == pytest.approx(4.54, abs=0.01)


def test_print_is_in_true_size_with_bleed() -> None:
    done = render(replace(CARD, form="poster-a4"))
    image = Image.open(io.BytesIO(done.data))
    assert done.mime == "image/png"
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert image.width / 300 * 25.4 == pytest.approx(210 + 6, abs=0.2)
    assert image.height / 300 * 25.4 == pytest.approx(297 + 6, abs=0.2)


@pytest.mark.parametrize(("form", "millimetres"), [("poster-a4", (210, 297)), ("poster-a3", (297, 420))])
def test_the_pdf_names_bleed_and_trim(form: str, millimetres: tuple[int, int]) -> None:
    done = render_pdf(replace(CARD, form=form, layout="steps"))
    with PdfParser.PdfParser(buf=done.data) as pdf:
        assert len(pdf.pages) == 1
        page = pdf.read_indirect(pdf.pages[0])
        left, bottom, right, top = page[b"TrimBox"]
        trim = [(right - left) / 72 * 25.4, (top - bottom) / 72 * 25.4]
        assert trim == pytest.approx(millimetres, abs=0.2)
        assert page[b"MediaBox"] == page[b"BleedBox"]
        assert left / 72 * 25.4 == pytest.approx(3, abs=0.1)
        picture = pdf.read_indirect(page[b"Resources"][b"XObject"][b"Im0"])
        assert picture.dictionary[b"Width"] == done.width
        assert Image.open(io.BytesIO(picture.buf)).size == (done.width, done.height)


def test_a_screen_form_has_no_pdf() -> None:
    with pytest.raises(PosterError) as error:
        render_pdf(CARD)
    assert error.value.code == "not-print"


def test_zalo_s_cover_never_exceeds_a_megabyte() -> None:
    noise = io.BytesIO()
    Image.effect_noise((2000, 1500), 200).convert("RGB").save(noise, "JPEG", quality=95)
    spec = replace(CARD, form="zalo-cover", layout="photo", lines=(), photo=noise.getvalue(), photo_alt="Nhiễu")
    done = render(spec)
    assert len(done.data) <= 1_000_000
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(done.data)))] == [ADDRESS]


def test_a_photo_is_shown_upright() -> None:
    half = Image.new("RGB", (1000, 1000), (20, 200, 20))
    half.paste((200, 20, 20), (0, 0, 500, 1000))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right: what is left comes to the top
    out = io.BytesIO()
    half.save(out, "JPEG", exif=exif)
    stage = compose(replace(CARD, layout="photo", lines=(), photo=out.getvalue(), photo_alt="Hai màu"))
    top, low = stage.image.getpixel((540, 20)), stage.image.getpixel((540, 420))
    assert top[0] - top[1] > 100
    assert low[1] - low[0] > 100


def test_the_key_follows_all_that_is_seen(picture: bytes) -> None:
    changed = {
        "form": "square", "title": "Khác", "lines": ("Khác",), "call": "Khác", "hotlines": (("111", "Khác"),),
        "qr_url": ADDRESS + "1", "qr_caption": "Khác", "organiser": "Khác", "language": "en", "colour": "red",
        "layout": "steps", "photo_alt": "Khác", "mark": "BẢN MẪU",
    }
    specs = [CARD, *(replace(CARD, **{name: value}) for name, value in changed.items())]
    specs.append(replace(CARD, photo=picture, photo_alt="Khác"))
    assert len({cache_key(spec) for spec in specs}) == len(specs)
    assert {*changed, "photo"} == set(PosterSpec.__dataclass_fields__)
    assert cache_key(replace(CARD)) == cache_key(CARD)


def test_the_same_spec_gives_the_same_bytes() -> None:
    assert render(CARD).data == render(CARD).data


def test_the_words_of_a_poster_are_given_to_those_who_cannot_see_it(picture: bytes) -> None:
    spec = replace(CARD, layout="photo", photo=picture, photo_alt="Ruộng bậc thang", lines=CARD.lines[:2])
    said = alt_text(spec)
    for part in (CARD.title, *CARD.lines[:2], CARD.call, "111", "Ruộng bậc thang", CARD.organiser):
        assert part in said
    assert render(spec).alt == said

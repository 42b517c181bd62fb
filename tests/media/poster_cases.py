"""Texts in four scripts for posters, and what must hold for every poster laid out."""

import unicodedata
from dataclasses import replace
from itertools import combinations, pairwise

from PIL import Image, ImageDraw

from media.fonts import covers
from media.posters import PosterSpec, TextTooLong, compose
from media.posters.faces import chain, font_named
from media.posters.spec import Rect
from media.posters.stage import Stage
from media.posters.themes import LEAST_CONTRAST, contrast
from media.posters.typesetting import Line, TextBox

ADDRESS = "https://loa.example.vn/t/viec-nhe-luong-cao"
CARD = PosterSpec(
    form="portrait",
    title="Việc nhẹ, lương cao ở nước ngoài: hãy hỏi kỹ trước khi đi",
    lines=(
        "Không đi theo người lạ, kể cả người quen qua mạng.",
        "Không đưa căn cước công dân, hộ chiếu cho người khác giữ.",
        "Báo cho gia đình và trưởng thôn biết trước khi đi làm xa.",
    ),
    call="Nghi ngờ? Gọi ngay, miễn phí, ngày đêm.",
    hotlines=(("111", "Tổng đài quốc gia bảo vệ trẻ em, phòng chống mua bán người"), ("113", "Công an")),
    qr_url=ADDRESS,
    qr_caption="Quét để đọc thêm",
    organiser="Ban Chỉ đạo 138 tỉnh Mẫu",
)
# Words that a longest text is made of. Every Vietnamese vowel with two marks, in capitals too.
WORDS = {
    script: words.split()
    for script, words in {
        "vietnamese": "ĐỪNG ẪM Ổ ỆCH Ữ ỰA nguyễn thuở ngoẵng khuỷu xoẹt ẩn Ẵ giữ hỏi kỹ trước khi đi",
        "hmong": "Tsis txhob ntseeg tej lus ntxias kom mus ua hauj lwm deb nug koj tsev neeg ua ntej",
        "tai-viet": "ꪀꪱꪫ ꪶꪎꪉ ꪣꪲ ꪬꪺꪉ ꪼꪕ ꪁꪫꪱꪣ ꪝꪴ ꪹꪏꪷ ꪭꪱꪒ ꪵꪀ꪿",
        "han": "不要相信高薪工作， 先问清楚再出门； 把身份证留在自己手里。",
    }.items()
}
LANGUAGES = {"vietnamese": "vi", "hmong": "hmn-Latn", "tai-viet": "blt-Tavt", "han": "zh-Hans"}


def drawable(script: str) -> bool:
    """Whether the fonts of this machine have the script."""
    return all(
        any(covers(path, c) for path in chain(weight))
        for word in WORDS[script]
        for c in word
        for weight in ("heavy", "plain")
    )


def text(script: str, words: int) -> str:
    """So many words of a script, over and over."""
    supply = WORDS[script]
    joint = "" if script == "han" else " "
    return joint.join(supply[i % len(supply)] for i in range(words))


def case(form: str, layout: str, script: str, words: int) -> PosterSpec:
    """A card with `words` in its title and twice as many in each of its lines."""
    lines = 1 if form in ("facebook", "zalo-cover") and layout != "steps" else 3
    body = max(1, words if form == "square" or layout == "photo" else words * 2)
    return replace(
        CARD,
        form=form,
        layout=layout,
        language=LANGUAGES[script],
        title=text(script, words),
        lines=tuple(text(script, body) for _ in range(lines)),
    )


def longest(form: str, layout: str, script: str) -> Stage:
    """The card with as many words as it takes; one more is refused."""
    low, high, best = 0, 48, None
    while low + 1 < high:
        middle = (low + high) // 2
        try:
            best, low = compose(case(form, layout, script, middle)), middle
        except TextTooLong:
            high = middle
    assert best is not None, f"{form} {layout} takes no text at all"
    assert low >= (2 if script == "han" else 4), f"{form} {layout} takes only {low} words"
    assert high < 48
    return best


def problems(stage: Stage) -> list[str]:
    """All that is wrong with a laid-out poster."""
    found: list[str] = []
    areas = [(box.role, box.area) for box in stage.boxes]
    if stage.spec.qr_url:
        assert stage.qr_area is not None
        areas.append(("qr", stage.qr_area))
    found += [f"{role} {area} outside {stage.form.safe}" for role, area in areas if not _inside(stage, area)]
    found += [f"{a} {x} meets {b} {y}" for (a, x), (b, y) in combinations(areas, 2) if x.meets(y)]
    for box in stage.boxes:
        found += _of_box(stage, box)
    return found + _of_words(stage)


def _inside(stage: Stage, area: Rect) -> bool:
    return stage.form.safe.holds(area, slack=1.0)


def _of_box(stage: Stage, box: TextBox) -> list[str]:
    found = []
    ratio = least_contrast(stage.image, box)
    if ratio < LEAST_CONTRAST:
        found.append(f"{box.role}: contrast {ratio:.2f}")
    inks = [ink(stage.image.size, box, line) for line in box.lines]
    for line, mark in zip(box.lines, inks, strict=True):
        if not box.area.holds(mark, slack=1.5):
            found.append(f"{box.role}: ink {mark} of {line.text!r} outside {box.area}")
        found += [
            f"{box.role}: {run.font} has no glyph for all of {run.text!r}"
            for run in line.runs
            if not covers(next(p for p in chain(box.weight) if p.stem == run.font), run.text)
        ]
    found += [f"{box.role}: lines touch" for a, b in pairwise(inks) if a.bottom > b.top]
    return found


def least_contrast(image: Image.Image, box: TextBox) -> float:
    """Of the text's colour with every colour that lies under its box."""
    under = image.crop(box.area.box())
    colours = under.getcolors(under.width * under.height)
    assert colours
    return min(contrast(box.colour, colour) for _, colour in colours)  # type: ignore[arg-type]


def ink(size: tuple[int, int], box: TextBox, line: Line) -> Rect:
    """Where a line leaves ink, drawn alone with twice its height around it."""
    margin = box.size * 2
    left, top = round(box.area.left) - margin, round(line.baseline) - margin
    width = round(box.area.width) + 2 * margin
    page = Image.new("L", (width, 2 * margin))
    draw = ImageDraw.Draw(page)
    for run in line.runs:
        face = font_named(run.font, box.weight, box.size)
        draw.text((run.x - left, line.baseline - top), run.text, 255, face, anchor="ls")
    bounds = page.point(lambda value: 255 if value > 60 else 0).getbbox()
    assert bounds, f"{line.text!r} leaves no ink"
    return Rect(bounds[0] + left, bounds[1] + top, bounds[2] + left, bounds[3] + top)


def _of_words(stage: Stage) -> list[str]:
    """Every word of the spec stands on the poster, whole and once."""
    spec = stage.spec
    role = "point" if spec.layout == "steps" else "line"
    wanted = [("title", spec.title), *((role, line) for line in spec.lines), ("call", spec.call)]
    wanted += [("organiser", spec.organiser), ("caption", spec.qr_caption), ("mark", spec.mark)]
    wanted += [pair for number, name in spec.hotlines for pair in (("hotline", number), ("hotline-name", name))]
    shown = sorted(
        (box.role, _bare("".join(line.text for line in box.lines))) for box in stage.boxes if box.role != "number"
    )
    expected = sorted((role, _bare(value)) for role, value in wanted if value)
    return [] if shown == expected else [f"shown {shown}, expected {expected}"]


def _bare(value: str) -> str:
    return "".join(unicodedata.normalize("NFC", value).split())

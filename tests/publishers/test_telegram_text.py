"""Long texts are split where a reader would, and nothing is lost."""

import html
import random
import re
import unicodedata

import pytest

from publishers.message import Attachment, Message
from publishers.platforms.telegram import platform
from publishers.telegram_text import CAPTION_LIMIT, TAG, TEXT_LIMIT, html_of, split_html, utf16_length, visible_length

WORDS = ["phòng,", "chống", "mua", "bán", "người", "Nghĩa", "nghiêng", "ưỡn"]
WORDS += ["👩‍👩‍👧‍👦", "🇻🇳", "111", "&", "<b>", "Hmoob", "ꪼꪕ"]


def visible(text):
    return html.unescape(TAG.sub("", text))


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def random_text(rng, words):
    parts = []
    for _ in range(words):
        word = html.escape(rng.choice(WORDS), quote=False)
        parts.append(rng.choice([word, f"<b>{word}</b>", f"<i>{word} {word}</i>", f"{word}.\n\n", f"{word}. "]))
    return " ".join(parts)


@pytest.mark.parametrize("seed", range(25))
def test_no_word_is_lost_cut_or_doubled(seed):
    rng = random.Random(seed)
    text = random_text(rng, rng.randint(1, 3000))
    pieces = split_html(text, TEXT_LIMIT, rng.choice([TEXT_LIMIT, CAPTION_LIMIT]))
    assert all(visible_length(piece) <= TEXT_LIMIT for piece in pieces)
    assert squeezed(" ".join(visible(piece) for piece in pieces)) == squeezed(visible(text))
    for piece in pieces:
        opened = [tag.group(2) for tag in TAG.finditer(piece) if not tag.group(1)]
        closed = [tag.group(2) for tag in TAG.finditer(piece) if tag.group(1)]
        assert sorted(opened) == sorted(closed), "every mark is closed in its own piece"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("mark", ["ữ", "😀", "👩‍👩‍👧‍👦", "ꪼ"])
def test_an_endless_word_is_cut_between_whole_characters(mark, form):
    text = unicodedata.normalize(form, mark) * 5000
    pieces = split_html(text, TEXT_LIMIT)
    assert all(utf16_length(piece) <= TEXT_LIMIT for piece in pieces)
    assert "".join(pieces) == text
    assert not any(unicodedata.combining(piece[0]) or piece[0] == "\u200d" for piece in pieces)


def test_a_paragraph_stays_whole_where_it_can():
    text = "\n\n".join(["A" * 3000, "B" * 2000, "C" * 1500])
    assert split_html(text, TEXT_LIMIT) == ["A" * 3000, "B" * 2000 + "\n\n" + "C" * 1500]


def test_a_caption_is_short_and_the_rest_follows():
    message = Message(text="Câu thứ nhất rất quan trọng. " * 80, title="Tiêu đề", images=(Attachment("x.jpg"),))
    pieces = platform.compose(message)
    assert visible_length(pieces[0]) <= CAPTION_LIMIT
    assert len(pieces) > 1


def test_hostile_text_stays_text():
    message = Message(text='<script>alert(1)</script> & <a href="javascript:x">', title="<b>Tin</b>")
    assert TAG.findall(html_of(message)) == [("", "b", ""), ("/", "b", "")]
    assert "<script>alert(1)</script>" in visible(html_of(message))


def test_decomposed_text_is_sent_composed():
    text = unicodedata.normalize("NFD", "Phòng, chống mua bán người")
    assert html_of(Message(text=text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("length", [1023, 1024, 1025, 4095, 4096, 4097, 8192, 8193])
@pytest.mark.parametrize("mark", ["a", "&", "<", "😀", "ữ"])
def test_a_word_that_ends_at_the_limit_goes_not_one_mark_beyond(mark, length):
    pieces = split_html("".join(html.escape(mark * length, quote=False)), TEXT_LIMIT, CAPTION_LIMIT)
    assert all(visible_length(piece) <= TEXT_LIMIT for piece in pieces)
    assert visible_length(pieces[0]) <= CAPTION_LIMIT
    assert "".join(map(visible, pieces)) == mark * length


def test_marks_beyond_a_hundred_and_long_links_are_cut_into_further_messages():
    many = " ".join(f"<b>{number}</b>" for number in range(250))
    pieces = split_html(many, TEXT_LIMIT)
    assert all(piece.count("<b>") <= 100 for piece in pieces)
    assert squeezed(" ".join(map(visible, pieces))) == squeezed(visible(many))
    long = " ".join(f'<a href="https://x.vn/{"a" * 1500}">{number}</a>' for number in range(50))
    pieces = split_html(long, TEXT_LIMIT)
    assert all(len(piece.encode()) <= 32_768 for piece in pieces)
    assert squeezed(" ".join(map(visible, pieces))) == squeezed(visible(long))


@pytest.mark.parametrize(
    ("rich", "sent"),
    [
        ("<p>Một <strong>hai <b>ba</b></strong></p><p>bốn</p>", "Một <b>hai ba</b>\n\nbốn"),
        ("<ul><li>một</li><li>hai</li></ul>sau", "• một\n• hai\n\nsau"),
        ("<ol><li>một<ul><li>trong</li></ul></li><li>hai</li></ol>", "1. một\n  • trong\n2. hai"),
        ("<h3>Đầu</h3>thân<br/>dòng", "<b>Đầu</b>\n\nthân\ndòng"),
        ('<a href="https://x.vn/?a=1&amp;b=2">xem</a>', '<a href="https://x.vn/?a=1&amp;b=2">xem</a>'),
        ('<a href="javascript:x">xem</a><script>x</script>', "xem"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc"),
        ('<img alt="Ảnh bìa" src="x"/>chữ', "[Ảnh bìa]chữ"),
        ("<i>mở <b>chưa đóng", "<i>mở <b>chưa đóng</b></i>"),
        ("<em>a</b> &amp; &lt;b&gt;</em>", "<i>a &amp; &lt;b&gt;</i>"),
        ("dòng một\n\ndòng <u>hai</u>", "dòng một\n\ndòng <u>hai</u>"),
        ("<p><b></b></p><p>chữ</p>", "chữ"),
    ],
)
def test_rich_text_loses_no_word(rich, sent):
    assert html_of(Message(text="x", html=rich)) == sent


@pytest.mark.parametrize("text", ["", "  \n", "\u200b\u2060", "\ufeff", "\xad"])
def test_a_text_that_nobody_sees_is_found_at_save(text):
    assert [found.code for found in platform.problems(Message(text=text)) if found.blocks] == ["empty"]


def test_a_post_of_too_many_messages_is_found_at_save():
    def codes(**fields):
        return [found.code for found in platform.problems(Message(text="Chữ", **fields)) if found.blocks]

    assert codes(images=tuple(Attachment(f"{n}.jpg") for n in range(20))) == []
    assert codes(images=tuple(Attachment(f"{n}.jpg") for n in range(21))) == ["too-many-messages"]

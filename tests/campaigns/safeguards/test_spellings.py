"""One text in all its spellings gives the same findings, each at its place in the text as given."""

import unicodedata

import pytest

from tests.campaigns.safeguards.labelled import findings, sentences, texts

TONES = [("òa", "oà"), ("óa", "oá"), ("ỏa", "oả"), ("õa", "oã"), ("ọa", "oạ"), ("òe", "oè"), ("óe", "oé"),
         ("ỏe", "oẻ"), ("ọe", "oẹ"), ("ùy", "uỳ"), ("úy", "uý"), ("ủy", "uỷ"), ("ũy", "uỹ"), ("ụy", "uỵ")]  # fmt: skip
EVERY = [text for text, _ in sentences()] + [text.text for text in texts()]


def _new_tones(text: str) -> str:
    for old, new in TONES:
        text = text.replace(old, new)
    return text


def _places(text: str) -> list[tuple[str, str]]:
    found = findings(text, fragment=False)
    return [(finding.code, unicodedata.normalize("NFKC", text[finding.start : finding.end])) for finding in found]


@pytest.mark.parametrize("form", ["NFD", "NFKD"])
def test_decomposed_text_gives_the_same_places(form: str) -> None:
    for text in EVERY:
        assert _places(unicodedata.normalize(form, text)) == _places(unicodedata.normalize("NFKC", text))


def test_new_tone_placement_gives_the_same_places() -> None:
    changed = 0
    for text in EVERY:
        new = _new_tones(text)
        changed += new != text
        assert [(code, _new_tones(found)) for code, found in _places(text)] == _places(new)
    assert changed >= 8


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("ĐT: ０９１２ ０００ ３４５", "phone-unregistered", "０９１２ ０００ ３４５"),
        ("gọi 0912\u200b000345", "phone-unregistered", "0912\u200b000345"),
        ("gọi 0912\u00a0000\u00a0345", "phone-unregistered", "0912\u00a0000\u00a0345"),
        ("Họ là gái b\u0430o.", "wording-stigma", "gái b\u0430o"),  # a Cyrillic letter
        ("Người Hmông đi chợ.", "wording-caution", "Hmông"),
    ],
)
def test_tricks_of_spelling_do_not_hide_anything(text: str, code: str, found: str) -> None:
    hits = [finding for finding in findings(text) if finding.code == code]
    assert [text[finding.start : finding.end] for finding in hits] == [found]


def test_places_count_characters_after_emoji_and_marks() -> None:
    text = unicodedata.normalize("NFD", "📢 Đừng nghe! ❤️ Gọi 0912 000 345 nhé")
    (finding,) = findings(text)
    assert text[finding.start : finding.end] == "0912 000 345"

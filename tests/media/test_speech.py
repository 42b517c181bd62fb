"""Reading aloud: the labelled cases, and what has to hold for any text whatever."""

import io
import random
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

import pytest
from django.core.management import call_command

from media.speech import breaths, reading_speed, seconds, spoken
from media.speech.breaths import LONGEST
from media.speech.lexicon import base_entries
from media.speech.numbers import NUMBER_WORDS, cardinal, roman
from media.speech.syllables import count_syllables

CASES = [
    line.split("\t")
    for line in Path(__file__).with_name("reading_cases.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]
HOSTILE = [
    "",
    " \n\t ",
    "\x00\x07",
    "9" * 500,
    "1." * 300,
    "1/" * 300,
    "0" * 300,
    "#" * 300,
    "/" * 300,
    "((((((((((0214",
    "-" * 300 + "5",
    "<" * 300 + "1",
    "UBND" * 200,
    "A-" * 300,
    "QĐ-" * 200,
    "I" * 300,
    "\u202e7/30\u202c",
    "30/7\ufe0f\u20e3",
    "1\ufe0f\u20e3 2\ufe0f\u20e3",
    "٣٠/٧",
    "１２３",
    "²³¹",
    "½ ¾",
    "{{ 7*7 }} ${x} %s \\1 \\g<0>",
    "https://" + "a." * 300,
    "x@" + "a." * 300,
    "\ud83d" + " lone surrogate",
    "กขค 中文 عربى",
    "7h7h7h7h7h",
    "2025-13-45 99/99/9999 31/2/2025",
    "١١١",
    *(piece * 20_000 + " x@y.vn" for piece in ("1/", "1.", "a.", "a", "12/QĐ-", "0912 ", "(0", "ba, ", '"a ')),
]


@pytest.mark.parametrize(("kind", "written", "said"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_reads_the_labelled_case(kind: str, written: str, said: str) -> None:
    assert spoken(written) == said


def test_the_labelled_set_covers_every_kind() -> None:
    kinds = Counter(kind for kind, _, _ in CASES)
    assert len(CASES) >= 300
    assert min(kinds.values()) >= 8, kinds


@pytest.mark.parametrize("written", [c[1] for c in CASES])
def test_reading_is_final_and_blind_to_how_letters_are_composed(written: str) -> None:
    once = spoken(written)
    assert spoken(once) == once
    assert spoken(normalize("NFD", written)) == once
    assert not set(once) & set("0123456789/%#@&<>=+$€₫²°→📞\u200d\ufe0f")


def test_context_of_a_line_does_not_leak_into_the_next() -> None:
    lines = [c[1] for c in CASES if c[0] in ("cardinal", "money", "unit", "percent")]
    together = spoken(".\n".join(lines)).split("\n")
    alone = [spoken(line + ".") for line in lines]
    alone[-1] = spoken(lines[-1])
    assert together == alone


def test_written_with_and_without_dots_is_the_same_number() -> None:
    for value in (*range(2200), *range(9_990, 10_020), 999_999, 10**6 + 1, 10**9 + 10**5, 10**12):
        dotted = f"{value:,} người".replace(",", ".")
        assert spoken(dotted) == spoken(f"{value} người") == f"{cardinal(value)} người"


def test_every_cardinal_below_a_million_is_said_in_its_own_way() -> None:
    sample = list(range(0, 20_000)) + list(range(20_000, 1_000_000, 37))
    assert len({cardinal(value) for value in sample}) == len(sample)


def test_cardinals_use_number_words_only() -> None:
    for value in (0, 15, 104, 1_005, 21_024, 1_000_500, 3_004_005_006, 10**15):
        assert set(cardinal(value).split()) <= NUMBER_WORDS


@pytest.mark.parametrize(("text", "value"), [("IV", 4), ("XXI", 21), ("XCIX", 99), ("IIII", None), ("VX", None)])
def test_roman_numerals_have_to_be_well_formed(text: str, value: int | None) -> None:
    assert roman(text) == value


def test_the_installation_may_add_to_the_lexicon_and_replace_entries() -> None:
    lexicon = {"UBND": "Uỷ ban", "Zalo": "Da-lô", "TTCSBTXH": "Trung tâm chăm sóc", "SN": ""}
    assert spoken("UBND nhắn qua Zalo, TTCSBTXH", lexicon) == "Uỷ ban nhắn qua Da-lô, Trung tâm chăm sóc"
    assert spoken("UBND") == "Ủy ban nhân dân"


def test_an_entry_may_protect_a_word_from_expansion() -> None:
    assert spoken("UBND", {"UBND": "UBND"}) == "UBND"


def test_spoken_forms_of_entries_are_read_themselves() -> None:
    said = spoken("gọi TĐ1 nhé", {"TĐ1": "tổng đài 111"})
    assert said == "gọi tổng đài một một một nhé"


def test_an_entry_that_would_grow_for_ever_is_refused() -> None:
    with pytest.raises(ValueError, match="ABC"):
        spoken("ABC", {"ABC": "ABC một"})


def test_each_entry_of_the_lexicon_is_read_and_settles() -> None:
    for written, said in [entry[:2] for entry in base_entries() if entry[2] == "anywhere"]:
        assert spoken(f"về {written} Mẫu") == f"về {said} Mẫu"
        assert spoken(said) == said


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:40]))
def test_hostile_text_is_read_to_the_end_and_has_breaths_and_a_length(text: str) -> None:
    said = spoken(text)
    assert spoken(said) == said
    assert seconds(said) >= 0
    assert "".join("".join(breaths(said)).split()) == "".join(said.split())


def test_fragments_run_together_at_random_are_read_to_the_end() -> None:
    chance = random.Random(20260730)
    fragments = [case[1] for case in CASES]
    joints = (" ", ", ", "/", "-", " - ", "(", ")", "\n", ". ", "", " và ", ":", "'", '"', "#", "@", "&")
    symbols = "0123456789/-.,:hgIVXTP&@#%đ$ ()'aUBNDQĐ\n+–<>~="
    for turn in range(1500):
        if turn % 2:
            text = "".join(chance.choice(fragments) + chance.choice(joints) for _ in range(chance.randint(1, 4)))
        else:
            text = "".join(chance.choice(symbols) for _ in range(chance.randint(1, 24)))
        said = spoken(text)
        assert spoken(said) == said, text
        assert spoken(normalize("NFD", text)) == said, text
        assert not set(said) & set("0123456789"), text
        assert "".join("".join(breaths(said)).split()) == "".join(said.split()), text


def test_length_counts_what_is_said_not_what_is_written() -> None:
    assert count_syllables(spoken("1.059")) == 7
    assert seconds(spoken("1.059"), 60) == pytest.approx(7.0)
    assert seconds("một hai ba", 90) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="positive"):
        seconds("một", 0)


def test_one_timed_reading_gives_the_speed_that_predicts_it() -> None:
    said = spoken("Tối 30/7, lúc 19h30, mời bà con đến nhà văn hóa thôn.")
    assert seconds(said, reading_speed(said, 7.25)) == pytest.approx(7.25)
    for text, time in ((said, 0), (said, -1), ("…", 5), (said, float("nan"))):
        with pytest.raises(ValueError, match="timed reading"):
            reading_speed(text, time)


def test_breaths_are_short_and_lose_nothing() -> None:
    text = spoken(
        "Từ ngày 01/7 đến hết ngày 30/9/2026, UBND các xã biên giới phối hợp với BĐBP và Hội LHPN tổ chức 16.626 cuộc "
        "tuyên truyền phòng, chống mua bán người cho 822.994 lượt người; mỗi cuộc không quá 45 phút. Gọi 111!"
    )
    groups = breaths(text)
    assert " ".join(groups) == text
    assert max(count_syllables(group) for group in groups) <= LONGEST + 4
    assert groups[-1] == "Gọi một một một!"
    for before, after in pairwise(groups):
        pair = {before.split()[-1].strip(",;"), after.split()[0]}
        assert not pair <= NUMBER_WORDS or after.startswith("năm hai nghìn")
        assert not before.endswith("phòng,")


def test_speak_prints_the_text_and_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    call_command("speak", "Gọi 111.\nGọi 113.", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "Gọi một một một. Gọi một một ba."
    assert float(lines[1]) == pytest.approx(8 * 60 / 190, abs=0.06)
    assert len(lines) == 2


def test_speak_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("1.059 người".encode()), encoding="utf-8"))
    out = io.StringIO()
    call_command("speak", "-", stdout=out)
    assert out.getvalue().splitlines()[0] == "một nghìn không trăm năm mươi chín người"


@pytest.mark.parametrize(
    "lexicon",
    [
        {"ABC": "ABC và ABC"},
        {"AAX": "BBX BBX", "BBX": "AAX AAX"},
        {"hợp": "HTX HTX"},  # by way of the base lexicon
        {f"{a}{a}X": f"{b}{b}X " * 40 for a, b in zip("ABCD", "BCDE", strict=True)},
    ],
)
def test_an_entry_that_never_ends_is_refused_before_it_fills_the_memory(lexicon: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"itself|too long"):
        spoken("Xin chào.", lexicon)

"""Numbers, hotlines and rights: given, and read from the tables as they stand on the day."""

import datetime as dt

import pytest

from campaigns.models import Hotline, Language, RightsText
from campaigns.safeguards import blocks, check
from campaigns.safeguards.rights import loudspeaker_variant
from campaigns.safeguards.rulebook import shipped
from tests.campaigns.safeguards.labelled import DAY, codes_of, rights

SENTENCE = rights()[0]


def _hotline(number: str, valid_until: dt.date | None = None) -> Hotline:
    return Hotline.objects.create(
        number=number, name=number, owner="-", scope="Toàn quốc", source="-", checked_on=DAY, valid_until=valid_until
    )


@pytest.mark.parametrize("written", ["1900 96 96 80", "1900.969.680", "1900-969680", "19009696 80",
                                     "một chín không không chín sáu chín sáu tám không"])  # fmt: skip
def test_a_registered_number_may_be_written_in_any_way(written: str) -> None:
    found = check(f"Gọi {written} khi cần.", hotlines=["1900 9696 80"], rights=[], on=DAY, book=shipped())
    assert "phone-unregistered" not in {finding.code for finding in found}
    assert "hotline-missing" not in {finding.code for finding in found}


@pytest.mark.parametrize("written", ["+84 214 3000 123", "0084 214 3000 123", "(0214) 3000123", "02143 000 123"])
def test_a_registered_landline_is_known_with_and_without_the_country_code(written: str) -> None:
    found = check(f"Liên hệ {written}.", hotlines=["0214 3000 123"], rights=[], on=DAY, book=shipped(), fragment=True)
    assert found == []


def test_two_numbers_side_by_side_are_two_findings() -> None:
    text = "Gọi 0912 000 345 0987 000 654"
    found = check(text, fragment=True, hotlines=["111"], rights=[], on=DAY, book=shipped())
    assert [text[finding.start : finding.end] for finding in found] == ["0912 000 345", "0987 000 654"]


@pytest.mark.parametrize("text", ["Có 111 hộ.", "Điều 111.", "Nghị định số 111/2013/NĐ-CP.", "Ngày 11.1.2027.",
                                  "Đạt 111%.", "1.111 người.", "Bài 111 trong sổ tay."])  # fmt: skip
def test_a_figure_that_looks_like_a_hotline_is_none(text: str) -> None:
    assert "hotline-missing" in codes_of(text, fragment=False)


@pytest.mark.parametrize("text", ["Gọi 111.", "Cần giúp: 111", "☎ 111", "111 – tổng đài miễn phí.",
                                  "Bấm số 1 1 1.", "Gọi 1-1-1.", "Số cần nhớ: 113."])  # fmt: skip
def test_a_hotline_is_seen_however_it_is_shown(text: str) -> None:
    assert "hotline-missing" not in codes_of(text, fragment=False)


@pytest.mark.django_db
def test_the_hotline_table_is_read_on_the_day() -> None:
    _hotline("1900 0000 99", valid_until=DAY)
    text = f"{SENTENCE} Gọi 1900 0000 99."
    assert blocks(check(text, rights=[SENTENCE], on=DAY)) == []
    late = check(text, rights=[SENTENCE], on=DAY + dt.timedelta(days=1))
    assert [finding.code for finding in late] == ["hotline-expired"]
    assert text[late[0].start : late[0].end] == "1900 0000 99"


@pytest.mark.django_db
def test_an_empty_registry_lets_no_number_pass() -> None:
    assert {finding.code for finding in check("Gọi 111.", rights=[], fragment=True)} == {"phone-unregistered"}


@pytest.mark.django_db
def test_the_rights_text_is_read_on_the_day_and_in_its_language() -> None:
    vietnamese = Language.objects.create(key="vi", code="vi", name_vi="Tiếng Việt")
    other = Language.objects.create(key="tay", code="tyz", name_vi="Tiếng Tày")
    own = "Ai gặp nạn đều có chỗ dựa, chuyện riêng chỉ mình biết."
    RightsText.objects.create(
        language=vietnamese, sentence=own, passage="", valid_from=DAY, valid_to=DAY + dt.timedelta(days=9), source="-"
    )
    RightsText.objects.create(language=other, sentence="Câu của tiếng khác.", passage="", valid_from=DAY, source="-")
    text = f"{own} Gọi 111."
    assert check(text, hotlines=["111"], on=DAY) == []
    assert [f.code for f in check(text, hotlines=["111"], on=DAY + dt.timedelta(days=10))] == ["rights-lapsed"]
    assert [f.code for f in check("Câu của tiếng khác. Gọi 111.", hotlines=["111"], on=DAY)] == ["rights-missing"]


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        loudspeaker_variant(),
        SENTENCE.replace(", ", " – ").upper(),
        "Nạn nhân được giữ bí mật thông tin.\nHọ được hỗ trợ y tế, tâm lý.",
    ],
)
def test_rights_are_seen_in_each_accepted_form(text: str) -> None:
    assert "rights-missing" not in codes_of(f"{text} Gọi 111.", fragment=False)


@pytest.mark.parametrize(
    "text",
    [
        "Nạn nhân được hỗ trợ.",
        "Được bảo vệ rừng, được hỗ trợ cây giống.",
        "Nạn nhân có thể gọi. Câu hai. Câu ba. Câu bốn. Câu năm. Được bảo vệ. Được hỗ trợ ăn ở.",
    ],
)
def test_half_the_rights_are_not_enough(text: str) -> None:
    assert "rights-missing" in codes_of(f"{text} Gọi 111.", fragment=False)


def test_a_fragment_needs_neither() -> None:
    assert codes_of("Hỏi kỹ trước khi đi.") == set()


def test_another_language_is_checked_for_numbers_only() -> None:
    text = "Nạn nhân Vàng Thị Mẫu. 0912 000 345"
    found = check(text, language="hmn-Latn-x-rpa", hotlines=["111"], rights=[], on=DAY, book=shipped())
    assert [finding.code for finding in found] == ["hotline-missing", "phone-unregistered"]

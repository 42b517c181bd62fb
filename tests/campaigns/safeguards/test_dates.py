"""Facts that became wrong on a day are right before it."""

import datetime as dt

import pytest

from tests.campaigns.safeguards.labelled import codes_of


@pytest.mark.parametrize(
    ("text", "code", "since"),
    [
        ("Theo Luật Phòng, chống mua bán người năm 2011.", "outdated-law", dt.date(2025, 7, 1)),
        ("Mời bà con huyện Bát Xát đến dự.", "outdated-district", dt.date(2025, 7, 1)),
        ("Liên hệ Sở LĐ-TB&XH.", "outdated-agency", dt.date(2025, 3, 1)),
        (
            "Chủ đề: “Không trẻ em nào bị bỏ lại phía sau trong cuộc chiến phòng, chống mua bán người”.",
            "outdated-theme",
            dt.date(2025, 1, 1),
        ),
        (
            "Chủ đề: “Mua bán người là tội phạm có tổ chức - Hãy chấm dứt sự bóc lột”.",
            "outdated-theme",
            dt.date(2026, 1, 1),
        ),
    ],
)
def test_a_fact_is_outdated_from_its_day_on(text: str, code: str, since: dt.date) -> None:
    assert code not in codes_of(text, day=since - dt.timedelta(days=1))
    assert code in codes_of(text, day=since)

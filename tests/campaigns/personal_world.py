"""A small province of fictional data for the personal-link tests: a station, a village group, an event."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from wagtail.models import Locale, Page

from campaigns.models import (
    Agency,
    Approval,
    Bulletin,
    Campaign,
    EventPage,
    Hotline,
    Indicator,
    Language,
    Place,
    Plan,
    Posting,
    PostingItem,
    SectionPage,
    Slot,
    Station,
    TargetGroup,
)
from campaigns.snapshots import snapshot_of
from cms.models import HomePage
from publishers.message import Message
from publishers.models import Channel, Delivery

READ_ALOUD = (
    "Ai rủ đi làm xa, lương 30 triệu đồng một tháng, bà con hãy dừng lại. Hỏi kỹ tên công ty, địa chỉ.\n"
    "Ngày 30/7 là Ngày toàn dân phòng, chống mua bán người."
)
INDICATORS = {
    "session": "Số cuộc tuyên truyền",
    "attendance": "Lượt người tham dự",
    "leaflet": "Tờ rơi, tờ gấp",
    "banner": "Băng rôn, khẩu hiệu",
    "poster": "Áp phích, tranh cổ động",
    "pano": "Pa nô",
    "document": "Tài liệu, sổ tay",
    "pledge": "Bản cam kết được ký",
    "mobile": "Lượt tuyên truyền lưu động",
    "rally": "Cuộc mít tinh",
    "household": "Lượt hộ gia đình được đến thăm",
    "training": "Lớp tập huấn",
    "trainees": "Học viên tập huấn",
    "influential": "Lượt người có uy tín được tuyên truyền",
    "loud_plays": "Số lần phát loa truyền thanh",
}


def today_at(hour: int, minute: int = 0, days: int = 0) -> dt.datetime:
    """That time of day in local time, ``days`` from today."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


class World:
    """Builds rows as staff would have entered them."""

    def __init__(self) -> None:
        self.author = get_user_model().objects.create_user("tac-gia", first_name="Mẫu", last_name="Giàng Thị")
        self.approver = get_user_model().objects.create_user("nguoi-duyet", first_name="Thử", last_name="Lò Văn")
        self.language = Language.objects.get_or_create(key="vi", defaults={"name_vi": "Tiếng Việt", "code": "vi"})[0]
        self.place = Place.objects.create(code="99901", level="commune", name="Xã Bản Thử")
        self.agency = Agency.objects.create(
            key="ubnd-thu", name="Ủy ban nhân dân xã Bản Thử", short_name="UBND xã", place=self.place
        )
        plan = Plan.objects.create(
            key="thu",
            number="01/KH-THU",
            title="Kế hoạch thử",
            issuer="UBND tỉnh",
            issued_on=dt.date(2026, 1, 5),
            period_from=dt.date(2026, 1, 1),
            period_to=dt.date(2030, 12, 31),
        )
        self.campaign = Campaign.objects.create(
            plan=plan,
            key="thu",
            name="Đợt cao điểm thử",
            period_from=dt.date(2026, 1, 1),
            period_to=dt.date(2030, 12, 31),
            lead=self.agency,
        )
        Hotline.objects.get_or_create(
            number="111",
            scope="Toàn quốc",
            defaults={
                "name": "Tổng đài quốc gia về phòng, chống mua bán người",
                "owner": "Bộ Y tế",
                "source": "thử",
                "checked_on": dt.date(2026, 1, 1),
            },
        )
        for order, (code, name) in enumerate(INDICATORS.items()):
            Indicator.objects.get_or_create(
                code=code, defaults={"name": name, "unit": "lượt", "kind": "field", "order": order}
            )

    def station(self, *, name: str = "Loa xã Bản Thử", rehearsal: bool = False, **fields: Any) -> Station:
        channel = Channel.objects.create(platform="loudspeaker", name=name, form="station", rehearsal=rehearsal)
        return Station.objects.create(channel=channel, place=self.place, **{"operator_name": "Vàng A Mẫu", **fields})

    def manual(self, *, name: str = "Nhóm Zalo thôn Thử", rehearsal: bool = False) -> Channel:
        return Channel.objects.create(
            platform="manual", name=name, form="social", options={"form": "zalo-group"}, rehearsal=rehearsal
        )

    def slots(self, station: Station, *times: str) -> None:
        for time in times:
            Slot.objects.create(station=station, at=dt.time.fromisoformat(time))

    def item(
        self,
        channel: Channel,
        *,
        due: dt.datetime,
        title: str = "Việc nhẹ lương cao: hỏi trước khi lên xe",
        state: str = "sent",
        sample: bool = False,
        **message: Any,
    ) -> PostingItem:
        bulletin = Bulletin.objects.create(
            campaign=self.campaign,
            language=self.language,
            title=title,
            text=READ_ALOUD,
            author=self.author,
            is_sample=sample,
        )
        approval = Approval.objects.create(
            bulletin=bulletin,
            language=self.language,
            approved_by=self.approver,
            snapshot={"title": title, "is_sample": sample},
        )
        approval.authors.set([self.author])
        posting = Posting.objects.create(
            key=f"p{Posting.objects.count()}", campaign=self.campaign, bulletin=bulletin, created_by=self.author
        )
        sent = Message(**{"text": READ_ALOUD, "title": title, **message})
        delivery = Delivery.objects.create(
            channel=channel,
            reference=f"r{Delivery.objects.count()}",
            message=sent.as_json(),
            state=state,
            due=due,
            sent_at=due if state in ("sent", "withdrawn") else None,
            rehearsal=channel.rehearsal,
            stop_keys=[channel.stop_key, self.campaign.stop_key],
        )
        return PostingItem.objects.create(
            posting=posting, channel=channel, approval=approval, language=self.language, delivery=delivery
        )

    def group(self, key: str, name: str) -> TargetGroup:
        return TargetGroup.objects.get_or_create(key=key, defaults={"name": name})[0]

    def event(self, *, title: str = "Mít tinh thử", starts_at: dt.datetime | None = None, **fields: Any) -> EventPage:
        """A live event page under a section, in Vietnamese."""
        locale = Locale.objects.get_or_create(language_code="vi")[0]
        root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", locale=locale)
        home = HomePage.objects.first() or root.add_child(
            instance=HomePage(title="Trang chủ", slug="trang-chu-thu", locale=locale)
        )
        section = SectionPage.objects.first() or home.add_child(
            instance=SectionPage(title="Sự kiện", slug="su-kien-thu", locale=locale)
        )
        page = EventPage(
            title=title,
            locale=locale,
            campaign=self.campaign,
            place=self.place,
            venue="Sân nhà văn hóa",
            starts_at=starts_at or timezone.now() - dt.timedelta(hours=3),
            organiser=self.agency,
            **{"owner": self.author, **fields},
        )
        event: EventPage = section.add_child(instance=page)
        event.save_revision(user=self.author)
        snapshot_of(event)
        return event


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def station(world: World) -> Station:
    return world.station()

"""A province's year for the ledger and report tests: entered row by row as staff and platforms would."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from campaigns.models import (
    Activity,
    ActivityResult,
    Agency,
    Approval,
    Audience,
    Bulletin,
    Campaign,
    ClickCount,
    Indicator,
    Language,
    ManualPost,
    Place,
    Plan,
    Playback,
    Posting,
    PostingItem,
    Station,
    TargetGroup,
    TrackedLink,
)
from campaigns.reference import load_reference
from publishers.models import Channel, Delivery, Reading, Transition


def at(day: str, hour: int = 9) -> dt.datetime:
    """That local day and hour."""
    return timezone.make_aware(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour)))


@pytest.fixture(scope="module")
def reference(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The reference data, loaded once for a module's tests and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_reference()
        yield
        transaction.set_rollback(True)


class ReachWorld:
    """The reference data, one campaign, and methods that let things happen in it."""

    def __init__(self, plan_key: str = "33-qd-ttg-2026") -> None:
        if not Place.objects.exists():
            load_reference()
        users = get_user_model().objects
        self.author = users.create_user("tac-gia-thu")
        self.approver = users.create_user("nguoi-duyet-thu")
        self.plan = Plan.objects.get(key=plan_key)
        self.agency = Agency.objects.get(key="cong-an-tinh")
        self.women = Agency.objects.get(key="hoi-lhpn-tinh")
        self.campaign = Campaign.objects.create(
            plan=self.plan,
            key="thu-so-lieu",
            name="Đợt thử số liệu",
            period_from=self.plan.period_from,
            period_to=self.plan.period_to,
        )
        self.vietnamese = Language.objects.get(code="vi")
        self.mong = Language.objects.get(key="mong-vn")
        self.groups = {group.key: group for group in TargetGroup.objects.all()}
        self.indicators = {one.code: one for one in Indicator.objects.all()}
        self._numbers = itertools.count(1)

    def place(self, name: str, level: str = "commune", on: str = "2026-07-30") -> Place:
        return Place.objects.valid_on(dt.date.fromisoformat(on)).get(name=name, level=level)

    def channel(
        self,
        platform: str = "feed",
        *,
        places: list[Place] | None = None,
        agency: Agency | None = None,
        rehearsal: bool = False,
        form: str = "website",
    ) -> Channel:
        number = next(self._numbers)
        options = {"feed": {"slug": f"kenh-{number}"}, "manual": {"form": "zalo-group"}}.get(platform, {})
        channel = Channel.objects.create(
            platform=platform, name=f"Kênh {number}", form=form, options=options, rehearsal=rehearsal
        )
        audience = Audience.objects.create(channel=channel, agency=agency)
        audience.places.set(places or [])
        return channel

    def station(self, place: Place, *, rehearsal: bool = False, agency: Agency | None = None) -> Station:
        channel = self.channel(
            "loudspeaker", places=[place], rehearsal=rehearsal, form="station", agency=agency
        )
        return Station.objects.create(channel=channel, place=place)

    def item(
        self,
        channel: Channel,
        day: str,
        *,
        state: str = "sent",
        language: Language | None = None,
        group: str | None = None,
        heads: tuple[int, ...] = (),
        campaign: Campaign | None = None,
    ) -> PostingItem:
        number = next(self._numbers)
        language = language or self.vietnamese
        campaign = campaign or self.campaign
        bulletin = Bulletin.objects.create(
            campaign=campaign, language=language, title=f"Tin {number}", text="Gọi 111.", author=self.author
        )
        approval = Approval.objects.create(
            bulletin=bulletin,
            language=language,
            approved_by=self.approver,
            snapshot={"title": bulletin.title, "heads": list(heads)},
        )
        posting = Posting.objects.create(
            key=f"thu-{number}", campaign=campaign, bulletin=bulletin, created_by=self.author
        )
        delivery = Delivery.objects.create(
            channel=channel,
            reference=f"thu-{number}",
            message={"text": "Gọi 111."},
            state=state,
            due=at(day),
            sent_at=at(day) if state in ("sent", "withdrawn") else None,
            rehearsal=channel.rehearsal,
        )
        Transition.objects.create(delivery=delivery, before="sending", after=state, at=at(day), by="thử")
        return PostingItem.objects.create(
            posting=posting,
            channel=channel,
            approval=approval,
            language=language,
            group=self.groups[group] if group else None,
            delivery=delivery,
        )

    def reading(
        self, item: PostingItem, metric: str, value: int, day: str, *, approximate: bool = False
    ) -> Reading:
        return Reading.objects.create(
            channel=item.channel,
            delivery=item.delivery,
            metric=metric,
            value=value,
            read_at=at(day, 20),
            approximate=approximate,
        )

    def clicks(self, item: PostingItem, **days: int) -> None:
        """``clicks(item, d2026_07_30=5)``."""
        link, _made = TrackedLink.objects.get_or_create(
            item=item, defaults={"target": "https://example.org/"}
        )
        for key, number in days.items():
            day = dt.date.fromisoformat(key.removeprefix("d").replace("_", "-"))
            ClickCount.objects.create(link=link, day=day, count=number)

    def play(
        self,
        item: PostingItem,
        day: str,
        *,
        seconds: int = 300,
        basis: str = "declared",
        corrects: Any = None,
    ) -> Playback:
        return Playback.objects.create(
            item=item,
            station=item.channel.station,
            played_at=at(day, 17),
            seconds=seconds,
            basis=basis,
            operator_name="Người vận hành thử",
            corrects=corrects,
        )

    def declare_post(self, item: PostingItem, day: str) -> ManualPost:
        return ManualPost.objects.create(item=item, posted_at=at(day, 10), declared_by="Trưởng thôn thử")

    def activity(
        self,
        place: Place,
        first: str,
        last: str | None = None,
        *,
        agency: Agency | None = None,
        language: Language | None = None,
        is_total: bool = False,
        rehearsal: bool = False,
        campaign: Campaign | None = None,
    ) -> Activity:
        number = next(self._numbers)
        return Activity.objects.create(
            key=f"thu-{number}",
            title=f"Hoạt động {number}",
            campaign=campaign or self.campaign,
            agency=agency or self.agency,
            place=place,
            language=language,
            period_from=first,
            period_to=last or first,
            is_total=is_total,
            rehearsal=rehearsal,
            reported_by="Người báo cáo thử",
        )

    def result(
        self,
        activity: Activity,
        code: str,
        value: int,
        *,
        group: str | None = None,
        basis: str = "counted",
        corrects: ActivityResult | None = None,
    ) -> ActivityResult:
        return ActivityResult.objects.create(
            activity=activity,
            indicator=self.indicators[code],
            value=value,
            group=self.groups[group] if group else None,
            basis=basis,
            corrects=corrects,
        )


def value_of(report: dict[str, Any], code: str, basis: str) -> int | None:
    """The report's figure for one indicator and basis; None where it has none."""
    one = next(one for one in report["indicators"] if one["code"] == code)
    part = one["bases"].get(basis)
    return part["value"] if part else None


def table_of(report: dict[str, Any], key: str) -> dict[str, Any]:
    return next(one for one in report["tables"] if one["key"] == key)


def row_of(report: dict[str, Any], key: str, label: str) -> dict[str, Any]:
    return next(row["cells"] for row in table_of(report, key)["rows"] if row["label"] == label)

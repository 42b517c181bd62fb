"""A year at full size for the report's benchmark: 50,000 deliveries, a million readings, 99 communes.

Written straight into the tables: corrections, recalls, rehearsals, totals that overlap, and the merger of
1 July 2025 in its middle. The same seed makes the same year.
"""

import datetime as dt
import random
from typing import Any

from django.db import connection
from django.utils import timezone

FIRST, LAST = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
MERGER = dt.date(2025, 7, 1)
STATES = ("sent",) * 17 + ("withdrawn", "failed", "unknown")
METRICS = ("views", "post_media_view", "reactions", "post_total_media_view_unique")
CODES = ("session", "attendance", "leaflet", "loud_minutes", "household")
BATCH = 2000


def at(day: dt.date, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


class FullYear:
    """Makes the year. ``deliveries`` is the number of deliveries; everything else follows from it."""

    def __init__(self, deliveries: int, seed: int = 20250730) -> None:
        from django.contrib.auth import get_user_model

        from campaigns.models import Agency, Campaign, Language, Place, Plan, TargetGroup

        self.random, self.number = random.Random(seed), deliveries
        users = get_user_model().objects
        self.author, self.approver = (users.create_user(name) for name in ("tac-gia-do", "nguoi-duyet-do"))
        self.plan = Plan.objects.get(key="144-kh-ubnd-2024")
        self.languages, self.groups = list(Language.objects.all()), [None, *TargetGroup.objects.all()]
        self.agencies = list(Agency.objects.all())
        self.old = list(Place.objects.valid_on(MERGER - dt.timedelta(days=1)).exclude(level="province"))
        self.new = list(Place.objects.valid_on(MERGER).filter(level="commune"))
        self.province = Place.objects.valid_on(MERGER).get(level="province")
        self.campaigns = [
            Campaign.objects.create(plan=self.plan, key=f"do-{n}", name=f"Đợt {n}", period_from=FIRST, period_to=LAST)
            for n in range(4)
        ]

    def day(self) -> dt.date:
        return FIRST + dt.timedelta(days=self.random.randint(-5, 369))

    def place(self, day: dt.date) -> Any:
        return self.random.choice(self.old if day < MERGER else self.new)

    def make(self, readings_each: int) -> None:
        self._channels()
        self._postings()
        self._deliveries()
        self._readings(readings_each)
        self._clicks()
        self._plays()
        self._activities()
        if connection.vendor == "sqlite":
            connection.cursor().execute("ANALYZE")

    def _channels(self) -> None:
        from campaigns.models import Audience, Station
        from publishers.models import Channel

        stations = [*self.new, *self.random.sample(self.old, 60)]
        self.stations: dict[int, Any] = {}
        self.channels: list[Any] = []
        for number in range(60):
            channel = Channel.objects.create(
                platform="feed", name=f"Kênh {number}", form="social", options={"slug": f"k{number}"},
                rehearsal=number % 10 == 0,
            )  # fmt: skip
            audience = Audience.objects.create(channel=channel, agency=self.random.choice(self.agencies))
            audience.places.set(self.random.sample(self.new, number % 3))
            self.channels.append(channel)
        for number, place in enumerate(stations):
            channel = Channel.objects.create(
                platform="loudspeaker", name=f"Loa {number}", form="station", rehearsal=number % 20 == 0
            )
            Audience.objects.create(channel=channel, agency=self.random.choice(self.agencies)).places.set([place])
            self.stations[channel.pk] = Station.objects.create(channel=channel, place=place)

    def _postings(self) -> None:
        from campaigns.models import Approval, Bulletin, Posting

        self.postings = []
        for number in range(max(60, self.number // 40)):
            language = self.random.choice(self.languages)
            campaign = self.campaigns[number % len(self.campaigns)]
            bulletin = Bulletin.objects.create(
                campaign=campaign, language=language, title=f"Tin {number}", text="Gọi 111.", author=self.author
            )
            heads = [self.random.randrange(1, 9)] if number % 9 else []
            approval = Approval.objects.create(
                bulletin=bulletin, language=language, approved_by=self.approver,
                snapshot={"title": bulletin.title, "heads": heads},
            )  # fmt: skip
            posting = Posting.objects.create(
                key=f"do-{number}", campaign=campaign, bulletin=bulletin, created_by=self.author
            )
            self.postings.append((posting, approval))

    def _deliveries(self) -> None:
        from campaigns.models import PostingItem
        from publishers.models import Channel, Delivery

        channels = list(Channel.objects.order_by("pk"))
        social = [one for one in channels if one.platform == "feed"]
        loud = [one for one in channels if one.platform == "loudspeaker"]
        deliveries, pairs, used = [], [], set()
        while len(deliveries) < self.number:
            posting = self.random.randrange(len(self.postings))
            channel = self.random.choice(social if len(deliveries) % 5 < 3 else loud)
            if (posting, channel.pk) in used:
                continue
            used.add((posting, channel.pk))
            state, on = self.random.choice(STATES), at(self.day(), self.random.randint(5, 20))
            deliveries.append(
                Delivery(
                    channel=channel, reference=f"do-{len(deliveries)}", message={}, state=state, due=on,
                    sent_at=on if state in ("sent", "withdrawn") else None, rehearsal=channel.rehearsal,
                )
            )  # fmt: skip
            pairs.append((posting, channel))
        made = Delivery.objects.bulk_create(deliveries, batch_size=BATCH)
        items = []
        for delivery, (number, channel) in zip(made, pairs, strict=True):
            posting, approval = self.postings[number]
            items.append(
                PostingItem(
                    posting=posting, channel=channel, approval=approval, delivery=delivery,
                    # A channel speaks one language to one group, as its audience says.
                    language=self.languages[channel.pk % len(self.languages)], group=self.groups[channel.pk % 5],
                )
            )  # fmt: skip
        PostingItem.objects.bulk_create(items, batch_size=BATCH)

    def _readings(self, each: int) -> None:
        """``each`` readings per post that went out, by the database itself."""
        when = "datetime(d.sent_at, '+' || n.n || ' hours')" if connection.vendor == "sqlite" else (
            "d.sent_at + n.n * interval '1 hour'"
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO publishers_reading (channel_id, delivery_id, metric, value, read_at, approximate)
                WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {each - 1})
                SELECT d.channel_id, d.id,
                       CASE n.n % 4 WHEN 0 THEN 'views' WHEN 1 THEN 'post_media_view' WHEN 2 THEN 'reactions'
                                    ELSE 'post_total_media_view_unique' END,
                       (d.id * 37 + n.n * 11) % 5000, {when}, (d.id % 50) = 0
                FROM publishers_delivery d JOIN publishers_channel c ON c.id = d.channel_id CROSS JOIN n
                WHERE d.sent_at IS NOT NULL AND c.platform = 'feed'
                """
            )

    def _clicks(self) -> None:
        from campaigns.models import ClickCount, PostingItem, TrackedLink

        items = PostingItem.objects.filter(channel__platform="feed").order_by("pk")[:: max(1, self.number // 5000)]
        links = [TrackedLink(item=one, target="https://example.org/", code=f"k{one.pk}") for one in items]
        made = TrackedLink.objects.bulk_create(links, batch_size=BATCH)
        counts = [
            ClickCount(link=link, day=day, count=self.random.randint(1, 60))
            for link in made
            for day in {self.day(), self.day()}
        ]
        ClickCount.objects.bulk_create(counts, batch_size=BATCH)

    def _plays(self) -> None:
        from campaigns.models import Playback, PostingItem

        sent = PostingItem.objects.filter(channel__platform="loudspeaker", delivery__state="sent")
        rows = sent.order_by("pk").values_list("pk", "channel_id", "delivery__sent_at")
        plays = [
            Playback(
                item_id=pk, station=self.stations[channel], played_at=on, operator_name="Người vận hành thử",
                seconds=self.random.choice([0, 240, 333, 601]), basis=self.random.choice(["measured", "declared"]),
            )
            for pk, channel, on in rows
            if self.random.random() < 0.8
        ]  # fmt: skip
        made = Playback.objects.bulk_create(plays, batch_size=BATCH)
        again = [
            Playback(
                item_id=one.item_id, station_id=one.station_id, played_at=one.played_at, corrects=one,
                seconds=one.seconds + 7, basis="declared", operator_name="Người vận hành thử",
            )
            for one in made[::9]
        ]  # fmt: skip
        Playback.objects.bulk_create(again, batch_size=BATCH)

    def _activities(self) -> None:
        from campaigns.models import Activity, ActivityResult, Indicator

        codes = {one.code: one for one in Indicator.objects.all()}
        activities = []
        for number in range(self.number // 20):
            day, total = self.day(), number % 10 == 0
            last = day + dt.timedelta(days=self.random.choice([10, 31, 92])) if total else day
            activities.append(
                Activity(
                    key=f"do-{number}", title=f"Hoạt động {number}", campaign=self.random.choice(self.campaigns),
                    agency=self.random.choice(self.agencies),
                    place=self.province if total and number % 20 else self.place(day),
                    language=self.random.choice([None, *self.languages]), period_from=day, period_to=last,
                    is_total=total, rehearsal=number % 13 == 0, reported_by="Người báo cáo thử",
                )
            )  # fmt: skip
        results = [
            ActivityResult(
                activity=one, indicator=codes[code], value=self.random.randint(0, 900),
                group=self.random.choice(self.groups[:5]),
                basis=self.random.choice(["counted", "declared", "estimated"]),
            )
            for one in Activity.objects.bulk_create(activities, batch_size=BATCH)
            for code in self.random.sample(CODES, 3)
        ]  # fmt: skip
        made = ActivityResult.objects.bulk_create(results, batch_size=BATCH)
        again = [
            ActivityResult(
                activity=one.activity, indicator=one.indicator, group=one.group, basis=one.basis, corrects=one,
                value=one.value // 2,
            )
            for one in made[::8]
        ]  # fmt: skip
        ActivityResult.objects.bulk_create(again, batch_size=BATCH)

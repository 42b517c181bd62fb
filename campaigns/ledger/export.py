"""What happened, as CSV with fixed columns, for a recount that trusts none of Loa's sums (docs/export.md)."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from campaigns.ledger.channels import PostedItem, PostedItems
from campaigns.ledger.entries import Dimensions
from campaigns.ledger.metrics import FORMS_OF_INDICATORS
from campaigns.ledger.sources import basis_of_result, chunks, heads_of_events, local_day
from campaigns.models import (
    ActivityResult,
    Agency,
    Campaign,
    ClickCount,
    Language,
    ManualPost,
    Place,
    PlaceChange,
    Playback,
    TargetGroup,
)
from publishers.models import Delivery, Reading

DIMENSION_COLUMNS = (
    "place_id",
    "language",
    "group",
    "agency",
    "plan",
    "campaign",
    "form",
    "heads",
    "rehearsal",
)
COLUMNS: dict[str, tuple[str, ...]] = {
    "deliveries": (
        "delivery_id",
        "item_id",
        "platform",
        "channel",
        "state",
        "due",
        "sent_on",
        "posted_by_hand_on",
        *DIMENSION_COLUMNS,
    ),
    "readings": ("reading_id", "delivery_id", "metric", "value", "read_at", "approximate"),
    "clicks": ("link", "delivery_id", "day", "clicks", *DIMENSION_COLUMNS),
    "plays": ("play_id", "corrects_id", "delivery_id", "played_on", "seconds", "basis", *DIMENSION_COLUMNS),
    "activities": (
        "result_id",
        "corrects_id",
        "activity_id",
        "is_total",
        "from",
        "to",
        "indicator",
        "value",
        "basis",
        *DIMENSION_COLUMNS,
    ),
    "places": ("place_id", "level", "code", "name", "parent_id", "valid_from", "valid_to", "successor_ids"),
}
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
Row = tuple[Any, ...]


def export_ledger(first: dt.date, last: dt.date, folder: Path) -> dict[str, int]:
    """Write one CSV file per entry of ``COLUMNS`` into ``folder``; return the rows in each.

    :param first: first day. :param last: last day, included (the staff's time zone).
    """
    folder.mkdir(parents=True, exist_ok=True)
    export = _Export(first, last)
    sources: dict[str, Iterable[Row]] = {
        "deliveries": export.deliveries(),
        "readings": export.readings(),
        "clicks": export.clicks(),
        "plays": export.plays(),
        "activities": export.activities(),
        "places": places(),
    }
    return {name: _write(folder / f"{name}.csv", COLUMNS[name], rows) for name, rows in sources.items()}


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> int:
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([plain(value) for value in row])
            written += 1
    return written


def plain(value: Any) -> Any:
    """A value as the files write it: 1 and 0, ISO dates, empty for nothing; no text becomes a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="microseconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(FORMULA_MARKS):
        return f"'{value}"
    return value


class _Export:
    """Names are read once; rows are streamed."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        zone = timezone.get_current_timezone()
        self.first, self.last = first, last
        self.start = dt.datetime.combine(first, dt.time.min, zone)
        self.end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, zone)
        self.languages = dict(Language.objects.values_list("pk", "key"))
        self.groups = dict(TargetGroup.objects.values_list("pk", "key"))
        self.agencies = dict(Agency.objects.values_list("pk", "key"))
        self.campaigns = {
            pk: (plan, key) for pk, plan, key in Campaign.objects.values_list("pk", "plan__key", "key")
        }
        self.items = PostedItems()

    def dimensions(self, where: Dimensions) -> Row:
        """The values of ``DIMENSION_COLUMNS``."""
        plan, campaign = self.campaigns.get(where.campaign_id or 0, ("", ""))
        return (
            where.place_id,
            self.languages.get(where.language_id or 0),
            self.groups.get(where.group_id or 0),
            self.agencies.get(where.agency_id or 0),
            plan,
            campaign,
            where.form,
            ";".join(str(number) for number in where.heads),
            where.rehearsal,
        )

    def deliveries(self) -> Iterator[Row]:
        """Deliveries due or sent in the period, and items posted by hand in it."""
        in_period = ManualPost.objects.filter(posted_at__gte=self.start, posted_at__lt=self.end)
        by_hand = {
            item_id: local_day(posted) for item_id, posted in in_period.values_list("item_id", "posted_at")
        }
        due = Q(due__gte=self.start, due__lt=self.end)
        sent = Q(sent_at__gte=self.start, sent_at__lt=self.end)
        rows = (
            Delivery.objects.filter(due | sent | Q(posting_item__manual_post__in=in_period))
            .order_by("pk")
            .values_list("pk", "posting_item__pk", "channel_id", "state", "due", "sent_at", "rehearsal")
        )
        rest = dict(by_hand)
        for chunk in chunks(rows.iterator(chunk_size=500)):
            known = self.items.of({row[1] for row in chunk if row[1]})
            for pk, item_id, channel_id, state, due_at, sent_at, rehearsal in chunk:
                item = known.get(item_id) or self.items.bare(channel_id, rehearsal)
                rest.pop(item_id, None)
                days = (local_day(sent_at) if sent_at else None, by_hand.get(item_id))
                yield (
                    pk,
                    item_id,
                    *self._channel(item),
                    state,
                    due_at,
                    *days,
                    *self.dimensions(item.dimensions),
                )
        for item_id, item in self.items.of(set(rest)).items():
            yield (
                None,
                item_id,
                *self._channel(item),
                "",
                None,
                None,
                rest[item_id],
                *self.dimensions(item.dimensions),
            )

    @staticmethod
    def _channel(item: PostedItem) -> Row:
        return (item.channel.platform, item.channel.name)

    def readings(self) -> Iterator[Row]:
        """Every reading of the deliveries sent in the period, whenever it was taken."""
        found = Reading.objects.filter(delivery__sent_at__gte=self.start, delivery__sent_at__lt=self.end)
        columns = ("pk", "delivery_id", "metric", "value", "read_at", "approximate")
        yield from found.order_by("pk").values_list(*columns).iterator(chunk_size=5000)

    def clicks(self) -> Iterator[Row]:
        found = ClickCount.objects.filter(day__gte=self.first, day__lte=self.last)
        rows = found.order_by("pk").values_list(
            "link__code", "link__item_id", "link__item__delivery_id", "day", "count", "link_id"
        )
        for chunk in chunks(rows.iterator(chunk_size=500)):
            known = self.items.of({row[1] for row in chunk if row[1]})
            posters = self.items.of_posters({row[5] for row in chunk if not row[1]})
            for code, item_id, delivery_id, day, number, link_id in chunk:
                where = known[item_id].dimensions if item_id else posters.get(link_id, Dimensions())
                yield (code, delivery_id, day, number, *self.dimensions(where))

    def plays(self) -> Iterator[Row]:
        """Plays of the period with every version of them, corrected ones included."""
        in_period = Q(played_at__gte=self.start, played_at__lt=self.end)
        rows = with_versions(Playback, in_period).values_list(
            "pk",
            "corrects_id",
            "item_id",
            "item__delivery_id",
            "station__place_id",
            "station__channel__rehearsal",
            "played_at",
            "seconds",
            "basis",
        )
        for chunk in chunks(rows.iterator(chunk_size=500)):
            known = self.items.of({row[2] for row in chunk})
            for pk, corrects, item_id, delivery_id, place_id, rehearsal, played_at, seconds, basis in chunk:
                own = known[item_id].dimensions
                where = Dimensions(
                    **{**own.__dict__, "place_id": place_id, "rehearsal": own.rehearsal or rehearsal}
                )
                yield (
                    pk,
                    corrects,
                    delivery_id,
                    local_day(played_at),
                    seconds,
                    basis,
                    *self.dimensions(where),
                )

    def activities(self) -> Iterator[Row]:
        """Results of activities that touch the period, with every version of them."""
        touching = Q(activity__period_from__lte=self.last, activity__period_to__gte=self.first)
        heads = heads_of_events()
        found = ActivityResult.objects.filter(touching).select_related("activity", "indicator").order_by("pk")
        for result in found.iterator(chunk_size=500):
            activity, code = result.activity, result.indicator.code
            where = Dimensions(
                place_id=activity.place_id,
                language_id=activity.language_id,
                group_id=result.group_id,
                agency_id=activity.agency_id,
                campaign_id=activity.campaign_id,
                form=FORMS_OF_INDICATORS.get(code, ""),
                heads=heads.get(activity.event_id or 0, ()),
                rehearsal=activity.rehearsal,
            )
            yield (
                result.pk,
                result.corrects_id,
                activity.pk,
                activity.is_total,
                activity.period_from,
                activity.period_to,
                code,
                result.value,
                basis_of_result(total=activity.is_total, basis=result.basis),
                *self.dimensions(where),
            )


def with_versions(model: type[Model], condition: Q) -> QuerySet[Any]:
    """The rows that meet ``condition`` and all earlier and later versions of them."""
    manager = model._default_manager
    found = set(manager.filter(condition).values_list("pk", flat=True))
    pairs = list(manager.exclude(corrects=None).values_list("pk", "corrects_id"))
    grown = True
    while grown:
        more = {one for pair in pairs if found & set(pair) for one in pair} - found
        found |= more
        grown = bool(more)
    earlier = Q(pk__in=[pk for pair in pairs for pk in pair if pk in found])
    return manager.filter(condition | earlier).order_by("pk")


def places() -> Iterator[Row]:
    """Every place of any time, with what became of it."""
    after: dict[int, list[int]] = {}
    for old, new in PlaceChange.objects.order_by("pk").values_list("predecessor_id", "successor_id"):
        after.setdefault(old, []).append(new)
    columns = ("pk", "level", "code", "name", "parent_id", "valid_from", "valid_to")
    for row in Place.objects.order_by("pk").values_list(*columns):
        yield (*row, ";".join(str(pk) for pk in after.get(row[0], ())))

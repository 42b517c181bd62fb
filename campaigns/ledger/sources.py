"""Everything that happened, as ledger entries: one function per kind of source.

Each takes ``since`` (a time, or None for everything) and yields the entries of each touched source
together, so that the fold can see which lines of a source are gone.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any, TypeVar

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from campaigns.ledger import entries as kinds
from campaigns.ledger.channels import PostedItem, PostedItems, heads_of_approvals, roots
from campaigns.ledger.entries import Dimensions, Entry
from campaigns.ledger.metrics import FORMS_OF_INDICATORS, METRIC_NAMES, METRICS, PLATFORMS_WITHOUT_POSTS, scale_of
from campaigns.models import ActivityResult, ClickCount, ManualPost, Playback
from campaigns.models.ledger import Basis
from publishers.models import Delivery, DeliveryState, Reading

Since = dt.datetime | None
T = TypeVar("T")
CHUNK = 500


def chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def local_day(moment: dt.datetime | None) -> dt.date:
    """The staff's day of a moment that the query made sure of."""
    assert moment is not None
    return timezone.localtime(moment).date()


def posts(since: Since) -> Iterator[Entry]:
    """A post that stands counts 1; one that was withdrawn after it was out counts 0."""
    found = Delivery.objects.filter(
        state__in=(DeliveryState.SENT, DeliveryState.WITHDRAWN), sent_at__isnull=False
    ).exclude(channel__platform__in=PLATFORMS_WITHOUT_POSTS)
    if since:
        found = found.filter(Q(transitions__at__gte=since) | Q(sent_at__gte=since)).distinct()
    rows = found.order_by("pk").values_list(
        "pk", "channel_id", "posting_item__pk", "rehearsal", "state", "sent_at"
    )
    items = PostedItems()
    for chunk in chunks(rows.iterator(chunk_size=CHUNK)):
        known = items.of({row[2] for row in chunk if row[2]})
        for pk, channel_id, item_id, rehearsal, state, sent_at in chunk:
            item = known.get(item_id) or items.bare(channel_id, rehearsal)
            day = local_day(sent_at)
            stands = state == DeliveryState.SENT
            value, where = int(stands), item.dimensions
            yield Entry(kinds.DELIVERY, str(pk), "posts", value, Basis.MEASURED, day, day, where, item.label)


def readings(since: Since) -> Iterator[Entry]:
    """The newest reading of each metric of a delivery, on the day the delivery was sent."""
    found = Reading.objects.filter(delivery__sent_at__isnull=False, metric__in=METRICS)
    if since:
        touched = Reading.objects.filter(read_at__gte=since, delivery__isnull=False).values("delivery_id")
        moved = Delivery.objects.filter(transitions__at__gte=since).values("pk")
        found = found.filter(Q(delivery_id__in=touched) | Q(delivery_id__in=moved))
    newest = Window(
        RowNumber(),
        partition_by=[F("delivery_id"), F("metric")],
        order_by=[F("read_at").desc(), F("pk").desc()],
    )
    rows = (
        found.annotate(age=newest)
        .filter(age=1)
        .order_by("delivery_id", "metric")
        .values_list(
            "delivery_id",
            "metric",
            "value",
            "approximate",
            "delivery__channel_id",
            "delivery__posting_item__pk",
            "delivery__rehearsal",
            "delivery__sent_at",
        )
    )
    items = PostedItems()
    deliveries = (
        list(group) for _pk, group in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0])
    )
    for chunk in chunks(deliveries):
        known = items.of({group[0][5] for group in chunk if group[0][5]})
        for group in chunk:
            _pk, _metric, _value, _approximate, channel_id, item_id, rehearsal, _sent = group[0]
            yield from _reading_entries(group, known.get(item_id) or items.bare(channel_id, rehearsal))


def _reading_entries(group: list[tuple[Any, ...]], item: PostedItem) -> Iterator[Entry]:
    """One entry per indicator: the metric with the lowest rank stands for it."""
    best: dict[str, tuple[Any, ...]] = {}
    for row in group:
        indicator, rank = METRICS[row[1]]
        if indicator not in best or rank < METRICS[best[indicator][1]][1]:
            best[indicator] = row
    for indicator, (pk, metric, value, approximate, *_rest, sent_at) in best.items():
        day = local_day(sent_at)
        yield Entry(
            kinds.READING,
            str(pk),
            indicator,
            value,
            Basis.MEASURED,
            day,
            day,
            item.dimensions,
            f"{item.label} · {METRIC_NAMES.get(metric, metric)}",
            approximate,
        )


def clicks(since: Since) -> Iterator[Entry]:
    """Clicks of one tracked link on one day."""
    found = ClickCount.objects.filter(count__gt=0)
    if since:
        found = found.filter(day__gte=local_day(since))
    rows = found.order_by("pk").values_list(
        "link_id", "day", "count", "link__item_id", "link__label", "link__code"
    )
    items = PostedItems()
    for chunk in chunks(rows.iterator(chunk_size=CHUNK)):
        known = items.of({row[3] for row in chunk if row[3]})
        posters = items.of_posters({row[0] for row in chunk if not row[3]})
        for link_id, day, count, item_id, label, code in chunk:
            item = known.get(item_id)
            dimensions = item.dimensions if item else posters.get(link_id, Dimensions())
            text = item.label if item else label or code
            key = f"{link_id}:{day.isoformat()}"
            yield Entry(kinds.CLICK, key, "clicks", count, Basis.MEASURED, day, day, dimensions, text)


def manual_posts(since: Since) -> Iterator[Entry]:
    """Posts that somebody says were made by hand: declared, never measured."""
    found = ManualPost.objects.all()
    if since:
        found = found.filter(created_at__gte=since)
    items = PostedItems()
    for chunk in chunks(found.order_by("pk").values_list("pk", "item_id", "posted_at", "declared_by")):
        known = items.of({row[1] for row in chunk})
        for pk, item_id, posted_at, declared_by in chunk:
            day, item = local_day(posted_at), known[item_id]
            label = f"{item.label} · {declared_by}"
            yield Entry(
                kinds.MANUAL_POST,
                str(pk),
                "manual_posts",
                1,
                Basis.DECLARED,
                day,
                day,
                item.dimensions,
                label,
            )


def plays(since: Since) -> Iterator[Entry]:
    """The last word on each loudspeaker play: one play, and its length in seconds.

    A play that was taken back (0 seconds) keeps its two rows at 0, and no report reads them.
    """
    found = Playback.objects.filter(corrected_by__isnull=True)
    if since:
        found = found.filter(created_at__gte=since)
    first = roots(dict(Playback.objects.exclude(corrects=None).values_list("pk", "corrects_id")))
    rows = found.order_by("pk").values_list(
        "pk",
        "item_id",
        "station__place_id",
        "station__channel__rehearsal",
        "played_at",
        "seconds",
        "basis",
        "operator_name",
    )
    items = PostedItems()
    for chunk in chunks(rows.iterator(chunk_size=CHUNK)):
        known = items.of({row[1] for row in chunk})
        for pk, item_id, place_id, rehearsal, played_at, seconds, basis, operator in chunk:
            item, day = known[item_id], local_day(played_at)
            key, label = str(first.get(pk, pk)), f"{item.label} · {operator}"
            where = _placed(item.dimensions, place_id, rehearsal)
            yield Entry(kinds.PLAYBACK, key, "loud_plays", int(seconds > 0), basis, day, day, where, label)
            yield Entry(kinds.PLAYBACK, key, "loud_minutes", seconds, basis, day, day, where, label)


def _placed(dimensions: Dimensions, place_id: int, rehearsal: bool) -> Dimensions:
    return Dimensions(
        **{**dimensions.__dict__, "place_id": place_id, "rehearsal": dimensions.rehearsal or rehearsal}
    )


def results(since: Since) -> Iterator[Entry]:
    """The last word on each result of a field activity, and on each total that an agency sent."""
    found = ActivityResult.objects.filter(corrected_by__isnull=True)
    if since:
        found = found.filter(created_at__gte=since)
    first = roots(dict(ActivityResult.objects.exclude(corrects=None).values_list("pk", "corrects_id")))
    heads = heads_of_events()
    for result in (
        found.select_related("activity__agency", "indicator").order_by("pk").iterator(chunk_size=CHUNK)
    ):
        activity, code = result.activity, result.indicator.code
        total = activity.is_total
        dimensions = Dimensions(
            place_id=activity.place_id,
            language_id=activity.language_id,
            group_id=result.group_id,
            agency_id=activity.agency_id,
            campaign_id=activity.campaign_id,
            form=FORMS_OF_INDICATORS.get(code, ""),
            heads=heads.get(activity.event_id or 0, ()),
            rehearsal=activity.rehearsal,
        )
        yield Entry(
            kinds.DECLARED_TOTAL if total else kinds.RESULT,
            str(first.get(result.pk, result.pk)),
            code,
            result.value * scale_of(code),
            basis_of_result(total=total, basis=result.basis),
            activity.period_from,
            activity.period_to,
            dimensions,
            f"{activity.title} · {activity.agency}",
        )


def basis_of_result(*, total: bool, basis: str) -> str:
    """A total that an agency sends is its declaration, whatever was ticked; an estimate stays one."""
    return Basis.DECLARED if total and basis != Basis.ESTIMATED else basis


def heads_of_events() -> dict[int, tuple[int, ...]]:
    """The content heads of each event page, as last approved."""
    from campaigns.models import Approval, EventPage

    heads = heads_of_approvals()
    events = EventPage.objects.values("pk")
    rows = (
        Approval.objects.filter(page_id__in=events, withdrawn_at=None)
        .order_by("pk")
        .values_list("page_id", "pk")
    )
    return {page_id: heads.get(pk, ()) for page_id, pk in rows if page_id}


# source kinds that a function may yield, for the tidying of a full fold
SOURCES: tuple[tuple[tuple[str, ...], Any], ...] = (
    ((kinds.DELIVERY,), posts),
    ((kinds.READING,), readings),
    ((kinds.CLICK,), clicks),
    ((kinds.MANUAL_POST,), manual_posts),
    ((kinds.PLAYBACK,), plays),
    ((kinds.RESULT, kinds.DECLARED_TOTAL), results),
)

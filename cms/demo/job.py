"""The job of the demo, step by step. Each step looks at what is there and does only what is missing.

A killed demo is run again from the start; nothing is done twice, because everything that leaves has a
key in the database.
"""

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, TaskState

from campaigns.fanout import post
from campaigns.models import Campaign, EventPage, Posting
from campaigns.samples import CAMPAIGN_KEY, load_samples
from campaigns.workflow import latest_approval
from cms.demo import field
from cms.demo.channels import ensure_channels
from cms.demo.people import ensure_staff
from cms.demo.reports import write_reports
from cms.models import User
from publishers import outbox
from publishers.models import Channel, Delivery, DeliveryState, Reading
from publishers.recall import recall_delivery
from publishers.sandbox.server import SandboxServer
from publishers.tasks import collect_readings

UNFINISHED = (DeliveryState.SCHEDULED, DeliveryState.SENDING)
RECALLED = "telegram"
SOON = dt.timedelta(minutes=10)


class Stuck(Exception):
    """A step waited longer than it should; the message says for what."""


@dataclasses.dataclass
class Demo:
    """What the steps share. ``seconds`` and ``reports`` go into the summary."""

    folder: Path
    sandbox: SandboxServer
    say: Callable[[str], None]
    staff: dict[str, User] = dataclasses.field(default_factory=dict)
    channels: list[Channel] = dataclasses.field(default_factory=list)
    pages: list[Page] = dataclasses.field(default_factory=list)
    reports: dict[str, str] = dataclasses.field(default_factory=dict)
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)

    def wait(self, what: str, done: Callable[[], bool], *, progress: Callable[[], str], seconds: float = 120) -> None:
        """Wait until ``done``, saying how far it is.

        :raises Stuck: after ``seconds``.
        """
        until, said = time.monotonic() + seconds, ""
        while not done():
            if time.monotonic() > until:
                raise Stuck(what)
            if (now := progress()) != said:
                self.say(f"    {now}")
                said = now
            time.sleep(0.3)


def people(demo: Demo) -> None:
    demo.staff = ensure_staff(demo.folder)


def channels(demo: Demo) -> None:
    demo.channels = ensure_channels()


def write(demo: Demo) -> None:
    demo.pages = load_samples(demo.staff["author"])


def approve(demo: Demo) -> None:
    """Submitted by one, read by a native reader where needed, approved by another."""
    for page in demo.pages:
        current = page.specific
        if latest_approval(current) is not None:
            continue
        state = current.current_workflow_state
        if state is None:
            state = current.get_workflow().start(current, demo.staff["author"])
        while (waiting := _waiting(state)) is not None:
            native = waiting.task.specific.__class__.__name__ == "NativeReviewTask"
            reader = demo.staff["native_reviewer" if native else "approver"]
            waiting.task.specific.on_action(waiting, reader, "approve")


def _waiting(state: Any) -> TaskState | None:
    """The step that a workflow waits in, or None when it is through."""
    state.refresh_from_db()
    current = state.current_task_state
    return current.specific if current and current.status == TaskState.STATUS_IN_PROGRESS else None


def fan_out(demo: Demo) -> None:
    """One posting a content, a few seconds apart, each channel with its own version."""
    campaign = Campaign.objects.get(key=CAMPAIGN_KEY)
    now = timezone.now()
    sources = [page for page in demo.pages if page.locale.language_code == "vi"]
    for number, page in enumerate(sources):
        post(
            key=f"demo:{page.slug}",
            campaign=campaign,
            page=page,
            channels=demo.channels,
            due=now + dt.timedelta(seconds=2 + number),
            by=demo.staff["approver"],
        )


def deliver(demo: Demo) -> None:
    """Celery's work; here we only look. What a kill left unknown is looked up as staff would do it."""

    def progress() -> str:
        counts = dict(Delivery.objects.values_list("state").annotate(n=Count("pk")))
        words = [f"{DeliveryState(state).label}: {count}" for state, count in sorted(counts.items())]
        return ", ".join(str(word) for word in words)

    def done() -> bool:
        settle_unknown(demo)
        # What somebody who tries the demo scheduled for later is not waited for when it is started again.
        soon = timezone.now() + SOON
        return not Delivery.objects.filter(state__in=(*UNFINISHED, DeliveryState.UNKNOWN), due__lte=soon).exists()

    demo.wait(_("deliveries were not sent"), done, progress=progress)


def settle_unknown(demo: Demo) -> None:
    """A person looks at the channel and presses “It is there” or “Send again”; here, at the sandbox."""
    for delivery in Delivery.objects.filter(state=DeliveryState.UNKNOWN):
        link = delivery.message["link"]
        found = next((entry for entry in field.published(demo.sandbox.log_path) if link in entry["text"]), None)
        by = str(demo.staff["channel_manager"])
        if found is None:
            outbox.resend(delivery_id=delivery.pk, by=by, why="chưa thấy trên kênh")
        else:
            outbox.confirm_sent(
                delivery_id=delivery.pk, by=by, permalink=found["permalink"], external_id=found["id"]
            )


def read_platforms(demo: Demo) -> None:
    """The platforms' own figures, fetched by a Celery task."""
    wanted = Delivery.objects.filter(state=DeliveryState.SENT, channel__platform__in=("telegram", "facebook"))
    missing = wanted.filter(readings=None)
    if missing.exists():
        collect_readings.delay()
    demo.wait(
        _("the platforms gave no figures"),
        lambda: not missing.exists(),
        progress=lambda: _("readings: %(count)d") % {"count": Reading.objects.count()},
    )


def come_back(demo: Demo) -> None:
    """Readers click, an operator confirms plays, somebody posts by hand, an event is counted."""
    field.click(limit=12)
    field.confirm_plays()
    field.post_by_hand()
    for event in EventPage.objects.filter(pk__in=[page.pk for page in demo.pages], locale__language_code="vi"):
        field.count_event(event)


def recall(demo: Demo) -> None:
    """One sent delivery is called back, and gone from the channel."""
    first = Posting.objects.filter(key__startswith="demo:").order_by("pk").first()
    item = first.items.filter(channel__platform=RECALLED).order_by("pk").first() if first else None
    if item is None or item.delivery is None:
        return
    delivery = item.delivery
    recall_delivery(delivery_id=delivery.pk, by=str(demo.staff["approver"]), why="diễn tập thu hồi")

    def gone() -> bool:
        delivery.refresh_from_db()
        return delivery.state == DeliveryState.WITHDRAWN

    demo.wait(_("the recalled post is still there"), gone, progress=lambda: str(delivery.get_state_display()))


def report(demo: Demo) -> None:
    demo.reports = write_reports(demo.folder / "reports")


def steps() -> Iterator[tuple[str, str, Callable[[Demo], None]]]:
    """Key, title and function of each step, in order."""
    yield "people", _("Staff and their roles"), people
    yield "channels", _("Rehearsal channels and their audiences"), channels
    yield "write", _("Sample materials and events, as drafts"), write
    yield "approve", _("Submitted by one person, approved by another"), approve
    yield "fan_out", _("Postings: every channel gets its version"), fan_out
    yield "deliver", _("Celery sends"), deliver
    yield "read_platforms", _("The platforms' figures"), read_platforms
    yield "come_back", _("Clicks, plays, posts by hand, attendance"), come_back
    yield "recall", _("One post is recalled"), recall
    yield "report", _("The reach report"), report


def run(demo: Demo) -> None:
    """Do every step, saying what it is and how long it took."""
    for key, title, step in steps():
        demo.say(f"• {title}")
        started = time.monotonic()
        step(demo)
        demo.seconds[key] = round(time.monotonic() - started, 2)

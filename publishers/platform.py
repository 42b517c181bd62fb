"""The interface of a platform. One platform is one file in ``publishers/platforms`` (docs/platforms.md)."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

import aiohttp
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from publishers.message import Attachment, Measure, Message, Metric, Problem, Receipt
from publishers.sandbox.credentials import is_sandbox
from publishers.target import Address, Target

if TYPE_CHECKING:
    from publishers.models import Channel

Text = Any  # a str or a lazy translation


@dataclasses.dataclass(frozen=True)
class Option:
    """A declared option or secret of a channel."""

    name: str
    label: Text
    help: Text = ""
    required: bool = True
    # A secret that only proves who calls us; it opens nothing, so it is neither live nor rehearsal.
    incoming: bool = False
    # A secret that we make up ourselves and tell the platform, so that Loa can make one.
    ours: bool = False
    # What a value has to look like, so that it can be no path and no other address.
    pattern: str = ""


@dataclasses.dataclass(frozen=True)
class Step:
    """One request of an operation. ``repeatable``: doing it twice does no harm."""

    name: str
    repeatable: bool = False


@dataclasses.dataclass(frozen=True)
class Limit:
    """A pace to keep: one message per ``interval`` seconds for ``key``, ``burst`` of them at once."""

    key: str
    interval: float
    burst: int = 1


@dataclasses.dataclass(frozen=True)
class Explanation:
    """Cause and cure of an error code, in the words of staff."""

    cause: Text
    cure: Text

    @property
    def words(self) -> str:
        """Both, one after the other."""
        return f"{self.cause} {self.cure}"


@dataclasses.dataclass
class Wire:
    """What a platform sends with: one HTTP session, a few threads for synchronous libraries, a cache.

    All of it lives as long as one event loop; ``cache`` is for objects that must not outlive it.
    """

    live: aiohttp.ClientSession
    rehearsal: aiohttp.ClientSession
    threads: ThreadPoolExecutor
    read: Callable[[Attachment], bytes]
    cache: dict[Any, Any] = dataclasses.field(default_factory=dict)

    def http(self, target: Target) -> aiohttp.ClientSession:
        """The session for a channel: a rehearsal's knows no proxy of the environment."""
        return self.rehearsal if target.rehearsal else self.live


@dataclasses.dataclass(frozen=True)
class Job:
    """One operation of one delivery: everything that a platform needs, and nothing of the database.

    ``progress`` has the data of the steps done before, ``external_id`` is known for edit and delete.
    """

    kind: str
    reference: str
    target: Target
    message: Message
    progress: dict[str, Any]
    external_id: str = ""
    first_tried: dt.datetime | None = None


@dataclasses.dataclass(frozen=True)
class Call:
    """One request of a platform to our webhook address. Header names are in small letters."""

    method: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclasses.dataclass(frozen=True)
class Event:
    """What a platform tells of one post, or of the channel.

    ``key`` is the same when the platform tells the same again. ``metrics`` are kept as readings; with
    ``look`` the post's own figures are asked for. ``kind`` alone is a thing to count.
    """

    kind: str
    key: str
    at: dt.datetime
    external_id: str = ""
    metrics: tuple[Metric, ...] = ()
    look: bool = False


@dataclasses.dataclass(frozen=True)
class News:
    """What was fetched from a platform: events with their channel's id, and where to go on from."""

    events: Sequence[tuple[int, Event]]
    after: int


@dataclasses.dataclass(frozen=True)
class Check:
    """What ``check_channel`` found out. ``problems`` say what is missing and how to mend it.

    ``notes`` is what staff should know although the channel works (a token tied to a person).
    """

    ok: bool
    account: str = ""
    kind: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Platform:
    """Base of all platforms. Subclasses set the names and write the coroutines."""

    name: ClassVar[str]
    label: ClassVar[Text]
    form: ClassVar[str] = "social"
    # Which text of a content this platform takes: social, message, spoken or article.
    text: ClassVar[str] = "social"
    # In which form a card is drawn for a content without a picture; empty where none is wanted.
    card: ClassVar[str] = ""
    # How many pictures of a content a post carries at most; readers find the others at the link.
    most_pictures: ClassVar[int] = 10
    # Whether files such as a leaflet go along; elsewhere readers find them at the link.
    takes_documents: ClassVar[bool] = False
    # Whether the composed pieces are HTML; else they are plain text.
    composes_html: ClassVar[bool] = False
    # After about how many characters readers see "see more" instead of the rest; 0 where all is shown.
    fold: ClassVar[int] = 0
    options: ClassVar[Sequence[Option]] = ()
    secrets: ClassVar[Sequence[Option]] = ()
    addresses: ClassVar[dict[str, Address]] = {}
    explanations: ClassVar[dict[str, Explanation]] = {}
    # Whether a lost answer can be cleared up by asking the platform, and how long to wait before.
    reconcilable: ClassVar[bool] = False
    reconcile_after: ClassVar[float] = 15.0
    # Whether access tokens run out and can be exchanged for new ones without a person.
    renewable: ClassVar[bool] = False
    # Where staff enter our address, in words; empty where the platform never calls us.
    webhook_help: ClassVar[Text] = ""
    # Whether the platform can be told our address by a call (``listen``).
    can_listen: ClassVar[bool] = False
    can_edit: ClassVar[bool] = True
    can_delete: ClassVar[bool] = True
    # What people have to be asked on a recall where they post or play it themselves; empty where Loa can act.
    recall_by_people: ClassVar[Text] = ""

    # --- before sending ---------------------------------------------------------------------------

    def validate_channel(self, channel: "Channel") -> None:
        """Options and secrets are there, and live and sandbox credentials never mix (DESIGN 4.6).

        :raises ValidationError: naming what is missing or in the wrong place.
        """
        given = channel.secrets
        wrong: list[Any] = [
            ValidationError(_("The option “%(name)s” is missing."), params={"name": option.name})
            for option in self.options
            if option.required and not str(channel.options.get(option.name, "")).strip()
        ]
        wrong += [
            ValidationError(_("The secret “%(name)s” is missing."), params={"name": secret.name})
            for secret in self.secrets
            if secret.required and not given.get(secret.name)
        ]
        known = {option.name for option in self.options}
        wrong += [
            ValidationError(_("This platform has no option “%(name)s”."), params={"name": name})
            for name in channel.options
            if name not in known
        ]
        wrong += [
            ValidationError(_("“%(name)s” does not look right."), params={"name": declared.name})
            for declared, value in (
                *((option, str(channel.options.get(option.name, ""))) for option in self.options),
                *((secret, given.get(secret.name, "")) for secret in self.secrets),
            )
            if declared.pattern and value and not re.fullmatch(declared.pattern, value)
        ]
        incoming = {secret.name for secret in self.secrets if secret.incoming}
        opening = [value for name, value in given.items() if value and name not in incoming]
        if any(is_sandbox(value) != channel.rehearsal for value in opening):
            wrong.append(
                ValidationError(
                    _("A rehearsal channel takes rehearsal credentials only.")
                    if channel.rehearsal
                    else _("Rehearsal credentials cannot be used on a live channel.")
                )
            )
        if wrong:
            raise ValidationError(wrong)

    def compose(self, message: Message) -> list[Any]:
        """The message in the platform's form, piece by piece: what is previewed and what is sent."""
        return [message.text]

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        """How long the composed message is, in the units that this platform counts in."""
        used = sum(len(str(piece)) for piece in self.compose(message))
        return [Measure(_("length of the text"), used, 0, _("characters"))]

    def problems(self, message: Message) -> list[Problem]:
        """What the platform would refuse of ``message``, found when the text is saved."""
        return []

    def hints(self, options: dict[str, Any], due: dt.datetime) -> list[Problem]:
        """What staff should know of a channel with these ``options`` before something is due there."""
        return []

    def limits(self, target: Target, message: Message) -> Sequence[Limit]:
        """The paces to keep, widest first."""
        return ()

    def steps(self, job: Job) -> Sequence[Step]:
        """The steps of an operation, in order. Those in ``job.progress`` are done."""
        return (Step("send", repeatable=job.kind != "publish"),)

    def due(self, step: Step, options: dict[str, Any], planned: dt.datetime) -> dt.datetime:
        """When ``step`` of a delivery planned for ``planned`` is due: later where the platform keeps hours.

        What the platform itself puts off is not overdue; the grace counts from here.
        """
        return planned

    # --- on the wire ------------------------------------------------------------------------------

    async def perform(self, step: Step, job: Job, wire: Wire) -> Receipt:
        """Do one step. The last step's receipt is the delivery's.

        :raises SendError: one of the four classes of ``publishers.errors``.
        """
        raise NotImplementedError

    async def find(self, job: Job, wire: Wire) -> Receipt | None:
        """Ask the platform whether the message is there; None when it certainly is not seen there."""
        raise NotImplementedError

    async def read(self, job: Job, wire: Wire) -> Sequence[Metric]:
        """What the platform reports of a sent delivery."""
        return ()

    async def read_channel(self, target: Target, wire: Wire) -> Sequence[Metric]:
        """What the platform reports of the channel itself (followers)."""
        return ()

    def id_of(self, permalink: str, target: Target) -> str:
        """The platform's own id of the post at ``permalink``; empty where the address does not say it."""
        return ""

    async def check(self, target: Target, wire: Wire) -> Check:
        """Ask the platform whether the credentials work."""
        return Check(ok=True)

    async def renew(self, target: Target, wire: Wire) -> dict[str, str]:
        """Exchange the credentials; the new secrets by name. Only ``publishers.renewal`` may call it.

        :raises Permanent: when a person has to consent anew.
        :raises Ambiguous: when the answer was lost, so that the old credentials may be used up.
        :raises Transient: when nothing was asked.
        """
        raise NotImplementedError

    # --- what the platform tells by itself --------------------------------------------------------

    async def listen(self, target: Target, wire: Wire, address: str) -> None:
        """Tell the platform to call ``address``, with the stored webhook secret. Only where ``can_listen``.

        :raises SendError: when it refuses, or could not be asked.
        """
        raise NotImplementedError

    def challenge(self, target: Target, call: Call) -> str | None:
        """The answer to the platform's first call to a webhook address; None refuses it."""
        return None

    def recognises(self, target: Target, call: Call) -> bool:
        """Whether ``call`` is signed by the platform for this channel. Compared in constant time."""
        return False

    def events(self, target: Target, call: Call) -> Sequence[Event]:
        """What a recognised call tells, without anything that could name a person.

        :raises ValueError: (KeyError, TypeError) when the body is not what the platform sends.
        """
        return ()

    def mailbox(self, target: Target) -> str:
        """The same for channels whose events are fetched together; empty where nothing is to be fetched."""
        return ""

    async def fetch(self, targets: Sequence[Target], wire: Wire, after: int) -> News:
        """Fetch events of channels with one mailbox. With ``after`` the platform forgets what came before.

        :raises SendError: in one of the four classes.
        """
        raise NotImplementedError

    def explain(self, code: str) -> Explanation:
        """Cause and cure of ``code``; there is no "unknown error"."""
        return self.explanations.get(code) or COMMON_EXPLANATIONS.get(code) or COMMON_EXPLANATIONS["refused"]


COMMON_EXPLANATIONS = {
    "unreachable": Explanation(
        _("The platform could not be reached; nothing was sent."),
        _("Loa tries again by itself. If it lasts, check this machine's network and proxy."),
    ),
    "timeout": Explanation(
        _("The platform did not answer in time; the post may be there or not."),
        _("Look at the channel, then press “It is there” or “Send again”."),
    ),
    "lost": Explanation(
        _("Loa was stopped while the post was on its way; it may be there or not."),
        _("Look at the channel, then press “It is there” or “Send again”."),
    ),
    "server-error": Explanation(
        _("The platform had an error of its own; the post may be there or not."),
        _("Look at the channel, then press “It is there” or “Send again”."),
    ),
    "throttled": Explanation(
        _("The platform asked for a pause; nothing was sent."), _("Loa waits and tries again by itself.")
    ),
    "overdue": Explanation(
        _("Its time has passed by more than the grace period, so it was held back."),
        _("If it is still right to post it, press “Send now”; otherwise cancel it."),
    ),
    "stopped": Explanation(
        _("An emergency stop stands for this channel, this campaign or everything."),
        _("When the stop is lifted, it goes on by itself if its time has not passed."),
    ),
    "gate": Explanation(
        _("A safety check did not let it out."), _("Read the reason, mend the content, have it approved again.")
    ),
    "gave-up": Explanation(
        _("It was tried many times and the platform never took it."),
        _("Check the channel, then press “Send again”."),
    ),
    "missing-file": Explanation(
        _("A picture or recording of the post is not there any more; nothing was sent."),
        _("Put the file back into the content and have it approved again."),
    ),
    "credentials": Explanation(
        _("The stored credentials cannot be opened on this installation."),
        _("Set LOA_CREDENTIALS_KEY to the key they were sealed with, or enter them anew."),
    ),
    "refused": Explanation(
        _("The platform refused the post and said why (see below)."),
        _("Mend what it names, then press “Send again”. If it is unclear, show it to your technician."),
    ),
    "check-failed": Explanation(
        _("The platform answered the check with something that Loa does not understand."),
        _("Check again in a quarter of an hour. If it lasts, show it to your technician."),
    ),
    "bug": Explanation(
        _("Loa itself failed at this post; it may be there or not."),
        _("Look at the channel, then press “It is there” or “Send again”, and tell your technician."),
    ),
}

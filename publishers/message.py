"""What leaves: a frozen message, and what the platform answers: a receipt."""

import dataclasses
import datetime as dt
import re
import unicodedata
from typing import Any, Self

# What neither XML nor a document can hold: controls but tab and line feed, surrogates, non-characters.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def has_words(text: str) -> bool:
    """Whether a reader sees anything of a plain text: not only blanks and invisible signs."""
    return any(unicodedata.category(mark)[0] not in "ZC" for mark in text)


@dataclasses.dataclass(frozen=True)
class Attachment:
    """A file to send. ``name`` is its name in the default storage, ``url`` its public address."""

    name: str
    url: str = ""
    alt: str = ""
    mime: str = ""
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class Message:
    """One text for one channel, ready to be put into the platform's form.

    ``html`` is the same text as rich text, from which each platform takes what it can show; empty when the
    text has no marks. ``link`` is the reader's address, tracked; it also lets a lost answer be found again
    on the platform. ``details`` are read by the platform of that name only (slots and length for a
    loudspeaker, the form for a manual channel).
    """

    text: str
    title: str = ""
    html: str = ""
    summary: str = ""
    link: str = ""
    images: tuple[Attachment, ...] = ()
    audio: Attachment | None = None
    videos: tuple[Attachment, ...] = ()
    documents: tuple[Attachment, ...] = ()
    language: str = "vi"
    details: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """No control characters: a single one makes a whole feed or document unreadable (Word leaves some)."""
        for name in ("text", "title", "html", "summary"):
            given = getattr(self, name)
            if UNWRITABLE.search(given):
                object.__setattr__(self, name, UNWRITABLE.sub("", given.replace("\v", "\n")))

    def as_json(self) -> dict[str, Any]:
        """The message as plain data for the outbox row."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The message that :meth:`as_json` was called on."""
        values = dict(data)
        for name in ("images", "videos", "documents"):
            values[name] = tuple(Attachment(**file) for file in values.get(name, ()))
        values["audio"] = Attachment(**values["audio"]) if values.get("audio") else None
        return cls(**values)


@dataclasses.dataclass(frozen=True)
class Receipt:
    """What a platform gave back. ``data`` is kept with the step, for the steps after it.

    ``options`` are options of the channel that have changed on the platform (a group's new number).
    ``pauses`` says for how many seconds nothing more may go with a pace's key: the platform's own usage
    figures say that it would soon refuse.
    """

    external_id: str = ""
    permalink: str = ""
    sent_at: dt.datetime | None = None
    data: dict[str, Any] = dataclasses.field(default_factory=dict)
    options: dict[str, str] = dataclasses.field(default_factory=dict)
    pauses: dict[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something a platform would refuse, or would show differently, found before sending."""

    code: str
    text: str
    blocks: bool = True


@dataclasses.dataclass(frozen=True)
class Measure:
    """How much of its room a text takes on a platform: ``used`` of ``limit``, in the platform's own ``unit``.

    ``limit`` is 0 where there is none.
    """

    label: Any
    used: int
    limit: int
    unit: Any

    @property
    def over(self) -> bool:
        return bool(self.limit) and self.used > self.limit


@dataclasses.dataclass(frozen=True)
class Metric:
    """One value that a platform reports of a delivery, or of the channel itself."""

    name: str
    value: int
    approximate: bool = False

"""Source and translation side by side: the rows of a translator's sheet, and what a native reader compares."""

import dataclasses
import unicodedata
from typing import Any

from wagtail.models import Page

from campaigns.exchange import rich
from campaigns.exchange.texts import Data, Slot, data_of, merged, slots
from campaigns.models.approvals import digest_of
from campaigns.translations import source_of


@dataclasses.dataclass
class Pair:
    """One text: what the Vietnamese page says, what the translation says, as a cell shows both."""

    slot: Slot
    source: str
    target: str
    tags: rich.Tags

    @property
    def key(self) -> str:
        return self.slot.key

    @property
    def place(self) -> str:
        return self.slot.place

    @property
    def untranslated(self) -> bool:
        return bool(self.source) and self.source == self.target


@dataclasses.dataclass
class Exchange:
    """All pairs of one translation. Writing into the slots of ``pairs`` changes ``data``."""

    data: Data
    pairs: list[Pair]
    source_digest: str
    target_digest: str


def exchange_of(target: Any, source: Any) -> Exchange:
    """Pair the texts of two versions of one content, each a live row or a revision's object."""
    source_data, target_data = data_of(source), data_of(target)
    data = merged(source_data, target_data, target)
    said = {slot.key: slot for slot in slots(source, source_data)}
    return Exchange(
        data=data,
        pairs=[pair for slot in slots(target, data) if (pair := _pair(slot, said.get(slot.key))) is not None],
        source_digest=digest_of(source_data),
        target_digest=digest_of(target_data),
    )


def _pair(slot: Slot, source: Slot | None) -> Pair | None:
    """None where neither side says anything."""
    tags = rich.Tags()
    said = shown(source.text, rich_text=slot.rich, tags=tags) if source else ""
    target = shown(slot.text, rich_text=slot.rich, tags=tags)
    return Pair(slot, said, target, tags) if said.strip() or target.strip() else None


def shown(text: str, *, rich_text: bool, tags: rich.Tags) -> str:
    """``text`` as a cell holds it: NFC, plain line ends, no character that a spreadsheet cannot keep."""
    cell = rich.to_cell(text, tags) if rich_text else text
    return clean(cell)


def clean(text: str) -> str:
    """NFC, ``\\n`` as the only line end, other control characters gone."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(mark for mark in lines if mark in "\n\t" or unicodedata.category(mark) != "Cc")


def newest_draft(page: Any) -> Any:
    """``page`` as its newest revision has it, whatever the caller's own row still remembers."""
    return Page.objects.get(pk=page.pk).specific.get_latest_revision_as_object()


def source_text_page(target: Any) -> Any:
    """The Vietnamese page as translators work from it: what is approved, else its newest draft."""
    source = source_of(target)
    return source if source.live else source.get_latest_revision_as_object()

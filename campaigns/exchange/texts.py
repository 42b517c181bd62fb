"""Every text of a page that is translated, as plain data with a key of its own for each.

A translation begins as a copy of its source, so that blocks and list items keep their ids: the same id
on both sides is the same text. One walk serves reading and writing, so nothing is seen that is not written.
"""

import copy
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import EventPage, ProgrammeItem, TargetGroup
from campaigns.models.blocks import BodyBlock
from campaigns.models.pages import CHANNEL_TEXTS
from campaigns.snapshots import GROUP_FIELDS

BODY = BodyBlock()
Data = dict[str, Any]


@dataclasses.dataclass
class Slot:
    """Where one text stands: ``holder[name]``. ``limit`` is the most characters its field takes, or None."""

    key: str
    place: str
    holder: Any
    name: Any
    limit: int | None = None
    rich: bool = False

    @property
    def text(self) -> str:
        return str(self.holder[self.name] or "")

    def write(self, text: str) -> None:
        self.holder[self.name] = text


def page_fields(page: Any) -> tuple[str, ...]:
    """The translated fields of the page itself."""
    venue = ("venue",) if isinstance(page, EventPage) else ()
    return ("title", "summary", *venue, *CHANNEL_TEXTS)


def data_of(page: Any) -> Data:
    """The texts of ``page`` (a live row or a revision's object) and the structure that they stand in."""
    return {
        "fields": {name: getattr(page, name) for name in page_fields(page)},
        "body": copy.deepcopy(list(page.body.raw_data)),
        "programme": [{"time": item.time, "text": item.text} for item in _programme(page)],
        "groups": {
            text.group.key: {name: getattr(text, name) for name in GROUP_FIELDS} for text in page.group_texts.all()
        },
    }


def _programme(page: Any) -> list[Any]:
    return list(page.programme.all()) if isinstance(page, EventPage) else []


def write_data(page: Any, data: Data) -> None:
    """Put ``data`` into ``page``: what it does not have yet (a group's text, a programme item) is added."""
    for name, text in data["fields"].items():
        setattr(page, name, text)
    page.body = page._meta.get_field("body").to_python(json.dumps(data["body"]))
    if data["programme"]:
        items = _programme(page)
        items += [page.programme.model(sort_order=place) for place in range(len(items), len(data["programme"]))]
        for item, said in zip(items, data["programme"], strict=True):
            item.time, item.text = said["time"], said["text"]
        page.programme = items
    _write_groups(page, data["groups"])


def _write_groups(page: Any, groups: Data) -> None:
    texts = list(page.group_texts.all())
    known = {text.group.key for text in texts}
    for group in TargetGroup.objects.filter(key__in=groups.keys() - known):
        texts.append(page.group_texts.model(group=group, locale=page.locale, sort_order=len(texts)))
    for text in texts:
        for name, words in groups.get(text.group.key, {}).items():
            setattr(text, name, words)
    page.group_texts = texts


def slots(page: Any, data: Data) -> Iterator[Slot]:
    """Every place of ``data`` that holds words, empty ones included, in the order of the form."""
    model = type(page)
    for name in page_fields(page):
        field = model._meta.get_field(name)
        yield Slot(name, _capital(field.verbose_name), data["fields"], name, field.max_length)
    for number, item in enumerate(data["programme"], 1):
        for name in ("time", "text"):
            field = ProgrammeItem._meta.get_field(name)
            place = _("Programme, item %(number)d") % {"number": number}
            yield Slot(f"programme.{number}.{name}", f"{place}: {field.verbose_name}", item, name, field.max_length)
    for number, block in enumerate(data["body"], 1):
        yield from _block_slots(block, number)
    names = dict(TargetGroup.objects.values_list("key", "name"))
    labels = model.group_texts.rel.related_model._meta.get_field
    for key, texts in data["groups"].items():
        for name in GROUP_FIELDS:
            place = _("For the group “%(group)s”: %(field)s")
            said = place % {"group": names.get(key, key), "field": labels(name).verbose_name}
            yield Slot(f"group.{key}.{name}", said, texts, name)


def _capital(words: Any) -> str:
    said = str(words)
    return said[:1].upper() + said[1:]


def identity(entry: Any, place: int) -> str:
    """Kind and id of a block or list item; its place where older data has no id."""
    if not isinstance(entry, dict) or "value" not in entry:
        return f"item-{place}"
    return f"{entry.get('type', 'item')}-{entry.get('id') or place}"


def _block_slots(block: Data, number: int) -> Iterator[Slot]:
    """The texts of one block of the body, after its kind."""
    kind, value = block["type"], block["value"]
    key = f"body.{identity(block, number)}"
    definition: Any = BODY.child_blocks.get(kind)
    if definition is None:
        return
    place = _("Page text, block %(number)d (%(kind)s)") % {"number": number, "kind": definition.label}
    if kind in ("heading", "paragraph"):
        limit = definition.field.max_length if kind == "heading" else None
        yield Slot(key, place, block, "value", limit, rich=kind == "paragraph")
    elif kind == "steps":
        for count, (holder, name, mark) in enumerate(_items(value), 1):
            said = f"{place}, {count}"
            yield from _struct_slots(definition.child_block, holder[name], f"{key}.{mark}", said, ("title", "text"))
    elif kind == "signs":
        yield from _struct_slots(definition, value, key, place, ("title",))
        limit = definition.child_blocks["items"].child_block.field.max_length
        for count, (holder, name, mark) in enumerate(_items(value["items"]), 1):
            yield Slot(f"{key}.{mark}", f"{place}, {count}", holder, name, limit)
    elif kind == "hotlines":
        yield from _struct_slots(definition, value, key, place, ("note",))
    elif kind == "picture" and isinstance(value, dict) and not value.get("decorative"):
        yield from _struct_slots(definition, value, key, place, ("alt_text",))


def _items(entries: list[Any]) -> Iterator[tuple[Any, Any, str]]:
    """Holder, name in it and mark of each item of a list; newer data wraps items, older data does not."""
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict) and "value" in entry:
            yield entry, "value", identity(entry, number)
        else:
            yield entries, number - 1, identity(entry, number)


def _struct_slots(definition: Any, value: Data, key: str, place: str, names: tuple[str, ...]) -> Iterator[Slot]:
    for name in names:
        if name in value:
            block = definition.child_blocks[name]
            limit = getattr(block.field, "max_length", None)
            yield Slot(f"{key}.{name}", f"{place}: {block.label}", value, name, limit)


def merged(source: Data, target: Data, page: Any) -> Data:
    """``target`` with what only ``source`` has, its words left empty: blocks, items, groups, programme.

    What only the target has stays, in the target's order; so no translator's work is lost.
    """
    blank = copy.deepcopy(source)
    for slot in slots(page, blank):
        slot.write("")
    found = copy.deepcopy(target)
    found["body"] = _merged_entries(blank["body"], found["body"])
    found["programme"] += blank["programme"][len(found["programme"]) :]
    for key, texts in blank["groups"].items():
        found["groups"].setdefault(key, texts)
    return found


def _merged_entries(source: list[Any], target: list[Any]) -> list[Any]:
    """Blocks or items of both sides: each one that is new in the source goes behind its predecessor there."""
    result = list(target)
    marks = [identity(entry, number) for number, entry in enumerate(result, 1)]
    before = -1
    for number, entry in enumerate(source, 1):
        mark = identity(entry, number)
        if mark in marks:
            before = marks.index(mark)
            _merge_lists(entry, result[before])
        else:
            before += 1
            result.insert(before, entry)
            marks.insert(before, mark)
    return result


def _merge_lists(source: Any, target: Any) -> None:
    """The list inside a block that both sides have (steps, signs)."""
    if not (isinstance(source, dict) and isinstance(target, dict)) or source.get("type") != target.get("type"):
        return
    ours, theirs = source.get("value"), target.get("value")
    if isinstance(ours, list) and isinstance(theirs, list):
        target["value"] = _merged_entries(ours, theirs)
    elif isinstance(ours, dict) and isinstance(theirs, dict) and isinstance(ours.get("items"), list):
        theirs["items"] = _merged_entries(ours["items"], theirs.get("items") or [])

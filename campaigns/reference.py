"""The reference data of campaigns/data as rows: places, languages, groups, plans and the rest.

Everything here could have been entered by staff, and staff may change it afterwards: a row that exists
is left alone, unless ``refresh`` asks for the files' values.
"""

import csv
import datetime as dt
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import models, transaction
from wagtail.models import Locale

from campaigns.models import (
    Agency,
    AlertTemplate,
    Campaign,
    ContentHead,
    Hotline,
    Indicator,
    Language,
    LegalBasis,
    Place,
    PlaceChange,
    Plan,
    PlanTarget,
    PlanTask,
    RightsText,
    TargetGroup,
)
from campaigns.site_tree import ensure_locale_tree, ensure_site_tree

__all__ = ["DATA", "SOURCE_LANGUAGE", "ensure_locale_tree", "ensure_site_tree", "load_reference"]

DATA = Path(__file__).resolve().parent / "data"
SOURCE_LANGUAGE = "vi"
TRANSLATORS = "Người dịch · {language}"
REVIEWERS = "Người bản ngữ · {language}"

Row = dict[str, Any]


@transaction.atomic
def load_reference(*, refresh: bool = False) -> dict[str, int]:
    """Load every file of campaigns/data, the locales, the languages' groups and the first pages.

    :param refresh: overwrite what differs from the files; otherwise only missing rows are made.
    :return: rows created or changed, by kind; all zero when nothing was missing.
    """
    counts = {
        "places": _load_places(refresh),
        "place_changes": _load_place_changes(refresh),
        "languages": _store(Language, ("key",), _language_rows(), refresh),
        "groups": _store(TargetGroup, ("key",), _typed("groups", numbers=("order",)), refresh),
        "heads": _store(ContentHead, ("number",), _typed("heads", numbers=("number",)), refresh),
        "hotlines": _store(Hotline, ("number",), _hotline_rows(), refresh),
        "indicators": _store(Indicator, ("code",), _typed("indicators", numbers=("order",)), refresh),
        "agencies": _load_agencies(refresh),
        "alert_templates": _store(AlertTemplate, ("key",), _json("alert_templates"), refresh),
        "rights_texts": _store(RightsText, ("language_id", "valid_from"), _rights_rows(), refresh),
        "plans": _load_plans(refresh),
        "campaigns": _store(Campaign, ("key",), _campaign_rows(), refresh),
    }
    counts["locales"] = _ensure_locales()
    counts["language_groups"] = _ensure_language_groups()
    counts["pages"] = ensure_site_tree()
    return counts


# --- Reading the files ------------------------------------------------------------------------------


def _csv_rows(name: str) -> Iterator[Row]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _json(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _typed(name: str, *, numbers: tuple[str, ...] = (), days: tuple[str, ...] = ()) -> Iterator[Row]:
    for row in _csv_rows(name):
        row.update({column: int(row[column]) for column in numbers})
        row.update({column: _day(row[column]) for column in days})
        yield row


# --- Storing rows -----------------------------------------------------------------------------------


def _store(model: type[models.Model], key: tuple[str, ...], rows: Iterable[Row], refresh: bool) -> int:
    """Create the rows whose ``key`` is not there; with ``refresh`` write differing fields of the others.

    :return: how many rows were created or changed.
    """
    known = {tuple(getattr(one, name) for name in key): one for one in model._default_manager.all()}
    new: list[models.Model] = []
    changed: list[models.Model] = []
    fields: set[str] = set()
    for row in rows:
        one = known.get(tuple(row[name] for name in key))
        if one is None:
            new.append(model(**row))
            continue
        differing = {name for name, value in row.items() if getattr(one, name) != value} if refresh else set()
        if differing:
            for name in differing:
                setattr(one, name, row[name])
            changed.append(one)
            fields |= differing
    model._default_manager.bulk_create(new)
    if changed:
        # bulk_update wants field names, rows carry column names such as place_id.
        names = {model._meta.get_field(name).name for name in fields}
        model._default_manager.bulk_update(changed, names, batch_size=200)
    return len(new) + len(changed)


def _places_by_key() -> dict[tuple[str, str, dt.date | None], int]:
    keys = Place.objects.values_list("level", "code", "valid_from", "pk")
    return {(level, code, valid_from): pk for level, code, valid_from, pk in keys}


# --- Places -----------------------------------------------------------------------------------------


def _load_places(refresh: bool) -> int:
    """Level by level, so that each unit's parent is there before it."""
    rows = list(_typed("places", days=("valid_from", "valid_to")))
    count = 0
    for level in ("province", "district", "commune", "village"):
        parents = _places_of_any_time()
        typed = [_place_row(row, parents) for row in rows if row["level"] == level]
        count += _store(Place, ("level", "code", "valid_from"), typed, refresh)
    return count


def _places_of_any_time() -> dict[tuple[str, str], list[Place]]:
    """Places by level and code; a code that was used again has several."""
    found: dict[tuple[str, str], list[Place]] = {}
    for place in Place.objects.order_by("pk"):
        found.setdefault((place.level, place.code), []).append(place)
    return found


def _place_row(row: Row, parents: dict[tuple[str, str], list[Place]]) -> Row:
    row = {**row, "is_border": row["is_border"] == "1"}
    parent = (row.pop("parent_level"), row.pop("parent_code"))
    above = [place for place in parents.get(parent, []) if _exists_when_begun(place, row["valid_from"])]
    row["parent_id"] = above[0].pk if above else None
    if parent[0] and not above:
        raise ValueError(f"places.csv: {row['name']} ({row['code']}) belongs to no known place {parent}")
    return row


def _exists_when_begun(place: Place, day: dt.date | None) -> bool:
    """Whether ``place`` is there on the first day of a unit; no day means before the first list."""
    first, asked = place.valid_from or dt.date.min, day or dt.date.min
    return first <= asked <= (place.valid_to or dt.date.max)


def _load_place_changes(refresh: bool) -> int:
    places = _places_by_key()
    rows = [
        {
            "predecessor_id": places["commune", row["code"], row["valid_from"]],
            "successor_id": places["commune", row["successor_code"], row["successor_valid_from"]],
            "source": row["source"],
        }
        for row in _typed("predecessors", days=("valid_from", "successor_valid_from"))
    ]
    return _store(PlaceChange, ("predecessor_id", "successor_id"), rows, refresh)


# --- Words and agencies -----------------------------------------------------------------------------


def _language_rows() -> Iterator[Row]:
    for row in _typed("languages", numbers=("syllables_per_minute", "order")):
        yield {**row, "spoken_only": row["spoken_only"] == "1"}


def _hotline_rows() -> Iterator[Row]:
    for order, row in enumerate(_typed("hotlines", days=("checked_on", "valid_until"))):
        yield {**row, "order": order}


def _rights_rows() -> Iterator[Row]:
    text = _json("rights")
    language = Language.objects.get(key=text["language_key"])
    kept = {name: text[name] for name in ("sentence", "passage", "source")}
    yield {**kept, "language_id": language.pk, "valid_from": _day(text["valid_from"])}


def _load_agencies(refresh: bool) -> int:
    rows = list(_typed("agencies", days=("valid_from", "valid_to")))
    before = set() if refresh else set(Agency.objects.values_list("key", flat=True))
    successors = {row["key"]: row.pop("successor_key") for row in rows}
    count = _store(Agency, ("key",), rows, refresh)
    agencies = {agency.key: agency for agency in Agency.objects.all()}
    joined = [agencies[key] for key, successor in successors.items() if successor and key not in before]
    for agency in joined:
        agency.successor = agencies[successors[agency.key]]
    Agency.objects.bulk_update(joined, ["successor"])
    return count


# --- Plans and campaigns ----------------------------------------------------------------------------


def _load_plans(refresh: bool) -> int:
    """Plans with what hangs on them. Of a plan that is there, the parts are left to staff."""
    count = 0
    for row in _json("plans"):
        parts = {name: row.pop(name) for name in ("legal_bases", "tasks", "targets", "pilot_places")}
        row["continues_id"] = Plan.objects.get(key=row["continues"]).pk if row["continues"] else None
        del row["continues"]
        for name in ("issued_on", "period_from", "period_to"):
            row[name] = _day(row[name])
        is_new = not Plan.objects.filter(key=row["key"]).exists()
        count += _store(Plan, ("key",), [row], refresh)
        if is_new or refresh:
            count += _load_plan_parts(Plan.objects.get(key=row["key"]), parts, refresh)
    return count


def _load_plan_parts(plan: Plan, parts: Row, refresh: bool) -> int:
    indicators = dict(Indicator.objects.values_list("code", "pk"))
    bases = [{"text": basis["text"]} for basis in parts["legal_bases"]]
    tasks = [{"text": task["text"], "is_communications": task["is_communications"]} for task in parts["tasks"]]
    targets = [
        {
            **{name: target[name] for name in ("text", "value", "unit", "measured_by_communications", "source")},
            "indicator_id": indicators[target["indicator"]] if target["indicator"] else None,
        }
        for target in parts["targets"]
    ]
    count = 0
    for model, rows in ((LegalBasis, bases), (PlanTask, tasks), (PlanTarget, targets)):
        ordered = ({**row, "plan_id": plan.pk, "sort_order": order} for order, row in enumerate(rows))
        count += _store(model, ("plan_id", "sort_order"), ordered, refresh)
    pilots = Place.objects.none()
    for place in parts["pilot_places"]:
        pilots |= Place.objects.filter(level=place["level"], code=place["code"])
    plan.pilot_places.set(pilots.valid_within(plan.period_from, plan.period_to))
    plan.save()
    return count


def _campaign_rows() -> Iterator[Row]:
    plans = dict(Plan.objects.values_list("key", "pk"))
    agencies = dict(Agency.objects.values_list("key", "pk"))
    for row in _json("campaigns"):
        row["plan_id"] = plans[row.pop("plan")]
        row["lead_id"] = agencies[row.pop("lead")]
        for name in ("period_from", "period_to", "anchor_day"):
            row[name] = _day(row[name])
        yield row


# --- Languages in Wagtail ---------------------------------------------------------------------------


def _ensure_locales() -> int:
    """A Wagtail locale for each language."""
    known = set(Locale.objects.values_list("language_code", flat=True))
    missing = [code for code in Language.objects.values_list("code", flat=True) if code not in known]
    Locale.objects.bulk_create(Locale(language_code=code) for code in missing)
    return len(missing)


def _ensure_language_groups() -> int:
    """Groups of translators and native reviewers for each language but the source's. Members are staff's."""
    count = 0
    for field, pattern in (("translators", TRANSLATORS), ("reviewers", REVIEWERS)):
        for language in Language.objects.exclude(key=SOURCE_LANGUAGE).filter(**{field: None}):
            group, created = Group.objects.get_or_create(name=pattern.format(language=language.name_vi))
            setattr(language, field, group)
            language.save(update_fields=[field])
            count += created
    return count

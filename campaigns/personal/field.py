"""Field results: how many people came, in two taps; everything else folded away."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import field_results
from campaigns.models import Activity, Agency, EventPage, Indicator, PersonalLink, TargetGroup
from campaigns.models.ledger import Basis
from campaigns.models.links import LinkPurpose
from campaigns.personal.access import personal_page
from campaigns.personal.links import source_event
from campaigns.typed_text import whole_number

BASES = (Basis.COUNTED, Basis.ESTIMATED)


@personal_page(LinkPurpose.FIELD)
def field(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """One form: people and confirm. With results it shows them and takes corrections."""
    if link.event is None:
        raise Http404("the link has no event")
    event = source_event(link.event)
    activity = field_results.reported(event)
    errors: dict[str, str] = {}
    asked: list[str] = []
    if request.method == "POST":
        values, groups, errors = typed_numbers(request, event)
        asked = [] if errors else questions(request, event, activity, values)
        if not errors and (not asked or request.POST.get("sure") == fingerprint(asked)):
            try:
                _activity, written = field_results.record(
                    event=event,
                    values=values,
                    groups=groups,
                    reported_by=request.POST.get("name", ""),
                    agency=chosen_agency(request, event),
                    basis=Basis.ESTIMATED if request.POST.get("basis") == Basis.ESTIMATED else Basis.COUNTED,
                )
            except ValidationError as refused:
                errors = {"": refused.messages[0]}
                asked = []
            else:
                home = reverse("personal_field", args=[link.token])
                return HttpResponseRedirect(f"{home}?{'xong' if written else 'nhu-cu'}=1")
    context = page_context(request, link, event, activity) | {
        "errors": errors,
        "questions": asked,
        "fingerprint": fingerprint(asked),
    }
    return render(request, "campaigns/personal/field.html", context, status=422 if errors or asked else 200)


def page_context(
    request: HttpRequest, link: PersonalLink, event: EventPage, activity: Activity | None
) -> dict[str, Any]:
    main = field_results.main_indicator(event)
    standing = field_results.last_words(activity) if activity else {}
    return {
        "token": link.token,
        "event": event,
        "rehearsal": event.is_sample,
        "now": timezone.localtime(),
        "too_early": event.starts_at > timezone.now() and not event.is_sample,
        "main": asked_number(request, event, activity, Indicator.objects.get(code=main)),
        "further": [
            asked_number(request, event, activity, indicator)
            for indicator in Indicator.objects.filter(kind="field").exclude(code=main)
        ],
        "groups": [asked_part(request, activity, main, group) for group in groups_of(event)],
        "agencies": [] if field_results.agency_of(event) else list(Agency.objects.all()),
        "agency": request.POST.get("agency", ""),
        "name": request.POST.get("name") or last_name(link, activity),
        "basis": request.POST.get("basis") or Basis.COUNTED,
        "seen": last_entry(activity),
        "results": result_lines(standing),
        "last": max(standing.values(), key=lambda row: row.pk) if standing else None,
        "history": list(activity.results.select_related("indicator", "group").order_by("-pk")) if activity else [],
        "notice": next((kind for kind in ("xong", "nhu-cu") if kind in request.GET), ""),
    }


def asked_number(
    request: HttpRequest, event: EventPage, activity: Activity | None, indicator: Indicator
) -> dict[str, Any]:
    """One number of the form: what was typed, else what stands, else what holding the event counts."""
    name = f"n-{indicator.code}"
    known = field_results.totals(activity) if activity else field_results.held_values(event)
    value = request.POST.get(name) if request.method == "POST" else known.get(indicator.code)
    return {"name": name, "indicator": indicator, "value": "" if value is None else value}


def asked_part(request: HttpRequest, activity: Activity | None, code: str, group: TargetGroup) -> dict[str, Any]:
    """What of the main number belongs to one group."""
    name = f"g-{group.key}"
    row = field_results.last_words(activity).get((code, group.key)) if activity else None
    value = request.POST.get(name) if request.method == "POST" else (row.value if row else None)
    return {"name": name, "group": group, "value": "" if value is None else value}


def typed_numbers(
    request: HttpRequest, event: EventPage
) -> tuple[dict[str, int], dict[str, dict[str, int]], dict[str, str]]:
    """The totals, the groups' parts, and what could not be read, by field name. Empty means not said."""
    values: dict[str, int] = {}
    groups: dict[str, dict[str, int]] = {}
    errors: dict[str, str] = {}
    main = field_results.main_indicator(event)
    names = [(f"n-{code}", code, "") for code in Indicator.objects.filter(kind="field").values_list("code", flat=True)]
    # A form that was sent without its folded part still says that the event was held.
    held = {} if field_results.reported(event) else field_results.held_values(event)
    held = {f"n-{code}": value for code, value in held.items()}
    names += [(f"g-{group.key}", main, group.key) for group in groups_of(event)]
    for name, code, group in names:
        try:
            number = whole_number(request.POST.get(name, "")[:40]) if name in request.POST else held.get(name)
        except ValueError:
            errors[name] = _("Please write a whole number, for example 45.")
            continue
        if number is not None and group:
            groups.setdefault(group, {})[code] = number
        elif number is not None:
            values[code] = number
    if not errors and main not in values:
        errors[f"n-{main}"] = _("Please write a whole number, for example 45.")
    if not errors and values[main] > field_results.LARGEST:
        errors[f"n-{main}"] = _("This number is too large for one event. Please look again.")
    return values, groups, errors


def questions(request: HttpRequest, event: EventPage, activity: Activity | None, values: dict[str, int]) -> list[str]:
    """What to ask before recording; a report that came in since the form was opened is one of them."""
    asked = [str(question) for question in field_results.questions(event=event, values=values)]
    known = field_results.totals(activity) if activity else {}
    differs = any(known.get(one) != value for one, value in values.items())
    if activity and differs and request.POST.get("seen") != last_entry(activity):
        code = field_results.main_indicator(event)
        said = _("Meanwhile %(name)s reported %(count)s. Shall it be corrected to yours?")
        last = activity.results.order_by("-pk").first()
        name = last.entered_by_name if last else activity.reported_by
        asked.append(said % {"name": name, "count": known.get(code, 0)})
    return asked


def fingerprint(asked: list[str]) -> str:
    """Ties "yes, that is right" to exactly what was asked: other numbers are asked about again."""
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]


def groups_of(event: EventPage) -> list[TargetGroup]:
    """The groups whose share is asked for: the event's own, women and girls always, "everyone" never."""
    keys = [*event.target_groups.values_list("key", flat=True), "women-girls"]
    return list(TargetGroup.objects.filter(key__in=keys).exclude(key="everyone"))


def chosen_agency(request: HttpRequest, event: EventPage) -> Agency | None:
    """Who held the event; asked for only where the event does not say."""
    known = field_results.agency_of(event)
    said = request.POST.get("agency", "")
    if known or not (said.isdecimal() and len(said) < 19):
        return known
    return Agency.objects.filter(pk=int(said)).first()


def last_name(link: PersonalLink, activity: Activity | None) -> str:
    last = activity.results.order_by("-pk").first() if activity else None
    return (last.entered_by_name if last else "") or link.holder


def last_entry(activity: Activity | None) -> str:
    """Which row was the newest when the form was shown."""
    last = activity.results.order_by("-pk").first() if activity else None
    return str(last.pk) if last else "0"


def result_lines(standing: dict[tuple[str, str | None], Any]) -> list[dict[str, Any]]:
    """Each indicator with its total and, where known, the groups' shares."""
    lines: dict[str, dict[str, Any]] = {}
    for row in sorted(standing.values(), key=lambda row: (row.indicator.order, row.pk)):
        line = lines.setdefault(row.indicator.code, {"indicator": row.indicator, "total": 0, "parts": []})
        line["total"] += row.value
        if row.group:
            line["parts"].append((row.group, row.value))
    return list(lines.values())

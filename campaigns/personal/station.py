"""The station's page: what to play today, and a play confirmed in two taps."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from campaigns import playbacks
from campaigns.models import PersonalLink, Playback, Station
from campaigns.models.links import LinkPurpose
from campaigns.personal import programmes
from campaigns.personal.access import personal_page
from campaigns.personal.faults import report_fault
from campaigns.personal.programmes import Programme
from campaigns.sheets import sheet_docx, sheet_pdf
from campaigns.typed_text import one_line, time_of_day, whole_number
from media.fonts import MissingGlyphs
from media.images import MOST_BYTES, RefusedPicture, clean_upload

OTHER = "other"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@personal_page(LinkPurpose.STATION)
def station(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """Today, what is still to be confirmed, and the rest of the week."""
    place = station_of(link)
    weeks = 4 if request.GET.get("tuan") == "4" else 1
    today = timezone.localdate()
    start = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=7 * weeks - 1), dt.time.min))
    shown = programmes.week_of(place, start)
    playing = [one for one in shown if not one.withdrawn]
    elsewhere = [one for one in playing if not one.is_on(today)]
    coming: dict[dt.date, list[Programme]] = {}
    for one in elsewhere:
        if one.next_time and not one.to_confirm:
            coming.setdefault(one.next_time.date(), []).append(one)
    context = {
        **common(link, place),
        "recalled": [one for one in shown if one.withdrawn],
        "today_programmes": sorted((one for one in playing if one.is_on(today)), key=lambda one: not one.to_confirm),
        "late": [one for one in elsewhere if one.to_confirm],
        "coming": sorted(coming.items()),
        "done": [one for one in elsewhere if not one.to_confirm and not one.next_time],
        "takeable": any(play.at.date() >= today for one in playing if not one.stopped for play in one.planned),
        "weeks": weeks,
        "today": today,
        "faults": list(place.faults.filter(solved_at=None)),
        "notice": notice(request, place),
    }
    return render(request, "campaigns/personal/station.html", context)


@personal_page(LinkPurpose.STATION)
def confirm(request: HttpRequest, link: PersonalLink, item: int) -> HttpResponse:
    """The second tap: name and time are filled in, one button records the play."""
    place = station_of(link)
    found = programme_or_404(place, item)
    if request.method == "POST":
        # A page that kept the confirmation while there was no network asks for an answer it can read.
        kept = "application/json" in request.headers.get("Accept", "")
        try:
            playback, created = playbacks.record(item=found.item, **typed_play(request, found))
        except ValidationError as error:
            if kept:
                return JsonResponse({"error": error.messages[0]}, status=422)
            return confirm_page(request, link, place, found, error)
        address = f"{home(link)}?{'xong' if created else 'co-roi'}={playback.pk}"
        return JsonResponse({"next": address}) if kept else HttpResponseRedirect(address)
    return confirm_page(request, link, place, found, None)


def confirm_page(
    request: HttpRequest, link: PersonalLink, place: Station, found: Programme, error: ValidationError | None
) -> HttpResponse:
    choices = found.to_confirm
    now = timezone.localtime()
    chosen = request.POST.get("slot") or (choices[0].at.isoformat() if choices else OTHER)
    context = {
        **common(link, place),
        "programme": found,
        "choices": [(play.at.isoformat(), play.at) for play in choices],
        "chosen": chosen,
        "days": days_to_choose(found, now),
        "day": request.POST.get("day") or now.date().isoformat(),
        "clock": request.POST.get("clock") or f"{now:%H:%M}",
        "operator": request.POST.get("operator") or last_operator(place),
        "error": error.messages[0] if error else "",
    }
    return render(request, "campaigns/personal/confirm.html", context, status=422 if error else 200)


def typed_play(request: HttpRequest, found: Programme) -> dict[str, Any]:
    """What the confirmation says, checked: a planned slot, or another day and time.

    :raises ValidationError: when day or time cannot be read.
    """
    said = request.POST.get("slot", "")
    planned = next((play.at for play in found.planned if play.at.isoformat() == said), None)
    if planned is None:
        moment = typed_moment(request)
        planned = next((play.at for play in found.planned if play.at == moment), None)
    else:
        moment = planned
    return {
        "planned_for": planned,
        "played_at": min(moment, timezone.now()) if planned else moment,
        "operator_name": request.POST.get("operator", ""),
        "key": typed_key(request),
        "photo": typed_photo(request),
    }


def typed_key(request: HttpRequest) -> str:
    """The number that the phone gave to this confirmation; none without script."""
    said = request.POST.get("key", "")
    return said if said.isalnum() and len(said) <= 40 else ""


def typed_photo(request: HttpRequest) -> ContentFile[bytes] | None:
    """The photo, decoded and written anew without where and when it was taken.

    :raises ValidationError: for what is no picture.
    """
    given = request.FILES.get("photo")
    if given is None:
        return None
    try:
        cleaned = clean_upload(given.read(MOST_BYTES + 1))
    except RefusedPicture as error:
        raise ValidationError(str(error), code="photo") from None
    return ContentFile(cleaned.data, name=f"play.{'png' if cleaned.mime == 'image/png' else 'jpg'}")


def typed_moment(request: HttpRequest) -> dt.datetime:
    """Day and time of day from the form, in local time."""
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
        clock = time_of_day(request.POST.get("clock", ""))
    except ValueError:
        raise ValidationError(_("Please write the time like 05:15."), code="time") from None
    return timezone.make_aware(dt.datetime.combine(day, clock))


@personal_page(LinkPurpose.STATION)
def correct(request: HttpRequest, link: PersonalLink, playback: int) -> HttpResponse:
    """Correct a confirmed play, or say that it did not happen. The old row stays."""
    place = station_of(link)
    found = get_object_or_404(Playback.objects.select_related("item__posting", "station"), pk=playback, station=place)
    rows = playbacks.history(found)
    error = None
    if request.method == "POST":
        try:
            corrected, created = playbacks.correct(playback=rows[0], **typed_correction(request, rows[0]))
        except ValidationError as refused:
            error = refused
        else:
            return HttpResponseRedirect(f"{home(link)}?{'sua' if created else 'co-roi'}={corrected.pk}")
    context = {
        **common(link, place),
        "programme": programme_or_404(place, found.item_id),
        "play": rows[0],
        "played_at": timezone.localtime(rows[0].played_at),
        "minutes": request.POST.get("minutes") or rows[0].seconds // 60,
        "seconds": request.POST.get("seconds") or rows[0].seconds % 60,
        "clock": request.POST.get("clock") or f"{timezone.localtime(rows[0].played_at):%H:%M}",
        "operator": request.POST.get("operator") or rows[0].operator_name,
        "note": request.POST.get("note", ""),
        "history": rows,
        "error": error.messages[0] if error else "",
    }
    return render(request, "campaigns/personal/correct.html", context, status=422 if error else 200)


def typed_correction(request: HttpRequest, play: Playback) -> dict[str, Any]:
    """What the correction says; "not played" makes its length 0.

    :raises ValidationError: when a number or the time cannot be read.
    """
    said: dict[str, Any] = {
        "operator_name": request.POST.get("operator", ""),
        "note": one_line(request.POST.get("note", ""))[:500],
    }
    if request.POST.get("what") == "not-played":
        return {**said, "seconds": 0}
    try:
        minutes = whole_number(request.POST.get("minutes", "")) or 0
        seconds = whole_number(request.POST.get("seconds", "")) or 0
        clock = time_of_day(request.POST.get("clock", ""))
    except ValueError:
        raise ValidationError(
            _("Please write minutes and seconds as numbers, the time like 05:15."), code="time"
        ) from None
    day = timezone.localdate(play.played_at)
    played_at = timezone.make_aware(dt.datetime.combine(day, clock))
    before = timezone.localtime(play.played_at)
    if (before.hour, before.minute) == (clock.hour, clock.minute):
        played_at = play.played_at  # the form shows no seconds; do not call that a change
    return {**said, "seconds": minutes * 60 + seconds, "played_at": played_at}


@personal_page(LinkPurpose.STATION)
def sheet(request: HttpRequest, link: PersonalLink, item: int, form: str) -> HttpResponse:
    """The read-aloud sheet as PDF or DOCX; a withdrawn one is not given out any more."""
    place = station_of(link)
    found = programme_or_404(place, item)
    if found.withdrawn:
        return confirm_page(request, link, place, found, None)
    try:
        content, mime = (sheet_pdf(found.item), PDF) if form == "pdf" else (sheet_docx(found.item), DOCX)
    except MissingGlyphs:
        text = _("This sheet cannot be printed here: letters are missing. Read from the page, or take the Word file.")
        return confirm_page(request, link, place, found, ValidationError(text))
    name = f"phieu-{found.item.pk}-{slugify(found.title.replace('đ', 'd').replace('Đ', 'D'))[:40]}.{form}"
    shown = "inline" if form == "pdf" else "attachment"
    return HttpResponse(content, content_type=mime, headers={"Content-Disposition": f'{shown}; filename="{name}"'})


@personal_page(LinkPurpose.STATION)
def fault(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """Report something that does not work."""
    place = station_of(link)
    error = ""
    if request.method == "POST":
        try:
            report_fault(station=place, text=request.POST.get("text", ""), reported_by=request.POST.get("operator", ""))
        except ValidationError as refused:
            error = refused.messages[0]
        else:
            return HttpResponseRedirect(f"{home(link)}?hong=1")
    context = {
        **common(link, place),
        "text": request.POST.get("text") or request.GET.get("ve", "")[:200],
        "operator": request.POST.get("operator") or last_operator(place),
        "error": error,
    }
    return render(request, "campaigns/personal/fault.html", context, status=422 if error else 200)


def station_of(link: PersonalLink) -> Station:
    """The link's station; 404 when the channel has none."""
    return get_object_or_404(Station.objects.select_related("channel", "place"), channel_id=link.channel_id)


def programme_or_404(place: Station, item: int) -> Programme:
    found = programmes.programme(place, item)
    if found is None:
        raise Http404("not this station's programme")
    return found


def home(link: PersonalLink) -> str:
    return reverse("personal_station", args=[link.token])


def common(link: PersonalLink, place: Station) -> dict[str, Any]:
    """What every page of the station shows."""
    return {"token": link.token, "station": place, "rehearsal": place.channel.rehearsal, "now": timezone.localtime()}


def last_operator(place: Station) -> str:
    """The name that was used last here, else the station's operator."""
    last = Playback.objects.filter(station=place, recorded_by=None).order_by("-pk").first()
    return last.operator_name if last else place.operator_name


def days_to_choose(found: Programme, now: dt.datetime) -> list[dt.date]:
    """Days on which the programme may have been played, today first, two weeks back at most."""
    assert found.item.delivery is not None
    ready = timezone.localdate(min(found.item.delivery.due, found.item.delivery.sent_at or now))
    days = [now.date() - dt.timedelta(days=back) for back in range(15)]
    return [day for day in days if day >= ready] or [now.date()]


def notice(request: HttpRequest, place: Station) -> dict[str, Any] | None:
    """What the page says of the tap that led here."""
    if request.GET.get("hong"):
        return {"kind": "fault"}
    for kind in ("xong", "co-roi", "sua"):
        said = request.GET.get(kind, "")
        if said.isdecimal() and len(said) < 19:
            found = Playback.objects.filter(pk=int(said), station=place).select_related("item__posting").first()
            return {"kind": kind, "play": found} if found else None
    return None

"""The page of a native reader: read or listen, compare with the Vietnamese, say *Đúng* or *Sửa*."""

import dataclasses
import re
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from campaigns.exchange.pairs import Pair, exchange_of, source_text_page
from campaigns.messages import plain
from campaigns.models import Language, PersonalLink, ReviewRequest
from campaigns.models.links import LinkPurpose
from campaigns.models.reader_reviews import Verdict
from campaigns.native_reading import (
    NothingToRead,
    Reading,
    TextChanged,
    give_verdict,
    note_opened,
    reading_of,
)
from campaigns.personal.access import personal_page
from campaigns.tries import count_try
from campaigns.voice_notes import MAX_BYTES

# A reader answers once; more than this in an hour is a broken phone or a prank.
ANSWERS_AN_HOUR = 20
# Room for the form's other fields beside the sound.
MAX_REQUEST = MAX_BYTES + 512 * 1024
BLANK_LINES = re.compile(r"\n\s*\n")
TEMPLATE = "campaigns/personal/review.html"


@dataclasses.dataclass(frozen=True)
class Passage:
    """One text to read: where it stands, its words, and what the Vietnamese says."""

    place: str
    text: str
    source: str
    untranslated: bool


@personal_page(LinkPurpose.REVIEW)
def review(request: HttpRequest, link: PersonalLink) -> HttpResponseBase:
    """What waits to be read; POST gives the verdict on exactly what was shown."""
    asked = ReviewRequest.objects.select_related("reader__language", "page__locale").get(link=link)
    if request.method == "POST":
        return _answer(request, link, asked)
    note_opened(asked)
    return _shown(request, link, asked)


def _answer(request: HttpRequest, link: PersonalLink, asked: ReviewRequest) -> HttpResponseBase:
    """Check the size before a byte of the form is read; then let the service decide."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_REQUEST:
        raise RequestDataTooBig
    if count_try("review-answer", str(link.pk), 3600) > ANSWERS_AN_HOUR:
        return render(request, "campaigns/personal/closed.html", {"reason": "wait"}, status=429)
    try:
        give_verdict(
            request=asked,
            mark=request.POST.get("mark", ""),
            verdict=request.POST.get("verdict", ""),
            note=request.POST.get("note", ""),
            voice=request.FILES.get("voice"),
            back_translation=request.POST.get("back", ""),
        )
    except TextChanged:
        return _shown(request, link, asked, changed=True, status=409)
    except NothingToRead:
        return _shown(request, link, asked, status=409)
    except PermissionDenied as refused:
        return _shown(request, link, asked, error=str(refused), status=403)
    except ValidationError as refused:
        return _shown(request, link, asked, error=refused.messages[0], status=422)
    return redirect(f"{request.path}?xong=1")


def _shown(
    request: HttpRequest,
    link: PersonalLink,
    asked: ReviewRequest,
    *,
    changed: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    page = asked.page.specific
    try:
        reading: Reading | None = reading_of(page)
    except NothingToRead:
        reading = None
    context: dict[str, Any] = {
        "link": link,
        "reader": asked.reader,
        "language": asked.reader.language,
        "title": page.draft_title,
        "reading": reading,
        "changed": changed,
        "error": error,
        "done": "xong" in request.GET and reading is None,
        "last": asked.verdicts.first(),
        "typed": request.POST if error or changed else {},
        "verdicts": Verdict,
    }
    if reading is not None:
        context |= reading_context(reading, asked.reader.language)
    return render(request, TEMPLATE, context, status=status)


def reading_context(reading: Reading, language: Language) -> dict[str, Any]:
    """The texts of what waits, with their source; for a spoken language the recording and what it says."""
    recording = reading.page.recording
    return {
        "title": reading.page.title,
        "recording": recording,
        "transcript": recording.transcript if recording else "",
        "passages": [] if language.spoken_only else passages(reading),
        "spoken": language.spoken_only,
        "event": reading.page if hasattr(reading.page, "venue") else None,
    }


def passages(reading: Reading) -> list[Passage]:
    """Everything that could leave of this version, group texts and descriptions of pictures included."""
    exchange = exchange_of(reading.page, source_text_page(reading.page))
    return [
        Passage(pair.place, _words(pair, pair.target), _words(pair, pair.source), pair.untranslated)
        for pair in exchange.pairs
    ]


def _words(pair: Pair, text: str) -> str:
    """The words without the sheet's tags, one paragraph or list item a line."""
    return BLANK_LINES.sub("\n", plain(text)) if pair.slot.rich else text

"""The preview pages behind the modes: one platform's post for a group, one channel's view, card and sheet."""

from typing import Any
from urllib.parse import urlsplit

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.cards import FOLDER, card_spec
from campaigns.models import Approval, Campaign, Station, TargetGroup
from campaigns.previews import channels
from campaigns.previews.draft import DraftPictures, draft_approval
from campaigns.previews.modes import CARD, CHANNEL, SHEET, platform_names
from campaigns.previews.sheet import sheet_of, spec_of
from campaigns.previews.shown import Shown, Stage
from campaigns.report.numbers import decimal
from campaigns.versions import PlannedItem
from media.fonts import MissingGlyphs
from media.posters import PosterError
from media.posters import render as draw
from media.sheets import render_pdf
from publishers import registry
from publishers.message import Measure
from publishers.models import Channel

LOUDSPEAKER = "loudspeaker"
# A sheet is a Vietnamese document whatever the language of the screen (media.sheets.spec).
ANY_STATION = "Đài truyền thanh xã …"
# So many short stations are named; more help nobody.
NAMED = 5


def serve(page: Any, request: HttpRequest, kind: str, parameter: str) -> HttpResponse:
    """The answer to a preview mode of ``page``, which need not be stored."""
    draft = draft_approval(page)
    if kind == CARD:
        return _card(draft, parameter)
    if kind == SHEET:
        return _pdf(page, draft, parameter)
    if kind == CHANNEL:
        return _channel(page, request, draft, parameter)
    if kind not in registry.platforms():
        raise Http404
    shown = as_platform(draft, kind, group_or_404(parameter))
    return _page(page, request, shown, mode=kind)


def group_or_404(key: str) -> TargetGroup | None:
    """The target group with this key; None for none."""
    if not key:
        return None
    group = TargetGroup.objects.filter(key=key).first()
    if group is None:
        raise Http404
    return group


def as_platform(approval: Approval, platform: str, group: TargetGroup | None) -> Shown:
    """What any channel of ``platform`` would get for ``group``."""
    named = Campaign.objects.select_related("lead").filter(pk=approval.snapshot.get("campaign") or 0).first()
    account = str(named.lead) if named and named.lead else _("Your channel")
    # Not stored: it stands for every channel of its platform.
    name = ANY_STATION if platform == LOUDSPEAKER else account
    channel = Channel(platform=platform, name=name, rehearsal=approval.is_sample)
    planned = PlannedItem(channel, approval, approval.language, group)
    stage = Stage([planned], pictures=DraftPictures())
    if platform == LOUDSPEAKER:
        stage.details[None] = {"slots": [], "max_minutes": Station._meta.get_field("max_minutes").default}
    return stage.show(planned)


def _channel(page: Any, request: HttpRequest, draft: Approval, parameter: str) -> HttpResponse:
    if not parameter:
        return channels.choose(page, request, draft)
    channel = Channel.objects.filter(pk=int(parameter)).first() if parameter.isdigit() else None
    if channel is None:
        raise Http404
    [planned] = channels.plan(page, draft, [channel])
    stage = Stage([planned], pictures=DraftPictures())
    return _page(page, request, stage.show(planned), mode=f"{CHANNEL}:{channel.pk}", channel=channel)


def _page(page: Any, request: HttpRequest, shown: Shown, **more: Any) -> HttpResponse:
    return render(request, "campaigns/previews/post.html", {**context_of(page, shown), **_frame(page, request), **more})


def _frame(page: Any, request: HttpRequest) -> dict[str, Any]:
    """What the head of the preview needs: the forms and the groups to choose among."""
    own = {text.group_id for text in page.group_texts.all()}
    groups = list(TargetGroup.objects.all())
    return {
        "page": page,
        "in_panel": getattr(request, "in_preview_panel", False),
        "forms": [(name, registry.get(name).label) for name in platform_names()],
        "groups": [group for group in groups if group.pk in own],
        "other_groups": [group for group in groups if group.pk not in own],
    }


def context_of(page: Any, shown: Shown) -> dict[str, Any]:
    """What the look of one post is drawn from."""
    name = shown.planned.channel.platform
    sheet = None
    if name == LOUDSPEAKER and shown.message is not None:
        snapshot = shown.planned.approval.snapshot if shown.planned.approval else {}
        campaign = Campaign.objects.select_related("lead").filter(pk=snapshot.get("campaign") or 0).first()
        sheet = sheet_of(shown, campaign)
    return {
        "shown": shown,
        "look": [f"campaigns/previews/{name}.html", "campaigns/previews/other.html"],
        "pictures": pictures_of(shown),
        "measures": [_in_words(measure) for measure in shown.measures],
        "host": urlsplit(shown.message.link).hostname if shown.message else "",
        "now": timezone.localtime(),
        "sheet": sheet,
        "short_stations": _short_stations(sheet.seconds) if sheet else None,
        "is_draft": shown.planned.approval is not None and shown.planned.approval.pk is None,
    }


def _in_words(measure: Measure) -> dict[str, Any]:
    """A measure with its figures as people write them."""
    used, limit = (decimal(number) for number in (measure.used, measure.limit))
    return {"measure": measure, "used": used, "limit": limit if measure.limit else ""}


def pictures_of(shown: Shown) -> list[dict[str, Any]]:
    """The pictures to show. A draft's card is drawn when the browser asks for it, and never stored."""
    approval, found = shown.planned.approval, []
    for image in shown.message.images if shown.message else ():
        is_card = image.name.startswith(f"{FOLDER}/")
        address = default_storage.url(image.name) if image.name else image.url
        if is_card and approval is not None and approval.pk is None:
            address = f"?mode={CARD}:{shown.platform.card}&v={image.name[-20:-4]}"
        found.append({"url": address, "alt": image.alt, "is_card": is_card})
    return found


def _short_stations(seconds: int) -> dict[str, Any]:
    """The stations whose programmes are shorter than ``seconds``."""
    short = Station.objects.filter(max_minutes__lt=-(-seconds // 60)).select_related("channel")
    names = [str(station.channel) for station in short[: NAMED + 1]]
    return {"names": names[:NAMED], "more": len(names) > NAMED}


def _card(draft: Approval, form: str) -> HttpResponse:
    try:
        rendered = draw(card_spec(draft, form))
    except (PosterError, MissingGlyphs) as error:
        raise Http404 from error
    return HttpResponse(rendered.data, content_type=rendered.mime)


def _pdf(page: Any, draft: Approval, parameter: str) -> HttpResponse:
    if parameter.isdigit():
        channel = Channel.objects.filter(pk=int(parameter), platform=LOUDSPEAKER).first()
        if channel is None:
            raise Http404
        [planned] = channels.plan(page, draft, [channel])
        shown = Stage([planned], pictures=DraftPictures()).show(planned)
    else:
        shown = as_platform(draft, LOUDSPEAKER, group_or_404(parameter))
    if shown.message is None:
        raise Http404
    campaign = Campaign.objects.filter(pk=draft.snapshot.get("campaign") or 0).first()
    try:
        return HttpResponse(render_pdf(spec_of(shown, campaign)), content_type="application/pdf")
    except MissingGlyphs as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")

"""The safety check at the side of the editor: findings while somebody types, each a click away from its cure.

The panel is drawn by the server with the page, from the stored draft; a script asks again for what is typed.
Without the script the panel stays as it was drawn, and submitting checks everything anyway.
"""

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.side_panels import BaseSidePanel
from wagtail.models import Page

from campaigns import decisions
from campaigns.admin.content_words import field_names, group_names
from campaigns.admin.decisions import may_look
from campaigns.admin.permissions import ADD_HOTLINES
from campaigns.decisions import Judged
from campaigns.models import EventPage, Hotline, Language, MaterialPage, RightsText
from campaigns.safeguards.rights import loudspeaker_variant

# The largest form that is checked while typing; submitting checks every size.
MOST_BYTES = 1_500_000
SHOWN_HOTLINES = 3
# What is wanted of a text that lacks it, and which block of the page carries it.
BLOCKS = {"rights-missing": "rights", "hotline-missing": "hotlines"}


@dataclasses.dataclass(frozen=True)
class Cure:
    """One click: ``replace`` the words found, ``add`` to the end of the field, or a ``block`` to the page's text."""

    do: str
    text: str
    label: str


@dataclasses.dataclass(frozen=True)
class Row:
    """A finding in the panel: ``targets`` are the ids of the form's fields that hold the words."""

    judged: Judged
    targets: str
    where: list[str]
    cures: list[Cure]


class FindingsSidePanel(BaseSidePanel):
    """“Safety check” beside the text."""

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = _("Toggle the safety check")
        icon_name = "lock"
        counter_classname = "w-bg-critical-200"

        def get_context_data(self, parent_context: Any) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["count"] = sum(row.judged.stands for row in self.panel.rows)
            return context

    name = "loa-findings"
    title = _("Safety check")
    template_name = "campaigns/admin/findings/panel.html"
    order = 120

    def __init__(self, object: Any, request: HttpRequest) -> None:
        super().__init__(object, request)
        # A form that came back with errors marks its fields itself; the panel shows what is stored.
        prefixes = {text.group.key: f"group_texts-{at}" for at, text in enumerate(object.group_texts.all())}
        self.rows = rows_of(decisions.judged(object), object, prefixes) if object.pk else []

    def is_shown(self) -> bool:
        return bool(self.object.pk)

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        return {
            **context,
            **panel_context(self.rows, self.object, self.request.user),
            "address": reverse("loa_check_typed", args=[self.object.pk]),
        }

    @property
    def media(self) -> Media:
        return Media(js=["campaigns/admin/findings.js"], css={"all": ["campaigns/admin/findings.css"]})


def panel_context(rows: list[Row], content: Any, user: Any) -> dict[str, Any]:
    """What the list of findings is drawn with, by the page and by the script's request."""
    return {
        "rows": rows,
        "standing": sum(row.judged.stands for row in rows),
        "decisions": reverse("loa_decisions", args=[content.pk]),
        "content": content,
        "may_add_hotline": user.has_perm(ADD_HOTLINES),
    }


def rows_of(found: Iterable[Judged], content: Any, prefixes: dict[str, str]) -> list[Row]:
    """Findings with where to click and what cures them. ``prefixes``: the form's prefix of each group's text."""
    found = list(found)
    library = _Library(content.locale.language_code) if found else None
    groups = group_names() if found else {}
    return [
        Row(
            judged=one,
            targets=" ".join(_target(field, prefixes.get(group, "")) for field, group in one.fields),
            where=field_names(content, one.fields, groups),
            cures=library.cures(one) if library else [],
        )
        for one in found
    ]


def _target(field: str, prefix: str) -> str:
    return f"id_{prefix}-{field}" if prefix else f"id_{field}"


class _Library:
    """The approved sentences and numbers that a click puts in, read once for a panel."""

    def __init__(self, code: str) -> None:
        today = timezone.localdate()
        language = Language.objects.filter(code=code).first()
        texts = RightsText.objects.filter(language=language, valid_from__lte=today)
        current = texts.exclude(valid_to__lt=today).first()
        self.sentence = current.sentence if current else ""
        self.spoken = loudspeaker_variant() if code == "vi" else self.sentence
        self.hotlines = list(Hotline.objects.usable_on(today)[:SHOWN_HOTLINES])

    def cures(self, one: Judged) -> list[Cure]:
        finding = one.placed.finding
        field = one.fields[0][0]
        if finding.code in BLOCKS and field == "body":
            return [Cure("block", BLOCKS[finding.code], str(_("Add this block to the page's text")))]
        if finding.code in ("rights-missing", "rights-lapsed"):
            sentence = self.spoken if field == "loudspeaker_text" else self.sentence
            return [Cure("add", sentence, str(_("Add the sentence on rights and support")))] if sentence else []
        if finding.code == "hotline-missing":
            label = _("Add %(number)s")
            return [Cure("add", self._call(one), str(label % {"number": one.number})) for one in self.hotlines]
        if finding.code in ("phone-unregistered", "hotline-expired"):
            label = _("Put %(number)s in its place")
            return [Cure("replace", one.number, str(label % {"number": one.number})) for one in self.hotlines]
        return [Cure("replace", words, words) for words in finding.use]

    @staticmethod
    def _call(hotline: Hotline) -> str:
        hours = f", {hotline.hours[0].lower()}{hotline.hours[1:]}" if hotline.hours else ""
        return str(_("Call %(number)s (%(name)s%(hours)s).")) % {
            "number": hotline.number,
            "name": hotline.name,
            "hours": hours,
        }


def check_typed(request: HttpRequest, page_id: int) -> HttpResponse:
    """Findings in what the editor's form holds now. Nothing is stored.

    POST only, with the form's fields and its CSRF token; answers ``{"html", "count"}``.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    stored = get_object_or_404(Page.objects.type(MaterialPage, EventPage), pk=page_id).specific
    if not may_look(stored, request.user) and not _works_on(stored, request.user):
        raise PermissionDenied
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return JsonResponse({"error": str(_("This text is too long to be checked while typing."))}, status=413)
    content = stored.get_latest_revision_as_object()
    try:
        form = _bound(content, request)
        form.defer_required_fields()
        form.is_valid()
    except (ValueError, KeyError):
        # Wagtail reads the numbers of blocks unchecked; the editor never sends such a form.
        return JsonResponse({"error": str(_("This form is not whole."))}, status=400)
    prefixes = {key: group.prefix for key, group in form.group_forms().items()}
    rows = rows_of(form.judged(), content, prefixes)
    html = render_to_string(
        "campaigns/admin/findings/list.html", panel_context(rows, content, request.user), request=request
    )
    return JsonResponse({"html": html, "count": sum(row.judged.stands for row in rows)})


def _bound(content: Any, request: HttpRequest) -> Any:
    handler = content.get_edit_handler()
    form_class = handler.get_form_class()
    return form_class(
        request.POST, request.FILES, instance=content, parent_page=content.get_parent(), for_user=request.user
    )


def _works_on(content: Any, user: Any) -> bool:
    task = content.current_workflow_task
    return bool(task and task.user_can_access_editor(content, user))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [path("kiem-tra/<int:page_id>/dang-viet/", check_typed, name="loa_check_typed")]

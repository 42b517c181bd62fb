"""One delivery: the message as sent, everything that happened to it, and the buttons that fit."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from campaigns import gate
from campaigns.admin.delivery_words import ACTIONS, Action, actions_for, content_of, needs_new_text, shown_piece
from campaigns.admin.machine_words import actor_words, metric_words, reason_words, step_words
from campaigns.admin.outbox import decorate, deliveries_for_staff
from campaigns.admin.permissions import SEE_OUTBOX, WORK_OUTBOX, Requires, who
from campaigns.models import PostingItem
from publishers import outbox, recall, registry
from publishers.message import Message
from publishers.models import Attempt, Delivery, DeliveryState

HOME = gettext_lazy("Outbox")

# What an attempt came to (publishers/errors.py); an empty one is still open.
OUTCOMES = {
    "": gettext_lazy("under way"),
    "ok": gettext_lazy("done"),
    "permanent": gettext_lazy("refused"),
    "transient": gettext_lazy("not reached, tried again"),
    "throttled": gettext_lazy("told to wait"),
    "ambiguous": gettext_lazy("no clear answer"),
    "lost": gettext_lazy("interrupted"),
}


class DeliveryView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Everything that is known of one delivery."""

    requires = SEE_OUTBOX
    template_name = "campaigns/admin/outbox/detail.html"
    header_icon = "mail"

    @cached_property
    def delivery(self) -> Delivery:
        return _delivery(self.kwargs["pk"])

    def get_page_title(self) -> str:
        return str(self.delivery.channel)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("loa_outbox"), "label": HOME},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.delivery
        states = dict(DeliveryState.choices)
        transitions = list(row.transitions.all())
        for transition in transitions:
            transition.after_label = states.get(transition.after, transition.after)  # type: ignore[attr-defined]
            transition.by_label = actor_words(transition.by)  # type: ignore[attr-defined]
            transition.why_label = reason_words(transition.why, row.channel.platform)  # type: ignore[attr-defined]
        attempts = list(Attempt.objects.filter(operation__delivery=row).select_related("operation").order_by("pk"))
        for attempt in attempts:
            attempt.outcome_label = OUTCOMES.get(attempt.outcome, attempt.outcome)  # type: ignore[attr-defined]
            attempt.step_label = step_words(attempt.step)  # type: ignore[attr-defined]
        readings = list(row.readings.order_by("metric", "-read_at"))
        for reading in readings:
            reading.metric_label = metric_words(reading.metric)  # type: ignore[attr-defined]
        message = Message.from_json(row.message)
        pieces = [shown_piece(str(piece)) for piece in registry.get(row.channel.platform).compose(message)]
        return {
            **super().get_context_data(**kwargs),
            "row": row,
            "message": message,
            "pieces": pieces,
            # Where the text as it is sent begins with the title, it is not said twice.
            "bare_title": "" if any(message.title in strip_tags(piece) for piece in pieces) else message.title,
            "transitions": transitions,
            "attempts": attempts,
            "readings": readings,
            "item": getattr(row, "posting_item", None),
            "may_work": self.request.user.has_perm(WORK_OUTBOX),
            "header_title": self.get_page_title(),
        }


def _delivery(pk: int) -> Delivery:
    """One delivery with its buttons; the gate is asked again where it had said no."""
    row = decorate(get_object_or_404(deliveries_for_staff(), pk=pk))
    if needs_new_text(row) and gate.decide([row.reference])[row.reference].decision == "allow":
        row.actions = actions_for(row, lets_out=True)  # type: ignore[attr-defined]
        row.needs_new_text = False  # type: ignore[attr-defined]
    return row


class DeliveryContentView(Requires):
    """The content behind a delivery: its form for who may write in it, else the public page."""

    requires = SEE_OUTBOX

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        item = get_object_or_404(PostingItem.objects.select_related("approval", "posting"), delivery_id=kwargs["pk"])
        page_id = item.approval.page_id if item.approval else item.posting.page_id
        page = get_object_or_404(Page, pk=page_id or 0).specific
        if page.permissions_for_user(request.user).can_edit():
            return redirect("wagtailadmin_pages:edit", page.pk)
        if page.live and page.full_url:
            return HttpResponseRedirect(page.full_url)
        messages.warning(request, _("You may not write in this content, and it is not public. Ask its author."))
        return redirect("loa_delivery", kwargs["pk"])


class ActionForm(forms.Form):
    """What the confirmation asks: why, or where the post is to be seen."""

    why = forms.CharField(label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    permalink = forms.URLField(
        label=gettext_lazy("Link to the post, if there is one"), required=False, assume_scheme="https"
    )

    def __init__(self, *args: Any, action: Action, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if action.name != "confirm":
            del self.fields["permalink"]
        if action.name in ("confirm", "release", "replace"):
            del self.fields["why"]
        elif action.name == "resend":
            self.fields["why"].required = False


class DeliveryActionView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Asks once more, then acts. Only a POST with the form changes anything."""

    requires = WORK_OUTBOX
    template_name = "campaigns/admin/outbox/confirm.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._ask(request, ActionForm(action=self._action))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ActionForm(request.POST, action=self._action)
        if self._action not in self.delivery.actions or not form.is_valid():  # type: ignore[attr-defined]
            return self._ask(request, form)
        ok, text = perform(self._action.name, delivery_id=self.delivery.pk, by=who(request), **form.cleaned_data)
        (messages.success if ok else messages.error)(request, text)
        if ok and self._action.name == "replace":
            return redirect("loa_post", content_of(self.delivery))
        if self._action.name == "recall" and getattr(self.delivery, "posting_item", None):
            return redirect("loa_recalled_delivery", self.delivery.pk)
        return HttpResponseRedirect(
            get_valid_next_url_from_request(request) or reverse("loa_delivery", args=[self.delivery.pk])
        )

    @property
    def _action(self) -> Action:
        try:
            return ACTIONS[self.kwargs["action"]]
        except KeyError:
            raise Http404 from None

    @cached_property
    def delivery(self) -> Delivery:
        return _delivery(self.kwargs["pk"])

    def _ask(self, request: HttpRequest, form: ActionForm) -> HttpResponse:
        action = self._action
        if action not in self.delivery.actions:  # type: ignore[attr-defined]
            messages.error(request, _("This cannot be done now: the delivery has moved on meanwhile."))
            return redirect("loa_delivery", self.delivery.pk)
        context = {
            "form": form,
            "row": self.delivery,
            "action": action,
            "warning": WARNINGS[action.name],
            "next": get_valid_next_url_from_request(request),
            "header_title": action.label,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_outbox"), "label": HOME},
                {"url": reverse("loa_delivery", args=[self.delivery.pk]), "label": str(self.delivery.channel)},
                {"url": "", "label": action.label},
            ],
        }
        return TemplateResponse(request, self.template_name, context)


WARNINGS = {
    "confirm": gettext_lazy("Only press this when you have seen the post on the channel yourself."),
    "resend": gettext_lazy(
        "First look at the channel. If the post is already there, readers would get it twice: "
        "then go back and choose “It is there”."
    ),
    "release": gettext_lazy("It leaves at once, even though its time has passed."),
    "replace": gettext_lazy(
        "This one is cancelled, and the posting screen opens with the newest approved version. "
        "If the mended text is not approved yet, go back and wait for that."
    ),
    "cancel": gettext_lazy("It will not be posted. Its texts and its history are kept."),
    "recall": gettext_lazy(
        "Loa asks the platform to delete the post and keeps trying until it is gone. "
        "Whoever has already read or copied it has it: think of a correction."
    ),
}


def perform(name: str, *, delivery_id: int, by: str, why: str = "", permalink: str = "") -> tuple[bool, str]:
    """Call the outbox's service behind a button. Returns whether it worked, and what to tell."""
    moved_on = _("Nothing was changed: the delivery has moved on meanwhile.")
    if name == "recall":
        recalled = recall.recall_delivery(delivery_id=delivery_id, by=by, why=why)
        return recalled.outcome != "cannot", recalled.text
    if name == "confirm":
        ok = outbox.confirm_sent(delivery_id=delivery_id, by=by, permalink=permalink)
        return ok, _("Noted as sent.") if ok else moved_on
    if name == "resend":
        ok = outbox.resend(delivery_id=delivery_id, by=by, why=why)
        return ok, _("It is sent again now.") if ok else moved_on
    if name == "release":
        ok = outbox.release(delivery_id=delivery_id, by=by)
        return ok, _("It is on its way.") if ok else moved_on
    if name == "replace":
        ok = outbox.cancel(delivery_id=delivery_id, by=by, why=_("Posted anew with another text."))
        return ok, _("It was cancelled. Now choose the channels for the new version.") if ok else moved_on
    if name == "cancel":
        ok = outbox.cancel(delivery_id=delivery_id, by=by, why=why)
        return ok, _("It was cancelled.") if ok else moved_on
    raise LookupError(name)

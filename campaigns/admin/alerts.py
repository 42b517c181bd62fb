"""Quick alerts and imported rows: writing one, the list of those that wait, and the second person's one tap."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.models import IndexView
from wagtail.admin.widgets.button import HeaderButton

from campaigns import bulletin_channels, bulletins
from campaigns.admin.alert_form import AlertForm
from campaigns.admin.outbox import decorate, deliveries_for_staff
from campaigns.admin.permissions import SEE_BULLETINS, WORK_OUTBOX, WRITE_BULLETINS, Requires
from campaigns.admin.posting_preview import previews
from campaigns.models import AlertTemplate, Approval, Bulletin, BulletinState, Language, Posting
from publishers.models import DeliveryState

TITLE = gettext_lazy("Alerts and short messages")
S = BulletinState
# Colour class and icon of each state; words, colour and icon always go together.
LOOKS = {
    S.DRAFT: ("off", "edit"),
    S.WAITING: ("waiting", "time"),
    S.RETURNED: ("warn", "arrow-left"),
    S.APPROVED: ("good", "check"),
}
GOING = (DeliveryState.SCHEDULED, DeliveryState.SENDING)


def looked_up(pk: int) -> Bulletin:
    """One bulletin with everything that its screens show of it."""
    rows = Bulletin.objects.select_related(
        "language", "campaign", "image", "author", "submitted_by", "decided_by", "read_by", "translation_of", "place"
    )
    one = get_object_or_404(rows, pk=pk)
    one.stands = Approval.objects.filter(bulletin=one, withdrawn_at=None).exists()  # type: ignore[attr-defined]
    return one


class Screen(Requires, WagtailAdminTemplateMixin, TemplateView):
    """The frame that the screens share."""

    header_icon = "warning"
    title: Any = TITLE

    def frame(self) -> dict[str, Any]:
        crumbs = [*self.breadcrumbs_items, {"url": reverse("loa_bulletins"), "label": TITLE}]
        return {"header_title": self.title, "breadcrumbs_items": [*crumbs, {"url": "", "label": self.title}]}


class AlertView(Screen):
    """Write a new alert, or change one that is not approved yet."""

    requires = WRITE_BULLETINS
    template_name = "campaigns/admin/alerts/write.html"
    title = gettext_lazy("Quick alert")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.bulletin is not None and self.bulletin.state == S.APPROVED:
            messages.error(request, _("It is approved already: write a correction instead."))
            return redirect("loa_bulletin", self.bulletin.pk)
        return self._show(AlertForm(initial=self._initial(), **self._frozen()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = AlertForm(request.POST, **self._frozen())
        if not form.is_valid():
            return self._show(form)
        try:
            bulletin = self._store(form, submits=request.POST.get("step") != "save")
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                for text in texts:
                    form.add_error(name if name in form.fields else None, text)
            return self._show(form)
        if bulletin.state == S.WAITING:
            messages.success(request, _("It waits for a second person, who was told. You cannot approve it yourself."))
        else:
            messages.success(request, _("Kept as a draft."))
        return redirect("loa_bulletin", bulletin.pk)

    @transaction.atomic
    def _store(self, form: AlertForm, *, submits: bool) -> Bulletin:
        values = {name: form.cleaned_data[name] for name in bulletins.FIELDS if name in form.cleaned_data}
        channels = form.cleaned_data.get("channels")
        if channels is None and self.bulletin is not None:
            channels = list(self.bulletin.channels.all())
        made = {} if self.bulletin else {"language": self.language, "is_alert": True, **self._origin()}
        bulletin = bulletins.save(
            values=values, channels=channels or [], by=self.request.user, bulletin=self.bulletin, **made
        )
        if submits:
            bulletins.submit(bulletin=bulletin, by=self.request.user)
            bulletin.refresh_from_db()
        return bulletin

    @cached_property
    def bulletin(self) -> Bulletin | None:
        return looked_up(self.kwargs["pk"]) if "pk" in self.kwargs else None

    @cached_property
    def template(self) -> AlertTemplate | None:
        return AlertTemplate.objects.filter(key=self.request.GET.get("mau", ""), in_use=True).first()

    @cached_property
    def source(self) -> Bulletin | None:
        """The message that this one says in another language."""
        if self.bulletin is not None:
            return self.bulletin.translation_of
        number = self.request.GET.get("ban-cua", "")
        return Bulletin.objects.select_related("place").filter(pk=number).first() if number.isdecimal() else None

    @cached_property
    def corrected(self) -> Posting | None:
        number = self.request.GET.get("dinh-chinh", "")
        return Posting.objects.filter(pk=number).first() if number.isdecimal() else None

    @cached_property
    def language(self) -> Language:
        if self.bulletin is not None:
            return self.bulletin.language
        key = self.request.GET.get("ngon-ngu", "") if self.source else ""
        written = Language.objects.filter(key=key, spoken_only=False).first()
        return written or Language.objects.get(code=bulletins.SOURCE)

    def _frozen(self) -> dict[str, Any]:
        return {"user": self.request.user, "language": self.language, "bulletin": self.bulletin}

    def _origin(self) -> dict[str, Any]:
        source = self.source if self.source and self.source.language_id != self.language.pk else None
        return {"translation_of": source, "correction_of": self.corrected}

    def _initial(self) -> dict[str, Any]:
        if self.bulletin is not None:
            told = {name: getattr(self.bulletin, name) for name in bulletins.FIELDS}
            return {**told, "channels": list(self.bulletin.channels.values_list("pk", flat=True))}
        if self.source is not None:
            return {"place": self.source.place, "image": self.source.image, "campaign": self.source.campaign}
        if self.corrected is not None:
            return correction_of(self.corrected)
        if self.template is not None:
            return {"title": self.template.title, "text": bulletins.text_of(self.template)}
        return {}

    def _show(self, form: AlertForm) -> HttpResponse:
        fresh = self.bulletin is None and self.source is None and self.corrected is None
        context = {
            **self.frame(),
            "form": form,
            "language": self.language,
            "source": self.source,
            "bulletin": self.bulletin,
            "template": self.template,
            "templates": AlertTemplate.objects.filter(in_use=True) if fresh else [],
            "check_url": reverse("loa_bulletin_check"),
            "media": form.media,
        }
        return TemplateResponse(self.request, self.template_name, context)


def correction_of(posting: Posting) -> dict[str, Any]:
    """A correction half written: what was posted, for whoever says what is right. To the same channels."""
    title = _("Correction: %(title)s") % {"title": str(posting)}
    text = _(
        "On %(day)s we posted “%(title)s”. That post is withdrawn. What is right is: [what is right].\n\n"
        "Please do not share the old post any more. For help call 111; in danger call 113."
    ) % {"day": f"{posting.created_at:%d/%m/%Y}", "title": str(posting)}
    draft = AlertTemplate(title=title, text=text)
    return {
        "title": title[:200],
        "text": bulletins.text_of(draft),
        "campaign": posting.campaign_id,
        "channels": list(posting.items.values_list("channel_id", flat=True)),
    }


class CheckTextView(Requires):
    """What the safeguards say of a text while it is typed, as a piece of HTML."""

    requires = WRITE_BULLETINS

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        title, text = request.POST.get("title", "")[:200], request.POST.get("text", "")[:4000]
        code = request.POST.get("language", bulletins.SOURCE)
        found = bulletins.findings_of(title, text, language=code)
        return TemplateResponse(request, "campaigns/admin/alerts/_findings.html", {"findings": found, "asked": True})


class BulletinsView(Requires, IndexView):
    """All short messages, those that wait first; files of many rows have a screen of their own."""

    requires = SEE_BULLETINS
    permission_policy = None
    model = Bulletin
    page_title = TITLE
    header_icon = "warning"
    template_name = "campaigns/admin/alerts/list.html"
    index_url_name = "loa_bulletins"
    index_results_url_name = "loa_bulletins_results"
    paginate_by = 30
    list_filter = ("state", "is_alert", "language")
    table_classname = "listing loa-stack"
    search_fields = ["title", "text"]
    default_ordering = None
    no_results_message = gettext_lazy("No alert and no short message yet.")

    @cached_property
    def header_buttons(self) -> list[Any]:
        if not self.request.user.has_perm(WRITE_BULLETINS):
            return []
        return [HeaderButton(_("Quick alert"), url=reverse("loa_alert"), icon_name="warning")]

    @cached_property
    def columns(self) -> list[Any]:
        return [
            _StateColumn("state", label=_("State")),
            TitleColumn("title", label=_("Title"), url_name="loa_bulletin"),
            Column("language", label=_("Language")),
            Column("channels", label=_("Channels"), accessor=_channel_count),
            Column("author", label=_("Author")),
        ]

    def get_base_queryset(self) -> QuerySet[Bulletin]:
        first = Case(
            When(state=S.WAITING, batch="", then=Value(0)),
            When(state=S.RETURNED, then=Value(1)),
            # Rows of files are decided on together, on a screen of their own.
            When(state=S.WAITING, then=Value(3)),
            default=Value(2),
            output_field=IntegerField(),
        )
        rows = Bulletin.objects.select_related("language", "author").annotate(channel_count=Count("channels"))
        standing = Approval.objects.filter(bulletin=OuterRef("pk"), withdrawn_at=None)
        return rows.annotate(first=first, stands=Exists(standing)).order_by("first", "-created_at", "-pk")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        context["batches"] = waiting_batches()
        return context


class _StateColumn(Column):
    cell_template_name = "campaigns/admin/alerts/cell_state.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return context | state_words(instance)


def _channel_count(bulletin: Any) -> str:
    return _("%(count)d channels") % {"count": bulletin.channel_count}


def state_words(bulletin: Any) -> dict[str, Any]:
    """The words, colour and icon of its state; an approved one without a standing approval was recalled."""
    if bulletin.state == S.APPROVED and not bulletin.stands:
        return {"label": DeliveryState.WITHDRAWN.label, "look": "off", "icon": "no-view"}
    look, icon = LOOKS[S(bulletin.state)]
    return {"label": S(bulletin.state).label, "look": look, "icon": icon}


def waiting_batches() -> list[dict[str, Any]]:
    """Files of imported rows that wait, with how many of their rows do."""
    rows = Bulletin.objects.filter(state=S.WAITING).exclude(batch="").order_by()
    counted = rows.values("batch").annotate(count=Count("pk")).order_by("batch")
    return [{"name": row["batch"], "count": row["count"]} for row in counted]


class BulletinView(Screen):
    """One short message as every channel would get it, with what was found; the second person decides here."""

    requires = SEE_BULLETINS
    template_name = "campaigns/admin/alerts/detail.html"

    @cached_property
    def bulletin(self) -> Bulletin:
        return looked_up(self.kwargs["pk"])

    @property
    def title(self) -> Any:
        return _("Quick alert") if self.bulletin.is_alert else _("Short message")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        steps: dict[str, Callable[[], None]] = {
            "approve": self._approve,
            "return": self._send_back,
            "read": self._confirm_reading,
            "submit": self._submit,
            "discard": self._discard,
        }
        step = steps.get(request.POST.get("step", ""))
        if step is not None:
            try:
                step()
            except PermissionDenied as error:
                messages.error(request, str(error))
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
        there = Bulletin.objects.filter(pk=self.bulletin.pk).exists()
        return HttpResponseRedirect(request.path if there else reverse("loa_bulletins"))

    def _approve(self) -> None:
        seen, why = self.request.POST.get("seen", ""), self.request.POST.get("why", "")
        bulletins.approve(bulletin=self.bulletin, by=self.request.user, seen=seen, why=why)
        messages.success(self.request, _("Approved. It is on its way to its channels."))

    def _send_back(self) -> None:
        why = self.request.POST.get("why_not", "")
        if bulletins.send_back(bulletin=self.bulletin, by=self.request.user, why=why):
            messages.success(self.request, _("It went back to its author."))

    def _confirm_reading(self) -> None:
        bulletins.confirm_reading(
            bulletin=self.bulletin, by=self.request.user, seen=self.request.POST.get("seen", "")
        )
        messages.success(self.request, _("Noted: it reads right."))

    def _discard(self) -> None:
        if bulletins.discard(bulletin=self.bulletin, by=self.request.user):
            messages.success(self.request, _("The draft is gone."))

    def _submit(self) -> None:
        if not self.request.user.has_perm(WRITE_BULLETINS):
            raise PermissionDenied(_("You may not write short messages."))
        bulletins.submit(bulletin=self.bulletin, by=self.request.user)
        messages.success(self.request, _("It waits for a second person, who was told. You cannot approve it yourself."))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        one, user = self.bulletin, self.request.user
        waits = one.state == S.WAITING
        posting = Posting.objects.filter(bulletin=one).order_by("pk").first()
        return {
            **super().get_context_data(**kwargs),
            **self.frame(),
            "one": one,
            "state": state_words(one),
            "findings": [] if posting else self._findings(),
            "rows": [] if posting else self._previews(),
            "refusal": bulletins.refusal(one, user) if waits else "",
            "is_approver": bulletins.is_approver(user),
            "may_read": waits and self._may_read(),
            "may_write": user.has_perm(WRITE_BULLETINS) and one.state != S.APPROVED,
            "may_write_more": user.has_perm(WRITE_BULLETINS),
            "may_discard": one.state in (S.DRAFT, S.RETURNED) and user.pk in bulletins.writer_ids(one),
            "seen": bulletins.seen_digest(one),
            "owed": bulletin_channels.owed(one) if one.is_alert and one.translation_of_id is None else [],
            **self._progress(posting),
        }

    def _may_read(self) -> bool:
        one, user = self.bulletin, self.request.user
        foreign = one.language.code != bulletins.SOURCE and one.read_by_id is None
        return foreign and bulletins.reads(user, one.language) and user.pk not in bulletins.writer_ids(one)

    def _findings(self) -> list[Any]:
        one = self.bulletin
        return bulletins.findings_of(one.title, one.text, language=one.language.code)

    def _previews(self) -> list[Any]:
        approval, channels = bulletins.prospect(self.bulletin), list(self.bulletin.channels.order_by("name"))
        return previews(self.bulletin, channels, self.bulletin.due, approvals={approval.language.code: approval})

    def _progress(self, posting: Posting | None) -> dict[str, Any]:
        if posting is None:
            return {"posting": None}
        found = deliveries_for_staff().filter(posting_item__posting=posting).order_by("channel__name")
        rows = [decorate(row) for row in found]
        return {
            "posting": posting,
            "deliveries": rows,
            "going": sum(row.state in GOING for row in rows),
            "may_recall": getattr(self.bulletin, "stands", False) and self.request.user.has_perm(WORK_OUTBOX),
        }

"""The register of consents: list, record, look at, withdraw; and the signed paper for those who may see it."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.models import IndexView
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from campaigns import consents, withdrawals
from campaigns.admin.consent_form import ConsentForm
from campaigns.admin.outbox import decorate, deliveries_for_staff
from campaigns.admin.permissions import Requires
from campaigns.models import Consent

TITLE = gettext_lazy("Consents")
SEE = "campaigns.view_consent"
RECORD = "campaigns.add_consent"
WITHDRAW = "campaigns.change_consent"
SEE_PAPER = "campaigns.see_consent_paper"
# State → words, colour, icon.
STATES: dict[str, tuple[Any, str, str]] = {
    "valid": (gettext_lazy("valid"), "good", "check"),
    "soon": (gettext_lazy("ends soon"), "warn", "time"),
    "later": (gettext_lazy("not begun"), "waiting", "time"),
    "ended": (gettext_lazy("run out"), "bad", "warning"),
    "replaced": (gettext_lazy("replaced by a newer one"), "off", "rotate"),
    "withdrawn": (gettext_lazy("consent withdrawn"), "bad", "no-view"),
}


def state_of(consent: Any) -> str:
    """The key in ``STATES`` of a consent of :func:`register`."""
    today = timezone.localdate()
    if consent.withdrawn_at:
        return "withdrawn"
    if consent.is_replaced:
        return "replaced"
    if consent.valid_until < today:
        return "ended"
    if consent.valid_from > today:
        return "later"
    return "soon" if consent.valid_until <= today + consents.SOON else "valid"


def register() -> QuerySet[Any]:
    """All papers, with whether a newer one of the same person has begun."""
    newer = Consent.objects.filter(subject=OuterRef("subject"), valid_from__lte=timezone.localdate()).filter(
        Q(valid_from__gt=OuterRef("valid_from")) | Q(valid_from=OuterRef("valid_from"), pk__gt=OuterRef("pk"))
    )
    rows: QuerySet[Any] = Consent.objects.annotate(is_replaced=Exists(newer)).select_related("recorded_by")
    return consents.with_media(rows)


def where_in_words(consent: Consent) -> str:
    return ", ".join([*consent.places, *(channel.name for channel in consent.channels.all())])


class ConsentFilters(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="of_state",
        empty_label=gettext_lazy("All"),
        choices=[
            ("valid", gettext_lazy("valid")),
            ("soon", gettext_lazy("ends soon or has run out")),
            ("withdrawn", gettext_lazy("consent withdrawn")),
        ],
    )

    class Meta:
        model = Consent
        fields = ("age",)

    def of_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "withdrawn":
            return rows.filter(withdrawn_at__isnull=False)
        today = timezone.localdate()
        if value == "soon":
            return rows.filter(pk__in=consents.ending_soon(today).order_by().values("pk"))
        return rows.filter(is_replaced=False, withdrawn_at=None, valid_from__lte=today, valid_until__gte=today)


class StateColumn(Column):
    cell_template_name = "campaigns/admin/consents/cell_state.html"

    def get_value(self, instance: Any) -> Any:
        return STATES[state_of(instance)]


class ConsentsView(Requires, IndexView):
    """All papers, newest first. A constant number of queries."""

    requires = SEE
    permission_policy = None
    model = Consent
    page_title = TITLE
    header_icon = "user"
    index_url_name = "loa_consents"
    index_results_url_name = "loa_consents_results"
    paginate_by = 30
    default_ordering = "-recorded_at"
    filterset_class = ConsentFilters
    table_classname = "listing loa-stack"
    search_fields = ["paper", "person", "purpose", "pictures__title", "recordings__title"]
    no_results_message = gettext_lazy("No consent is recorded. A picture without people needs none.")

    @cached_property
    def header_buttons(self) -> list[Any]:
        user: Any = self.request.user
        if not user.has_perm(RECORD):
            return []
        return [HeaderButton(_("Record a consent"), url=reverse("loa_consent_new"), icon_name="plus")]

    @cached_property
    def columns(self) -> list[Any]:
        return [
            TitleColumn("paper", label=_("Paper"), accessor=str, url_name="loa_consent"),
            StateColumn("state", label=_("State")),
            Column("media", label=_("Pictures and recordings"), accessor=_media_in_words),
            Column("where", label=_("Used where"), accessor=where_in_words),
            Column("valid_until", label=_("Valid"), accessor=_days, sort_key="valid_until"),
        ]

    def get_base_queryset(self) -> QuerySet[Any]:
        return register()

    def search_queryset(self, queryset: QuerySet[Any]) -> Any:
        return super().search_queryset(queryset).distinct() if self.search_query else queryset

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]


def _days(consent: Consent) -> str:
    return f"{consent.valid_from:%d/%m/%Y} – {consent.valid_until:%d/%m/%Y}"


def _media_in_words(consent: Consent) -> str:
    titles = [one.title for one in consent.pictures.all()] + [one.title for one in consent.recordings.all()]
    more = len(titles) - 3
    return ", ".join(titles[:3]) + (_(" and %(count)d more") % {"count": more} if more > 0 else "")


class ConsentPage(Requires, WagtailAdminTemplateMixin, TemplateView):
    """What the screens of one consent have in common."""

    requires = SEE
    header_icon = "user"

    @cached_property
    def consent(self) -> Any:
        return get_object_or_404(register(), pk=self.kwargs["pk"])

    def show(self, template: str, title: Any, *, status: int = 200, **context: Any) -> HttpResponse:
        frame = {
            "header_title": title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_consents"), "label": TITLE},
                {"url": "", "label": title},
            ],
        }
        return TemplateResponse(self.request, template, {**frame, **context}, status=status)


class RecordView(ConsentPage):
    """A new paper. ``?picture=`` and ``?recording=`` choose beforehand; ``?renews=`` follows an earlier paper."""

    requires = RECORD

    @cached_property
    def renews(self) -> Consent | None:
        number = self.request.GET.get("renews", "")
        if not number.isdecimal():
            return None
        return get_object_or_404(Consent, pk=number, withdrawn_at=None)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._ask(ConsentForm(initial=self._initial(), renews=self.renews))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ConsentForm(request.POST, request.FILES, renews=self.renews)
        if not form.is_valid():
            return self._ask(form)
        try:
            consent = form.record(request.user)
        except ValidationError as error:
            form.add_error(None, error)
            return self._ask(form)
        messages.success(request, _("Consent %(paper)s is recorded.") % {"paper": consent.paper})
        return redirect("loa_consent", consent.pk)

    def _initial(self) -> dict[str, Any]:
        if before := self.renews:
            names = ("person", "age", "purpose", "everywhere", "uses")
            many = ("pictures", "recordings", "channels")
            return {
                **{name: getattr(before, name) for name in names},
                **{name: [one.pk for one in getattr(before, name).all()] for name in many},
                "valid_from": timezone.localdate(),
            }
        chosen = {name: self.request.GET.get(name, "") for name in ("picture", "recording")}
        return {
            "valid_from": timezone.localdate(),
            **{f"{name}s": [int(number)] for name, number in chosen.items() if number.isdecimal()},
        }

    def _ask(self, form: ConsentForm) -> HttpResponse:
        title = _("Renew or correct a consent") if self.renews else _("Record a consent")
        return self.show("campaigns/admin/consents/new.html", title, form=form, renews=self.renews)


class ConsentView(ConsentPage):
    """One paper: what it says, whether it counts, what rests on it, and what its withdrawal did."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        consent, user = self.consent, self.request.user
        label, look, icon = STATES[state_of(consent)]
        context = {
            "consent": consent,
            "label": label,
            "look": look,
            "icon": icon,
            "where": where_in_words(consent),
            "others": register().filter(subject=consent.subject).exclude(pk=consent.pk),
            "may_record": user.has_perm(RECORD),
            "may_withdraw": user.has_perm(WITHDRAW),
            "may_see_paper": user.has_perm(SEE_PAPER),
            "recalled": _recalled(consent),
        }
        return self.show("campaigns/admin/consents/detail.html", str(consent), **context)


def _recalled(consent: Consent) -> dict[str, Any]:
    """What the withdrawal started, each post as it stands now. One query."""
    kept = consent.recalled
    said = {one["delivery_id"]: one["text"] for one in kept.get("deliveries", ())}
    rows = [decorate(row) for row in deliveries_for_staff().filter(pk__in=said)] if said else []
    return {
        "rows": [(row, said[row.pk]) for row in rows],
        "to_call": kept.get("to_call", []),
        "pages": kept.get("pages", []),
    }


class WithdrawForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("May stay empty: nobody has to give a reason for withdrawing."),
    )


class WithdrawView(ConsentPage):
    """Says what rests on the consent, asks once, and takes it all back. Pressing it again does nothing more."""

    requires = WITHDRAW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reach = withdrawals.reach_of(self.consent)
        rows = deliveries_for_staff().filter(pk__in=[item.delivery_id for item in reach.items])
        return self.show(
            "campaigns/admin/consents/withdraw.html",
            _("Withdraw the consent"),
            consent=self.consent,
            reach=reach,
            rows=[decorate(row) for row in rows],
            form=WithdrawForm(),
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        why = str(request.POST.get("why", "")).strip()[:500]
        withdrawals.withdraw(consent=self.consent, user=request.user, why=why)
        messages.warning(
            request, _("The consent is withdrawn. Nothing more goes out with it; below is what has to be done by hand.")
        )
        return redirect("loa_consent", self.consent.pk)


class PaperView(ConsentPage):
    """The signed paper as a download that nothing on the way keeps; who looked at it is on the record."""

    requires = SEE_PAPER

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        scan = self.consent.scan
        try:
            with scan.open("rb") as file:
                response = HttpResponse(file.read(), content_type="application/octet-stream")
        except (OSError, ValueError) as error:
            raise Http404(scan.name) from error
        log(instance=self.consent, action="loa.see_consent_paper", user=request.user)
        ending = scan.name.rsplit(".", 1)[-1]
        name = f"dong-y-{self.consent.pk}.{ending}"
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'"
        return response


def people_in(medium: Any) -> dict[str, Any]:
    """Who is in a picture or recording, and whether that is agreed to: for its own page. Four queries at most."""
    one = consents.Medium.of(medium)
    objection = consents.Agreed.read([one]).objection(one, consents.ON_THE_SITE, timezone.localdate())
    if one.person is None:
        label, look, icon = _("nobody said yet"), "warn", "help"
    elif not one.person:
        label, look, icon = _("nobody can be recognised"), "good", "check"
    elif objection:
        label, look, icon = _("yes, without consent"), "bad", "warning"
    else:
        label, look, icon = _("yes, with consent"), "good", "check"
    papers = register().filter(**{f"{one.kind}s": one.pk}) if one.person else ()
    rows = [(paper, STATES[state_of(paper)]) for paper in papers]
    return {"label": label, "look": look, "icon": icon, "objection": objection, "rows": rows, "medium": one}


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("dong-y/", ConsentsView.as_view(), name="loa_consents"),
        path("dong-y/ket-qua/", ConsentsView.as_view(results_only=True), name="loa_consents_results"),
        path("dong-y/moi/", RecordView.as_view(), name="loa_consent_new"),
        path("dong-y/<int:pk>/", ConsentView.as_view(), name="loa_consent"),
        path("dong-y/<int:pk>/rut/", WithdrawView.as_view(), name="loa_consent_withdraw"),
        path("dong-y/<int:pk>/giay/", PaperView.as_view(), name="loa_consent_paper"),
    ]


class ConsentMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(SEE))


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    # Made for each request: the addresses are not there yet when the hooks are registered.
    return ConsentMenuItem(TITLE, reverse("loa_consents"), name="consents", icon_name="user", order=190)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(
        withdrawals.ACTION, gettext_lazy("Withdraw consent"), gettext_lazy("The consent was withdrawn")
    )
    actions.register_action(
        "loa.see_consent_paper", gettext_lazy("See paper"), gettext_lazy("The signed paper was looked at")
    )

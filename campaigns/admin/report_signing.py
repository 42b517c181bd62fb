"""Signing a report on the staff's screens, the signed ones, their files, and what changed since."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.permissions import SEE_REPORT, SIGN_REPORTS, Requires
from campaigns.admin.report_views import FORM_ORDER, Choice, ReportForm, chosen, linked
from campaigns.ledger import fold_changes
from campaigns.ledger.metrics import scale_of
from campaigns.models import SignedReport
from campaigns.report import signing
from campaigns.report.differences import SHOWN, changed_rows, differences, with_later_changes
from campaigns.report.files import FORMATS, file_name, offered
from campaigns.report.html import page_context
from campaigns.report.numbers import count
from campaigns.report.pdf import NoOffice
from campaigns.report.periods import Period, period_between


class SignForm(forms.Form):
    """What the signer fills in. The names stand in the document; the account that signs is on the record."""

    agency = forms.CharField(label=gettext_lazy("Reporting agency"), max_length=200)
    number = forms.CharField(
        label=gettext_lazy("Number and sign"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Leave empty if the registry gives it later: room for it stays in the document."),
    )
    title = forms.CharField(label=gettext_lazy("Position of the signer"), max_length=200)
    name = forms.CharField(label=gettext_lazy("Full name of the signer"), max_length=120)
    recipients = forms.CharField(
        label=gettext_lazy("Recipients, one a line"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    why = forms.CharField(label=gettext_lazy("Why does it replace the earlier one?"), max_length=300)

    def __init__(self, *args: Any, replaces: bool, agency: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not replaces:
            del self.fields["why"]
        if agency:
            del self.fields["agency"]


class SignView(Requires):
    """Everything that has to be seen before signing, a tick for each point, and the signature."""

    requires = SIGN_REPORTS

    def get(self, request: HttpRequest) -> HttpResponse:
        fold_changes()
        return self._page(request, self._choice(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        choice = self._choice(request)
        earlier = signing.standing(choice.plan, choice.period, choice.level)
        agency = request.POST.get("known_agency") or None
        form = SignForm(request.POST, replaces=earlier is not None, agency=agency)
        if not form.is_valid():
            return self._page(request, choice, form)
        given = form.cleaned_data
        try:
            signed = signing.sign(
                plan=choice.plan,
                period=choice.period,
                level=choice.level,
                by=request.user,
                signature=signing.Signature(
                    name=given["name"],
                    title=given["title"],
                    agency=given.get("agency", ""),
                    number=given["number"],
                    recipients=tuple(line.strip() for line in given["recipients"].splitlines() if line.strip()),
                ),
                seen=request.POST.get("seen", ""),
                ticked=set(request.POST.getlist("point")),
                why=given.get("why", ""),
            )
        except signing.CannotSign as error:
            messages.error(request, str(error))
            return self._page(request, choice, form)
        messages.success(request, _("The report is signed. Its figures and words no longer change."))
        return redirect("signed_report", signed.pk)

    @staticmethod
    def _choice(request: HttpRequest) -> Choice:
        form = ReportForm(request.GET)
        choice = chosen(form) if form.is_valid() else None
        if choice is None or choice.rehearsal:
            raise Http404
        return choice

    @staticmethod
    def _page(request: HttpRequest, choice: Choice, form: SignForm | None = None) -> HttpResponse:
        report = signing.draft_to_sign(choice.plan, choice.period, choice.level)
        earlier = signing.standing(choice.plan, choice.period, choice.level)
        texts = report["wording"]["texts"]
        user: Any = request.user
        initial = {
            "recipients": "\n".join(line for line in texts["recipients"] if "[" not in line),
            "title": "" if texts["signer"].startswith("[") else texts["signer"],
            "name": user.get_full_name() if texts["signer_name"].startswith("[") else texts["signer_name"],
        }
        agency = report["head"]["agency"]
        context = {
            "page_title": _("Sign the report"),
            "form": form or SignForm(initial=initial, replaces=earlier is not None, agency=agency),
            "agency": agency or "",
            "report": report,
            "points": signing.points_of(report),
            "ticked": request.POST.getlist("point"),
            "seen": signing.seen_mark(report),
            "earlier": earlier,
            "back": f"{reverse('reach_report')}?{choice.query}",
            "cards": page_context(report)["cards"],
        }
        return render(request, "campaigns/report/sign.html", context)


class SignedListView(Requires):
    """The signed reports, newest first; those whose figures changed since say so."""

    requires = SEE_REPORT
    per_page = 30

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = with_later_changes(
            SignedReport.objects.select_related("plan", "signed_by", "superseded_by").defer("snapshot")
        )
        page = Paginator(rows, self.per_page).get_page(request.GET.get("p"))
        lines = [(one, Period(one.period_from, one.period_to, one.period_key).label) for one in page.object_list]
        context = {"page_title": _("Signed reports"), "page": page, "lines": lines, "back": reverse("reach_report")}
        return render(request, "campaigns/report/signed_list.html", context)


class SignedView(Requires):
    """A signed report: its state, what changed since, and the report as it was signed."""

    requires = SEE_REPORT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        signed = get_object_or_404(SignedReport.objects.select_related("plan", "signed_by", "supersedes"), pk=pk)
        fold_changes()
        report, choice = signed.report, _choice_of(signed)
        now = signing.draft_to_sign(choice.plan, choice.period, choice.level)
        context = page_context(report)
        context["blocks"] = [linked(part, choice) for part in context["blocks"]]
        sources = f"{reverse('reach_report_sources')}?{choice.query}"
        context |= {
            "page_title": _("Signed report"),
            "signed": signed,
            "later": SignedReport.objects.filter(supersedes=signed).first(),
            "intact": signed.is_intact(),
            "same_docx": signed.is_intact() and signing.docx_is_the_same(signed),
            "differences": [(one, linked_to(sources, one.source)) for one in differences(report, now)],
            "changed": [(row, count(row.value, scale_of(row.indicator.code))) for row in changed_rows(signed)[:SHOWN]],
            "files": [
                (name.upper(), reverse("signed_report_file", args=[signed.pk, name]))
                for name in sorted(offered(), key=FORM_ORDER.index)
            ],
            "sign_again": f"{reverse('reach_report_sign')}?{choice.query}"
            if request.user.has_perm(SIGN_REPORTS)
            else "",
        }
        return render(request, "campaigns/report/signed.html", context)


def linked_to(base: str, source: dict[str, Any] | None) -> str:
    return f"{base}&{urlencode(source)}" if source else ""


def _choice_of(signed: SignedReport) -> Choice:
    period = period_between(signed.period_from, signed.period_to, signed.period_key)
    return Choice(signed.plan, period, signed.place_level, False)


class SignedFileView(Requires):
    """A file made again from the snapshot."""

    requires = SEE_REPORT

    def get(self, request: HttpRequest, pk: int, form: str) -> HttpResponse:
        signed = get_object_or_404(SignedReport, pk=pk)
        if form not in offered():
            raise Http404
        try:
            content = signing.remade(signed, form)
        except (NoOffice, signing.CannotSign) as error:
            messages.error(request, str(error))
            return redirect("signed_report", pk)
        response = HttpResponse(content, content_type=FORMATS[form][0])
        response["Content-Disposition"] = f'attachment; filename="{file_name(signed.report, form)}"'
        return response

"""The texts of the report's form (Decree 30/2020/ND-CP) on the staff's screens: change, store, go back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import CharField, Form, HiddenInput, IntegerField, Textarea, TextInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.permissions import WRITE_REPORT_TEXTS, Requires
from campaigns.models import ReportTemplate
from campaigns.report import template
from campaigns.report.wording import at, defaults, replaced

SECTION_NAMES = {
    "head": gettext_lazy("Head of the document"),
    "headings": gettext_lazy("Headings"),
    "sentences": gettext_lazy("Sentences of the body"),
    "pieces": gettext_lazy("Parts of sentences, one per indicator"),
    "close": gettext_lazy("Close: recipients, signer, annex"),
}
LABELS = {
    "superior": gettext_lazy("Superior agency"),
    "place_of_issue": gettext_lazy("Place of issue"),
    "title": gettext_lazy("Title"),
    "intro": gettext_lazy("Opening sentence, usual period"),
    "intro_free": gettext_lazy("Opening sentence, other days"),
    "extra_bases": gettext_lazy("Further legal bases, one a line (those of the plan come by themselves)"),
    "recipients": gettext_lazy("Recipients, one a line"),
    "signer": gettext_lazy("Position of the signer"),
    "signer_name": gettext_lazy("Full name of the signer"),
    "annex": gettext_lazy("Annex"),
    "annex_title": gettext_lazy("Title of the annex"),
}


class TextsForm(Form):
    """One field per text. Each tells which placeholders belong in it."""

    why = CharField(max_length=300, label=gettext_lazy("What changed and why"), widget=TextInput)
    based_on = IntegerField(widget=HiddenInput)

    def __init__(self, *args: Any, texts: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for path in template.editable():
            self.fields[path] = _field(path, at(texts, path))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for path in template.editable():
            if path in given:
                given[path] = _value(path, given[path])
                for fault in template.faults_of(path, given[path]):
                    self.add_error(path, ValidationError(fault))
        return given

    def parts(self) -> list[tuple[Any, list[Any], bool]]:
        """Name, fields, and whether one of them has a fault, by part of the document."""
        found = []
        for section, paths in template.sections().items():
            fields = [self[path] for path in paths]
            found.append((SECTION_NAMES[section], fields, any(field.errors for field in fields)))
        return found


def _field(path: str, text: Any) -> CharField:
    many = isinstance(at(defaults(), path), list)
    value = "\n".join(text) if many else text
    default = at(defaults(), path)
    names = sorted({name for line in (default if many else [default]) for name in template.placeholders(line)})
    marks = format_html_join(", ", "<code>{}</code>", ((f"{{{name}}}",) for name in names))
    rows = 4 if many else min(5, 1 + len(value) // 70)
    return CharField(
        required=False,
        initial=value,
        label=LABELS.get(path) or (default if isinstance(default, str) else path),
        help_text=format_html(_("Placeholders: {names}"), names=marks) if marks else "",
        widget=Textarea(attrs={"rows": rows, "lang": "vi"}),
    )


def _value(path: str, text: str) -> Any:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if isinstance(at(defaults(), path), list) else " ".join(lines)


class TextsView(Requires):
    """The version that counts, as a form; ``?tu=3`` opens an older one to store it anew."""

    requires = WRITE_REPORT_TEXTS

    def get(self, request: HttpRequest) -> HttpResponse:
        number = request.GET.get("tu", "")
        if number == "0":
            texts = defaults()
        elif number.isdecimal():
            texts = replaced(get_object_or_404(ReportTemplate, number=int(number)).texts)
        else:
            texts = template.current_wording()["texts"]
        return self._page(request, TextsForm(texts=texts, initial={"based_on": self._newest()}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TextsForm(request.POST, texts=template.current_wording()["texts"])
        if not form.is_valid():
            messages.error(request, _("Nothing was stored: some texts have a fault. It stands below each of them."))
            return self._page(request, form)
        given = form.cleaned_data
        try:
            version = template.keep(
                texts={path: given[path] for path in template.editable()},
                why=given["why"],
                by=request.user,
                based_on=given["based_on"],
            )
        except ValueError as error:
            messages.error(request, str(error))
            return self._page(request, form)
        said = _("Stored as version %(number)s. New reports use it; signed ones keep their words.")
        messages.success(request, said % {"number": version.number})
        return redirect("report_texts")

    @staticmethod
    def _newest() -> int:
        newest = template.current()
        return newest.number if newest else 0

    def _page(self, request: HttpRequest, form: TextsForm) -> HttpResponse:
        context = {
            "page_title": _("Texts of the form"),
            "form": form,
            "parts": form.parts(),
            "number": self._newest(),
            "versions": ReportTemplate.objects.select_related("created_by")[:20],
            "back": reverse("reach_report"),
        }
        return render(request, "campaigns/report/texts.html", context)

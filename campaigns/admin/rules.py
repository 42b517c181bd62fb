"""The rules and word lists of the safeguards, for the senior editor: change, prove, let count, roll back."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from campaigns.admin.permissions import CHANGE_RULES, SEE_RULES, Requires
from campaigns.models import RulebookChoice, RulebookVersion
from campaigns.safeguards import editing
from campaigns.safeguards.rulebook import shipped
from campaigns.safeguards.versions import book_of

TITLE = gettext_lazy("Safety rules")
LEVELS = (("block", gettext_lazy("stops the text")), ("warn", gettext_lazy("asks for a reason")))
LINES = ("unless", "near", "true_cases", "false_cases")
BLANK = 2


class RulesPage(Requires, WagtailAdminTemplateMixin, TemplateView):
    """What the screens of the rules share: who may, where they stand, which version they go by."""

    requires = SEE_RULES
    requires_to_post = CHANGE_RULES
    page_title = TITLE
    header_icon = "lock"
    label: Any = ""

    @cached_property
    def base(self) -> RulebookVersion | None:
        """The version asked for in the address, else the one that counts."""
        number = self.request.GET.get("tu", "")
        if number.isdecimal() and int(number):
            return get_object_or_404(RulebookVersion, number=int(number))
        return None if number == "0" else editing.current_version()

    def stored(self, version: RulebookVersion) -> HttpResponse:
        """Say so, and show the version with its differences and cases."""
        said = _("Stored as version %(number)s. It does not count yet.") % {"number": version.number}
        messages.success(self.request, said)
        return redirect("loa_rules_version", version.number)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        trail = [{"url": reverse("loa_rules"), "label": TITLE}] if self.label else []
        label = self.label or TITLE
        return {
            **super().get_context_data(**kwargs),
            "header_title": label,
            "breadcrumbs_items": [*self.breadcrumbs_items, *trail, {"url": "", "label": label}],
            "base": self.base,
            "may_change": self.request.user.has_perm(CHANGE_RULES),
        }


class RulesView(RulesPage):
    """All rules and lists of a version, and the versions there are."""

    template_name = "campaigns/admin/rules/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        content = editing.content_of(self.base)
        book = book_of(content)
        return {
            **super().get_context_data(**kwargs),
            "rules": [{"rule": rule, "own": rule.id in content["rules"]} for rule in book.rules.values()],
            "lists": [
                {"name": name, "count": len(phrases), "own": name in content["words"]}
                for name, phrases in sorted(book.words.items())
            ],
            "choice": RulebookChoice.objects.select_related("version", "by").first(),
            "versions": RulebookVersion.objects.select_related("author")[:20],
        }


class Lines(forms.CharField):
    """One entry a line, as a list without empty ones."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))


class _Readable(json.JSONEncoder):
    """JSON as somebody can read it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "indent": 1, "ensure_ascii": False})


class RuleForm(forms.Form):
    """A rule without its patterns."""

    id = forms.RegexField(label=gettext_lazy("Name of the rule"), regex=r"^[a-z][a-z0-9-]{2,58}$", max_length=60)
    level = forms.ChoiceField(label=gettext_lazy("What it does"), choices=LEVELS)
    message = forms.CharField(label=gettext_lazy("What is wrong"), widget=forms.Textarea(attrs={"rows": 2}))
    cure = forms.CharField(label=gettext_lazy("What to do"), widget=forms.Textarea(attrs={"rows": 2}))
    source = forms.CharField(label=gettext_lazy("Source"), widget=forms.Textarea(attrs={"rows": 2}))
    valid_from = forms.DateField(label=gettext_lazy("Holds from"), required=False, widget=AdminDateInput)
    unless = Lines(label=gettext_lazy("Not where its sentence has"), required=False)
    near = Lines(label=gettext_lazy("Only near"), required=False)
    true_cases = Lines(label=gettext_lazy("Sentences it must find"))
    false_cases = Lines(label=gettext_lazy("Sentences it must leave alone"))
    options = forms.JSONField(label=gettext_lazy("Settings of the program"), required=False, encoder=_Readable)
    why = forms.CharField(label=gettext_lazy("Why this change"), widget=forms.Textarea(attrs={"rows": 2}))


class PatternForm(forms.Form):
    """One pattern with the words to put in its place."""

    pattern = forms.CharField(label=gettext_lazy("Words or pattern"), widget=forms.Textarea(attrs={"rows": 2}))
    use = Lines(label=gettext_lazy("Words to use instead, one a line"), required=False)
    cure = forms.CharField(label=gettext_lazy("What to do"), required=False)
    valid_from = forms.DateField(label=gettext_lazy("Holds from"), required=False, widget=AdminDateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use"].widget.attrs["rows"] = 2

    def entry(self) -> Any:
        """The pattern as it stands in a rule."""
        data = self.cleaned_data
        extra = {
            "cure": data["cure"],
            "use": data["use"],
            "valid_from": data["valid_from"].isoformat() if data["valid_from"] else "",
        }
        extra = {key: value for key, value in extra.items() if value}
        return {"pattern": data["pattern"], **extra} if extra else data["pattern"]


Patterns = forms.formset_factory(PatternForm, extra=BLANK, can_delete=True, max_num=200)


class RuleView(RulesPage):
    """One rule to change; without a name, a new one. Storing makes a version that does not count yet."""

    template_name = "campaigns/admin/rules/rule.html"

    @cached_property
    def row(self) -> dict[str, Any]:
        name = self.kwargs.get("rule_id")
        if name is None:
            return {"level": "warn"}
        try:
            return editing.row_of(self.base, name)
        except KeyError as error:
            raise Http404 from error

    @property
    def label(self) -> Any:
        return self.kwargs.get("rule_id") or _("A new rule")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        forms_given = {"form": self._form(), "patterns": self._patterns()} | kwargs
        return {
            **super().get_context_data(**forms_given),
            "never_lifted": self.row.get("never_lifted"),
            "built_in": self.row.get("kind", "pattern") != "pattern",
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form, patterns = self._form(request.POST), self._patterns(request.POST)
        if form.is_valid() and patterns.is_valid():
            row = self._changed(form.cleaned_data, patterns)
            try:
                version = editing.new_version(
                    based_on=self.base, author=request.user, why=form.cleaned_data["why"], rules={row["id"]: row}
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return self.stored(version)
        return self.render_to_response(self.get_context_data(form=form, patterns=patterns))

    def _form(self, data: Any = None) -> RuleForm:
        form = RuleForm(data, initial=self.row)
        if "id" in self.row:
            form.fields["id"].disabled = True
        if self.row.get("never_lifted"):
            form.fields["level"].disabled = True
        if "options" not in self.row:
            del form.fields["options"]
        else:
            form.fields["options"].widget.attrs["rows"] = 6
        return form

    def _patterns(self, data: Any = None) -> Any:
        given = [{"pattern": one} if isinstance(one, str) else one for one in self.row.get("patterns", ())]
        return Patterns(data, initial=given, prefix="patterns")

    def _changed(self, data: dict[str, Any], patterns: Any) -> dict[str, Any]:
        """The row with what was filled in; what the form does not show stays."""
        new = {key: data[key] for key in ("id", "level", "message", "cure", "source", *LINES)}
        new["valid_from"] = data["valid_from"].isoformat() if data["valid_from"] else ""
        kept = [form for form in patterns.forms if form.cleaned_data.get("pattern")]
        new["patterns"] = [form.entry() for form in kept if not form.cleaned_data.get("DELETE")]
        if "options" in data:
            new["options"] = data["options"] or {}
        merged = {**self.row, **new}
        empty = [key for key in ("unless", "near", "patterns", "valid_from") if not merged[key]]
        for key in empty:
            del merged[key]
        merged["version"] = int(self.row.get("version", 0)) + (merged != self.row)
        return merged


class WordListForm(forms.Form):
    phrases = Lines(label=gettext_lazy("Phrases, one a line"))
    why = forms.CharField(label=gettext_lazy("Why this change"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phrases"].widget.attrs["rows"] = 20


class WordListView(RulesPage):
    """One word list to change."""

    template_name = "campaigns/admin/rules/words.html"

    @property
    def label(self) -> Any:
        return self.kwargs["name"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"form": self._form(), **kwargs})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if form.is_valid():
            try:
                version = editing.new_version(
                    based_on=self.base,
                    author=request.user,
                    why=form.cleaned_data["why"],
                    words={self.kwargs["name"]: form.cleaned_data["phrases"]},
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return self.stored(version)
        return self.render_to_response(self.get_context_data(form=form))

    def _form(self, data: Any = None) -> WordListForm:
        name = self.kwargs["name"]
        if name not in shipped().words:
            raise Http404
        phrases = editing.content_of(self.base)["words"].get(name, shipped().words[name])
        return WordListForm(data, initial={"phrases": list(phrases)})


class VersionView(RulesPage):
    """One version: what it changes, whether its cases hold, and the button that lets it count."""

    template_name = "campaigns/admin/rules/version.html"

    @cached_property
    def version(self) -> RulebookVersion | None:
        number = self.kwargs["number"]
        return get_object_or_404(RulebookVersion, number=number) if number else None

    @property
    def label(self) -> Any:
        return _("Version %(number)s") % {"number": self.kwargs["number"]}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        version, now = self.version, editing.current_version()
        since = version.based_on if version else None
        return {
            **super().get_context_data(**kwargs),
            "version": version,
            "number": self.kwargs["number"],
            "counts": version == now,
            "faults": editing.faults(version)[: editing.SHOWN],
            "changes": editing.differences(editing.content_of(since), editing.content_of(version)),
            "against_current": None
            if since == now
            else editing.differences(editing.content_of(now), editing.content_of(version)),
            "current": now,
            "choices": RulebookChoice.objects.filter(version=version).select_related("by"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            editing.choose(version=self.version, by=request.user, why=request.POST.get("why", ""))
        except ValidationError as error:
            for said in error.messages:
                messages.error(request, said)
            return self.render_to_response(self.get_context_data(why=request.POST.get("why", "")))
        messages.success(request, _("Version %(number)s counts from now on.") % {"number": self.kwargs["number"]})
        return redirect("loa_rules")


class RulesMenuItem(MenuItem):
    """For those who may look at the rules."""

    def is_shown(self, request: HttpRequest) -> bool:
        self.url = reverse("loa_rules")
        user: Any = request.user
        return bool(user.has_perm(CHANGE_RULES))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("quy-tac/", RulesView.as_view(), name="loa_rules"),
        path("quy-tac/moi/", RuleView.as_view(), name="loa_rule_new"),
        path("quy-tac/tu/<slug:name>/", WordListView.as_view(), name="loa_rules_words"),
        path("quy-tac/ban/<int:number>/", VersionView.as_view(), name="loa_rules_version"),
        path("quy-tac/<slug:rule_id>/", RuleView.as_view(), name="loa_rule"),
    ]


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    return RulesMenuItem(TITLE, "", name="loa_rules", icon_name="lock", order=225)

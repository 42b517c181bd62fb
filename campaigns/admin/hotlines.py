"""Hotlines on the spot: put a number into the register from a finding, and say that one was checked again."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from campaigns.admin.permissions import ADD_HOTLINES, CHECK_HOTLINES, Requires
from campaigns.hotline_checks import CHECK_AFTER, LONGEST, checked_again
from campaigns.models import Hotline
from campaigns.safeguards.phones import national

NEW_TITLE = gettext_lazy("Put a number into the register")
CHECK_TITLE = gettext_lazy("This number was checked again")


class HotlineForm(forms.ModelForm):
    """What the register has to know of a number before a text may name it."""

    class Meta:
        model = Hotline
        fields = ("number", "name", "owner", "scope", "hours", "source", "valid_until")
        widgets = {"valid_until": AdminDateInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_until"].required = True

    def clean_number(self) -> str:
        number = " ".join(self.cleaned_data["number"].split())
        figures = national(number)
        if not 3 <= len(figures) <= 15 or not set(number) <= set("0123456789 .+-()"):
            raise ValidationError(_("Write the number in figures."))
        if any(national(one) == figures for one in Hotline.objects.values_list("number", flat=True)):
            raise ValidationError(_("This number is in the register already. Say there that it was checked again."))
        return number

    def clean_valid_until(self) -> dt.date:
        day: dt.date = self.cleaned_data["valid_until"]
        if not timezone.localdate() < day <= timezone.localdate() + LONGEST:
            raise ValidationError(_("Choose a day within the next two years."))
        return day


class CheckForm(forms.Form):
    source = forms.CharField(
        label=gettext_lazy("How it was checked"),
        max_length=255,
        help_text=gettext_lazy("Who answered the call, or the page or paper that names it."),
    )
    valid_until = forms.DateField(label=gettext_lazy("valid until"), widget=AdminDateInput)


class _HotlineScreen(Requires, WagtailAdminTemplateMixin, TemplateView):
    template_name = "campaigns/admin/hotlines/form.html"
    header_icon = "mobile-alt"
    title: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "header_title": self.title,
            "title": self.title,
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": self.title}],
        }

    @staticmethod
    def _in_a_year() -> dt.date:
        return timezone.localdate() + CHECK_AFTER


class NewHotlineView(_HotlineScreen):
    """An approver adds a number with its source; the text that names it can go on at once."""

    requires = ADD_HOTLINES
    title = NEW_TITLE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        initial = {"number": request.GET.get("so", "")[:20], "valid_until": self._in_a_year()}
        return self.render_to_response(self.get_context_data(form=HotlineForm(initial=initial)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = HotlineForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        hotline = form.save(commit=False)
        hotline.checked_on = timezone.localdate()
        hotline.save()
        checked_again(hotline=hotline, by=request.user, source=hotline.source, valid_until=hotline.valid_until)
        messages.success(request, _("%(number)s is in the register.") % {"number": hotline})
        page = request.GET.get("bai", "")
        return redirect(reverse("loa_decisions", args=[page]) if page.isdecimal() else "wagtailadmin_home")


class CheckHotlineView(_HotlineScreen):
    """Who checked a number again, when, and from which source."""

    requires = CHECK_HOTLINES
    title = CHECK_TITLE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hotline = get_object_or_404(Hotline, pk=self.kwargs["pk"])
        form = CheckForm(initial={"valid_until": self._in_a_year()})
        checks = hotline.checks.select_related("by")
        return super().get_context_data(**{"form": form, "hotline": hotline, "checks": checks, **kwargs})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        hotline, form = get_object_or_404(Hotline, pk=kwargs["pk"]), CheckForm(request.POST)
        if form.is_valid():
            try:
                checked_again(hotline=hotline, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Noted: %(number)s was checked today.") % {"number": hotline})
                return redirect("wagtailadmin_home")
        return self.render_to_response(self.get_context_data(form=form))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("duong-day-nong-moi/", NewHotlineView.as_view(), name="loa_hotline_new"),
        path("duong-day-nong/<int:pk>/da-kiem-tra/", CheckHotlineView.as_view(), name="loa_hotline_check"),
    ]

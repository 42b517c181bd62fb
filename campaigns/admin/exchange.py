"""The translator's sheet in the admin: take it out of a version, bring it back into a draft."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from campaigns.exchange.returned import MAX_FILE, import_sheet
from campaigns.exchange.sheet import CannotExport, language_of, refuse_no_text, write_sheet
from campaigns.imports.table import CannotRead, Fault
from campaigns.models import EventPage, MaterialPage, OutsideTranslation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_FAULTS = 50


class ReturnForm(forms.Form):
    translator = forms.CharField(
        label=gettext_lazy("Who translated it"),
        max_length=120,
        help_text=gettext_lazy("Counts among the writers: this person cannot confirm the text as its native reader."),
    )
    file = forms.FileField(
        label=gettext_lazy("The sheet that came back (.xlsx)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE:
            raise forms.ValidationError(_("The file is too large: a sheet of texts has at most 5 MB."))
        return file


class VersionView(View):
    """A view of one translation that the user may write in."""

    @cached_property
    def page(self) -> Any:
        page = get_object_or_404(Page.objects.type(MaterialPage, EventPage), pk=self.kwargs["page_id"]).specific
        if not page.permissions_for_user(self.request.user).can_edit():
            raise PermissionDenied
        return page


class SheetView(VersionView):
    """The sheet as a file."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            content = write_sheet(self.page)
        except CannotExport as error:
            messages.error(request, str(error))
            return redirect("wagtailadmin_pages:edit", self.page.pk)
        name = f"{slugify(self.page.slug)[:60]}_{self.page.locale.language_code}.xlsx"
        shown = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        return HttpResponse(content, content_type=XLSX, headers=shown)


class ExchangeView(VersionView, WagtailAdminTemplateMixin, TemplateView):
    """Take the sheet out; bring it in again, all of it or nothing."""

    template_name = "campaigns/admin/exchange/exchange.html"
    header_icon = "download"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            refuse_no_text(self.page)
        except CannotExport as error:
            messages.warning(request, str(error))
            return redirect("wagtailadmin_pages:edit", self.page.pk)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ReturnForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            import_sheet(
                page=self.page,
                content=form.cleaned_data["file"].read(),
                user=request.user,
                translator=form.cleaned_data["translator"],
            )
        except CannotRead as error:
            return self.render_to_response(self.get_context_data(form=form, faults=error.faults), status=422)
        except PermissionDenied as error:
            faults = [Fault(0, "", str(error))]
            return self.render_to_response(self.get_context_data(form=form, faults=faults), status=403)
        messages.success(request, _("All texts are in the draft now. Look them over, then submit the version."))
        return redirect("wagtailadmin_pages:edit", self.page.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if self.page.locale.language_code == "vi":
            raise Http404
        faults = kwargs.pop("faults", [])
        title = _("Sheet for a translator")
        return {
            "form": ReturnForm(),
            **super().get_context_data(**kwargs),
            "header_title": f"{title}: {self.page.get_admin_display_title()}",
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": title}],
            "version": self.page,
            "language": language_of(self.page),
            "faults": faults[:SHOWN_FAULTS],
            "more": max(0, len(faults) - SHOWN_FAULTS),
            "earlier": OutsideTranslation.objects.filter(page_id=self.page.pk).select_related("imported_by")[:10],
        }

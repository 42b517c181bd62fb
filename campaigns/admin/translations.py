"""“Create a translation”: the list of approved content for translators, and the same for one content."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from campaigns.models import EventPage, Language, MaterialPage
from campaigns.models.pages import CampaignContent
from campaigns.translations import languages_for, source_of, start_translation

TITLE = gettext_lazy("Translations")
PER_PAGE = 20


@dataclasses.dataclass(frozen=True)
class Row:
    """One content: the versions that the user may write in, and the languages still without one."""

    content: Any
    there: list[tuple[Language, Any]]
    missing: list[Language]


def row_of(content: Any, languages: list[Language]) -> Row:
    versions = {page.locale.language_code: page for page in content.get_translations().select_related("locale")}
    return Row(
        content,
        [(one, versions[one.code]) for one in languages if one.code in versions],
        [one for one in languages if one.code not in versions],
    )


class TranslationsView(WagtailAdminTemplateMixin, TemplateView):
    """Content to translate. Who may write in no other language is turned away."""

    template_name = "campaigns/admin/translations/list.html"
    page_title = TITLE
    header_icon = "globe"
    languages: list[Language]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.languages = languages_for(request.user)
        if not self.languages:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def contents(self) -> list[Any]:
        """Vietnamese content that is live, thus approved; the newest first."""
        live = (
            Page.objects.live()
            .type(MaterialPage, EventPage)
            .filter(locale__language_code=settings.LANGUAGE_CODE)
            .order_by("-last_published_at", "-pk")
        )
        self.page = Paginator(live, PER_PAGE).get_page(self.request.GET.get("p"))
        return [page.specific for page in self.page.object_list]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [row_of(content, self.languages) for content in self.contents()]
        return {
            **super().get_context_data(**kwargs),
            "header_title": TITLE,
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": TITLE}],
            "rows": rows,
            "listed": getattr(self, "page", None),
        }


class TranslateView(TranslationsView):
    """One content, drafts included, for whoever may edit it or finds it in the list."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        page = get_object_or_404(Page.objects.type(MaterialPage, EventPage), pk=kwargs["page_id"])
        self.content = source_of(page.specific)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.content.live and not self.content.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def contents(self) -> list[Any]:
        return [self.content]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = get_object_or_404(Language, code=request.POST.get("language", ""))
        try:
            draft = start_translation(content=self.content, language=language, user=request.user)
        except PermissionError as error:
            raise PermissionDenied from error
        said = _("This is the version in %(language)s. Write over the Vietnamese texts, then submit it.")
        messages.success(request, said % {"language": language.name_vi})
        return redirect("wagtailadmin_pages:edit", draft.pk)


def translates(user: Any) -> bool:
    """Whether ``user`` may write in any other language: asked once for each request, however many rows."""
    if not hasattr(user, "loa_translates"):
        user.loa_translates = bool(languages_for(user))
    return bool(user.loa_translates)


class TranslationsMenuItem(MenuItem):
    """For those who may write in a language other than Vietnamese."""

    def is_shown(self, request: HttpRequest) -> bool:
        self.url = reverse("loa_translations")
        return translates(request.user)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("ban-dich/", TranslationsView.as_view(), name="loa_translations"),
        path("ban-dich/<int:page_id>/", TranslateView.as_view(), name="loa_translate"),
    ]


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    return TranslationsMenuItem(TITLE, "", name="loa_translations", icon_name="globe", order=145)


@hooks.register("register_page_header_buttons")
def translate_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """“Create a translation”, on materials and events."""
    if isinstance(page, CampaignContent) and translates(user):
        yield Button(_("Create a translation"), reverse("loa_translate", args=[page.pk]), icon_name="globe", priority=7)


@hooks.register("register_page_listing_more_buttons")
def translate_button_in_lists(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """The same in the lists."""
    if isinstance(page, CampaignContent) and translates(user):
        address = reverse("loa_translate", args=[page.pk])
        yield Button(_("Create a translation"), address, icon_name="globe", priority=26)

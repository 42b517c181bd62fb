"""Loa's face in Wagtail's admin: the staff's home, and a menu without what nobody here needs."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.site_summary import SummaryItem

from cms import document_privacy  # noqa: F401 - registers its hook
from cms.models import User
from cms.staff_home import panels_for
from cms.superusers import keep_out_of_reach

# Wagtail's own entries that our staff never use. Pages stay for senior editors and administrators.
HIDDEN_MENU = {"help", "reports"}
HIDDEN_SETTINGS = {"redirects", "workflows", "workflow-tasks", "snippets"}
PAGE_TREE = "explorer"
SEES_PAGE_TREE = "campaigns.change_language"


@hooks.register("construct_homepage_panels")
def use_our_panels(request: HttpRequest, panels: list[Any]) -> None:
    panels[:] = panels_for(request.user)


@hooks.register("construct_homepage_summary_items")
def no_summary(request: HttpRequest, items: list[SummaryItem]) -> None:
    """Counts of pages, pictures and files tell our staff nothing."""
    items.clear()


@hooks.register("construct_main_menu")
def hide_unused(request: HttpRequest, menu_items: list[Any]) -> None:
    user: Any = request.user
    hidden = set(HIDDEN_MENU)
    if not user.has_perm(SEES_PAGE_TREE):
        hidden.add(PAGE_TREE)
    menu_items[:] = [item for item in menu_items if item.name not in hidden]


@hooks.register("construct_settings_menu")
def hide_unused_settings(request: HttpRequest, menu_items: list[Any]) -> None:
    user: Any = request.user
    if not user.is_superuser:
        menu_items[:] = [item for item in menu_items if item.name not in HIDDEN_SETTINGS]


@hooks.register("before_bulk_action")
def spare_superusers(request: HttpRequest, action_type: str, objects: list[Any], action: Any) -> None:
    """Switching accounts off or giving them roles, many at once: superusers stay out of reach here, too."""
    keep_out_of_reach(request, [one for one in objects if isinstance(one, User)])

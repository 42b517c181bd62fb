"""Where the stations' screens hang in the admin: plan, plays, week grid, sheets for many stations."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from campaigns.admin import plays, posting_sheets, slot_plan, week_grid


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("phat-loa/", plays.PlaysView.as_view(), name="loa_plays"),
        path("phat-loa/tuan/", week_grid.WeekGridView.as_view(), name="loa_week_grid"),
        path("phat-loa/khung-gio/", slot_plan.SlotPlanView.as_view(), name="loa_slot_plan"),
        path("phat-loa/nhat-ky/", plays.ReceiverLogView.as_view(), name="loa_receiver_log"),
        path("phat-loa/xuat.json", plays.ExportView.as_view(), name="loa_plays_export"),
        path("phat-loa/anh/<int:pk>/", plays.PhotoView.as_view(), name="loa_play_photo"),
        path("phat-loa/hong/<int:pk>/", plays.SolveFaultView.as_view(), name="loa_fault_solved"),
        path(
            "lich-dang/<int:pk>/phieu.pdf", posting_sheets.SheetsView.as_view(), {"form": "pdf"}, name="loa_sheets_pdf"
        ),
        path(
            "lich-dang/<int:pk>/phieu.zip", posting_sheets.SheetsView.as_view(), {"form": "zip"}, name="loa_sheets_zip"
        ),
    ]


class PlaysMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(plays.SEE_PLAYS))


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    # Made for each request: the addresses are not there yet when the hooks are registered.
    return PlaysMenuItem(plays.TITLE, reverse("loa_plays"), name="plays", icon_name="media", order=175)

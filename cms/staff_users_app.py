"""Wagtail's accounts app with our forms. Settings name it; no model may be imported here."""

from wagtail.users.apps import WagtailUsersAppConfig


class StaffUsersConfig(WagtailUsersAppConfig):
    user_viewset = "cms.staff_users.StaffViewSet"

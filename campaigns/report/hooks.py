"""Hangs the report's addresses into Wagtail's admin (imported when the app is ready)."""

from django.urls import URLPattern, URLResolver, include, path
from wagtail import hooks


@hooks.register("register_admin_urls")
def register_report_urls() -> list[URLPattern | URLResolver]:
    return [path("bao-cao/", include("campaigns.report.urls"))]

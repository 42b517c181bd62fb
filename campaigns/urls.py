"""Addresses without a login: feeds, tracked links, stations, posting by hand, field results."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("campaigns.public.urls")),
    path("", include("campaigns.personal.urls")),
]

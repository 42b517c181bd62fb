"""Public addresses that are no pages."""

from django.urls import URLPattern, path, re_path

from campaigns import row_number  # noqa: F401  (makes <row:…>)
from campaigns.public import calendar, clicks, feeds, robots

app_name = "public"

FEED = r"nguon-tin/(?P<slug>[-\w]+)\.(?P<kind>xml|atom)$"

urlpatterns: list[URLPattern] = [
    path("robots.txt", robots.robots, name="robots"),
    path("l/<slug:code>", clicks.follow, name="link"),
    path("l/<slug:code>/", clicks.follow),
    path("lich/<row:page_id>.ics", calendar.event_calendar, name="calendar"),
    re_path(rf"^{FEED}", feeds.feed, name="feed"),
    re_path(rf"^dien-tap/{FEED}", feeds.feed, {"rehearsal": True}, name="rehearsal-feed"),
]

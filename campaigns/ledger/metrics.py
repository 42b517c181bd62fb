"""Which indicator a platform's metric, a play or a field result counts for, and under which form."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# One table for all platforms. Where a platform reports two metrics for one indicator, the lower
# rank is taken and the other left alone: the same views are never added twice.
METRICS: dict[str, tuple[str, int]] = {
    "views": ("views", 0),
    "post_media_view": ("views", 1),
    "post_video_views": ("views", 3),
    "total_view": ("views", 2),
    "reactions": ("reactions", 0),
    "post_reactions_by_type_total": ("reactions", 1),
    "total_reaction": ("reactions", 2),
    "post_total_media_view_unique": ("reach", 0),
}

# What platforms' figures are called; publishers use these names for all platforms.
METRIC_NAMES: dict[str, Any] = {
    "views": _("views"),
    "reactions": _("reactions"),
    "clicks_on_platform": _("clicks on the platform"),
    "followers": _("followers"),
}

# The value of loud_minutes is kept in seconds, so that sums stay exact; readers are shown minutes.
SCALES: dict[str, int] = {"loud_minutes": 60}

# The form of Decree 49/2024/ND-CP that a field result belongs to. What is not here (banners, posters,
# press items …) is none of the eight forms and is reported as such.
FORMS_OF_INDICATORS: dict[str, str] = {
    "session": "communicator",
    "attendance": "communicator",
    "mobile": "communicator",
    "rally": "communicator",
    "pledge": "communicator",
    "influential": "communicator",
    "household": "communicator",
    "training": "communicator",
    "trainees": "communicator",
    "leaflet": "document",
    "document": "document",
    "loud_plays": "station",
    "loud_minutes": "station",
    "sms": "sms",
}

# A station's sheet and a text to be posted by hand are no posts: a play or a declaration proves them.
PLATFORMS_WITHOUT_POSTS = ("loudspeaker", "manual")


def scale_of(code: str) -> int:
    """What a stored value is divided by to get the indicator's unit (1 for nearly all)."""
    return SCALES.get(code, 1)

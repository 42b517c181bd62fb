"""All addresses of the site. Everything that is no page comes before the page tree."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from campaigns.public.serve import serve_page
from cms.uploads import upload

urlpatterns = [
    path("quan-tri/", include(wagtailadmin_urls)),
    path("tep/", include(wagtaildocs_urls)),
    path("", include("campaigns.urls")),
    path("", include("publishers.urls")),
    path("uploads/<path:path>", upload, name="upload"),
]
urlpatterns += i18n_patterns(
    # Finds a page in one query; what it does not find goes on to Wagtail's own routing.
    re_path(wagtail_urls.serve_pattern, serve_page, name="wagtail_serve"),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

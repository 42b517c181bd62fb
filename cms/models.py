"""The user and the home page."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from campaigns.models import EventPage, MaterialPage


class User(AbstractUser):
    """A member of staff. Roles are groups (cms/roles.py)."""

    phone = models.CharField(_("telephone"), max_length=30, blank=True)

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_full_name(self) -> str:
        """Family name first, as Vietnamese names are written."""
        return f"{self.last_name} {self.first_name}".strip()


class HomePage(Page):
    """The public front page of one language."""

    intro = RichTextField(_("introduction"), blank=True, features=["bold", "italic", "link"])

    template = "cms/home_page.html"
    subpage_types = ["campaigns.SectionPage"]
    content_panels = [*Page.content_panels, FieldPanel("intro")]
    max_materials = 12
    max_events = 6

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        live_events = EventPage.objects.descendant_of(self).live().select_related("place")
        coming = live_events.filter(starts_at__gte=timezone.now() - dt.timedelta(hours=6))
        context["events"] = coming.order_by("starts_at")[: self.max_events]
        materials = MaterialPage.objects.descendant_of(self).live().select_related("cover")
        context["materials"] = materials.order_by("-first_published_at", "-pk")[: self.max_materials]
        return context

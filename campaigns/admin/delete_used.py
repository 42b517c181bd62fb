"""Deleting what is in use: refused in words, for the record needs it."""

from typing import Any

from django.contrib import messages
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic.models import DeleteView


class UnusedDeleteView(DeleteView):
    """Deletes what nothing depends on; everything else stays, and staff read why."""

    in_use: Any = _("This is in use, so it stays: other entries and the record need it.")

    def form_valid(self, form: Any) -> HttpResponseBase:
        try:
            return super().form_valid(form)
        except (ProtectedError, RestrictedError):
            messages.error(self.request, self.in_use)
            return redirect(self.get_success_url())


class ChannelDeleteView(UnusedDeleteView):
    """For channels and stations."""

    in_use = _("This was used already, so it stays on the record. Stop the channel instead of deleting it.")

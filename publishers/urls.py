"""The one address that platforms call by themselves."""

from django.urls import path

from publishers import webhooks

urlpatterns = [path("webhook/<slug:platform>/<int:channel_id>/", webhooks.receive, name="webhook")]

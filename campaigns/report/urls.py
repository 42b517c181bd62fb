"""Addresses of the reach report inside the admin."""

from django.urls import path

from campaigns.admin import report_views as views

urlpatterns = [
    path("", views.ReportView.as_view(), name="reach_report"),
    path("nguon/", views.SourcesView.as_view(), name="reach_report_sources"),
    path("tai/<str:form>/", views.FileView.as_view(), name="reach_report_file"),
]

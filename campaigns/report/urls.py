"""Addresses of the reach report inside the admin."""

from django.urls import path

from campaigns.admin import report_signing, report_texts
from campaigns.admin import report_views as views

urlpatterns = [
    path("", views.ReportView.as_view(), name="reach_report"),
    path("nguon/", views.SourcesView.as_view(), name="reach_report_sources"),
    path("tai/<str:form>/", views.FileView.as_view(), name="reach_report_file"),
    path("ky/", report_signing.SignView.as_view(), name="reach_report_sign"),
    path("da-ky/", report_signing.SignedListView.as_view(), name="signed_reports"),
    path("da-ky/<int:pk>/", report_signing.SignedView.as_view(), name="signed_report"),
    path("da-ky/<int:pk>/tai/<str:form>/", report_signing.SignedFileView.as_view(), name="signed_report_file"),
    path("loi-van/", report_texts.TextsView.as_view(), name="report_texts"),
]

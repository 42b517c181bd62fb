"""Addresses of the pages behind personal links."""

from django.urls import path

from campaigns.personal import field, manual, offline, podcast, review, station, take_away

urlpatterns = [
    path("tram/<str:token>/", station.station, name="personal_station"),
    path("tram/<str:token>/phat/<int:item>/", station.confirm, name="personal_confirm"),
    path("tram/<str:token>/sua/<int:playback>/", station.correct, name="personal_correct"),
    path("tram/<str:token>/phieu/<int:item>.pdf", station.sheet, {"form": "pdf"}, name="personal_sheet_pdf"),
    path("tram/<str:token>/phieu/<int:item>.docx", station.sheet, {"form": "docx"}, name="personal_sheet_docx"),
    path("tram/<str:token>/bao-hong/", station.fault, name="personal_fault"),
    path("tram/<str:token>/usb.zip", take_away.usb, name="personal_usb"),
    path("tram/<str:token>/phieu-tuan.pdf", take_away.sheets, name="personal_sheets"),
    path("tram/<str:token>/tuan.ics", take_away.calendar, name="personal_calendar"),
    path("tram/<str:token>/sw.js", offline.worker, name="personal_worker"),
    path("tram/<str:token>/podcast.xml", podcast.station_podcast, name="personal_podcast"),
    path("tram/<str:token>/list.m3u", podcast.station_playlist, name="personal_playlist"),
    path("tram/<str:token>/bt-<int:item>.<str:extension>", podcast.station_file, name="personal_file"),
    path("may-thu/<str:token>/podcast.xml", podcast.receiver_podcast, name="receiver_podcast"),
    path("may-thu/<str:token>/list.m3u", podcast.receiver_playlist, name="receiver_playlist"),
    path("may-thu/<str:token>/tuan.ics", podcast.receiver_calendar, name="receiver_calendar"),
    path("may-thu/<str:token>/bt-<int:item>.<str:extension>", podcast.receiver_file, name="receiver_file"),
    path("may-thu/<str:token>/ban-tin.json", podcast.receiver_bulletins, name="receiver_bulletins"),
    path("may-thu/<str:token>/nhat-ky.json", podcast.log, name="receiver_log"),
    path("dang/<str:token>/", manual.manual, name="personal_manual"),
    path("dang/<str:token>/da-dang/<int:item>/", manual.posted, name="personal_posted"),
    path("ket-qua/<str:token>/", field.field, name="personal_field"),
    path("doc-lai/<str:token>/", review.review, name="personal_review"),
]

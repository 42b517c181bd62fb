import importlib

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns import approved_media
        from campaigns import gate as campaign_gate
        from campaigns.admin import slug_field
        from campaigns.public import page_cache
        from media import keeping
        from publishers import gate

        gate.register(campaign_gate.decide)
        keeping.register(approved_media.refusal)
        importlib.import_module("campaigns.report.hooks")
        importlib.import_module("campaigns.admin.translations")
        importlib.import_module("campaigns.admin.picture_delete")
        importlib.import_module("campaigns.admin.consents")
        importlib.import_module("campaigns.admin.native_reading_hooks")
        importlib.import_module("campaigns.admin.rules")
        importlib.import_module("campaigns.admin.decisions")
        importlib.import_module("campaigns.admin.findings")
        importlib.import_module("campaigns.admin.hotlines")
        importlib.import_module("campaigns.admin.coverage_hooks")
        importlib.import_module("campaigns.admin.station_hooks")
        importlib.import_module("campaigns.admin.poster_hooks")
        importlib.import_module("campaigns.admin.recorder_hooks")
        importlib.import_module("campaigns.admin.content_editor")
        importlib.import_module("campaigns.coverage.signals").connect()
        importlib.import_module("campaigns.coverage.notices").connect()
        page_cache.connect()
        slug_field.register()

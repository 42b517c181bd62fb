from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns import gate as campaign_gate
        from publishers import gate

        gate.register(campaign_gate.decide)

from django.apps import AppConfig


class PublishersConfig(AppConfig):
    name = "publishers"

    def ready(self) -> None:
        from publishers import checks  # noqa: F401

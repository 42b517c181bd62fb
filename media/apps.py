from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "media"

    def ready(self) -> None:
        from media import checks, keeping  # noqa: F401

        keeping.connect()

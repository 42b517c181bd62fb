"""Live channels whose platforms are the stand-in: nothing of Loa's own sandbox is involved."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from publishers import gate, outbox
from publishers.message import Attachment, Message
from publishers.models import Channel, Delivery, Operation
from publishers.sender import work_a_shift
from tests.publishers.standin.server import StandIn

COVER = Attachment(name="", url="https://loa.example/b%C3%ACa.jpg", mime="image/jpeg", alt="Bìa")


@pytest.fixture
def platforms(settings: Any) -> Iterator[StandIn]:
    """The stand-in behind the settings that a live installation has."""
    with StandIn() as stand_in:
        for name, url in stand_in.urls.items():
            setattr(settings, name, url)
        settings.TELEGRAM_LIVE = True
        settings.SITE_URL = "https://loa.example"
        settings.ZALO_NIGHT = "00:00-00:00"
        # A rehearsal would end here, and be seen.
        settings.LOA_SANDBOX_URL = f"{stand_in.base}/sandbox"
        # So that a test need not wait; the stand-in's own limits are far wider.
        settings.FACEBOOK_SECONDS_PER_POST = 0.01
        yield stand_in


@dataclasses.dataclass
class Live:
    """Makes live channels and deliveries, and works until nothing is left to do."""

    platforms: StandIn
    count: int = 0

    def channel(self, platform: str, **options: str) -> Channel:
        known = self.platforms
        given = {
            "telegram": ({"chat_id": f"@{known.telegram.username}"}, {"token": known.telegram.token}),
            "facebook": ({"page_id": known.facebook.page, "app_id": known.facebook.app}, self._facebook_secrets()),
            "zalo": (
                {"oa_id": known.zalo.oa, "app_id": known.zalo.app},
                {
                    "access_token": known.zalo.access,
                    "refresh_token": known.zalo.refresh,
                    "app_secret": known.zalo.secret,
                },
            ),
        }[platform]
        chosen = {**given[0], **options}
        channel = Channel(platform=platform, name=f"Kênh thật {platform}", options=chosen, form="social")
        channel.secrets = given[1]
        channel.save()
        return channel

    def _facebook_secrets(self) -> dict[str, str]:
        return {"token": self.platforms.facebook.token, "app_secret": self.platforms.facebook.secret}

    def deliver(self, channel: Channel, **fields: Any) -> Delivery:
        self.count += 1
        due = fields.pop("due", None)
        if channel.platform == "zalo":
            fields.setdefault("images", (COVER,))
        text = fields.pop("text", f"Tin số {self.count}: nghi ngờ mua bán người, hãy gọi 111.")
        title = fields.pop("title", f"Tin {self.count}")
        link = fields.pop("link", f"https://loa.example/l/thu{self.count}")
        message = Message(text=text, title=title, link=link, **fields)
        new = outbox.NewDelivery(channel, f"live:{self.count}", message, due or timezone.now())
        return outbox.register([new], by="test")[new.reference]

    def work(self, shifts: int = 8) -> None:
        """Shifts of the real sender, until nothing is ready."""
        for _shift in range(shifts):
            if not Operation.objects.filter(state__in=("ready", "running")).exists():
                return
            work_a_shift(3)


@pytest.fixture
def live(platforms: StandIn, transactional_db: None) -> Iterator[Live]:
    before = list(gate._registered)
    gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))
    yield Live(platforms)
    gate._registered[:] = before


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))

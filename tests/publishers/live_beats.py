"""A process of an installation whose platforms the environment names: ``python -m … prepare|beat|show``."""

import json
import os
import sys
import time


def prepare() -> None:
    """An empty database with two live channels and ten posts due."""
    from django.core.management import call_command
    from django.utils import timezone

    from publishers import outbox
    from publishers.message import Attachment, Message
    from publishers.models import Channel

    call_command("migrate", "publishers", verbosity=0)
    cover = (Attachment(name="", url="https://loa.example/c.jpg", mime="image/jpeg"),)
    new = []
    for platform, (options, secrets) in json.loads(sys.argv[2]).items():
        channel = Channel(platform=platform, name=platform, options=options, form="social")
        channel.secrets = secrets
        channel.save()
        images = cover if platform == "zalo" else ()
        new += [
            outbox.NewDelivery(
                channel, f"{platform}:{n}", Message(text=f"Tin {n}", title=f"Tin {n}", images=images), timezone.now()
            )
            for n in range(5)
        ]
    outbox.register(new, by="test")


def beat() -> None:
    """Tick every second, as beat does, and work on each tick at once."""
    from publishers import gate
    from publishers.tasks import send_due

    gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))
    until = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < until:
        send_due()
        time.sleep(1)


def show() -> None:
    from publishers.models import Attempt, Delivery

    states = sorted(Delivery.objects.values_list("state", flat=True))
    print(json.dumps({"states": states, "outcomes": sorted(set(Attempt.objects.values_list("outcome", flat=True)))}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    import django

    django.setup()
    {"prepare": prepare, "beat": beat, "show": show}[sys.argv[1]]()

"""A sender in a process of its own, for tests in which two of them meet: ``python -m … prepare|work|show``."""

import json
import os
import sys


def prepare() -> None:
    """An empty database with one channel whose access token ran out, and ten articles due."""
    from django.core.management import call_command
    from django.utils import timezone

    from publishers import outbox
    from publishers.message import Attachment, Message
    from publishers.models import Channel
    from publishers.sandbox import credentials

    call_command("migrate", "publishers", verbosity=0)
    account = "999400500600"
    old = int(timezone.now().timestamp()) - 2 * 86_400
    channel = Channel(platform="zalo", name="Kênh", options={"oa_id": account, "app_id": "1"}, rehearsal=True)
    issued = credentials.issue("zalo", account)
    lineage = credentials.zalo_token_parts(issued["access_token"]).lineage
    channel.secrets = {**issued, "access_token": credentials.zalo_token("access", account, lineage, 0, old)}
    channel.save()
    cover = Attachment(name="", url=os.environ["COVER"], mime="image/jpeg")
    due = timezone.now()
    outbox.register(
        [
            outbox.NewDelivery(channel, f"test:{n}", Message(text=f"Tin {n}", title=f"Tin {n}", images=(cover,)), due)
            for n in range(10)
        ],
        by="test",
    )


def work() -> None:
    from publishers import gate
    from publishers.sender import BATCH, work_a_shift  # noqa: F401

    gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))
    work_a_shift(float(sys.argv[2]))


def show() -> None:
    from publishers.models import Attempt, Channel, Delivery

    print(
        json.dumps(
            {
                "states": sorted(Delivery.objects.values_list("state", flat=True)),
                "codes": sorted(set(Attempt.objects.exclude(code="").values_list("code", flat=True))),
                "secrets": Channel.objects.get().secrets,
            }
        )
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    import django

    django.setup()
    {"prepare": prepare, "work": work, "show": show}[sys.argv[1]]()

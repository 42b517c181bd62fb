"""Make a channel with its audience from the command line."""

import json
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from campaigns.models import Audience, AudienceLanguage, Language, Place, Slot, Station, TargetGroup
from campaigns.typed_text import time_of_day
from publishers import registry
from publishers.models import Channel, Form
from publishers.sandbox import credentials


class Command(BaseCommand):
    help = "Make a channel and print its id as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--platform", required=True, choices=sorted(registry.platforms()))
        parser.add_argument("--name", required=True)
        parser.add_argument("--option", action="append", default=[], metavar="K=V")
        parser.add_argument("--secret", action="append", default=[], metavar="K=V", help="K=- reads standard input")
        parser.add_argument("--language", action="append", default=[], help="key, in order; without one Vietnamese")
        parser.add_argument("--group", action="append", default=[])
        parser.add_argument("--place", action="append", default=[], metavar="CODE")
        parser.add_argument("--form", choices=Form.values, help="form under Decree 49/2024; else the platform's")
        parser.add_argument("--rehearsal", action="store_true", help="talks to the sandbox only, for ever")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                channel = self._make(options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages), returncode=1) from error
        self.stdout.write(json.dumps({"id": channel.pk}))

    def _make(self, given: dict[str, Any]) -> Channel:
        platform = registry.get(given["platform"])
        channel = Channel(
            platform=platform.name,
            name=given["name"],
            options=pairs(given["option"]),
            rehearsal=given["rehearsal"],
            form=given["form"] or platform.form,
        )
        secrets = {name: opened(value) for name, value in pairs(given["secret"]).items()}
        if channel.rehearsal and not secrets and platform.secrets:
            secrets = rehearsal_secrets(channel)
        channel.secrets = secrets
        channel.save()
        places = [place_today(code) for code in given["place"]]
        self._audience(channel, given, places)
        if platform.name == "loudspeaker":
            self._station(channel, places)
        return channel

    def _audience(self, channel: Channel, given: dict[str, Any], places: list[Place]) -> None:
        audience = Audience.objects.create(channel=channel)
        audience.places.set(places)
        audience.groups.set([one(TargetGroup, "key", key) for key in given["group"]])
        for order, key in enumerate(given["language"] or ["vi"]):
            AudienceLanguage.objects.create(audience=audience, language=one(Language, "key", key), order=order)

    def _station(self, channel: Channel, places: list[Place]) -> None:
        if len(places) != 1:
            raise ValidationError("Trạm loa cần đúng một địa bàn (--place CODE).")
        station = Station.objects.create(channel=channel, place=places[0])
        times = [text for text in str(channel.options.get("slots", "")).replace(",", " ").split() if text]
        Slot.objects.bulk_create([Slot(station=station, at=time_of_day(text)) for text in times])


def pairs(given: list[str]) -> dict[str, str]:
    """``k=v`` arguments as a dictionary."""
    wrong = [text for text in given if "=" not in text]
    if wrong:
        raise CommandError(f"viết tên=giá-trị, không phải {wrong[0].split('=')[0]!r}", returncode=2)
    return dict(text.split("=", 1) for text in given)


def opened(value: str) -> str:
    """A secret's value: ``-`` is a line of standard input, ``$NAME`` a variable of the environment."""
    if value == "-":
        return sys.stdin.readline().strip()
    if value.startswith("$"):
        found = os.environ.get(value[1:])
        if not found:
            raise CommandError(f"biến môi trường {value[1:]} chưa được đặt", returncode=2)
        return found
    return value


def rehearsal_secrets(channel: Channel) -> dict[str, str]:
    """The sandbox's own credentials for the account that the options name."""
    account = next((channel.options[key] for key in ("chat_id", "page_id", "oa_id") if key in channel.options), "")
    try:
        return credentials.issue(channel.platform, account)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def one(model: Any, field: str, value: str) -> Any:
    """The row whose ``field`` is ``value``, or a clear refusal that names what there is."""
    found = model.objects.filter(**{field: value}).first()
    if found is None:
        known = ", ".join(model.objects.values_list(field, flat=True))
        raise CommandError(f"không có {value!r}; có: {known}", returncode=2)
    return found


def place_today(code: str) -> Place:
    """Today's commune with this code: codes are used again after mergers, so the day matters."""
    found = Place.objects.communes().valid_on(timezone.localdate()).filter(code=code).first()
    if found is None:
        raise CommandError(f"không có xã, phường nào hôm nay mang mã {code!r}", returncode=2)
    return found

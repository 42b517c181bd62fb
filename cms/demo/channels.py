"""The demo's channels, all of them rehearsal: they can talk to the sandbox only."""

import dataclasses
import datetime as dt

from django.db import transaction

from campaigns.models import Audience, AudienceLanguage, Language, Place, Slot, Station, TargetGroup
from publishers import registry
from publishers.models import Channel
from publishers.sandbox import credentials


@dataclasses.dataclass(frozen=True)
class Plan:
    """One channel to make. ``place`` is today's commune code; stations read at ``slots``."""

    platform: str
    name: str
    options: dict[str, str]
    languages: tuple[str, ...] = ("vi",)
    groups: tuple[str, ...] = ()
    place: str = ""
    slots: tuple[str, ...] = ()
    form: str = ""
    contact: tuple[str, str] = ("", "")


CHANNELS = (
    Plan("telegram", "Telegram tỉnh", {"chat_id": "@dientap_laocai"}),
    Plan(
        "telegram",
        "Telegram tiếng Mông",
        {"chat_id": "@dientap_mong"},
        languages=("mong-rpa", "vi"),
        groups=("women-girls",),
    ),
    Plan("facebook", "Facebook Phòng, chống mua bán người", {"page_id": "999100200300", "app_id": "999700"}),
    Plan("feed", "Nguồn tin của trang", {"slug": "phong-chong-mua-ban-nguoi"}),
    Plan(
        "loudspeaker",
        "Đài truyền thanh xã Bắc Hà",
        {"slots": "05:15, 17:30"},
        place="02839",
        slots=("05:15", "17:30"),
        contact=("Vàng Văn Mẫu", "0000 000 001"),
    ),
    Plan(
        "manual",
        "Nhóm Zalo thôn vùng biên",
        {"form": "Nhóm Zalo"},
        groups=("border-villages", "parents"),
        place="02683",
        contact=("Lý Thị Mẫu", "0000 000 002"),
    ),
)


def secrets_for(platform: str, options: dict[str, str]) -> dict[str, str]:
    """Rehearsal credentials of the sandbox for an account; none for our own platforms."""
    account = options.get("chat_id") or options.get("page_id") or options.get("oa_id") or ""
    return credentials.issue(platform, account) if registry.get(platform).secrets else {}


def ensure_channels() -> list[Channel]:
    """Make the channels that are missing, with audience and station, and return all."""
    return [_ensure(plan) for plan in CHANNELS]


@transaction.atomic
def _ensure(plan: Plan) -> Channel:
    there = Channel.objects.filter(platform=plan.platform, name=plan.name).first()
    if there is not None:
        return there
    channel = Channel(
        platform=plan.platform,
        name=plan.name,
        options=plan.options,
        rehearsal=True,
        form=plan.form or registry.get(plan.platform).form,
    )
    channel.secrets = secrets_for(plan.platform, plan.options)
    channel.save()
    place = Place.objects.get(code=plan.place, valid_from=dt.date(2025, 7, 1)) if plan.place else None
    audience = Audience.objects.create(channel=channel, contact_name=plan.contact[0], contact_phone=plan.contact[1])
    audience.groups.set(TargetGroup.objects.filter(key__in=plan.groups))
    if place is not None:
        audience.places.add(place)
    for order, key in enumerate(plan.languages):
        AudienceLanguage.objects.create(audience=audience, language=Language.objects.get(key=key), order=order)
    if plan.platform == "loudspeaker" and place is not None:
        station = Station.objects.create(
            channel=channel, place=place, operator_name=plan.contact[0], operator_phone=plan.contact[1]
        )
        Slot.objects.bulk_create([Slot(station=station, at=dt.time.fromisoformat(at)) for at in plan.slots])
    return channel

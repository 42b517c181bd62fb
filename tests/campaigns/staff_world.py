"""Staff in every role, channels and a material, with real models. People and accounts are invented."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from wagtail.models import Collection, Locale, Page

from campaigns import fanout
from campaigns.models import (
    Audience,
    AudienceLanguage,
    Campaign,
    Language,
    MaterialGroupText,
    MaterialPage,
    Posting,
    SectionPage,
    TargetGroup,
)
from campaigns.reference import load_reference
from campaigns.site_tree import MATERIALS_SLUG, source_section
from cms import roles
from cms.models import User
from publishers.models import Channel
from publishers.sandbox import credentials

TITLE = "Việc nhẹ lương cao: bảy câu hỏi"
TEXT = (
    "Trước khi đi làm xa, hỏi đủ bảy câu. Cần giúp, gọi 111; nguy hiểm, gọi 113. "
    "Người bị mua bán có quyền được bảo vệ và hỗ trợ."
)
SECRET = "matkhau-rat-bi-mat"


@dataclasses.dataclass
class StaffWorld:
    """One user for each role, by the role's key; ``chief`` is the superuser."""

    users: dict[str, User]
    chief: User
    campaign: Campaign
    section: SectionPage

    def client(self, role: str) -> Client:
        """A browser's stand-in, signed in as the user of ``role``."""
        client = Client()
        client.force_login(self.chief if role == "chief" else self.users[role])
        return client

    def material(self, *, owner: str = "author", **fields: Any) -> MaterialPage:
        """A draft that ``owner`` wrote."""
        author = self.users[owner]
        values = {"title": TITLE, "slug": f"bay-cau-hoi-{MaterialPage.objects.count()}", "summary": TEXT}
        values["real_case"] = "no"
        page = MaterialPage(
            **(values | {"campaign": self.campaign, "locale": self.section.locale, "owner": author} | fields)
        )
        page.group_texts = [
            MaterialGroupText(
                group=TargetGroup.objects.get(key="pupils"), social_text=f"Bạn học sinh ơi. {TEXT}", locale=page.locale
            )
        ]
        self.section.add_child(instance=page)
        page.live = False
        page.save(update_fields=["live"])
        page.save_revision(user=author, log_action="wagtail.create")
        return MaterialPage.objects.get(pk=page.pk)

    def submitted(self, **fields: Any) -> MaterialPage:
        """A draft that its author submitted."""
        page = self.material(**fields)
        page.get_workflow().start(page, page.owner)
        return MaterialPage.objects.get(pk=page.pk)

    def approved(self, **fields: Any) -> MaterialPage:
        """A material that the approver approved: it is live."""
        page = self.submitted(**fields)
        page.current_workflow_task_state.approve(user=self.users["approver"])
        return MaterialPage.objects.get(pk=page.pk)

    def channel(self, platform: str = "telegram", name: str = "", *, rehearsal: bool = True) -> Channel:
        """A channel for Vietnamese readers."""
        channel = Channel(
            platform=platform,
            name=name or f"Kênh {platform}",
            rehearsal=rehearsal,
            form="social",
            options=dict(OPTIONS[platform]),
        )
        if platform == "feed":  # No two feeds have one address.
            channel.options["slug"] += f"-{Channel.objects.count()}"
        account = OPTIONS[platform].get("chat_id") or OPTIONS[platform].get("page_id")
        if account:
            channel.secrets = credentials.issue(platform, account)
        channel.save()
        audience = Audience.objects.create(channel=channel)
        AudienceLanguage.objects.create(audience=audience, language=Language.objects.get(code="vi"))
        return channel

    def posting(self, *channels: Channel, due: dt.datetime | None = None, page: Any = None) -> Posting:
        """What the channel manager decided: an approved material to ``channels``."""
        page = page or self.approved()
        return fanout.post(
            key=f"thu-{Posting.objects.count()}",
            campaign=self.campaign,
            page=page,
            channels=list(channels),
            due=due or timezone.now() + dt.timedelta(hours=1),
            by=self.users["channel_manager"],
        )


OPTIONS = {
    "telegram": {"chat_id": "@dientap_thu"},
    "facebook": {"page_id": "999100200300"},
    "feed": {"slug": "thu"},
    "manual": {"form": "zalo-group"},
    "loudspeaker": {},
}


@pytest.fixture
def world(db: None) -> StaffWorld:
    return build()


def build() -> StaffWorld:
    make_roots()
    load_reference()
    roles.ensure_roles()
    roles.ensure_workflow()
    users = {}
    for key, role in roles.ROLES.items():
        users[key] = User.objects.create_user(key, first_name=role.name)
        users[key].groups.set([Group.objects.get(name=role.name)])
    chief = User.objects.create_superuser("chief")
    return StaffWorld(users, chief, Campaign.objects.earliest("pk"), source_section(MATERIALS_SLUG))


def make_roots() -> None:
    """What Wagtail's migrations made; a test with real transactions may have flushed it away."""
    locale, _created = Locale.objects.get_or_create(language_code="vi")
    if Page.get_first_root_node() is None:
        Page.add_root(title="Root", slug="root", locale=locale)
    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Root")

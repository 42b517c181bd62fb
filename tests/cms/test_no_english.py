"""No English is left on a screen that staff or readers use: the pages are fetched and read."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve, reverse
from django.utils import timezone, translation
from PIL import Image
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Collection, ModelLogEntry

from campaigns.ledger.metrics import METRIC_NAMES
from campaigns.models import Indicator
from campaigns.personal.links import field_link, manual_link, station_link
from media.models import Picture, StoredDocument
from publishers import outbox
from publishers.models import Attempt, Delivery, Reading
from tests.campaigns.personal_world import World
from tests.campaigns.public_site import PublicSite
from tests.campaigns.staff_world import StaffWorld, world
from tests.cms.english import Screen, english_in

__all__ = ["world"]

ADMIN = "/quan-tri/"
HOME = "wagtailadmin_home"
PAGES_PER_VIEW = 3
# Views that change something when fetched, or that answer with no screen.
NOT_FETCHED = {"wagtailadmin_logout", "wagtailadmin_error_test"}
# Reports of Wagtail that no menu leads to (cms/wagtail_hooks.py) and that print a bare None.
NOT_FETCHED |= {"wagtailadmin_reports:aging_pages", "wagtailadmin_reports:aging_pages_results"}
# What the sender, the reaper and the reconciliation write (publishers/turn.py, shifts.py, reconcile.py).
HISTORIES = (
    (("sending", "sender 0a1b2c3d", ""), ("unknown", "reaper", "lost"), ("sent", "reconciliation", "")),
    (("sending", "sender 0a1b2c3d", ""), ("scheduled", "reaper", "went on")),
    (("sending", "sender", ""), ("failed", "sender", "server-error: 502")),
    (("held", "sender 0a1b2c3d", "overdue: quiet hours"), ("cancelled", "command line", "recall")),
)
ROLES = ("author", "translator", "native_reviewer", "approver", "channel_manager", "report_signer", "senior_editor")


@pytest.fixture(autouse=True)
def _in_vietnamese() -> Iterator[None]:
    """Words that are stored when something happens are made in staff's language, whatever a test left behind."""
    with translation.override("vi"):
        yield


def fill(world: StaffWorld) -> None:
    """One of everything that a list can show, all its names in Vietnamese."""
    for number, user in enumerate([*world.users.values(), world.chief], 1):
        user.username, user.last_name = f"canbo{number}", "Vàng"
        user.first_name = user.first_name or "Mẩy"
        user.save()
    collection = Collection.get_first_root_node().add_child(name="Ảnh đợt tháng 7")
    picture = Picture.objects.create(
        title="Chợ phiên", collection=collection, file=ContentFile(png(), "cho-phien.png")
    )
    document = StoredDocument(title="Kế hoạch đã ký")
    document.file.save("ke-hoach.txt", ContentFile("Kế hoạch".encode()))
    world.submitted(body=[("picture", picture), ("heading", "Hỏi gì?"), ("paragraph", "<p>Hỏi đủ bảy câu.</p>")])
    world.posting(world.channel("telegram"), world.channel("facebook"), world.channel("manual"))
    for number, delivery in enumerate(Delivery.objects.order_by("pk")):
        put_through(delivery, *HISTORIES[number % len(HISTORIES)])
    home = world.section.get_parent()
    Redirect.objects.create(old_path="/cu", redirect_page=home)
    ModelLogEntry.objects.log_action(instance=world.campaign, action="wagtail.edit", user=world.chief)


def put_through(delivery: Delivery, *history: tuple[str, str, str]) -> None:
    """Let a delivery pass through states (state, by whom, why) as the sender would, with its attempts."""
    for state, by, why in history:
        error = why.partition(":")[0] if state in ("failed", "unknown", "held") else ""
        outbox.move(
            delivery_id=delivery.pk, before=(delivery.state,), after=state, by=by, why=why, error_code=error
        )
        delivery.refresh_from_db()
    operation = delivery.operations.get()
    for number, step in enumerate(("upload-1", "post", "send-2", "verify", "broadcast", "create", "delete"), 1):
        Attempt.objects.create(
            operation=operation, n=number, step=step, repeatable=True, started=timezone.now(), outcome="ambiguous"
        )
    for metric in METRIC_NAMES:
        Reading.objects.create(
            channel=delivery.channel, delivery=delivery, metric=metric, value=7, read_at=timezone.now()
        )


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def plain_addresses(resolver: Any = None, names: tuple[str, ...] = ()) -> Iterator[str]:
    """The address of every view of the admin that needs no argument, also where no link leads."""
    for entry in (resolver or get_resolver(wagtailadmin_urls)).url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from plain_addresses(entry, (*names, entry.namespace) if entry.namespace else names)
        elif entry.name and not entry.pattern.converters and not entry.pattern.regex.groups:
            try:
                yield reverse(":".join((*names, entry.name)))
            except NoReverseMatch:
                continue


def crawl(client: Client, starts: list[str], *, limit: int, deep: bool = True) -> dict[str, Screen]:
    """Fetch ``starts`` and what they link to (``deep``: and so on), at most ``limit`` pages of one view."""
    screens: dict[str, Screen] = {}
    seen: set[str] = set()
    fetched: Counter[str] = Counter()
    queue = list(starts)
    while queue:
        address = queue.pop(0)
        path = urlsplit(address).path
        if path in seen or not path.startswith(ADMIN):
            continue
        seen.add(path)
        try:
            view = resolve(path).view_name
        except Resolver404:
            continue
        model = path.split("/")[4:5] if "pages:add" in view and "usage" not in view else []
        key = "".join((view, *model))
        if view in NOT_FETCHED or fetched[key] >= limit:
            continue
        fetched[key] += 1
        screen = fetch(client, address)
        if screen:
            screens[address] = screen
            if deep or address in starts:
                queue += sorted(screen.links)
    return screens


def is_page(response: Any) -> bool:
    return "html" in response.get("Content-Type", "")


def fetch(client: Client, address: str) -> Screen | None:
    response = client.get(address)
    kind = response.get("Content-Type", "")
    if response.status_code not in (200, 403, 404) or response.streaming:
        return None
    text = response.content.decode()
    if "json" in kind:
        screen = Screen("")
        screen.add_data(text)
        return screen
    return Screen(text) if is_page(response) else None


def empty_form(client: Client, address: str) -> dict[str, str]:
    """What a browser sends of a form that nobody filled in: its hidden fields, and no block in its text."""
    html = client.get(address).content.decode()
    hidden = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', html)
    return {"body-count": "0"} | {name: value for name, value in hidden if name != "csrfmiddlewaretoken"}


def faults(screens: dict[str, Screen]) -> dict[str, list[str]]:
    """Each English text with the pages that show it."""
    found: dict[str, list[str]] = {}
    codes = set(Indicator.objects.values_list("code", flat=True))
    for address, screen in screens.items():
        for text in english_in(screen) - codes:
            found.setdefault(text, []).append(address)
    return {text: pages[:3] for text, pages in sorted(found.items())}


@pytest.mark.parametrize("text", ["Link text", "2 locales", "Can add agency", "Sắp xếp theo 'Port' tăng dần.", "Save"])
def test_english_is_recognised(text: str) -> None:
    assert english_in(Screen(f"<main><p>{text}</p></main>")) == {text}
    assert english_in(Screen(f'<button aria-label="{text}"></button>')) == {text}


@pytest.mark.parametrize("text", ["Lưu bản nháp", "Zalo Official Account", "chi-so", "Ctrl + S", "campaigns.plan"])
def test_vietnamese_and_names_are_left_alone(text: str) -> None:
    assert not english_in(Screen(f"<p>{text}</p><svg><title>Save</title></svg>"))


def test_no_screen_of_the_admin_shows_english(world: StaffWorld) -> None:
    fill(world)
    screens = crawl(world.client("chief"), [reverse(HOME), *plain_addresses()], limit=PAGES_PER_VIEW)
    assert len(screens) > 200
    assert not faults(screens)


def test_no_form_answers_in_english_when_left_empty(world: StaffWorld) -> None:
    fill(world)
    client = world.client("chief")
    # A chooser and the upload of many files are never sent as a plain form.
    forms = re.compile(r"(?<!chooser)(?<!multiple)/(new|add|create|import)/$")
    addresses = [address for address in plain_addresses() if forms.search(address)]
    section = world.section
    addresses += [
        reverse("wagtailadmin_pages:add", args=["campaigns", "materialpage", section.pk]),
        reverse("wagtailadmin_pages:edit", args=[section.pk]),
        reverse("wagtailadmin_account"),
    ]
    answers = {address: client.post(address, empty_form(client, address)) for address in addresses}
    screens = {address: Screen(answer.content.decode()) for address, answer in answers.items() if is_page(answer)}
    refused = [address for address in screens if b"error-message" in answers[address].content]
    assert len(refused) > 12
    assert not faults(screens)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_finds_english_where_its_menu_leads(world: StaffWorld, role: str) -> None:
    fill(world)
    screens = crawl(world.client(role), [reverse(HOME), "/quan-tri/no-such-page/"], limit=1, deep=False)
    assert len(screens) > 5
    assert not faults(screens)


@pytest.mark.parametrize("wanted", ["en", "fr-FR,fr;q=0.9,en;q=0.8"])
def test_signing_in_is_vietnamese_whatever_the_browser_wants(world: StaffWorld, wanted: str) -> None:
    client = Client(headers={"accept-language": wanted})
    screens = crawl(client, [reverse("wagtailadmin_login"), reverse("wagtailadmin_password_reset")], limit=1)
    screens["done"] = Screen(client.get(reverse("wagtailadmin_password_reset_done")).content.decode())
    bad_link = reverse("wagtailadmin_password_reset_confirm", args=["MQ", "set-password"])
    screens["bad link"] = Screen(client.get(bad_link).content.decode())
    wrong = client.post(reverse("wagtailadmin_login"), {"username": "canbo", "password": "sai"})
    screens["wrong"] = Screen(wrong.content.decode())
    assert len(screens) == 5
    assert not faults(screens)


def test_mail_to_staff_is_vietnamese(world: StaffWorld, django_capture_on_commit_callbacks: Any) -> None:
    fill(world)
    for number, user in enumerate([*world.users.values(), world.chief]):
        user.email = f"canbo{number}@example.org"
        user.set_password("mot-mat-khau-dai")
        user.save()
    client = Client(headers={"accept-language": "en"})
    client.post(reverse("wagtailadmin_password_reset"), {"email": world.chief.email})
    with django_capture_on_commit_callbacks(execute=True):
        page = world.submitted(title="Bảy câu hỏi nữa")
        page.current_workflow_task_state.reject(user=world.users["approver"], comment="Sửa giúp câu cuối.")
    letters = {letter.subject: letter for letter in mail.outbox}
    assert len(letters) >= 2
    assert not faults({subject: Screen(f"<p>{subject}</p>{text.body}") for subject, text in letters.items()})


def test_readers_find_no_english(client: Client, public_site: PublicSite) -> None:
    pages = [public_site.home, public_site.materials, public_site.events, public_site.material, public_site.event]
    pages += [public_site.home_mong, public_site.material_mong, public_site.material_giay]
    addresses = [urlsplit(page.full_url).path for page in pages] + ["/khong-co-trang-nay/"]
    answers = {address: client.get(address, headers={"accept-language": "en"}) for address in addresses}
    assert {answer.status_code for answer in answers.values()} == {200, 404}
    assert not faults({address: Screen(answer.content.decode()) for address, answer in answers.items()})


def test_personal_pages_have_no_english(client: Client, db: None) -> None:
    people = World()
    station, by_hand = people.station(), people.manual()
    addresses = [
        f"/tram/{station_link(station.channel).token}/",
        f"/dang/{manual_link(by_hand).token}/",
        f"/ket-qua/{field_link(people.event()).token}/",
        "/ket-qua/khong-co-lien-ket-nay/",
    ]
    screens = {}
    for address in addresses:
        screens[address] = Screen(client.get(address, headers={"accept-language": "en"}).content.decode())
        screens[f"{address} sent empty"] = Screen(client.post(address, {}).content.decode())
    assert not faults(screens)

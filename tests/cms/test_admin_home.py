"""The staff's home: what waits, what went wrong, what comes, what was reached; and a menu without clutter."""

import datetime as dt

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Indicator, LedgerRow
from publishers import health, outbox
from publishers.models import Delivery
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]


def home(world: StaffWorld, role: str) -> str:
    return world.client(role).get(reverse("wagtailadmin_home")).content.decode()


def test_an_approver_sees_what_waits_and_the_author_that_it_is_looked_at(world: StaffWorld) -> None:
    page = world.submitted()
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert f'<a class="button button-small" href="{edit}">' in home(world, "approver")
    author = home(world, "author")
    assert page.title in author
    assert f'<a class="button button-small" href="{edit}">' not in author


def test_a_writer_among_the_approvers_gets_no_button(world: StaffWorld) -> None:
    page = world.submitted()
    world.users["author"].groups.add(world.users["approver"].groups.get())
    shown = home(world, "author")
    assert page.title in shown
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert f'<a class="button button-small" href="{edit}">' not in shown


def test_trouble_is_shown_with_buttons_for_those_who_may(world: StaffWorld) -> None:
    world.posting(world.channel("telegram"))
    delivery = Delivery.objects.get()
    outbox.move(delivery_id=delivery.pk, before=("scheduled",), after="unknown", by="test", error_code="timeout")
    resend = reverse("loa_delivery_action", args=[delivery.pk, "resend"])
    assert resend in home(world, "channel_manager")
    assert resend not in home(world, "author")
    assert delivery.message["title"] in home(world, "author")


def test_silence_of_the_sender_is_an_alarm(world: StaffWorld) -> None:
    """Beat or all workers are dead: whoever may see the outbox hears of it first thing."""
    alarm = 'class="loa-alarm" role="alert"'
    assert alarm in home(world, "author")
    health.beat("sender")
    assert alarm not in home(world, "author")


def test_the_next_deliveries_are_shown(world: StaffWorld) -> None:
    world.posting(world.channel("feed", "Tin sắp đăng"), due=timezone.now() + dt.timedelta(minutes=20))
    assert "Tin sắp đăng" in home(world, "report_signer")


def test_missing_figures_are_not_zero_and_rehearsal_stays_apart(world: StaffWorld) -> None:
    indicator = Indicator.objects.earliest("pk")
    today = timezone.localdate()
    LedgerRow.objects.create(
        source_kind="result",
        source_key="thu",
        indicator=indicator,
        value=4321,
        basis="counted",
        period_from=today,
        period_to=today,
        rehearsal=True,
    )
    row = home(world, "report_signer").split(indicator.name)[1].split("</tr>")[0]
    live, rehearsal = row.split("<td")[1:]
    assert "loa-muted" in live
    assert "4.321" in rehearsal or "4,321" in rehearsal or "4321" in rehearsal


def test_wagtails_own_panels_and_menus_are_gone(world: StaffWorld) -> None:
    for role in ("author", "administrator"):
        shown = home(world, role)
        assert "w-dashboard" not in shown
        assert reverse("wagtailadmin_reports:site_history") not in shown
        assert "guide.wagtail.org" not in shown


def test_only_those_who_arrange_pages_see_the_page_tree(world: StaffWorld) -> None:
    explorer = "wagtail.sidebar.PageExplorerMenuItem"
    assert explorer in home(world, "senior_editor")
    assert explorer not in home(world, "author")


def test_the_login_page_is_loas_own(db: None) -> None:
    page = Client().get(reverse("wagtailadmin_login")).content.decode()
    assert "Wagtail" not in page.split("<main")[1]
    assert "Loa" in page

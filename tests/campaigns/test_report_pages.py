import datetime as dt
import html
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.ledger import fold
from campaigns.models import LedgerRow
from tests.campaigns.reach_world import ReachWorld, reference  # noqa: F401
from tests.campaigns.test_report import busy

pytestmark = [pytest.mark.usefixtures("reference"), pytest.mark.django_db]

PEAK = "period=peak&year=2026"


@pytest.fixture
def world() -> ReachWorld:
    made = ReachWorld()
    busy(made)
    fold()
    return made


def member(*permissions: str):
    user = get_user_model().objects.create_user("can-bo-thu")
    for codename in ("access_admin", *permissions):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


@pytest.fixture
def staff(client):
    client.force_login(member("view_ledgerrow"))
    return client


def links(page: str, start: str) -> list[str]:
    return [html.unescape(url) for url in re.findall(r'href="([^"]+)"', page) if url.startswith(start)]


def test_whoever_may_not_see_figures_is_turned_away(client, world):
    client.force_login(member())
    for name, args in (("reach_report", []), ("reach_report_sources", []), ("reach_report_file", ["docx"])):
        answer = client.get(reverse(name, args=args) + f"?{PEAK}")
        assert answer.status_code == 302
        assert answer.url == reverse("wagtailadmin_home")


def test_the_page_opens_with_the_present_quarter_and_the_plan_in_force(staff, world):
    answer = staff.get(reverse("reach_report"))
    assert answer.status_code == 302
    quarter = (dt.date.today().month + 2) // 3
    assert f"period=q{quarter}" in answer.url
    assert staff.get(answer.url).status_code == 200


def test_from_the_page_one_click_gives_the_draft(staff, world):
    page = staff.get(reverse("reach_report") + f"?{PEAK}").content.decode()
    assert "DỰ THẢO" in page
    answer = staff.get(links(page, reverse("reach_report_file", args=["docx"]))[0])
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert "du-thao.docx" in answer["Content-Disposition"]


def test_a_play_confirmed_just_now_is_in_the_report(staff, world):
    before = staff.get(reverse("reach_report") + f"?{PEAK}").context["report"]["coverage"]["reached"]
    station = world.station(world.place("Xã Cốc Lầu"))
    world.play(world.item(station.channel, "2026-07-20"), "2026-07-20")
    after = staff.get(reverse("reach_report") + f"?{PEAK}").context["report"]["coverage"]["reached"]
    assert after == before + 1


def test_every_figure_leads_to_sources_that_add_up_to_it(staff, world):
    page = staff.get(reverse("reach_report") + f"?{PEAK}").content.decode()
    found = re.findall(r'<td class="number"><a href="([^"]+)">(?:≈ )?([\d.,]+)</a>', page)
    assert len(found) > 60
    wrong = []
    for url, shown in found:
        if "reached=" in url:
            continue
        answer = staff.get(html.unescape(url))
        rows = answer.context["page"].object_list
        total = sum(row.value for row in rows)
        scale = 60 if "loud_minutes" in url else 1
        if round(total / scale, 1) != float(shown.replace(".", "").replace(",", ".")):
            wrong.append((url, shown, total))
    assert not wrong


def test_the_reached_communes_lead_to_what_reached_them(staff, world):
    page = staff.get(reverse("reach_report") + f"?{PEAK}").content.decode()
    url = next(url for url in links(page, reverse("reach_report_sources")) if "reached=" in url)
    rows = staff.get(url).context["page"].object_list
    assert {row.source_kind for row in rows} == {"playback", "result"}
    assert {row.place.name for row in rows} == {"Xã Bắc Hà", "Xã Si Ma Cai"}


def test_a_source_leads_to_its_delivery(staff, world):
    url = reverse("reach_report_sources") + f"?{PEAK}&indicator=views&basis=measured"
    delivery = LedgerRow.objects.get(indicator__code="views").source_key
    assert reverse("loa_delivery", args=[delivery]) in staff.get(url).content.decode()


@pytest.mark.parametrize("level", ["commune", "commune-today", "district", "pilot", "province"])
def test_every_place_level_has_its_page(staff, world, level):
    answer = staff.get(reverse("reach_report") + f"?{PEAK}&level={level}")
    assert answer.context["report"]["place_level"] == level


def test_free_days_need_both_ends_in_order(staff, world):
    url = reverse("reach_report")
    assert "report" not in staff.get(f"{url}?period=free&first=2026-07-01").context
    assert "report" not in staff.get(f"{url}?period=free&first=2026-07-02&last=2026-07-01").context
    answer = staff.get(f"{url}?period=free&first=2026-07-01&last=2026-07-10")
    assert answer.context["report"]["period"]["to"] == "2026-07-10"


@pytest.mark.parametrize(
    "query",
    [
        "plan=khong-co",
        "period=tuan",
        "level=thon",
        "year=abc",
        "by=tinh&key=1",
        "by=place&key=x",
        "by=timeline&key=x",
    ],
)
def test_a_wrong_address_is_no_server_error(staff, world, query):
    assert staff.get(reverse("reach_report") + f"?{query}").status_code == 200
    assert staff.get(reverse("reach_report_sources") + f"?{PEAK}&{query}").status_code in (200, 404)
    assert staff.get(reverse("reach_report_file", args=["docx"]) + f"?{query}").status_code in (200, 404)
    assert staff.get(reverse("reach_report_file", args=["exe"]) + f"?{PEAK}").status_code == 404


def test_a_rehearsal_is_marked_on_the_page(staff, world):
    page = staff.get(reverse("reach_report") + f"?{PEAK}&rehearsal=on").content.decode()
    assert page.count("DIỄN TẬP") >= 3


def test_an_empty_report_says_where_the_periods_figures_are(staff):
    world = ReachWorld()
    shown = reverse("reach_report") + f"?{PEAK}"
    assert "elsewhere" not in staff.get(shown).context
    station = world.station(world.place("Xã Cốc Lầu"), rehearsal=True)
    world.play(world.item(station.channel, "2026-07-20"), "2026-07-20")
    page = staff.get(shown)
    note = re.search(r'class="elsewhere".*?href="([^"]+)"', page.content.decode())
    assert note
    found = staff.get(reverse("reach_report") + html.unescape(note[1]))
    assert found.context["report"]["rehearsal"] is True
    assert found.context["report"]["coverage"]["reached"] == 1
    # And the other way round, once the rehearsal lies outside the period and real figures inside.
    free = "period=free&first=2026-08-01&last=2026-08-31&rehearsal=on"
    world.result(world.activity(world.place("Xã Bắc Hà"), "2026-08-21"), "session", 1)
    other = staff.get(reverse("reach_report") + f"?{free}")
    assert "rehearsal" not in other.context["elsewhere"]
    assert "elsewhere" not in staff.get(reverse("reach_report") + other.context["elsewhere"]).context

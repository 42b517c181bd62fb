"""Posters of approved contents: what stands on them, where their codes lead, many at once, and what is refused."""

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from campaigns import poster_batches, posters
from campaigns.ledger.sources import clicks
from campaigns.models import BatchState, ClickCount, Place, PosterBatch, PosterLink, SpokenWord, Station, TrackedLink
from campaigns.public.clicks import count_click
from campaigns.recall import recall_content
from media.fonts import MissingGlyphs
from media.models import Picture
from media.posters import DRAFT
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
SIGNS = ["Hứa lương cao, không nói rõ công việc", "Giục đi ngay, không cho hỏi gia đình"]
BODY = [("signs", {"title": "Dấu hiệu", "items": SIGNS}), ("rights", None), ("hotlines", {"note": ""})]


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def page(world: StaffWorld) -> Any:
    return world.approved(body=BODY)


def communes(count: int) -> list[Place]:
    return list(Place.objects.communes().valid_on(timezone.localdate()).order_by("pk")[:count])


def codes_in(data: bytes) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(data)))]


def take(client: Client, page: Any, **choice: Any) -> Any:
    data = {"version": "vi", "form": "square", "layout": "colour", **choice}
    return client.post(reverse("loa_poster_file", args=[page.pk]), data)


def test_a_poster_says_what_was_approved_and_the_rights(page: Any) -> None:
    source = posters.sources(page)["vi"]
    spec = posters.poster_spec(source, posters.Wanted("poster-a4"), address=posters.stand_in_address())
    assert spec.title == page.title
    assert spec.call == posters.rights_sentence("vi") != ""
    assert [number for number, _name in spec.hotlines] == ["111", "113"]
    assert spec.lines[0] == "Trước khi đi làm xa, hỏi đủ bảy câu."
    assert list(posters.poster_spec(source, posters.Wanted("portrait", "steps")).lines) == SIGNS


def test_the_text_of_a_group_stands_on_its_poster_and_none_is_made_up(world: StaffWorld, page: Any) -> None:
    from campaigns.models import TargetGroup

    source = posters.sources(page)["vi"]
    with pytest.raises(posters.CannotDraw, match="đoạn ngắn"):
        posters.poster_spec(source, posters.Wanted("square", group=TargetGroup.objects.get(key="parents")))


def test_the_code_is_counted_for_its_commune(world: StaffWorld, page: Any) -> None:
    place = communes(1)[0]
    answer = take(world.client("author"), page, place=place.pk)
    assert answer["Content-Type"] == "image/jpeg"
    link = TrackedLink.objects.get(poster__place=place)
    assert codes_in(answer.content) == [link.url]
    assert link.target == page.get_full_url()
    count_click(link)
    assert [entry.dimensions.place_id for entry in clicks(None)] == [place.pk]
    assert next(clicks(None)).dimensions.campaign_id == world.campaign.pk
    # The same poster once more, even after a new approval, bears the same code.
    assert codes_in(take(world.client("author"), page, place=place.pk).content) == [link.url]
    assert PosterLink.objects.count() == 1


def test_a_look_stores_nothing_and_a_draft_cannot_be_taken(world: StaffWorld, page: Any) -> None:
    client = world.client("author")
    page.title = "Bản nháp mới"
    page.save_revision(user=world.users["author"])
    look = client.get(reverse("loa_poster_look", args=[page.pk]), {"version": "draft", "form": "square"})
    assert look["Content-Type"] == "image/jpeg"
    assert posters.poster_spec(posters.draft_source(page), posters.Wanted("square")).mark == DRAFT
    assert take(client, page, version="draft").status_code == 302
    assert not TrackedLink.objects.exists()
    assert not list(Path(poster_batches.settings.MEDIA_ROOT).rglob("*.jpg"))


def test_print_comes_as_pdf_or_picture(world: StaffWorld, page: Any) -> None:
    assert take(world.client("author"), page, form="poster-a4", **{"as": "pdf"}).content.startswith(b"%PDF")
    screen = world.client("author").get(reverse("loa_posters", args=[page.pk]))
    assert "PDF cho nhà in" in screen.content.decode()


def test_a_person_in_the_picture_has_to_have_agreed_to_print(world: StaffWorld) -> None:
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "olive").save(out, "PNG")
    file = ContentFile(out.getvalue(), name="cho.png")
    picture = Picture.objects.create(title="Chợ phiên", file=file, shows_person=False, description="Chợ")
    page = world.approved(cover=picture, body=BODY)
    source = posters.sources(page)["vi"]
    assert posters.poster_spec(source, posters.Wanted("poster-a4", "photo")).photo
    Picture.objects.filter(pk=picture.pk).update(shows_person=True, people_shown=1)
    with pytest.raises(posters.CannotDraw, match="Chợ phiên"):
        posters.poster_spec(source, posters.Wanted("poster-a4", "photo"))
    answer = world.client("author").get(reverse("loa_posters", args=[page.pk]), {"layout": "photo"})
    assert "Không làm được áp phích này" in answer.content.decode()


def test_a_missing_glyph_is_said_with_its_cure(world: StaffWorld) -> None:
    page = world.approved(title="Chữ \ue123 lạ", body=BODY)
    with pytest.raises(MissingGlyphs):
        posters.poster_spec(posters.sources(page)["vi"], posters.Wanted("square"))
    answer = world.client("author").get(reverse("loa_posters", args=[page.pk])).content.decode()
    assert "U+E123" in answer
    assert take(world.client("author"), page).status_code == 302


# --- many at once -------------------------------------------------------------------------------------


def ordered(world: StaffWorld, page: Any, **wanted: Any) -> PosterBatch:
    choice = {"languages": ["vi"], "forms": ["facebook"], "layout": "colour", "group": "", "places": [], "pdf": False}
    return poster_batches.order(page=page, by=world.users["author"], wanted={**choice, **wanted})


def names_in(batch: PosterBatch) -> list[str]:
    with zipfile.ZipFile(poster_batches.path_of(batch)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_a_batch_goes_on_where_it_was_cut_short(
    world: StaffWorld, page: Any, django_assert_max_num_queries: Any
) -> None:
    places = communes(3)
    batch = ordered(world, page, places=[place.pk for place in places])
    assert poster_batches.make(batch.pk, seconds=0)
    batch.refresh_from_db()
    assert (batch.state, batch.done) == (BatchState.WAITING, 1)
    # A worker dies in the middle: its lease stands and nobody takes the batch, until it is over.
    PosterBatch.objects.filter(pk=batch.pk).update(
        state=BatchState.WORKING, claimed_until=timezone.now() + dt.timedelta(minutes=1)
    )
    assert not poster_batches.make(batch.pk)
    PosterBatch.objects.filter(pk=batch.pk).update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    drawn = {path: path.stat().st_mtime_ns for path in poster_batches._folder(batch).glob("*/*/*")}
    assert len(drawn) == 1
    assert poster_batches.make(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.failures) == (BatchState.DONE, 3, [])
    assert len(names_in(batch)) == 3
    assert all(name.isascii() for name in names_in(batch))
    assert PosterLink.objects.filter(place__in=places).count() == 3
    assert not poster_batches._folder(batch).exists()


def test_looking_at_a_batch_gives_no_second_hint_while_the_first_may_arrive(world: StaffWorld, page: Any) -> None:
    batch = ordered(world, page, places=[place.pk for place in communes(2)])
    PosterBatch.objects.update(created_at=timezone.now() - dt.timedelta(minutes=5))
    assert [poster_batches.take_up_left(batch.pk) for _look in range(3)] == [1, 0, 0]
    assert poster_batches.make(batch.pk, seconds=0)
    assert poster_batches.take_up_left() == 0, "what is left over has its own hint"
    PosterBatch.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert [poster_batches.take_up_left() for _beat in range(2)] == [1, 0]


def test_whoever_finishes_too_late_takes_nothing_away(world: StaffWorld, page: Any) -> None:
    batch = ordered(world, page, places=[place.pk for place in communes(1)])
    lease = poster_batches._claim(batch.pk)
    late = poster_batches._Claim(PosterBatch.objects.get(pk=batch.pk), lease)
    PosterBatch.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert poster_batches.make(batch.pk)
    assert not poster_batches._end(late, BatchState.FAILED, why="muộn")
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
    assert len(names_in(batch)) == 1


def test_two_versions_are_never_mixed_in_one_zip(world: StaffWorld, page: Any) -> None:
    batch = ordered(world, page, places=[place.pk for place in communes(2)])
    poster_batches.make(batch.pk, seconds=0)
    from campaigns.models import Approval

    old = posters.sources(page)["vi"]
    newer = Approval(page=old.page, language=old.language, approved_by=old.approved_by)
    newer.snapshot = {**old.snapshot, "title": "Tên mới đã duyệt"}
    newer.save()
    poster_batches.make(batch.pk, seconds=0)
    batch.refresh_from_db()
    assert batch.done == 1
    assert batch.wanted["made_of"] == {"vi": newer.pk}


def test_a_recalled_text_takes_its_zip_with_it(world: StaffWorld, page: Any) -> None:
    batch = ordered(world, page)
    poster_batches.make(batch.pk)
    client = world.client("author")
    address = reverse("loa_poster_batch_file", args=[batch.pk])
    answer = client.get(address)
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist() == ["vi/facebook/chung.jpg"]
    recall_content(page=page, user=world.users["approver"], why="sai số")
    assert client.get(address).status_code == 302
    assert "thu hồi" in client.get(reverse("loa_poster_batch", args=[batch.pk])).content.decode()


def test_one_poster_that_cannot_be_made_is_named_and_stops_no_other(world: StaffWorld) -> None:
    page = world.approved(title="Việc nhẹ lương cao " * 6 + "trước khi đi", body=BODY)
    batch = ordered(world, page, forms=["facebook", "poster-a4"], pdf=True)
    poster_batches.make(batch.pk)
    batch.refresh_from_db()
    if batch.failures:
        assert batch.failures[0].startswith("vi/facebook/chung.jpg: ")
    assert "vi/poster-a4/chung.pdf" in names_in(batch)


def test_the_form_orders_for_every_commune_and_refuses_too_many(world: StaffWorld, page: Any) -> None:
    client, address = world.client("author"), reverse("loa_posters", args=[page.pk])
    order = {"languages": ["vi"], "forms_wanted": ["square"], "layout": "colour", "all_places": "on"}
    assert client.post(address, order).status_code == 302
    batch = PosterBatch.objects.get()
    assert batch.total == Place.objects.communes().valid_on(timezone.localdate()).count()
    shown = client.get(reverse("loa_poster_batch", args=[batch.pk])).content.decode()
    assert 'http-equiv="refresh"' in shown
    client.post(reverse("loa_poster_batch", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == BatchState.STOPPED
    assert not poster_batches.make(batch.pk)
    assert client.post(address, {**order, "forms_wanted": []}).status_code == 422


def test_what_nobody_may_see_stays_closed(world: StaffWorld, page: Any) -> None:
    for address in ("loa_posters", "loa_poster_look"):
        assert Client().get(reverse(address, args=[page.pk])).status_code == 302
    batch = ordered(world, page)
    poster_batches.make(batch.pk)
    batch.refresh_from_db()
    assert Client().get(f"/uploads/{poster_batches.FOLDER}/{batch.file}").status_code == 404


# --- the command --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "name", "begins"),
    [
        ("poster-a4", "a.pdf", b"%PDF"),
        ("card-facebook", "a.jpg", b"\xff\xd8"),
        ("sheet-pdf", "s.pdf", b"%PDF"),
        ("sheet-docx", "s.docx", b"PK"),
        ("audio", "a.wav", b"RIFF"),
    ],
)
def test_render_writes_one_file(page: Any, tmp_path: Path, form: str, name: str, begins: bytes) -> None:
    target = tmp_path / name
    call_command("render", str(page.pk), form=form, output=target)
    assert target.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("options", "code"), [({"language": "hmn-Latn"}, 1), ({"group": "nobody"}, 2), ({"page": "0"}, 2)]
)
def test_render_says_why_not(page: Any, tmp_path: Path, options: dict[str, str], code: int) -> None:
    number = options.pop("page", str(page.pk))
    with pytest.raises(CommandError) as refused:
        call_command("render", number, form="card-square", output=tmp_path / "a.jpg", **options)
    assert refused.value.returncode == code
    assert not list(tmp_path.glob("a.jpg"))


# --- speech -------------------------------------------------------------------------------------------


def test_a_timed_reading_gives_the_station_its_own_speed(world: StaffWorld) -> None:
    channel = world.channel("loudspeaker")
    station = Station.objects.create(channel=channel, place=communes(1)[0])
    address = reverse("loa_reading_speed", args=[station.pk])
    client = world.client("channel_manager")
    assert "Kính thưa bà con và các bạn!" in client.get(address).content.decode()
    text = "Bà con hãy hỏi kỹ trước khi đi làm xa. " * 8
    assert client.post(address, {"text": text, "seconds": "30,0"}).status_code == 302
    station.refresh_from_db()
    assert station.syllables_per_minute == 160
    for wrong in (
        {"text": text, "seconds": "2"},
        {"text": "Xin chào.", "seconds": "20"},
        {"text": text, "seconds": ""},
    ):
        assert client.post(address, wrong).status_code == 422
    client.post(address, {"forget": "1"})
    station.refresh_from_db()
    assert station.syllables_per_minute is None
    assert world.client("author").get(address).status_code == 302


def test_a_senior_editor_teaches_an_abbreviation(world: StaffWorld) -> None:
    client = world.client("senior_editor")
    add = reverse("doc-chu-viet-tat:add")
    assert client.post(add, {"written": "TLB", "spoken": "tổ liên bản", "note": ""}).status_code == 302
    assert SpokenWord.objects.get().spoken == "tổ liên bản"
    assert client.post(add, {"written": "ABC", "spoken": "ABC và ABC", "note": ""}).status_code == 200
    assert not SpokenWord.objects.filter(written="ABC").exists()
    assert world.client("author").get(add).status_code == 302


def test_nothing_of_who_scanned_is_kept(page: Any) -> None:
    assert {field.name for field in ClickCount._meta.get_fields()} == {"id", "link", "day", "count"}

"""Recordings come in, texts are read, programmes go out: in workers, whole or not at all."""

import array
import asyncio
import io
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from campaigns import withdrawals
from campaigns.models import Approval, Consent, SoundKind, SoundState, SoundWork, Station
from campaigns.personal.take_away import Entry, write_zip
from campaigns.sound import intake, programmes, works
from media.audio.encoding import mp3
from media.audio.sound import RATE, SoundError, frame_of
from media.audio.wave_file import SYNTHETIC_NOTE, Sound
from media.models import Recording
from publishers import registry
from publishers.errors import Transient
from publishers.message import Message
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
WORDS = f"Kính thưa bà con. {TEXT}"
ABOUT = {"title": "Lời đọc thử", "language_tag": "vi", "transcript": WORDS, "person_heard": False, "speaker_role": ""}


@cache
def tone(seconds: float = 3.0) -> bytes:
    step = 2 * math.pi * 300 / RATE
    return array.array("h", (round(9000 * math.sin(step * n)) for n in range(int(seconds * RATE)))).tobytes()


def wav() -> bytes:
    return Sound(tone(), RATE, "thử", synthetic=False).wav()


def recording(**fields: Any) -> Recording:
    one = Recording(**(ABOUT | {"seconds": 3} | fields))
    one.file.save("thu.mp3", ContentFile(mp3([frame_of(tone())])), save=True)
    return one


def upload(data: bytes, name: str = "ghi-am.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def run_all() -> None:
    """What the workers do."""
    while works.run_waiting():
        pass


def station_of(world: StaffWorld, **fields: Any) -> Station:
    from campaigns.models import Place

    channel = world.channel("loudspeaker")
    return Station.objects.create(channel=channel, place=Place.objects.communes().first(), **fields)


def test_an_upload_becomes_a_recording_and_the_file_that_came_in_goes(world: StaffWorld) -> None:
    page = world.material()
    work = intake.take_upload(page=page, file=upload(wav()), by=world.users["author"], about=ABOUT)
    assert default_storage.listdir(works.INCOMING)[1]
    run_all()
    work.refresh_from_db()
    assert (work.state, work.percent, work.source) == (SoundState.DONE, 100, "")
    assert default_storage.listdir(works.INCOMING)[1] == []
    made = work.recording
    assert made is not None
    assert float(made.seconds or 0) == pytest.approx(3, abs=0.1)
    assert made.measured["loudness"] == pytest.approx(-14, abs=3)
    with made.file.open() as file, av.open(io.BytesIO(file.read()), format="mp3") as sound:
        assert not sound.metadata
    intake.use_in(page=page, recording=made, by=world.users["author"])
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().recording_id == made.pk


def test_what_is_no_recording_leaves_nothing_behind(world: StaffWorld) -> None:
    with pytest.raises(SoundError):
        intake.take_upload(page=world.material(), file=upload(b"GIF89a" + bytes(99)), by=None, about=ABOUT)
    assert not default_storage.exists(works.INCOMING)
    assert not SoundWork.objects.exists()


def test_what_is_found_out_later_is_said_and_leaves_nothing_behind(world: StaffWorld) -> None:
    silent = Sound(bytes(3 * RATE * 2), RATE, "thử", synthetic=False).wav()
    work = intake.take_upload(page=world.material(), file=upload(silent), by=None, about=ABOUT)
    run_all()
    work.refresh_from_db()
    assert work.state == SoundState.FAILED
    assert work.why
    assert default_storage.listdir(works.INCOMING)[1] == []
    assert not Recording.objects.exists()


def test_work_that_was_cut_short_is_done_anew(world: StaffWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    work = intake.take_upload(page=world.material(), file=upload(wav()), by=None, about=ABOUT)
    before = Recording.save

    def killed(self: Recording, *args: Any, **kwargs: Any) -> None:
        before(self, *args, **kwargs)  # the file is written, and then the power goes
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Recording, "save", killed)
        with pytest.raises(SystemExit):
            works.run(work.pk)
    assert not works.run(work.pk), "the lease of whoever is gone still holds"
    SoundWork.objects.filter(pk=work.pk).update(claimed_until=timezone.now() - works.LEASE)
    run_all()
    work.refresh_from_db()
    assert work.state == SoundState.DONE
    assert Recording.objects.count() == 1
    years = default_storage.listdir("recordings")[0]
    assert sum(len(default_storage.listdir(f"recordings/{year}")[1]) for year in years) == 1


def test_work_that_always_dies_is_given_up_with_words(world: StaffWorld) -> None:
    work = intake.take_upload(page=world.material(), file=upload(wav()), by=None, about=ABOUT)
    SoundWork.objects.filter(pk=work.pk).update(tries=works.MOST_TRIES, state=SoundState.WORKING)
    assert not works.run(work.pk)
    work.refresh_from_db()
    assert work.state == SoundState.FAILED
    assert str(works.MOST_TRIES) in work.why


def test_one_piece_at_a_time(world: StaffWorld) -> None:
    first, second = (
        intake.take_upload(page=world.material(), file=upload(wav()), by=None, about=ABOUT) for _n in range(2)
    )
    SoundWork.objects.filter(pk=first.pk).update(state=SoundState.WORKING, claimed_until=timezone.now() + works.LEASE)
    assert not works.run(second.pk)


WRITER = """
import os, sys, django
django.setup()
from campaigns.sound.works import write_whole
print("ready", flush=True)
data = os.urandom(1 << 20) * 300
while True:
    write_whole("programmes/thu.mp3", data)
"""


def test_a_killed_worker_leaves_no_half_file(tmp_path: Path) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "cms.settings", "MEDIA_ROOT": str(tmp_path)}
    folder = tmp_path / "programmes"
    for delay in (0.0, 0.15, 0.4):
        shutil.rmtree(folder, ignore_errors=True)
        with subprocess.Popen([sys.executable, "-c", WRITER], env=env, stdout=subprocess.PIPE) as worker:
            assert worker.stdout is not None
            worker.stdout.readline()
            while not folder.exists():
                time.sleep(0.01)
            time.sleep(delay)
            worker.send_signal(signal.SIGKILL)
        whole = folder / "thu.mp3"
        assert not whole.exists() or whole.stat().st_size == 300 << 20
        for part in folder.glob(".*.part"):
            os.utime(part, (0, 0))
    works.tidy_parts(folder)
    assert not list(folder.glob(".*"))


def probed(data: bytes) -> dict[str, Any]:
    if shutil.which("ffprobe") is None:
        pytest.skip("no ffprobe: install Debian's package “ffmpeg” to look at files with an independent tool")
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", "-"]
    return json.loads(subprocess.run(command, input=data, capture_output=True, check=True).stdout)


def test_an_approval_with_a_recording_reaches_stations_and_telegram(world: StaffWorld) -> None:
    station, telegram = station_of(world), world.channel("telegram")
    page = world.approved(recording=recording(), loudspeaker_text=WORDS)
    assert SoundWork.objects.filter(kind=SoundKind.PROGRAMME).count() == 2
    run_all()
    posting = world.posting(station.channel, telegram, page=page)
    sent = {item.channel.platform: Message.from_json(item.delivery.message).audio for item in posting.items.all()}
    assert SoundWork.objects.filter(kind=SoundKind.PROGRAMME, state=SoundState.DONE).count() == 2, "nothing made twice"
    spoken, posted = sent["loudspeaker"], sent["telegram"]
    assert spoken
    assert posted
    assert spoken.name != posted.name
    with default_storage.open(spoken.name) as file:
        data = file.read()
    facts = probed(data)
    assert facts["streams"][0]["bit_rate"] == "128000"
    assert facts["format"]["tags"]["title"] == page.title
    assert any(stream["codec_type"] == "video" for stream in facts["streams"]), "the cover"
    with av.open(io.BytesIO(data), format="mp3") as sound:
        assert sound.duration / av.time_base == pytest.approx(spoken.seconds, abs=0.3)
    assert spoken.seconds > 2 * 3 + 8, "twice, between jingles"
    assert posted.seconds == pytest.approx(3, abs=0.1)
    assert posted.mime == "audio/mpeg"
    item = posting.items.get(channel=station.channel)
    target = io.BytesIO()
    programme = type("Programme", (), {"item": item, "title": "", "language": "", "length": "", "rehearsal": False})
    programme.is_sample = False
    write_zip(target, [Entry("20260730/01_0505.mp3", timezone.now(), programme)])
    with zipfile.ZipFile(target) as stick:
        tags = probed(stick.read("20260730/01_0505.mp3"))["format"]["tags"]
    assert station.place.name[1:] in tags["TRSN"]


def test_a_station_with_little_time_hears_it_once(world: StaffWorld) -> None:
    page = world.approved(recording=recording(seconds=100), loudspeaker_text=WORDS)
    approval = Approval.objects.get(page=page)
    long, short = (programmes.plan_of(approval, station=True, most_seconds=most) for most in (900, 180))
    assert long
    assert short
    assert (long.wanted["times"], short.wanted["times"]) == (2, 1)
    assert short.seconds < 180 < long.seconds
    assert long.key != short.key


def test_a_station_waits_for_sound_that_is_not_made_yet(world: StaffWorld) -> None:
    station = station_of(world)
    posting = world.posting(station.channel, page=world.approved(recording=recording(), loudspeaker_text=WORDS))
    message = Message.from_json(posting.items.get().delivery.message)
    platform = registry.get("loudspeaker")
    target = type("Target", (), {"rehearsal": False})
    job = type("Job", (), {"kind": "publish", "message": message, "reference": "item:1", "target": target})
    with pytest.raises(Transient, match="programmes/") as waits:
        asyncio.run(platform.perform(platform.steps(job)[0], job, None))
    assert waits.value.code == "sound-not-ready"
    run_all()
    assert asyncio.run(platform.perform(platform.steps(job)[0], job, None)).external_id == "item:1"


def test_withdrawn_sound_is_taken_away_and_not_made_again(world: StaffWorld) -> None:
    page = world.approved(recording=recording(), loudspeaker_text=WORDS)
    run_all()
    assert len(default_storage.listdir(programmes.FOLDER)[1]) == 4
    withdrawals.close_files([], [Recording.objects.get()])
    assert default_storage.listdir(programmes.FOLDER)[1] == []
    approval = Approval.objects.get(page=page)
    Approval.objects.update(withdrawn_at=timezone.now())
    programmes.order_for(approval)
    run_all()
    assert default_storage.listdir(programmes.FOLDER)[1] == []
    assert set(SoundWork.objects.values_list("state", flat=True)) == {SoundState.FAILED}


def test_a_machine_reads_the_text_and_says_so_everywhere(world: StaffWorld) -> None:
    page = world.material(loudspeaker_text=TEXT)
    work = intake.ask_voice(page=page, voice="espeak", by=world.users["author"])
    run_all()
    work.refresh_from_db()
    made = work.recording
    assert made is not None
    assert made.synthetic
    assert made.person_heard is False
    assert made.transcript == TEXT
    with made.file.open() as file:
        assert SYNTHETIC_NOTE.encode("utf-16-le") in file.read()[:400]
    assert made.sha256 == made._digest()
    intake.use_in(page=page, recording=made, by=world.users["author"])
    page.get_workflow().start(page, page.owner)
    page.refresh_from_db()
    page.current_workflow_task_state.approve(user=world.users["approver"])
    plan = programmes.plan_of(Approval.objects.get(page=page), station=True)
    assert plan is not None
    assert plan.wanted["greeting"]["say"] == programmes.GREETING
    run_all()
    with default_storage.open(plan.name) as file:
        assert SYNTHETIC_NOTE in probed(file.read())["format"]["tags"]["comment"]


def test_no_machine_reads_a_language_it_does_not_know(world: StaffWorld) -> None:
    page = world.material()
    with pytest.raises(SoundError):
        intake.ask_voice(page=page, voice="giong-la", by=None)


def test_a_withdrawn_consent_stops_the_sound(world: StaffWorld) -> None:
    assert Consent.objects.count() == 0
    unknown = recording(person_heard=None)
    page = world.material(recording=unknown, loudspeaker_text=WORDS)
    page.get_workflow().start(page, page.owner)
    page.refresh_from_db()
    with pytest.raises(Exception, match="Lời đọc thử"):
        page.current_workflow_task_state.approve(user=world.users["approver"])
    assert not SoundWork.objects.exists()

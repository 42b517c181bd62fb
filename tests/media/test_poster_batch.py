"""Many posters into a folder: kept by content, resumed after a stop, never half written."""

import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from media.posters import PosterError, TextTooLong, first_that_fits, kept_file, render, render_batch, render_to
from tests.media.poster_cases import CARD

ROOT = Path(__file__).resolve().parents[2]
SPECS = [replace(CARD, form="square", title=f"Thôn số {i}", lines=(f"Ý {i}",)) for i in range(8)]
STOPPED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from media.posters import render_batch
from tests.media.test_poster_batch import SPECS
render_batch(SPECS, Path(sys.argv[1]), lambda done, total: done == 3 and os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_batch_goes_on_after_a_kill(tmp_path: Path) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "cms.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", STOPPED, str(tmp_path)]
    assert subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(before) == 3
    seen: list[tuple[int, int]] = []
    batch = render_batch(SPECS, tmp_path, lambda done, total: seen.append((done, total)))
    assert seen == [(i + 1, 8) for i in range(8)]
    assert batch.drawn == 5
    assert batch.files == [kept_file(spec, tmp_path) for spec in SPECS]
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    for spec, path in zip(SPECS, batch.files, strict=True):
        assert path is not None
        assert path.read_bytes() == render(spec).data
        assert Image.open(path).size == (1080, 1080)


def test_one_that_cannot_be_made_stops_no_other(tmp_path: Path) -> None:
    specs = [SPECS[0], replace(CARD, title="Mua" * 60), replace(CARD, title="\ue000"), SPECS[1]]
    batch = render_batch(specs, tmp_path)
    assert [path is None for path in batch.files] == [False, True, True, False]
    assert isinstance(batch.failures[1], TextTooLong)
    assert "U+E000" in str(batch.failures[2])
    assert len(list(tmp_path.iterdir())) == 2


def test_pdf_and_picture_are_kept_side_by_side(tmp_path: Path) -> None:
    spec = replace(CARD, form="poster-a4")
    picture, pdf = render_to(spec, tmp_path), render_to(spec, tmp_path, pdf=True)
    assert picture.suffix == ".png"
    assert pdf.read_bytes().startswith(b"%PDF-1.")
    with pytest.raises(PosterError):
        render_to(CARD, tmp_path, pdf=True)


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        render_batch(SPECS[:1], blocked / "posters")
    assert list(tmp_path.iterdir()) == [blocked]


def test_a_photo_of_a_kept_poster_is_not_opened_again(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "olive").save(out, "JPEG")
    spec = replace(CARD, layout="photo", lines=(), photo=out.getvalue(), photo_alt="Đồng lúa")
    kept = kept_file(spec, tmp_path)
    kept.write_bytes(b"kept")
    assert render_to(spec, tmp_path).read_bytes() == b"kept"


def test_the_fullest_card_that_fits_is_taken() -> None:
    long = replace(CARD, form="facebook", lines=("Nhiều chữ quá " * 60,))
    short, bare = replace(long, lines=("Ít chữ.",)), replace(long, lines=())
    assert first_that_fits([long, short, bare]) is short
    assert first_that_fits([bare, short]) is bare
    with pytest.raises(TextTooLong):
        first_that_fits([long, long])

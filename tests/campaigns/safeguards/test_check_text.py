"""The command: JSON lines, exit 0 for clean, 1 for a block, 2 for wrong usage."""

import io
import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.campaigns.safeguards.labelled import DAY, rights

CLEAN = f"{rights()[0]} Gọi 111."


@pytest.fixture(autouse=True)
def _registry(db: None) -> None:
    from campaigns.models import Hotline

    Hotline.objects.create(number="111", name="111", owner="-", scope="-", source="-", checked_on=DAY)


def _run(*arguments: str) -> tuple[int, list[dict[str, object]]]:
    out = io.StringIO()
    code = 0
    try:
        call_command("check_text", *arguments, stdout=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    except CommandError as error:
        code = error.returncode
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def _file(folder: Path, text: str) -> str:
    path = folder / "bai.txt"
    path.write_bytes(text.encode())
    return str(path)


def test_a_clean_text_prints_nothing(tmp_path: Path) -> None:
    assert _run(_file(tmp_path, CLEAN)) == (0, [])


def test_a_block_is_printed_and_told_by_the_exit_code(tmp_path: Path) -> None:
    text = "Dòng một.\r\nGọi 0912 000 345."
    code, lines = _run(_file(tmp_path, text), "--fragment")
    assert code == 1
    (line,) = lines
    assert list(line) == ["level", "code", "start", "end", "message", "cure"]
    assert text[line["start"] : line["end"]] == "0912 000 345"  # type: ignore[misc]


def test_a_warning_alone_does_not_fail(tmp_path: Path) -> None:
    code, lines = _run(_file(tmp_path, "Mời bà con huyện Bát Xát."), "--fragment")
    assert (code, [line["code"] for line in lines]) == (0, ["outdated-district"])


def test_a_whole_text_needs_hotline_and_rights(tmp_path: Path) -> None:
    code, lines = _run(_file(tmp_path, "Hỏi kỹ trước khi đi."))
    assert code == 1
    assert {line["code"] for line in lines} == {"hotline-missing", "rights-missing"}


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Gọi 115.".encode())))
    code, lines = _run("-", "--fragment")
    assert (code, len(lines)) == (1, 1)


def test_wrong_usage_is_told_apart(tmp_path: Path) -> None:
    assert _run(str(tmp_path / "none.txt"))[0] == 2
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"\xff\xfe\x00")
    assert _run(str(broken))[0] == 2

"""Make .venv from requirements.txt, or say in one sentence why it cannot be made.

Needs nothing but Python's standard library, and is written so that a Python from 3.6 on can read it and be
told that it is too old. A stamp inside .venv says that it was finished and from which requirements; without
the stamp it is half made and is made anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEEDED_BYTES = 1500 * 1000 * 1000
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
REQUIREMENTS = os.path.join(ROOT, "requirements.txt")
STAMP = os.path.join(VENV, "loa-complete")
PYTHON = os.path.join(VENV, "bin", "python")


def fail(vietnamese, english):
    """End with one sentence in both languages and exit code 1."""
    sys.stderr.write(f"\nLOA: {vietnamese}\n     {english}\n")
    sys.exit(1)


def need_python():
    """Go on with a newer Python of the machine when the one that was started is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in (13, 12, 11):
        newer = shutil.which(f"python3.{minor}")
        if newer and runs(newer, "import sys; sys.exit(sys.version_info < (3, 11))"):
            os.execv(newer, [newer, *sys.argv])
    found = ".".join(map(str, sys.version_info[:2]))
    fail(
        f"Cần Python 3.11 trở lên, máy này có {found}. Hãy cài bản mới hơn, hoặc chạy make PYTHON=/chỗ/có/python3.11",
        f"Loa needs Python 3.11 or newer, found {found}. Install one, or run: make PYTHON=/path/to/python3.11",
    )


def need_venv_module():
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        fail(
            "Python của máy này thiếu mô-đun venv. Hãy cài gói python3-venv (sudo apt install python3-venv).",
            "Python's venv module is missing. Install it (sudo apt install python3-venv).",
        )


def need_space():
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        fail(
            f"Ổ đĩa chỉ còn {free / 1e9:.1f} GB, cần ít nhất 1,5 GB để cài đặt.",
            f"Only {free / 1e9:.1f} GB of disk space is left; installing needs 1.5 GB.",
        )


def wanted_stamp():
    with open(REQUIREMENTS, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def kept_stamp():
    try:
        with open(STAMP, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def runs(python, code):
    """Whether this Python starts and does ``code``: an upgrade of the machine may have taken it away."""
    try:
        return subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv():
    if os.path.isdir(VENV):
        sys.stderr.write("LOA: .venv chưa hoàn chỉnh, tạo lại. | .venv is half made: making it anew.\n")
        shutil.rmtree(VENV)
    if subprocess.call([sys.executable, "-m", "venv", VENV]) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        fail("Không tạo được .venv (xem dòng lỗi ở trên).", "Could not make .venv (see the error above).")


def install():
    """Install the pinned versions; every file is checked against its hash."""
    sys.stderr.write("LOA: đang cài thư viện, vài phút… | installing libraries, a few minutes…\n")
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    if subprocess.call([*command, "--require-hashes", "-r", REQUIREMENTS]) != 0:
        need_space()
        fail(
            "Cài thư viện không thành công: hãy kiểm tra mạng (hoặc proxy) rồi chạy lại; lý do ở các dòng trên.",
            "Installing failed: check the network (or proxy) and run again; the lines above say why.",
        )


def main():
    need_python()
    wanted, kept = wanted_stamp(), kept_stamp()
    works = runs(PYTHON, "import django, wagtail")
    if kept == wanted and works:
        return
    need_venv_module()
    need_space()
    if not kept or not works:
        make_venv()
    else:
        os.remove(STAMP)
    install()
    with open(STAMP, "w", encoding="utf-8") as file:
        file.write(wanted + "\n")


if __name__ == "__main__":
    main()

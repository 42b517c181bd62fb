"""Documents that cannot rot: settings, platforms, commands and make targets are compared with the code."""

import re
from pathlib import Path

from tests.platform_table import shown, table

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cms", "campaigns", "publishers", "media")
# Django's and the browser library's own switches.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "OLDPWD", "PATH", "HOME"}
ENV_CALL = re.compile(r"""\benv\.\w+\(\s*["']([A-Z][A-Z0-9_]+)["']""")
ENVIRON = re.compile(r"""\bos\.environ(?:\.get\(|\.setdefault\(|\[)\s*["']([A-Z][A-Z0-9_]+)["']""")


def text(*path: str) -> str:
    return ROOT.joinpath(*path).read_text(encoding="utf-8")


def sources(*packages: str) -> str:
    files = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def settings_read() -> set[str]:
    found = set(ENV_CALL.findall(text("cms", "settings.py"))) | set(ENVIRON.findall(sources(*PACKAGES)))
    return found - NOT_OURS


def settings_documented() -> set[str]:
    rows = [line.split("|")[1] for line in text("docs", "settings.md").splitlines() if line.startswith("| `")]
    return {name for cell in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)}


def commands() -> set[str]:
    found = {
        path.stem for package in PACKAGES for path in (ROOT / package).glob("management/commands/*.py")
    }
    return {name for name in found if not name.startswith("_")}


def test_every_setting_is_documented() -> None:
    assert settings_read() - settings_documented() == set()


def test_no_documented_setting_is_gone() -> None:
    known = settings_read() | set(ENVIRON.findall(sources("tests")))
    assert settings_documented() - known == set()


def test_the_patterns_see_settings() -> None:
    assert {"DATABASE_URL", "SITE_URL", "LOA_CREDENTIALS_KEY"} <= settings_read()
    assert {"DATABASE_URL", "LOA_CRASH_ODDS", "DEBUG"} <= settings_documented()


def test_documented_defaults_of_addresses_are_the_code_s() -> None:
    code = dict(re.findall(r'env\.str\("([A-Z_]+_URL)", default="(https?://[^"]+)"\)', text("cms", "settings.py")))
    assert len(code) >= 8
    page = text("docs", "settings.md")
    for name, default in code.items():
        assert f"| `{name}` | `{default}` |" in page, name


def test_the_table_of_platforms_is_the_code_s() -> None:
    assert shown() == table(), "run: python -m tests.platform_table"


def test_every_platform_file_is_in_the_table() -> None:
    files = {path.stem for path in (ROOT / "publishers" / "platforms").glob("*.py")} - {"__init__"}
    assert files == set(re.findall(r"^\| `(\w+)` \|", shown(), re.MULTILINE))


def test_every_command_is_in_the_readme() -> None:
    named = set(re.findall(r"^\| `(\w+)", text("README.md"), re.MULTILINE))
    assert commands() - named == set()
    assert {"setup", "doctor"} <= commands()


def test_no_command_of_the_readme_is_gone() -> None:
    section = text("README.md").split("## Commands")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)", section, re.MULTILINE))
    assert named - commands() == set()


def test_every_make_target_of_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))
    pages = [text("README.md"), *(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))]
    named = {name for page in pages for name in re.findall(r"\bmake ([a-z][a-z-]*[a-z])\b(?=[`\s]*)", code_of(page))}
    assert "demo" in named
    assert named - targets == set()


def code_of(page: str) -> str:
    """What stands in code blocks and between backticks: prose may say "make sure"."""
    blocks = re.findall(r"```.*?```", page, re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", page)])


def test_links_between_the_documents_hold() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"

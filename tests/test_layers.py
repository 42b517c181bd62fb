"""The house: imports go one way, uploads never show source code, one file adds a platform."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from media.checks import uploads_outside_code

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cms", "campaigns", "publishers", "media")


def run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def test_imports_go_one_way() -> None:
    done = run(str(Path(sys.executable).parent / "lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", ["media/apps.py", "media/new_module.py", "tests/media/test_new.py"])
def test_git_does_not_ignore_the_package_media(path: str) -> None:
    done = run("git", "check-ignore", "--no-index", path)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/media/apps.py", "/media/models.py", "/uploads/../media/apps.py", "/uploads/%2e%2e/media/apps.py"]
)
def test_source_code_is_never_served(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert b"from django" not in answer.content


@pytest.mark.parametrize("folder", ["media", "media/uploads", "."])
def test_uploads_inside_a_package_are_refused(settings: Any, folder: str) -> None:
    settings.MEDIA_ROOT = str(Path(settings.BASE_DIR) / folder)
    assert "media.E001" in {error.id for error in uploads_outside_code(None)}


def test_the_address_of_uploads_is_no_package(settings: Any) -> None:
    settings.MEDIA_ROOT = str(Path(settings.BASE_DIR) / "var" / "uploads")
    assert uploads_outside_code(None) == []
    settings.MEDIA_URL = "/media/"
    assert {error.id for error in uploads_outside_code(None)} == {"media.E002"}


# --- One file adds a platform -----------------------------------------------------------------------

USES_THE_PLATFORM = '''
import asyncio, django
django.setup()
from aiohttp import web
from django.core.exceptions import ValidationError
from publishers import registry
from publishers.errors import Ambiguous, Permanent, Throttled, Transient
from publishers.message import Message
from publishers.models import Channel
from publishers.platform import Job
from publishers.target import Target
from publishers.wire import open_wire

platform = registry.get("commune_site")
assert ("commune_site", platform.label) in Channel._meta.get_field("platform").flatchoices
good = Channel(platform="commune_site", name="x", form="website", options={"url": "http://x"})
platform.validate_channel(good)
try:
    platform.validate_channel(Channel(platform="commune_site", name="x", form="website", options={}))
    raise SystemExit("a channel without its option was taken")
except ValidationError:
    pass
assert platform.problems(Message(text="a", title="t" * 200))

async def post(request):
    posts.append((request.method, await request.json(), request.headers["Authorization"]))
    return web.json_response({"id": 7, "url": "http://x/7"})

async def refuse(request):
    return web.Response(status=int(request.match_info["status"]), headers={"Retry-After": "5"})

posts = []
async def main():
    app = web.Application()
    app.router.add_route("*", "/posts", post)
    app.router.add_route("*", "/refuse/{status}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"

    def job(url):
        target = Target(1, "commune_site", "x", {"url": url}, False, {"key": "secret"})
        return Job("publish", "r-1", target, Message(text="Chào bà con", title="Tin"), {})

    async with open_wire(4) as wire:
        async def send(url):
            return await platform.perform(platform.steps(job(url))[0], job(url), wire)
        receipt = await send(base + "/posts")
        assert (receipt.external_id, receipt.permalink) == ("7", "http://x/7")
        expected = {401: Permanent, 400: Permanent, 429: Throttled, 502: Ambiguous}
        for status, error in expected.items():
            try:
                await send(f"{base}/refuse/{status}")
                raise SystemExit(f"{status} was taken for success")
            except error:
                pass
        try:
            await send("http://127.0.0.1:1/posts")
        except Transient:
            pass
    await runner.cleanup()

asyncio.run(main())
assert [(method, key) for method, _body, key in posts] == [("POST", "Bearer secret")]
assert posts[0][1]["text"] == "Chào bà con"
print("platform works")
'''


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole project, with the example of docs/platforms.md as one more file."""
    tree = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tree)
    page = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tree / "publishers" / "platforms" / "commune_site.py").write_text(example, encoding="utf-8")
    return tree


def environment(tree: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "DJANGO_SETTINGS_MODULE": "cms.settings",
        "DATABASE_URL": f"sqlite:///{tree / 'db.sqlite3'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def test_a_new_platform_needs_no_migration(copied_tree: Path) -> None:
    command = (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    done = run(*command, cwd=copied_tree, env=environment(copied_tree))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_platform_works_from_its_one_file(copied_tree: Path) -> None:
    done = run(sys.executable, "-c", USES_THE_PLATFORM, cwd=copied_tree, env=environment(copied_tree))
    assert done.stdout.strip().endswith("platform works"), done.stderr


def imports_at_run_time(tree: ast.AST) -> set[str]:
    """Every module that is imported anywhere but under ``if TYPE_CHECKING``."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        found |= imports_at_run_time(node)
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "publishers" / "platforms").glob("*.py")), ids=lambda path: path.stem)
def test_a_platform_file_imports_no_models(path: Path) -> None:
    imported = imports_at_run_time(ast.parse(path.read_text(encoding="utf-8")))
    assert {name for name in imported if ".models" in name} == set()

"""The timeline and the training page."""

import re
import subprocess
import sys

import requests

from publishers.sandbox.credentials import issue
from publishers.sandbox.rich_text import rich
from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.conftest import CHAT, PAGE

TOKEN = issue("telegram", CHAT)["token"]


def send(server: SandboxServer, text: str, chat: str = CHAT) -> None:
    requests.post(f"{server.url}/_sandbox/limits", json={"on": False}, timeout=5)
    data = {"chat_id": chat, "text": text, "parse_mode": "HTML"}
    assert requests.post(f"{server.url}/telegram/bot{TOKEN}/sendMessage", data=data, timeout=5).json()["ok"]


def test_posts_are_shown_newest_first_under_the_banner(server: SandboxServer) -> None:
    assert "Chưa có bài nào" in requests.get(server.url, timeout=5).text
    send(server, "Bài <b>một</b>")
    send(server, "Bài hai")
    page = requests.get(server.url, timeout=5)
    assert "DIỄN TẬP – không có gì ở đây lên mạng thật" in page.text
    assert page.text.index("Bài hai") < page.text.index("Bài <b>một</b>")
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_what_was_posted_is_escaped(server: SandboxServer) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    token = issue("facebook", PAGE)["token"]
    data = {"access_token": token, "message": attack, "link": "https://example.vn/?a=\"><b>'"}
    assert "id" in requests.post(f"{server.url}/graph/v27.0/{PAGE}/feed", data=data, timeout=5).json()
    notice = {
        "reference": attack,
        "title": attack,
        "text": attack,
        "images": [f"javascript:{attack}"],
        "language": attack,
    }
    requests.post(f"{server.url}/notice/manual/{'%22%3E%3Cscript%3E'}", json=notice, timeout=5)
    send(server, '<a href="http://x/&quot;&gt;&lt;script&gt;">a</a> &lt;script&gt;')
    for path in ("/", "/?platform=%22%3E%3Cscript%3E", f"/telegram/s/{CHAT[1:]}"):
        page = requests.get(server.url + path, timeout=5).text
        assert "<script" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page


def test_filters_and_paging(server: SandboxServer) -> None:
    for number in range(27):
        send(server, f"Bài số {number:02}.")
    send(server, "Kênh khác.", chat="@dientap_khac")
    first = requests.get(server.url, timeout=5).text
    assert first.count("<article") == 25
    assert "Trang 1/2" in first
    older = re.search(r'<a href="([^"]+)">Cũ hơn', first)
    assert older is not None
    assert requests.get(server.url + older[1], timeout=5).text.count("<article") == 3
    only = requests.get(server.url, params={"platform": "telegram", "channel": "@dientap_khac"}, timeout=5).text
    assert only.count("<article") == 1
    assert requests.get(server.url, params={"platform": "zalo"}, timeout=5).text.count("<article") == 0


def test_training_page_arms_and_clears_faults(server: SandboxServer) -> None:
    page = requests.get(f"{server.url}/_sandbox/", timeout=5).text
    assert "Không có sự cố nào đang chờ" in page
    form = {"platform": "telegram", "times": "2", "account": "", "seconds": "5", "fault": "html_502"}
    after = requests.post(f"{server.url}/_sandbox/faults", data=form, timeout=5).text
    assert "chưa đăng</td><td>Telegram</td>" in after
    state = requests.get(f"{server.url}/_sandbox/state", timeout=5).json()
    assert state["faults"][0]["times"] == 2
    requests.post(f"{server.url}/_sandbox/faults", data={"fault": "clear"}, timeout=5)
    assert requests.get(f"{server.url}/_sandbox/state", timeout=5).json()["faults"] == []


def test_control_refuses_other_sites_and_nonsense(server: SandboxServer) -> None:
    address = f"{server.url}/_sandbox/faults"
    form = {"platform": "*", "fault": "html_502"}
    assert requests.post(address, data=form, headers={"Sec-Fetch-Site": "cross-site"}, timeout=5).status_code == 403
    assert requests.post(address, json={"fault": "nonsense"}, timeout=5).status_code == 400
    assert requests.post(address, json={"fault": "slow", "times": 0}, timeout=5).status_code == 400
    assert requests.get(f"{server.url}/_sandbox/state", timeout=5).json()["faults"] == []


def test_overlapping_entities_stay_well_formed() -> None:
    shown = rich("😀abcdef", [{"type": "bold", "offset": 2, "length": 4}, {"type": "italic", "offset": 4, "length": 4}])
    assert shown == "😀<b>ab</b><b><i>cd</i></b><i>ef</i>"


def test_package_runs_without_django() -> None:
    code = "import sys, publishers.sandbox.server; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

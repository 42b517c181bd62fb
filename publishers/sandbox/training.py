"""The training page: arm a platform fault with a button, see what is armed and the last requests.

UI words are Vietnamese literals, since this server runs without Django and its catalogues.
"""

import html
from datetime import datetime
from typing import Any

from aiohttp import web

from publishers.sandbox.cards import PLATFORMS, local_time, platform_name
from publishers.sandbox.faults import NAMES
from publishers.sandbox.state import SANDBOX, Sandbox
from publishers.sandbox.timeline import page

_EFFECTS = {
    "commit_then_hang": "Loa không biết bài đã lên hay chưa; phải hỏi lại nền tảng hoặc người phụ trách.",
    "commit_then_reset": "Bài đã lên nhưng Loa mất kết nối, không nhận được mã bài.",
    "reset_before": "Mất kết nối, bài chưa lên.",
    "reset_after": "Bài đã lên, câu trả lời bị cắt giữa chừng.",
    "commit_then_500": "Bài đã lên nhưng nền tảng báo lỗi máy chủ.",
    "html_502": "Cổng mạng hỏng, trả về trang web thay vì câu trả lời.",
    "http_429": "Nền tảng bắt chờ; Loa phải tự gửi lại sau.",
    "throttle": "Như 429, theo cách báo riêng của từng nền tảng.",
    "expired_token": "Kênh phải dừng và báo người quản lý kênh cấp lại mã.",
    "partial_album": "Một phần ảnh đã lên; cần người xem lại.",
    "blocked": "Nền tảng tạm khóa quyền đăng; kênh phải tạm dừng.",
    "refuse_delete": "Bài thu hồi không xóa được; Loa sửa bài thành lời báo đã thu hồi.",
    "slow": "Nền tảng trả lời sau vài giây, bài vẫn lên bình thường.",
}


def add_training_routes(app: web.Application) -> None:
    """Serve the training page and the control addresses under ``/_sandbox/``."""
    app.router.add_get("/_sandbox/", training)
    app.router.add_get("/_sandbox", training)
    app.router.add_post("/_sandbox/faults", arm_fault)
    app.router.add_delete("/_sandbox/faults", clear_faults)
    app.router.add_get("/_sandbox/state", state)
    app.router.add_post("/_sandbox/limits", set_limits)


async def _data(request: web.Request) -> tuple[dict[str, Any], bool]:
    """(body, whether it came from the page's form). Refuses a form sent by another site."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise web.HTTPForbidden(text="cross-site request")
    if request.content_type == "application/json":
        body = await request.json()
        if not isinstance(body, dict):
            raise ValueError("expected a JSON object")
        return body, False
    form: dict[str, Any] = {k: v for k, v in (await request.post()).items() if isinstance(v, str) and v}
    return form, True


async def arm_fault(request: web.Request) -> web.Response:
    """``POST /_sandbox/faults``: arm one fault; the form may also clear all."""
    board = request.app[SANDBOX].faults
    try:
        data, from_form = await _data(request)
        if data.get("fault") == "clear":
            board.clear()
        else:
            board.arm(data)
    except (ValueError, TypeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    if from_form:
        raise web.HTTPSeeOther("/_sandbox/")
    return web.json_response({"armed": board.as_json()})


async def clear_faults(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/faults``: forget all armed faults."""
    request.app[SANDBOX].faults.clear()
    return web.json_response({"armed": []})


async def set_limits(request: web.Request) -> web.Response:
    """``POST /_sandbox/limits {"on": bool}``: the platforms' rate limits, night hours and quotas."""
    sandbox = request.app[SANDBOX]
    try:
        data, from_form = await _data(request)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    sandbox.limits.on = data.get("on") in (True, "true", "1", "on")
    if from_form:
        raise web.HTTPSeeOther("/_sandbox/")
    return web.json_response({"on": sandbox.limits.on})


async def state(request: web.Request) -> web.Response:
    """``GET /_sandbox/state``: counts, armed faults and the last requests."""
    sandbox = request.app[SANDBOX]
    await sandbox.log.settled()
    counts: dict[str, dict[str, int]] = {}
    for post in sandbox.log.posts:
        of = counts.setdefault(post.platform, {"published": 0, "edited": 0, "deleted": 0, "broadcasts": 0})
        of["published"] += 1
        of["edited"] += post.edited is not None
        of["deleted"] += post.deleted is not None
        of["broadcasts"] += len(post.broadcasts)
    return web.json_response(
        {
            "log": str(sandbox.log.path),
            "posts": counts,
            "faults": sandbox.faults.as_json(),
            "limits": sandbox.limits.on,
            "delay": sandbox.delay,
            "requests": list(sandbox.requests),
        }
    )


def _options(pairs: dict[str, str]) -> str:
    return "".join(f'<option value="{html.escape(k)}">{html.escape(v)}</option>' for k, v in pairs.items())


def _armed(sandbox: Sandbox) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(NAMES[f.fault])}</td><td>{html.escape(PLATFORMS.get(f.platform, 'Mọi nền tảng'))}</td>"
        f"<td>{html.escape(f.account or 'mọi kênh')}</td><td>{f.times}</td></tr>"
        for f in sandbox.faults.armed
    )
    if not rows:
        return "<p>Không có sự cố nào đang chờ. Các nền tảng chạy bình thường.</p>"
    return (
        '<div class="scroll"><table><tr><th>Sự cố</th><th>Nền tảng</th><th>Kênh</th><th>Còn (lần)</th></tr>'
        f'{rows}</table></div><form method="post" action="/_sandbox/faults"><p><button name="fault" value="clear">'
        "Bỏ hết sự cố đang chờ</button></p></form>"
    )


def _requests(sandbox: Sandbox) -> str:
    rows = "".join(
        f"<tr><td>{local_time(datetime.fromisoformat(r['at']))[:8]}</td><td>{html.escape(platform_name(r['platform']))}</td><td>{html.escape(r['method'])}</td>"
        f"<td>{html.escape(r['account'])}</td><td>{r['status']}</td><td>{html.escape(r['fault'])}</td></tr>"
        for r in list(sandbox.requests)[-15:][::-1]
    )
    if not rows:
        return "<p>Chưa có yêu cầu nào kể từ khi máy chủ chạy.</p>"
    head = "<tr><th>Giờ</th><th>Nền tảng</th><th>Lệnh</th><th>Kênh</th><th>HTTP</th><th>Sự cố</th></tr>"
    return f'<div class="scroll"><table>{head}{rows}</table></div>'


async def training(request: web.Request) -> web.Response:
    """The page with a button for each fault."""
    sandbox = request.app[SANDBOX]
    buttons = "".join(
        f'<button name="fault" value="{name}">{html.escape(words)}<small>{html.escape(_EFFECTS[name])}</small></button>'
        for name, words in NAMES.items()
    )
    platforms = _options({"*": "Mọi nền tảng", **PLATFORMS})
    on = sandbox.limits.on
    body = f"""<main><h1>Tập xử lý sự cố</h1>
<p>Chọn nền tảng rồi bấm một sự cố. Lần đăng tiếp theo tới nền tảng đó sẽ gặp đúng sự cố ấy, để cán bộ tập
cách nhận biết và xử lý trong Loa. Không có gì ra ngoài máy này.</p>
<section class="panel"><h2>Đang chờ</h2>{_armed(sandbox)}</section>
<section class="panel"><h2>Tạo sự cố</h2><form method="post" action="/_sandbox/faults">
<div class="fields"><label>Nền tảng<select name="platform">{platforms}</select></label>
<label>Số lần<input name="times" type="number" min="1" max="1000" value="1"></label>
<label>Chỉ một kênh (để trống: mọi kênh)<input name="account" autocomplete="off"></label>
<label>Số giây (chậm, bắt chờ)<input name="seconds" type="number" min="0" max="600" value="5"></label></div>
<div class="faultlist">{buttons}</div></form></section>
<section class="panel"><h2>Giới hạn của nền tảng</h2><p>{"Đang bật" if on else "Đang tắt"}: giới hạn tần suất,
giờ đêm và hạn mức tin truyền thông như nền tảng thật.</p><form method="post" action="/_sandbox/limits">
<button name="on" value="{"false" if on else "true"}">{"Tắt giới hạn" if on else "Bật giới hạn"}</button></form>
</section>
<section class="panel"><h2>Yêu cầu gần đây</h2>{_requests(sandbox)}</section></main>"""
    return page("Tập xử lý sự cố", body)

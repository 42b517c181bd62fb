"""The sandbox's Telegram, driven by python-telegram-bot over real sockets."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest
import requests
from telegram import Bot, InputMediaAudio, InputMediaPhoto, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
)

from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.bot import TOKEN, Records, drive, no_limits, post, refusal
from tests.publishers.sandbox.conftest import CHAT, png


def test_bot_and_channel_describe_themselves(server: SandboxServer) -> None:
    async def work(bot: Bot) -> None:
        me = await bot.get_me()
        chat = await bot.get_chat(CHAT)
        member = await bot.get_chat_member(CHAT, me.id)
        assert chat.type == "channel"
        assert f"@{chat.username}" == CHAT
        assert member.status == "administrator"
        assert member.can_post_messages  # type: ignore[union-attr]
        assert await bot.get_chat_member_count(CHAT) > 100
        assert (await bot.get_chat(chat.id)).username == chat.username

    drive(server, work)


def test_sent_text_is_in_the_log_as_a_reader_sees_it(server: SandboxServer, records: Records) -> None:
    raw = 'Gọi <b>111</b> &amp; <a href="https://example.vn/x?a=1&amp;b=2">xem thêm</a>'

    async def work(bot: Bot) -> None:
        options = LinkPreviewOptions(is_disabled=True)
        first = await bot.send_message(CHAT, raw, parse_mode="HTML", link_preview_options=options)
        second = await bot.send_message(CHAT, "Bài hai")
        assert first.text == "Gọi 111 & xem thêm"
        assert [e.type for e in first.entities] == ["bold", "text_link"]
        assert first.parse_entity(first.entities[1]) == "xem thêm"
        assert first.entities[1].url == "https://example.vn/x?a=1&b=2"
        assert second.message_id == first.message_id + 1

    drive(server, work)
    first = records("publish")[0]
    assert (first["account"], first["text"], first["raw"]) == (CHAT, "Gọi 111 & xem thêm", raw)
    assert requests.get(first["permalink"], timeout=5).status_code == 200


def test_photo_album_audio_and_document(server: SandboxServer, records: Records) -> None:
    no_limits(server)

    async def work(bot: Bot) -> None:
        photo = await bot.send_photo(CHAT, png(), caption="Một <i>ảnh</i>", parse_mode="HTML")
        assert photo.photo[0].width == 8
        assert photo.caption == "Một ảnh"
        again = await bot.send_photo(CHAT, photo.photo[0].file_id)
        assert again.photo[0].file_unique_id == photo.photo[0].file_unique_id
        album = [InputMediaPhoto(png(shade=s), caption="Đầu" if s == 1 else None) for s in (1, 2, 3)]
        messages = await bot.send_media_group(CHAT, album)
        assert len({m.media_group_id for m in messages}) == 1
        assert [m.caption for m in messages] == ["Đầu", None, None]
        audio = await bot.send_audio(CHAT, b"ID3" + b"\0" * 64, filename="ban-tin.mp3", title="Bản tin")
        assert audio.audio is not None
        document = await bot.send_document(CHAT, b"%PDF-1.7", filename="to-roi.pdf")
        assert document.document is not None

    drive(server, work)
    published = records("publish")
    assert [len(r["media"]) for r in published] == [1, 1, 3, 1, 1]
    digest = published[0]["media"][0]["sha256"]
    shown = requests.get(f"{server.url}/_sandbox/media/{digest}", timeout=5)
    assert shown.content == png()
    assert shown.headers["Content-Type"] == "image/png"


def test_photo_by_address_is_fetched(server: SandboxServer) -> None:
    async def work(bot: Bot) -> None:
        sent = await bot.send_photo(CHAT, png(20, 10))
        digest = sent.photo[0].file_id.rpartition("-")[2]
        again = await bot.send_photo(CHAT, f"{server.url}/_sandbox/media/{digest}")
        assert (again.photo[0].width, again.photo[0].height) == (20, 10)
        with pytest.raises(BadRequest, match=r"[Ff]ailed to get http url content"):
            await bot.send_photo(CHAT, f"{server.url}/_sandbox/media/{'0' * 64}")
        with pytest.raises(BadRequest, match=r"[Ww]rong type of the web page content"):
            await bot.send_photo(CHAT, f"{server.url}/")

    drive(server, work)


def test_edit_and_delete(server: SandboxServer, records: Records) -> None:
    async def work(bot: Bot) -> None:
        sent = await bot.send_message(CHAT, "Bản một")
        edited = await bot.edit_message_text("Bản <b>hai</b>", CHAT, sent.message_id, parse_mode="HTML")
        assert edited.text == "Bản hai"  # type: ignore[union-attr]
        with pytest.raises(BadRequest, match=r"[Mm]essage is not modified"):
            await bot.edit_message_text("Bản <b>hai</b>", CHAT, sent.message_id, parse_mode="HTML")
        photo = await bot.send_photo(CHAT, png(), caption="Cũ")
        await bot.edit_message_caption(CHAT, photo.message_id, caption="Mới")
        with pytest.raises(BadRequest, match=r"no text in the message"):
            await bot.edit_message_text("x", CHAT, photo.message_id)
        assert await bot.delete_message(CHAT, sent.message_id)
        with pytest.raises(BadRequest, match=r"[Mm]essage to delete not found"):
            await bot.delete_message(CHAT, sent.message_id)
        with pytest.raises(BadRequest, match=r"[Mm]essage to edit not found"):
            await bot.edit_message_text("x", CHAT, sent.message_id)
        assert await bot.delete_messages(CHAT, [sent.message_id, photo.message_id])

    drive(server, work)
    assert [(r["action"], r["text"]) for r in records()] == [
        ("publish", "Bản một"),
        ("edit", "Bản hai"),
        ("publish", "Cũ"),
        ("edit", "Mới"),
        ("delete", "Bản hai"),
        ("delete", "Mới"),
    ]


def test_length_is_counted_in_code_points_after_parsing(server: SandboxServer) -> None:
    def send(text: str, **more: Any) -> str:
        answer = post(server, "sendMessage", chat_id=CHAT, text=text, **more).json()
        return "ok" if answer["ok"] else answer["description"]

    no_limits(server)
    assert send("ệ" * 4096) == "ok"
    assert send("😀" * 4096) == "ok"
    assert send("e\u0323\u0302" * 1366) == "Bad Request: message is too long"
    assert send("a" * 4097) == "Bad Request: message is too long"
    assert send("<b>" + "a" * 4096 + "</b>", parse_mode="HTML") == "ok"
    assert send("&lt;" * 4096, parse_mode="HTML") == "ok"
    assert send("&lt;" * 4097, parse_mode="HTML") == "Bad Request: message is too long"
    assert send("ệ" * 11_000) == "Bad Request: text is too long"
    assert send("") == "Bad Request: message text is empty"
    assert send("<b> </b>", parse_mode="HTML") == "Bad Request: text must be non-empty"


def test_caption_limit(server: SandboxServer) -> None:
    async def work(bot: Bot) -> None:
        await bot.send_photo(CHAT, png(), caption="ă" * 1024)
        with pytest.raises(BadRequest, match=r"[Mm]essage caption is too long"):
            await bot.send_photo(CHAT, png(), caption="ă" * 1025)

    drive(server, work)


def test_unknown_mode_and_unknown_chats(server: SandboxServer) -> None:
    text = {"text": "x"}
    assert refusal(server, "sendMessage", chat_id=CHAT, parse_mode="BBCode", **text) == (
        "Bad Request: unsupported parse_mode"
    )
    assert refusal(server, "sendMessage", chat_id="@kenh_that", **text) == "Bad Request: chat not found"
    assert refusal(server, "sendMessage", chat_id=-1001234567890, **text) == "Bad Request: chat not found"
    assert refusal(server, "sendMessage", **text) == "Bad Request: chat_id is empty"
    assert refusal(server, "sendMessage", chat_id="@dientap_khongphaiquantri", **text) == (
        "Bad Request: need administrator rights in the channel chat"
    )

    async def work(bot: Bot) -> None:
        with pytest.raises(Forbidden, match=r"bot was kicked from the channel chat"):
            await bot.send_message("@dientap_bidduoi", "x")
        with pytest.raises(ChatMigrated) as moved:
            await bot.send_message(-999123, "x")
        assert await bot.send_message(moved.value.new_chat_id, "x")

    drive(server, work)


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        ("123456:AAbbccddeeffgghhiijjkkllmmnnooppqqrr", 401, "Unauthorized"),
        (TOKEN[:-1] + ("0" if TOKEN[-1] != "0" else "1"), 401, "Unauthorized"),
        ("nonsense", 401, "Unauthorized: invalid token specified"),
        ("0900:x", 401, "Unauthorized: invalid token specified"),
    ],
)
def test_bad_tokens(server: SandboxServer, token: str, status: int, words: str) -> None:
    answer = requests.get(f"{server.url}/telegram/bot{token}/getMe", timeout=5)
    assert (answer.status_code, answer.json()["description"]) == (status, words)


def test_bad_token_and_method_through_the_library(server: SandboxServer) -> None:
    with pytest.raises(InvalidToken):
        drive(server, lambda bot: bot.send_message(CHAT, "x"), token="9000:SANDBOX-no")
    assert refusal(server, "sendTelepathy", chat_id=CHAT) == "Not Found: method not found"


def test_album_refusals(server: SandboxServer, records: Records) -> None:
    photo = {"type": "photo", "media": "x"}

    def album(media: Any) -> str:
        return refusal(server, "sendMediaGroup", chat_id=CHAT, media=media)

    assert album([photo] * 11) == "Bad Request: too many messages to send as an album"
    assert album([]) == "Bad Request: there are no messages to send"
    assert album("nonsense") == "Bad Request: can't parse media JSON object"
    assert album({"type": "photo"}) == "Bad Request: can't parse media JSON object: expected an Array of InputMedia"
    mixed = [photo, {"type": "audio", "media": "x"}]
    assert album(mixed) == "Bad Request: can't use the media of the specified type in the album"
    assert refusal(server, "sendPhoto", chat_id=CHAT) == "Bad Request: there is no photo in the request"

    async def work(bot: Bot) -> None:
        with pytest.raises(BadRequest, match=r"specified type in the album"):
            await bot.send_media_group(CHAT, [InputMediaPhoto(png()), InputMediaAudio(b"ID3x")])
        with pytest.raises(BadRequest, match=r"(?i)photo_invalid_dimensions"):
            await bot.send_photo(CHAT, png(2100, 100))
        with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
            await bot.send_photo(CHAT, b"not a picture")

    drive(server, work)
    assert records() == []


def test_flood_limit_per_chat_and_switch(server: SandboxServer) -> None:
    async def work(bot: Bot) -> int:
        for sent in range(12):
            try:
                await bot.send_message(CHAT, "Bài ngắn")
            except RetryAfter:
                return sent
        return 12

    assert 4 <= drive(server, work) <= 8
    answer = post(server, "sendMessage", chat_id=CHAT, text="x")
    assert answer.headers["Retry-After"] == str(answer.json()["parameters"]["retry_after"])
    no_limits(server)
    assert post(server, "sendMessage", chat_id=CHAT, text="x").status_code == 200


def test_reaction_counts_by_polling_and_webhook_conflict(server: SandboxServer, records: Records) -> None:
    async def work(bot: Bot) -> None:
        for _ in range(4):
            await bot.send_message(CHAT, "Bài có người bày tỏ cảm xúc")
        await bot.get_updates(allowed_updates=["message_reaction_count"])
        await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="bi-mat")
        assert (await bot.get_webhook_info()).url.endswith("/hook")
        with pytest.raises(Conflict):
            await bot.get_updates()
        await bot.delete_webhook()
        updates = await bot.get_updates(timeout=25, allowed_updates=["message_reaction_count"])
        assert updates[0].message_reaction_count is not None
        assert updates[0].message_reaction_count.reactions[0].total_count >= 1

    drive(server, work)
    assert records("metric")[0]["metric"] == "reactions"


def test_webhook_gets_reactions_with_its_secret_also_after_a_restart(server: SandboxServer) -> None:
    got: Queue[tuple[str | None, dict[str, Any]]] = Queue()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.put((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    hook = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()

    async def work(bot: Bot) -> None:
        address = f"http://127.0.0.1:{hook.server_port}/hook"
        await bot.set_webhook(address, secret_token="bi-mat", allowed_updates=["message_reaction_count"])
        for _ in range(5):
            await bot.send_message(CHAT, "Bài có người bày tỏ cảm xúc")

    try:
        drive(server, work)
        server.stop()
        server.start()
        header, update = got.get(timeout=30)
    finally:
        hook.shutdown()
        hook.server_close()
    assert header == "bi-mat"
    assert update["message_reaction_count"]["chat"]["username"] == CHAT[1:]


def test_item_of_an_album_can_be_deleted_alone(server: SandboxServer, records: Records) -> None:
    async def work(bot: Bot) -> None:
        album = [InputMediaPhoto(png(shade=s)) for s in (1, 2, 3)]
        ids = [m.message_id for m in await bot.send_media_group(CHAT, album)]
        await bot.delete_message(CHAT, ids[1])
        page = requests.get(server.url, timeout=5).text
        assert page.count("<img") == 2
        assert "Đã thu hồi" not in page
        await bot.delete_messages(CHAT, ids)

    drive(server, work)
    assert [r["id"] for r in records("delete")] == ["2", "1", "3"]
    assert "Đã thu hồi" in requests.get(server.url, timeout=5).text


def test_public_page_shows_views(server: SandboxServer, records: Records) -> None:
    drive(server, lambda bot: bot.send_message(CHAT, "Xem <b>kỹ</b> nhé", parse_mode="HTML"))
    channel = CHAT.lstrip("@")
    for address in (f"s/{channel}", f"{channel}/1?embed=1&mode=tme"):
        page = requests.get(f"{server.url}/telegram/{address}", timeout=5).text
        assert f'data-post="{channel}/1"' in page
        views = page.split('tgme_widget_message_views">')[1].split("<")[0]
        assert int(views) > 0
    assert {r["metric"] for r in records("metric")} == {"views"}
    missing = requests.get(f"{server.url}/telegram/{channel}/77?embed=1", timeout=5).text
    assert "Post not found" in missing

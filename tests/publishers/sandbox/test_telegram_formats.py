"""Parse modes of the sandbox's Telegram: entities, and errors with byte offsets."""

import pytest
from telegram import Bot, MessageEntity

from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.bot import drive, post, refusal
from tests.publishers.sandbox.conftest import CHAT


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("Tiếng <x>", 'Unsupported start tag "x" at byte offset 8'),
        ("á<b", "Unclosed start tag at byte offset 2"),
        ("<a href='x", 'Unclosed start tag "a" at byte offset 0'),
        ("ab</b>", "Unexpected end tag at byte offset 2"),
        ("<b>ệ</b", "Unclosed end tag at byte offset 6"),
        ("<b>ệ</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
    ],
)
def test_html_parse_errors_name_the_byte_offset(server: SandboxServer, text: str, error: str) -> None:
    said = refusal(server, "sendMessage", chat_id=CHAT, text=text, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {error}"


@pytest.mark.parametrize(
    ("mode", "text", "error"),
    [
        ("MarkdownV2", "Gọi 111.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "ệ *đậm", "Can't find end of Bold entity at byte offset 4"),
        ("MarkdownV2", "[x](http://a", "Can't find end of a URL at byte offset 3"),
        ("Markdown", "ệ _x", "Can't find end of the entity starting at byte offset 4"),
    ],
)
def test_markdown_parse_errors(server: SandboxServer, mode: str, text: str, error: str) -> None:
    said = refusal(server, "sendMessage", chat_id=CHAT, text=text, parse_mode=mode)
    assert said == f"Bad Request: can't parse entities: {error}"


def test_markdown_is_parsed(server: SandboxServer) -> None:
    text = r"*Gọi* __ngay__ ||111|| [trang](https://example.vn/a_b) `x.y` Hết\."
    answer = post(server, "sendMessage", chat_id=CHAT, text=text, parse_mode="MarkdownV2").json()["result"]
    assert answer["text"] == "Gọi ngay 111 trang x.y Hết."
    assert [e["type"] for e in answer["entities"]] == ["bold", "underline", "spoiler", "text_link", "code"]


def test_nested_entities_and_utf16_offsets(server: SandboxServer) -> None:
    async def work(bot: Bot) -> None:
        text = '😀 <blockquote><b>Cảnh <i>báo</i></b></blockquote> <code class="language-py">x</code> <s>a</s>'
        sent = await bot.send_message(CHAT, text, parse_mode="HTML")
        assert sent.text == "😀 Cảnh báo x a"
        spans = [(e.type, e.offset, e.length) for e in sent.entities]
        assert spans[:3] == [("blockquote", 3, 8), ("bold", 3, 8), ("italic", 8, 3)]
        wide = await bot.send_message(CHAT, "<b>😀a</b><i>b</i>", parse_mode="HTML")
        assert [(e.offset, e.length) for e in wide.entities] == [(0, 3), (3, 1)]
        given = await bot.send_message(CHAT, " 😀 đậm ", entities=[MessageEntity("bold", 4, 3)])
        assert given.parse_entity(given.entities[0]) == "đậm"

    drive(server, work)

"""Three hundred texts on each platform: what it would refuse is found when the text is saved, nothing later."""

import asyncio
import dataclasses
import random
import unicodedata

import pytest

from publishers import registry
from publishers.errors import SendError
from publishers.message import Attachment, Message
from publishers.platform import Job
from publishers.target import Target
from publishers.wire import open_wire
from publishers.work import target_of
from tests.publishers.files import picture, sound
from tests.publishers.live import live, platforms
from tests.publishers.test_zalo import pictures

__all__ = ["live", "pictures", "platforms"]

WORDS = {
    "vi": ["phòng", "chống", "mua", "bán", "người", "Lào", "Cai", "nghiêng", "ưỡn", "khuyến", "cáo", "đường", "nóng"],
    "hmn": ["peb", "tsis", "txhob", "ntseeg", "neeg", "txawv", "qhov", "chaw", "ua", "haujlwm", "nyiaj", "ntau"],
    "pahawh": ["𖬌𖬣𖬵", "𖬂𖬥𖬰", "𖬖𖬲𖬦𖬵"],
    "tai": ["ꪼꪕ", "ꪁꪫꪸ", "ꪵꪜꪚ"],
    "emoji": ["😀", "👩‍👩‍👧‍👦", "🇻🇳", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️‍🔥", "1️⃣"],
    "hostile": ["<b>", "</b>", "&amp;", "&", "<script>", "a<b", '"', "'", "\\", "%s", "{{x}}", *"\u200b\u202e\ufeff"],
}
LENGTHS = (0, 1, 2, 40, 137, 140, 141, 149, 150, 249, 251, 300, 1000, 1023, 1024, 1025, 2100, 4093, 4096, 4097, 9000)
LONG = (31_000, 63_190, 63_206, 63_207, 70_000)
KINDS = ("vi", "hmn", "pahawh", "tai", "emoji", "hostile", "mixed")
JOINTS = (" ", " ", " ", ". ", ", ", "\n", "\n\n", " \n \n", "")


def text_of(rng: random.Random, kind: str, length: int) -> str:
    """About ``length`` characters of one kind, sometimes in decomposed letters, sometimes one endless word."""
    words = [word for known in WORDS.values() for word in known] if kind == "mixed" else WORDS[kind]
    joints = ("",) if rng.random() < 0.1 else JOINTS
    text = ""
    while len(text) < length:
        text += rng.choice(words) + rng.choice(joints)
    return unicodedata.normalize(rng.choice(["NFC", "NFD"]), text[:length])


def messages() -> list[Message]:
    """Three hundred, the same at every run."""
    rng, found = random.Random(84), []
    for number in range(300):
        kind = KINDS[number % len(KINDS)]
        length = LONG[number // 60] if number % 60 == 0 else LENGTHS[number % len(LENGTHS)]
        title = text_of(rng, rng.choice(KINDS), rng.choice([0, 5, 30, 60, 139, 140, 141, 160]))
        summary = text_of(rng, kind, rng.choice([0, 100, 249, 250, 251]))
        text = text_of(rng, kind, length)
        # Facebook refuses the same post twice in a row; these are about lengths.
        link = f"https://loa.example/l/gh{number:03d}"
        if number % 97 == 0:  # Nothing that anybody would see.
            title, summary, text, link = "", "", "\u200b \n", ""
        found.append(Message(text=text, title=title, summary=summary, link=link))
    return found


@dataclasses.dataclass
class Outcome:
    """How many of the texts were caught at save, and how many the platform took."""

    caught: int = 0
    taken: int = 0


async def publish(platform: str, target: Target, given: list[Message]) -> Outcome:
    """What is not caught at save goes through the platform's own steps; a refusal fails the test."""
    known, outcome, slots = registry.get(platform), Outcome(), asyncio.Semaphore(16)

    async def one(number: int, message: Message, wire: object) -> None:
        if any(problem.blocks for problem in known.problems(message)):
            outcome.caught += 1
            return
        job = Job("publish", f"limits:{platform}:{number}", target, message, {})
        async with slots:
            for step in known.steps(job):
                try:
                    receipt = await known.perform(step, job, wire)
                except SendError as error:
                    start = f"{len(message.text)} {message.text[:80]!r}, title {message.title[:80]!r}"
                    where = f"{platform} refused text {number} at {step.name}"
                    raise AssertionError(f"{where}: {error}; {start}") from error
                job = dataclasses.replace(job, progress={**job.progress, step.name: receipt.data})
        outcome.taken += 1

    async with open_wire(in_flight=16) as wire:
        await asyncio.gather(*(one(number, message, wire) for number, message in enumerate(given)))
    return outcome


def dressed(platform: str, cover: str) -> list[Message]:
    """The messages with what the platform needs, and on some a picture or a recording."""
    if platform == "zalo":
        image = Attachment(name="", url=cover, mime="image/jpeg")
        return [dataclasses.replace(message, images=(image,)) for message in messages()]
    if platform in ("telegram", "facebook"):
        image, audio = picture(), sound()
        return [
            dataclasses.replace(message, images=(image,) * (number % 3 == 1), audio=audio if number % 5 == 1 else None)
            for number, message in enumerate(messages())
        ]
    return messages()


ALL = ["telegram", "facebook", "zalo", "feed", "manual", "loudspeaker"]


@pytest.mark.django_db
@pytest.mark.parametrize("platform", ALL)
def test_no_text_is_refused_by_the_sandbox(platform, sandbox, make_channel, pictures, monkeypatch):
    monkeypatch.setattr("publishers.platforms.zalo.VERIFY_PAUSES", (0.02,) * 60)
    sandbox.sandbox.limits.on = False
    target = target_of(make_channel(platform))
    outcome = asyncio.run(publish(platform, target, dressed(platform, f"{pictures}/cover.jpg")))
    assert outcome.caught + outcome.taken == 300
    assert outcome.taken > 100
    assert outcome.caught > 0


@pytest.mark.parametrize("platform", ["telegram", "facebook", "zalo"])
def test_no_text_is_refused_by_another_stand_in(platform, live, platforms, monkeypatch):
    monkeypatch.setattr("publishers.platforms.zalo.VERIFY_PAUSES", (0.02,) * 10)
    platforms.telegram.flood = False
    target = target_of(live.channel(platform))
    outcome = asyncio.run(publish(platform, target, dressed(platform, "https://loa.example/c.jpg")))
    assert outcome.caught + outcome.taken == 300
    assert [rule for rule in platforms.broken if "twice" not in rule] == []

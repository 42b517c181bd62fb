"""Telegram's flood limits: about 30 messages a second per bot; 1 a second and 20 a minute per chat.

The real limits are not published exactly. These are the figures Telegram's FAQ names, with the short
bursts it is known to tolerate.
"""

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

BOT_RATE = 30.0
CHAT_BURST = 5.0
PER_MINUTE = 20


@dataclass(slots=True)
class _Bucket:
    """Refills steadily. A request may take it below zero once (an album is one request of many messages)."""

    rate: float
    size: float
    level: float
    stamp: float

    def wait(self, now: float) -> float:
        self.level = min(self.size, self.level + (now - self.stamp) * self.rate)
        self.stamp = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate


@dataclass
class FloodLimits:
    """Per bot and per chat limits; ``on`` switches all of them."""

    on: bool = True
    _bots: dict[int, _Bucket] = field(default_factory=dict)
    _chats: dict[str, _Bucket] = field(default_factory=dict)
    _minute: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def ask(self, bot_id: int, chat: str, messages: int, *, edit: bool = False) -> int:
        """Seconds to wait before this may be sent; 0 means it may, and counts it."""
        if not self.on:
            return 0
        now = time.monotonic()
        bot = self._bots.setdefault(bot_id, _Bucket(BOT_RATE, BOT_RATE, BOT_RATE, now))
        one = self._chats.setdefault(chat, _Bucket(1.0, CHAT_BURST, CHAT_BURST, now))
        recent = self._minute[f"{chat} edit" if edit else chat]
        while recent and recent[0] <= now - 60:
            recent.popleft()
        minute_wait = recent[len(recent) - PER_MINUTE] + 60 - now if len(recent) >= PER_MINUTE else 0.0
        wait = max(bot.wait(now), one.wait(now), minute_wait)
        if wait > 0:
            return max(1, math.ceil(wait))
        bot.level -= messages
        one.level -= messages
        recent.extend([now] * messages)
        return 0

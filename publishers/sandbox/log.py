"""The sandbox's append-only log of accepted posts: JSON lines, synced to disk before any answer.

The log is the only state that must survive a kill. It is read at start, so edits, deletes, duplicate
checks, figures and the timeline go on where they stopped. Many requests in flight share one fsync.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]


class LogDamagedError(Exception):
    """A line before the last one is not a record: someone edited the log, or the disk is bad."""


@dataclass(slots=True)
class Post:
    """One thing that was posted, as its platform remembers it."""

    seq: int
    platform: str
    account: str
    id: str
    at: datetime
    text: str
    raw: str
    media: list[dict[str, Any]]
    reference: str
    permalink: str
    detail: dict[str, Any]
    visible: bool = True
    edited: datetime | None = None
    deleted: datetime | None = None
    deleted_ids: set[str] = field(default_factory=set)
    broadcasts: list[datetime] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """All ids of the post: a Telegram album has one for each item."""
        return [str(i) for i in self.detail.get("ids", [])] or [self.id]


class SandboxLog:
    """Append-only log with the posts it describes held in memory.

    Used from one event loop. Raises OSError when another process holds the same log.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.media_dir = path.with_name(path.name + ".media")
        self.posts: list[Post] = []
        self.marks: list[Record] = []
        self._by_id: dict[tuple[str, str, str], Post] = {}
        self._by_account: defaultdict[tuple[str, str], list[Post]] = defaultdict(list)
        self._by_reference: dict[tuple[str, str, str], Post] = {}
        self._seq = 0
        self._queue: list[tuple[str, asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None
        self._broken: OSError | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-log")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._take_lock()
        _mend_last_line(path)
        self._read()
        self._file = path.open("ab")

    def _take_lock(self) -> int:
        # A POSIX lock, not flock: forked Celery children must not keep it alive after their parent.
        lock = os.open(self.path.with_name(self.path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise OSError(error.errno, "another sandbox server is using this log", str(self.path)) from error
        return lock

    def _read(self) -> None:
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line)
                    self._apply(record)
                except (ValueError, KeyError, TypeError) as error:
                    raise LogDamagedError(f"{self.path}, line {number}: not a record of the sandbox") from error

    def find(self, platform: str, account: str, post_id: str) -> Post | None:
        """The post with this id (for an album, the id of any of its items), deleted or not."""
        return self._by_id.get((platform, account, post_id))

    def by_reference(self, platform: str, account: str, reference: str) -> Post | None:
        """The post published under the sender's own reference."""
        return self._by_reference.get((platform, account, reference))

    def of_account(self, platform: str, account: str) -> list[Post]:
        """Posts of one account, oldest first, deleted ones included."""
        return self._by_account.get((platform, account), [])

    def accounts(self) -> list[tuple[str, str]]:
        """(platform, account) of everything ever posted."""
        return sorted(self._by_account)

    def next_number(self) -> int:
        """A number no record of this log has had; the base for platforms' own ids."""
        return self._seq + 1

    async def write(
        self,
        *,
        platform: str,
        account: str,
        action: str,
        id: str,
        text: str = "",
        raw: str = "",
        media: list[dict[str, Any]] | None = None,
        reference: str = "",
        permalink: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> Post | None:
        """Record what was accepted and return its post once the record is on disk.

        The state changes at once, so that two identical requests in flight cannot both be new; the
        caller may answer only after this returns. Raises OSError when the disk refuses.
        """
        record: Record = {
            "seq": self._seq + 1,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "platform": platform,
            "account": account,
            "action": action,
            "id": id,
            "text": text,
            "raw": raw,
            "media": media or [],
            "reference": reference,
            "permalink": permalink,
        }
        if detail:
            record["detail"] = dict(detail)
        return await self._commit(record)

    async def write_metric(self, post: Post, metric: str, value: int, *, post_id: str = "") -> None:
        """Record a figure that is about to be answered."""
        await self._commit(
            {
                "seq": self._seq + 1,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "platform": post.platform,
                "account": post.account,
                "action": "metric",
                "id": post_id or post.id,
                "metric": metric,
                "value": value,
            }
        )

    async def settled(self) -> None:
        """Wait until all that was accepted so far is on disk; reads use it, so none shows a post that may vanish."""
        while self._flusher is not None and not self._flusher.done():
            await asyncio.shield(self._flusher)

    async def _commit(self, record: Record) -> Post | None:
        if self._broken is not None:
            raise self._broken
        loop = asyncio.get_running_loop()
        post = self._apply(record)
        done: asyncio.Future[None] = loop.create_future()
        self._queue.append((json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n", done))
        if self._flusher is None or self._flusher.done():
            self._flusher = loop.create_task(self._flush())
        await done
        return post

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            batch, self._queue = self._queue, []
            data = "".join(line for line, _ in batch).encode()
            try:
                await loop.run_in_executor(self._thread, self._write_synced, data)
            except OSError as error:
                # The file may now end in a torn line: stop taking posts rather than write after it.
                self._broken = error
            for _, done in batch:
                if done.done():
                    continue
                if self._broken is None:
                    done.set_result(None)
                else:
                    done.set_exception(self._broken)

    def _write_synced(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())

    async def store_media(self, content: bytes) -> tuple[str, int]:
        """Keep an uploaded file by its SHA-256; returns (hex digest, bytes)."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.media_dir / digest
        if not target.exists():
            await asyncio.get_running_loop().run_in_executor(None, _write_file, target, content)
        return digest, len(content)

    def _apply(self, record: Record) -> Post | None:
        self._seq = max(self._seq, int(record["seq"]))
        action = record["action"]
        if action in ("publish", "upload"):
            return self._add(record)
        if action == "metric":
            return None
        post = self.find(record["platform"], record["account"], record["id"])
        if post is None or action not in ("edit", "delete", "broadcast"):
            self.marks.append(record)
            return None
        when = datetime.fromisoformat(record["at"])
        if action == "edit":
            post.edited = when
            post.text, post.raw = record["text"], record["raw"]
            post.media = record["media"] or post.media
            post.detail.update(record.get("detail", {}))
        elif action == "delete":
            post.deleted_ids.add(record["id"])
            if post.deleted_ids >= set(post.ids):
                post.deleted = when
        else:
            for article in record.get("detail", {}).get("articles", [post.id]):
                sent = self.find(post.platform, post.account, article)
                if sent is not None:
                    sent.broadcasts.append(when)
        return post

    def _add(self, record: Record) -> Post:
        key = (record["platform"], record["account"])
        post = Post(
            seq=record["seq"],
            platform=key[0],
            account=key[1],
            id=record["id"],
            at=datetime.fromisoformat(record["at"]),
            text=record["text"],
            raw=record["raw"],
            media=record["media"],
            reference=record["reference"],
            permalink=record["permalink"],
            detail=dict(record.get("detail", {})),
            visible=record["action"] == "publish",
        )
        for one in post.ids:
            self._by_id[(*key, one)] = post
        if post.visible:
            self.posts.append(post)
            self._by_account[key].append(post)
            if post.reference:
                self._by_reference[(*key, post.reference)] = post
        return post

    def close(self) -> None:
        """Finish pending writes and give the log free for another process."""
        self._thread.shutdown(wait=True)
        with contextlib.suppress(OSError):
            self._file.close()
        os.close(self._lock)


def _mend_last_line(path: pathlib.Path) -> None:
    """Drop a last line that a kill tore in half: it was never answered, so nobody was told it exists."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("r+b") as log:
        content = log.read()
        if content.endswith(b"\n"):
            return
        start = content.rfind(b"\n") + 1
        try:
            json.loads(content[start:])
        except ValueError:
            log.truncate(start)
        else:
            log.seek(0, os.SEEK_END)
            log.write(b"\n")
        log.flush()
        os.fsync(log.fileno())


def _write_file(target: pathlib.Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.{id(content)}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)

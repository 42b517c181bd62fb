"""Platforms of our own: "sent" means that what we publish is ready and reachable.

Nothing leaves for a live channel. A rehearsal channel tells the sandbox, so that its timeline shows
the post as readers would see it and its log can be recounted; telling it twice does no harm, since
the sandbox knows the reference.
"""

from collections.abc import Sequence
from typing import Any

import aiohttp

from publishers.errors import Transient
from publishers.message import Receipt
from publishers.platform import Job, Platform, Step, Wire
from publishers.target import Address


class LocalPlatform(Platform):
    """Base of feed, loudspeaker and manual."""

    addresses = {"notice": Address(setting="SITE_URL", sandbox="/notice")}

    def steps(self, job: Job) -> Sequence[Step]:
        return (Step("publish", repeatable=True),)

    def permalink(self, job: Job) -> str:
        """Where the live version is to be found."""
        return job.message.link

    async def perform(self, step: Step, job: Job, wire: Wire) -> Receipt:
        if not job.target.rehearsal:
            return Receipt(external_id=job.reference, permalink=self.permalink(job))
        answer = await self._notify(job, wire)
        return Receipt(external_id=str(answer["id"]), permalink=str(answer["permalink"]))

    async def _notify(self, job: Job, wire: Wire) -> dict[str, Any]:
        message = job.message
        url = f"{job.target.address(self.addresses['notice'])}/{self.name}/{job.target.channel_id}"
        notice = {
            "kind": job.kind,
            "reference": job.reference,
            "channel_name": job.target.name,
            "title": message.title,
            "text": "\n\n".join(str(piece) for piece in self.compose(message)),
            "images": [image.url for image in message.images],
            "audio": message.audio.url if message.audio else None,
            "language": message.language,
        }
        try:
            async with wire.http(job.target).post(url, json=notice) as response:
                response.raise_for_status()
                answer: dict[str, Any] = await response.json()
                return answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Transient("unreachable", str(error)) from error

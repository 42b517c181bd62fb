"""Facebook pages, through facebook-sdk behind ``publishers.graph``.

Facts: Graph API v27.0 (developers.facebook.com/docs/graph-api). Facebook has no idempotency key, but
published posts can be listed: a lost answer is cleared up by looking for the delivery's own link.
"""

import asyncio
import datetime as dt
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from publishers.errors import Permanent, SendError
from publishers.graph import Graph
from publishers.message import Measure, Message, Metric, Problem, Receipt
from publishers.platform import Call, Check, Event, Explanation, Job, Limit, Option, Platform, Step, Wire
from publishers.target import Address, Target

T = TypeVar("T")
GRAPH = Address(setting="FACEBOOK_GRAPH_URL", sandbox="/graph")
VIDEO = Address(setting="FACEBOOK_VIDEO_URL", sandbox="/graph-video")
MESSAGE_LIMIT = 63_206
NUMBER = r"\d{3,25}"
PICTURE_LIMIT = 10
# Metrics that live in late 2026 (facts A6). Each is asked alone: one refused metric fails a whole call.
METRICS = {
    "post_media_view": "views",
    "post_reactions_by_type_total": "reactions",
    "post_clicks": "clicks_on_platform",
}
FIELDS = "id,permalink_url,created_time"


class FacebookPlatform(Platform):
    name = "facebook"
    label = _("Facebook page")
    card = "facebook"
    # Not documented by Facebook: what desktop readers see, by observation; phones fold earlier.
    fold = 477
    options = (
        Option("page_id", _("page number"), pattern=NUMBER),
        Option("app_id", _("app number"), _("for checking the token"), required=False),
    )
    secrets = (
        Option("token", _("page token")),
        Option("app_secret", _("app secret")),
        Option(
            "webhook_secret",
            _("verify token of the webhook"),
            _("made up by us, entered in the app's webhook settings"),
            required=False,
            incoming=True,
        ),
    )
    addresses = {"graph": GRAPH, "video": VIDEO}
    reconcilable = True
    explanations = {
        "bad-token": Explanation(
            _("Facebook does not accept the page token (any more)."),
            _("The person who connected the page signs in again and enters a new page token."),
        ),
        "page-token-needed": Explanation(
            _("This is the token of a person, not of the page."),
            _("Fetch the page's own token (list of pages, field access_token) and enter that."),
        ),
        "no-permission": Explanation(
            _("The app lacks a permission for this page."),
            _("Give the app pages_manage_posts and pages_read_engagement and connect the page again."),
        ),
        "duplicate": Explanation(
            _("Facebook says that the same text was just posted; an earlier try may have worked."),
            _("Loa looks for it on the page. If it is there, press “It is there”."),
        ),
        "blocked": Explanation(
            _("Facebook has blocked the page for a while."), _("Look at the page's quality notices before going on.")
        ),
        "link-unreadable": Explanation(
            _("Facebook could not read the linked page."), _("Check that SITE_URL can be reached from outside.")
        ),
        "gone": Explanation(_("The post is not there any more."), _("Nothing needs to be done.")),
        "bad-picture": Explanation(
            _("Facebook did not accept the picture."), _("Use a JPEG below 10 MB or a PNG below 1 MB.")
        ),
    }

    # --- before sending ---------------------------------------------------------------------------

    def compose(self, message: Message) -> list[str]:
        """The post's text: title, text and, when there is a picture, the link (else it is the preview)."""
        parts = [message.title, message.text.strip()]
        if message.images and message.link:
            parts.append(message.link)
        return [unicodedata.normalize("NFC", "\n\n".join(part for part in parts if part))]

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        return [Measure(_("length of the text"), len(self.compose(message)[0]), MESSAGE_LIMIT, _("characters"))]

    def problems(self, message: Message) -> list[Problem]:
        text = self.compose(message)[0]
        found = []
        if not text.strip():
            found.append(Problem("empty", str(_("There is no text to post."))))
        if len(text) > MESSAGE_LIMIT:
            found.append(Problem("too-long", str(_("The text is too long for Facebook."))))
        if len(message.images) > PICTURE_LIMIT:
            found.append(Problem("too-many-pictures", str(_("Facebook takes at most ten pictures."))))
        return found

    def limits(self, target: Target, message: Message) -> Sequence[Limit]:
        return (Limit(f"facebook:{target.options['page_id']}", settings.FACEBOOK_SECONDS_PER_POST, 5),)

    def steps(self, job: Job) -> Sequence[Step]:
        if job.kind != "publish":
            return (Step(job.kind, repeatable=True),)
        uploads = [Step(f"upload-{n}", repeatable=True) for n in range(1, len(job.message.images[:PICTURE_LIMIT]) + 1)]
        return (*(uploads if len(uploads) > 1 else ()), Step("post"))

    # --- on the wire ------------------------------------------------------------------------------

    def _graph(self, target: Target, wire: Wire) -> Graph:
        key = ("facebook-session", target.rehearsal)
        if key not in wire.cache:
            wire.cache[key] = _session(wire, target)
        return Graph(
            base=target.address(GRAPH),
            version=settings.FACEBOOK_GRAPH_VERSION,
            token=target.secrets["token"],
            app_secret=target.secrets["app_secret"],
            session=wire.cache[key],
        )

    async def perform(self, step: Step, job: Job, wire: Wire) -> Receipt:
        graph = self._graph(job.target, wire)
        if step.name.startswith("upload-"):
            number = int(step.name.removeprefix("upload-"))
            return await _threaded(wire, self._upload, graph, job, wire.read(job.message.images[number - 1]))
        action = {"post": self._post, "edit": self._edit, "delete": self._delete}[step.name]
        picture = wire.read(job.message.images[0]) if step.name == "post" and len(job.message.images) == 1 else b""
        return await _threaded(wire, action, graph, job, picture)

    def _upload(self, graph: Graph, job: Job, picture: bytes) -> Receipt:
        """An unpublished photo: nobody sees it until a post attaches it, so repeating is harmless."""
        page = job.target.options["page_id"]
        answer = graph.put_photo(image=("picture.jpg", picture), album_path=f"{page}/photos", published="false")
        return Receipt(data={"photo": answer["id"]})

    def _post(self, graph: Graph, job: Job, picture: bytes) -> Receipt:
        page, text = job.target.options["page_id"], self.compose(job.message)[0]
        if picture:
            answer = graph.put_photo(
                image=("picture.jpg", picture), album_path=f"{page}/photos", caption=text, published="true"
            )
            post = str(answer.get("post_id") or answer["id"])
            return self._receipt(graph, post)
        fields: dict[str, Any] = {"message": text, "fields": FIELDS}
        photos = [data["photo"] for name, data in job.progress.items() if name.startswith("upload-")]
        if photos:
            fields["attached_media"] = json.dumps([{"media_fbid": photo} for photo in photos])
        elif job.message.link:
            fields["link"] = job.message.link
        answer = graph.put_object(page, "feed", **fields)
        if "permalink_url" in answer:
            return _receipt_of(answer)
        return self._receipt(graph, str(answer["id"]))

    def _receipt(self, graph: Graph, post: str) -> Receipt:
        """The post exists: failing to read its address must not make it look unsent."""
        try:
            return _receipt_of(graph.get_object(post, fields=FIELDS))
        except SendError:
            return Receipt(external_id=post, permalink=f"https://www.facebook.com/{post}")

    def _edit(self, graph: Graph, job: Job, picture: bytes) -> Receipt:
        graph.request(f"{job.external_id}", post_args={"message": self.compose(job.message)[0]}, method="POST")
        return Receipt(external_id=job.external_id)

    def _delete(self, graph: Graph, job: Job, picture: bytes) -> Receipt:
        try:
            graph.request(job.external_id, method="DELETE")
        except Permanent as error:
            if error.code != "gone":
                raise
        return Receipt(external_id=job.external_id)

    async def find(self, job: Job, wire: Wire) -> Receipt | None:
        """Look through the posts since the first try for our own link, else for the same text."""
        graph = self._graph(job.target, wire)
        since = int((job.first_tried or dt.datetime.now(dt.UTC)).timestamp()) - 60
        path = f"{job.target.options['page_id']}/published_posts"
        args = {"fields": f"{FIELDS},message,attachments{{unshimmed_url,url}}", "since": since, "limit": 50}
        answer = await _threaded(wire, graph.request, path, args)
        text = self.compose(job.message)[0]
        for post in answer.get("data", []):
            links = [entry.get("unshimmed_url") or "" for entry in post.get("attachments", {}).get("data", [])]
            if job.message.link and (job.message.link in links or job.message.link in post.get("message", "")):
                return _receipt_of(post)
            if not job.message.link and unicodedata.normalize("NFC", post.get("message", "")) == text:
                return _receipt_of(post)
        return None

    # --- what comes back --------------------------------------------------------------------------

    async def read(self, job: Job, wire: Wire) -> Sequence[Metric]:
        graph = self._graph(job.target, wire)
        found = []
        for metric, name in METRICS.items():
            try:
                answer = await _threaded(wire, graph.request, f"{job.external_id}/insights", {"metric": metric})
            except Permanent as error:
                if error.code == "refused":
                    continue
                raise
            for entry in answer.get("data", []):
                value = entry["values"][-1]["value"]
                found.append(Metric(name, sum(value.values()) if isinstance(value, dict) else int(value)))
        return found

    async def read_channel(self, target: Target, wire: Wire) -> Sequence[Metric]:
        graph = self._graph(target, wire)
        args = {"metric": "page_follows", "period": "day"}
        answer = await _threaded(wire, graph.request, f"{target.options['page_id']}/insights", args)
        values = [entry["values"][-1]["value"] for entry in answer.get("data", []) if entry.get("values")]
        return [Metric("followers", int(values[-1]))] if values else []

    def id_of(self, permalink: str, target: Target) -> str:
        page = str(target.options["page_id"])
        found = re.search(rf"{page}_(\d+)|/posts/(\d+)|story_fbid=(\d+)", permalink)
        return f"{page}_{next(part for part in found.groups() if part)}" if found else ""

    async def check(self, target: Target, wire: Wire) -> Check:
        """Ask which kind of token this is: a person's token looks healthy and cannot post."""
        graph = self._graph(target, wire)
        problems: list[str] = []
        account, kind = "", ""
        try:
            page = await _threaded(wire, graph.request, target.options["page_id"], {"fields": "id,name"})
            account = str(page.get("name", ""))
            kind = await self._token_kind(graph, target, wire)
        except SendError as error:
            problems.append(_words(self.explain(error.code)))
        if kind and kind != "PAGE":
            problems.append(_words(self.explain("page-token-needed")))
        return Check(not problems, account, kind, tuple(problems))

    async def _token_kind(self, graph: Graph, target: Target, wire: Wire) -> str:
        app = target.options.get("app_id")
        if not app:
            return ""
        args = {"input_token": target.secrets["token"]}
        asking = Graph(
            base=graph.base,
            version=graph.version,
            token=f"{app}|{target.secrets['app_secret']}",
            app_secret=target.secrets["app_secret"],
            session=graph.session,
        )
        data = (await _threaded(wire, asking.request, "debug_token", args)).get("data", {})
        if not data.get("is_valid", True):
            raise Permanent("bad-token", str(data.get("error", {}).get("message", "")))
        return str(data.get("type", ""))

    # --- what Facebook tells by itself ------------------------------------------------------------

    def challenge(self, target: Target, call: Call) -> str | None:
        """The handshake of a new webhook: the verify token has to be ours."""
        secret = target.secrets.get("webhook_secret", "")
        given = call.query.get("hub.verify_token", "")
        if not secret or call.query.get("hub.mode") != "subscribe":
            return None
        return call.query.get("hub.challenge", "") if hmac.compare_digest(secret.encode(), given.encode()) else None

    def recognises(self, target: Target, call: Call) -> bool:
        """``X-Hub-Signature-256``: HMAC of the raw body under the app's secret."""
        given = call.headers.get("x-hub-signature-256", "").removeprefix("sha256=")
        right = hmac.new(target.secrets["app_secret"].encode(), call.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(right.encode(), given.encode())

    def events(self, target: Target, call: Call) -> Sequence[Event]:
        """Posts of this page that something happened to. Who did it is dropped; the figures are asked for."""
        told = json.loads(call.body)
        if told["object"] != "page":
            return ()
        body = hashlib.sha256(call.body).hexdigest()
        return [
            Event(
                f"feed-{change['value'].get('item', '')}"[:40],
                f"{body}:{number}:{place}",
                dt.datetime.fromtimestamp(int(entry["time"]), dt.UTC),
                external_id=str(change["value"]["post_id"]),
                look=True,
            )
            for number, entry in enumerate(told["entry"])
            if str(entry["id"]) == str(target.options["page_id"])
            for place, change in enumerate(entry.get("changes", []))
            if change.get("field") == "feed" and change["value"].get("post_id")
        ]


def _words(explanation: Explanation) -> str:
    return f"{explanation.cause} {explanation.cure}"


def _session(wire: Wire, target: Target) -> requests.Session:
    """One pooled session for all threads of the wire; a rehearsal's knows no proxy of the environment."""
    session = requests.Session()
    session.trust_env = not target.rehearsal
    size = wire.threads._max_workers
    session.mount("http://", requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=size))
    session.mount("https://", requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=size))
    return session


def _receipt_of(post: dict[str, Any]) -> Receipt:
    created = post.get("created_time")
    return Receipt(
        external_id=str(post["id"]),
        permalink=str(post.get("permalink_url") or f"https://www.facebook.com/{post['id']}"),
        sent_at=dt.datetime.strptime(created, "%Y-%m-%dT%H:%M:%S%z") if created else None,
    )


async def _threaded(wire: Wire, function: Callable[..., T], *args: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(wire.threads, function, *args)


platform = FacebookPlatform()

"""Facebook pages, through facebook-sdk behind ``publishers.graph``.

Facts: Graph API v27.0 (developers.facebook.com/docs/graph-api). Facebook has no idempotency key, but
published posts can be listed: a lost answer is cleared up by looking for the delivery's own link.
"""

import asyncio
import dataclasses
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

from publishers.attachments import file_name, kind_of
from publishers.errors import Permanent, SendError, Transient
from publishers.facebook_explanations import EXPLANATIONS
from publishers.facebook_files import PICTURE_LIMIT, file_problems
from publishers.facebook_insights import insights
from publishers.facebook_token import judge
from publishers.graph import Graph
from publishers.message import Measure, Message, Metric, Problem, Receipt, has_words
from publishers.platform import Call, Check, Event, Job, Limit, Option, Platform, Step, Wire
from publishers.recall_notice import notice, replaced
from publishers.target import Address, Target

T = TypeVar("T")
GRAPH = Address(setting="FACEBOOK_GRAPH_URL", sandbox="/graph")
VIDEO = Address(setting="FACEBOOK_VIDEO_URL", sandbox="/graph-video")
MESSAGE_LIMIT = 63_206
NUMBER = r"\d{3,25}"
FIELDS = "id,permalink_url,created_time"
# Pages of the list of posts that are looked through for a lost one.
PAGE, PAGES = 50, 4


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
            ours=True,
        ),
    )
    webhook_help = _(
        "In the app on developers.facebook.com: Webhooks, object Page, callback URL and verify token as below, "
        "then subscribe to feed."
    )
    addresses = {"graph": GRAPH, "video": VIDEO}
    reconcilable = True
    explanations = EXPLANATIONS

    # --- before sending ---------------------------------------------------------------------------

    def compose(self, message: Message) -> list[str]:
        """The post's text: title, text and, with a picture or video, the link (else it is the preview)."""
        parts = [message.title.strip(), message.text.strip()]
        if (message.images or message.videos) and message.link:
            parts.append(message.link)
        return [unicodedata.normalize("NFC", "\n\n".join(part for part in parts if part))]

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        return [Measure(_("length of the text"), len(self.compose(message)[0]), MESSAGE_LIMIT, _("characters"))]

    def problems(self, message: Message) -> list[Problem]:
        text = self.compose(message)[0]
        found = []
        if not has_words(text):
            found.append(Problem("empty", str(_("There is no text to post."))))
        if len(text) > MESSAGE_LIMIT:
            found.append(Problem("too-long", str(_("The text is too long for Facebook."))))
        return [*found, *file_problems(message)]

    def limits(self, target: Target, message: Message) -> Sequence[Limit]:
        page, app = _paces(target)
        of_app = [Limit(app, 1 / settings.FACEBOOK_APP_PER_SECOND, 10)] if app else []
        return (*of_app, Limit(page, settings.FACEBOOK_SECONDS_PER_POST, 5))

    def steps(self, job: Job) -> Sequence[Step]:
        if job.kind != "publish":
            return (Step(job.kind, repeatable=True),)
        if job.message.videos:
            return (Step("video"), Step("ready", repeatable=True))
        uploads = [Step(f"upload-{n}", repeatable=True) for n in range(1, len(job.message.images[:PICTURE_LIMIT]) + 1)]
        return (*(uploads if len(uploads) > 1 else ()), Step("post"))

    # --- on the wire ------------------------------------------------------------------------------

    def _graph(self, target: Target, wire: Wire, address: Address = GRAPH) -> Graph:
        key = ("facebook-session", target.rehearsal)
        if key not in wire.cache:
            wire.cache[key] = _session(wire, target)
        return Graph(
            base=target.address(address),
            version=settings.FACEBOOK_GRAPH_VERSION,
            token=target.secrets["token"],
            app_secret=target.secrets["app_secret"],
            session=wire.cache[key],
            paces=_paces(target),
        )

    async def perform(self, step: Step, job: Job, wire: Wire) -> Receipt:
        name, _dash, number = step.name.partition("-")
        graph = self._graph(job.target, wire, VIDEO if name == "video" else GRAPH)
        action, file = {
            "upload": (self._upload, job.message.images[int(number or 1) - 1 :][:1]),
            "post": (self._post, job.message.images[:1] if len(job.message.images) == 1 else ()),
            "video": (self._video, job.message.videos[:1]),
            "ready": (self._ready, ()),
            "edit": (self._edit, ()),
            "delete": (self._delete, ()),
        }[name]
        content = wire.read(file[0]) if file else b""
        receipt = await _threaded(wire, action, graph, job, content)
        return dataclasses.replace(receipt, pauses=graph.pauses)

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

    def _video(self, graph: Graph, job: Job, video: bytes) -> Receipt:
        """The video with its post; readers see it when Facebook has worked on it (step "ready")."""
        page, given = job.target.options["page_id"], job.message.videos[0]
        answer = graph.request(
            f"{page}/videos",
            post_args={"title": job.message.title[:255], "description": self.compose(job.message)[0]},
            files={"source": (file_name(given), video, kind_of(given))},
            method="POST",
        )
        number = str(answer["id"])
        # Insights are told of this node only, never of the bare video.
        return Receipt(f"{page}_{number}", f"https://www.facebook.com/{page}/videos/{number}", data={"video": number})

    def _ready(self, graph: Graph, job: Job, nothing: bytes) -> Receipt:
        video = job.progress["video"]["video"]
        answer = graph.get_object(video, fields="status,permalink_url")
        status = str((answer.get("status") or {}).get("video_status", "ready"))
        if status == "error":
            raise Permanent("bad-video", json.dumps(answer.get("status"))[:300])
        if status not in ("ready", "published"):
            raise Transient("video-processing", status)
        page = job.target.options["page_id"]
        permalink = str(answer.get("permalink_url") or f"/{page}/videos/{video}")
        if permalink.startswith("/"):
            permalink = f"https://www.facebook.com{permalink}"
        return Receipt(external_id=f"{page}_{video}", permalink=permalink)

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
                return self._replace(graph, job, error)
            # The same words are used for a post that is away and for a token that lost its page: ask.
            graph.get_object("me/published_posts", limit=1, fields="id")
        return Receipt(external_id=job.external_id)

    def _replace(self, graph: Graph, job: Job, refused: Permanent) -> Receipt:
        """Not to be deleted: the words become a notice. Pictures, video and the link's preview stay."""
        try:
            graph.request(job.external_id, post_args={"message": notice()}, method="POST")
        except Permanent as error:
            raise refused from error
        return replaced(job.external_id, left=bool(job.message.images or job.message.videos or job.message.link))

    async def find(self, job: Job, wire: Wire) -> Receipt | None:
        """Look through the posts since the first try for our own link, else for the same text."""
        graph = self._graph(job.target, wire)
        since = int((job.first_tried or dt.datetime.now(dt.UTC)).timestamp()) - 60
        path = f"{job.target.options['page_id']}/published_posts"
        args = {"fields": f"{FIELDS},message,attachments{{unshimmed_url,url}}", "since": since, "limit": PAGE}
        text = _words_of(self.compose(job.message)[0])
        for _page in range(PAGES):
            answer = await _threaded(wire, graph.request, path, args)
            for post in answer.get("data", []):
                links = [entry.get("unshimmed_url") or "" for entry in post.get("attachments", {}).get("data", [])]
                if job.message.link and (job.message.link in links or job.message.link in post.get("message", "")):
                    return _found(post, job)
                if not job.message.link and _words_of(post.get("message", "")) == text:
                    return _found(post, job)
            after = answer.get("paging", {}).get("cursors", {}).get("after")
            if not after or "next" not in answer["paging"]:
                return None
            args = {**args, "after": after}
        return None

    # --- what comes back --------------------------------------------------------------------------

    async def read(self, job: Job, wire: Wire) -> Sequence[Metric]:
        """All figures in one call; where one is refused, each alone, so that it does not take the rest along."""
        graph = self._graph(job.target, wire)
        refused: set[str] = wire.cache.setdefault(("facebook-refused", job.target.channel_id), set())
        return await _threaded(wire, insights, graph, job.external_id, refused)

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
        graph, page_id = self._graph(target, wire), str(target.options["page_id"])
        account, kind = "", ""
        wrong: list[str] = []
        notes: list[str] = []
        try:
            page = await _threaded(wire, graph.request, page_id, {"fields": "id,name"})
            account = str(page.get("name", ""))
            # With a page's token "me" is the page, with a person's the person.
            me = await _threaded(wire, graph.request, "me", {"fields": "id"})
            kind = "PAGE" if str(me.get("id")) == page_id else ""
            if target.options.get("app_id"):
                kind, wrong, notes = judge(await self._token(target, wire), page_id, dt.datetime.now(dt.UTC))
            if kind != "PAGE" and not wrong:
                wrong = ["page-token-needed"]
        except SendError as error:
            wrong = [error.code]
        said = [tuple(self.explain(code).words for code in codes) for codes in (wrong, notes)]
        return Check(not wrong, account, kind, *said)

    async def _token(self, target: Target, wire: Wire) -> dict[str, Any]:
        """What ``debug_token`` says; it is asked as the app."""
        secret = target.secrets["app_secret"]
        graph = self._graph(target, wire)
        asking = Graph(
            base=graph.base,
            version=graph.version,
            token=f"{target.options['app_id']}|{secret}",
            app_secret=secret,
            session=graph.session,
        )
        try:
            answer = await _threaded(
                wire, asking.request, "debug_token", {"input_token": target.secrets["token"]}
            )
        except Permanent as error:
            # The page's own token was just accepted: it is the app that is refused.
            raise Permanent("bad-app", error.detail) from error
        data: dict[str, Any] = answer.get("data", {})
        return data

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


def _paces(target: Target) -> tuple[str, str]:
    """The keys of the page's pace and of the app's, which is empty where its number is not known."""
    app = target.options.get("app_id")
    return f"facebook:{target.options['page_id']}", f"facebook:app:{app}" if app else ""


def _words_of(text: str) -> str:
    """A text without what Facebook may change of it: white space and the form of its letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _found(post: dict[str, Any], job: Job) -> Receipt:
    """A post that was found; a video still has to be waited for."""
    receipt = _receipt_of(post)
    if job.message.videos:
        number = receipt.external_id.rpartition("_")[2]
        return dataclasses.replace(receipt, data={"video": {"video": number}})
    return receipt


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

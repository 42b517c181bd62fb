"""Zalo Official Accounts: an article on the account's wall and, if the channel says so, its announcement.

An article is made in two requests: ``create`` answers a token, ``verify`` (to be repeated until Zalo has
fetched the cover) the article's id. Followers hear of it only through a broadcast, which cannot be asked
about or called back. Facts: developers.zalo.me/docs/official-account, articles and broadcasts (v2.0).
"""

import asyncio
import datetime as dt
import html
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from publishers import zalo_webhook
from publishers.errors import Ambiguous, CredentialsExpired, Permanent, SendError, Throttled, Transient
from publishers.message import Measure, Message, Metric, Problem, Receipt, has_words
from publishers.platform import Call, Check, Event, Job, Limit, Option, Platform, Step, Wire
from publishers.recall_notice import replaced
from publishers.target import Address, Target
from publishers.zalo_api import ZaloApi, exchange
from publishers.zalo_article import (
    AUTHOR_LIMIT,
    DESCRIPTION_LIMIT,
    NO,
    TITLE_LIMIT,
    YES,
    announced_late,
    announcement_hints,
    ascii_address,
    broadcasts,
    contents,
    cover_problems,
    description_of,
    found_article,
    is_public,
    measures_of,
    moment_of,
    next_morning,
    nfc,
    night_until,
    paragraphs,
    problem,
    recalled_article,
    wall_hints,
)
from publishers.zalo_explanations import EXPLANATIONS

if TYPE_CHECKING:
    from publishers.models import Channel

API = Address(setting="ZALO_API_URL", sandbox="/zalo")
OAUTH = Address(setting="ZALO_OAUTH_URL", sandbox="/zalo-oauth")
# Seconds between the looks of one attempt while Zalo works on the cover; then the engine tries later.
VERIFY_PAUSES = (1.0, 2.0, 3.0)
PAGE, PAGES = 10, 3
CLOCKS_APART = dt.timedelta(minutes=2)
FREE_PACKAGES = ("cơ bản", "basic", "miễn phí", "free")


class ZaloPlatform(Platform):
    name = "zalo"
    label = _("Zalo Official Account")
    text = "article"
    card = "facebook"
    options = (
        Option("oa_id", _("number of the Official Account")),
        Option("app_id", _("app number"), _("from developers.zalo.me")),
        Option(
            "broadcast",
            _("announce to followers (yes or no)"),
            _(
                "Zalo reviews an announcement for about 30 minutes, sends none between 22:00 and 06:00, and each "
                "follower gets at most one a day and, by package, one to six a month; it cannot be called back"
            ),
            required=False,
        ),
        Option("author", _("author shown"), _("empty: the channel's name"), required=False),
    )
    secrets = (
        Option("access_token", _("access token")),
        Option("refresh_token", _("refresh token"), _("works once; no other system may use it")),
        Option("app_secret", _("app secret")),
        Option(
            "webhook_secret", _("OA secret key"), _("from the webhook page of the app"), required=False, incoming=True
        ),
    )
    webhook_help = _(
        "In the app on developers.zalo.me: Webhook, enter the address below and copy the OA secret key from there "
        "into this channel's form."
    )
    addresses = {"api": API, "oauth": OAUTH}
    reconcilable = True
    # Zalo's list lags behind; nothing is concluded from one look (LOOKS of publishers/reconcile.py).
    reconcile_after = 45.0
    renewable = True
    explanations = EXPLANATIONS

    # --- before sending ---------------------------------------------------------------------------

    def validate_channel(self, channel: "Channel") -> None:
        super().validate_channel(channel)
        if str(channel.options.get("broadcast", "")).strip().lower() not in (*YES, *NO):
            raise ValidationError(_("The option “broadcast” is yes or no."))
        if len(str(channel.options.get("author", ""))) > AUTHOR_LIMIT:
            raise ValidationError(_("Zalo shows an author of at most 50 characters."))

    def compose(self, message: Message) -> list[str]:
        """Title, description, then the paragraphs, the link last."""
        return [nfc(message.title), description_of(message), *paragraphs(message)]

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        return measures_of(*self.compose(message))

    def problems(self, message: Message) -> list[Problem]:
        title, description, *_paragraphs = self.compose(message)
        found = []
        if not has_words(title):
            found.append(problem("no-title", _("A Zalo article needs a title.")))
        if not has_words(message.text):
            found.append(problem("empty", _("There is no text to post.")))
        if len(title) > TITLE_LIMIT:
            found.append(problem("long-title", _("The title is longer than the 140 characters that Zalo takes.")))
        if len(description) > DESCRIPTION_LIMIT:
            text = _("The summary is longer than the 250 characters that Zalo takes.")
            found.append(problem("long-summary", text))
        return [*found, *cover_problems(message.images)]

    def hints(self, options: dict[str, Any], due: dt.datetime) -> list[Problem]:
        return announcement_hints(due) if broadcasts(options) else wall_hints()

    def due(self, step: Step, options: dict[str, Any], planned: dt.datetime) -> dt.datetime:
        """An announcement planned for the night is due in the morning; the article is not put off."""
        return announced_late(planned) or planned if step.name == "broadcast" else planned

    def limits(self, target: Target, message: Message) -> Sequence[Limit]:
        return (Limit(f"zalo:{target.options['oa_id']}", 60 / settings.ZALO_STEPS_PER_MINUTE, 5),)

    def steps(self, job: Job) -> Sequence[Step]:
        if job.kind == "delete":
            return (Step("remove", repeatable=True),)
        verify = Step("verify", repeatable=True)
        if job.kind == "edit":
            return (Step("update", repeatable=True), verify)
        announce = (Step("broadcast"),) if broadcasts(job.target.options) else ()
        return (Step("create"), verify, *announce)

    # --- on the wire ------------------------------------------------------------------------------

    def _api(self, target: Target, wire: Wire) -> ZaloApi:
        secrets = target.secrets
        return ZaloApi(target.address(API), secrets["access_token"], secrets["app_secret"], wire.http(target))

    async def perform(self, step: Step, job: Job, wire: Wire) -> Receipt:
        api = self._api(job.target, wire)
        action = {
            "create": self._create,
            "update": self._update,
            "verify": self._verify,
            "broadcast": self._broadcast,
            "remove": self._remove,
        }[step.name]
        return await action(api, job)

    def article(self, job: Job) -> dict[str, Any]:
        """The request body of create and update.

        :raises Permanent: without a cover that Zalo can fetch.
        """
        message, options = job.message, job.target.options
        if not message.images:
            raise Permanent("no-cover")
        cover = message.images[0].url
        if not job.target.rehearsal and not is_public(cover):
            raise Permanent("cover-not-public", urlsplit(cover).hostname or "")
        title, description, *_texts = self.compose(message)
        body: list[dict[str, str]] = [{"type": "text", "content": content} for content in contents(message)]
        body += [
            {"type": "image", "url": ascii_address(picture.url), "caption": picture.alt}
            for picture in message.images[1:]
        ]
        return {
            "type": "normal",
            "title": title,
            "author": str(options.get("author") or job.target.name)[:AUTHOR_LIMIT],
            "description": description,
            "cover": {"cover_type": "photo", "photo_url": ascii_address(cover), "status": "show"},
            "body": body,
            "related_medias": [],
            "tracking_link": message.link,
            "status": "show",
            "comment": "hide",
        }

    async def _create(self, api: ZaloApi, job: Job) -> Receipt:
        return await self._made(api, "create", self.article(job))

    async def _update(self, api: ZaloApi, job: Job) -> Receipt:
        return await self._made(api, "update", {**self.article(job), "id": job.external_id})

    async def _made(self, api: ZaloApi, action: str, body: dict[str, Any]) -> Receipt:
        data = await api.post(f"v2.0/article/{action}", body)
        token = data.get("token") if isinstance(data, dict) else None
        if not token:
            raise Ambiguous("server-error", "no token in the answer")
        return Receipt(data={"token": str(token)})

    async def _verify(self, api: ZaloApi, job: Job) -> Receipt:
        making = "update" if job.kind == "edit" else "create"
        article = await self._verified(api, job.progress[making]["token"], making)
        permalink = await self._permalink(api, job, article)
        return Receipt(article, permalink, data={"id": article, "permalink": permalink})

    async def _verified(self, api: ZaloApi, token: str, making: str) -> str:
        """The article's id, once Zalo has fetched the cover."""
        for pause in (*VERIFY_PAUSES, None):
            try:
                data = await api.post("v2.0/article/verify", {"token": token})
                return str(data["id"])
            except Transient as error:
                if error.code != "-214" or pause is None:
                    raise
                await asyncio.sleep(pause)
            except Permanent as error:
                # No article came of it: the next try starts with the cover again.
                raise Permanent(error.code, error.detail, undone=(making,)) from error
            except (KeyError, TypeError) as error:
                raise Ambiguous("server-error", "no id in the answer") from error
        raise Transient("-214")

    async def _permalink(self, api: ZaloApi, job: Job, article: str) -> str:
        """Where readers find it. The article is there: failing to read its address must not undo that."""
        try:
            data = await api.get("v2.0/article/getdetail", id=article)
            if link := str(data.get("link_view") or ""):
                return link
        except (SendError, AttributeError):
            pass
        account = job.target.options["oa_id"]
        return f"https://post.oa.zalo.me/d/{account}?id={article}&pageId={account}"

    async def _broadcast(self, api: ZaloApi, job: Job) -> Receipt:
        known = job.progress["verify"]
        until = night_until(timezone.now())
        if until is not None:
            raise _night(until)
        element = {"media_type": "article", "attachment_id": known["id"]}
        payload = {"template_type": "media", "elements": [element]}
        body = {
            "recipient": {"target": {}},
            "message": {"attachment": {"type": "template", "payload": payload}},
        }
        try:
            data = await api.post("v2.0/oa/message", body)
        except Permanent as error:
            if error.code == "-234":
                raise _night(next_morning(timezone.now())) from error
            raise
        announced = str(data.get("message_id", "")) if isinstance(data, dict) else ""
        return Receipt(known["id"], known["permalink"], data={"message_id": announced})

    async def _remove(self, api: ZaloApi, job: Job) -> Receipt:
        try:
            await api.post("v2.0/article/remove", {"id": job.external_id})
        except Permanent as error:
            # "id is invalid": an earlier try, or a person, has removed it.
            if error.code != "-201":
                return await self._hide(api, job, error)
        return Receipt(external_id=job.external_id)

    async def _hide(self, api: ZaloApi, job: Job, refused: Permanent) -> Receipt:
        """Not to be removed: hidden, and its words are a notice."""
        try:
            made = await self._made(api, "update", recalled_article(self.article(job), job.external_id))
            await self._verified(api, made.data["token"], "update")
        except Permanent as error:
            raise refused from error
        return replaced(job.external_id, left=False)

    async def find(self, job: Job, wire: Wire) -> Receipt | None:
        """Look through the newest articles for ours: same title, not older than the first try, same link.

        :raises Ambiguous: when it was the announcement that got lost; no list shows those.
        """
        if "verify" in job.progress:
            raise Ambiguous("broadcast-unknown", job.progress["verify"].get("permalink", ""))
        api = self._api(job.target, wire)
        title = self.compose(job.message)[0]
        since = (job.first_tried or timezone.now()) - CLOCKS_APART
        for offset in range(0, PAGE * PAGES, PAGE):
            data = await api.get("v2.0/article/getslice", offset=offset, limit=PAGE, type="normal")
            medias = data.get("medias") or []
            for media in medias:
                created = moment_of(media.get("create_date"))
                if nfc(str(media.get("title", ""))) != title or (created is not None and created < since):
                    continue
                if await self._is_ours(api, job, str(media["id"])):
                    return found_article(media, created)
            if len(medias) < PAGE:
                break
        return None

    async def _is_ours(self, api: ZaloApi, job: Job, article: str) -> bool:
        """Whether the article carries this delivery's own link, or without one its text."""
        detail = await api.get("v2.0/article/getdetail", id=article)
        body = detail.get("body") or []
        if not body:
            return True
        if job.message.link:
            return job.message.link in html.unescape(json.dumps(body, ensure_ascii=False))
        shown = [block.get("content") for block in body if block.get("type") == "text"]
        return shown == contents(job.message)

    # --- what comes back --------------------------------------------------------------------------

    async def read(self, job: Job, wire: Wire) -> Sequence[Metric]:
        data = await self._api(job.target, wire).get("v2.0/article/getdetail", id=job.external_id)
        views = data.get("total_view") if isinstance(data, dict) else None
        return () if views is None else (Metric("views", int(views)),)

    async def read_channel(self, target: Target, wire: Wire) -> Sequence[Metric]:
        data = await self._api(target, wire).get("v2.0/oa/getoa")
        followers = data.get("num_follower") if isinstance(data, dict) else None
        return () if followers is None else (Metric("followers", int(followers)),)

    async def check(self, target: Target, wire: Wire) -> Check:
        """Say before, not after, what a package, a permission or a quota will refuse."""
        api = self._api(target, wire)
        codes: list[str] = []
        account = await api.get("v2.0/oa/getoa")
        package = str(account.get("package_name") or "")
        if str(account.get("oa_id") or account.get("oaid") or "") not in ("", str(target.options["oa_id"])):
            codes.append("other-account")
        if package.strip().lower() in FREE_PACKAGES:
            codes.append("-224")
        if broadcasts(target.options) and account.get("is_verified") is False:
            codes.append("-221")
        if not target.rehearsal and not is_public(settings.SITE_URL):
            codes.append("cover-not-public")
        codes += [code for code in await self._refusals(api, target) if code not in codes]
        words = [self.explain(code) for code in codes]
        problems = tuple(f"{found.cause} {found.cure}" for found in words)
        return Check(not problems, str(account.get("name", "")), package, problems)

    async def _refusals(self, api: ZaloApi, target: Target) -> list[str]:
        """The errors that harmless calls meet: the list of articles, and the quota of announcements."""
        codes = []
        try:
            await api.get("v2.0/article/getslice", offset=0, limit=1, type="normal")
        except CredentialsExpired:
            raise
        except SendError as error:
            codes.append(error.code)
        if broadcasts(target.options):
            try:
                quotas = await api.post("v3.0/oa/quota/message", {})
            except CredentialsExpired:
                raise
            except SendError:
                return codes  # Not every package tells its quota.
            left = [q["remain"] for q in quotas or () if isinstance(q, dict) and q.get("product_type") == "promotion"]
            codes += ["-211"] if left and max(map(int, left)) <= 0 else []
        return codes

    async def renew(self, target: Target, wire: Wire) -> dict[str, str]:
        pair = await exchange(
            wire.http(target),
            target.address(OAUTH),
            app_id=str(target.options["app_id"]),
            app_secret=target.secrets["app_secret"],
            refresh_token=target.secrets["refresh_token"],
        )
        return {**target.secrets, **pair}

    # --- what Zalo tells by itself ----------------------------------------------------------------

    def recognises(self, target: Target, call: Call) -> bool:
        return zalo_webhook.is_signed(str(target.options["app_id"]), target.secrets.get("webhook_secret", ""), call)

    def events(self, target: Target, call: Call) -> Sequence[Event]:
        return zalo_webhook.events(call)


def _night(until: dt.datetime) -> Throttled:
    """The announcement waits; the key is nobody's pace, so that the channel's articles go on."""
    return Throttled("-234", (until - timezone.now()).total_seconds(), f"{until:%H:%M %d/%m}", key="zalo:night")


platform = ZaloPlatform()

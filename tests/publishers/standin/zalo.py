"""Zalo's Official Account API as its documents describe it (developers.zalo.me, articles v2.0, OAuth v4)."""

import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests.publishers.standin.server import Answer, Asked, StandIn


class Refused(Exception):
    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Zalo:
    """One Official Account. ``articles`` by id; ``pending`` by the token that create and update answer."""

    oa, app, secret = "3141592653589793", "2718281828459045", "ZaloStandInAppSecret0001"

    def __init__(self, stand_in: "StandIn") -> None:
        self.stand_in = stand_in
        self.access, self.refresh = "zalo-access-token-0-standin", "zalo-refresh-token-0-standin"
        self.serial = 0
        self.expired = False
        self.articles: dict[str, dict[str, Any]] = {}
        self.pending: dict[str, dict[str, Any]] = {}
        self.broadcasts: list[list[str]] = []
        self.burnt: list[str] = []
        self.night = False
        self.number = 40

    # --- tokens -----------------------------------------------------------------------------------

    def oauth(self, asked: "Asked") -> "Answer":
        from tests.publishers.standin.server import Answer

        rule = self.stand_in.rule
        rule(asked.path == "/v4/oa/access_token" and asked.method == "POST", f"zalo: {asked.method} {asked.path}")
        rule(asked.headers.get("secret_key") == self.secret, "zalo: the app secret belongs in the header secret_key")
        rule(asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"), "zalo: no form")
        rule(not asked.query, "zalo: a secret in the address of the exchange")
        given = asked.form.get("refresh_token")
        rule(given not in self.burnt, "zalo: a refresh token was used twice")
        if given != self.refresh or asked.form.get("app_id") != self.app:
            return Answer({"error": -14014, "error_name": "Invalid refresh token", "error_reason": ""})
        self.burnt.append(self.refresh)
        self.serial += 1
        self.access = f"zalo-access-token-{self.serial}-standin"
        self.refresh = f"zalo-refresh-token-{self.serial}-standin"
        self.expired = False
        return Answer({"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"})

    # --- the API ----------------------------------------------------------------------------------

    def answer(self, asked: "Asked") -> "Answer":
        from tests.publishers.standin.server import Answer

        try:
            return Answer({"error": 0, "message": "Success", "data": self._routed(asked)})
        except Refused as refused:
            return Answer({"error": refused.code, "message": refused.words})

    def _routed(self, asked: "Asked") -> Any:
        rule, token = self.stand_in.rule, asked.headers.get("access_token", "")
        proof = hmac.new(self.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        rule(asked.headers.get("appsecret_proof") == proof, f"zalo: {asked.path} without its proof")
        rule("authorization" not in asked.headers, "zalo: the token goes into the header access_token")
        secrets = (self.access, self.refresh, self.secret)
        rule(not any(secret in asked.url for secret in secrets), "zalo: a secret in the address")
        if asked.method == "POST":
            rule(asked.headers.get("content-type", "").startswith("application/json"), "zalo: a body that is no JSON")
        if token != self.access:
            raise Refused(-216, "Access token is invalid")
        if self.expired:
            raise Refused(-220, "Access token has expired")
        actions = {
            ("POST", "/v2.0/article/create"): self._create,
            ("POST", "/v2.0/article/update"): self._update,
            ("POST", "/v2.0/article/verify"): self._verify,
            ("POST", "/v2.0/article/remove"): self._remove,
            ("GET", "/v2.0/article/getdetail"): self._detail,
            ("GET", "/v2.0/article/getslice"): self._slice,
            ("POST", "/v2.0/oa/message"): self._broadcast,
            ("GET", "/v2.0/oa/getoa"): self._account,
            ("POST", "/v3.0/oa/quota/message"): lambda given: [{"product_type": "promotion", "remain": 3}],
        }
        action = actions.get((asked.method, asked.path))
        if action is None:
            self.stand_in.break_rule(f"zalo: there is no {asked.method} {asked.path}")
            raise Refused(-209, "API is not supported")
        return action({**asked.query, **asked.form})

    def _account(self, given: dict[str, Any]) -> Any:
        known = {"oa_id": self.oa, "name": "OA thật", "package_name": "Nâng cao"}
        return {**known, "is_verified": True, "num_follower": 987}

    def _article(self, given: dict[str, Any]) -> dict[str, Any]:
        def field(name: str, longest: int) -> None:
            if not 1 <= len(str(given.get(name, ""))) < longest:
                self.stand_in.break_rule(f"zalo: {name} has {len(str(given.get(name, '')))} characters")
                raise Refused(-201, f"{name} allow 1 to {longest} characters")

        field("title", 150)
        field("description", 300)
        field("author", 51)
        cover = given.get("cover") or {}
        url = str(cover.get("photo_url", ""))
        public = urlsplit(url).scheme in ("http", "https") and url.isascii() and " " not in url
        if cover.get("cover_type") != "photo" or not cover.get("status") or not public:
            self.stand_in.break_rule(f"zalo: cover {cover}")
            raise Refused(-201, "cover value is invalid")
        kinds = {block.get("type") for block in given.get("body", [])}
        self.stand_in.rule(given.get("body") and kinds <= {"text", "image", "video", "product"}, f"zalo: body {kinds}")
        self.stand_in.rule(given.get("type") == "normal", f"zalo: type {given.get('type')}")
        for name in ("status", "comment"):
            self.stand_in.rule(given.get(name) in ("show", "hide"), f"zalo: {name} {given.get(name)}")
        return given

    def _create(self, given: dict[str, Any]) -> Any:
        article = self._article(given)
        twice = any(known["title"] == article["title"] for known in self.articles.values())
        self.stand_in.rule(not twice, f"zalo: written twice: {article['title']!r}")
        self.number += 1
        return self._work({**article, "id": f"art{self.number}"})

    def _update(self, given: dict[str, Any]) -> Any:
        if given.get("id") not in self.articles:
            raise Refused(-201, "id is invalid")
        return self._work(self._article(given))

    def _work(self, article: dict[str, Any]) -> Any:
        token = f"work-{len(self.pending)}"
        self.pending[token] = {"article": {**article, "at": time.time()}, "asked": 0}
        return {"token": token}

    def _verify(self, given: dict[str, Any]) -> Any:
        work = self.pending.get(str(given.get("token")))
        if work is None:
            raise Refused(-201, "token is invalid")
        work["asked"] += 1
        if work["asked"] == 1:
            raise Refused(-214, "Article is being processed")
        self.articles[work["article"]["id"]] = work["article"]
        return {"id": work["article"]["id"]}

    def _remove(self, given: dict[str, Any]) -> Any:
        if self.articles.pop(str(given.get("id")), None) is None:
            raise Refused(-201, "id is invalid")
        return {}

    def _shown(self, article: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": article["id"],
            "title": article["title"],
            "status": article["status"],
            "link_view": f"https://post.oa.zalo.me/d/{self.oa}?id={article['id']}&pageId={self.oa}",
            "total_view": 55,
            "create_date": int(article["at"] * 1000),
        }

    def _detail(self, given: dict[str, Any]) -> Any:
        if given.get("id") not in self.articles:
            raise Refused(-201, "id is invalid")
        article = self.articles[given["id"]]
        return {**self._shown(article), "body": article["body"]}

    def _slice(self, given: dict[str, Any]) -> Any:
        if int(given.get("limit", 10)) > 10:
            raise Refused(-201, "maximum limit is 10")
        if given.get("type") not in ("normal", "video"):
            raise Refused(-201, "type accept only 2 value normal and video.")
        newest = sorted(self.articles.values(), key=lambda one: -one["at"])
        start = int(given.get("offset", 0))
        return {"total": len(newest), "medias": [self._shown(one) for one in newest[start : start + 10]]}

    def _broadcast(self, given: dict[str, Any]) -> Any:
        payload = given["message"]["attachment"]["payload"]
        articles = [element["attachment_id"] for element in payload["elements"]]
        self.stand_in.rule("target" in given["recipient"], "zalo: a broadcast without a target")
        self.stand_in.rule(payload["template_type"] == "media" and 1 <= len(articles) <= 5, f"zalo: {payload}")
        if self.night:
            self.stand_in.break_rule("zalo: asked for a broadcast at night")
            raise Refused(-234, "Not allowed at night")
        if not set(articles) <= set(self.articles):
            raise Refused(-201, "attachment_id is invalid")
        self.stand_in.rule(articles not in self.broadcasts, f"zalo: announced twice: {articles}")
        self.broadcasts.append(articles)
        return {"message_id": f"m{len(self.broadcasts)}"}

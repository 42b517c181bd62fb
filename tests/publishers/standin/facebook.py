"""The Graph API for pages as its documents describe it (developers.facebook.com, v27.0)."""

import hashlib
import hmac
import json
import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.publishers.standin.server import Answer, Asked, StandIn

REMOVED = {"pretty", "debug", "date_format", "ids"}
ALIVE = {
    *("post_media_view", "post_total_media_view_unique", "post_clicks", "post_clicks_by_type"),
    *("post_reactions_by_type_total", "post_activity_by_action_type", "post_video_views"),
}
PAGE_ALIVE = {"page_follows", "page_media_view", "page_post_engagements"}


class Refused(Exception):
    def __init__(self, code: int, words: str, subcode: int = 0, status: int = 400) -> None:
        super().__init__(words)
        self.code, self.words, self.subcode, self.status = code, words, subcode, status


class Facebook:
    """One page of one app. ``posts`` are public, ``photos`` not yet."""

    page, app = "104000000000001", "500000000000009"
    token, secret = "EAABstandinpagetoken0000000000000000000001", "f00dfeedf00dfeedf00dfeedf00dfeed"
    user_token = "EAABstandinusertoken0000000000000000000002"

    def __init__(self, stand_in: "StandIn") -> None:
        self.stand_in = stand_in
        self.posts: dict[str, dict[str, Any]] = {}
        self.photos: dict[str, dict[str, Any]] = {}
        self.number = 900
        self.usage = 3
        self.dead: set[str] = set()
        self.scopes = ["pages_manage_posts", "pages_read_engagement", "read_insights"]

    def answer(self, asked: "Asked") -> "Answer":
        from tests.publishers.standin.server import Answer

        share = {"call_count": self.usage, "total_time": 1, "total_cputime": 1}
        regain = 7 if self.usage >= 100 else 0
        business = {self.page: [{"type": "pages", **share, "estimated_time_to_regain_access": regain}]}
        headers = {
            "facebook-api-version": "v27.0",
            "X-App-Usage": json.dumps({**share, "call_count": 1}),
            "X-Business-Use-Case-Usage": json.dumps(business),
        }
        try:
            return Answer(self._routed(asked), 200, headers)
        except Refused as refused:
            error = {"message": refused.words, "type": "OAuthException", "code": refused.code, "fbtrace_id": "A1"}
            if refused.subcode:
                error["error_subcode"] = refused.subcode
            return Answer({"error": error}, refused.status, headers)

    def _routed(self, asked: "Asked") -> Any:
        found = re.fullmatch(r"/v(2[1-7])\.0/([\w]+)(?:/(\w+))?", asked.path)
        self.stand_in.rule(found, f"facebook: no such address {asked.path}")
        if not found:
            raise Refused(2500, "Unknown path components")
        given = {**asked.query, **asked.form}
        self._general_rules(asked, given)
        target, edge = found.group(2), found.group(3) or ""
        if target == "debug_token":
            return self._debug(asked, given)
        token = self._signed(asked, given, self.secret)
        video_host = asked.host == "graph-video"
        self.stand_in.rule(video_host == (edge == "videos"), f"facebook: {asked.path} at {asked.host}")
        return self._action(asked, given, target, edge, token)

    def _general_rules(self, asked: "Asked", given: dict[str, Any]) -> None:
        rule = self.stand_in.rule
        rule(asked.path.startswith("/v27.0/"), f"facebook: an old version: {asked.path}")
        rule(not REMOVED & set(given), f"facebook: parameters that were removed: {sorted(REMOVED & set(given))}")
        for secret in (self.token, self.secret, self.user_token):
            # debug_token has its subject in the query by Facebook's own design.
            query = {name: value for name, value in asked.query.items() if name != "input_token"}
            rule(secret not in f"{asked.path} {query}", f"facebook: a secret in the address of {asked.path}")

    def _signed(self, asked: "Asked", given: dict[str, Any], secret: str) -> str:
        token = str(given.get("access_token") or asked.headers.get("authorization", "").removeprefix("Bearer "))
        proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        self.stand_in.rule(given.get("appsecret_proof") == proof, f"facebook: {asked.path} without its proof")
        if token in self.dead or token not in (self.token, self.user_token):
            raise Refused(190, "Error validating access token: Session has expired", 463)
        return token

    def _debug(self, asked: "Asked", given: dict[str, Any]) -> Any:
        token = str(given.get("access_token") or asked.headers.get("authorization", "").removeprefix("Bearer "))
        if token != f"{self.app}|{self.secret}":
            raise Refused(190, "Invalid OAuth access token signature.")
        user = given["input_token"] == self.user_token
        return {
            "data": {
                "app_id": self.app,
                "type": "USER" if user else "PAGE",
                "is_valid": given["input_token"] not in self.dead,
                "expires_at": 0,
                "data_access_expires_at": int(time.time()) + 80 * 86_400,
                "scopes": self.scopes,
                **({} if user else {"profile_id": self.page}),
            }
        }

    def _action(self, asked: "Asked", given: dict[str, Any], target: str, edge: str, token: str) -> Any:
        writing = asked.method in ("POST", "DELETE")
        if writing and token == self.user_token:
            raise Refused(190, "A Page access token is required", 2069032)
        me = self.page if token == self.token else "77700"
        target = me if target == "me" else target
        if (asked.method, edge) == ("GET", "") and target in (self.page, "77700"):
            return {"id": target, "name": "Trang thật"}
        if target == self.page and writing:
            actions = {"feed": self._feed, "photos": self._photo, "videos": self._video}
            if edge in actions and asked.method == "POST":
                return actions[edge](asked, given)
        if (asked.method, edge) == ("GET", "published_posts"):
            return {"data": [self._shown(post) for post in reversed(self.posts.values())]}
        if (asked.method, edge) == ("GET", "insights"):
            return self._insights(target, given)
        return self._node(asked, given, target)

    def _node(self, asked: "Asked", given: dict[str, Any], target: str) -> Any:
        post = self.posts.get(target) or self.posts.get(f"{self.page}_{target}")
        if post is None:
            words = f"Unsupported {asked.method.lower()} request. Object with ID '{target}' does not exist"
            raise Refused(100, words, 33)
        if asked.method == "DELETE":
            del self.posts[post["id"]]
            return {"success": True}
        if asked.method == "POST":
            post["message"] = given["message"]
            return {"success": True}
        return self._shown(post)

    def _shown(self, post: dict[str, Any]) -> dict[str, Any]:
        link = post.get("link")
        attachments = {"data": [{"unshimmed_url": link}]} if link else {"data": []}
        more = {"status": {"video_status": post["status"]}} if "status" in post else {}
        created = time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(post["at"]))
        known = {"id": post["id"], "message": post["message"], "created_time": created, "attachments": attachments}
        return {**known, "permalink_url": f"https://www.facebook.com/{post['id']}", **more}

    def _new(self, message: str, **more: Any) -> dict[str, Any]:
        self.stand_in.rule(len(message) <= 63_206, "facebook: a message longer than 63,206 characters")
        if len(message) > 63_206:
            raise Refused(100, "(#100) The message is too long")
        if not message.strip():
            raise Refused(100, "(#100) Missing message or attachment", 1349125)
        if self.posts and list(self.posts.values())[-1]["message"] == message:
            raise Refused(506, "(#506) Duplicate status message", 1455006)
        self.stand_in.rule(
            all(post["message"] != message for post in self.posts.values()), f"facebook: posted twice: {message[:60]!r}"
        )
        self.number += 1
        post = {"id": f"{self.page}_{self.number}", "message": message, "at": time.time(), **more}
        self.posts[post["id"]] = post
        return post

    def _feed(self, asked: "Asked", given: dict[str, Any]) -> Any:
        media = given.get("attached_media")
        photos = []
        if media is not None:
            self.stand_in.rule(isinstance(media, str), "facebook: attached_media is a JSON text")
            for item in json.loads(media):
                photo = self.photos.get(item["media_fbid"])
                self.stand_in.rule(photo and not photo["used"], f"facebook: photo {item} is not there or used")
                if photo:
                    photo["used"] = True
                    photos.append(item["media_fbid"])
        post = self._new(str(given.get("message", "")), link=given.get("link"), photos=photos)
        return self._shown(post) if "fields" in given else {"id": post["id"]}

    def _photo(self, asked: "Asked", given: dict[str, Any]) -> Any:
        content = asked.files.get("source", ("", b""))[1]
        self.stand_in.rule(0 < len(content) <= 10 * 1024 * 1024, "facebook: a photo is above 10 MB or empty")
        self.number += 1
        photo = str(self.number)
        if given.get("published") == "false":
            self.photos[photo] = {"used": False}
            return {"id": photo}
        return {"id": photo, "post_id": self._new(str(given.get("caption", "")), photos=[photo])["id"]}

    def _video(self, asked: "Asked", given: dict[str, Any]) -> Any:
        self.stand_in.rule(asked.files.get("source", ("", b""))[1][4:8] == b"ftyp", "facebook: no MP4 video")
        post = self._new(str(given.get("description", "")), status="processing")
        return {"id": post["id"].partition("_")[2]}

    def _insights(self, target: str, given: dict[str, Any]) -> Any:
        names = str(given.get("metric", "")).split(",")
        alive = PAGE_ALIVE if target == self.page else ALIVE
        self.stand_in.rule(set(names) <= alive, f"facebook: metrics that are dead: {sorted(set(names) - alive)}")
        if not set(names) <= alive or ("_" not in target and target != self.page):
            raise Refused(100, "(#100) The value must be a valid insights metric")
        values = {"post_reactions_by_type_total": {"like": 4, "love": 1}}
        return {
            "data": [
                {"name": name, "period": "lifetime", "values": [{"value": values.get(name, 340)}]} for name in names
            ]
        }

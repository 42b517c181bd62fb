"""Page and post insights: the metric names alive in November 2026, one bad name failing the call (facts A6)."""

from typing import Any

from publishers.sandbox.facebook_fields import page_node
from publishers.sandbox.facebook_request import GraphCall, GraphError
from publishers.sandbox.log import Post
from publishers.sandbox.state import figures

_REACTIONS = ("like", "love", "wow", "haha", "sorry", "anger")
_SHARES = (62, 24, 3, 1, 8, 2)  # percent of each reaction under this kind of post
POST_METRICS = (
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks",
    "post_clicks_by_type",
    "post_reactions_by_type_total",
    *(f"post_reactions_{name}_total" for name in _REACTIONS),
    "post_activity_by_action_type",
    "post_activity_by_action_type_unique",
    "post_video_views",
)
PAGE_METRICS = (
    "page_follows",
    "page_total_media_view_unique",
    "page_media_view",
    "page_post_engagements",
    "page_daily_follows",
    "page_daily_follows_unique",
    "page_daily_unfollows_unique",
    "page_views_total",
    "page_total_actions",
)


def metric_names(text: str, alive: tuple[str, ...] = POST_METRICS) -> list[str]:
    """The metrics of a ``metric`` parameter or modifier. Raises GraphError when one of them is not alive."""
    names = [n.strip() for n in text.strip("[]").replace('"', "").split(",") if n.strip()]
    if not names:
        raise GraphError("An unknown error has occurred: no metric was given", 3001, 1504028)
    if any(name not in alive for name in names):
        raise GraphError("(#100) The value must be a valid insights metric", 100)
    return names


def _by_reaction(total: int) -> dict[str, int]:
    counts = {name: total * share // 100 for name, share in zip(_REACTIONS, _SHARES, strict=True)}
    counts["like"] += total - sum(counts.values())
    return counts


def post_metric(post: Post, metric: str) -> int | dict[str, int]:
    """The value of one post metric; breakdowns only carry what is not zero."""
    now = figures(post)
    reactions = _by_reaction(now["reactions"])
    if metric == "post_media_view":
        return now["views"]
    if metric == "post_total_media_view_unique":
        return now["reach"]
    if metric == "post_clicks":
        return now["clicks"]
    if metric == "post_clicks_by_type":
        return {k: v for k, v in {"link clicks": now["clicks"]}.items() if v}
    if metric == "post_reactions_by_type_total":
        return {k: v for k, v in reactions.items() if v}
    if metric.startswith("post_reactions_"):
        return reactions[metric.split("_")[2]]
    if metric == "post_video_views":
        return now["views"] // 2 if post.detail.get("video_id") else 0
    actions = {"like": now["reactions"], "share": now["shares"], "comment": now["comments"]}
    return {k: v for k, v in actions.items() if v}


def _entry(object_id: str, metric: str, period: str, value: Any) -> dict[str, Any]:
    return {
        "name": metric,
        "period": period,
        "values": [{"value": value}],
        "title": metric.replace("_", " "),
        "description": metric.replace("_", " "),
        "id": f"{object_id}/insights/{metric}/{period}",
    }


async def post_insights(call: GraphCall, object_id: str) -> Any:
    """``GET /{page_post}/insights``; refused on a bare video id, as on the platform."""
    post = call.post(object_id, "get")
    if post.detail.get("video_id") == object_id:
        raise GraphError("(#100) Tried accessing nonexisting field (insights) on node type (Video)", 100)
    return await insights_of(call, post, metric_names(call.text("metric")))


async def insights_of(call: GraphCall, post: Post, names: list[str]) -> dict[str, Any]:
    """The answer for these metrics of a post, each value recorded in the log."""
    data = []
    for name in names:
        value = post_metric(post, name)
        total = sum(value.values()) if isinstance(value, dict) else value
        await call.sandbox.log.write_metric(post, name, total)
        data.append(_entry(post.id, name, "lifetime", value))
    return {"data": data, "paging": {}}


async def page_insights(call: GraphCall, page_id: str) -> Any:
    """``GET /{page}/insights``: sums over the page's posts, or its followers."""
    page = call.page(page_id, "get")
    names = metric_names(call.text("metric"), PAGE_METRICS)
    period = call.text("period") or "day"
    posts = [figures(p) for p in call.sandbox.log.of_account("facebook", page) if p.deleted is None]
    followers = int(page_node(page, "followers_count")["followers_count"])
    engaged = sum(p["reactions"] + p["clicks"] + p["shares"] + p["comments"] for p in posts)
    values = {
        "page_follows": followers,
        "page_media_view": sum(p["views"] for p in posts),
        "page_total_media_view_unique": max((p["reach"] for p in posts), default=0),
        "page_post_engagements": engaged,
        "page_views_total": engaged // 3,
        "page_total_actions": engaged // 10,
    }
    return {"data": [_entry(page, name, period, values.get(name, 0)) for name in names]}

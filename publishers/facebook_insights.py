"""The figures of a post: the metrics that live today, and none of them at the cost of the others."""

from collections.abc import Sequence

from publishers.errors import Permanent, SendError
from publishers.graph import Graph
from publishers.message import Metric

# Metrics that live in late 2026 (facts A6). One that a page is refused fails a whole call.
METRICS = {
    "post_media_view": "views",
    "post_reactions_by_type_total": "reactions",
    "post_clicks": "clicks_on_platform",
}
# A metric that this page or this kind of post does not have, by Facebook's several ways of saying it.
UNASKABLE = ("no-metric", "bad-parameter", "bad-video", "refused", "no-permission")


def insights(graph: Graph, post: str, refused: set[str]) -> list[Metric]:
    """Ask for all metrics but those ``refused`` before, in one call; where that is refused, for each alone.

    :raises SendError: when nothing at all was told.
    """
    asked = [metric for metric in METRICS if metric not in refused]
    try:
        return _asked(graph, post, asked) if asked else []
    except Permanent as error:
        if error.code not in UNASKABLE:
            raise
    found: list[Metric] = []
    for metric in asked:
        try:
            found += _asked(graph, post, [metric])
        except Permanent as error:
            if error.code not in UNASKABLE:
                raise
            if error.code == "no-metric":
                refused.add(metric)
        except SendError:
            if not found:
                raise
            break  # What was told is kept; the rest is asked for next time.
    return found


def _asked(graph: Graph, post: str, metrics: Sequence[str]) -> list[Metric]:
    answer = graph.request(f"{post}/insights", {"metric": ",".join(metrics)})
    told = {entry["name"]: entry["values"][-1]["value"] for entry in answer.get("data", []) if entry.get("values")}
    return [
        Metric(METRICS[name], sum(value.values()) if isinstance(value, dict) else int(value))
        for name, value in told.items()
        if name in METRICS
    ]

"""Recount of a demo from the receiver's side. Imports no project code.

``python tests/recount/recount_demo.py var/demo`` reads the sandbox's own log and compares it with
``summary.json`` (the outbox) and with the report. Prints what differs; exit 1 when anything does.
"""

import collections
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

PLATFORMS_THAT_POST = {"facebook", "telegram", "feed", "zalo"}
OUT = ("sent", "withdrawn")


def entries(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def twice(log: list[dict[str, Any]]) -> list[str]:
    """Posts that stand twice in one account: by their text, which carries a link of its own."""
    seen = collections.Counter(
        (entry["platform"], entry["account"], entry["reference"] or entry["text"])
        for entry in log
        if entry["action"] == "publish"
    )
    return [
        f"sent {count} times: {key[0]} {key[1]} {key[2][:60]!r}" for key, count in seen.items() if count > 1
    ]


def published(log: list[dict[str, Any]]) -> dict[str, int]:
    return dict(collections.Counter(entry["platform"] for entry in log if entry["action"] == "publish"))


def figures(report: dict[str, Any]) -> dict[str, int | None]:
    """The report's measured figures by indicator."""
    found: dict[str, int | None] = {}
    for indicator in report["indicators"]:
        values = [basis["value"] for basis in indicator["bases"].values()]
        found[indicator["code"]] = sum(values) if values else None
    return found


def latest_metrics(log: list[dict[str, Any]], names: set[str]) -> int:
    """Sum of the last value given for each post; who saw a post before it was recalled has seen it."""
    last: dict[tuple[str, str, str, str], int] = {}
    for entry in log:
        if entry["action"] == "metric" and entry["metric"] in names:
            last[entry["platform"], entry["account"], entry["id"], entry["metric"]] = entry["value"]
    return sum(last.values())


def is_stale(log: list[dict[str, Any]], summary: dict[str, Any]) -> str:
    """A sentence when the log went on after the summary was made; the summary keeps whole seconds."""
    made = dt.datetime.fromisoformat(summary["made_at"])
    last = max((dt.datetime.fromisoformat(entry["at"]) for entry in log), default=made)
    if last < made + dt.timedelta(seconds=1):
        return ""
    late = f"{last.astimezone(made.tzinfo):%H:%M:%S %d/%m/%Y}"
    return (
        f"summary.json is of {made:%H:%M:%S %d/%m/%Y}, the log goes on until {late}: what happened since is "
        "in one and not in the other. Run the demo again (make demo EXIT=1) before you compare."
    )


def differences(folder: Path) -> list[str]:
    log = entries(folder / "sandbox.jsonl")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    report = json.loads((folder / "reports" / "bao-cao.json").read_text(encoding="utf-8"))
    outbox = {p: sum(states.get(s, 0) for s in OUT) for p, states in summary["deliveries"].items()}
    deleted = collections.Counter(entry["platform"] for entry in log if entry["action"] == "delete")
    withdrawn = {p: states.get("withdrawn", 0) for p, states in summary["deliveries"].items()}
    counted = figures(report)
    standing = sum(n - withdrawn[p] for p, n in published(log).items() if p in PLATFORMS_THAT_POST)
    checks = [
        ("published by platform", published(log), outbox),
        ("deleted", dict(deleted), {p: n for p, n in withdrawn.items() if n}),
        ("posts in the report", standing, counted["posts"]),
        ("views in the report", latest_metrics(log, {"views", "post_media_view"}), counted["views"]),
        ("clicks in the report", summary["clicks"], counted["clicks"]),
        ("plays in the report", summary["playbacks"], counted["loud_plays"]),
        ("posts by hand in the report", summary["manual_posts"], counted["manual_posts"]),
    ]
    wrong = [f"{what}: {here} here, {there} there" for what, here, there in checks if here != there]
    return [*twice(log), *wrong]


def main() -> int:
    folder = Path(sys.argv[1])
    found = differences(folder)
    print("\n".join(found) or "the sandbox's log, the outbox and the report agree")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    stale = is_stale(entries(folder / "sandbox.jsonl"), summary)
    if stale:
        print(stale)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())

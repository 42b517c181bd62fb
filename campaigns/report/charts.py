"""Bar charts drawn as SVG: no script, the figures as text, and a table with the same figures beside."""

import dataclasses
from typing import Any

from campaigns.report.layout import figure
from campaigns.report.numbers import count, percent
from campaigns.report.wording import say

Report = dict[str, Any]
WIDTH = 680
LABEL = 250
BAR = 330
ROW = 26
SHOWN = 15
CHARS = 36
# Which figure a chart shows, the first that has any: one unit per chart, never mixed.
PREFERRED = ("loud_plays", "session", "attendance", "posts", "clicks")


@dataclasses.dataclass(frozen=True)
class Bar:
    """One bar: where it stands, how long it is, and what it says."""

    label: str
    full_label: str
    value: str
    y: int
    width: float


@dataclasses.dataclass(frozen=True)
class Chart:
    """A chart of horizontal bars. ``table`` names the table that holds the same figures."""

    table: str
    title: str
    summary: str
    bars: tuple[Bar, ...]
    label_width: int = LABEL
    width: int = WIDTH

    @property
    def height(self) -> int:
        return len(self.bars) * ROW + 8


def charts_of(report: Report) -> list[Chart]:
    """Coverage first, then one chart per table that has at least two bars to compare."""
    found = [coverage_chart(report)] if report["coverage"]["communes"] else []
    for table in report["tables"]:
        if table["key"] in ("place", "language", "group", "form", "timeline"):
            chart = table_chart(table)
            if chart:
                found.append(chart)
    return found


def coverage_chart(report: Report) -> Chart:
    """Reached beside not reached. Where nothing reached any commune, the table's own words: never 0%."""
    coverage = report["coverage"]
    bars = []
    for label, value in (("reached", coverage["reached"]), ("not_reached", len(coverage["not_reached"]))):
        share = percent(value, coverage["communes"])
        text = f"{count(value)} ({share})" if coverage["reached"] else figure(value or None).text
        bars.append((say(f"rows.{label}"), value, text))
    return _chart("coverage", say("charts.coverage"), bars)


def table_chart(table: dict[str, Any]) -> Chart | None:
    columns = {one["indicator"]: one for one in reversed(table["columns"])}
    column = next((columns[code] for code in PREFERRED if code in columns), None)
    if column is None:
        return None
    title = say(
        f"charts.{table['key']}", indicator=column["title"], step=say(f"steps.{table.get('step', 'week')}")
    )
    rows = [(row["label"], row["cells"][column["id"]]) for row in table["rows"]]
    known = [(label, value) for label, value in rows if value]
    if table["key"] == "timeline":
        known = [(label, value or 0) for label, value in rows]
    else:
        known = sorted(known, key=lambda pair: -pair[1])[:SHOWN]
    if len(known) < 2:
        return None
    bars = [(label, value, count(value, column["scale"]) if value else "–") for label, value in known]
    return _chart(table["key"], f"{title} ({column['unit']}, {column['basis_title']})", bars)


def _chart(table: str, title: str, rows: list[tuple[str, int, str]]) -> Chart:
    longest = max((value for _label, value, _text in rows), default=0) or 1
    bars = tuple(
        Bar(_cut(label), label, text, 4 + number * ROW, round(value * BAR / longest, 1))
        for number, (label, value, text) in enumerate(rows)
    )
    return Chart(table, title, "; ".join(f"{label}: {text}" for label, _value, text in rows), bars)


def _cut(label: str) -> str:
    return label if len(label) <= CHARS else label[: CHARS - 1].rstrip() + "…"

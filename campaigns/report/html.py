"""The report as a page: the same blocks as the DOCX, with charts, readable in print and without sight."""

import datetime as dt
from typing import Any

from django.template.loader import render_to_string

from campaigns.report.charts import charts_of
from campaigns.report.layout import Table, blocks_of, parts_of, percent_cell
from campaigns.report.numbers import count, day
from campaigns.report.wording import by_basis, say, spoken

Report = dict[str, Any]
# As many as fit an upright A4 sheet.
COLUMNS = 6
HEADLINES = ("session", "loud_plays", "posts")


def page_context(report: Report) -> dict[str, Any]:
    """What the templates of the page need: blocks with the name of their kind, and the charts.

    A chart stands before the table that holds the same figures.
    """
    with spoken(report["wording"]["texts"]):
        return _page_context(report)


def _page_context(report: Report) -> dict[str, Any]:
    charts = {chart.table: chart for chart in charts_of(report)}
    blocks: list[dict[str, Any]] = []
    for block in blocks_of(report):
        if isinstance(block, Table):
            for part in parts_of(block, COLUMNS):
                blocks.append({"kind": "table", "block": part, "chart": charts.get(part.key)})
        else:
            blocks.append({"kind": type(block).__name__.lower(), "block": block, "chart": None})
    return {
        "report": report,
        "blocks": blocks,
        "mark": say("rehearsal") if report["rehearsal"] else say("draft"),
        "draft_mark": say("draft") if report["draft"] else "",
        "rehearsal_note": say("rehearsal_note"),
        "signed_line": signed_line(report),
        "gaps": say("gaps.title", gaps="; ".join(report["gaps"])) if report["gaps"] else "",
        "cards": headline_cards(report),
    }


def signed_line(report: Report) -> str:
    """Who signed when; empty for a draft."""
    signature = report["signature"]
    if not signature:
        return ""
    moment = dt.datetime.fromisoformat(signature["signed_at"])
    title, name = signature["title"], signature["name"]
    return say("signed_line", hour=f"{moment:%H:%M}", day=day(moment.date()), title=title, name=name)


def headline_cards(report: Report) -> list[dict[str, str]]:
    """The figures that come first: coverage, then the main figures of people, plays and posts."""
    coverage = report["coverage"]
    reached = f"{count(coverage['reached'])}/{count(coverage['communes'])}" if coverage["reached"] else None
    cards = [(percent_cell(coverage["percent"]).text if reached else None, say("rows.percent"))]
    cards.append((reached, say("rows.reached")))
    for code in HEADLINES:
        one = next((one for one in report["indicators"] if one["code"] == code), None)
        if one is None:
            continue
        for basis, part in by_basis(one["bases"]):
            cards.append((count(part["value"], one["scale"]), f"{one['name']} ({say(f'bases.{basis}')})"))
    return [
        {"text": text or say("missing"), "kind": "" if text else "missing", "label": label}
        for text, label in cards
    ]


def page(report: Report) -> str:
    """A page of its own, with nothing to load."""
    return render_to_string("campaigns/report/document.html", page_context(report))

"""Drafted sentences. Every number in them stands in a table of the same report (a test holds that)."""

from typing import Any

from campaigns.report.findings import some
from campaigns.report.numbers import count, percent
from campaigns.report.wording import say, wording

KINDS = ("field", "loudspeaker", "digital", "declared")
SPOKEN = ("loud_plays", "session")
MAIN = ("session", "attendance", "loud_plays", "loud_minutes", "posts", "views")


def sentences_of(report: dict[str, Any]) -> dict[str, list[str]]:
    """The drafted text by section of the report."""
    return {
        "coverage": coverage_sentences(report["coverage"]),
        "figures": figure_sentences(report),
        "comparison": comparison_sentences(report["comparison"]),
        "findings": findings_sentences(report["findings"]),
    }


def coverage_sentences(coverage: dict[str, Any]) -> list[str]:
    if not coverage["communes"]:
        return [say("sentences.coverage_no_places")]
    if not coverage["reached"]:
        texts = [say("sentences.coverage_none")]
    else:
        reached, communes = coverage["reached"], coverage["communes"]
        texts = [
            say(
                "sentences.coverage",
                reached=count(reached),
                total=count(communes),
                percent=percent(reached, communes),
            )
        ]
        if coverage["by_operator_only"]:
            texts.append(say("sentences.coverage_operator", count=count(coverage["by_operator_only"])))
    if coverage["declared_only"]:
        texts.append(say("sentences.coverage_declared", count=count(len(coverage["declared_only"]))))
    return texts


def figure_sentences(report: dict[str, Any]) -> list[str]:
    """Per kind of indicator and basis, one sentence; bases are never added together."""
    texts = []
    for kind in KINDS:
        for basis in wording()["bases"]:
            pieces = [
                piece(one, one["bases"][basis]["value"])
                for one in report["indicators"]
                if one["kind"] == kind and one["bases"].get(basis)
            ]
            if pieces:
                texts.append(say(f"sentences.{kind}", basis=say(f"bases.{basis}"), pieces="; ".join(pieces)))
    if not texts:
        return [say("sentences.no_figures")]
    languages = _languages(report)
    return [*texts, *languages, say("sentences.separate")]


def piece(indicator: dict[str, Any], value: int) -> str:
    """``12 cuộc tuyên truyền``."""
    shown = count(value, indicator["scale"])
    pattern = wording()["pieces"].get(indicator["code"])
    return pattern.format(n=shown) if pattern else f"{indicator['name'].lower()}: {shown} {indicator['unit']}"


def _languages(report: dict[str, Any]) -> list[str]:
    """Plays and sessions in the languages other than Vietnamese (the first of the list)."""
    found = next(one for one in report["tables"] if one["key"] == "language")
    by_code = {one["code"]: one for one in report["indicators"]}
    pieces = []
    for row in found["rows"]:
        if row["key"] is None or row.get("vietnamese"):
            continue
        own = [
            f"{piece(by_code[column['indicator']], row['cells'][column['id']])} ({column['basis_title']})"
            for column in found["columns"]
            if column["indicator"] in SPOKEN and row["cells"][column["id"]]
        ]
        if own:
            pieces.append(f"{row['label']}: {', '.join(own)}")
    return [say("sentences.language", pieces="; ".join(pieces))] if pieces else []


def comparison_sentences(comparison: dict[str, Any]) -> list[str]:
    rows = [row for row in comparison["rows"] if row["difference"] is not None and row["indicator"] in MAIN]
    if not rows:
        return [say("sentences.comparison_none")]
    return [_compared(row) for row in rows]


def _compared(row: dict[str, Any]) -> str:
    way = "same" if row["difference"] == 0 else "up" if row["difference"] > 0 else "down"
    return say(
        f"sentences.comparison_{way}",
        name=row["title"],
        basis=row["basis_title"],
        unit=row["unit"],
        difference=count(abs(row["difference"]), row["scale"]),
        before=count(row["before"], row["scale"]),
        after=count(row["now"], row["scale"]),
    )


def findings_sentences(findings: list[dict[str, Any]], *, signed: bool = False) -> list[str]:
    if not findings:
        return [say("sentences.findings_none")]
    key = "findings_signed" if signed else "findings"
    return [say(f"sentences.{key}", count=count(len(findings)))]


def not_reached_sentence(coverage: dict[str, Any]) -> str:
    """The communes not reached by name; empty when none was reached, which another sentence says."""
    if not coverage["reached"]:
        return ""
    names = [place["name"] for place in coverage["not_reached"]]
    return say("sentences.not_reached", names=", ".join(names)) if names else ""


def gaps_of(report: dict[str, Any]) -> list[str]:
    """What a draft still lacks before it can be signed."""
    gaps = [say("gaps.number"), say("gaps.day"), say("gaps.signer")]
    if not report["head"]["agency"]:
        gaps.insert(0, say("gaps.agency"))
    if not report["coverage"]["reached"]:
        gaps.append(say("gaps.coverage"))
    if report["findings"]:
        gaps.append(say("gaps.findings", count=count(len(report["findings"]))))
    return gaps


__all__ = ["gaps_of", "not_reached_sentence", "sentences_of", "some"]

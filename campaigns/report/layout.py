"""The report laid out in blocks: what the HTML page and the DOCX show, in the same words and numbers."""

import dataclasses
import datetime as dt
from fractions import Fraction
from typing import Any

from campaigns.report.numbers import count, day, decimal, signed
from campaigns.report.sentences import not_reached_sentence
from campaigns.report.wording import by_basis, say, wording

Report = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Cell:
    """What a table cell shows. ``kind``: ``text``, ``number`` or ``missing``.

    ``source`` narrows the list of sources that the figure was made from; None where there is none.
    ``span``: over how many columns it stands.
    """

    text: str
    kind: str = "text"
    source: dict[str, Any] | None = None
    span: int = 1


@dataclasses.dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1


@dataclasses.dataclass(frozen=True)
class Paragraph:
    text: str


@dataclasses.dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Table:
    """``header`` names the columns; the first column is the row's label. ``total`` is the last row, or None."""

    key: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    note: str = ""
    annex: bool = False
    # Widths of the columns relative to each other; empty: a wide first column, the others alike.
    weights: tuple[float, ...] = ()


Block = Heading | Paragraph | Bullets | Table


def parts_of(table: Table, columns: int) -> list[Table]:
    """Even parts of at most ``columns`` value columns each, so that a wide table fits a sheet of paper.

    In a table by dimension, a row without a single figure says so once, across its columns.
    """
    values = len(table.header) - 1
    number = max(1, -(-values // columns))
    size = -(-values // number)
    parts = []
    for start in range(1, values + 1, size):
        stop = min(start + size, values + 1)
        first = start == 1
        parts.append(
            dataclasses.replace(
                table,
                key=table.key if first else f"{table.key}-{start}",
                title=table.title if first else say("continued", title=table.title),
                header=(table.header[0], *table.header[start:stop]),
                rows=tuple(_gathered((row[0], *row[start:stop]), table.annex) for row in table.rows),
                total=(table.total[0], *table.total[start:stop]) if table.total else None,
                note=table.note if stop > values else "",
            )
        )
    return parts


def _gathered(row: tuple[Cell, ...], annex: bool) -> tuple[Cell, ...]:
    if not annex or len(row) < 3 or any(cell.kind != "missing" for cell in row[1:]):
        return row
    return (row[0], dataclasses.replace(missing(), span=len(row) - 1))


def missing() -> Cell:
    return Cell(say("missing"), "missing")


def figure(
    value: int | None, scale: int = 1, source: dict[str, Any] | None = None, approximate: bool = False
) -> Cell:
    """A counted value, or the words for its absence: a figure nobody has is never 0."""
    if value is None:
        return missing()
    return Cell(("≈ " if approximate else "") + count(value, scale), "number", source)


def blocks_of(report: Report) -> list[Block]:
    """The body of the report in order, annex tables last."""
    sentences = report["sentences"]
    return [
        *plan_blocks(report),
        Heading(say("headings.results")),
        Heading(say("headings.coverage"), 2),
        *paragraphs(sentences["coverage"]),
        coverage_table(report),
        *paragraphs([not_reached_sentence(report["coverage"])]),
        Heading(say("headings.figures"), 2),
        *paragraphs(sentences["figures"]),
        *indicator_blocks(report),
        Heading(say("headings.comparison"), 2),
        *paragraphs(sentences["comparison"]),
        *comparison_tables(report),
        Heading(say("headings.findings" if report["draft"] else "headings.findings_signed")),
        *paragraphs(sentences["findings"]),
        *findings_blocks(report),
        *annex_tables(report),
    ]


def paragraphs(texts: list[str]) -> list[Block]:
    return [Paragraph(text) for text in texts if text]


def plan_blocks(report: Report) -> list[Block]:
    """The plan's communications tasks and its targets."""
    plan, targets = report["plan"], report["targets"]
    tasks = tuple(
        f"{task['text']} {say('targets.inherited', number=task['inherited_from'])}"
        if task["inherited_from"]
        else task["text"]
        for task in plan["tasks"]
    )
    found: list[Block] = [Heading(say("headings.plan")), Heading(say("headings.tasks"), 2)]
    found.append(Bullets(tasks) if tasks else Paragraph(say("targets.no_tasks")))
    found.append(Heading(say("headings.targets"), 2))
    found += paragraphs([targets["note"] or ""])
    found.append(target_table(report) if targets["rows"] else Paragraph(say("targets.no_targets")))
    return found


def target_table(report: Report) -> Table:
    rows = []
    for target in report["targets"]["rows"]:
        level = Cell(say("targets.no_number"), "missing")
        if target["value"] is not None:
            level = Cell(f"{decimal_of(target['value'])} {target['unit']}".replace(" %", "%"), "number")
        rows.append((Cell(target["text"]), level, _target_result(report, target)))
    header = (say("columns.target"), say("columns.target_value"), say("columns.result"))
    return Table("targets", say("tables.targets"), header, tuple(rows), weights=(8, 2, 4))


def decimal_of(value: float) -> str:
    """A number from the report's JSON, without the dust of binary fractions."""
    return decimal(Fraction(str(value)))


def _target_result(report: Report, target: dict[str, Any]) -> Cell:
    if not target["ours"]:
        return Cell(say("targets.not_ours"), "missing")
    result = target["result"]
    if not result:
        return missing()
    if "coverage_percent" in result:
        return percent_cell(result["coverage_percent"])
    scale = next(one["scale"] for one in report["indicators"] if one["code"] == target["indicator"])
    parts = [
        f"{count(value, scale)} ({say(f'bases.{basis}')})" for basis, value in by_basis(result["by_basis"])
    ]
    return Cell("; ".join(parts), "number")


def percent_cell(value: float | None) -> Cell:
    return missing() if value is None else Cell(f"{decimal_of(value)}%", "number")


def coverage_table(report: Report) -> Table:
    coverage = report["coverage"]
    on = day(dt.date.fromisoformat(coverage["on"]))
    source = {"reached": 1}
    rows = [
        (Cell(say("rows.communes", day=on)), figure(coverage["communes"] or None)),
        (Cell(say("rows.reached")), figure(coverage["reached"] or None, source=source)),
        (Cell(say("rows.percent")), percent_cell(coverage["percent"])),
        (
            Cell(say("rows.by_operator_only")),
            figure(coverage["by_operator_only"] if coverage["reached"] else None),
        ),
        (Cell(say("rows.declared_only")), figure(len(coverage["declared_only"]) or None)),
        (Cell(say("rows.not_reached")), figure(len(coverage["not_reached"]))),
    ]
    return Table(
        "coverage", say("tables.coverage"), (say("columns.content"), say("columns.count")), tuple(rows)
    )


def reached_table(report: Report) -> Table:
    rows = tuple(
        (
            Cell(place["name"]),
            figure(place["plays"]),
            figure(place["sessions"]),
            Cell(say("rows.self_declared") if place["only_declared"] else say("rows.recorded")),
        )
        for place in report["coverage"]["reached_places"]
    )
    header = tuple(say(f"columns.{key}") for key in ("place", "plays", "sessions", "only_declared"))
    return Table("reached", say("tables.reached"), header, rows, annex=True, weights=(6, 2, 2, 3))


def indicator_blocks(report: Report) -> list[Block]:
    """The table of all figures, and the names of the indicators that have none."""
    table = indicator_table(report)
    return [table] if table.rows else [Paragraph(table.note)]


def indicator_table(report: Report) -> Table:
    """One row per indicator that has any figure, one column per basis."""
    bases = dict(by_basis(wording()["bases"]))
    rows = []
    for one in report["indicators"]:
        if one["bases"]:
            cells = [_basis_cell(one, basis) for basis in bases]
            rows.append((Cell(f"{one['name']} ({one['unit']})"), *cells))
    without = [one["name"].lower() for one in report["indicators"] if not one["bases"]]
    notes = [f"{say('missing').capitalize()}: {', '.join(without)}."] if without else []
    if any(part["approximate"] for one in report["indicators"] for part in one["bases"].values()):
        notes.append(say("approximate_note"))
    return Table(
        "indicators",
        say("tables.indicators"),
        (say("columns.indicator"), *bases.values()),
        tuple(rows),
        note=" ".join(notes),
    )


def _basis_cell(one: dict[str, Any], basis: str) -> Cell:
    part = one["bases"].get(basis)
    if part is None:
        return missing()
    return figure(
        part["value"], one["scale"], {"indicator": one["code"], "basis": basis}, part["approximate"]
    )


def comparison_tables(report: Report) -> list[Block]:
    """This period beside the same one of the year before; empty when that year has no figure at all."""
    comparison = report["comparison"]
    covered = comparison["coverage"]
    if covered["before"] is None and all(row["before"] is None for row in comparison["rows"]):
        return []
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(f"{row['title']} ({row['unit']}, {row['basis_title']})"),
            figure(row["now"], row["scale"]),
            figure(row["before"], row["scale"]),
            missing()
            if row["difference"] is None
            else Cell(signed(row["difference"], row["scale"]), "number"),
        )
        for row in comparison["rows"]
    ]
    if covered["now"] is not None or covered["before"] is not None:
        both = covered["now"] is not None and covered["before"] is not None
        gap = missing() if not both else Cell(_points(covered["now"] - covered["before"]), "number")
        rows.insert(
            0, (Cell(say("rows.percent")), percent_cell(covered["now"]), percent_cell(covered["before"]), gap)
        )
    header = tuple(say(f"columns.{key}") for key in ("indicator", "this_period", "previous", "difference"))
    return [Table("comparison", say("tables.comparison"), header, tuple(rows))]


def _points(value: float) -> str:
    shown = decimal_of(round(value, 1))
    return f"+{shown}" if value > 0 else shown


def findings_blocks(report: Report) -> list[Block]:
    found: list[Block] = []
    if report["findings"]:
        found.append(_findings_table(report["findings"]))
    for key, rows in (
        ("overlaps", [row for group in report["overlaps"] for row in group]),
        ("straddling", report["straddling"]),
    ):
        if rows:
            found.append(_listed_table(key, rows))
    return found


def _findings_table(findings: list[dict[str, Any]]) -> Table:
    rows = tuple(
        (Cell(count(number)), Cell(one["kind_title"]), Cell(one["text"]))
        for number, one in enumerate(findings, start=1)
    )
    header = tuple(say(f"columns.{key}") for key in ("number", "kind", "finding"))
    return Table("findings", say("tables.findings"), header, rows, weights=(1, 2.4, 12))


def _listed_table(key: str, rows: list[dict[str, Any]]) -> Table:
    shown = tuple(
        (
            Cell(row["label"]),
            Cell(f"{row['indicator_title']} ({row['unit']})"),
            Cell(f"{_day(row['period_from'])} – {_day(row['period_to'])}"),
            figure(row["value"], row["scale"]),
        )
        for row in rows
    )
    header = tuple(say(f"columns.{name}") for name in ("source", "indicator", "period", "value"))
    return Table(key, say(f"tables.{key}"), header, shown, weights=(5, 4, 4, 2.5))


def _day(text: str) -> str:
    return day(dt.date.fromisoformat(text))


def annex_tables(report: Report) -> list[Table]:
    """The tables by dimension, the reached communes and the provenance of each figure."""
    found = [dimension_table(one) for one in report["tables"] if one["columns"]]
    if report["coverage"]["reached_places"]:
        found.insert(0, reached_table(report))
    return [*found, provenance_table(report)] if any(one["bases"] for one in report["indicators"]) else found


def dimension_table(table: dict[str, Any]) -> Table:
    columns = table["columns"]
    header = (
        table["dimension"],
        *(f"{one['title']} ({one['unit']}) – {one['basis_title']}" for one in columns),
    )
    rows = tuple(_dimension_row(table, row) for row in table["rows"])
    total = _dimension_row(table, table["total"]) if table["total"] else None
    return Table(table["key"], table["title"], header, rows, total, table["note"], annex=True)


def _dimension_row(table: dict[str, Any], row: dict[str, Any]) -> tuple[Cell, ...]:
    cells = []
    for column in table["columns"]:
        source = {"indicator": column["indicator"], "basis": column["basis"]}
        if row is not table["total"]:
            source |= {"by": table["key"], "key": "" if row["key"] is None else row["key"]}
        cells.append(figure(row["cells"][column["id"]], column["scale"], source))
    return (Cell(row["label"]), *cells)


def provenance_table(report: Report) -> Table:
    rows = []
    for one in report["indicators"]:
        for basis, part in by_basis(one["bases"]):
            for source in part["sources"]:
                changed = dt.datetime.fromisoformat(source["last_change"])
                rows.append(
                    (
                        Cell(one["name"]),
                        Cell(say(f"bases.{basis}")),
                        Cell(source["title"]),
                        figure(source["count"]),
                        Cell(f"{changed:%H:%M} {day(changed.date())}"),
                    )
                )
    header = tuple(
        say(f"columns.{key}") for key in ("indicator", "basis", "source", "sources", "last_change")
    )
    return Table(
        "provenance", say("tables.provenance"), header, tuple(rows), annex=True, weights=(6, 2, 4, 2, 3)
    )

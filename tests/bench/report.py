"""The reach report on a year of 50,000 deliveries and a million readings, and its independent recount.

``python -m tests.bench.report [--deliveries N] [--readings N] [--database URL]``. Three figures:

* making the report ≤ 1.5 × reading the roll-ups it is made from (its year and the one before, every
  dimension, and the days), alternating in one run, medians of five;
* ten times the readings at the same cells ≤ 1.2 ×;
* every figure, by commune, language, group, agency, form and head, equals ``tests/recount/recount.py``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench._report_year import FIRST, LAST, FullYear
from tests.bench._rig import start_django

ROUNDS = 5
AT_MOST_OF_ROLLUP, AT_MOST_FOR_TEN = 1.5, 1.2
SCRIPT = Path(__file__).resolve().parent.parent / "recount" / "recount.py"
CHAIN = ("84-kh-ubnd-2023", "144-kh-ubnd-2024", "33-qd-ttg-2026")


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def read_rollups(plan: Any) -> int:
    """The bare reading of what the report is made from."""
    from campaigns.report.cells import cells_in, overlapping, rows_in_scope, within
    from campaigns.report.periods import Period
    from campaigns.report.places import PlaceBook
    from campaigns.report.scope import PlanChain
    from campaigns.report.timeline import figures_by_day

    ids, book, found = PlanChain(plan).ids, PlaceBook(), 0
    for period in (Period(FIRST, LAST), Period(FIRST, LAST).year_before()):
        rows = within(rows_in_scope(ids, rehearsal=False), period)
        left_out = {row.pk for group in overlapping(rows, book) for row in group}
        found += len(cells_in(ids, period, rehearsal=False, leave_out=left_out))
    return found + len(figures_by_day(ids, rows, Period(FIRST, LAST), rehearsal=False, leave_out=left_out))


def measure(plan: Any) -> tuple[float, float]:
    """Milliseconds of reading the roll-ups and of making the report: medians of alternating runs."""
    from campaigns.report.build import build

    rounds = [(timed(lambda: read_rollups(plan)), timed(lambda: build(plan, FIRST, LAST))) for _ in range(ROUNDS + 1)]
    bare, report = zip(*rounds[1:], strict=True)
    return median(bare), median(report)


def recount(plan: Any) -> list[str]:
    """What the recount and the report do not agree about."""
    from campaigns.ledger.export import export_ledger
    from campaigns.models import Agency, Language, Place, TargetGroup
    from campaigns.report.build import build

    with tempfile.TemporaryDirectory(prefix="loa-recount-") as folder:
        export_ledger(FIRST, LAST, Path(folder))
        command = [sys.executable, "-I", str(SCRIPT), folder, "--from", str(FIRST), "--to", str(LAST)]
        ran = subprocess.run(
            [*command, *(f"--plan={key}" for key in CHAIN)], capture_output=True, text=True, check=True
        )
    found, report = json.loads(ran.stdout), build(plan, FIRST, LAST)
    district = build(plan, FIRST, LAST, place_level="district")
    names: dict[str, dict[Any, str]] = {
        "language": dict(Language.objects.values_list("pk", "key")),
        "group": dict(TargetGroup.objects.values_list("pk", "key")),
        "agency": dict(Agency.objects.values_list("pk", "key")),
        "place": {pk: str(pk) for pk in Place.objects.values_list("pk", flat=True)},
        "head": {number: str(number) for number in range(1, 9)},
    }
    figures = {
        f"{one['code']}:{basis}": part["value"] for one in report["indicators"] for basis, part in one["bases"].items()
    }
    pairs = [
        ("figures", figures, found["figures"]),
        ("reached", sorted(one["id"] for one in report["coverage"]["reached_places"]), found["reached"]),
        ("communes", report["coverage"]["communes"], found["communes"]),
        ("overlapping", sum(len(group) for group in report["overlaps"]), len(found["overlapping"])),
        ("by_district", cells(district, "place", names["place"]), found["by_district"]),
        ("by_commune", cells(report, "place", names["place"]), found["by_commune"]),
    ]
    pairs += [
        (f"by_{key}", cells(report, key, names.get(key, {})), found[f"by_{key}"])
        for key in ("language", "group", "agency", "head", "form")
    ]
    return [f"{what} differ" for what, ours, theirs in pairs if ours != theirs]


def cells(report: dict[str, Any], key: str, names: dict[Any, str]) -> dict[str, dict[str, int]]:
    table = next(one for one in report["tables"] if one["key"] == key)
    rows = {}
    for row in table["rows"]:
        values = {column: value for column, value in row["cells"].items() if value is not None}
        if values:
            rows[names.get(row["key"], row["key"] or "")] = values
    return rows


def tenfold() -> None:
    """Nine more, older readings of each newest one: the same cells, ten times the rows."""
    from django.db import connection

    older = "datetime(r.read_at, '-' || n.n || ' days')" if connection.vendor == "sqlite" else (
        "r.read_at - n.n * interval '1 day'"
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO publishers_reading (channel_id, delivery_id, metric, value, read_at, approximate)
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 9)
            SELECT r.channel_id, r.delivery_id, r.metric, r.value, {older}, r.approximate
            FROM publishers_reading r CROSS JOIN n
            """
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=int, default=50_000)
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument(
        "--database", default="", help="URL of an empty database; without it SQLite in a scratch folder"
    )
    given = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    os.environ |= {
        "DATABASE_URL": given.database or f"sqlite:///{scratch / 'bench.sqlite3'}",
        "MEDIA_ROOT": str(scratch / "uploads"),
        "DJANGO_SETTINGS_MODULE": "cms.settings",
    }
    start_django()
    return run(given.deliveries, given.readings)


def run(deliveries: int, readings: int) -> int:
    from django.core.management import call_command

    from campaigns.ledger import fold
    from campaigns.models import LedgerMonth, LedgerRow
    from campaigns.reference import load_reference
    from publishers.models import Delivery, Reading

    call_command("migrate", verbosity=0)
    load_reference()
    year = FullYear(deliveries)
    posts = deliveries * 3 // 5 * 18 // 20  # of the deliveries to feeds, those that went out
    making = timed(lambda: year.make(-(-readings // posts)))
    print(f"{Delivery.objects.count():,} deliveries, {Reading.objects.count():,} readings made in {making / 1e3:.0f} s")
    folding = timed(fold)
    print(
        f"folded into {LedgerRow.objects.count():,} rows, {LedgerMonth.objects.count():,} sums in {folding / 1e3:.0f} s"
    )
    bare, report = measure(year.plan)
    print(
        f"roll-ups read in {bare:.0f} ms, report in {report:.0f} ms: "
        f"{report / bare:.2f} × (at most {AT_MOST_OF_ROLLUP})"
    )
    wrong = recount(year.plan)
    print("the independent recount agrees" if not wrong else f"recount: {'; '.join(wrong)}")
    tenfold()
    _bare, more = measure(year.plan)
    print(f"{Reading.objects.count():,} readings at equal cells: {more / report:.2f} × (at most {AT_MOST_FOR_TEN})")
    return int(bool(wrong) or report / bare > AT_MOST_OF_ROLLUP or more / report > AT_MOST_FOR_TEN)


if __name__ == "__main__":
    sys.exit(main())

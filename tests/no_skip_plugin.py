"""With LOA_NO_SKIP=1 a browser or service test that would be skipped fails: a green run is a full run."""

import os
from collections.abc import Generator

import pytest

NEVER_SKIPPED = ("browser", "services")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marked = any(item.get_closest_marker(name) for name in NEVER_SKIPPED)
    # An expected failure is reported as skipped too; it ran.
    if report.skipped and marked and os.environ.get("LOA_NO_SKIP") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"LOA_NO_SKIP=1: {report.longrepr}"
    return report

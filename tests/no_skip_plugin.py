"""With LOA_NO_SKIP=1 a test that would be skipped fails: a green run is a full run.

That holds for tests in a browser, and in a run of the services (``-m services``) for those too.
"""

import os
from collections.abc import Generator

import pytest


def must_run(item: pytest.Item) -> bool:
    """Whether a skip of this test would hide something in this run."""
    if os.environ.get("LOA_NO_SKIP") != "1":
        return False
    services_wanted = str(item.config.getoption("markexpr")).strip() == "services"
    return bool(item.get_closest_marker("browser") or (services_wanted and item.get_closest_marker("services")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # An expected failure is reported as skipped too; it ran.
    if report.skipped and not hasattr(report, "wasxfail") and must_run(item):
        report.outcome = "failed"
        report.longrepr = f"LOA_NO_SKIP=1: {report.longrepr}"
    return report

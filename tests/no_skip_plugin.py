"""With LOA_NO_SKIP=1 a test that would be skipped fails: a green run is a full run.

Only what needs the services is left to the run of its own (``-m services``), where it holds for those too.
"""

import os
from collections.abc import Generator

import pytest


def must_run(item: pytest.Item) -> bool:
    """Whether a skip of this test would hide something in this run."""
    if os.environ.get("LOA_NO_SKIP") != "1":
        return False
    services_wanted = str(item.config.getoption("markexpr")).strip() == "services"
    return services_wanted or item.get_closest_marker("services") is None


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

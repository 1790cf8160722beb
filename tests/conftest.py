"""What tests share the machine with which others, and what every test run says at its end."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# What `make test` decides on must not depend on luck: it tries the same examples each time. Those
# of `make test-all` are drawn anew, and print how to try the one that failed again.
settings.register_profile("the-same", derandomize=True)
settings.register_profile("drawn-anew", print_blob=True)

# Tests that start processes of their own and judge when these do something, and those that fill
# tables with millions of rows. With several workers (`pytest -n`) they go one after the other in
# one of them, beside the tests of everything else.
APART = tuple(
    f"tests/{name}"
    for name in (
        *("benchmarks/", "chaos/test_harness.py", "processes/", "servers/"),
        *("stores/test_plans.py", "stores/test_mariadb_plans.py"),
    )
)


class ApartScheduling(LoadScopeScheduling):
    """Gives the tests of :data:`APART` to one worker, and each other file to whoever is idle."""

    def _split_scope(self, nodeid: str) -> str:
        return "apart" if nodeid.startswith(APART) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ApartScheduling:
    """Say which tests may not run beside each other."""
    return ApartScheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured, and what was not run here and why: green hides nothing."""
    figures = [
        figure
        for report in terminalreporter.stats.get("passed", [])
        for figure in report.user_properties
    ]
    if figures:
        terminalreporter.section("measured here")
    for what, figure in figures:
        terminalreporter.line(f"{what}: {figure}")
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(_reason(report) for report in skipped)
    if reasons:
        terminalreporter.section("not run here", yellow=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count:4} skipped: {reason}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped; pytest keeps it as (file, line, "Skipped: reason")."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")

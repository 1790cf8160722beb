"""What tests share the machine with which others, and what every test run says at its end."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings

# What `make test` decides on must not depend on luck: it tries the same examples each time. Those
# of `make test-all` are drawn anew, and print how to try the one that failed again.
settings.register_profile("the-same", derandomize=True)
settings.register_profile("drawn-anew", print_blob=True)

# Tests that start processes of their own, and judge when these do something. With several workers
# (`pytest -n`) they go one after the other in one of them, beside the tests of everything else;
# so do slow ones, whose millions of rows leave no disk to anybody.
PROCESSES = ("benchmarks", "chaos", "docs", "lifecycle", "processes", "scripts", "servers")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Say which tests may not run beside each other."""
    for item in items:
        slow = item.get_closest_marker("slow") is not None
        if slow or item.path.relative_to(HERE).parts[0] in PROCESSES:
            item.add_marker(pytest.mark.xdist_group("processes"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run here and why, so that a green run cannot hide it."""
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

"""What every test run says at its end."""

from collections import Counter

import pytest
from hypothesis import settings

# What `make test` decides on must not depend on luck: it tries the same examples each time. Those
# of `make test-all` are drawn anew, and print how to try the one that failed again.
settings.register_profile("the-same", derandomize=True)
settings.register_profile("drawn-anew", print_blob=True)


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

"""What docs/schedule-language.md says a chain becomes is what it becomes."""

from typing import Any

import pytest

from pyramid_scheduler import every
from tests.config.scene import configurator, only_schedule
from tests.docs.pages import page, spoken, table

CHAINS = table(page("schedule-language.md"), "chain", "trigger")


def job() -> None:
    """A task."""


@pytest.mark.parametrize("row", CHAINS, ids=lambda row: spoken(row[0])[0])
def test_a_chain_becomes_the_trigger_of_the_table(row: list[str]) -> None:
    config = configurator(settings={"scheduler.timezone": "Europe/Berlin"})
    (chain,), (told,) = map(spoken, row)
    said: Any = eval(chain, {"every": every})
    said.do(job)
    trigger = only_schedule(config).trigger
    assert told in (repr(trigger), type(trigger).__name__)

"""What time zones and calendars have moved is put right when a node joins."""

import pytest

from pyramid_scheduler.instants import SECOND
from pyramid_scheduler.model import ScheduleState
from tests.conformance.scene import Civil, Scene, by_law, fires, instant


@pytest.fixture
def law(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test change the law; afterwards it is as it was."""
    monkeypatch.setattr(Civil, "law", 0)


@pytest.mark.usefixtures("law")
def test_a_pause_ends_when_it_should_whatever_the_law_has_moved(scene: Scene) -> None:
    scene.join("b", by_law(10))
    scene.clock.advance(10)
    scene.finish(scene.claim_one())
    scene.store.pause("beat", until=instant(22))
    Civil.law = 3 * SECOND
    scene.join("c", by_law(10))
    assert scene.schedule().state is ScheduleState.PAUSED
    assert scene.look().next_due == instant(22)
    scene.clock.advance(12)
    assert scene.claim() == []
    assert scene.schedule().state is ScheduleState.ACTIVE
    scene.clock.advance(1)
    assert fires(scene.claim()) == [23]

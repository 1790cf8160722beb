"""``H``: a place of its own for each schedule."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import CronTrigger
from tests.triggers.cron.scene import at, shown

NAMES = [f"schedule-{number}" for number in range(600)]


def first(expression: str, name: str) -> str:
    return shown(expression, "2030-01-01", 1, name=name)[0]


def test_a_name_always_has_the_same_place() -> None:
    """Facts: a change of the hash would move every schedule that says H."""
    assert first("H H * * *", "report") == "2030-01-01 18:48:00+00:00"
    assert first("H * * * *", "report") == "2030-01-01 00:48:00+00:00"
    assert first("H H H * * *", "report") == "2030-01-01 18:48:18+00:00"


def test_another_process_finds_the_same_place() -> None:
    code = (
        "from datetime import UTC, datetime;"
        "from pyramid_scheduler.triggers import CronTrigger;"
        "print(CronTrigger('H H * * *', name='report').next(datetime(2030, 1, 1, tzinfo=UTC)))"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.strip() == first("H H * * *", "report")


@pytest.mark.parametrize(
    ("expression", "part", "least", "most"),
    [
        ("H * * * *", "%M", 0, 59),
        ("H(10-19) * * * *", "%M", 10, 19),
        ("0 H * * *", "%H", 0, 23),
        ("0 H(22-23) * * *", "%H", 22, 23),
        ("0 0 H * *", "%d", 1, 28),
        ("0 0 H(29-31) 1 *", "%d", 29, 31),
        ("0 0 1 H *", "%m", 1, 12),
        ("0 0 1 h(feb-apr) *", "%m", 2, 4),
        ("0 0 * * H", "%w", 0, 6),
        ("0 0 * * H(MON-FRI)", "%w", 1, 5),
        ("H 0 0 * * *", "%S", 0, 59),
    ],
)
def test_names_are_spread_over_all_that_is_allowed(
    expression: str, part: str, least: int, most: int
) -> None:
    counted: Counter[int] = Counter()
    for name in NAMES:
        fire = CronTrigger(expression, name=name).next(at("2029-12-31T23:59:59"))
        assert fire is not None
        counted[int(fire.strftime(part))] += 1
    assert set(counted) == set(range(least, most + 1))
    assert max(counted.values()) < 3 * len(NAMES) / len(counted) + 5


def test_a_step_begins_at_a_place_below_it() -> None:
    begins = set()
    for name in NAMES:
        minutes = [
            int(fire[14:16]) for fire in shown("H/15 * * * *", "2029-12-31T23:59:59", 4, name=name)
        ]
        assert minutes == [minutes[0] + 15 * number for number in range(4)]
        begins.add(minutes[0])
    assert begins == set(range(15))


def test_a_step_within_a_range_stays_within_it() -> None:
    for name in NAMES[:50]:
        hours = {
            int(fire[11:13])
            for fire in shown("0 H(8-17)/4 * * *", "2029-12-31T23:59", 9, name=name)
        }
        assert min(hours) in range(8, 12)
        assert max(hours) in range(14, 18)


def test_a_step_beyond_the_range_is_one_place() -> None:
    places = {first("H(0-4)/30 * * * *", name)[14:16] for name in NAMES}
    assert places == {"00", "01", "02", "03", "04"}


def test_it_may_stand_in_a_list() -> None:
    minutes = {fire[14:16] for fire in shown("H,7 * * * *", "2030-01-01", 9, name="report")}
    assert minutes == {"48", "07"}


def test_each_field_has_a_place_of_its_own() -> None:
    places = {first("H H * * *", name)[11:16] for name in NAMES}
    assert len(places) > 400, "one number for all fields would give but 120"


def test_a_schedule_gives_its_name() -> None:
    unnamed = CronTrigger("H H * * *", timezone="Asia/Seoul")
    assert unnamed.named("report") == CronTrigger("H H * * *", timezone="Asia/Seoul", name="report")


def test_a_name_of_its_own_and_an_expression_without_h_stay_as_they_are() -> None:
    own, plain = CronTrigger("H H * * *", name="own"), CronTrigger("0 9 * * THU")
    assert own.named("report") is own
    assert plain.named("report") is plain


@pytest.mark.parametrize(
    "ask",
    [
        lambda trigger: trigger.next(at("2030-01-01")),
        lambda trigger: trigger.next_instant(0),
        lambda trigger: trigger.previous(at("2030-01-01")),
        lambda trigger: trigger.matches(at("2030-01-01")),
        lambda trigger: trigger.between(at("2030-01-01"), at("2030-01-02")),
        lambda trigger: trigger.describe(),
    ],
)
def test_without_a_name_it_is_legal_but_cannot_say_when(ask: Callable[..., object]) -> None:
    with pytest.raises(InvalidValue, match=r"H is spread by a name.*name='report'"):
        ask(CronTrigger("H * * * *"))


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("H(5 * * * *", r"H is written H, H\(a-b\)"),
        ("HH * * * *", "H is written"),
        ("H5 * * * *", "H is written"),
        ("H(5) * * * *", "H is written"),
        ("H(9-5) * * * *", "reversed"),
        ("H(0-60) * * * *", "no minute"),
        ("H(-) * * * *", "no minute"),
        ("H/0 * * * *", "no step"),
        ("H/ * * * *", "no step"),
        ("0 0 HW * *", "H is written"),
        ("0 0 0 1 1 * H", "H is not allowed in the year"),
        ("0 0 H(30-31) 2 *", "never comes"),
    ],
)
def test_what_is_no_h_is_refused_with_and_without_a_name(expression: str, words: str) -> None:
    for name in (None, "report"):
        with pytest.raises(InvalidValue, match=words):
            CronTrigger(expression, name=name)


def test_a_name_that_would_never_fire_is_refused_when_it_is_given() -> None:
    trigger = CronTrigger("0 0 0 H(28-30) 2 ?")
    refused = []
    for name in NAMES[:30]:
        try:
            trigger.named(name)
        except InvalidValue as error:
            refused.append(str(error))
    assert refused
    assert all("never comes" in message for message in refused)

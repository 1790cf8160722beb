"""Other libraries as oracles, where they speak the dialect.

Left out, since they differ: ``*/n`` in a day field (cronsim, like Debian, takes it for free, so
that the fields join by AND; croniter for something in between), reversed ranges, ``a-a`` (croniter
takes it for everything), ``nW`` (cronsim has none), ``FRIL`` (cronsim wants a number), and the
rules of a month in croniter, which spells them otherwise. Around clock changes cronsim is asked
only for five fields and in zones that shift by whole hours (by half an hour it misses times),
croniter, which fires a fixed time twice, only in UTC.
"""

import random
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from croniter import CroniterBadDateError, croniter
from cronsim import CronSim, CronSimError

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import CronTrigger
from tests.triggers.cron.scene import chain

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Seoul", "America/Sao_Paulo"]
RULES = ["L", "LW", "1,L", "L,15"], ["MON#1", "5#3", "0L", "5L", "1#1,3#2", "1,5L"]


def field(chosen: random.Random, least: int, most: int, *, free: float, step: bool) -> str:
    if chosen.random() < free:
        return "*"
    low, high = sorted(chosen.sample(range(least, most + 1), 2))
    by = chosen.randint(1, max(1, (most - least) // 2))
    forms = [f"{low}", f"{low}-{high}", f"{low},{high}", f"{low}-{high}/{by}"]
    return chosen.choice([*forms, f"*/{by}"] if step else forms)


def expression(chosen: random.Random, *, rules: bool) -> str:
    day = field(chosen, 1, 31, free=0.5, step=False)
    weekday = field(chosen, 0, 6, free=0.5, step=False)
    if rules and chosen.random() < 0.3:
        day = chosen.choice(RULES[0])
    if rules and chosen.random() < 0.3:
        weekday = chosen.choice(RULES[1])
    return " ".join(
        [
            field(chosen, 0, 59, free=0.3, step=True),
            field(chosen, 0, 23, free=0.3, step=True),
            day,
            field(chosen, 1, 12, free=0.6, step=True),
            weekday,
        ]
    )


def start(chosen: random.Random) -> datetime:
    return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=chosen.randrange(40 * 525_600))


def read(text: str, zone: ZoneInfo) -> CronTrigger | None:
    """The trigger, None if the expression never comes."""
    try:
        return CronTrigger(text, timezone=zone)
    except InvalidValue:
        return None


def compared_with_cronsim(chosen: random.Random, count: int) -> None:
    for _ in range(count):
        text, after = expression(chosen, rules=True), start(chosen)
        zone = ZoneInfo(chosen.choice(ZONES))
        trigger = read(text, zone)
        if trigger is None:
            with pytest.raises(CronSimError):
                CronSim(text, after)
            continue
        ours = list(islice(chain(trigger, after), 12))
        theirs = islice(CronSim(text, after.astimezone(zone)), 12)
        # Within one zone Python compares clock faces, so both are brought to UTC.
        assert ours == [fire.astimezone(UTC) for fire in theirs], f"{text!r} in {zone} {after}"


def compared_with_croniter(chosen: random.Random, count: int) -> None:
    for _ in range(count):
        text, after = expression(chosen, rules=False), start(chosen)
        trigger = read(text, ZoneInfo("UTC"))
        theirs = croniter(text, after, max_years_between_matches=130)
        if trigger is None:
            with pytest.raises(CroniterBadDateError):
                theirs.get_next(datetime)
            continue
        expected = [theirs.get_next(datetime) for _ in range(8)]
        assert list(islice(chain(trigger, after), 8)) == expected, f"{text!r} {after}"


def test_cronsim_agrees() -> None:
    compared_with_cronsim(random.Random(8), 250)


def test_croniter_agrees() -> None:
    compared_with_croniter(random.Random(7), 250)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_both_agree_on_ten_thousand_more() -> None:
    compared_with_cronsim(random.Random(2028), 5000)
    compared_with_croniter(random.Random(2029), 5000)

"""What the tables of docs/when.md say, of us and of others, is so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger as APScheduler
from croniter import CroniterBadDateError, croniter

from pyramid_scheduler.declaring import read_when
from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.model import Trigger
from pyramid_scheduler.triggers import CronTrigger
from tests.docs.pages import page, spoken, table

WHEN = page("when.md")
BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 10, 30, 12, tzinfo=UTC)


def trigger(text: str) -> Trigger:
    found: Trigger = read_when({"when": text}, BERLIN, "a page").fields["trigger"]
    return found


PHRASES = table(WHEN, "phrase")
EXPRESSIONS = [spoken(row[2])[0] for row in table(WHEN, "in a field")]
SPREAD = [spoken(row[0])[0] for row in table(WHEN, "expression")]
REFUSED = [
    spoken(row[0])[0]
    for part in ("## Phrases", "**What is refused**")
    for row in table(WHEN[WHEN.index(part) :], "refused")
]


@pytest.mark.parametrize("phrase", [phrase for row in PHRASES for phrase in spoken(row[0])])
def test_a_phrase_of_the_table_is_understood(phrase: str) -> None:
    assert trigger(phrase).next(SPRING)


@pytest.mark.parametrize("rest", spoken(PHRASES[0][1]))
def test_so_is_the_rest_of_an_interval(rest: str) -> None:
    assert trigger(f"every 10 minutes {rest}").next(SPRING)


@pytest.mark.parametrize("expression", EXPRESSIONS + SPREAD)
def test_an_expression_of_the_tables_is_understood(expression: str) -> None:
    assert trigger(expression).named("a").next(SPRING)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_said_to_be_refused_is(text: str) -> None:
    with pytest.raises(InvalidValue):
        trigger(text)


def ours(expression: str, after: datetime) -> Iterator[datetime]:
    found = CronTrigger(expression, timezone=BERLIN)
    while fire := found.next(after):
        yield fire
        after = fire


def by_croniter(expression: str, after: datetime) -> Iterator[datetime]:
    found = croniter(expression, after.astimezone(BERLIN))
    while True:
        yield found.get_next(datetime)


def by_apscheduler(expression: str, after: datetime) -> Iterator[datetime]:
    found = APScheduler.from_crontab(expression, timezone=BERLIN)
    fire: Any = None
    while fire := found.get_next_fire_time(fire, after.astimezone(BERLIN)):
        yield fire
        after = fire.astimezone(UTC) + timedelta(seconds=1)


def said(ask: Any, expression: str, after: datetime = SPRING) -> str:
    """The first two answers: the day of the week, the day, the time and the offset."""
    fires = ask(expression, after)
    return ", ".join(
        f"{next(fires).astimezone(UTC).astimezone(BERLIN):%a %d %H:%M %z}" for _ in range(2)
    )


def column(title: str) -> dict[str, str]:
    """What the table of differences says of one of the columns, by its rows."""
    names = ["", "here", "Debian's cron", "Quartz", "croniter", "APScheduler 3"]
    rows = table(WHEN, *names)
    return {row[0].replace("`", ""): row[names.index(title)].strip("*`") for row in rows}


@pytest.mark.parametrize(
    ("ask", "title"), [(ours, "here"), (by_croniter, "croniter"), (by_apscheduler, "APScheduler 3")]
)
def test_what_the_table_says_of_each(ask: Any, title: str) -> None:
    told = column(title)
    days = {"Sun": "Sunday", "Mon": "Monday", "Tue": "Tuesday"}
    assert told["1 as a day of the week"] == days[said(ask, "0 9 * * 1")[:3]]
    either = said(ask, "0 0 13 * 4") == "Thu 01 00:00 +0200, Thu 08 00:00 +0200"
    assert told["both day fields said"] == ("OR" if either else "AND")
    either = said(ask, "0 0 */2 * 4") == "Mon 29 00:00 +0200, Wed 31 00:00 +0200"
    assert told["*/2 beside a day of the week"] == ("OR" if either else "AND")
    spring, autumn = said(ask, "30 2 * * *"), said(ask, "30 2 * * *", AUTUMN)
    assert told["02:30 where there is none"] == spring[7:12]
    assert told["02:30 that comes twice"] == ("twice" if autumn.count("Sun") == 2 else "once")


def test_what_the_table_says_of_croniter_alone() -> None:
    told = column("croniter")
    assert said(by_croniter, "* * * * * 30").startswith("Sat 27 13:00")
    assert told["the sixth of six is"] == "the second"
    assert said(by_croniter, "0 22-2 * * *", SPRING.replace(hour=22))[7:12] == "00:00"
    assert told["22-2"] == "goes over the end"
    assert said(by_croniter, f"0 0 * * {told['the last Friday']}", AUTUMN).startswith("Fri 26")
    with pytest.raises(CroniterBadDateError):
        croniter("0 0 30 2 *", SPRING).get_next()


def test_what_the_table_says_of_apscheduler_alone() -> None:
    assert column("APScheduler 3")["22-2"] == "refused"
    with pytest.raises(ValueError, match="must not be higher"):
        APScheduler.from_crontab("0 22-2 * * *")
    never = APScheduler.from_crontab("0 0 30 2 *", timezone=BERLIN)
    assert never.get_next_fire_time(None, SPRING) is None
    for fields in ("0 0 9 * * *", "0 9 * *"):
        with pytest.raises(ValueError, match="expected 5"):
            APScheduler.from_crontab(fields)

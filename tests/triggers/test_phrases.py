"""Phrases: understood as people mean them, or refused with the nearest that is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import CalendarTrigger, IntervalTrigger, Trigger, parse_phrase
from pyramid_scheduler.triggers.meant import EXAMPLES
from tests.triggers.scene import NOON, is_a_value, shown, utc


def days(**said: Any) -> CalendarTrigger:
    return CalendarTrigger(**{"timezone": "Asia/Seoul", **said})


WORK = ["9:00", "11:00", "13:00", "15:00", "17:00"]


@pytest.mark.parametrize(
    ("phrase", "trigger"),
    [
        ("every 10 minutes", IntervalTrigger(minutes=10)),
        ("every 90 seconds", IntervalTrigger(seconds=90)),
        ("every 1h30m", IntervalTrigger(minutes=90)),
        ("every 1.5 hours", IntervalTrigger(minutes=90)),
        ("every minute", IntervalTrigger(60)),
        ("every hour", IntervalTrigger(hours=1)),
        ("hourly", IntervalTrigger(hours=1)),
        ("  Every   HOUR ", IntervalTrigger(hours=1)),
        ("every hour on weekends", IntervalTrigger(hours=1).on("sat,sun", "Asia/Seoul")),
        ("every 2 hours between 9:00 and 18:00 on mon-fri", days(weeks=1, on="mon-fri", at=WORK)),
        ("on weekdays between 9am and 6pm every 2 hours", days(weeks=1, on="mon-fri", at=WORK)),
        ("every 2 hours between 9:00 and 18:00", days(at=WORK)),
        ("every 6 hours between 22:00 and 6:00", days(at=["22:00", "4:00"])),
        ("every second between 9:00 and 18:00",
         IntervalTrigger(1).between("9:00", "18:00", "Asia/Seoul")),
        ("every day at 9:00", days(at="9:00")),
        ("every day at 9:00 and 17:30", days(at="9:00, 17:30")),
        ("every day at 9am, 1pm and 5:30pm", days(at="9:00, 13:00, 17:30")),
        ("at noon every day", days(at="12:00")),
        ("daily at 06:00", days(at="6:00")),
        ("daily at midnight", days(at="0:00")),
        ("every other day at noon", days(days=2, at="12:00")),
        ("every 3 days at noon", days(days=3, at="12:00")),
        ("noon", days(at="12:00")),
        ("midnight", days(at="0:00")),
        ("every weekday at 09:00 Asia/Seoul", days(weeks=1, on="mon-fri", at="9:00")),
        ("every weekday at 09:00 in Europe/Berlin",
         days(weeks=1, on="mon-fri", at="9:00", timezone="Europe/Berlin")),
        ("every weekday at 09:00 UTC", days(weeks=1, on="mon-fri", at="9:00", timezone="UTC")),
        ("weekdays at 9:00", days(weeks=1, on="mon-fri", at="9:00")),
        ("weekends at 10:00", days(weeks=1, on="sat,sun", at="10:00")),
        ("on weekends at 10:00", days(weeks=1, on="sat,sun", at="10:00")),
        ("every day at 10:00 on weekends", days(weeks=1, on="sat,sun", at="10:00")),
        ("every monday and thursday at 5pm", days(weeks=1, on="mon,thu", at="17:00")),
        ("every mon, wed and fri at 5pm", days(weeks=1, on="mon,wed,fri", at="17:00")),
        ("every monday to friday at 5pm", days(weeks=1, on="mon-fri", at="17:00")),
        ("every 2 weeks on monday at 10:00", days(weeks=2, on="mon", at="10:00")),
        ("every other week on monday at 10:00", days(weeks=2, on="mon", at="10:00")),
        ("weekly on sunday at 3am", days(weeks=1, on="sun", at="3:00")),
        ("every month on the 15th at 08:00", days(months=1, on=15, at="8:00")),
        ("monthly on the 1st and 15th at 8am", days(months=1, on="1st, 15th", at="8:00")),
        ("every 3 months on the last friday at 8am", days(months=3, on="last friday", at="8:00")),
        ("every month on the 5th business day at 9:00",
         days(months=1, on="5th business day", at="9:00")),
        ("at 5:30pm on the last friday of the month", days(months=1, on="last friday", at="17:30")),
        ("on the last day of the month at 23:30", days(months=1, on="last day", at="23:30")),
        ("on the 2nd and 4th tuesday of the month at 9:00",
         days(months=1, on=["2nd tuesday", "4th tuesday"], at="9:00")),
        ("every month on the first and third monday at 9:00",
         days(months=1, on=["1st monday", "3rd monday"], at="9:00")),
        ("every month on the 2nd and the last friday at 9:00",
         days(months=1, on=["2nd friday", "last friday"], at="9:00")),
        ("on the 2nd, 4th, and 6th business day of the month at noon",
         days(months=1, on=[f"{nth} business day" for nth in ("2nd", "4th", "6th")], at="12:00")),
        ("on the first and 15th of the month at 6:00", days(months=1, on=[1, 15], at="6:00")),
        ("on the first and last day of the month at 6:00", days(months=1, on=[1, -1], at="6:00")),
        ("on the 15th day and the last friday of the month at 6:00",
         days(months=1, on=["15", "last friday"], at="6:00")),
        ("every year on the 1st and 3rd sunday of may and 24 december at 6:00",
         days(years=1, on=["1st sunday of may", "3rd sunday of may", "24 december"], at="6:00")),
        ("every other friday at 9:00", days(weeks=2, on="fri", at="9:00")),
        ("every second friday at 9:00", days(weeks=2, on="fri", at="9:00")),
        ("every alternate monday at 9:00", days(weeks=2, on="mon", at="9:00")),
        ("every other weekend at 9:00", days(weeks=2, on="sat,sun", at="9:00")),
        ("every second friday of the month at 9:00", days(months=1, on="2nd friday", at="9:00")),
        ("every second day at 9:00", days(days=2, at="9:00")),
        ("every 3rd day at 9:00", days(days=3, at="9:00")),
        ("every second month on the 1st at 9:00", days(months=2, on=1, at="9:00")),
        ("every other minute", IntervalTrigger(minutes=2)),
        ("every second second", IntervalTrigger(2)),
        ("every second", IntervalTrigger(1)),
        ("every business day at 9:00", days(weeks=1, on="mon-fri", at="9:00")),
        ("every workday at 9:00", days(weeks=1, on="mon-fri", at="9:00")),
        ("each day at 9:00", days(at="9:00")),
        ("fridays at 9:00", days(weeks=1, on="fri", at="9:00")),
        ("mondays and thursdays at 9:00", days(weeks=1, on="mon,thu", at="9:00")),
        ("every month on day 15 at 9:00", days(months=1, on=15, at="9:00")),
        ("on the 1st of every month at 9:00", days(months=1, on=1, at="9:00")),
        ("on the 1st of each month at 9:00", days(months=1, on=1, at="9:00")),
        ("first monday of the month at 9:00", days(months=1, on="1st monday", at="9:00")),
        ("on the last weekday of the month at 9:00",
         days(months=1, on="last business day", at="9:00")),
        ("every 2 hours from 9:00 to 18:00", days(at=WORK)),
        ("every 8 hours between 8:00 and 24:00", days(at="8:00, 16:00")),
        ("annually on 1 january at 9:00", days(years=1, on="1 january", at="9:00")),
        ("EVERY 5 MINS", IntervalTrigger(minutes=5)),
        ("every 15th of the month at noon", days(months=1, on=15, at="12:00")),
        ("every last friday of the month at noon", days(months=1, on="last friday", at="12:00")),
        ("every year on 25 december at 10:00", days(years=1, on="25 december", at="10:00")),
        ("yearly on december 25 at 10:00", days(years=1, on="25 december", at="10:00")),
        ("on the last friday of november at 9am",
         days(years=1, on="last friday of november", at="9:00")),
    ],
)  # fmt: skip
def test_what_is_understood(phrase: str, trigger: Trigger) -> None:
    found = parse_phrase(phrase, "Asia/Seoul")
    assert found == trigger
    is_a_value(found)


def test_the_examples_are_understood() -> None:
    for phrase in EXAMPLES:
        assert parse_phrase(phrase).describe()


def test_an_interval_in_a_window_begins_with_the_window_each_day() -> None:
    trigger = parse_phrase("every 4 hours between 9:00 and 18:00 on mon-fri", "Europe/Berlin")
    assert shown(trigger, utc(2030, 1, 4, 13), 3) == [
        "Fri 2030-01-04 17:00", "Mon 2030-01-07 09:00", "Mon 2030-01-07 13:00"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("phrase", "hint"),
    [
        ("evry 10 minuts", "did you mean 'every 10 minutes'?"),
        ("10 minutes", "did you mean 'every 10 minutes'?"),
        ("every wekday at 9:00", "did you mean 'every weekday at 9:00'?"),
        ("every day", "at what time? Such as 'at 09:00'); did you mean 'every day at 09:00'?"),
        ("every monday", "did you mean 'every monday at 09:00'?"),
        ("every 3 days", "did you mean 'every 3 days at 09:00'?"),
        ("on monday at 9:00", "once, or how often? Such as 'every monday'); did you mean 'every"
         " monday at 9:00'?"),
        ("at noon", "how often? Such as 'every day'); did you mean 'every day at noon'?"),
        ("17:30", "did you mean 'every day at 17:30'?"),
        ("every 5pm", "did you mean 'every day at 5pm'?"),
        ("every day at 5", "'5' is not a time of day"),
        ("every 10", "10 what? Such as '10 minutes'"),
        ("every 10 minutes at 9:00", "comes at no time of the day"),
        ("every weekday between 9:00 and 18:00 ", "a window needs an interval"),
        ("every month at 9:00", "on which day? Such as 'on the 1st')"),
        ("every month on monday at 9:00", "is not a day of a month"),
        ("every week at 9:00", "on which day?"),
        ("every 2 hours between 9:00", "is not understood"),
        ("every 10 minutes every hour", "is not understood"),
        ("every day at 9:00 at 10:00", "is not understood"),
        ("every monday on tuesday at 9:00", "is not understood"),
        ("every friday 13th at 9:00", "is not a day of the week"),
        ("every 32nd of the month at 9:00", "is a day that never comes"),
        ("on 30 february at 9:00", "is a day that never comes"),
        ("every day at 25:00", "'25:00' is not a time of day"),
        ("every 0 minutes", "is not between 0.1 s and"),
        ("every -5 minutes", "is not understood"),
        ("every month in spring", "is not understood"),
        ("on the first monday and third of the month at 9:00", "what the last one counts"),
        ("on the last friday and the 15th of the month at 9:00", "'last friday and 15th day'"),
        ("on the 15th and last friday of the month at 9:00", "is a day that never comes"),
        ("on december 25 and 26 at 9:00", "what the last one counts"),
        ("every 10 parsecs", "is not a duration"),
        ("every third friday at 9:00",
         "'every 3 weeks on friday', or 'on the third friday of the month'?"),
        ("every other weekday at 9:00", "Such as 'every other friday'"),
        ("every other parsec at 9:00", "is not a day of the week"),
        ("every 2 weeks at 9:00", "on which day? Such as 'on monday')"),
        ("every year at 9:00", "on which day? Such as 'on 1 may')"),
        ("every hour at :30", "a minute of each hour is a cron line: '30 * * * *')"),
        ("every day at 24:00", "say '00:00', of the day that begins then"),
        ("every day at 9.30", "say '9:30'"),
        ("every day at 21:00pm", "say '21:00'"),
        ("every day at 13pm", "say '13:00'"),
        ("every day at 09:00 KST", "'KST' is no time zone that a phrase can name"),
        ("every day at 09:00 CET", "such as 'Asia/Seoul'"),
        ("every day at 09:00 +09:00", "'+09:00' is no time zone"),
        ("every day at 09:00 UTC+9", "'UTC+9' is no time zone"),
        ("tomorrow at 9:00", "is not understood"),
        ("every day at 9:00 Asia/Soul", "did you mean 'Asia/Seoul'"),
        ("tomorrow", "it may be such as 'every 10 minutes'"),
        ("", "is not understood"),
        ("every", "is not understood"),
        ("every day at \u0669:00", "is not a time of day"),
        ("every day at 9:00\0", "NUL"),
        ("every day at 9:00 " * 100, "is not a text of up to 300 characters"),
        ("*/5 * * * *", "is not understood"),
        (None, "None is not a text"),
        (5, "5 is not a text"),
    ],
    ids=lambda said: repr(said)[:40],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_the_nearest(phrase: Any, hint: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_phrase(phrase)
    assert str(caught.value).startswith("phrase: ")
    assert hint in str(caught.value)
    assert len(str(caught.value)) < 900


WORDS = [
    *("every", "at", "on", "between", "and", "the", "last", "of", "month", "day", "UTC"),
    *("10", "minutes", "9:00", "5pm", "monday", "weekday", "friday", "15th"),
]


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)))
def test_no_text_raises_anything_else(phrase: str) -> None:
    try:
        trigger = parse_phrase(phrase)
    except InvalidValue:
        return
    assert trigger.next(NOON) is not None

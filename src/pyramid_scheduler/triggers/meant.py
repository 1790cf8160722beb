"""What somebody may have meant by a phrase that is not understood."""

from collections.abc import Callable
from difflib import get_close_matches

from pyramid_scheduler.errors import nearest
from pyramid_scheduler.triggers.calendar.days import MONTHS
from pyramid_scheduler.triggers.weekdays import NAMES, SHORT

EXAMPLES = (
    "every 10 minutes",
    "every hour",
    "every 2 hours between 9:00 and 18:00 on mon-fri",
    "every day at 9:00",
    "every day at noon",
    "every day at 9:00 and 17:30",
    "every weekday at 09:00",
    "every weekend at 10:00",
    *(f"every {day.lower()} at 9:00" for day in NAMES),
    "every monday and thursday at 5pm",
    "every 2 weeks on monday at 10:00",
    "every month on the 15th at 08:00",
    "on the last friday of the month at 5:30pm",
    "on the last day of the month at 23:30",
    "every year on 25 december at 10:00",
)
VOCABULARY = {
    *("every", "at", "on", "between", "and", "of", "the", "other", "first", "second", "last"),
    *("minute", "minutes", "seconds", "hour", "hours", "day", "days", "week", "weeks", "business"),
    *("month", "months", "year", "years", "weekday", "weekend"),
    *("hourly", "daily", "weekly", "monthly", "yearly", "weekdays", "weekends"),
    *("noon", "midnight", "alternate", "third", "workday"),
    *(name.lower() for name in (*NAMES, *MONTHS)),
    *SHORT,
}


def meant_by(phrase: str, reason: str, understood: Callable[[str], bool]) -> str:
    """Return a hint: ``phrase`` put right, or with what it lacks, else an example.

    No example where there is a ``reason`` already: one that is merely alike would mislead.
    """
    righted = " ".join(map(_righted, phrase.split()))
    bare = righted.removeprefix("every ").removeprefix("on ")
    for meant in (
        righted,
        f"every {bare}",
        f"every {bare} at 09:00",
        f"every day {bare}",
        f"every day at {bare}",
    ):
        if understood(meant):
            return f"; did you mean {meant!r}?"
    if reason:
        return ""
    return nearest(phrase, EXAMPLES) or f"; it may be such as {EXAMPLES[0]!r}"


def _righted(word: str) -> str:
    if word in VOCABULARY or not word.isalpha():
        return word
    return next(iter(get_close_matches(word, VOCABULARY, n=1, cutoff=0.7)), word)

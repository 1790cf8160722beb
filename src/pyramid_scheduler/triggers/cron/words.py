"""An expression in words, in English and Korean.

The time of day is said by cron-descriptor. The days, months and years are said here: that library
takes their names from the process's locale instead of the one asked for, and loses or mixes up
rules such as ``L-3``, and any rule inside a list.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.showing import shown
from pyramid_scheduler.triggers.cron.expression import Expression
from pyramid_scheduler.triggers.cron.fields import FIELDS, Field, Said
from pyramid_scheduler.triggers.cron.months import (
    Rule,
    last_day,
    last_weekday,
    last_workday,
    nearest_workday,
    nth_weekday,
)


class Language(NamedTuple):
    """How a language says days, months and years.

    ``code`` is cron-descriptor's; at the end of what that says, ``needless`` says nothing.
    ``weekdays`` begin with Sunday. ``rules`` has sentences by the function of a rule, those of
    ``last_day`` by how many days before it are meant.
    """

    code: str
    needless: tuple[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    ordinals: tuple[str, ...]
    date: str
    on_date: tuple[str, str]
    on_weekday: str
    in_month: str
    in_year: str
    through: str
    and_: str
    or_: str
    rules: Mapping[Callable[..., int], tuple[str, ...]]


LANGUAGES = {
    "en": Language(
        code="en_US",
        needless=(", every hour", ", every minute"),
        weekdays=(
            "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        ),
        months=(
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
        ordinals=("first", "second", "third", "fourth", "fifth"),
        date="{}",
        on_date=("on day {} of the month", "on days {} of the month"),
        on_weekday="every {}",
        in_month="in {}",
        in_year="in {}",
        through="{} through {}",
        and_=" and ",
        or_=" or ",
        rules={
            last_day: (
                "on the last day of the month",
                "on the day before the last of the month",
                "{before} days before the last of the month",
            ),
            last_workday: ("on the last workday of the month",),
            nearest_workday: ("on the workday nearest to day {day} of the month",),
            nth_weekday: ("on the {number} {weekday} of the month",),
            last_weekday: ("on the last {weekday} of the month",),
        },
    ),
    "ko": Language(
        code="ko_KR",
        needless=(", 매시마다", ", 매분마다"),
        weekdays=("일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"),
        months=tuple(f"{month}월" for month in range(1, 13)),
        ordinals=("첫째", "둘째", "셋째", "넷째", "다섯째"),
        date="{}일",
        on_date=("매월 {}", "매월 {}"),
        on_weekday="매주 {}",
        in_month="{}",
        in_year="{}년",
        through="{}~{}",
        and_=", ",
        or_=" 또는 ",
        rules={
            last_day: ("매월 말일", "매월 말일 하루 전", "매월 말일 {before}일 전"),
            last_workday: ("매월 마지막 평일",),
            nearest_workday: ("매월 {day}일에 가장 가까운 평일",),
            nth_weekday: ("매월 {number} {weekday}",),
            last_weekday: ("매월 마지막 {weekday}",),
        },
    ),
}  # fmt: skip


def describe(expression: Expression, timezone: str, locale: object) -> str:
    """Return what ``expression`` says, in the language of ``locale``, such as ``en`` or ``ko_KR``.

    Raises InvalidValue: another language.
    """
    name = locale.replace("-", "_").partition("_")[0].lower() if isinstance(locale, str) else ""
    if name not in LANGUAGES:
        raise InvalidValue(
            f"cron: describe: {shown(locale)} is none of the languages {', '.join(LANGUAGES)}"
        )
    zone = "" if timezone == "UTC" else f" ({timezone})"
    return _described(expression, name) + zone


@lru_cache(maxsize=256)
def _described(expression: Expression, name: str) -> str:
    """It is kept because it takes a millisecond, and a page shows many."""
    language = LANGUAGES[name]
    _, _, _, days, months, weekdays, years = expression.said
    parts = [
        _time_of_day(expression, language),
        _days(days, weekdays, language),
        _months(months, language),
        _years(years, language),
    ]
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _time_of_day(expression: Expression, language: Language) -> str:
    # Imported here: what serves never says an expression in words.
    from cron_descriptor import (  # noqa: PLC0415
        DescriptionTypeEnum,
        ExpressionDescriptor,
        Options,
    )

    hands = [*map(_hand, expression.fields[:3], expression.said, FIELDS)]
    options = Options(locale_code=language.code, use_24hour_time_format=True)
    descriptor = ExpressionDescriptor(" ".join([*hands, "* * * *"]), options)
    text = str(descriptor.get_description(DescriptionTypeEnum.TIMEOFDAY)).strip()
    for needless in language.needless:
        text = text.removesuffix(needless)
    return text


def _hand(text: str, said: Said, field: Field) -> str:
    """Return what a field says as the library says it right, in both languages.

    ``*/7`` is not every 7 minutes, ``a/n`` has an end, and a step has no place in a list.
    """
    numbers, size = sorted(said.numbers), field.most + 1
    start, _, step = text.partition("/")
    if len(numbers) == size:
        return "*"
    if "," in text or len(numbers) == 1 or (start in ("*", "0") and size % int(step)):
        return ",".join(map(str, numbers))
    return f"{start}-{field.most}/{step}" if start.isdigit() and int(start) else text


def _days(days: Said, weekdays: Said, language: Language) -> str:
    phrases = [
        *([] if days.free else _dates(days, language)),
        *([] if weekdays.free else _weekdays(weekdays, language)),
    ]
    return _joined(phrases, language.or_)


def _dates(days: Said, language: Language) -> Iterable[str]:
    if days.numbers:
        frame = language.on_date[len(days.numbers) > 1]
        yield frame.format(_listed(days.numbers, language.date.format, language))
    yield from (_ruled(rule, language) for rule in days.rules)


def _weekdays(weekdays: Said, language: Language) -> Iterable[str]:
    if weekdays.numbers:
        from_monday = [number or 7 for number in weekdays.numbers]
        names = _listed(from_monday, lambda number: language.weekdays[number % 7], language)
        yield language.on_weekday.format(names)
    yield from (_ruled(rule, language) for rule in weekdays.rules)


def _months(months: Said, language: Language) -> str:
    if months.free or len(months.numbers) == 12:
        return ""
    names = _listed(months.numbers, lambda number: language.months[number - 1], language)
    return language.in_month.format(names)


def _years(years: Said, language: Language) -> str:
    return "" if years.free else language.in_year.format(_listed(years.numbers, str, language))


def _ruled(rule: Rule, language: Language) -> str:
    given: dict[str, int] = rule.keywords
    sentences, before = language.rules[rule.func], given.get("before", 0)
    return sentences[min(before, 2)].format(
        day=given.get("day"),
        before=before,
        weekday=language.weekdays[given.get("weekday", 0)],
        number=language.ordinals[given.get("number", 1) - 1],
    )


def _listed(numbers: Iterable[int], name: Callable[[int], str], language: Language) -> str:
    """Return the names of ``numbers``; three and more neighbours are told by the two ends."""
    names = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        neighbours = [name(number) for _, number in run]
        if len(neighbours) > 2:
            neighbours = [language.through.format(neighbours[0], neighbours[-1])]
        names += neighbours
    return _joined(names, language.and_)


def _joined(phrases: list[str], last: str) -> str:
    """Return ``phrases`` with commas between them, the ``last`` word before the last."""
    return last.join(filter(None, [", ".join(phrases[:-1]), *phrases[-1:]]))

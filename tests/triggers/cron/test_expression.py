"""What may be written, and what may not."""

from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import CronTrigger
from tests.triggers.cron.scene import at, days, shown


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("*/20 * * * *", ["00:20:00", "00:40:00", "01:00:00"]),
        ("5/20 * * * *", ["00:05:00", "00:25:00", "00:45:00"]),
        ("50/5 * * * *", ["00:50:00", "00:55:00", "01:50:00"]),
        ("10-30/10 * * * *", ["00:10:00", "00:20:00", "00:30:00"]),
        ("1,2,58-59 * * * *", ["00:01:00", "00:02:00", "00:58:00"]),
        ("0 22,23 * * *", ["22:00:00", "23:00:00", "22:00:00"]),
        ("005 00 * * *", ["00:05:00"] * 3),
        ("*/99 * * * *", ["01:00:00", "02:00:00", "03:00:00"]),
        ("*/25 * * * * *", ["00:00:25", "00:00:50", "00:01:00"]),
        ("30 15 6 * * *", ["06:15:30"] * 3),
        ("30 15 6 * * ? 2031", ["06:15:30"] * 3),
    ],
)
def test_times_of_day(expression: str, fires: list[str]) -> None:
    assert [fire[11:19] for fire in shown(expression, "2030-01-01", 3)] == fires


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("0 0 * * MON", ["2030-01-07", "2030-01-14"]),
        ("0 0 * * mon-wed", ["2030-01-02", "2030-01-07"]),
        ("0 0 * * 0", ["2030-01-06", "2030-01-13"]),
        ("0 0 * * 7", ["2030-01-06", "2030-01-13"]),
        ("0 0 * * sun", ["2030-01-06", "2030-01-13"]),
        ("0 0 * * 5-7", ["2030-01-04", "2030-01-05"]),
        ("0 0 * * 6/1", ["2030-01-05", "2030-01-06"]),
        ("0 0 1 jan,JUL *", ["2030-07-01", "2031-01-01"]),
        ("0 0 1 Mar-May/2 *", ["2030-03-01", "2030-05-01"]),
        ("0 0 0 1 1 * 2032", ["2032-01-01"]),
        ("0 0 0 1 1 * 2032/10", ["2032-01-01", "2042-01-01"]),
        ("@yearly", ["2031-01-01", "2032-01-01"]),
        ("@ANNUALLY", ["2031-01-01", "2032-01-01"]),
        ("@monthly", ["2030-02-01", "2030-03-01"]),
        ("@weekly", ["2030-01-06", "2030-01-13"]),
        ("@daily", ["2030-01-02", "2030-01-03"]),
        ("@midnight", ["2030-01-02", "2030-01-03"]),
    ],
)
def test_days_months_years_names_and_nicknames(expression: str, fires: list[str]) -> None:
    assert days(expression, "2030-01-01", 2) == fires


def test_blanks_and_capitals_do_not_matter() -> None:
    trigger = CronTrigger(" \t0   9\t* *  Mon-Fri \r\n")
    assert trigger == CronTrigger("0 9 * * Mon-Fri")
    assert trigger.expression == "0 9 * * Mon-Fri"


# What FAULTS lists, and more; each with the words that its message must have.
REFUSED: list[tuple[Any, str]] = [
    ("", "0 fields"),
    ("  ", "0 fields"),
    ("* * * *", "4 fields: allowed are 5 fields, 6"),
    ("* * * * * * * *", "8 fields"),
    ("60 * * * *", r"'60' is no minute \(0 to 59\)"),
    ("* 24 * * *", r"'24' is no hour \(0 to 23\)"),
    ("* * 0 * *", r"'0' is no day of the month \(1 to 31"),
    ("* * 32 * *", "'32' is no day of the month"),
    ("* * * 13 *", r"'13' is no month \(1 to 12, JAN to DEC\)"),
    ("* * * * 8", r"'8' is no day of the week \(0 to 7, SUN to SAT"),
    ("60 * * * * *", "'60' is no second"),
    ("0 0 0 1 1 * 1969", r"'1969' is no year \(1970 to 2099\)"),
    ("0 0 0 1 1 * 2100", "no year"),
    ("*/0 * * * *", r"'0' is no step of the minute \(1 to 9999\)"),
    ("*/10000 * * * *", "no step"),
    ("*/-5 * * * *", "no step"),
    ("*/ * * * *", "no step"),
    ("1//2 * * * *", "no step"),
    ("1.5 * * * *", "no minute"),
    ("1e3 * * * *", "no minute"),
    ("0x10 * * * *", "no minute"),
    ("1-1_0 * * * *", "no minute"),
    ("+5 * * * *", "no minute"),
    ("-5 * * * *", "no minute"),
    ("5- * * * *", "no minute"),
    ("*5 * * * *", "no minute"),
    ("*-5 * * * *", "no minute"),
    ("1-2-3 * * * *", "no minute"),
    ("5-1 * * * *", "5-1 of the minute is reversed: write 5-59,0-1"),
    (
        "* * * * FRI-MON",
        "the range FRI-MON of the day of the week is reversed: write FRI-SAT,SUN-MON",
    ),
    ("* * * * SAT-SUN", "write SAT,SUN"),
    ("* * * * 5-1", "write 5-6,0-1"),
    ("* * * NOV-FEB *", "write NOV-DEC,JAN-FEB"),
    ("CRON_TZ=Asia/Seoul 0 9 * * *", "say timezone='Asia/Seoul' beside it"),
    ("0 9 * * * Asia/Seoul", "say timezone='Asia/Seoul' beside it"),
    ("0 9 * * 1 UTC", "say timezone='UTC' beside it"),
    ("* * * * FRI-SUN", "write FRI-SAT,SUN"),
    ("1,,2 * * * *", "an empty item is no minute"),
    (",1 * * * *", "an empty item"),
    ("1, * * * *", "an empty item"),
    ("* * * * 1##1", "no day of the week"),
    ("* * * * MON#6", "no day of the week"),
    ("* * * * MON#0", "no day of the week"),
    ("* * * * #2", "no day of the week"),
    ("* * * * 8#1", "no day of the week"),
    ("* * * * 5L-6", "no day of the week"),
    ("* * * * L", "no day of the week"),
    ("* * * * 1-3#2", "no day of the week"),
    ("* * LL * *", "no day of the month"),
    ("* * L-31 * *", "no day of the month"),
    ("* * 15W-20 * *", "no day of the month"),
    ("* * W * *", "no day of the month"),
    ("* * 0W * *", "no day of the month"),
    ("* * WL * *", "no day of the month"),
    ("* * 1-5W * *", "no day of the month"),
    ("* * MON * *", "no day of the month"),
    ("L * * * *", "no minute"),
    ("? * * * *", "no minute"),
    ("* * * ? *", "no month"),
    ("* * ?/2 * *", "no day of the month"),
    ("* * * * ?,1", "no day of the week"),
    ("* * * JANUARY *", "did you mean 'JAN'"),
    ("* * * * MONDAY", "did you mean 'MON'"),
    ("\u0661 * * * *", r"the character '\\u0661'"),
    ("\uff11 * * * *", r"the character '\\uff11'"),
    ("\u00b2 * * * *", r"the character '\\xb2'"),
    ("0\u00a00 * * *", r"the character '\\xa0'"),
    ("*\u200b * * * *", r"the character '\\u200b'"),
    ("\ufeff* * * * *", r"the character '\\ufeff'"),
    ("*\0 * * * *", r"the character '\\x00'"),
    ("1\u20135 * * * *", r"the character '\\u2013'"),
    ("* * * * *\n* * * * *", r"the character '\\n'"),
    ("@dailyy", "did you mean '@daily'"),
    ("@", "none of the nicknames"),
    ("@daily * * *", "@daily stands alone"),
    ("@reboot", "@reboot is no time: .*start='now'"),
    ("@every 5m", "IntervalTrigger"),
    ("0 5 * * * root", "leave out the user and the command"),
    ("*/5 * * * * /usr/bin/backup -v", "leave out the user and the command"),
    ("17 * * * * root cd / && run-parts", "fields"),
    ("0 0 1 1 * 2030", "first of six fields is the second"),
    ("0 0 30 2 *", "never comes"),
    ("0 0 31 2,4,6,9,11 *", "never comes"),
    ("0 0 0 29 2 * 2030-2031", "never comes"),
    ("0 0 30W 2 *", "never comes"),
    ("0 0 L-30 2,4 *", "never comes"),
    ("0 0 0 ? 2 5#5 2030", "never comes"),
    (",".join(["1"] * 3000) + " * * * *", "6,007 characters; 1,000 are allowed"),
    ("*" * 100_000, "100,000 characters"),
    (None, "is not a text such as"),
    (5, "is not a text"),
    (True, "is not a text"),
    (b"* * * * *", "is not a text"),
    ([], "is not a text"),
]


@pytest.mark.parametrize(("expression", "words"), REFUSED, ids=lambda said: repr(said)[:30])
def test_what_may_not_be_written_is_one_clear_sentence(expression: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words) as caught:
        CronTrigger(expression)
    assert str(caught.value).startswith("cron: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timezone", "Europe/Berln"), ("timezone", None), ("timezone", 1), ("timezone", []),
        ("dst_gap", "both"), ("dst_gap", None), ("dst_overlap", "shift"), ("dst_overlap", []),
        ("name", 5), ("name", "a\0b"),
    ],
)  # fmt: skip
def test_an_option_is_one_of_those_that_there_are(option: str, value: Any) -> None:
    with pytest.raises(InvalidValue, match=f"cron: {option}: "):
        CronTrigger("* * * * *", **{option: value})


def test_a_date_that_comes_but_has_passed_is_legal_and_never_fires_again() -> None:
    trigger = CronTrigger("0 0 0 1 1 * 2020")
    assert trigger.next(at("2020-01-01")) is None
    assert trigger.previous(at("2030-01-01")) == at("2020-01-01")


def test_the_longest_expression_is_read() -> None:
    minutes = ",".join(["59"] * 330)
    assert len(minutes) + 8 < 1000
    assert CronTrigger(f"{minutes} * * * *").matches(at("2030-01-01T00:59"))

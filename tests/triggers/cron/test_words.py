"""An expression in words."""

import locale
from typing import Any

import pytest

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.triggers import CronTrigger


@pytest.mark.parametrize(
    ("expression", "english", "korean"),
    [
        ("*/5 * * * *", "Every 5 minutes", "매 5분마다"),
        ("* * * * *", "Every minute", "매분마다"),
        ("@hourly", "Every hour", "매시마다"),
        ("@daily", "At 00:00", "00:00"),
        ("*/10 * * * * *", "Every 10 seconds", "매 10초마다"),
        ("30 5 2 * * *", "At 02:05:30", "02:05:30"),
        ("30 1,2 * * *", "At 01:30 and 02:30", "01:30 그리고 02:30"),
        ("0 9 * * 1-5", "At 09:00, every Monday through Friday", "09:00, 매주 월요일~금요일"),
        ("0 9 * * 0,6", "At 09:00, every Saturday and Sunday", "09:00, 매주 토요일, 일요일"),
        ("0 0 1 * *", "At 00:00, on day 1 of the month", "00:00, 매월 1일"),
        ("0 0 1,15 * *", "At 00:00, on days 1 and 15 of the month", "00:00, 매월 1일, 15일"),
        ("0 0 L * *", "At 00:00, on the last day of the month", "00:00, 매월 말일"),
        ("0 0 L-1 * *", "At 00:00, on the day before the last of the month",
         "00:00, 매월 말일 하루 전"),
        ("0 0 L-3 * *", "At 00:00, 3 days before the last of the month", "00:00, 매월 말일 3일 전"),
        ("0 0 LW * *", "At 00:00, on the last workday of the month", "00:00, 매월 마지막 평일"),
        ("0 0 15W * *", "At 00:00, on the workday nearest to day 15 of the month",
         "00:00, 매월 15일에 가장 가까운 평일"),
        ("0 0 * * 5#2", "At 00:00, on the second Friday of the month", "00:00, 매월 둘째 금요일"),
        ("0 0 * * 7L", "At 00:00, on the last Sunday of the month", "00:00, 매월 마지막 일요일"),
        ("0 0 13 * FRI", "At 00:00, on day 13 of the month or every Friday",
         "00:00, 매월 13일 또는 매주 금요일"),
        ("0 0 1,L * 1#1", "At 00:00, on day 1 of the month, on the last day of the month or on the"
         " first Monday of the month", "00:00, 매월 1일, 매월 말일 또는 매월 첫째 월요일"),
        ("0 0 * JAN,6-8 *", "At 00:00, in January and June through August", "00:00, 1월, 6월~8월"),
        ("0 0 0 29 2 ? 2032", "At 00:00, on day 29 of the month, in February, in 2032",
         "00:00, 매월 29일, 2월, 2032년"),
        ("0 0 * * 1/2", "At 00:00, every Monday, Wednesday, Friday and Sunday",
         "00:00, 매주 월요일, 수요일, 금요일, 일요일"),
        ("0 */2 * * *", "Every 2 hours", "매 2시간마다"),
        # What cron-descriptor would say wrongly: these are not "every 25 minutes".
        ("*/25 * * * *", "At 0, 25, and 50 minutes past the hour", "매시간 0, 25, 그리고 50분에"),
        ("5/20 * * * *", "Every 20 minutes, minutes 5 through 59 past the hour",
         "매 20분마다, 매시간 5~59분 동안"),
        ("0/30,5/30 * * * *", "At 0, 5, 30, and 35 minutes past the hour",
         "매시간 0, 5, 30, 그리고 35분에"),
        ("0-59 * * * *", "Every minute", "매분마다"),
    ],
)  # fmt: skip
def test_what_is_said(expression: str, english: str, korean: str) -> None:
    trigger = CronTrigger(expression)
    assert trigger.describe() == english
    assert trigger.describe("ko") == korean


def test_the_zone_is_told_unless_it_is_utc() -> None:
    seoul = CronTrigger("0 9 * * *", timezone="Asia/Seoul")
    assert seoul.describe() == "At 09:00 (Asia/Seoul)"
    assert seoul.describe("ko") == "09:00 (Asia/Seoul)"


def test_an_h_is_told_as_what_it_has_become() -> None:
    assert CronTrigger("H H * * *", name="report").describe() == "At 18:48"


@pytest.mark.parametrize("said", ["ko", "ko_KR", "ko-KR", "KO"])
def test_a_language_may_be_said_with_its_country(said: str) -> None:
    assert CronTrigger("0 0 * * 1").describe(said) == "00:00, 매주 월요일"


@pytest.mark.parametrize("said", ["de", "", "xx_YY", None, 5, []])
def test_other_languages_are_refused(said: Any) -> None:
    with pytest.raises(InvalidValue, match="none of the languages en, ko"):
        CronTrigger("@daily").describe(said)


def test_names_follow_the_language_asked_for_not_the_locale_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda *_: ("de_DE", "UTF-8"))
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    trigger = CronTrigger("1 7 3 5 1")
    assert trigger.describe("en") == "At 07:01, on day 3 of the month or every Monday, in May"
    assert trigger.describe("ko") == "07:01, 매월 3일 또는 매주 월요일, 5월"

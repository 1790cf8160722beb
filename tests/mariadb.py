"""A MariaDB server of the test run's own; each test has an empty database in it."""

import atexit
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from itertools import count
from os import geteuid, getpid
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from pyramid_scheduler.interfaces import Store
from pyramid_scheduler.stores.sql import SqlStore
from pyramid_scheduler.stores.sql.schema import metadata, number, version
from tests.clock import HandClock
from tests.proxy import Proxy, Wire

PATIENCE = 60  # s; of a machine that is busy
_databases = count(1)
# Small, and not made to outlive a power cut. Its statistics, by which it plans, are what `analyze`
# has counted, not what it samples now and then behind our back.
OPTIONS = [
    "--bind-address=127.0.0.1", "--skip-log-bin", "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--max-connections=200",
    "--innodb-stats-auto-recalc=OFF", "--innodb-stats-persistent-sample-pages=200",
]  # fmt: skip


def by_hand(address: str, clock: HandClock, new_id: Any, timeout: float = 4.0) -> Store:
    """A store whose clock is turned by hand, as if it were the server's."""
    from pyramid_scheduler.stores.sql.dialects.mariadb import Mariadb  # noqa: PLC0415

    class ByHand(Mariadb):
        def _arguments(self) -> dict[str, Any]:
            # Only to look for the certificates of all authorities takes longer than most tests.
            return {**super()._arguments(), "ssl_disabled": True}

        def now(self, connection: object) -> int:
            return clock.now()

        def scalar_and_now(self, connection: Any, *asked: Any) -> tuple[Any, int]:
            found, _ = super().scalar_and_now(connection, *asked)
            return found, clock.now()

    return SqlStore(ByHand(address, timeout), new_id=new_id)


class Server:
    """The server; it is stopped and deleted at the end of the process."""

    by_hand = staticmethod(by_hand)
    share = "lock in share mode"
    long = "select sleep(0.5)"
    clock = "select timestampdiff(microsecond, '1970-01-01', utc_timestamp(6))"

    def __init__(self, install: str, program: str) -> None:
        # Not in pytest's folder, whose path is too long for a socket's.
        self.folder = Path(tempfile.mkdtemp(prefix="pyramid-scheduler-"))
        self._owner = getpid()
        atexit.register(self._remove)
        self.port = _free_port()
        user = ["--user=root"] if geteuid() == 0 else []
        files = [f"--datadir={self.folder / 'data'}", *user]
        subprocess.run(
            [install, "--no-defaults", *files, "--auth-root-authentication-method=normal",
             "--skip-test-db"],
            check=True, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
        self._log = self.folder / "log"
        self._command = [
            program, "--no-defaults", *files, *OPTIONS, f"--port={self.port}",
            f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}",
            f"--log-error={self._log}",
        ]  # fmt: skip
        self._emptied: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def connect(self, database: str = "mysql", **options: Any) -> Any:
        """A connection that commits each statement."""
        # Whether its driver is there is asked first.
        from pyramid_scheduler.stores.sql.dialects.strict import (  # noqa: PLC0415
            Strict,
            StrictCursor,
        )

        options.setdefault("autocommit", True)
        options.setdefault("user", "root")
        return Strict(
            host="127.0.0.1", port=self.port, database=database, cursorclass=StrictCursor,
            ssl_disabled=True, **options,
        )  # fmt: skip

    def sql(self, statement: str, database: str = "mysql") -> list[tuple[Any, ...]]:
        with self.connect(database) as connection:
            return list(connection.execute(statement).fetchall())

    def new_schema(self) -> str:
        name = f"test{next(_databases)}"
        self.sql(f"create database {name}")
        return name

    def emptied(self) -> str:
        """A database with the tables of a store and nothing in them: the same one each time.

        To make them takes longer than most tests.
        """
        if self._emptied is None:
            self._emptied = self.new_schema()
            store = by_hand(self.address(self._emptied), HandClock(), str)
            store.open()
            store.close()
        with self.connect(self._emptied) as connection:
            for table in metadata.tables.keys() - {version.name, number.name}:
                connection.execute(f"delete from {table}")
            connection.execute(f"update {number.name} set value = 0")
        return self._emptied

    def address(self, database: str, user: str = "root") -> str:
        return f"mariadb://{user}@127.0.0.1:{self.port}/{database}"

    def through(self, proxy: Wire, database: str) -> str:
        """The address of ``database`` by way of ``proxy``."""
        return f"mariadb://root@127.0.0.1:{proxy.port}/{database}"

    def proxy(self) -> Proxy:
        """A wire to this server that can be cut."""
        return Proxy(self.reach)

    def reach(self) -> socket.socket:
        """Connect to it."""
        return socket.create_connection(("127.0.0.1", self.port))

    def waits_for_a_lock(self) -> bool:
        """Whether somebody does by now; asked until it is so."""
        return any(self.status("Innodb_row_lock_current_waits") for _ in range(5000))

    def status(self, name: str) -> int:
        """What the server counts under that name."""
        return int(self.sql(f"show global status like '{name}'")[0][1])

    def kill_at(self, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
        """End the session that executes the ``nth`` statement from now on."""
        from pyramid_scheduler.stores.sql.dialects.strict import (  # noqa: PLC0415 - as above
            StrictCursor,
        )

        left = iter(range(nth, -1, -1))
        plain = StrictCursor.execute

        def execute(cursor: Any, *args: Any) -> Any:
            if next(left, -1) == 0:
                monkeypatch.setattr(StrictCursor, "execute", plain)
                self.sql(f"kill connection {cursor.connection.thread_id()}")
            return plain(cursor, *args)

        monkeypatch.setattr(StrictCursor, "execute", execute)

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = monotonic() + PATIENCE
        while not self._answers():
            if monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(self._log.read_text()[-2000:])
            sleep(0.02)

    def _answers(self) -> bool:
        import pymysql  # noqa: PLC0415 - as above

        try:
            self.sql("select 1")
        except pymysql.Error:
            return False
        return True

    def _remove(self) -> None:
        if getpid() != self._owner:
            return  # a child that was forked, and ends
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def _server() -> Server | str:
    install, program = shutil.which("mariadb-install-db"), _program()
    if install is None or program is None:
        return "no MariaDB: mariadbd is not installed"
    try:
        import pymysql  # noqa: F401, PLC0415

        return Server(install, program)
    except ImportError as error:
        return f"no MariaDB: {error}"
    except Exception as error:  # noqa: BLE001 - whatever keeps a server from starting here
        return f"MariaDB cannot be started: {error}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _program() -> str | None:
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/libexec")


def server() -> Server:
    """The server, started at the first use. Skips the test where there is none."""
    found = _server()
    if isinstance(found, str):
        pytest.skip(found)
    return found

"""WHAT is remembered. A new store is a module here that passes ``tests/conformance``."""

from collections.abc import Callable
from random import SystemRandom

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.interfaces import Clock, Store

SCHEMES = ("sqlite", "postgresql", "mariadb", "mysql", "memory")
# By which extra a server's driver is installed.
EXTRAS = {"postgresql": "postgresql", "mariadb": "mariadb", "mysql": "mariadb"}
# With which the names of tables begin.
TABLE_PREFIX = "scheduler_"


def make_store(
    address: str,
    *,
    clock: Clock,
    new_id: Callable[[], str] | None = None,
    statement_timeout: float = 4.0,
    table_prefix: str = TABLE_PREFIX,
    schema: str | None = None,
) -> Store:
    """Return the store at ``address``, not opened.

    That is ``memory://``, ``sqlite:////absolute/path`` or ``kind://user:password@host/db`` of the
    kind ``postgresql``, ``mariadb`` or ``mysql``. ``statement_timeout`` (s) bounds each statement,
    waiting for a lock included. With ``table_prefix`` begin the names of its tables, which are in
    ``schema``, of PostgreSQL. Both are taken as they are: the settings have checked them.

    Raises InvalidValue for any other address, without showing a password, and for a database whose
    driver is not installed.
    """
    new_id = new_id or id_maker(clock.now, SystemRandom())
    scheme = address.partition(":")[0].partition("+")[0]
    if scheme == "memory":
        from pyramid_scheduler.stores.memory import MemoryStore  # noqa: PLC0415 - see below

        return MemoryStore(clock, new_id=new_id)
    if scheme in SCHEMES:
        # SQLAlchemy takes a third of a second to import: only who uses it pays for it.
        from pyramid_scheduler.stores.sql import SqlStore, dialect_of  # noqa: PLC0415 - as above

        try:
            dialect = dialect_of(address, clock, statement_timeout, table_prefix, schema)
        except ImportError as error:
            wanted = f"pip install 'pyramid-scheduler[{EXTRAS[scheme]}]'"
            raise InvalidValue(f"scheduler.store: {scheme} needs its driver: {wanted}") from error
        return SqlStore(dialect, new_id=new_id)
    hint = nearest(scheme, SCHEMES)
    allowed = (
        "'memory://', 'sqlite:////absolute/path', 'postgresql://user:password@host/db' or"
        " 'mariadb://user:password@host/db'"
    )
    raise InvalidValue(f"scheduler.store: {scheme!r} is no kind of store{hint}; give {allowed}")

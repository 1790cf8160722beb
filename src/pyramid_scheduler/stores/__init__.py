"""WHAT is remembered. A new store is a module here that passes ``tests/conformance``."""

from collections.abc import Callable
from random import SystemRandom
from urllib.parse import urlsplit

from pyramid_scheduler.errors import InvalidValue, nearest
from pyramid_scheduler.ids import id_maker
from pyramid_scheduler.interfaces import Clock, Store

SCHEMES = ("sqlite", "postgresql", "memory")


def make_store(
    address: str,
    *,
    clock: Clock,
    new_id: Callable[[], str] | None = None,
    statement_timeout: float = 4.0,
) -> Store:
    """Return the store at ``address``, not opened.

    That is ``memory://``, ``sqlite:////absolute/path`` or ``postgresql://user:password@host/db``.
    ``statement_timeout`` (s) bounds each statement, waiting for a lock included.

    Raises InvalidValue for any other address, without showing a password, and for a database whose
    driver is not installed.
    """
    new_id = new_id or id_maker(clock.now, SystemRandom())
    scheme = urlsplit(address).scheme.partition("+")[0]
    if scheme == "memory":
        from pyramid_scheduler.stores.memory import MemoryStore  # noqa: PLC0415 - see below

        return MemoryStore(clock, new_id=new_id)
    if scheme in SCHEMES:
        # SQLAlchemy takes a third of a second to import: only who uses it pays for it.
        from pyramid_scheduler.stores.sql import SqlStore, dialect_of  # noqa: PLC0415 - as above

        try:
            dialect = dialect_of(address, clock, statement_timeout)
        except ImportError as error:
            wanted = f"pip install 'pyramid-scheduler[{scheme}]'"
            raise InvalidValue(f"scheduler.store: {scheme} needs its driver: {wanted}") from error
        return SqlStore(dialect, new_id=new_id)
    hint = nearest(scheme, SCHEMES)
    allowed = "'memory://', 'sqlite:////absolute/path' or 'postgresql://user:password@host/db'"
    raise InvalidValue(f"scheduler.store: {scheme!r} is no kind of store{hint}; give {allowed}")

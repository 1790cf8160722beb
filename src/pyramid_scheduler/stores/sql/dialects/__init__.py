"""What each database does its own way. A new one is a module here with a :class:`Dialect`."""

from sqlalchemy.engine import make_url

from pyramid_scheduler.interfaces import Clock
from pyramid_scheduler.stores.sql.dialects.dialect import Dialect
from pyramid_scheduler.stores.sql.dialects.sqlite import Sqlite

__all__ = ["Dialect", "dialect_of"]


def dialect_of(
    address: str, clock: Clock, statement_timeout: float, prefix: str, schema: str | None
) -> Dialect:
    """Return the dialect of the database at ``address``; time in seconds.

    Raises ImportError: its driver is not installed.
    """
    kind = make_url(address).get_backend_name()
    if kind == "sqlite":
        return Sqlite(address, clock, statement_timeout, prefix)
    # Drivers are extras, and take a fifth of a second to import.
    if kind == "postgresql":
        from pyramid_scheduler.stores.sql.dialects.postgresql import Postgresql  # noqa: PLC0415

        return Postgresql(address, statement_timeout, prefix, schema)
    from pyramid_scheduler.stores.sql.dialects.mariadb import Mariadb  # noqa: PLC0415

    return Mariadb(address, statement_timeout, prefix)

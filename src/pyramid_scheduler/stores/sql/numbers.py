"""The numbers that only ever grow: the revision, the order in which definitions are seen."""

from sqlalchemy import Connection, bindparam, literal_column, select, update

from pyramid_scheduler.stores.sql.schema import REVISION, number

_RAISE = update(number).where(number.c.name == bindparam("of")).values(value=number.c.value + 1)
_READ = select(number.c.value).where(number.c.name == bindparam("of"))
# Without a parameter, for who reads it all day long past SQLAlchemy.
READ_REVISION = select(number.c.value).where(number.c.name == literal_column(f"'{REVISION}'"))


def raise_number(connection: Connection, name: str) -> None:
    """Raise the number called ``name`` by one."""
    connection.execute(_RAISE, {"of": name})


def read_number(connection: Connection, name: str) -> int:
    """Return the number called ``name``."""
    value: int = connection.execute(_READ, {"of": name}).scalar_one()
    return value


def revise(connection: Connection) -> None:
    """Say that something was changed that every engine has to act on, for who commits it.

    The revision is raised directly before the commit: its row is one that everybody needs.
    """
    connection.info[REVISION] = True

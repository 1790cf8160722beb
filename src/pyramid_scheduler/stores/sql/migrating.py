"""Which version the tables have, and how they become those of this package.

Alembic takes half a second to import, so it is imported only where there is something to migrate.
"""

from pathlib import Path

from sqlalchemy import Connection, select

from pyramid_scheduler.errors import SchemaMismatch
from pyramid_scheduler.stores.sql.dialects import Dialect
from pyramid_scheduler.stores.sql.naming import renamed
from pyramid_scheduler.stores.sql.schema import (
    REVISION,
    SEEN,
    VERSIONS,
    metadata,
    number,
    version,
)

NEWEST = VERSIONS[-1]
_FOLDER = Path(__file__).with_name("migrations")
# Before there was a table of versions, the number "schema" said it.
_FIRST = VERSIONS[0]


def make_tables(connection: Connection) -> None:
    """Make all tables in a database that has none of ours."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(version.insert().values(version_num=NEWEST))
    rows = [{"name": name, "value": 0} for name in (REVISION, SEEN)]
    connection.execute(number.insert(), rows)


def found_version(connection: Connection, dialect: Dialect) -> str | None:
    """Return which version the tables of this database have, None where there are none."""
    # Not by reflection, which takes as long as a whole transaction may.
    versions, numbers = (renamed(table.name, dialect.prefix) for table in (version, number))
    tables = set(connection.scalars(dialect.tables, {"names": [versions, numbers]}))
    if versions in tables:
        found: str | None = connection.scalar(select(version.c.version_num))
        return found
    if numbers not in tables:
        return None
    old = connection.scalar(select(number.c.value).where(number.c.name == "schema"))
    return None if old is None else f"{old:04}"


def migrate(connection: Connection, dialect: Dialect, found: str) -> None:
    """Bring the tables from version ``found`` to the newest, in the transaction."""
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = renamed(version.name, dialect.prefix)
    if found == _FIRST:
        command.stamp(config, _FIRST)
    command.upgrade(config, NEWEST)


def check_version(found: str, address: str) -> None:
    """Raise SchemaMismatch unless the tables have this package's version."""
    if found == NEWEST:
        return
    here = f"the store {address} has schema version {found}"
    if found not in VERSIONS and found > NEWEST:
        raise SchemaMismatch(
            f"{here}, this package knows up to {NEWEST}: upgrade pyramid-scheduler"
        )
    if found not in VERSIONS:
        raise SchemaMismatch(
            f"{here}, of a development version before 1.0; this package needs {NEWEST}: remove the"
            " store"
        )
    raise SchemaMismatch(
        f"{here}, this package needs {NEWEST}: run 'pscheduler migrate' with the application's"
        " config file"
    )

"""A store in a SQL database, through SQLAlchemy Core: schema, dialects, queries."""

from pyramid_scheduler.stores.sql.dialects import dialect_of
from pyramid_scheduler.stores.sql.store import SqlStore

__all__ = ["SqlStore", "dialect_of"]

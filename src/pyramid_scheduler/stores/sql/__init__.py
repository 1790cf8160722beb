"""A store in a SQL database, through SQLAlchemy Core: schema, dialect, queries."""

from pyramid_scheduler.stores.sql.store import SqlStore

__all__ = ["SqlStore"]

"""The SQLAlchemy session that a request works with, as ``scheduler.session_factory`` gives it."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from pyramid.path import DottedNameResolver

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.interfaces import Apart, JoinedStore, Store
from pyramid_scheduler.showing import shortened, shown
from pyramid_scheduler.stores import TABLE_PREFIX

SessionFactory = Callable[[Any], Any]

_ALLOWED = (
    "give the name of a request's attribute, such as 'dbsession', or a function of the request"
    " that returns its session, or the dotted name of one"
)

# What is said to who has to set it right, in the log and where a task is refused.
WHY_APART = {
    Apart.KIND: "scheduler.store is of a kind that no session is joined to: that takes PostgreSQL"
    " or SQLite",
    Apart.PREFIX: f"no session is joined with another scheduler.table_prefix than {TABLE_PREFIX}",
    Apart.ELSEWHERE: "scheduler.store is not the database of its session",
    Apart.COMMITS: "its session commits by itself, or in two phases",
}


def read_session_factory(value: object, where: str) -> SessionFactory:
    """Return what gives the session of a request. Raises InvalidValue."""
    found = value
    if isinstance(value, str):
        name = value.strip()
        found = attrgetter(name) if name.isidentifier() else _imported(name, where)
    if not callable(found):
        raise InvalidValue(f"{where}: {shown(value)} is not callable: {_ALLOWED}")
    return found


def _imported(name: str, where: str) -> Any:
    try:
        return DottedNameResolver(None).resolve(name)
    except Exception as error:  # importing a module runs it
        reason = shortened(f"{type(error).__name__}: {error}", 300)
        raise InvalidValue(
            f"{where}: {shown(name)} cannot be imported ({reason}): {_ALLOWED}"
        ) from error


def joined_store(store: Store, session: Any) -> JoinedStore | Apart:
    """Return ``store`` within the transaction of ``session``, or why it is not."""
    if not store.shared:
        return Apart.KIND
    # To make what is there already is to wait for the very transaction that asks, on SQLite.
    if not store.open(create=False):
        store.open()
    return store.within(session)

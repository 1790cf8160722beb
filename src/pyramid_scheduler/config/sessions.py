"""The SQLAlchemy session that a request works with, as ``scheduler.session_factory`` gives it."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from pyramid.path import DottedNameResolver

from pyramid_scheduler.errors import InvalidValue
from pyramid_scheduler.interfaces import JoinedStore, Store
from pyramid_scheduler.showing import shortened, shown

SessionFactory = Callable[[Any], Any]

_ALLOWED = (
    "give the name of a request's attribute, such as 'dbsession', or a function of the request"
    " that returns its session, or the dotted name of one"
)


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


def joined_store(store: Store, session: Any) -> JoinedStore | None:
    """Return ``store`` within the transaction of ``session``, None if it is elsewhere."""
    if not store.shared:
        return None
    # To make what is there already is to wait for the very transaction that asks, on SQLite.
    if not store.open(create=False):
        store.open()
    return store.within(session)

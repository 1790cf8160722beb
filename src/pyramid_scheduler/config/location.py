"""Where the store is: the default path and what an address may be. Nothing is made here.

The default never depends on the current folder or on the server, so that a web server, the
command line and a program of one's own meet in one store.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from pyramid_scheduler.config.callables import main_name, module_file
from pyramid_scheduler.config.settings import Settings
from pyramid_scheduler.errors import InvalidValue, StoreMisplaced, nearest
from pyramid_scheduler.stores import SCHEMES


def store_address(
    settings: Settings, root: ModuleType, environ: Mapping[str, str] = os.environ
) -> str:
    """Return the address of the store of the application whose root package is ``root``.

    Raises InvalidValue: ``scheduler.store`` is no address of a store; StoreMisplaced: there is
    no folder for the default one.
    """
    if settings.store is not None:
        return read_address(settings.store, "scheduler.store")
    path = default_path(root, state_folder(settings.state_dir, environ), settings.instance)
    return f"sqlite:///{path}"


def read_address(address: str, where: str) -> str:
    """Return ``address`` if a store can be at it.

    A message repeats nothing of what follows the ``://``: there may be a password anywhere in it.

    Raises InvalidValue.
    """
    scheme, separator, rest = address.partition("://")
    kind, plus, driver = scheme.partition("+")
    if not separator or kind not in SCHEMES:
        plain = separator and _SCHEME.fullmatch(scheme)
        shown = f"{scheme}://..." if plain else "what is given"
        raise InvalidValue(
            f"{where}: {shown} is not the address of a store: allowed are 'memory://' and"
            f" 'sqlite:////absolute/path.sqlite'{nearest(kind, SCHEMES) if plain else ''}"
        )
    if plus:
        named = f" {driver!r}" if _SCHEME.fullmatch(driver) else ""
        raise InvalidValue(
            f"{where}: the driver{named} cannot be chosen: the address begins with '{kind}://'"
        )
    if kind == "sqlite":
        _check_sqlite(rest, where)
    elif rest:
        raise InvalidValue(f"{where}: 'memory://' has nothing after it")
    return address


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)


def _check_sqlite(rest: str, where: str) -> None:
    # sqlite:///PATH: what stands between the second and the third slash is user, password, host.
    authority, _, path = rest.partition("/")
    path, question, _ = path.partition("?")
    if rest in ("", "/") or path == ":memory:" or path.startswith("file:"):
        raise InvalidValue(f"{where}: for a store in memory alone say 'memory://'")
    if authority:
        raise InvalidValue(
            f"{where}: SQLite is a file, without user, password and host: give the whole path"
            " after three slashes, as in 'sqlite:////absolute/path.sqlite'"
        )
    if not Path(path).is_absolute():
        raise InvalidValue(
            f"{where}: the path is relative, and would be another file in every folder: give the"
            " whole path, in an ini file as 'sqlite:///%(here)s/scheduler.sqlite'"
        )
    if question:
        raise InvalidValue(
            f"{where}: a query ('?...') is not taken; how long SQLite waits for a lock is"
            " scheduler.statement_timeout"
        )


def default_path(root: ModuleType, state: Path, instance: str) -> Path:
    """Return the path of the default store: one for each root package and instance."""
    name, folder = _root(root)
    digest = hashlib.sha256(f"{folder}\0{instance}".encode()).hexdigest()[:8]
    return state / "pyramid_scheduler" / f"{name}-{digest}.sqlite"


def _root(root: ModuleType) -> tuple[str, str]:
    file = module_file(root)
    if file is None:
        # A namespace package has folders and no file; what was typed has neither.
        folder = next(iter(getattr(root, "__path__", [])), "")
    else:
        folder = os.fspath(file.parent)
    name = main_name() if root.__name__ == "__main__" else root.__name__
    return name, os.path.realpath(folder) if folder else ""


def state_folder(state_dir: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the folder for what an application of this user remembers.

    Raises StoreMisplaced: none is given, and the user has no home.
    """
    if state_dir is not None:
        return state_dir
    # systemd's may hold several folders; the first is the service's main one.
    given = (environ.get("STATE_DIRECTORY", "").split(":")[0], environ.get("XDG_STATE_HOME", ""))
    for folder in given:
        if folder.startswith("/"):
            return Path(folder)
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:
        raise StoreMisplaced(
            f"the user {os.getuid()} has no home folder for the scheduler's store: set"
            " scheduler.state_dir to a folder that it may write to, or scheduler.store"
        ) from None

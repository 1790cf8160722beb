"""Where the store is: the default path and what an address may be. Nothing is made here.

The default never depends on the current folder or on the server, so that a web server, the
command line and a program of one's own meet in one store.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from ipaddress import IPv6Address
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

from pyramid_scheduler.config.callables import main_name, module_file
from pyramid_scheduler.errors import InvalidValue, StoreMisplaced, nearest
from pyramid_scheduler.showing import shown
from pyramid_scheduler.stores import SCHEMES


def default_address(
    root: ModuleType,
    state_dir: Path | None,
    instance: str,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Return the address of the default store of the application whose root package is ``root``.

    Raises StoreMisplaced: there is no folder for it.
    """
    return f"sqlite:///{default_path(root, state_folder(state_dir, environ), instance)}"


def read_address(address: object, where: str) -> str:
    """Return ``address`` if a store can be at it.

    A message repeats nothing of what follows the ``://``: there may be a password anywhere in it.

    Raises InvalidValue.
    """
    if not isinstance(address, str) or not address.strip():
        raise InvalidValue(f"{where}: give an address such as 'memory://'")
    address = address.strip()
    scheme, separator, rest = address.partition("://")
    kind, plus, driver = scheme.partition("+")
    if not separator or kind not in SCHEMES:
        plain = separator and _SCHEME.fullmatch(scheme)
        given = f"{scheme}://..." if plain else "what is given"
        raise InvalidValue(
            f"{where}: {given} is not the address of a store: allowed are 'memory://',"
            " 'sqlite:////absolute/path.sqlite', 'postgresql://user:password@host/database' and"
            " 'mariadb://user:password@host/database'"
            f"{nearest(kind, SCHEMES) if plain else ''}"
        )
    if plus:
        named = f" {driver!r}" if _SCHEME.fullmatch(driver) else ""
        raise InvalidValue(
            f"{where}: the driver{named} cannot be chosen: the address begins with '{kind}://'"
        )
    if _CONTROL.search(unquote(rest)):
        # A C library would take what is before a NUL for all, and reach another server.
        raise InvalidValue(f"{where}: there is a control character in it, or one written as '%00'")
    if kind == "sqlite":
        _check_sqlite(rest, where)
    elif kind in _OPTIONS:
        _check_server(kind, rest, where)
    elif rest:
        raise InvalidValue(f"{where}: 'memory://' has nothing after it")
    return address


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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


# What is not taken apart as it was meant would show a part of a password as a host or a database.
# A label of a host's name has 1 to 63 characters (RFC 1035, 2.3.4).
_SERVER = re.compile(
    r"""([^:@/?#\s]+ (:[^:@/?#\s]*)? @)?   # user and password
        ([A-Za-z0-9_-]{1,63} (\.[A-Za-z0-9_-]{1,63})* \.? | \[(?P<ipv6>[0-9A-Fa-f:.]+)])?
        (:(?P<port>[0-9]{1,5}))?
        /[^:@/?#\s]+ (\?[^@?#\s]*)?      # database and options""",
    re.ASCII | re.VERBOSE,
)
# Those that say where the server is and how to trust it, and what a session of libpq begins with.
_TRUST = ("ssl_ca", "ssl_cert", "ssl_key", "unix_socket")
_OPTIONS = {
    "postgresql": ("host", "options", "sslcert", "sslkey", "sslmode", "sslrootcert"),
    "mariadb": _TRUST,
    "mysql": _TRUST,
}


def _check_server(kind: str, rest: str, where: str) -> None:
    said = _SERVER.fullmatch(rest)
    if said is None:
        raise InvalidValue(
            f"{where}: that is not '{kind}://user:password@host:port/database'; in user and"
            " password, ':', '/', '@', '?', '#', '%' and blanks are written as '%3A', '%2F', '%40',"
            " '%3F', '%23', '%25' and '%20', in an ini file with each '%' doubled"
        )
    if said["ipv6"] is not None and not _is_ipv6(said["ipv6"]):
        raise InvalidValue(f"{where}: what is in brackets is not an IPv6 address, such as '[::1]'")
    if said["port"] is not None and not 1 <= int(said["port"]) <= 65_535:
        raise InvalidValue(f"{where}: a port is a number from 1 to 65535")
    names = [one.partition("=")[0] for one in rest.partition("?")[2].split("&") if one]
    if not set(names) <= set(_OPTIONS[kind]):
        allowed = ", ".join(_OPTIONS[kind])
        raise InvalidValue(f"{where}: after the '?' may be {allowed}, nothing else")


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def read_prefix(prefix: object, where: str) -> str:
    """Return ``prefix`` if names of tables can begin with it. Raises InvalidValue."""
    if isinstance(prefix, str) and _PREFIX.fullmatch(prefix) and not prefix.startswith("sqlite_"):
        return prefix
    raise InvalidValue(
        f"{where}: {shown(prefix)} is no beginning for the names of tables: give at most 31 small"
        " letters a-z, digits and '_', such as 'shop_', not beginning with a digit or with"
        " 'sqlite_', which SQLite keeps for itself"
    )


def read_schema(schema: object, where: str) -> str:
    """Return ``schema`` if one of PostgreSQL can be called so. Raises InvalidValue."""
    if isinstance(schema, str) and _SCHEMA.fullmatch(schema) and not schema.startswith("pg_"):
        return schema
    raise InvalidValue(
        f"{where}: {shown(schema)} is no name for a schema: give at most 63 small letters a-z,"
        " digits and '_', not beginning with a digit or 'pg_'"
    )


# Small letters, since where names are compared by bytes and where not, they are the same.
_PREFIX = re.compile(r"[a-z_][a-z0-9_]{0,30}", re.ASCII)
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


def default_path(root: ModuleType, state: Path, instance: str) -> Path:
    """Return the path of the default store: one for each root package and instance."""
    name, folder = _root(root)
    digest = hashlib.sha256(f"{folder}\0{instance}".encode()).hexdigest()[:8]
    return state / "pyramid_scheduler" / f"{name}-{digest}.sqlite"


def left_behind(address: str) -> str:
    """Return the warning of an application that begins anew beside a store of its name; or "".

    That is one that was moved or copied: its default store is yet to be made, and another
    default store in that folder is of a root package of the same name.
    """
    path = Path(address.removeprefix("sqlite:///"))
    package = _package(path)
    try:
        found = [] if package is None or path.exists() else _default_stores(path.parent, package)
    except OSError:
        return ""  # the start says what is wrong with the folder
    if not found:
        return ""
    named = ", ".join(str(other) for other in found[:3])
    return (
        f"the scheduler begins anew, in {path}; beside it is {named}, of an application of the same"
        " name in another folder or of another scheduler.instance. If that was this application,"
        f" set scheduler.store = sqlite:///{found[0]}, which no folder changes"
    )


def _default_stores(folder: Path, package: str) -> list[Path]:
    """Return the default stores in ``folder`` of applications called ``package``, newest first."""
    found = [each for each in folder.iterdir() if _package(each) == package]
    return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)


def _package(store: Path) -> str | None:
    """Return the root package that the default store is named after, None for another file."""
    match = _DEFAULT_NAME.fullmatch(store.name)
    return None if match is None else match[1]


_DEFAULT_NAME = re.compile(r"(.+)-[0-9a-f]{8}\.sqlite", re.ASCII)


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

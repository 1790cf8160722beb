"""Where the store is: the default path, and the addresses that are refused."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler.config.location import default_path, left_behind, read_address, state_folder
from pyramid_scheduler.errors import InvalidValue, StoreMisplaced
from tests.config.scene import configurator

STATE = Path("/var/lib/state")


def package(name: str, file: str | None) -> ModuleType:
    module = ModuleType(name)
    if file is not None:
        module.__file__ = file
    return module


def test_the_default_is_named_after_the_root_package_and_its_folder() -> None:
    path = default_path(package("shop", "/srv/shop/__init__.py"), STATE, "")
    assert path.parent == STATE / "pyramid_scheduler"
    assert path.name == "shop-6a437e25.sqlite" or path.match("shop-????????.sqlite")


def test_another_folder_or_instance_has_another_store() -> None:
    shop = package("shop", "/srv/shop/__init__.py")
    paths = {
        default_path(shop, STATE, ""),
        default_path(shop, STATE, "blue"),
        default_path(package("shop", "/srv/copy/shop/__init__.py"), STATE, ""),
    }
    assert len(paths) == 3


def test_a_link_to_the_folder_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "releases-7").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "releases-7")
    linked = default_path(package("shop", str(tmp_path / "current/shop.py")), STATE, "")
    assert linked == default_path(package("shop", str(tmp_path / "releases-7/shop.py")), STATE, "")


def test_a_program_run_as_a_file_meets_the_module_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    main = package("__main__", "/srv/shop/app.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    imported = package("app", "/srv/shop/app.py")
    assert default_path(main, STATE, "") == default_path(imported, STATE, "")


def test_a_package_run_with_m_meets_the_package_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    main = package("__main__", "/srv/shop/__main__.py")
    main.__spec__ = type("Spec", (), {"name": "shop.__main__"})()  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "__main__", main)
    imported = package("shop", "/srv/shop/__init__.py")
    assert default_path(main, STATE, "") == default_path(imported, STATE, "")


def test_a_namespace_package_has_a_folder_and_no_file() -> None:
    spread = package("spread", None)
    spread.__path__ = ["/srv/spread"]
    assert default_path(spread, STATE, "").name.startswith("spread-")
    assert default_path(spread, STATE, "") != default_path(package("spread", None), STATE, "")


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_STATE_HOME": "/x"}, "/var/lib/a"),
        ({"XDG_STATE_HOME": "/x"}, "/x"),
        ({"XDG_STATE_HOME": "relative"}, None),
        ({"STATE_DIRECTORY": ""}, None),
        ({}, None),
    ],
)
def test_the_state_folder_is_given_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], folder: str | None
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert state_folder(None, environ) == Path(folder or "/home/ann/.local/state")
    assert state_folder(Path("/given"), environ) == Path("/given")


def test_a_user_without_a_home_is_told_which_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(StoreMisplaced, match=r"set scheduler\.state_dir to a folder"):
        state_folder(None, {})


@pytest.mark.parametrize(
    "address",
    [
        "memory://",
        "sqlite:////var/lib/x.sqlite",
        "sqlite:////srv/a@b/c:d.sqlite",
        "postgresql://ann:s%40cret@db.example:5433/shop",
        "postgresql://db/shop?sslmode=verify-full",
        "postgresql://[::1]:5432/shop",
        "postgresql://db.example.:65535/shop",
        "postgresql://ann:\u2100%C3%A9%FF@db/shop",
        "postgresql:///shop?host=/run/postgresql",
        "mariadb://ann:s%40cret@db.example:3307/shop?ssl_ca=/etc/ca.pem",
        "mysql:///shop?unix_socket=/run/mysqld/mysqld.sock",
    ],
)
def test_an_address_of_a_store_is_taken(address: str) -> None:
    assert read_address(address, "scheduler.store") == address


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sqlite://", "for a store in memory alone say 'memory://'"),
        ("sqlite:///", "for a store in memory alone say 'memory://'"),
        ("sqlite:///:memory:", "for a store in memory alone say 'memory://'"),
        ("sqlite:///file:x?mode=memory&uri=true", "say 'memory://'"),
        ("sqlite:///x.sqlite", "the path is relative"),
        ("sqlite:///./x.sqlite", "in an ini file as 'sqlite:///%(here)s/scheduler.sqlite'"),
        ("sqlite:///:secret@/x.sqlite", "the path is relative"),
        ("sqlite://host/x.sqlite", "without user, password and host"),
        ("sqlite://me:secret@/x.db", "without user, password and host"),
        ("sqlite://:secret@//abs/x.db", "without user, password and host"),
        ("sqlite://me:secret/secret@//abs/x.db", "without user, password and host"),
        ("sqlite://me:secret@", "without user, password and host"),
        (
            "sqlite+pysqlcipher://:secret@//abs/foo.db",
            "driver 'pysqlcipher' cannot be chosen: the address begins with 'sqlite://'",
        ),
        ("sqlite+aiosqlite:////abs/foo.db", "the driver 'aiosqlite' cannot be chosen"),
        ("sqlite+:secret@x:////abs/foo.db", "the driver cannot be chosen"),
        ("memory+x://", "the driver 'x' cannot be chosen"),
        ("sqlite:////var/lib/x.sqlite?key=secret", "a query ('?...') is not taken"),
        ("sqlite://?key=secret", "without user, password and host"),
        ("user:secret@host://x", "what is given is not the address of a store"),
        ("postgresql://ann:secret/secret@db/shop", "in user and password, ':', '/', '@'"),
        ("postgresql://ann:secret@secret@db/shop", "in user and password, ':', '/', '@'"),
        ("postgresql://ann:secret#secret@db/shop", "in user and password, ':', '/', '@'"),
        ("postgresql://ann:secret:1@db/shop", "in user and password, ':', '/', '@'"),
        ("postgresql://ann:secret?@db/shop", "in user and password, ':', '/', '@'"),
        ("postgresql://ann:secret@db:port/shop", "that is not 'postgresql://user:password@host"),
        ("postgresql://ann:secret@db", "that is not 'postgresql://user:password@host:port/data"),
        ("postgresql://", "that is not 'postgresql://user:password@host:port/database'"),
        ("postgresql://ann:secret%00x@db:1/shop", "a control character in it"),
        ("postgresql://ann:secret@db:1/shop%00", "a control character in it"),
        ("postgresql://ann:secret@db:1/shop?host=%1f", "a control character in it"),
        ("postgresql://ann:secret\x00@db:1/shop", "a control character in it"),
        ("sqlite:////var/lib/x\0.sqlite", "a control character in it"),
        ("mariadb://ann:secret@db:99999/shop", "a port is a number from 1 to 65535"),
        ("mariadb://ann:secret@db:0/shop", "a port is a number from 1 to 65535"),
        ("mariadb://ann:secret@.../shop", "that is not 'mariadb://user:password@host"),
        (f"mariadb://ann:secret@{'a' * 64}.org/shop", "that is not 'mariadb://user:password@host"),
        ("mariadb://ann:secret@[:::::]/shop", "what is in brackets is not an IPv6 address"),
        ("postgresql://ann:secret@[1.2.3.4]/shop", "what is in brackets is not an IPv6 address"),
        ("postgresql://db/shop?password=secret", "after the '?' may be host, options, sslcert"),
        ("mariadb://ann:secret/secret@db/shop", "that is not 'mariadb://user:password@host"),
        ("mysql://db/shop?init_command=secret", "after the '?' may be ssl_ca, ssl_cert, ssl_key"),
        ("mysql+mysqldb://ann:secret@db/shop", "the driver 'mysqldb' cannot be chosen"),
        ("maria://ann:secret@db/shop", "did you mean 'mariadb'?"),
        ("postgresql+asyncpg://ann:secret@db/shop", "the driver 'asyncpg' cannot be chosen"),
        ("postgres://ann:secret@db/shop", "did you mean 'postgresql'?"),
        ("memory://x", "'memory://' has nothing after it"),
        ("/var/lib/x.sqlite", "what is given is not the address of a store"),
        ("sqlit:////var/lib/x", "sqlit://... is not the address of a store: allowed are"),
        ("sqlit:////var/lib/x", "did you mean 'sqlite'?"),
        ("mongodb://u:secret@h/x", "mongodb://... is not the address of a store"),
        ("user:secret@host/db", "what is given is not the address of a store"),
    ],
)
def test_what_is_no_address_of_a_store_is_refused(address: str, message: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        read_address(address, "scheduler.store")
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


def test_what_a_url_cannot_have_in_it_may_be_in_a_password() -> None:
    address = "mariadb://ann:\u2100@db/shop"  # by NFKC it is 'a/c', which splits a URL
    config = configurator(settings={"scheduler.store": address})
    assert config.registry.scheduler.store.address == "mariadb://ann@db/shop"


def test_the_application_has_the_default_whatever_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def address() -> Any:
        config = configurator(settings={"scheduler.store": None})
        found = config.registry.settings["scheduler.store"]
        assert config.registry.scheduler.store.address == found
        return found

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    here = address()
    monkeypatch.chdir(tmp_path)
    assert address() == here
    assert here.startswith(f"sqlite:///{tmp_path}/state/pyramid_scheduler/tests-")
    assert list(tmp_path.iterdir()) == [], "nothing was made"


def test_the_state_dir_may_be_set(tmp_path: Path) -> None:
    config = configurator(settings={"scheduler.store": None, "scheduler.state_dir": str(tmp_path)})
    address = config.registry.settings["scheduler.store"]
    assert address.startswith(f"sqlite:///{tmp_path}/pyramid_scheduler/tests-")


def test_a_bad_address_is_a_configuration_error_at_the_include() -> None:
    with pytest.raises(ConfigurationError, match="is not the address of a store"):
        configurator(settings={"scheduler.store": "redis://:secret@host"})


def test_the_root_package_is_that_of_the_application_not_of_an_add_on() -> None:
    def includes(config: Configurator) -> None:
        config.include("pyramid_scheduler")

    config = configurator(include=False, settings={"scheduler.store": None})
    config.include(includes)
    assert "/tests-" in config.registry.settings["scheduler.store"]


# What a moved deployment leaves behind.


@pytest.fixture
def stores(tmp_path: Path) -> Callable[[str], str]:
    """Make a store of that name; return its address."""

    def make(name: str) -> str:
        (tmp_path / name).touch()
        return f"sqlite:///{tmp_path / name}"

    return make


def test_a_store_of_the_same_package_is_told_when_one_is_begun_anew(
    stores: Callable[[str], str], tmp_path: Path
) -> None:
    old = stores("shop-0123abcd.sqlite")
    warning = left_behind(f"sqlite:///{tmp_path}/shop-ffffffff.sqlite")
    assert "begins anew" in warning
    assert f"set scheduler.store = {old}, which" in warning


@pytest.mark.parametrize(
    "other",
    [
        "shop.admin-0123abcd.sqlite",
        "shop-admin-0123abcd.sqlite",
        "shop-0123abcd.sqlite-wal",
        "shop-backup.sqlite",
        "shop.sqlite",
    ],
)
def test_another_file_is_none_of_it(
    stores: Callable[[str], str], tmp_path: Path, other: str
) -> None:
    stores(other)
    assert left_behind(f"sqlite:///{tmp_path}/shop-ffffffff.sqlite") == ""


def test_a_store_that_is_there_goes_on(stores: Callable[[str], str]) -> None:
    stores("shop-0123abcd.sqlite")
    assert left_behind(stores("shop-ffffffff.sqlite")) == ""


def test_a_store_elsewhere_and_one_without_a_folder_leave_nothing(tmp_path: Path) -> None:
    assert left_behind("memory://") == ""
    assert left_behind(f"sqlite:///{tmp_path}/none/shop-ffffffff.sqlite") == ""
    assert left_behind(f"sqlite:///{tmp_path}/shop-ffffffff.sqlite") == ""

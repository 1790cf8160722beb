"""The application of docs/transactions.md does what that page says."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
from webtest import TestApp

from pyramid_scheduler.config.current import configuring
from pyramid_scheduler.events import TaskSucceeded
from tests.docs.pages import blocks, modules, page

PAGE = page("transactions.md")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """That application, in a file of SQLite."""
    for name, source in modules(PAGE).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    configuring._registries.clear()
    (shown,) = blocks(PAGE, "ini")
    settings = dict(line.split(" = ", 1) for line in shown.text.splitlines() if " = " in line)
    address = f"sqlite:///{tmp_path}/shop.sqlite"
    here = {"sqlalchemy.url": address, "scheduler.store": address, "scheduler.autostart": "false"}
    assert settings.keys() - here.keys() == {"scheduler.session_factory"}
    made = import_module("myapp").main({}, **{**settings, **here})
    yield made
    made.registry.scheduler.stop(timeout=5)
    made.registry.scheduler.store.close()
    for name in [name for name in sys.modules if name.split(".")[0] == "myapp"]:
        del sys.modules[name]


def test_an_order_and_its_invoice_come_together(app: Any, tmp_path: Path) -> None:
    done = Event()
    app.registry.registerHandler(lambda event: done.set(), [TaskSucceeded])
    app.registry.scheduler.start()

    number = TestApp(app).get("/order").text

    assert done.wait(10)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.sqlite")
    with engine.connect() as connection:
        found = connection.execute(
            sa.text("select i.order_id, o.state from shop_invoice i, shop_order o")
        ).all()
    engine.dispose()
    assert found == [(int(number), "invoiced")]

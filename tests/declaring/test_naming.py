"""Dotted names of what can and what cannot be imported."""

import sys
from pathlib import Path

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_scheduler.declaring.naming import imported
from pyramid_scheduler.errors import InvalidValue
from tests.config.scene import configurator


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules whose import raises."""
    (tmp_path / "raises_at_import.py").write_text("raise RuntimeError('boom ' + 'x' * 10_000)")
    (tmp_path / "no_syntax.py").write_text("def (")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_what_is_there_is_found() -> None:
    assert imported("sys.modules", "key") is sys.modules


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises_at_import.x", "RuntimeError: boom"),
        ("no_syntax.x", "SyntaxError: "),
        ("sys.nothing", "AttributeError: "),
        ("no_module_at_all", "ModuleNotFoundError: "),
        ("", "ValueError: "),
        ("a b" * 5_000, "ValueError: "),
    ],
)
def test_whatever_an_import_raises_is_one_clear_error(name: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=f"^key: .* cannot be imported: {reason}") as refused:
        imported(name, "key")
    assert len(str(refused.value)) < 1_000


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("option", ["key", "retry_on"])
def test_the_setting_that_names_it_is_told(option: str) -> None:
    setting = f"scheduler.task.job.{option}"
    config = configurator(settings={setting: "raises_at_import.x"})
    config.add_task(print, "job", max_running=1)
    with pytest.raises(ConfigurationError, match=f"{setting}: 'raises_at_import.x' cannot be"):
        config.make_wsgi_app()

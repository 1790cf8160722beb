import pytest

from tests.scripts.scene import Outside, UnmadeStore, set_scene


@pytest.fixture
def outside(monkeypatch):
    """An application whose store has been made."""
    return set_scene(monkeypatch, Outside())


@pytest.fixture
def untouched(monkeypatch):
    """An application that never ran: there is no store yet."""
    return set_scene(monkeypatch, Outside(UnmadeStore))


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch):
    """Whoever runs the tests may have told programs to colour."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

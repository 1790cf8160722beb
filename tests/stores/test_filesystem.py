"""A store on a file system of the network is used, and warned of."""

from pathlib import Path

import pytest

from pyramid_scheduler.stores import make_store
from pyramid_scheduler.stores.sql.dialects import sqlite
from pyramid_scheduler.stores.sql.dialects.filesystem import networked
from tests.clock import HandClock

MOUNTS = r"""22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/shared rw,relatime shared:5 - nfs4 server:/export rw
31 30 8:2 / /mnt/shared/local rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/two\040words rw - cifs //server/share rw
33 22 0:42 / /mnt/home rw - fuse.sshfs ann@server: rw
no mount at all
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/store.sqlite", None),
        ("/mnt/shared/store.sqlite", "nfs4"),
        ("/mnt/sharedelsewhere/store.sqlite", None),
        ("/mnt/shared/local/store.sqlite", None),
        ("/mnt/two words/store.sqlite", "cifs"),
        ("/mnt/home/store.sqlite", "fuse.sshfs"),
    ],
)
def test_it_is_the_kind_of_the_nearest_mount(mounts: Path, path: str, kind: str | None) -> None:
    assert networked(Path(path), mounts) == kind


def test_where_mounts_are_not_told_nothing_is_known(tmp_path: Path) -> None:
    assert networked(tmp_path, tmp_path / "missing") is None


def test_a_store_there_is_warned_of_and_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite, "networked", lambda path: "nfs4")
    store = make_store(f"sqlite:///{tmp_path}/store.sqlite", clock=HandClock())
    assert store.open()
    store.close()
    (said,) = [text for text in caplog.messages if "nfs4" in text]
    assert "scheduler.store" in said

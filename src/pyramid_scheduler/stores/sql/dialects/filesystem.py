"""Whether a file lies on another machine's file system, where SQLite's locks cannot be trusted.

The rule is SQLite's own ("How To Corrupt An SQLite Database File", 2.1), and its WAL needs memory
that all processes share: they have to be on one host.
"""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

_NETWORKED = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|fuse\.(sshfs|s3fs|.*gluster.*)"
)


def networked(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the kind of the network's file system that ``path`` is on, None where it is on none.

    None as well where ``mounts``, which Linux writes (proc(5)), is not there.
    """
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return None
    found = [mount for line in lines if (mount := _mount(line)) and path.is_relative_to(mount[0])]
    kind = max(found, key=lambda mount: len(mount[0].parts), default=(path, ""))[1]
    return kind if _NETWORKED.fullmatch(kind) else None


def _mount(line: str) -> tuple[Path, str] | None:
    """Return where the mount of a line is, and its kind."""
    before, dash, after = line.partition(" - ")
    fields = before.split(" ")
    if not dash or len(fields) < 5:
        return None
    where = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
    return Path(where), after.split(" ")[0]

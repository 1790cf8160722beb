"""What the figures depend on."""

import os
import platform
import sqlite3
import tempfile
from pathlib import Path


def machine() -> dict[str, str]:
    """Return what is to be said about this machine and its Python."""
    return {
        "processor": f"{os.cpu_count()} x {_processor()}",
        "system": platform.platform(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
        "file system": _file_system(Path(tempfile.gettempdir()).resolve()),
    }


def load() -> str:
    """Return how busy the machine is: the mean of the last 1, 5 and 15 minutes."""
    return " ".join(f"{mean:.2f}" for mean in os.getloadavg())


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _file_system(path: Path) -> str:
    """Return the type of the file system that ``path`` is on: some make a commit cost nothing."""
    mounts = Path("/proc/mounts")
    lines = mounts.read_text().splitlines() if mounts.exists() else []
    types = {Path(line.split()[1]): line.split()[2] for line in lines}
    for folder in (path, *path.parents):
        if folder in types:
            return f"{types[folder]} at {path}"
    return f"unknown at {path}"

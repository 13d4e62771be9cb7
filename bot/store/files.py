"""Where the contents of files are kept: a folder of this machine, or whatever else has the same few methods.

Knows nothing of what is in them. All of it blocks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

_PARTIAL = ".partial"


class Files(Protocol):
    """Contents by name; names have no folders. Everything raises OSError where it cannot be done."""

    def write(self, name: str, content: bytes) -> None:
        """Keep a content durably, whole or not at all, in place of what had the name before."""
        ...

    def read(self, name: str) -> bytes | None:
        """A content; None where there is none."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Keep these no longer; what is not there does not matter."""
        ...

    def names(self, beginning: str = "") -> list[str]:
        """What there is whose name begins so, in order."""
        ...


class Folder:
    """Files in a folder, which is made when something is written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, content: bytes) -> None:
        """As :class:`Files`."""
        self._path.mkdir(parents=True, exist_ok=True)
        partial = self._path / f"{name}{_PARTIAL}"
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path / name)
        _sync(self._path)

    def read(self, name: str) -> bytes | None:
        """As :class:`Files`."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        """As :class:`Files`; what was half-written goes, too."""
        for name in names:
            for each in (name, f"{name}{_PARTIAL}"):
                (self._path / each).unlink(missing_ok=True)

    def names(self, beginning: str = "") -> list[str]:
        """As :class:`Files`; what was half-written goes by the name that it was to have."""
        if not self._path.is_dir():
            return []
        found = {each.name.removesuffix(_PARTIAL) for each in self._path.iterdir()}
        return sorted(name for name in found if name.startswith(beginning))


def _sync(folder: Path) -> None:
    """Make a rename durable, where the system can open folders."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Lets one bot at a time use an SQLite database, or serve a platform from one on PostgreSQL: two would post the same.

The lock is the system's, on a file beside the database, or PostgreSQL's; either ends with the process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.engine import make_url

from bot.errors import StoreError
from bot.store import postgres
from bot.store.addresses import on_postgres
from bot.store.sqlite import make_folder


@contextmanager
def sole_user(database_url: str) -> Iterator[None]:
    """Hold the database for this process meanwhile; one in memory needs no lock.

    Raises:
        StoreError: if another process holds it, or the file beside it cannot be made.
    """
    url = make_url(database_url)
    if on_postgres(database_url):
        with postgres.sole_user(url):
            yield
        return
    database = url.database
    if not database or database == ":memory:":
        yield
        return
    make_folder(database)
    path = Path(f"{database}.lock")
    try:
        file = path.open("a+b")
    except OSError as error:
        raise StoreError(
            f"The file {path} cannot be made ({error.strerror}): set data_dir to a folder that the bot may write to."
        ) from error
    with file:
        _take(file, database)
        yield


@contextmanager
def serving(database_url: str, platforms: Sequence[str]) -> Iterator[None]:
    """Be the one bot that serves these platforms from a database meanwhile; SQLite has no room for another beside it.

    Raises:
        StoreError: if another process serves one of them or holds the database, or a file beside it cannot be made.
    """
    url = make_url(database_url)
    held = postgres.serving(url, platforms) if on_postgres(database_url) else sole_user(database_url)
    with held:
        yield


def _take(file: BinaryIO, database: str) -> None:
    try:
        _lock(file)
    except OSError as error:
        raise StoreError(
            f"Another bot ({_holder(file)}) is using the database {database}; stop it first, or set another data_dir."
        ) from error
    try:
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
    except OSError as error:
        raise StoreError(f"The file {file.name} cannot be written ({error.strerror}): see to that disk.") from error


def _holder(file: BinaryIO) -> str:
    file.seek(0)
    number = file.read(20).decode("ascii", "replace")
    return f"process {number}" if number.isdecimal() else "another process"


if sys.platform == "win32":
    import msvcrt

    _FAR = 2**20  # beyond the number in the file: what is locked there cannot be read by others

    def _lock(file: BinaryIO) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

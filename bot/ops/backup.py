"""Makes one file of everything the bot keeps, while it runs; and puts it back, while it does not.

A backup is a tar file: ``backup.json`` (version of the tables, time), ``omost.db`` and ``pictures/``. Settings and
tokens are not in it. The database is copied first: a picture's file is written before its row is, and is never written
again, so every row of the copy has its file. Nothing of an installation is thrown away by putting a backup in its
place: what was there is kept beside it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from bot.errors import BackupError, StoreError
from bot.ops.check import Report, check, opened
from bot.store.lock import sole_user
from bot.store.migrate import known_schemas, schema_of
from bot.store.tables import pictures

_ABOUT, _DATABASE, _PICTURES = "backup.json", "omost.db", "pictures"
_FORMAT = 1
_PICTURE = re.compile(rf"{_PICTURES}/[a-z2-7]{{10}}-\d+\.(png|latents|ora)")


@dataclass(frozen=True)
class Installation:
    """Where a bot keeps what it has to keep."""

    database: Path
    pictures: Path


@dataclass(frozen=True)
class Saved:
    """What a backup holds. ``missing`` are pictures whose files somebody has removed."""

    file: Path
    size: int
    pictures: int
    missing: tuple[str, ...]


def save(here: Installation, file: Path) -> Saved:
    """Write a backup to ``file``, whole or not at all. A bot may be running.

    Raises:
        StoreError: if there is no database, or it cannot be read.
        BackupError: if ``file`` exists, or cannot be written.
    """
    if not here.database.is_file():
        raise StoreError(f"There is no database at {here.database}; set data_dir to where it is.")
    if file.exists():
        raise BackupError(f"{file} is there already; name another file.")
    partial = file.with_name(f"{file.name}.partial")
    try:
        with partial.open("wb") as raw:
            found, missing = _write(here, raw, file.parent)
            raw.flush()
            os.fsync(raw.fileno())
        partial.rename(file)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):  # it is not there, or never could be
            partial.unlink()
    return Saved(file, file.stat().st_size, found, missing)


def _write(here: Installation, raw: object, beside: Path) -> tuple[int, tuple[str, ...]]:
    with TemporaryDirectory(dir=beside, prefix=".backup-") as folder, tarfile.open(fileobj=raw, mode="w") as tar:  # type: ignore[call-overload]  # any open file
        copy = Path(folder) / _DATABASE
        _copy_database(here.database, copy)
        with opened(copy) as connection:
            about = {"format": _FORMAT, "schema": schema_of(connection), "created": time.time()}
            paths = connection.scalars(
                select(pictures.c.path).where(pictures.c.path != "").distinct().order_by(pictures.c.path)
            ).all()
        note = Path(folder) / _ABOUT
        note.write_text(json.dumps(about), encoding="utf-8")
        tar.add(note, _ABOUT)
        tar.add(copy, _DATABASE)
        missing, found = [], 0
        for path in paths:
            png = here.pictures / Path(path).name
            for each in (png, png.with_suffix(".latents"), png.with_suffix(".ora")):
                if each.is_file():
                    tar.add(each, f"{_PICTURES}/{each.name}", recursive=False)
                    found += each is png
                elif each is png:
                    missing.append(path)
    return found, tuple(missing)


def _copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use, by SQLite's online backup; nobody waits for it.

    Raises:
        StoreError: if it cannot be read.
        OSError: if the copy cannot be written.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=10)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")  # one file, without a companion
    except sqlite3.Error as error:
        raise StoreError(f"The database {source} cannot be copied: {error}.") from error


def restore(file: Path, here: Installation, *, replace: bool = False) -> tuple[Report, Path | None]:
    """Put a backup in its place; gives what is to be said of it, and where what was there before is kept.

    Raises:
        StoreError: if a bot is using the database.
        BackupError: if ``file`` is no whole backup that this program can read, if there is an installation already
            and it is not to be replaced, or if something cannot be written.
    """
    with sole_user(f"sqlite:///{here.database}"):
        if here.database.exists() and not replace:
            raise BackupError(
                f"There is a database at {here.database} already; with --replace the backup takes its place, and what "
                "is there now is kept beside it."
            )
        try:
            with TemporaryDirectory(dir=here.database.parent, prefix=".restore-") as folder:
                _unpack(file, Path(folder))
                report = check(Path(folder) / _DATABASE, Path(folder) / _PICTURES)
                if any(each.rule == "database" for each in report.breaches):
                    raise BackupError(f"{file} is damaged: {report.breaches[0].found}")
                kept = _take_place(Path(folder), here)
        except OSError as error:
            raise BackupError(
                f"{file} cannot be restored: {error.filename or ''} {error.strerror or error}."
            ) from error
    return report, kept


def _unpack(file: Path, folder: Path) -> None:
    """The members of a backup in ``folder``; no other name is written, wherever it would lead."""
    (folder / _PICTURES).mkdir()
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                if not member.isfile() or not (member.name in {_ABOUT, _DATABASE} or _PICTURE.fullmatch(member.name)):
                    raise BackupError(f"{file} is no backup of this program: it holds {member.name[:80]!r}.")
                content = tar.extractfile(member)
                assert content is not None, "it is a file"
                with (folder / member.name).open("wb") as out:
                    shutil.copyfileobj(content, out)
                    out.flush()
                    os.fsync(out.fileno())
                    if out.tell() != member.size:
                        raise BackupError(f"{file} is cut off within {member.name}; copy it again.")
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        schema, form = about["schema"], about["format"]
    except FileNotFoundError as error:
        missing = str(file) if not file.exists() else f"{_ABOUT} in {file}"
        raise BackupError(f"There is no {missing}.") from error
    except tarfile.TarError as error:
        raise BackupError(f"{file} is no backup, or is cut off: {error}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{file} is no backup of this program: {_ABOUT} cannot be read.") from error
    if form != _FORMAT or schema not in known_schemas():
        raise BackupError(f"{file} was made by a newer version (tables {schema}); restore it with that one.")
    if not (folder / _DATABASE).is_file():
        raise BackupError(f"{file} is cut off: it holds no database.")


def _take_place(new: Path, here: Installation) -> Path | None:
    """Move what was unpacked into place. At every moment there is a whole database with all of its pictures."""
    kept = _keep_old(here)
    here.pictures.mkdir(parents=True, exist_ok=True)
    before = {each.name for each in here.pictures.iterdir()}
    restored = set()
    for each in (new / _PICTURES).iterdir():
        each.replace(here.pictures / each.name)
        restored.add(each.name)
    (new / _DATABASE).replace(here.database)
    for name in before - restored:
        (here.pictures / name).unlink()
    return kept


def _keep_old(here: Installation) -> Path | None:
    """What is there now, kept whole in a folder beside it; pictures by other names of the same files.

    The database's log is brought into it first, or moved away: it must not be taken for the new database's.
    """
    if not here.database.exists():
        return None
    _checkpoint(here.database)
    kept = here.database.with_name(f"replaced-{time.strftime('%Y%m%d-%H%M%S')}")
    (kept / _PICTURES).mkdir(parents=True)
    shutil.copy2(here.database, kept / here.database.name)
    for log in _logs(here.database):
        log.rename(kept / log.name)
    for each in here.pictures.iterdir() if here.pictures.is_dir() else ():
        try:
            os.link(each, kept / _PICTURES / each.name)
        except OSError:  # another disk, or one without links
            shutil.copy2(each, kept / _PICTURES / each.name)
    return kept


def _logs(database: Path) -> Iterator[Path]:
    for end in ("-wal", "-shm"):
        log = database.with_name(database.name + end)
        if log.exists():
            yield log


def _checkpoint(database: Path) -> None:
    """Bring the log into the database where it can be read; one that cannot is kept as it is."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return

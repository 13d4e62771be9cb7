"""Backups: made while a bot writes, put back elsewhere and in place; every mistake answered with what to do."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from bot.cli.program import status_of
from bot.errors import BackupError, StoreError
from bot.ops.backup import Installation, restore, save
from bot.ops.check import check
from bot.store.lock import sole_user
from tests.bot_parts import Bot, opened, working
from tests.fakes import until


def installation(folder: Path) -> Installation:
    return Installation(folder / "omost.db", folder / "pictures")


async def draw(bot: Bot, count: int, words: str = "a red house") -> None:
    for _ in range(count):
        before = len(bot.chat.finished())
        await bot.say(words)
        await until(lambda before=before: len(bot.chat.finished()) > before)  # type: ignore[misc]
    await bot.at_rest()


@pytest.mark.slow
async def test_backups_of_a_bot_at_work_are_whole_each_time(tmp_path: Path) -> None:
    here = installation(tmp_path / "bot")
    here.database.parent.mkdir()
    async with opened(here.database.parent) as bot, working(bot):
        await draw(bot, 1)
        drawing = asyncio.create_task(draw(bot, 8))
        for number in range(4):
            await until(lambda number=number: len(bot.chat.finished()) > 2 * number)  # type: ignore[misc]
            saved = await asyncio.to_thread(save, here, tmp_path / f"{number}.tar")
            assert saved.missing == ()
            assert saved.pictures >= 2 * number
        await drawing
    for number in range(4):
        there = installation(tmp_path / f"there-{number}")
        report, kept = restore(tmp_path / f"{number}.tar", there)
        assert (report.breaches, kept) == ((), None)
        assert report.counts["pictures"] >= 2 * number


@pytest.mark.slow
async def test_a_restored_bot_goes_on_where_the_backup_was_made(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    async with opened(tmp_path / "bot") as bot, working(bot):
        await draw(bot, 1)
        head = await bot.head()
        save(installation(tmp_path / "bot"), tmp_path / "a.tar")
    restore(tmp_path / "a.tar", installation(tmp_path / "new"))
    async with opened(tmp_path / "new", bot.chat) as bot, working(bot):
        await draw(bot, 1, "at night")
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert turn.parent == head
    assert check(tmp_path / "new" / "omost.db", tmp_path / "new" / "pictures").breaches == ()


@pytest.mark.slow
async def test_what_is_replaced_is_kept_whole_with_its_log(tmp_path: Path) -> None:
    here = installation(tmp_path / "bot")
    here.database.parent.mkdir()
    async with opened(here.database.parent) as bot, working(bot):
        await draw(bot, 1)
        save(here, tmp_path / "a.tar")
        await draw(bot, 2)
        killed = shutil.copytree(here.database.parent, tmp_path / "killed")  # as kill -9 leaves it: with its log
    there = installation(Path(killed))
    assert (there.database.parent / "omost.db-wal").stat().st_size > 0
    report, kept = restore(tmp_path / "a.tar", there, replace=True)
    assert kept is not None
    assert (report.breaches, report.counts["pictures"]) == ((), 1)
    assert check(there.database, there.pictures) == report
    old = check(kept / "omost.db", kept / "pictures")
    assert (old.breaches, old.counts["pictures"]) == ((), 3)


@pytest.fixture
async def backup(tmp_path: Path) -> Path:
    """A backup of a bot with one picture."""
    (tmp_path / "bot").mkdir()
    async with opened(tmp_path / "bot") as bot, working(bot):
        await draw(bot, 1)
    save(installation(tmp_path / "bot"), tmp_path / "a.tar")
    return tmp_path / "a.tar"


def rewritten(backup: Path, **changes: bytes | None) -> Path:
    """The backup with members replaced, or left out where they are None."""
    new = backup.with_name("changed.tar")
    with tarfile.open(backup) as old, tarfile.open(new, "w") as tar:
        members = {each.name: old.extractfile(each).read() for each in old}  # type: ignore[union-attr]
        for name, content in {
            **members,
            **{name.replace("_json", ".json"): each for name, each in changes.items()},
        }.items():
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return new


def refused(file: Path, here: Installation, replace: bool = False) -> str:
    with pytest.raises((BackupError, StoreError)) as error:
        restore(file, here, replace=replace)
    return str(error.value)


@pytest.mark.slow
def test_what_cannot_be_restored_is_refused_in_words_and_changes_nothing(backup: Path, tmp_path: Path) -> None:
    new = installation(tmp_path / "new")
    whole = backup.read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.tar").write_text("not a backup at all", encoding="utf-8")
    about = json.dumps({"format": 1, "schema": "9999", "created": 0}).encode()
    assert "There is no" in refused(tmp_path / "none.tar", new)
    assert "cut off" in refused(tmp_path / "cut.tar", new)
    assert "no backup" in refused(tmp_path / "text.tar", new)
    assert "newer version (tables 9999)" in refused(rewritten(backup, backup_json=about), new)
    assert "backup.json cannot be read" in refused(rewritten(backup, backup_json=b"{}"), new)
    assert "no backup of this program" in refused(rewritten(backup, **{"../../escaped": b"x"}), new)
    assert "damaged" in refused(rewritten(backup, **{"omost.db": b"SQLite format 3\0" + b"\1" * 8000}), new)
    assert not new.database.exists()
    assert not (tmp_path / "escaped").exists()
    here = installation(tmp_path / "bot")
    before = here.database.read_bytes()
    assert "--replace" in refused(backup, here)
    with sole_user(f"sqlite:///{here.database}"):
        assert "stop it first" in refused(backup, here, replace=True)
    assert here.database.read_bytes() == before


@pytest.mark.slow
def test_a_backup_never_overwrites_and_leaves_nothing_half_done(backup: Path, tmp_path: Path) -> None:
    here = installation(tmp_path / "bot")
    with pytest.raises(BackupError, match="there already"):
        save(here, backup)
    with pytest.raises(StoreError, match="There is no database"):
        save(installation(tmp_path / "nowhere"), tmp_path / "b.tar")
    with pytest.raises(BackupError, match="cannot be written"):
        save(here, Path("/dev/full/b.tar"))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.tar", "bot"]


@pytest.mark.slow
def test_a_picture_that_somebody_removed_is_said_to_be_missing(backup: Path, tmp_path: Path) -> None:
    [picture] = (tmp_path / "bot" / "pictures").glob("*.png")
    picture.unlink()
    assert save(installation(tmp_path / "bot"), tmp_path / "b.tar").missing == (f"pictures/{picture.name}",)


@pytest.mark.slow
def test_the_commands_make_and_restore_a_backup(
    backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path / "bot"))
    assert status_of(["backup", "b.tar"]) == 0
    assert "the database and 1 pictures" in capsys.readouterr().out
    assert status_of(["backup", "nowhere/b.tar"]) == 2
    assert "there is no folder 'nowhere'" in capsys.readouterr().err
    assert status_of(["restore", "b.tar"]) == 1
    assert "--replace" in capsys.readouterr().err
    assert status_of(["restore", "b.tar", "--replace"]) == 0
    assert "What was there before is in" in capsys.readouterr().out
    assert status_of(["check"]) == 0

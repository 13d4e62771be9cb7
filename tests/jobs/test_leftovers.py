"""No file is left of a picture that never came to be: not after a full disk, a cancelled job, or a death in between."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bot.messages import Action
from bot.ops.check import check
from bot.store.files import Folder
from tests.bot_parts import opened, working
from tests.fakes import until


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "pictures").glob("*"))


@pytest.mark.slow
async def test_a_full_disk_ends_the_job_in_words_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Folder, name: str, content: bytes) -> None:
        (tmp_path / "pictures").mkdir(exist_ok=True)
        (tmp_path / "pictures" / f"{name}.partial").write_bytes(content[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Folder, "write", full)
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a red house")
        await until(lambda: any(b.action is Action.RETRY for each in bot.chat.shown.values() for b in each.buttons))
        await bot.at_rest()
        assert files(tmp_path) == []
        [shown] = bot.chat.shown.values()
        assert "could not save the picture" in str(shown.text)
        monkeypatch.undo()
        await bot.press(Action.RETRY)
        await until(lambda: len(bot.chat.finished()) == 1)
        await bot.at_rest()
    assert check(tmp_path / "omost.db", tmp_path / "pictures").breaches == ()
    assert len(files(tmp_path)) == 1


@pytest.mark.slow
async def test_what_died_between_the_file_and_its_row_is_swept_and_all_else_is_left(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a red house")
        await until(lambda: len(bot.chat.finished()) == 1)
        await bot.at_rest()
        bot.engine.drawing.shut()
        await bot.say("at night")
        await until(bot.engine.drawing.reached.is_set)
        head = await bot.head()
        await bot.press(Action.CANCEL)
        await bot.at_rest()
    before = files(tmp_path)
    for name in (f"{head}-1.png", f"{head}-1.latents", f"{head}-2.png.partial", "zzzzzzzzzz-1.png"):
        (tmp_path / "pictures" / name).write_bytes(b"of a death")
    async with opened(tmp_path, bot.chat) as again, working(again):
        await until(lambda: files(tmp_path) == sorted([*before, "zzzzzzzzzz-1.png"]))

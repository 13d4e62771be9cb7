"""The whole program on the local Telegram: from the settings to the picture, through kill -9 and a clean stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.messages import Action
from tests.telegram.player import Player
from tests.telegram.server import TOKEN, LocalTelegram
from tests.telegram.world import Chat, Message

PATIENCE = 60.0
ROOT = Path(__file__).parents[2]


def settings(folder: Path, telegram: LocalTelegram) -> Path:
    file = folder / "config.toml"
    file.write_text(
        f"""
device = "cpu"
[web]
enabled = false
[telegram]
enabled = true
token = "{TOKEN}"
base_url = "{telegram.base_url}"
base_file_url = "{telegram.base_file_url}"
""",
        encoding="utf-8",
    )
    return file


@asynccontextmanager
async def program(folder: Path, telegram: LocalTelegram) -> AsyncGenerator[Process]:
    """The program, killed at the end if it still runs."""
    script = Path(__file__).with_name("bot_process.py")
    before = len(telegram.calls_to("setMyCommands"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(settings(folder, telegram)),
        str(folder),
        stdout=PIPE,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    try:
        await telegram.until(lambda: len(telegram.calls_to("setMyCommands")) >= before + 3, PATIENCE)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def pictures(telegram: LocalTelegram, chat: Chat) -> list[Message]:
    return [each for each in telegram.messages(chat) if any(data.startswith("reroll") for data in each.data())]


async def test_a_picture_survives_kill_9_and_comes_once(folder: Path) -> None:
    async with LocalTelegram(speed=1.0) as telegram:
        ann = Player(telegram, telegram.world.add_user("Ann"))
        group = telegram.world.add_group("Studio", ann.user)
        telegram.fail("sendMessage", after=True, hold=True)
        async with program(folder, telegram) as process:
            ann.say("/imagine a red house", group)
            await telegram.until(lambda: telegram.messages(group), PATIENCE)
            process.kill()  # after the post, before it knew the message's number
        (folder / "hold").touch()
        async with program(folder, telegram) as process:
            await telegram.until((folder / "reached").exists, PATIENCE)
            process.kill()  # in the middle of a render
        (folder / "hold").unlink()
        async with program(folder, telegram) as process:
            await telegram.until(lambda: pictures(telegram, group), PATIENCE)
            shown = pictures(telegram, group)[0]
            ann.say("make it night", group, to=shown)
            await telegram.until(lambda: len(pictures(telegram, group)) == 2, PATIENCE)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), PATIENCE)
            assert process.returncode == 0
        assert len(telegram.messages(group)) == 2
        assert [kind for _, _, kind in shown.versions][-1] == "photo"
        assert {data.partition(":")[0] for data in shown.data()} <= set(Action)
        assert not telegram.violations, telegram.violations
        assert not telegram.floods, telegram.floods

"""The program as it is, with its bundled models, on the local Telegram: through kill -9 at the worst moments.

A moment is hit without a change to the program: Telegram carries out the call that belongs to it, but holds its answer
back, so the program waits there until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.messages import Action
from tests.places import ROOT
from tests.platforms.telegram.player import Player
from tests.platforms.telegram.server import TOKEN, LocalTelegram
from tests.platforms.telegram.world import Chat, Message

pytest.importorskip("torch")

PATIENCE = 240.0
"""Seconds; a busy machine that has the models still to load is no reason to fail."""


def settings(folder: Path, telegram: LocalTelegram) -> Path:
    file = folder / "config.toml"
    file.write_text(
        f"""
device = "cpu"
[web]
enabled = false
[render]
steps = 30  # long enough for the drawing to be seen
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
    """The program, from its start; killed at the end if it still runs."""
    before = len(telegram.calls_to("getMe"))
    command = (sys.executable, "-m", "bot", "run", "--config", str(settings(folder, telegram)))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, cwd=folder, env=environment)
    try:
        await telegram.until(lambda: len(telegram.calls_to("getMe")) > before, PATIENCE)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def pictures(telegram: LocalTelegram, chat: Chat) -> list[Message]:
    return [each for each in telegram.messages(chat) if any(data.startswith("reroll") for data in each.data())]


def told(folder: Path) -> list[bool]:
    """For each job whether the database knows that its result was posted."""
    database = sqlite3.connect(folder / "data" / "omost.db")
    try:
        return [bool(known) for (known,) in database.execute("SELECT posted IS NOT NULL FROM job")]
    finally:
        database.close()


@pytest.mark.slow
async def test_a_picture_survives_kill_9_at_each_moment_and_comes_once(tmp_path: Path) -> None:
    async with LocalTelegram(speed=1.0) as telegram:
        ann = Player(telegram, telegram.world.add_user("Ann"))
        chat = ann.private

        telegram.fail("sendMessage", after=True, hold=True)
        async with program(tmp_path, telegram):
            ann.say("/imagine a red house under a yellow sun")
            await telegram.until(lambda: telegram.messages(chat), PATIENCE)
        # Killed after the first message was posted, before the program knew its number.

        telegram.fail("editMessageMedia", about="Drawing: step", after=True, hold=True)
        async with program(tmp_path, telegram):
            await telegram.until(lambda: "Drawing: step" in telegram.messages(chat)[0].text, PATIENCE)
        # Killed in the middle of the render.
        assert not pictures(telegram, chat)

        telegram.fail("editMessageMedia", about="reroll:", after=True, hold=True)
        async with program(tmp_path, telegram):
            await telegram.until(lambda: pictures(telegram, chat), PATIENCE)
        # Killed after the picture was posted, before the database knew.
        assert told(tmp_path) == [False]

        async with program(tmp_path, telegram) as process:
            await telegram.until(lambda: told(tmp_path) == [True], PATIENCE)
            [shown] = telegram.messages(chat)
            assert shown.file is not None
            assert "Seed" in shown.text
            assert {data.partition(":")[0] for data in shown.data()} <= set(Action)
            await ann.pressed(shown, "Code")
            code = "canvas.add_local_description("
            await telegram.until(lambda: any(code in each.text for each in telegram.messages(chat)[1:]), PATIENCE)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        assert pictures(telegram, chat) == [shown]
        assert not telegram.violations, telegram.violations
        assert not telegram.floods, telegram.floods

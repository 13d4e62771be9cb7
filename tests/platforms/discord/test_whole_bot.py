"""The program as it is, with the bundled models, against the local Discord: killed at the worst moments, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.platforms.discord.player import finished, form_values
from tests.platforms.discord.server import TOKEN, Hold
from tests.platforms.discord.stage import Stage

PATIENCE = 120.0
WEEK = 7 * 24 * 3600


def settings(stage: Stage) -> Path:
    """The bot's settings: the tiny models, Discord alone."""
    file = stage.folder / "config.toml"
    file.write_text(
        f"""
device = "cpu"
[web]
enabled = false
[discord]
enabled = true
token = "{TOKEN}"
api_url = "{stage.discord.api_url}"
gateway_url = "{stage.discord.gateway_url}"
""",
        encoding="utf-8",
    )
    return file


@asynccontextmanager
async def running(stage: Stage) -> AsyncGenerator[Process]:
    """The bot as a process of its own; killed at the end, if it has not ended before."""
    command = (sys.executable, "-m", "bot", "run", "--config", str(settings(stage)))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    bot = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL)
    before = len(stage.discord.calls_to("PUT", "/commands$"))
    try:
        await until(lambda: len(stage.discord.calls_to("PUT", "/commands$")) > before)
        await stage.discord.gateway.wait_connected(patience=PATIENCE)
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
        await bot.wait()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


async def killed(bot: Process, hold: Hold) -> None:
    """SIGKILL, while Discord keeps back its answer to a request that it has carried out."""
    async with asyncio.timeout(PATIENCE):
        await hold.reached.wait()
    bot.kill()
    assert await bot.wait() == -signal.SIGKILL
    hold.released.set()


def job(stage: Stage) -> sqlite3.Row:
    """The first job as the database knows it."""
    with sqlite3.connect(stage.folder / "data" / "omost.db") as database:
        database.row_factory = sqlite3.Row
        row: sqlite3.Row = database.execute("SELECT * FROM job ORDER BY id").fetchone()
    return row


@pytest.mark.slow
async def test_killed_three_times_it_delivers_once_and_a_week_later_its_buttons_work(bare: Stage) -> None:
    """Killed before it knows its status message, in the middle of a render, and before it notes the picture's post."""
    hold = bare.discord.hold("POST", r"/channels/\d+/messages$")
    async with running(bare) as bot:
        await bare.ann.slash(bare.channel, "imagine", prompt="red house", seed=5, steps=100)  # for a while
        await killed(bot, hold)
    [thread] = bare.discord.world.threads(bare.guild)
    [begun] = bare.bots(thread)
    assert job(bare)["status_message"] is None
    bare.discord.skip(3600)  # Discord has long forgotten the post's nonce
    hold = bare.discord.hold("PATCH", f"/messages/{begun.id}$", "-preview.jpg")
    async with running(bare) as bot:
        await killed(bot, hold)
    assert job(bare)["state"] == "running"
    hold = bare.discord.hold("PATCH", f"/messages/{begun.id}$", "Reroll")
    async with running(bare) as bot:
        await killed(bot, hold)
    assert (job(bare)["state"], job(bare)["posted"]) == ("finished", None)
    assert bare.pictures(thread) == [begun]
    bare.discord.skip(WEEK)
    async with running(bare) as bot:
        await until(lambda: job(bare)["posted"] is not None)
        assert bare.bots(thread) == [begun], "one message, the one that it began with"
        assert "Seed 5" in begun.content
        assert len(begun.files) == 1
        code = await finished(await bare.bob.press(begun, "Code"))
        assert any(meta["filename"].endswith(".py") for meta, _ in code.files)
        opened = await bare.bob.press(begun, "Edit")
        assert form_values(opened)["words"] == "red house"
        bot.terminate()
        assert await bot.wait() == 0

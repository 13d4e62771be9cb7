"""The whole program against the local Discord, killed at the worst moments: no picture lost, none posted twice.

Its models are quick fakes except in the last test, which runs the program as it is.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.discord.player import finished, form_labels
from tests.discord.server import TOKEN
from tests.discord.stage import Stage
from tests.discord.world import Channel

PATIENCE = 90.0
PROCESS = Path(__file__).with_name("bot_process.py")
ROOT = PROCESS.parents[2]


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
async def running(stage: Stage, *, as_it_is: bool = False) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The bot as a process of its own; killed at the end, if it has not been before."""
    config = str(settings(stage))
    quick = (sys.executable, str(PROCESS), config, str(stage.folder))
    command = (sys.executable, "-m", "bot", "run", "--config", config) if as_it_is else quick
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    bot = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
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


async def asked(stage: Stage) -> Channel:
    """The thread of a request of Ann's."""
    await stage.ann.slash(stage.channel, "imagine", prompt="red house", seed=5)
    await until(lambda: stage.discord.world.threads(stage.guild))
    return stage.discord.world.threads(stage.guild)[0]


@pytest.mark.parametrize("moment", ["step", "commit"])
async def test_killed_it_goes_on_in_the_same_message(bare: Stage, moment: str) -> None:
    """In the middle of a render, and after the picture was posted but before the database knew."""
    (bare.folder / f"hold-{moment}").touch()
    async with running(bare) as bot:
        thread = await asked(bare)
        await until((bare.folder / f"reached-{moment}").exists)
        bot.kill()
        await bot.wait()
    (bare.folder / f"hold-{moment}").unlink()
    [begun] = bare.bots(thread)
    assert bool(bare.pictures(thread)) == (moment == "commit")
    bare.discord.skip(3600)
    edits = len(begun.versions)
    async with running(bare):
        await until(lambda: bare.pictures(thread) and len(begun.versions) > edits)
        assert bare.bots(thread) == [begun], "one message, the one it owned before"
        assert len(begun.files) == 1
        assert (await finished(await bare.ann.press(begun, "Code"))).ephemeral
        await bare.bob.say(thread, "blue house")
        await until(lambda: len(bare.pictures(thread)) == 2)


async def test_it_is_all_there(bare: Stage) -> None:
    async with running(bare):
        thread = await asked(bare)
        await until(lambda: bare.pictures(thread))
        [picture] = bare.pictures(thread)
        assert "Seed 5" in picture.content
        opened = await bare.ann.press(picture, "Edit")
        assert form_labels(opened)[0] == "What to draw"
        await bare.ann.submit(opened, words="blue house")
        await until(lambda: len(bare.pictures(thread)) == 2)
        layout = await finished(await bare.bob.press(picture, "Layout"))
        region = layout.buttons[0]["options"][0]["label"]
        opened = await bare.bob.choose(layout, region)
        await bare.bob.submit(opened, colour="blue")
        await until(lambda: len(bare.pictures(thread)) == 3)
        words = await bare.bob.say(thread, "green house")
        await until(lambda: len(bare.pictures(thread)) == 4)
        await bare.bob.rewrite(words, "white house")
        await until(lambda: len(bare.pictures(thread)) == 5)
        opened = await bare.ann.slash(thread, "settings")
        await bare.ann.submit(opened, size="square")
        refused = await finished(await bare.bob.slash(thread, "settings", scope="This server's"))
        assert refused.ephemeral
        assert (await bare.mo.slash(thread, "settings", scope="This server's")).modal is not None
        queue = await finished(await bare.ann.slash(thread, "queue"))
        assert "waiting" in queue.content
        await bare.ann.press(bare.pictures(thread)[-1], "Variations")
        await until(lambda: any(len(each.files) == 4 for each in bare.pictures(thread)))


async def test_the_program_as_it_is_begins_in_a_thread_and_ends_cleanly(bare: Stage) -> None:
    async with running(bare, as_it_is=True) as bot:
        thread = await asked(bare)
        await until(lambda: bare.bots(thread))
        bot.terminate()
        assert await bot.wait() == 0

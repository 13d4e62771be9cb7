"""A whole bot on a real Ray: a replica is killed, replicas come and go with the work, the head is killed."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from bot.assembly import wiring
from bot.assembly.wiring import assemble
from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.messages import Action, Outgoing, Place, Pressed, Said
from bot.requests.limits import Limits
from bot.settings.config import RenderSettings, Settings
from omost_pipeline.engine.events import Drawn
from omost_pipeline.engine.ray.engine import RayEngine, _LostError
from omost_pipeline.engine.ray.frames import pack
from omost_pipeline.engine.requests import DrawRequest
from omost_pipeline.engine.wire import to_json
from omost_pipeline.renderer.protocol import RenderOptions
from tests.bot_parts import ANN, GENEROUS, new_store, work
from tests.contract.ray_engines import LOSE_DEVICE, witnessed
from tests.fakes import FakeChat, canvas_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.cluster,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed"),
]

PAUSE = 1.0
"""What a step takes, in seconds."""

STEPS = 8
"""Those of a picture that somebody asks for."""

PATIENCE = 400.0
"""Seconds: on two busy cores, Ray takes its time to start a process."""


@dataclass
class Running:
    """A bot that works, and the notes that its replicas leave."""

    bot: wiring.Bot
    engine: RayEngine
    chat: FakeChat
    notes: Path
    rooms: int = 0

    async def ask(self) -> Place:
        """Somebody asks for a picture, in a conversation of their own."""
        self.rooms += 1
        room = Place("test", f"room {self.rooms}")
        await self.bot.hooks.handle(Said(room, ANN, "a red house"))
        return room

    def posts(self, room: Place) -> list[Outgoing]:
        """What the messages there now show."""
        return [self.chat.shown[name] for name, there, _ in self.chat.posts if there == room]

    def finished(self, room: Place) -> bool:
        return any(button.action is Action.REROLL for post in self.posts(room) for button in post.buttons)

    def failed(self, room: Place) -> bool:
        return any(button.action is Action.RETRY for post in self.posts(room) for button in post.buttons)

    def begun(self) -> list[int]:
        """The processes of all drawings that were begun."""
        return [int(note.name.split("-")[1]) for note in self.notes.glob("begun-*")]

    def ended(self) -> list[str]:
        return [note.read_text() for note in self.notes.glob("ended-*")]


async def until(condition: Callable[[], object]) -> None:
    """Wait until ``condition`` holds, for as long as Ray may take."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Running]:
    """One replica that draws, up to three where there is work."""
    folder = tmp_path_factory.mktemp("bot")
    (folder / "notes").mkdir()
    engine = witnessed(folder / "notes", PAUSE, 1, 3, idle_seconds=10.0)
    chat = FakeChat()
    limits = Limits(shortest=64, longest=512, allowance=GENEROUS)
    async with new_store(folder) as store:
        settings = Settings(data_dir=folder, profile="tiny", render=RenderSettings.model_validate({"steps": STEPS}))
        bot = assemble(settings, store, engine, [lambda _: chat], limits=limits, pace=0.05, retry_after=0.01)
        task = asyncio.create_task(work(bot.worker, bot.announcer))
        yield Running(bot, engine, chat, folder / "notes")
        task.cancel()
        await asyncio.wait({task})


async def test_a_picture_whose_replica_is_killed_is_finished_elsewhere_and_posted_once(running: Running) -> None:
    room = await running.ask()
    await until(lambda: list(running.notes.glob("halfway-*")))
    [victim] = running.begun()
    os.kill(victim, signal.SIGKILL)
    await until(lambda: running.finished(room))
    assert len(running.begun()) == 2
    assert running.begun().count(victim) == 1
    assert len(running.posts(room)) == 1


async def test_a_replica_whose_device_is_lost_ends_and_its_picture_is_finished_by_another(running: Running) -> None:
    before = len(running.begun())
    (running.notes / LOSE_DEVICE).touch()
    room = await running.ask()
    await until(lambda: running.finished(room) or running.failed(room))
    assert running.finished(room)
    assert len(running.posts(room)) == 1
    assert len(running.begun()) == before + 2, "nothing more was asked of the one that lost it"


async def test_what_is_cancelled_ends_where_it_is_drawn(running: Running) -> None:
    before = len(running.begun())
    room = await running.ask()
    await until(lambda: len(running.begun()) > before)
    [post] = running.posts(room)
    [turn] = [button.turn for button in post.buttons if button.action is Action.CANCEL]
    await running.bot.hooks.handle(Pressed(room, ANN, Action.CANCEL, turn))
    await until(lambda: "broken off" in running.ended())


async def test_work_that_nobody_asks_about_any_more_ends_with_its_lease(running: Running) -> None:
    before = running.ended().count("broken off")
    engine = running.engine
    request = DrawRequest("abandoned", canvas_for("red house"), RenderOptions(64, 64, steps=400))
    errand = f"{await engine._cluster.url()}/errands/abandoned"
    await engine._call("PUT", errand, data=pack({"part": "renderer", "request": to_json(request)}, {}))
    await until(lambda: running.ended().count("broken off") > before)
    with pytest.raises(_LostError, match="404"):
        await engine._call("GET", errand)


async def test_replicas_come_and_go_with_the_work_and_finish_what_they_do(running: Running) -> None:
    before, count = running.begun(), 0
    request = DrawRequest("load", canvas_for("red house"), RenderOptions(64, 64, steps=30))

    async def load() -> None:
        """Ask for one picture after the other until three replicas draw."""
        nonlocal count
        while len(drawing()) < 3:
            count += 1
            async with aclosing(running.engine.run(request)) as events:
                assert isinstance([event async for event in events][-1], Drawn)

    def drawing() -> set[int]:
        return set(running.begun()) - set(before) | {each for each in before if psutil.pid_exists(each)}

    async with asyncio.timeout(2 * PATIENCE), asyncio.TaskGroup() as tasks:
        for _ in range(6):
            tasks.create_task(load())
    await until(lambda: sum(psutil.pid_exists(each) for each in set(running.begun())) == 1)
    last = await running.ask()
    await until(lambda: running.finished(last))
    assert len(running.begun()) == len(before) + count + 1, "nothing was begun twice: who had to go finished first"


async def test_a_head_that_is_killed_is_said_waited_for_and_followed_by_another(running: Running) -> None:
    before = len(running.begun())
    room = await running.ask()
    await until(lambda: len(running.begun()) > before)
    [head] = [each for each in psutil.Process().children(recursive=True) if each.name() == "gcs_server"]
    head.kill()
    said = say(Text("status-lost", part="renderer"))
    await until(lambda: any(said in str(post.text) for post in running.posts(room)))
    await until(lambda: running.finished(room))
    assert len(running.posts(room)) == 1

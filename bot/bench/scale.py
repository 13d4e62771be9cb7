"""How many pictures a cluster draws in a minute as it grows, and what the bot itself takes for each.

The bot, its queue, its database and Ray are the program's own. What draws are stand-ins that take as long as a GPU and
need none; they all run on this machine, so what is measured is what the bot and Ray need beside the drawing.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.assembly.engines import require_ray
from bot.assembly.wiring import Bot, assemble
from bot.bench.jobs import Models
from bot.bench.load import Timed
from bot.jobs.job import Allowance
from bot.messages import Author, Place, Said
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.database import close, connect
from bot.store.migrate import upgrade
from bot.store.turns import Store
from omost_pipeline.engine.assets import MemoryAssets
from omost_pipeline.engine.events import Event
from omost_pipeline.engine.families import sizes_of
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.mixed import MixedEngine
from omost_pipeline.engine.protocol import Engine, EngineInfo
from omost_pipeline.engine.ray.cluster import Cluster
from omost_pipeline.engine.ray.engine import RayEngine
from omost_pipeline.engine.ray.plan import ClusterPlan, Pool
from omost_pipeline.engine.requests import Request
from omost_pipeline.profiles import PROFILES

REPLICAS = (1, 2, 4, 8, 16)
SECONDS = 2.0
"""What a picture takes."""
ROUNDS = 6
"""Pictures that each replica draws while it is measured, and two before: what is first used costs once."""

_PROFILE = PROFILES["tiny"]
_WARM = 2
_PACE = 1.5


def run(
    replicas: Sequence[int] = REPLICAS,
    seconds: float = SECONDS,
    rounds: int = ROUNDS,
    database: str = "",
    *,
    here: bool = False,
) -> dict[str, object]:
    """Jobs a minute for each number of replicas, and their share of as many times what one could do at best.

    ``database`` is an empty one's URL; without it SQLite is used, a new file for each number. ``here``: without Ray, by
    stand-ins in this process, whose CPU time is then among the bot's.

    Raises:
        MissingExtraError: if Ray is not installed.
    """
    numbers = sorted(replicas, reverse=True)
    if here:
        return asyncio.run(_measured_here(numbers, seconds, rounds, database))
    require_ray("bench scale")
    return asyncio.run(_measured(numbers, seconds, rounds, database))


class _Shared(Cluster):
    """Stays when one bot after the other lets go of it."""

    async def close(self) -> None:
        """Nothing is let go."""


async def _measured(numbers: Sequence[int], seconds: float, rounds: int, database: str) -> dict[str, object]:
    """Most replicas first: to let some go is quick."""
    cluster = _Shared(_plan(numbers[0], seconds))
    figures: dict[str, dict[str, float]] = {}
    try:
        for number in numbers:
            await cluster.deploy(_plan(number, seconds))
            names = _PROFILE.name, "stand-in", "stand-in"
            engine = RayEngine(cluster, EngineInfo(*names, sizes_of(_PROFILE.renderer), cluster.plan.capacity))
            figures[str(number)] = await _of(engine, number, seconds, rounds, database)
    finally:
        await Cluster.close(cluster)
    return _figures("ray", seconds, rounds, database, figures)


async def _measured_here(numbers: Sequence[int], seconds: float, rounds: int, database: str) -> dict[str, object]:
    figures: dict[str, dict[str, float]] = {}
    for number in numbers:
        cards = _Cards(number, seconds)
        engine = MixedEngine([LocalEngine(Models(_PROFILE, 0.0), cards.assets)], cards)
        figures[str(number)] = await _of(engine, number, seconds, rounds, database)
    return _figures("here", seconds, rounds, database, figures)


class _Cards:
    """Stand-ins for cards in this process, each of which draws one picture at a time."""

    def __init__(self, number: int, seconds: float) -> None:
        self.assets = MemoryAssets()
        self._cards = [LocalEngine(Models(_PROFILE, seconds), self.assets) for _ in range(number)]
        self._free: asyncio.Queue[LocalEngine] = asyncio.Queue()
        for card in self._cards:
            self._free.put_nowait(card)

    async def describe(self) -> EngineInfo:
        """As one card, with room for the work of all."""
        return replace(await self._cards[0].describe(), capacity=len(self._cards))

    async def prepare(self) -> None:
        """There is nothing to load."""

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        """As :class:`~omost_pipeline.engine.protocol.Engine`."""
        card = await self._free.get()
        try:
            async with aclosing(card.run(request)) as events:
                async for event in events:
                    yield event
        finally:
            self._free.put_nowait(card)

    async def close(self) -> None:
        """Let all go."""
        for card in self._cards:
            await card.close()


def _figures(
    where: str, seconds: float, rounds: int, database: str, figures: Mapping[str, dict[str, float]]
) -> dict[str, object]:
    return {
        "replicas_are": where,
        "seconds_per_picture": seconds,
        "pictures_per_replica": rounds,
        "cpu_cores": len(os.sched_getaffinity(0)),
        "database": make_url(database).get_backend_name() if database else "sqlite",
        "replicas": {number: figures[number] for number in reversed(list(figures))},
    }


def _plan(number: int, seconds: float) -> ClusterPlan:
    return ClusterPlan(Pool(partial(stand_in, seconds), number, number), Pool(partial(stand_in, 0.0)), drain=30.0)


def stand_in(seconds: float) -> LocalEngine:
    """A replica's engine."""
    return LocalEngine(Models(_PROFILE, seconds))


async def _of(engine: Engine, number: int, seconds: float, rounds: int, url: str) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), profile=_PROFILE.name, database_url=url)
        await asyncio.to_thread(upgrade, settings.database)
        database, chat = connect(settings.database), Timed()
        counts = _count(database)
        limits, lease = Limits(allowance=Allowance(1e9, 1e9, 1e9)), settings.job_lease
        bot = assemble(settings, Store(database), engine, [lambda _: chat], limits=limits, pace=_PACE, lease=lease)
        asked = number * (rounds + 1)  # more than are measured, so that nobody runs dry
        await _ask(bot, f"{number}, first", number * _WARM)
        cpu, loop, before = time.process_time(), time.thread_time(), Counter(counts)
        await _ask(bot, f"{number}", asked)
        asking_cpu, asking_loop, asking = time.process_time() - cpu, time.thread_time() - loop, counts - before
        working = asyncio.gather(bot.worker.run(), bot.announcer.run(_PACE))
        try:
            await _finished(chat, number * _WARM, working)
            counted = Counter(counts)
            begun, cpu, loop = time.perf_counter(), time.process_time(), time.thread_time()
            finished = chat.finished
            await _finished(chat, number * (_WARM + rounds), working)
            took, used, jobs = time.perf_counter() - begun, time.process_time() - cpu, chat.finished - finished
            loop = time.thread_time() - loop
            done = counts - counted
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            await close(database)
    return {
        "jobs_per_minute": round(60 * jobs / took, 1),
        "of_linear": round(jobs / took * seconds / number, 3),
        "bot_cpu_ms_per_job": round(1000 * (used / jobs + asking_cpu / asked), 1),
        "event_loop_cpu_ms_per_job": round(1000 * (loop / jobs + asking_loop / asked), 1),
        **{f"{what}_per_job": round(done[what] / jobs + asking[what] / asked, 1) for what in sorted(done)},
    }


def _count(database: AsyncEngine) -> Counter[str]:
    """What the bot has its database do from now on: statements, and transactions that changed something."""
    counts, changing = Counter[str](), set[int]()

    def note(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        del cursor
        counts["statements"] += 1
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            changing.add(id(connection))

    def commit(connection: Connection) -> None:
        if id(connection) in changing:
            changing.remove(id(connection))
            counts["writing_transactions"] += 1

    event.listen(database.sync_engine, "before_cursor_execute", note)
    event.listen(database.sync_engine, "commit", commit)
    return counts


async def _ask(bot: Bot, whose: str, jobs: int) -> None:
    for number in range(jobs):
        place = Place("discord", f"thread {number} for {whose}")
        await bot.hooks.handle(Said(place, Author(str(number), "Ann"), "a red house"))


async def _finished(chat: Timed, jobs: int, working: asyncio.Future[tuple[None, None]]) -> None:
    """Wait until so many pictures are shown."""
    while chat.finished < jobs:
        either: set[asyncio.Future[Any]] = {working, chat.next_change()}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working

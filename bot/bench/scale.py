"""How many pictures a cluster draws in a minute as it grows, and what the bot itself takes for each.

The bot, its queue, its database and Ray are the program's own. What draws are stand-ins that take as long as a GPU and
need none; they all run on this machine, so what is measured is what the bot and Ray need beside the drawing.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.assembly import Bot, assemble, require_ray
from bot.bench.jobs import Models
from bot.bench.load import Timed
from bot.jobs.job import Allowance
from bot.messages import Author, Place, Said
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.database import close, connect
from bot.store.migrate import upgrade
from bot.store.turns import Store
from omost_pipeline.engine.families import sizes_of
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.protocol import EngineInfo
from omost_pipeline.engine.ray.cluster import Cluster
from omost_pipeline.engine.ray.engine import RayEngine
from omost_pipeline.engine.ray.plan import ClusterPlan, Pool
from omost_pipeline.profiles import PROFILES

REPLICAS = (1, 2, 4, 8, 16)
SECONDS = 2.0
"""What a picture takes."""
ROUNDS = 6
"""Pictures that each replica draws while it is measured, and two before."""

_PROFILE = PROFILES["tiny"]
_WARM = 2
_PACE = 1.5


def run(replicas: Sequence[int] = REPLICAS, seconds: float = SECONDS, rounds: int = ROUNDS) -> dict[str, object]:
    """Jobs a minute for each number of replicas, and their share of as many times what one could do at best.

    Raises:
        MissingExtraError: if Ray is not installed.
    """
    require_ray("bench scale")
    return asyncio.run(_measured(sorted(replicas, reverse=True), seconds, rounds))


class _Shared(Cluster):
    """Stays when one bot after the other lets go of it."""

    async def close(self) -> None:
        """Nothing is let go."""


async def _measured(numbers: Sequence[int], seconds: float, rounds: int) -> dict[str, object]:
    """Most replicas first: to let some go is quick."""
    cluster = _Shared(_plan(numbers[0], seconds))
    figures: dict[str, dict[str, float]] = {}
    try:
        for number in numbers:
            await cluster.deploy(_plan(number, seconds))
            figures[str(number)] = await _of(cluster, number, seconds, rounds)
    finally:
        await Cluster.close(cluster)
    return {
        "seconds_per_picture": seconds,
        "pictures_per_replica": rounds,
        "cpu_cores": len(os.sched_getaffinity(0)),
        "replicas": {number: figures[number] for number in reversed(figures)},
    }


def _plan(number: int, seconds: float) -> ClusterPlan:
    return ClusterPlan(Pool(partial(stand_in, seconds), number, number), Pool(partial(stand_in, 0.0)), drain=30.0)


def stand_in(seconds: float) -> LocalEngine:
    """A replica's engine."""
    return LocalEngine(Models(_PROFILE, seconds))


async def _of(cluster: Cluster, number: int, seconds: float, rounds: int) -> dict[str, float]:
    names = _PROFILE.name, "stand-in", "stand-in"
    engine = RayEngine(cluster, EngineInfo(*names, sizes_of(_PROFILE.renderer), cluster.plan.capacity))
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), profile=_PROFILE.name)
        await asyncio.to_thread(upgrade, settings.database)
        database, chat = connect(settings.database), Timed()
        limits = Limits(allowance=Allowance(1e9, 1e9, 1e9))
        bot = assemble(settings, Store(database), engine, [lambda _: chat], limits=limits, pace=_PACE)
        working = asyncio.gather(bot.worker.run(), bot.announcer.run(_PACE))
        try:
            await _ask(bot, number * (_WARM + rounds + 1))  # more than is measured, so that nobody runs dry
            await _finished(chat, number * _WARM, working)
            begun, cpu, before = time.perf_counter(), time.process_time(), chat.finished
            await _finished(chat, number * (_WARM + rounds), working)
            took, used, jobs = time.perf_counter() - begun, time.process_time() - cpu, chat.finished - before
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            await close(database)
    return {
        "jobs_per_minute": round(60 * jobs / took, 1),
        "of_linear": round(jobs / took * seconds / number, 3),
        "bot_cpu_ms_per_job": round(1000 * used / jobs, 1),
    }


async def _ask(bot: Bot, jobs: int) -> None:
    for number in range(jobs):
        await bot.hooks.handle(Said(Place("discord", f"thread {number}"), Author(str(number), "Ann"), "a red house"))


async def _finished(chat: Timed, jobs: int, working: asyncio.Future[tuple[None, None]]) -> None:
    """Wait until so many pictures are shown."""
    while chat.finished < jobs:
        await asyncio.wait({working}, timeout=0.02)
        if working.done():
            await working

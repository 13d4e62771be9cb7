"""Many people on three chats at once: how soon they see a sign, how long they wait, and what memory does.

The bot, its queue and its database are the program's own; the models and the chats are stand-ins. A chat answers at
once, so what is measured is the bot's own part; a platform's rate limit comes on top of it.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.assembly.wiring import Bot, assemble
from bot.bench.jobs import Models, Watched
from bot.jobs.job import Allowance
from bot.messages import Author, Outgoing, Place, Said
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.database import close, connect
from bot.store.migrate import upgrade
from bot.store.turns import Store
from bot.turns.conversation import Draft
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.profiles import PROFILES

PEOPLE, JOBS = 60, 100
_CHATS = ("discord", "telegram", "web")
_SIDE = 64
_BATCH = 20
_APART = 0.02
"""Seconds between those who ask one after another."""


def run(people: int = PEOPLE, work: int = JOBS) -> dict[str, object]:
    """Let ``people`` ask at once, then have the bot do about ``work`` jobs."""
    return asyncio.run(_measured(people, work))


async def _measured(people: int, work: int) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), profile="tiny")
        await asyncio.to_thread(upgrade, settings.database)
        database = connect(settings.database)
        chats = [Timed(platform) for platform in _CHATS]
        limits = Limits(shortest=_SIDE, allowance=Allowance(1e9, 1e9, 1e9, _weigh))
        models = Models(PROFILES["tiny"], 0.0)
        made = [lambda _, each=each: each for each in chats]
        bot = assemble(settings, Store(database), LocalEngine(models), made, limits=limits, pace=0.5)
        try:
            signs = await _all_at_once(bot, chats, people)
            waits = await _shares(bot, people)
            memory = await _through(bot, chats, work)
        finally:
            await close(database)
    return {"people": people, **signs, "waits": waits, "memory": memory}


def _weigh(draft: Draft) -> float:
    return float(draft.images)


@dataclass
class Timed(Watched):
    """Notes when each place first got a message."""

    platform: str = "discord"
    begun: dict[str, float] = field(default_factory=dict)
    signed: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    async def sign(self, asked: float) -> None:
        """A platform's sign of life, which its adapter starts beside all else as soon as words have come."""
        self.signed.append(time.perf_counter() - asked)

    async def post(self, place: Place, message: Outgoing) -> str:
        if (asked := self.begun.pop(place.key, None)) is not None:
            self.waited.append(time.perf_counter() - asked)
        return await super().post(place, message)


async def _all_at_once(bot: Bot, chats: list[Timed], people: int) -> dict[str, object]:
    """Seconds until each of so many people has a sign of life, and a message.

    Half of them ask in the same moment, the others one after another while those are being answered. The two seconds
    in which adapters wait for more words are left out.
    """

    async def ask(number: int) -> None:
        chat = chats[number % len(chats)]
        place = Place(chat.platform, f"room{number}")
        if number >= people // 2:
            await asyncio.sleep((number - people // 2) * _APART)
        asked = chat.begun[place.key] = time.perf_counter()
        tasks.create_task(chat.sign(asked))
        await bot.hooks.handle(Said(place, Author(str(number), "Ann"), f"/imagine --count {1 + number % 3} a house"))

    async with asyncio.TaskGroup() as tasks:
        for number in range(people):
            tasks.create_task(ask(number))
    return {
        "first_sign": _spread([second for chat in chats for second in chat.signed]),
        "first_message": _spread([second for chat in chats for second in chat.waited]),
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "seconds_median": round(ordered[len(ordered) // 2], 3),
        "seconds_99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 3),
        "told": len(ordered),
    }


async def _shares(bot: Bot, people: int) -> dict[str, object]:
    """Everybody has asked for up to three pictures; a third of them for more. Waits are counted in pictures drawn."""
    dice = random.Random(1)
    more = [number for number in range(people) if number % 3 == 0]
    for number in dice.sample(more, len(more)):
        platform = _CHATS[number % len(_CHATS)]
        for each in range(3):
            place = Place(platform, f"more{number}-{each}")
            await bot.hooks.handle(Said(place, Author(str(number), "Ann"), "/imagine --count 2 a tree"))
    order = [(each.job.author, float(each.turn.draft.images)) for each in await bot.queue.positions(10**6)]
    own: dict[str, float] = {}
    for author, weight in order:
        own[author] = own.get(author, 0.0) + weight
    total, drawn, worst = sum(own.values()), 0.0, 0.0
    got: dict[str, float] = {}
    for author, weight in order:
        drawn += weight
        got[author] = got.get(author, 0.0) + weight
        fair = min(total, sum(min(each, got[author]) for each in own.values()))
        worst = max(worst, drawn / fair)
    return {"jobs": len(order), "pictures": total, "longest_wait_to_fair_share": round(worst, 2)}


async def _through(bot: Bot, chats: list[Timed], work: int) -> dict[str, object]:
    """Memory over so many jobs: what waits already, then people who ask one after another."""
    doing = asyncio.gather(bot.worker.run(), bot.announcer.run(0.5))
    begun, sizes = time.perf_counter(), list[float]()
    done = asked = 0
    try:
        while done < work and not doing.done():
            waiting, running = await bot.queue.load()
            for _ in range(max(0, min(_BATCH - waiting - running, work - done))):
                asked += 1
                place = Place(_CHATS[asked % len(_CHATS)], f"later{asked}")
                await bot.hooks.handle(Said(place, Author(f"later{asked % 500}", "Bob"), "/imagine a boat"))
            await asyncio.sleep(0.05)
            done = sum(chat.finished for chat in chats)
            if len(sizes) * _BATCH <= done:
                sizes.append(_resident())
        if doing.done():
            await doing
    finally:
        doing.cancel()
        with suppress(asyncio.CancelledError):
            await doing
    took = time.perf_counter() - begun
    warm = sizes[len(sizes) // 3]
    return {
        "jobs": done,
        "jobs_per_second": round(done / took, 1),
        "mib_warm": round(warm, 1),
        "mib_end": round(sizes[-1], 1),
        "grown": round(sizes[-1] / warm - 1, 3),
    }


def _resident() -> float:
    """MiB of this process in memory now; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0.0
    return int(pages) * 4096 / 2**20

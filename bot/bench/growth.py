"""Whether what everybody does gets slower as the database grows: each operation on an empty one and on a full one.

The store, the queue and the statements are the program's own; :mod:`filling` puts the rows in.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.access.lists import AccessLists, CurrentLists
from bot.access.overview import Overview
from bot.access.personal import Person
from bot.access.privacy import Privacy, Retention
from bot.assembly.wiring import Bot, assemble
from bot.bench.filling import PROFILE, fill
from bot.bench.jobs import Models, Silent
from bot.jobs.job import Allowance, Job
from bot.messages import Author, Outgoing, Place
from bot.ops.metrics import Metrics
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.addresses import POSTGRES
from bot.store.assets import Pictures
from bot.store.database import close, connect
from bot.store.files import Folder
from bot.store.migrate import upgrade
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store
from bot.turns.conversation import Draft, TurnRecord, first_request, following
from omost_pipeline.engine.info import renderer_info
from omost_pipeline.engine.local import LocalEngine

CONVERSATIONS, TURNS, QUEUED = 1000, 50, 1000
REPEATS = 25
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
"""The server's processes that work for this program, which is alone with the database."""
_ALLOWED = Allowance(1e9, 1e9, 1e9)
_ANN = Author("ann", "Ann")
Operation = Callable[[Bot, str], Awaitable[object]]


@dataclass(frozen=True)
class _Measured:
    seconds: float
    statements: int


def run(
    conversations_: int = CONVERSATIONS,
    turns_: int = TURNS,
    queued: int = QUEUED,
    repeats: int = REPEATS,
    database: str = "",
) -> dict[str, object]:
    """Measure every operation over an empty database and over one of this size; the worst is named.

    ``database`` is the URL of an empty one, which is filled; without it SQLite is used, in new files.
    """
    return asyncio.run(_compared(conversations_, turns_, queued, repeats, database))


async def _compared(count: int, length: int, queued: int, repeats: int, url: str) -> dict[str, object]:
    async with _bot(url) as (bot, database):
        empty = await _measured(bot, database, repeats, "before")
    async with _bot(url) as (bot, database):
        begun = time.perf_counter()
        await fill(database, count, length, queued)
        filled = time.perf_counter() - begun
        full = await _measured(bot, database, repeats, "after")
    factors = {name: full[name].seconds / max(empty[name].seconds, 1e-6) for name in empty}
    worst = max(factors, key=lambda name: factors[name])
    return {
        "database": database.dialect.name,
        "conversations": count,
        "turns": count * length,
        "queued": queued,
        "filling_seconds": round(filled, 1),
        "operations": {
            name: {
                "empty_ms": round(1000 * empty[name].seconds, 3),
                "full_ms": round(1000 * full[name].seconds, 3),
                "times": round(factors[name], 2),
                "statements": [empty[name].statements, full[name].statements],
            }
            for name in empty
        },
        "worst": worst,
        "worst_times": round(factors[worst], 2),
    }


@asynccontextmanager
async def _bot(url: str) -> AsyncGenerator[tuple[Bot, AsyncEngine]]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), profile=PROFILE.name, database_url=url)
        await asyncio.to_thread(upgrade, settings.database)
        database = connect(settings.database)
        limits = Limits(allowance=_ALLOWED)
        engine = LocalEngine(Models(PROFILE, 0.0))
        bot = assemble(settings, Store(database), engine, [lambda _: Silent()], limits=limits)
        try:
            yield bot, database
        finally:
            await close(database)


async def _measured(bot: Bot, database: AsyncEngine, repeats: int, era: str) -> dict[str, _Measured]:
    """The median time and the statements of each operation, in one order, in places of an ``era`` of their own.

    Time is the processor's, so that it tells of the work and not of what else the machine does; with a server on
    another machine it is the clock's.
    """
    counted = [0]

    def count(*_: object) -> None:
        counted[0] += 1

    event.listen(database.sync_engine, "before_cursor_execute", count)
    found: dict[str, _Measured] = {}
    for name, operation in {**_OPERATIONS, **_watching(bot)}.items():
        await operation(bot, f"{era}-")
        clock = await _clock(database)
        times, counted[0] = [], 0
        for number in range(repeats):
            begun = clock()
            await operation(bot, f"{era}{number}")
            times.append(clock() - begun)
        found[name] = _Measured(statistics.median(times), counted[0] // repeats)
    event.remove(database.sync_engine, "before_cursor_execute", count)
    return found


async def _clock(database: AsyncEngine) -> Callable[[], float]:
    """What measures an operation, in seconds."""
    if database.dialect.name != POSTGRES:
        return time.process_time
    async with database.connect() as connection:
        theirs = [Path(f"/proc/{pid}") for pid in await connection.scalars(text(_BACKENDS))]
    if not all(_name(each) == "postgres" for each in theirs):
        return time.perf_counter
    files = [each / "schedstat" for each in theirs]
    return lambda: time.process_time() + sum(int(each.read_text().split()[0]) for each in files) / 1e9


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def _draft(head: TurnRecord | None) -> Draft:
    info = renderer_info(PROFILE)
    return first_request("a house", info, 1) if head is None else following(head, "a tree", info)


async def _ask(bot: Bot, name: str, author: Author = _ANN) -> Job:
    job = await bot.queue.enqueue(Place("discord", f"1/2/{name}"), author, _draft, _ALLOWED)
    await bot.queue.status_posted(job.id, "m")
    return job


async def _ask_and_cancel(bot: Bot, name: str) -> None:
    job = await _ask(bot, f"{name}c")
    await bot.queue.cancel(job.id)
    await bot.queue.posted(job.id)


async def _draw(bot: Bot, name: str) -> None:
    del name
    job = await bot.queue.claim()
    if job is not None:
        await bot.queue.fail(job, "")
        await bot.queue.posted(job.id)


async def _stand(bot: Bot, name: str) -> None:
    del name
    await bot.queue.waiting_of("discord:ann")


async def _position(bot: Bot, name: str) -> None:
    job = await _ask(bot, f"{name}p")
    await bot.queue.ahead(job.id)


async def _positions(bot: Bot, name: str) -> None:
    del name
    await bot.queue.positions(10)


async def _usual(bot: Bot, name: str) -> None:
    del name
    await bot.queue.usual_seconds()


async def _untold(bot: Bot, name: str) -> None:
    del name
    await bot.queue.untold()


async def _others(bot: Bot, name: str) -> None:
    del name
    await bot.queue.look()


async def _look(bot: Bot, name: str) -> None:
    place = Place("discord", f"1/2/{name}")
    known = await bot.store.conversation(place)
    if known is not None and known.head is not None:
        await bot.store.ancestry(known.head)
        await bot.store.drawn_turns(known.id, 10)
    await bot.store.made_from(place, "7")
    await bot.store.shown_by(place, "m")


async def _forget(bot: Bot, name: str) -> None:
    await _ask(bot, f"{name}f", Author(name, "Zoe"))
    pictures = Pictures(Folder(Path()))
    await Privacy(bot.store, bot.queue, bot.announcer, pictures, Retention()).forget(Person("discord", name))


async def _write(bot: Bot, name: str) -> None:
    transcript = StoredTranscript(bot.store)
    await transcript.add(Place("web", name), Outgoing("a house"), _ANN)


async def _list(bot: Bot, name: str) -> None:
    del name
    await StoredTranscript(bot.store).places("web")


async def _status(bot: Bot, name: str) -> None:
    del name
    await bot.queue.load()


def _watching(bot: Bot) -> dict[str, Operation]:
    """What one program answers again and again, and counts in part only now and then."""
    metrics = Metrics(bot.store)
    overview = Overview(bot.store, CurrentLists(AccessLists(owners=frozenset({"web:ann"}))))

    async def figures(bot: Bot, name: str) -> None:
        del bot, name
        await metrics.text()

    async def page(bot: Bot, name: str) -> None:
        del bot, name
        await overview(_ANN)

    return {"figures for Prometheus": figures, "the admins' page": page}


_OPERATIONS: dict[str, Operation] = {
    "ask for a picture": _ask,
    "ask, and see how many are ahead": _position,
    "ask, and cancel it": _ask_and_cancel,
    "where one stands": _stand,
    "positions of the next": _positions,
    "find a conversation": _look,
    "who is yet to be told": _untold,
    "what other processes did": _others,
    "begin and end a job": _draw,
    "how long a picture takes": _usual,
    "write in the web chat": _write,
    "list the web chat's conversations": _list,
    "/admin status": _status,
    "ask, and /forget": _forget,
}

"""Whether what everybody does gets slower as the database grows: each operation on an empty one and on a full one.

The store, the queue and the statements are the program's own; rows are put in by the thousand.
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

from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.assembly.wiring import Bot, assemble
from bot.bench.jobs import Models, Silent
from bot.jobs.job import Allowance, JobKind, State
from bot.messages import Author, Outgoing, Place
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.database import close, connect
from bot.store.migrate import upgrade
from bot.store.tables import conversations, jobs, posts, turns
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store
from bot.turns.conversation import Draft, TurnRecord, first_request, following
from omost_pipeline.canvas.codec import canvas_to_json
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.engine.info import renderer_info
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.profiles import PROFILES

CONVERSATIONS, TURNS, QUEUED = 1000, 50, 1000
REPEATS = 25
_ALLOWED = Allowance(1e9, 1e9, 1e9)
_ANN = Author("ann", "Ann")
_CANVAS = Canvas(
    GlobalDescription("A meadow."), (Region("in the center", "no offset", "a large square area", 2.0, "A."),)
)
_AT_ONCE = 5000

Operation = Callable[[Bot, int], Awaitable[object]]


@dataclass(frozen=True)
class _Measured:
    seconds: float
    statements: int


def run(
    conversations_: int = CONVERSATIONS, turns_: int = TURNS, queued: int = QUEUED, repeats: int = REPEATS
) -> dict[str, object]:
    """Measure every operation over an empty database and over one of this size; the worst is named."""
    return asyncio.run(_compared(conversations_, turns_, queued, repeats))


async def _compared(count: int, length: int, queued: int, repeats: int) -> dict[str, object]:
    async with _bot() as (bot, database):
        empty = await _measured(bot, database, repeats)
    async with _bot() as (bot, database):
        begun = time.perf_counter()
        await _fill(database, count, length, queued)
        filled = time.perf_counter() - begun
        full = await _measured(bot, database, repeats)
    factors = {name: full[name].seconds / max(empty[name].seconds, 1e-6) for name in empty}
    worst = max(factors, key=lambda name: factors[name])
    return {
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
async def _bot() -> AsyncGenerator[tuple[Bot, AsyncEngine]]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), profile="omost")
        await asyncio.to_thread(upgrade, settings.database)
        database = connect(settings.database)
        limits = Limits(allowance=_ALLOWED)
        engine = LocalEngine(Models(PROFILES["omost"], 0.0))
        bot = assemble(settings, Store(database), engine, [lambda _: Silent()], limits=limits)
        try:
            yield bot, database
        finally:
            await close(database)


async def _fill(database: AsyncEngine, count: int, length: int, queued: int) -> None:
    """Conversations of turns that are drawn, and as many that wait; in the web chat, too."""
    info = renderer_info(PROFILES["omost"])
    spec, canvas = first_request("a house", info, 1).spec.to_json(), canvas_to_json(_CANVAS)
    turn = {
        "author_name": "Bob",
        "author_language": "en",
        "corrections": "[]",
        "cut": False,
        "spec": spec,
        "profile": "omost",
        "model": "model",
        "fingerprint": "",
        "canvas": canvas,
    }
    job = {"kind": JobKind.RENDER, "error": "", "attempts": 1, "weight": 1.0, "status_message": "m"}
    async with database.begin() as connection:
        for first in range(0, count, _AT_ONCE // length or 1):
            some = range(first, min(count, first + (_AT_ONCE // length or 1)))
            place = {"platform": "discord", "title": "a house", "created": 1.0}
            places = [place | {"id": 1000 + n, "key": f"1/2/{n}", "head": f"t{n}x{length - 1}"} for n in some]
            await connection.execute(insert(conversations), places)
            rows = [
                turn
                | {
                    "id": f"t{n}x{k}",
                    "conversation": 1000 + n,
                    "parent": f"t{n}x{k - 1}" if k else None,
                    "author_id": str(n),
                    "created": float(k),
                    "words": "a house",
                    "message": str(k),
                }
                for n in some
                for k in range(length)
            ]
            await connection.execute(insert(turns), rows)
            done = {"state": State.FINISHED, "created": 1.0, "started": 1.0, "finished": 2.0, "posted": 3.0}
            ended = [
                job | done | {"turn": row["id"], "author": f"discord:{row['author_id']}", "virtual_finish": 1.0}
                for row in rows
            ]
            await connection.execute(insert(jobs), ended)
            said = {"platform": "web", "nonce": "", "author_id": "web", "author_name": "You", "buttons": "[]"}
            told = [
                said | {"key": f"k{n}", "text": "a house", "created": float(k), "changed": float(k)}
                for n in some
                for k in range(length)
            ]
            await connection.execute(insert(posts), told)
        waiting = [
            job
            | {"turn": f"t{n % count}x{n % length}", "author": f"discord:{n}", "state": State.QUEUED, "attempts": 0}
            | {"created": 5.0, "virtual_start": 1.0 + n / 1e6, "virtual_finish": 2.0, "posted": None}
            for n in range(queued)
        ]
        for first in range(0, queued, _AT_ONCE):
            await connection.execute(insert(jobs), waiting[first : first + _AT_ONCE])


async def _measured(bot: Bot, database: AsyncEngine, repeats: int) -> dict[str, _Measured]:
    """The median time and the statements of each operation, in one order.

    Time is the processor's, so that it tells of the work and not of what else the machine does.
    """
    counted = [0]

    def count(*_: object) -> None:
        counted[0] += 1

    event.listen(database.sync_engine, "before_cursor_execute", count)
    found: dict[str, _Measured] = {}
    for name, operation in _OPERATIONS.items():
        await operation(bot, -1)
        times, counted[0] = [], 0
        for number in range(repeats):
            begun = time.process_time()
            await operation(bot, number)
            times.append(time.process_time() - begun)
        found[name] = _Measured(statistics.median(times), counted[0] // repeats)
    event.remove(database.sync_engine, "before_cursor_execute", count)
    return found


def _draft(head: TurnRecord | None) -> Draft:
    info = renderer_info(PROFILES["omost"])
    return first_request("a house", info, 1) if head is None else following(head, "a tree", info)


def _place(number: int) -> Place:
    return Place("discord", f"1/2/new{number}")


async def _ask(bot: Bot, number: int) -> None:
    job = await bot.queue.enqueue(_place(number), _ANN, _draft, _ALLOWED)
    await bot.queue.status_posted(job.id, "m")


async def _draw(bot: Bot, number: int) -> None:
    del number
    job = await bot.queue.claim()
    if job is not None:
        await bot.queue.fail(job, "")
        await bot.queue.posted(job.id)


async def _stand(bot: Bot, number: int) -> None:
    del number
    await bot.queue.waiting_of("discord:ann")


async def _positions(bot: Bot, number: int) -> None:
    del number
    await bot.queue.positions(10)


async def _untold(bot: Bot, number: int) -> None:
    del number
    await bot.queue.usual_seconds()


async def _look(bot: Bot, number: int) -> None:
    place = _place(number)
    known = await bot.store.conversation(place)
    if known is not None and known.head is not None:
        await bot.store.ancestry(known.head)
    await bot.store.made_from(place, "7")
    await bot.store.shown_by(place, "m")


async def _write(bot: Bot, number: int) -> None:
    transcript = StoredTranscript(bot.store)
    await transcript.add(Place("web", f"new{number}"), Outgoing("a house"), _ANN)


async def _list(bot: Bot, number: int) -> None:
    del number
    await StoredTranscript(bot.store).places()


_OPERATIONS: dict[str, Operation] = {
    "ask for a picture": _ask,
    "where one stands": _stand,
    "positions of the next": _positions,
    "find a conversation": _look,
    "begin and end a job": _draw,
    "how long a picture takes": _untold,
    "write in the web chat": _write,
    "list the web chat's conversations": _list,
}

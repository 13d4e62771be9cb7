"""The bot's parts wired together over a real database, with fakes only for the platform and the models."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.assembly import wiring
from bot.assembly.platforms import MakePlatform
from bot.jobs.job import Allowance
from bot.jobs.queue import Queue
from bot.jobs.worker import Worker
from bot.messages import Action, Answer, Author, Incoming, Place, Pressed, Said, Submitted
from bot.requests.handlers import Handlers
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.database import connect
from bot.store.migrate import upgrade
from bot.store.turns import Store
from bot.telling.announcer import Announcer
from omost_pipeline.engine.local import LocalEngine
from tests.fakes import PATIENCE, FakeChat, FakeModels

if TYPE_CHECKING:
    from bot.ops.traces import Traces
    from tests.postgres_server import PostgresServer

PLACE = Place("test", "room")
ANN = Author("1", "Ann")
BOB = Author("2", "Bob")
GENEROUS = Allowance(100, 100, 1000)


@dataclass
class Bot:
    """A bot whose worker runs only where a test starts it."""

    store: Store
    queue: Queue
    chat: FakeChat
    engine: FakeModels
    handlers: Handlers
    worker: Worker
    announcer: Announcer
    folder: Path
    whole: wiring.Bot

    async def handle(self, incoming: Incoming) -> Answer:
        """As a platform's adapter would: what comes back is in words."""
        return await self.whole.hooks.handle(incoming)

    async def admit(self, incoming: Incoming) -> Answer:
        """As :meth:`handle`, before there is a place."""
        return await self.whole.hooks.admit(incoming)

    async def say(self, text: str, place: Place = PLACE, author: Author = ANN) -> Answer:
        return await self.handle(Said(place, author, text))

    async def press(
        self, action: Action, turn: str | None = None, place: Place = PLACE, author: Author = ANN
    ) -> Answer:
        return await self.handle(Pressed(place, author, action, turn or self.chat.button(action)))

    async def submit(self, turn: str | None = None, place: Place = PLACE, **values: str) -> Answer:
        turn = turn or self.chat.button(Action.EDIT)
        return await self.handle(Submitted(place, ANN, Action.EDIT, turn, values))

    async def at_rest(self) -> None:
        """Wait until nobody is left to be told anything."""
        async with asyncio.timeout(PATIENCE):
            while await self.queue.untold():
                await asyncio.sleep(0.01)

    async def head(self, place: Place = PLACE) -> str:
        known = await self.store.conversation(place)
        assert known is not None
        assert known.head is not None
        return known.head


_postgres: list[PostgresServer] = []


@contextmanager
def on_postgres(server: PostgresServer) -> Iterator[None]:
    """Have every folder's database be one of this server's, meanwhile."""
    _postgres.append(server)
    try:
        yield
    finally:
        _postgres.pop()
        server.drop()


def database_url(folder: Path) -> str:
    if _postgres:
        return _postgres[-1].database_of(folder)
    return f"sqlite+aiosqlite:///{folder / 'omost.db'}"


@cache
def _empty_database() -> bytes:
    """A migrated database without a row; migrating one for each test would take longer than the tests."""
    with TemporaryDirectory() as folder:
        upgrade(database_url(Path(folder)))
        return (Path(folder) / "omost.db").read_bytes()


def _make_database(folder: Path) -> None:
    if not _postgres and not (folder / "omost.db").exists():
        (folder / "omost.db").write_bytes(_empty_database())


@asynccontextmanager
async def new_store(folder: Path) -> AsyncGenerator[Store]:
    """The database in ``folder``, made if there is none."""
    _make_database(folder)
    engine = connect(database_url(folder))
    try:
        yield Store(engine)
    finally:
        await engine.dispose()


def put_together(
    folder: Path,
    store: Store,
    models: FakeModels,
    platforms: Sequence[MakePlatform],
    limits: Limits | None = None,
    pace: float = 0.01,
    time_limit: float = 300.0,
    settings: Settings | None = None,
    traces: Traces | None = None,
) -> wiring.Bot:
    """The program's own wiring, with models that draw at once."""
    return wiring.assemble(
        settings or Settings(data_dir=folder),
        store,
        LocalEngine(models),
        platforms,
        profile=models.profile,
        limits=limits or Limits(shortest=64, longest=512, allowance=GENEROUS),
        pace=pace,
        retry_after=0.01,
        time_limit=time_limit,
        new_seed=lambda: 100,
        traces=traces,
    )


@asynccontextmanager
async def opened(
    folder: Path,
    chat: FakeChat | None = None,
    engine: FakeModels | None = None,
    limits: Limits | None = None,
    settings: Settings | None = None,
    traces: Traces | None = None,
) -> AsyncGenerator[Bot]:
    """A bot on the database in ``folder``, made if there is none."""
    _make_database(folder)
    database = connect(database_url(folder))
    chat = chat or FakeChat()
    engine = engine or FakeModels()
    bot = put_together(folder, Store(database), engine, [lambda _: chat], limits, settings=settings, traces=traces)
    try:
        yield Bot(bot.store, bot.queue, chat, engine, bot.handlers, bot.worker, bot.announcer, folder, bot)
    finally:
        await database.dispose()


async def work(worker: Worker, announcer: Announcer) -> None:
    """Do jobs and tell people of them until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run())
        tasks.create_task(announcer.run(0.01))


@asynccontextmanager
async def working(bot: Bot) -> AsyncGenerator[None]:
    """Run the bot's worker, and tell people of what it does, meanwhile."""
    running = asyncio.create_task(work(bot.worker, bot.announcer))
    try:
        yield
    finally:
        bot.engine.writing.open()
        bot.engine.drawing.open()
        running.cancel()
        done, _ = await asyncio.wait([running])
        for task in done:
            assert task.cancelled(), f"the worker ended by itself: {task.exception()!r}"


@asynccontextmanager
async def serving(bot: wiring.Bot) -> AsyncGenerator[None]:
    """Run everything that the bot runs, meanwhile."""
    tasks = [asyncio.create_task(service()) for service in bot.services]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

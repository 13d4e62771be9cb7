"""How much of an engine's time the bot uses: many people's jobs, with models that take as long as they are told.

The bot, its queue and its database are the program's own; only the models and the chat are stand-ins. The chat takes
an edit as slowly as a platform does, at Discord's pace.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.assembly.wiring import Bot, assemble
from bot.jobs.job import Allowance
from bot.messages import Author, Outgoing, Place, Said
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.database import close, connect
from bot.store.migrate import upgrade
from bot.store.turns import Store
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.describing import Describer
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.engine.events import Part
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.errors import ComposerError
from omost_pipeline.profiles import PROFILES, Profile
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step

JOBS = 20
SECONDS = 1.5
"""What a picture takes: a few steps of a distilled model on a large card."""
WAITING = 50
"""People whose positions are shown at once."""

_PACE = 1.5
"""Seconds between two edits of a message."""
_STEPS = 4
_CELL = 8
"""A preview has a pixel for each latent cell."""
_EDIT = 0.15
"""Seconds that a platform takes to answer."""
_REGION = Region("in the center", "no offset", "a large square area", 2.0, "A red house.", color="red")
_CANVAS = Canvas(GlobalDescription("A meadow."), (_REGION,))


def run(jobs: int = JOBS, seconds: float = SECONDS, waiting: int = WAITING) -> dict[str, object]:
    """Have ``jobs`` pictures made that take ``seconds`` each, then show the positions of ``waiting`` people."""
    return asyncio.run(_measured(jobs, seconds, waiting))


async def _measured(jobs: int, seconds: float, waiting: int) -> dict[str, object]:
    models = Models(PROFILES["omost"], seconds)
    async with _bot(models, jobs) as (bot, chat, _):
        took = await _work_through(bot, chat, jobs)
    idle = (took - jobs * seconds) / jobs
    async with _bot(models, waiting) as (bot, chat, database):
        positions = await _positions(bot, chat, database, waiting)
    return {
        "jobs": jobs,
        "seconds_per_picture": seconds,
        "jobs_per_hour": round(3600 * jobs / took, 1),
        "engine_busy": round(jobs * seconds / took, 3),
        "idle_seconds_per_job": round(idle, 3),
        "previews_made": models.previews,
        "steps": jobs * _STEPS,
        "positions": positions,
    }


async def _work_through(bot: Bot, chat: _Chat, jobs: int) -> float:
    """Seconds from the worker's start until every picture is shown."""
    for number in range(jobs):
        await bot.handlers.handle(Said(_place(number), Author(str(number), "Ann"), "a red house"))
    begun = time.perf_counter()
    work = asyncio.gather(bot.worker.run(), bot.announcer.run(_PACE))
    try:
        while chat.finished < jobs:
            either: set[asyncio.Future[Any]] = {work, chat.next_change()}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        return time.perf_counter() - begun
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _positions(bot: Bot, chat: _Chat, database: AsyncEngine, waiting: int) -> dict[str, object]:
    """What it takes to tell everybody who waits that they have moved up."""
    for number in range(waiting):
        await bot.handlers.handle(Said(_place(number), Author(str(number), "Ann"), "a red house"))
    (first, *_), edits = await bot.queue.positions(), chat.edits
    await bot.queue.cancel(first.job.id)
    begun = time.perf_counter()
    with _statements(database) as counted:
        teller = asyncio.create_task(bot.announcer.keep_positions(1.0))
        while chat.edits < edits + waiting - 1:
            await asyncio.wait({teller, chat.next_change()}, return_when=asyncio.FIRST_COMPLETED)
            if teller.done():
                await teller
    took = time.perf_counter() - begun
    teller.cancel()
    await asyncio.wait({teller})
    return {"waiting": waiting - 1, "statements": len(counted), "seconds": round(took, 3)}


def _place(number: int) -> Place:
    return Place("discord", f"thread {number}")


@contextmanager
def _statements(database: AsyncEngine) -> Iterator[list[str]]:
    """The SQL statements that are executed meanwhile."""
    counted: list[str] = []

    def count(*arguments: object) -> None:
        counted.append(str(arguments[2]))

    event.listen(database.sync_engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(database.sync_engine, "before_cursor_execute", count)


@asynccontextmanager
async def _bot(models: Models, people: int) -> AsyncGenerator[tuple[Bot, _Chat, AsyncEngine]]:
    """The program's own wiring, in a folder that goes with it."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), profile=models.profile.name)
        await asyncio.to_thread(upgrade, settings.database)
        database = connect(settings.database)
        chat = _Chat()
        limits = Limits(allowance=Allowance(people, 2 * people, 2 * people))
        bot = assemble(settings, Store(database), LocalEngine(models), [lambda _: chat], limits=limits)
        try:
            yield bot, chat, database
        finally:
            await close(database)


@dataclass
class Silent:
    """A platform that takes everything at once and keeps nothing."""

    platform: str = "discord"
    _posts: int = 0

    async def serve(self) -> None:
        """It hears nobody."""

    async def age_restricted(self, place: Place) -> bool:
        del place
        return False

    async def post(self, place: Place, message: Outgoing) -> str:
        del place, message
        self._posts += 1
        return f"m{self._posts}"

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        """Nothing is shown."""


@dataclass
class Watched(Silent):
    """One whose edits are counted, and those among them that show a finished picture."""

    finished: int = 0
    edits: int = 0
    _change: asyncio.Future[None] | None = None

    def next_change(self) -> asyncio.Future[None]:
        """Done when something more has been shown."""
        if self._change is None or self._change.done():
            self._change = asyncio.get_running_loop().create_future()
        return self._change

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        del place, message_id
        self.edits += 1
        self.finished += len(message.buttons) > 2
        if self._change is not None and not self._change.done():
            self._change.set_result(None)


class _Chat(Watched):
    """One that takes its time over edits."""

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        await asyncio.sleep(_EDIT)
        await super().edit(place, message_id, message)


@dataclass
class Models:
    """Both models. A composition takes no time, a picture ``seconds``; it is noise, as dear to encode as any."""

    profile: Profile
    seconds: float
    previews: int = 0
    swaps: bool = False
    _noise: dict[tuple[int, int], Image.Image] = field(default_factory=dict)

    @property
    def size_unit(self) -> int:
        return 64

    def composer(self) -> Models:
        return self

    def renderer(self) -> Models:
        return self

    def describer(self) -> Describer:
        """Nothing is described."""
        raise ComposerError("There is no model that sees pictures.")

    def classifier(self) -> None:
        """Nobody looks at what is drawn."""

    def ready(self, part: Part) -> bool:
        del part
        return True

    def settle(self) -> None:
        """Nothing is to be settled."""

    def unload(self) -> None:
        """Nothing is loaded."""

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        del history, words, options
        yield canvas_to_reply(_CANVAS)
        return None

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        del canvas, picture
        size = options.width, options.height
        if size not in self._noise:
            self._noise[size] = Image.effect_noise(size, 60).convert("RGB")
        preview = self._noise[size].resize((options.width // _CELL, options.height // _CELL))
        for number in range(1, _STEPS + 1):
            time.sleep(self.seconds / _STEPS)
            yield Step(number, _STEPS, lambda: preview)
        yield Rendered((self._noise[size],), (options.seed,))

"""What every platform can do for a test: people say things and press buttons, the bot's messages are looked at.

Behind all of them stands one whole bot, but with models that draw at once; nothing here knows a platform.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.assembly.platforms import Hooks
from bot.messages import Chat, Handle
from bot.store.turns import Store
from tests.bot_parts import new_store, put_together, serving
from tests.fakes import EditingModels, FakeModels

PATIENCE = 60.0
"""Seconds; a busy machine is no reason to fail."""


@dataclass(frozen=True)
class Shown:
    """A message of the bot's as people see it: its id, all its words, how many pictures it has, its buttons' labels."""

    id: str
    text: str
    pictures: int
    buttons: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether it is a finished picture's."""
        return "Reroll" in self.buttons


class Pauses:
    """Waits, in place of time, while the bot waits for more words: for nothing, or for ever."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._over.set()

    async def __call__(self, seconds: float) -> None:
        del seconds
        await self._over.wait()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Only a command ends a pause meanwhile."""
        self._over.clear()
        try:
            yield
        finally:
            self._over.set()


class Stage(Protocol):
    """A platform with people in a conversation. ``other`` is somebody else there; where a person is ``alone``, it is
    the same one in a second window.
    """

    engine: EditingModels
    pauses: Pauses
    alone: bool

    async def open(self) -> None:
        """Go where no conversation has begun."""
        ...

    async def ask(self, words: str) -> None:
        """Ask for the first picture."""
        ...

    async def say(self, words: str) -> str:
        """Write into the conversation; what comes back is the message's id."""
        ...

    async def bring(self, name: str, content: bytes, words: str = "") -> None:
        """Send a file into the conversation, with words beside it."""
        ...

    async def rewrite(self, message: str, words: str) -> None:
        """Change the words of one's message."""
        ...

    async def command(self, name: str) -> None:
        """Use a command in the conversation."""
        ...

    async def shown(self) -> list[Shown]:
        """The bot's messages in the conversation, oldest first."""
        ...

    async def press(self, message: Shown, label: str, *, other: bool = False) -> None:
        """Press a button."""
        ...

    async def choose(self, label: str) -> None:
        """Choose one of several things that are offered."""
        ...

    async def fill(self, **values: str) -> None:
        """Fill fields of the form that is open, by their labels with spaces as underscores, and send it."""
        ...

    async def told(self, words: str, *, other: bool = False) -> None:
        """Wait until the bot has said so to whoever acted."""
        ...

    async def restart(self) -> None:
        """Stop the bot and start it again."""
        ...


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.02)


async def pictures(stage: Stage, number: int) -> list[Shown]:
    """The finished pictures' messages, once there are ``number`` and nothing is under way."""
    found: list[Shown] = []

    async def finished() -> bool:
        found[:] = await stage.shown()
        return sum(each.done for each in found) >= number and not any("Cancel" in each.buttons for each in found)

    await until(finished)
    return [each for each in found if each.done]


async def says(stage: Stage, words: str) -> Shown:
    """The newest message that says so, once there is one."""
    found: list[Shown] = []

    async def said() -> bool:
        found[:] = [each for each in await stage.shown() if words in each.text]
        return bool(found)

    await until(said)
    return found[-1]


class Served(Chat, Protocol):
    """A platform's adapter."""

    async def serve(self) -> None:
        """Run until cancelled."""
        ...


Make = Callable[[Handle, Store], Served]
"""Makes an adapter for a handler, over a database."""


@asynccontextmanager
async def working(folder: Path, engine: FakeModels, *makes: Make) -> AsyncGenerator[None]:
    """The whole bot on some platforms, from its start to its end. The database in ``folder`` is made if need be."""
    async with new_store(folder) as store:
        platforms = [partial(_platform, make, store) for make in makes]
        bot = put_together(folder, store, engine, platforms, pace=0.05)
        async with serving(bot):
            try:
                yield
            finally:
                engine.writing.open()
                engine.drawing.open()


def _platform(make: Make, store: Store, hooks: Hooks) -> Served:
    return make(hooks.handle, store)


class Guest(Protocol):
    """A platform in a house."""

    def make(self, handle: Handle, store: Store) -> Served:
        """Its adapter, for the next start."""
        ...

    async def started(self) -> None:
        """Wait until the bot has logged in since the last time."""
        ...


class House:
    """One bot on several platforms at once. ``pauses`` are those while it waits for more words, on all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine, self.pauses = EditingModels(), Pauses()
        self.guests: list[Guest] = []
        self._exits = AsyncExitStack()

    async def start(self) -> None:
        """Start the bot."""
        makes = [each.make for each in self.guests]
        await self._exits.enter_async_context(working(self.folder, self.engine, *makes))
        for each in self.guests:
            await each.started()

    async def stop(self) -> None:
        """Stop it."""
        await self._exits.aclose()

    async def restart(self) -> None:
        """Stop the bot and start it again."""
        await self.stop()
        await self.start()

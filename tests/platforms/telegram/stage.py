"""A local Telegram with people on it, and the real adapter with a small handler in place of the rest of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.chat.telegram.chat import TelegramChat, Tempo
from bot.messages import Action, Field, Form, Option
from bot.store.database import connect
from bot.store.telegram_messages import StoredThreads
from bot.store.turns import Store
from tests.platforms.handler import Handler, edit_form, picture, result, status
from tests.platforms.telegram.player import Player
from tests.platforms.telegram.server import TOKEN, LocalTelegram
from tests.platforms.telegram.world import Chat, Message

__all__ = ["Handler", "Stage", "edit_form", "picture", "region_form", "result", "staged", "status"]

SPEED = 20.0
PAUSE = 0.02
"""Seconds between messages that are one request."""


REGIONS = tuple(Option(str(number), f"Region {number}") for number in range(11))


def region_form(turn: str) -> Form:
    """A form with more fields than a question can ask for."""
    places = tuple(Option(f"place {number}", f"Place {number}") for number in range(12))
    fields = (
        Field("description", "What it is", "a red house", multiline=True),
        Field("location", "Where", "place 0", options=places),
        Field("area", "How large", "small"),
        Field("color", "Colour", "red"),
        Field("nearness", "Nearness", "2"),
        Field("remove", "Remove it", ""),
    )
    return Form("A region", Action.REGION, turn, fields)


@dataclass
class Stage:
    """Everything a test needs. Ann owns the group; Bob is a member."""

    telegram: LocalTelegram
    group: Chat
    ann: Player
    bob: Player
    handler: Handler
    database: str
    options: dict[str, Any] = field(default_factory=dict)
    chat: TelegramChat | None = None

    @asynccontextmanager
    async def running(self, **changes: Any) -> AsyncGenerator[TelegramChat]:  # noqa: ANN401 - the adapter's options
        """The adapter, from its log-in to its clean end."""
        engine = connect(self.database)
        options: dict[str, Any] = {
            "base_url": self.telegram.base_url,
            "base_file_url": self.telegram.base_file_url,
            "tempo": Tempo().faster(SPEED),
            "poll_seconds": 2.0,
            "pause": PAUSE,
            "token": TOKEN,
        }
        options |= self.options | changes
        chat = TelegramChat(options.pop("token"), self.handler.handle, StoredThreads(Store(engine)), **options)
        self.chat = self.handler.chat = chat
        before = len(self.telegram.calls_to("setMyCommands"))
        serving = asyncio.create_task(chat.serve())
        try:
            while len(self.telegram.calls_to("setMyCommands")) < before + 3:
                await asyncio.wait({serving}, timeout=0.01)
                if serving.done():
                    serving.result()
            yield chat
        finally:
            serving.cancel()
            done, _ = await asyncio.wait({serving}, timeout=15)
            await engine.dispose()
            assert done, "the adapter does not end"
            assert serving.cancelled() or serving.exception() is not None

    async def until(self, condition: Any) -> None:  # noqa: ANN401 - any callable
        await self.telegram.until(condition)

    def pictures(self, chat: Chat) -> list[Message]:
        """The bot's finished pictures with their buttons."""
        return [each for each in self.telegram.messages(chat) if "Reroll" in each.labels()]

    async def picture(self, chat: Chat, number: int = 1) -> Message:
        """The newest finished picture, once there are ``number``."""
        await self.until(lambda: len(self.pictures(chat)) >= number)
        return self.pictures(chat)[-1]

    async def newest(self, chat: Chat, number: int = 1) -> Message:
        """The newest message of the bot's, once there are ``number``."""
        await self.until(lambda: len(self.telegram.messages(chat)) >= number)
        return self.telegram.messages(chat)[-1]


@asynccontextmanager
async def staged(folder: Path, *, privacy: bool = True) -> AsyncGenerator[Stage]:
    """A local Telegram with a group and people, over the database in ``folder``; no bot yet.

    No rule may have been broken at the end.
    """
    database = f"sqlite+aiosqlite:///{folder / 'omost.db'}"
    async with LocalTelegram(privacy=privacy, speed=SPEED) as telegram:
        ann, bob = (Player(telegram, telegram.world.add_user(name)) for name in ("Ann", "Bob"))
        group = telegram.world.add_group("Studio", ann.user, bob.user)
        stage = Stage(telegram, group, ann, bob, Handler(REGIONS, region_form), database)
        yield stage
        assert not telegram.violations, telegram.violations
        assert not telegram.floods, telegram.floods

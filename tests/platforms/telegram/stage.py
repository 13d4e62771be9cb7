"""A local Telegram with people on it, and the real adapter with a small handler in place of the rest of the bot."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from bot.chat.telegram.chat import TelegramChat, Tempo
from bot.messages import (
    Action,
    Answer,
    Attachment,
    Button,
    Choices,
    Field,
    Form,
    Incoming,
    Notice,
    Option,
    Outgoing,
    Place,
    Pressed,
    Rewritten,
    Said,
    Submitted,
)
from bot.store.store import Store, connect
from bot.store.telegram_messages import StoredThreads
from tests.platforms.telegram.player import Player
from tests.platforms.telegram.server import TOKEN, LocalTelegram
from tests.platforms.telegram.world import Chat, Message

SPEED = 20.0
PAUSE = 0.02
"""Seconds between messages that are one request."""


def picture(size: tuple[int, int] = (32, 32), color: str = "orange") -> bytes:
    """A small PNG."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def result(turn: str, words: str, files: tuple[Attachment, ...] | None = None) -> Outgoing:
    """A finished picture's message."""
    labels = ("Edit", "Reroll", "Variations", "Undo", "Layout", "Code")
    shown = files or (Attachment(f"{turn}.png", picture(), f"A picture of {words}"),)
    buttons = tuple(Button(Action(each.lower()), turn, each) for each in labels)
    return Outgoing(f"“{words}”\nSeed 7, 32 × 32", shown, buttons)


def status(turn: str, words: str, progress: float = 0.0, *, preview: bool = False) -> Outgoing:
    """A status message with its Cancel button."""
    shade = f"#{round(progress * 200):02x}8080"
    files = (Attachment(f"{turn}-preview.png", picture((8, 8), shade), "Preview"),) if preview else ()
    return Outgoing(f"“{words}”\nDrawing.", files, (Button(Action.CANCEL, turn, "Cancel"),), progress, f"{turn}-1")


def edit_form(turn: str) -> Form:
    """As the bot's edit form."""
    sizes = (Option("32x32", "Square"), Option("48x32", "Landscape"))
    fields = (
        Field("words", "What to draw", "a red house", multiline=True),
        Field("size", "Size", "32x32", options=sizes),
        Field("seed", "Seed", "7"),
    )
    return Form("Edit the picture", Action.EDIT, turn, fields)


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
class Handler:
    """Draws at once whatever is said, and answers buttons as the real one would. ``received`` is all that came in."""

    received: list[Incoming] = field(default_factory=list)
    chat: TelegramChat | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    delay: float = 0.0
    error: Exception | None = None
    draws: bool = True
    posted: list[str] = field(default_factory=list)

    async def handle(self, incoming: Incoming) -> Answer:
        self.received.append(incoming)
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        match incoming:
            case Said(text=text) if text in self.answers:
                return self.answers[text]
            case Said(text=text) if text.startswith("/") and not text.startswith(("/imagine ", "/edit ")):
                return Notice(f"You said {text}")
            case Said(text=text) | Rewritten(text=text):
                await self._draw(incoming.place, text.removeprefix("/imagine ").removeprefix("/edit "))
            case Pressed():
                return self._pressed(incoming)
            case Submitted():
                return Notice(f"Got {incoming.values}")
        return None

    async def _draw(self, place: Place, words: str) -> None:
        if not self.draws:
            return
        assert self.chat is not None
        turn = f"t{len(self.received)}"
        self.posted.append(await self.chat.post(place, status(turn, words)))
        await self.chat.edit(place, self.posted[-1], result(turn, words))

    def _pressed(self, pressed: Pressed) -> Answer:
        if pressed.author.name == "Bob" and pressed.action is Action.CANCEL:
            return Notice("Only Ann may do that.")
        match pressed.action:
            case Action.EDIT:
                return edit_form(pressed.turn)
            case Action.LAYOUT:
                regions = tuple(Option(str(number), f"Region {number}") for number in range(11))
                layout = (Attachment("layout.png", picture(), "The layout"),)
                return Choices("What stands where", Action.REGION, pressed.turn, regions, layout)
            case Action.REGION:
                return region_form(pressed.turn)
            case Action.CODE:
                files = (Attachment("t.png", picture(), ""), Attachment("t.py", b"canvas = Canvas()", ""))
                return Notice("canvas = Canvas()\n" * 10, files)
            case _:
                return None

    def said(self) -> list[Said]:
        return [each for each in self.received if isinstance(each, Said)]

    def submitted(self) -> list[Submitted]:
        return [each for each in self.received if isinstance(each, Submitted)]

    def pressed(self) -> list[Pressed]:
        return [each for each in self.received if isinstance(each, Pressed)]


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
        stage = Stage(telegram, group, ann, bob, Handler(), database)
        yield stage
        assert not telegram.violations, telegram.violations
        assert not telegram.floods, telegram.floods

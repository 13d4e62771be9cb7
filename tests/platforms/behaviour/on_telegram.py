"""The stage on Telegram: a group in which Ann and Bob reply to the bot."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.chat.telegram.chat import TelegramChat, Tempo
from bot.messages import Handle
from bot.store.telegram_messages import StoredThreads
from bot.store.turns import Store
from tests.platforms.behaviour.stage import PATIENCE, House, Shown
from tests.platforms.telegram.player import Player
from tests.platforms.telegram.server import TOKEN, LocalTelegram
from tests.platforms.telegram.world import Chat, Message

SPEED = 50.0


class TelegramStage:
    """A new group for each conversation."""

    alone = False
    waited_for = True

    def __init__(self, telegram: LocalTelegram, house: House) -> None:
        self.engine, self.pauses = house.engine, house.pauses
        self.telegram = telegram
        self._house = house
        self._ann, self._bob = (Player(telegram, telegram.world.add_user(name)) for name in ("Ann", "Bob"))
        self._group: Chat = self._ann.private
        self._before = self._past = self._commands = 0

    def make(self, handle: Handle, store: Store) -> TelegramChat:
        self._commands = len(self.telegram.calls_to("setMyCommands"))
        return TelegramChat(
            TOKEN,
            handle,
            StoredThreads(store),
            base_url=self.telegram.base_url,
            base_file_url=self.telegram.base_file_url,
            tempo=Tempo().faster(SPEED),
            sleep=self.pauses,
        )

    async def started(self) -> None:
        if not self.waited_for:
            return
        await self.telegram.until(lambda: len(self.telegram.calls_to("setMyCommands")) >= self._commands + 3, PATIENCE)

    async def restart(self) -> None:
        await self._house.restart()

    async def open(self) -> None:
        self._group = self.telegram.world.add_group("Studio", self._ann.user, self._bob.user)
        self._past = len(self.telegram.queries)

    async def ask(self, words: str) -> None:
        self._ann.say(f"/imagine {words}", self._group)

    async def say(self, words: str) -> str:
        return str(self._ann.say(words, self._group, to=self._bots()[-1]).id)

    async def bring(self, name: str, content: bytes, words: str = "") -> None:
        self._ann.send_file(name, content, words, self._group, to=self._bots()[-1])

    async def rewrite(self, message: str, words: str) -> None:
        self._ann.rewrite(self._group.messages[int(message)], words)

    async def command(self, name: str) -> None:
        self._before = len(self._bots())
        self._ann.say(f"/{name}", self._group)

    async def shown(self) -> list[Shown]:
        """An album's pictures count as those of the message below it."""
        found: list[Shown] = []
        above = 0
        for each in self._bots():
            if each.album:
                above += 1
                continue
            pictures = int(each.file is not None and each.file.kind == "photo")
            found.append(Shown(str(each.id), each.text, above or pictures, tuple(each.labels())))
            above = 0
        return found

    def _bots(self) -> list[Message]:
        return self.telegram.messages(self._group)

    async def _next(self) -> Message:
        """The answer to what was done last."""
        await self.telegram.until(lambda: len(self._bots()) > self._before, PATIENCE)
        return self._bots()[-1]

    async def press(self, message: Shown, label: str, *, other: bool = False) -> None:
        self._before = len(self._bots())
        await (self._bob if other else self._ann).pressed(self._group.messages[int(message.id)], label)

    async def choose(self, label: str) -> None:
        offered = await self._next()
        self._before = len(self._bots())
        await self._ann.pressed(offered, label)

    async def fill(self, **values: str) -> None:
        """A question is answered with all its parts; a keyboard is gone through field by field, and then sent."""
        form = await self._next()
        labels = {name.replace("_", " "): value for name, value in values.items()}
        if form.asks():
            parts = next(line for line in form.text.splitlines() if " | " in line).partition(": ")[2].split(" | ")
            assert set(labels) <= set(parts), f"it asks for {parts}"
            self._ann.say(" | ".join(labels.get(each, "") for each in parts), self._group, to=form)
            return
        for label, value in labels.items():
            await self._filled(form, label, value)
        await self._ann.pressed(form, "Send")

    async def _filled(self, form: Message, label: str, value: str) -> None:
        self._before = len(self._bots())
        await self._ann.pressed(form, f"{label}: ")
        await self.telegram.until(lambda: value in form.labels() or len(self._bots()) > self._before, PATIENCE)
        if value in form.labels():
            await self._ann.pressed(form, value)
        else:
            self._ann.say(value or "-", self._group, to=self._bots()[-1])
        await self.telegram.until(lambda: f"{label}: {value or '—'}" in form.labels(), PATIENCE)

    async def told(self, words: str, *, other: bool = False) -> None:
        who = (self._bob if other else self._ann).user

        def so() -> bool:
            toasts = [
                each.text or "" for each in list(self.telegram.queries.values())[self._past :] if each.user is who
            ]
            return any(words in text for text in (*toasts, *(each.text for each in self._bots())))

        await self.telegram.until(so, PATIENCE)


@asynccontextmanager
async def on_telegram(house: House) -> AsyncGenerator[TelegramStage]:
    """The stage for a bot that is yet to be started. No rule of Telegram's may have been broken at the end."""
    async with LocalTelegram(speed=SPEED) as telegram:
        yield TelegramStage(telegram, house)
        await house.stop()
        assert not telegram.violations, telegram.violations
        assert not telegram.floods, telegram.floods

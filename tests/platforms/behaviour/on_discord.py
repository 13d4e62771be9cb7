"""The stage on Discord: a thread of Ann's in a server, with Bob in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from bot.chat.discord.chat import DiscordChat
from bot.messages import Handle
from bot.store.inbox import StoredInbox
from bot.store.turns import Store
from tests.platforms.behaviour.stage import PATIENCE, House, Shown
from tests.platforms.discord.interactions import Interaction
from tests.platforms.discord.player import Player, plain
from tests.platforms.discord.server import TOKEN, LocalDiscord
from tests.platforms.discord.world import Message


class DiscordStage:
    """A new thread for each conversation."""

    alone = False

    def __init__(self, discord: LocalDiscord, house: House) -> None:
        self.engine, self.pauses = house.engine, house.pauses
        self.discord = discord
        self._house = house
        world = discord.world
        self._ann, self._bob = (Player(discord, world.add_user(name)) for name in ("Ann", "Bob"))
        self._guild = world.add_guild("Studio", self._ann.user)
        self._thread = self._channel = world.add_channel(self._guild, "pictures")
        self._last: Interaction | None = None
        self._past = 0
        self._commands = 0

    def make(self, handle: Handle, store: Store) -> DiscordChat:
        self._commands = len(self.discord.calls_to("PUT", "/commands$"))
        return DiscordChat(
            TOKEN,
            handle,
            StoredInbox(store),
            api_url=self.discord.api_url,
            gateway_url=self.discord.gateway_url,
            switches=self._house.folder / "listening.json",
            sleep=self.pauses,
        )

    async def started(self) -> None:
        await self.discord.gateway.wait_connected(patience=PATIENCE)
        await self._until(lambda: len(self.discord.calls_to("PUT", "/commands$")) > self._commands)

    async def _until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)

    async def restart(self) -> None:
        await self._house.restart()

    async def open(self) -> None:
        self._thread = self._channel
        self._past = len(self.discord.interactions)

    async def ask(self, words: str) -> None:
        before = len(self.discord.world.threads(self._guild))
        await self._ann.slash(self._channel, "imagine", prompt=words)
        await self._until(lambda: len(self.discord.world.threads(self._guild)) > before)
        self._thread = self.discord.world.threads(self._guild)[-1]

    async def say(self, words: str) -> str:
        return str((await self._ann.say(self._thread, words)).id)

    async def bring(self, name: str, content: bytes, words: str = "") -> None:
        await self._ann.bring(self._thread, name, content, words)

    async def rewrite(self, message: str, words: str) -> None:
        await self._ann.rewrite(self.discord.world.messages[int(message)], words)

    async def command(self, name: str) -> None:
        self._last = await self._ann.slash(self._thread, name)

    async def shown(self) -> list[Shown]:
        if self._thread is self._channel:
            return []
        return [
            Shown(str(each.id), plain(each.content), len(each.files), tuple(each.labels()))
            for each in self.discord.world.in_channel(self._thread)
            if each.author is self.discord.world.bot
        ]

    async def press(self, message: Shown, label: str, *, other: bool = False) -> None:
        pressed = self.discord.world.messages[int(message.id)]
        self._last = await (self._bob if other else self._ann).press(pressed, label)

    async def choose(self, label: str) -> None:
        self._last = await self._ann.choose(await self._answer(), label)

    async def fill(self, **values: str) -> None:
        assert self._last is not None, "nothing has been done"
        labels = {name.replace("_", " "): value for name, value in values.items()}
        self._last = await self._ann.submit(self._last, **labels)

    async def _answer(self) -> Message:
        """What was shown to whoever acted last."""
        acted = self._last
        assert acted is not None, "nothing has been done"
        await self._until(lambda: acted.shown is not None)
        assert acted.shown is not None, "it has been waited for"
        return acted.shown

    async def told(self, words: str, *, other: bool = False) -> None:
        who = (self._bob if other else self._ann).user

        def so() -> bool:
            lately = list(self.discord.interactions.values())[self._past :]
            alone = [each.shown for each in lately if each.user is who]
            here = self.discord.world.in_channel(self._thread)
            return any(words in plain(each.content) for each in (*alone, *here) if each is not None)

        await self._until(so)


@asynccontextmanager
async def on_discord(house: House) -> AsyncGenerator[DiscordStage]:
    """The stage for a bot that is yet to be started. No rule of Discord's may have been broken at the end.

    Nobody draws as quickly as the models here, so the limits on how often the bot may speak are left to its own tests.
    """
    async with LocalDiscord(messages=(500, 2.0), requests=(500, 1.0)) as discord:
        yield DiscordStage(discord, house)
        await house.stop()
        assert not discord.violations, discord.violations

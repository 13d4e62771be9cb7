"""A local Discord with people on it, and the real adapter with a small handler in place of the rest of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.chat.discord.chat import DiscordChat
from bot.chat.discord.listening import Traffic
from bot.chat.discord.pace import Pace
from bot.messages import Action, Field, Form, Option, Place
from bot.requests.limits import Limits
from bot.requests.options import parameters
from bot.store.inbox import StoredInbox
from tests.bot_parts import new_store
from tests.platforms.discord.player import Player
from tests.platforms.discord.server import TOKEN, LocalDiscord
from tests.platforms.discord.world import Channel, Guild, Message
from tests.platforms.handler import Handler, edit_form, picture, result, status

__all__ = ["Handler", "Stage", "edit_form", "picture", "region_form", "result", "staged", "status"]

PATIENCE = 30.0
PACE = Pace(burst=0.15, identify=0.1, retry=0.1)
IMPATIENT = replace(PACE, answer=0.05, passing=0.05)


REGIONS = (Option("0", "a red house", "in the center"), Option("1", "a tree", "on the left"))


def region_form(turn: str) -> Form:
    """A form with more fields than Discord has room for."""
    places = (Option("in the center", "In the center"), Option("on the left", "On the left"))
    sizes = (Option("a small square area", "Small square"), Option("a large square area", "Large square"))
    shifts = (Option("no offset", "No offset"), Option("slightly to the left", "Slightly to the left"))
    fields = (
        Field("description", "What it is", "a red house", multiline=True),
        Field("place", "Place", "in the center", options=places),
        Field("size", "Size", "a small square area", options=sizes),
        Field("colour", "Colour", "red"),
        Field("offset", "Shift", "no offset", options=shifts),
        Field("nearness", "Distance", "2"),
        Field(
            "remove", "Keep or remove it", "keep", options=(Option("keep", "Keep it"), Option("remove", "Remove it"))
        ),
    )
    return Form("A region", Action.REGION, turn, fields)


@dataclass
class Stage:
    """Everything a test needs. Ann owns the server; Bob is a member; Mo may moderate."""

    discord: LocalDiscord
    guild: Guild
    channel: Channel
    ann: Player
    bob: Player
    mo: Player
    handler: Handler
    chat: DiscordChat
    inbox: StoredInbox
    folder: Path
    options: dict[str, object] = field(default_factory=dict)

    async def imagine(self, words: str = "a harbour at dawn", **options: str | float) -> Channel:
        """Ann's /imagine, until its picture stands in the thread."""
        await self.ann.slash(self.channel, "imagine", prompt=words, **options)
        thread = await self.thread()
        async with asyncio.timeout(PATIENCE):  # a bot that ends before is to pass it on once more
            while await self.inbox.begun():
                await asyncio.sleep(0.01)
        return thread

    async def thread(self, number: int = 1) -> Channel:
        """The newest thread, once there are ``number`` and a picture stands in it."""
        await self.until(lambda: len(self.discord.world.threads(self.guild)) >= number)
        thread = self.discord.world.threads(self.guild)[-1]
        await self.until(lambda: self.pictures(thread))
        return thread

    def pictures(self, channel: Channel) -> list[Message]:
        """The bot's finished pictures in a channel."""
        here = self.discord.world.in_channel(channel)
        return [each for each in here if "Reroll" in each.labels()]

    def bots(self, channel: Channel) -> list[Message]:
        """Everything of the bot's in a channel."""
        return [each for each in self.discord.world.in_channel(channel) if each.author is self.discord.world.bot]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)

    def place(self, channel: Channel) -> Place:
        ids = [channel.guild, channel.parent, channel]
        return Place("discord", "/".join(str(each.id) for each in ids if each is not None))

    def channel_at(self, place: Place) -> Channel:
        return self.discord.world.channels[int(place.key.rpartition("/")[2])]

    @asynccontextmanager
    async def running(self, **changes: object) -> AsyncGenerator[DiscordChat]:
        """The adapter, from its connection to its clean end."""
        self.chat = self.handler.chat = make_chat(self, **changes)
        before = len(self.discord.calls_to("PUT", "/commands$"))
        serving = asyncio.create_task(self.chat.serve())
        connected = asyncio.create_task(self.discord.gateway.wait_connected(self.discord.shards))
        try:
            await asyncio.wait({serving, connected}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            await self.until(lambda: len(self.discord.calls_to("PUT", "/commands$")) > before)
            yield self.chat
        finally:
            connected.cancel()
            serving.cancel()
            done, _ = await asyncio.wait({serving}, timeout=PATIENCE)
            assert done, "the adapter does not end"
            assert serving.cancelled(), f"the adapter ended by itself: {serving.exception()!r}"


def make_chat(stage: Stage, **changes: object) -> DiscordChat:
    options: dict[str, object] = {
        "api_url": stage.discord.api_url,
        "gateway_url": stage.discord.gateway_url,
        "switches": stage.folder / "listening.json",
        "parameters": parameters(Limits()),
        "pace": PACE,
        "traffic": Traffic(messages=4, people=3),
        "token": TOKEN,
        "handle": stage.handler.handle,
    }
    options |= stage.options | changes
    return DiscordChat(inbox=stage.inbox, **options)  # type: ignore[arg-type]  # by name


@asynccontextmanager
async def staged(folder: Path) -> AsyncGenerator[Stage]:
    """A local Discord with a server, a channel and people; no bot yet. No rule may have been broken at the end."""
    async with LocalDiscord() as discord, new_store(folder) as store:
        world = discord.world
        ann, bob, mo = (Player(discord, world.add_user(name)) for name in ("Ann", "Bob", "Mo"))
        guild = world.add_guild("Studio", ann.user)
        guild.moderators.add(mo.user.id)
        channel = world.add_channel(guild, "pictures")
        handler = Handler(REGIONS, region_form)
        inbox = StoredInbox(store)
        chat = DiscordChat("", handler.handle, inbox)
        stage = Stage(discord, guild, channel, ann, bob, mo, handler, chat, inbox, folder)
        yield stage
        assert not discord.violations, discord.violations

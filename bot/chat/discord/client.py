"""The two kinds of discord.py client, sharded and not, and where their events go. Knows no conversation."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.discord.pace import BURST, SECONDS, Pace, waiting_their_turn
from bot.chat.discord.reception import Reception
from bot.chat.discord.shapes import PATTERN
from bot.chat.shared.turns import Turns
from bot.messages import Action

logger = logging.getLogger(__name__)

_SERVERS = 0.5
"""Seconds to wait for one more server after connecting; one that comes later is welcome too."""


@dataclass
class Listeners:
    """Where a client's events go."""

    ready: Callable[[], Awaitable[None]]
    connected: Callable[[], Awaitable[None]]
    available: Callable[[discord.Guild], Awaitable[None]]
    lost: Callable[[], Awaitable[None]]
    resumed: Callable[[], Awaitable[None]]
    written: Callable[[discord.Message], Awaitable[None]]
    rewritten: Callable[[discord.RawMessageUpdateEvent], Awaitable[None]]
    submitted: Callable[[discord.Interaction], Awaitable[None]]


class PaintingClient(discord.Client):
    """One connection. ``listeners`` must be set before it is started."""

    listeners: Listeners
    pace = Pace()

    async def setup_hook(self) -> None:
        """Logged in: requests can be made, the gateway comes next."""
        await self.listeners.ready()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait where a session was begun just before."""
        del shard_id
        if not initial:
            await asyncio.sleep(self.pace.identify)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's own signature
        """Pass an event on; a closed client has none left."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_ready(self) -> None:
        await self.listeners.connected()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        if self.is_ready():  # those that come earlier are part of the new connection
            await self.listeners.available(guild)

    async def on_disconnect(self) -> None:
        await self.listeners.lost()

    async def on_resumed(self) -> None:
        await self.listeners.resumed()

    async def on_message(self, message: discord.Message) -> None:
        await self.listeners.written(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        await self.listeners.rewritten(event)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.modal_submit:
            await self.listeners.submitted(interaction)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        """Whatever an event's handling raises: logged once, and the bot goes on."""
        del args, kwargs
        logger.error("unexpected, in %s", event_method, exc_info=True)  # noqa: LOG014 - the library calls this in its handler


class ShardedClient(PaintingClient, discord.AutoShardedClient):
    """As many connections as Discord recommends."""


def client_for(pace: Pace, *, sharded: bool, content: bool) -> PaintingClient:
    """A client that sees threads and messages, with their words if ``content`` is granted; it never pings."""
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.message_content = content
    kind = ShardedClient if sharded else PaintingClient
    client = kind(
        intents=intents,
        allowed_mentions=discord.AllowedMentions.none(),
        chunk_guilds_at_startup=False,
        member_cache_flags=discord.MemberCacheFlags.none(),
        max_messages=2000,
        guild_ready_timeout=_SERVERS,
        http_trace=waiting_their_turn(Turns.at_rate(BURST, SECONDS)),
    )
    client.pace = pace
    return client


def point_at(api_url: str, gateway_url: str) -> None:
    """Use another server than discord.com, for the whole process; empty addresses leave it as it is."""
    if api_url:
        Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def buttons_for(reception: Reception) -> tuple[type[discord.ui.DynamicItem[Any]], ...]:
    """The kinds of items that stand for the bot's buttons and menus, on old messages too."""

    class Pressable(discord.ui.DynamicItem[discord.ui.Item[Any]], template=PATTERN):
        """A button or menu whose id says everything."""

        def __init__(self, item: discord.ui.Item[Any], action: str, turn: str) -> None:
            super().__init__(item)
            self.action = action
            self.turn = turn

        @classmethod
        async def from_custom_id(
            cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            del interaction
            return cls(item, match["action"], match["turn"])

        async def callback(self, interaction: discord.Interaction) -> None:
            chosen = self.item.values if isinstance(self.item, discord.ui.Select) else []
            if self.action in set(Action):
                await reception.pressed(interaction, self.action, self.turn, chosen[0] if chosen else "")

    return (Pressable,)


class Tree(app_commands.CommandTree):
    """The commands; an unexpected error is logged, and the person told, by ``sorry``."""

    sorry: Callable[[discord.Interaction], Awaitable[None]]

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        if self.client.is_closed():
            return  # the bot is being stopped, and the request with it
        logger.error("unexpected, in a command", exc_info=error)
        await self.sorry(interaction)

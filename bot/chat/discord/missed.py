"""Reads what was written while the bot was away: before it was started, and where a lost connection was not resumed.

Knows which channels there are and since when to look; what the messages mean is decided elsewhere.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import discord

from bot.chat.discord import problems
from bot.chat.discord.inbox import Inbox

logger = logging.getLogger(__name__)

_OVERLAP = 60.0
_LONGEST = 24 * 3600.0
"""Seconds back at most: nobody waits any more for an answer to what is older."""
_REMEMBERED = 30 * 24 * 3600.0
_MOST = 200
"""Messages read of one channel."""

Channel = discord.TextChannel | discord.Thread | discord.PartialMessageable


class Missed:
    """Looks for missed messages and passes them on, those of one channel together and oldest first.

    What is passed on may have been handled before: a minute more than needed is read, because events overtake each
    other.
    """

    def __init__(
        self,
        client: discord.Client,
        inbox: Inbox,
        handle: Callable[[Sequence[discord.Message]], Awaitable[None]],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._handle = handle
        self._now = now

    async def begin(self) -> None:
        """Before the first connection: all since the last message is to be read; at the very first start nothing."""
        now = self._id(0)
        await self._inbox.away(await self._inbox.unread() or now, self._id(_REMEMBERED))

    async def lost(self) -> None:
        """The connection is lost."""
        await self._inbox.away(self._id(0), self._id(_REMEMBERED))

    async def resumed(self) -> None:
        """The connection is back, and Discord sends what was missed by itself."""
        await self._inbox.back()

    async def connected(self) -> None:
        """A new connection stands, and the servers are known."""
        for guild in self._client.guilds:
            await self.guild(guild)
        since = await self._since()
        for channel in await self._inbox.direct():
            await self._read(self._client.get_partial_messageable(channel), since)
        await self._inbox.back()

    async def guild(self, guild: discord.Guild) -> None:
        """Read what was missed in a server."""
        since = await self._since()
        threads = (thread for thread in guild.threads if thread.parent is not None)
        channels: list[discord.TextChannel | discord.Thread] = [*guild.text_channels, *threads]
        for channel in channels:
            readable = channel.permissions_for(guild.me).read_message_history
            if readable and (channel.last_message_id or 0) > since:
                await self._read(channel, since)

    async def _read(self, channel: Channel, since: int) -> None:
        after = discord.Object(since)
        try:
            found = [each async for each in channel.history(limit=_MOST, after=after, oldest_first=True)]
        except discord.HTTPException as error:
            level = logging.INFO if problems.is_gone(error) else logging.WARNING
            logger.log(level, "channel %d cannot be read back: %s", channel.id, error)
            return
        await self._handle(found)

    async def _since(self) -> int:
        unread = await self._inbox.unread() or self._id(0)
        overlap = round(_OVERLAP * 1000) << 22
        return max(unread - overlap, self._id(_LONGEST))

    def _id(self, ago: float) -> int:
        """The smallest id of a message of so many seconds ago."""
        return discord.utils.time_snowflake(datetime.fromtimestamp(self._now() - ago, UTC))

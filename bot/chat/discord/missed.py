"""Reads what was written while the bot was away: before it was started, and where a lost connection was not resumed.

Knows which channels there are and since when to look; what the messages mean is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

import discord

from bot.chat.discord import problems
from bot.chat.discord.inbox import Inbox

logger = logging.getLogger(__name__)

_OVERLAP = 60.0
_LONGEST = 24 * 3600.0
"""Seconds back at most: nobody waits any more for an answer to what is older."""
_REMEMBERED = 30 * 24 * 3600.0
_LONGEST_PAUSE = 300.0
_MOST = 200
"""Messages read of one channel."""

Talked = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Channel = Talked | discord.PartialMessageable


class Missed:
    """Looks for missed messages and passes them on, those of one channel together and oldest first.

    Channels come one after another: those in which something was written last come first, and direct conversations,
    of which nobody can tell that without reading, last.

    What is passed on may have been handled before: a minute more than needed is read, because events overtake each
    other.
    """

    def __init__(
        self,
        client: discord.Client,
        inbox: Inbox,
        handle: Callable[[Sequence[discord.Message]], Awaitable[None]],
        retry: float = 1.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """``retry`` is how many seconds pass before what could not be read is tried for the second time."""
        self._client = client
        self._inbox = inbox
        self._handle = handle
        self._retry = retry
        self._now = now
        self._round = 0
        self._reading = False
        self._away = False

    async def begin(self) -> None:
        """Before the first connection: all since the last message is to be read; at the very first start nothing."""
        now = self._id(0)
        await self._inbox.away(await self._inbox.unread() or now, self._id(_REMEMBERED))

    async def lost(self) -> None:
        """The connection is lost."""
        self._away = True
        await self._inbox.away(self._id(0), self._id(_REMEMBERED))

    async def resumed(self) -> None:
        """The connection is back, and Discord sends what was missed by itself."""
        self._away = False
        if not self._reading:  # else something older is still to be read
            await self._inbox.back()

    async def connected(self) -> None:
        """A new connection stands, and the servers are known. What cannot be read is tried again, ever more slowly.

        Where another connection comes before all is read, its own reading takes the place of this one.
        """
        self._round += 1
        mine, self._reading, self._away = self._round, True, False
        since, pause = await self._since(), self._retry
        while not await self._all_read(since):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            if mine != self._round:
                return
        if mine == self._round:
            self._reading = False
            if not self._away:
                await self._inbox.back()

    async def _all_read(self, since: int) -> bool:
        everywhere = [each for guild in self._client.guilds for each in _readable(guild)]
        read = await self._read_newest_first(everywhere, since)
        for channel in await self._inbox.direct():
            read &= await self._read(self._client.get_partial_messageable(channel), since)
        return read

    async def guild(self, guild: discord.Guild) -> None:
        """Read what was missed in a server."""
        await self._read_newest_first(_readable(guild), await self._since())

    async def _read_newest_first(self, channels: Iterable[Talked], since: int) -> bool:
        news = [(each.last_message_id or 0, each) for each in channels]
        read = True
        for newest, channel in sorted(news, key=lambda pair: pair[0], reverse=True):
            if newest > since:
                read &= await self._read(channel, since)
        return read

    async def _read(self, channel: Channel, since: int) -> bool:
        """Whether there is nothing left to read."""
        after = discord.Object(since)
        try:
            found = [each async for each in channel.history(limit=_MOST, after=after, oldest_first=True)]
        except (discord.HTTPException, *problems.NETWORK) as error:
            gone = isinstance(error, discord.HTTPException) and problems.is_gone(error)
            level = logging.INFO if gone else logging.WARNING
            logger.log(level, "channel %d cannot be read back: %s", channel.id, error)
            return gone
        await self._handle(found)
        return True

    async def _since(self) -> int:
        unread = await self._inbox.unread() or self._id(0)
        overlap = round(_OVERLAP * 1000) << 22
        return max(unread - overlap, self._id(_LONGEST))

    def _id(self, ago: float) -> int:
        """The smallest id of a message of so many seconds ago."""
        return discord.utils.time_snowflake(datetime.fromtimestamp(self._now() - ago, UTC))


def _readable(guild: discord.Guild) -> Iterator[Talked]:
    """Where the bot may look back."""
    threads = (thread for thread in guild.threads if thread.parent is not None)
    channels: list[Talked] = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *threads]
    for channel in channels:
        if channel.permissions_for(guild.me).read_message_history:
            yield channel

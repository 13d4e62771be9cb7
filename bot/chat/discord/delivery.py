"""Posts and edits the bot's messages: files that fit, archived threads opened, nothing twice, and what is gone told so.

Knows places and messages; knows no conversation.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord

from bot.chat.discord import problems, shapes
from bot.chat.discord.pace import Pace
from bot.chat.discord.people import channel_of, is_adult, link_to
from bot.chat.discord.pictures import DEFAULT_LIMIT
from bot.chat.shared.fitting import Sign, unsigned
from bot.chat.shared.outbox import Outbox, Start
from bot.chat.shared.recent import Recent
from bot.chat.shared.service import Login
from bot.errors import MessageGoneError, PostRefusedError
from bot.messages import Outgoing, Place

logger = logging.getLogger(__name__)

_LONGEST_NONCE = 25
_LOOK_BACK = 20
_SMALLEST_LIMIT = 2**17
_REMEMBERED = 1000

T = TypeVar("T")


class Delivery:
    """Says things as the client that has logged in. ``start`` begins work that ends with the chat."""

    def __init__(self, start: Start, pace: Pace, sign: Sign = unsigned) -> None:
        self._sign = sign
        self._outbox: Outbox[tuple[str, str]] = Outbox("Discord", start, limit=pace.send, patience=pace.passing)
        self._client: discord.Client | None = None
        self._lessened: Recent[str, int] = Recent(_REMEMBERED)
        self._login = Login("Discord", pace.login)

    def begin(self, client: discord.Client) -> None:
        """The client has logged in."""
        self._client = client
        self._login.begin()

    def end(self) -> None:
        """It is gone."""
        self._login.end()

    async def age_restricted(self, place: Place) -> bool:
        """Whether the channel, or the channel that the thread is in, is marked as age-restricted now.

        Raises:
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        await self._login.wait()
        assert self._client is not None, "it is online"
        known = self._client.get_channel(channel_of(place))
        if known is None and "/" in place.key:
            try:
                known = await self._client.fetch_channel(channel_of(place))
            except discord.HTTPException as error:
                if not problems.is_gone(error):
                    raise
        return is_adult(known)

    async def post(self, place: Place, message: Outgoing) -> str:
        """Post a message and return its id. One that this place has already for the same turn is edited instead.

        Raises:
            MessageGoneError: if the place is gone or closed to the bot.
            UnreachableError: if Discord does not answer in time; the message may have been posted.
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        await self._login.wait()
        return str(await self._outbox.post(lambda: self._post(place, message)))

    async def _post(self, place: Place, message: Outgoing) -> int:
        channel = self._channel(place)
        known = None if message.fresh else await self._posted(channel, message)
        if known is not None:
            await self._change(place, known, message)
            return known

        async def send(shape: shapes.Shape) -> int:
            sent = await channel.send(
                shape.content,
                files=shape.uploads(),
                view=shape.view or discord.utils.MISSING,
                nonce=_nonce(message.nonce),
            )
            return sent.id

        return await self._as_allowed(place, message, send)

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        """Replace a message. A passing state gives way to whatever is newer while Discord makes the bot wait.

        Raises:
            MessageGoneError: if the message is gone or closed to the bot.
            UnreachableError: if Discord does not answer in time.
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        await self._login.wait()
        say = self._outbox.final if message.progress is None else self._outbox.passing
        await say((place.key, message_id), lambda: self._change(place, int(message_id), message))

    async def _change(self, place: Place, message_id: int, message: Outgoing) -> None:
        target = self._channel(place).get_partial_message(message_id)

        async def send(shape: shapes.Shape) -> None:
            await target.edit(content=shape.content, attachments=shape.uploads(), view=shape.view)

        await self._as_allowed(place, message, send)

    async def _as_allowed(self, place: Place, message: Outgoing, send: Callable[[shapes.Shape], Awaitable[T]]) -> T:
        """Send a message as it is, or with what Discord lets through of it.

        Raises:
            MessageGoneError: if the place is gone or closed to the bot, or Discord lets nothing through.
        """
        versions = shapes.versions(message)
        passing = message.progress is not None  # where less had to do a moment ago, it does for a state on the way
        first = min(self._lessened.get(place.key, 0), len(versions) - 1) if passing else 0
        for number, version in enumerate(versions[first:-1], first):
            try:
                return await self._fitting(place, version, send)
            except PostRefusedError as error:
                logger.info("another way, if there is one: %s", error)
                self._lessened[place.key] = number + 1
        return await self._fitting(place, versions[-1], send)

    async def _fitting(self, place: Place, message: Outgoing, send: Callable[[shapes.Shape], Awaitable[T]]) -> T:
        """Send with files that are made smaller until Discord takes them; an archived thread is opened first."""
        limit = self._limit(place)
        before = link_to(place, message.parent) if message.parent else ""
        opened = False
        while True:
            shape = await asyncio.to_thread(shapes.shaped, message, limit, before, self._sign)
            try:
                return await send(shape)
            except discord.HTTPException as error:
                if problems.is_too_large(error) and shape.files and limit > _SMALLEST_LIMIT:
                    limit //= 2
                elif error.code == problems.ARCHIVED and not opened:
                    opened = True
                    await self._open(place)
                else:
                    raise _translated(error, place, message) from error

    async def _open(self, place: Place) -> None:
        """Take a thread out of the archive.

        Raises:
            MessageGoneError: if the bot may not, because it is locked.
        """
        assert self._client is not None, "it has just answered"
        try:
            await self._client.http.edit_channel(channel_of(place), archived=False)
        except discord.HTTPException as error:
            if problems.is_gone(error):
                raise MessageGoneError(f"Discord, thread {place.key} is archived and locked: {error.text}") from error
            raise

    async def _posted(self, channel: discord.PartialMessageable, message: Outgoing) -> int | None:
        """The bot's newest message with buttons here, if they are for the same turn: ``message`` may be a repetition.

        Discord itself forgets a nonce after some minutes, but the bot may have been down for longer. Older messages of
        the turn do not count: undo shows it again.
        """
        turns = {button.turn for button in message.buttons}
        if not message.nonce or not turns or self._client is None or self._client.user is None:
            return None
        me = self._client.user.id
        try:
            newest = [each async for each in channel.history(limit=_LOOK_BACK)]
        except discord.HTTPException as error:
            logger.debug("channel %d cannot be read back: %s", channel.id, error)
            return None
        mine = ((each.id, shapes.turns_of(each)) for each in newest if each.author.id == me)
        found = next(((name, others) for name, others in mine if others), None)
        return found[0] if found is not None and turns.intersection(found[1]) else None

    def _channel(self, place: Place) -> discord.PartialMessageable:
        assert self._client is not None, "it is online"
        known = self._client.get_channel(channel_of(place))
        guild = known.guild.id if isinstance(known, discord.abc.GuildChannel | discord.Thread) else None
        return self._client.get_partial_messageable(channel_of(place), guild_id=guild)

    def _limit(self, place: Place) -> int:
        assert self._client is not None, "it is online"
        known = self._client.get_channel(channel_of(place))
        if isinstance(known, discord.abc.GuildChannel | discord.Thread):
            return known.guild.filesize_limit
        return DEFAULT_LIMIT


def _translated(error: discord.HTTPException, place: Place, message: Outgoing) -> Exception:
    """An error of Discord's in the rest of the bot's terms, where it is for good."""
    text = f"Discord, channel {place.key}: {error.text or error}"
    if error.code == problems.MISSING_PERMISSIONS and message.attachments:
        return PostRefusedError(text)  # words alone may be allowed
    if problems.is_gone(error) or error.code == problems.ARCHIVED:
        return MessageGoneError(text)
    return PostRefusedError(text) if problems.is_refusal(error) else error


def _nonce(name: str) -> str:
    """A nonce within Discord's length; a message without a name gets one that keeps the library's retries harmless."""
    if not name:
        return secrets.token_hex(8)
    return name if len(name) <= _LONGEST_NONCE else hashlib.sha256(name.encode()).hexdigest()[:_LONGEST_NONCE]

"""Discord as a platform of the bot's: one thread for each conversation, spoken to through the ``Chat`` protocol.

Turns Discord's events into messages for the handler and the bot's messages into Discord's. What a conversation is,
who may do what, and what is drawn are decided elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import discord

from bot.chat.discord import problems, shapes
from bot.chat.discord.answers import Answers
from bot.chat.discord.client import Listeners, PaintingClient, Tree, buttons_for, client_for, point_at
from bot.chat.discord.commands import SIZES, Commands
from bot.chat.discord.edits import LatestWins
from bot.chat.discord.hearing import Hearing
from bot.chat.discord.listening import Switches, Traffic
from bot.chat.discord.people import PLATFORM, Languages, channel_of
from bot.chat.discord.pictures import DEFAULT_LIMIT
from bot.chat.discord.reception import Reception
from bot.chat.discord.words import Translations, said
from bot.messages import Handle, MessageGoneError, Notice, Option, Outgoing, Place

__all__ = ["DiscordChat", "DiscordChatError"]

logger = logging.getLogger(__name__)

_LONGEST_NONCE = 25
_LOOK_BACK = 20
_LONGEST_PAUSE = 60.0
_SMALLEST_LIMIT = 2**17

T = TypeVar("T")


class DiscordChatError(ConnectionError):
    """Discord does not let the bot in; says what to do."""


class DiscordChat:
    """The bot on Discord; implements :class:`~bot.messages.Chat`.

    Everything that takes place while :meth:`serve` runs belongs to it. ``post`` and ``edit`` wait until the bot has
    logged in. The addresses are process-wide settings of discord.py, so there can be one such chat in a process.
    """

    def __init__(
        self,
        token: str,
        handle: Handle,
        *,
        api_url: str = "",
        gateway_url: str = "",
        sharded: bool = False,
        message_content: bool = True,
        switches: Path | None = None,
        sizes: Sequence[Option] = SIZES,
        styles: Sequence[Option] = (),
        pause: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        traffic: Traffic | None = None,
    ) -> None:
        """Prepare; nothing is connected yet.

        ``switches`` is the file in which threads' own settings of what is heard are kept. ``pause`` is how many
        seconds may lie between messages that are one request; ``sleep`` waits them out. ``message_content`` False does
        without that privilege; where it is wanted but not granted, the bot does without it too.
        """
        self._token = token
        self._answers = Answers(handle)
        self._urls = api_url, gateway_url
        self._sharded = sharded
        self._content = message_content
        self._switches = Switches(switches)
        self._traffic = traffic or Traffic()
        self._languages = Languages()
        self._offered = tuple(sizes), tuple(styles)
        self._pause = pause
        self._sleep = sleep
        self._client: PaintingClient | None = None
        self._online = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._edits = LatestWins(self._started)

    @property
    def platform(self) -> str:
        """The name that this chat's places carry."""
        return PLATFORM

    async def serve(self) -> None:
        """Be on Discord until cancelled; lost connections are taken up again.

        Raises:
            DiscordChatError: if the token is wrong.
        """
        point_at(*self._urls)
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await self._stay()
        except ExceptionGroup as group:
            refused = group.subgroup(DiscordChatError)
            raise refused.exceptions[0] if refused is not None else group from None
        finally:
            self._tasks = None
            self._online.clear()

    async def _stay(self) -> None:
        pause = 1.0
        while True:  # nothing closes a client from within but what is caught here
            client = self._client = self._made()
            try:
                async with client:
                    await client.start(self._token)
            except discord.PrivilegedIntentsRequired:
                logger.warning(
                    "the message content intent is not granted, so only mentions, replies, buttons and commands are "
                    "heard; switch it on under Bot at https://discord.com/developers/applications"
                )
                self._content = False
            except discord.LoginFailure as error:
                raise DiscordChatError(
                    "Discord refuses the token; copy a new one from https://discord.com/developers/applications, under "
                    "Bot, into discord.token or OMOST_DISCORD_TOKEN"
                ) from error
            except (discord.HTTPException, discord.ConnectionClosed, *problems.NETWORK) as error:
                logger.warning("no connection to Discord, next try in %.0f s: %s", pause, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            finally:
                self._online.clear()

    def _made(self) -> PaintingClient:
        """A client with everything that belongs to it."""
        client = client_for(sharded=self._sharded, content=self._content)
        reception = Reception(self._answers, self._languages)
        hearing = Hearing(
            client,
            self._answers,
            self._languages,
            self._switches,
            self._traffic,
            self._started,
            self._pause,
            self._sleep,
        )
        tree = Tree(client)
        tree.sorry = self._sorry
        sizes, styles = self._offered
        Commands(reception, self._answers, self._switches, sizes, styles).add_to(tree)

        async def ready() -> None:
            client.add_dynamic_items(*buttons_for(reception))
            await tree.set_translator(Translations())
            self._online.set()
            self._started(_synced(tree))

        client.listeners = Listeners(ready, hearing.written, hearing.rewritten, reception.submitted)
        return client

    async def _sorry(self, interaction: discord.Interaction) -> None:
        text = said("Something went wrong on my side. Please try again.", interaction.locale.value)
        await self._answers.show(interaction, Notice(text))

    def _started(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None, "events only come while the chat is served"
        return self._tasks.create_task(_logged(work))

    async def post(self, place: Place, message: Outgoing) -> str:
        """Post a message and return its id. One that this place has already for the same turn is edited instead.

        Raises:
            MessageGoneError: if the place is gone or closed to the bot.
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        channel = await self._channel(place)
        known = await self._posted(channel, message)
        if known is not None:
            await self._changed(place, known, message)
            return str(known)

        async def send(shape: shapes.Shape) -> int:
            sent = await channel.send(
                shape.content,
                files=shape.uploads(),
                view=shape.view or discord.utils.MISSING,
                nonce=_nonce(message.nonce),
            )
            return sent.id

        return str(await self._fitting(place, message, send))

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        """Replace a message. A passing state gives way to whatever is newer while Discord makes the bot wait.

        Raises:
            MessageGoneError: if the message is gone or closed to the bot.
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        await self._online.wait()
        key = place.key, message_id
        if message.progress is None:
            await self._edits.final(key, lambda: self._changed(place, int(message_id), message))
        else:
            await self._edits.passing(key, lambda: self._changed(place, int(message_id), message))

    async def _changed(self, place: Place, message_id: int, message: Outgoing) -> None:
        target = (await self._channel(place)).get_partial_message(message_id)

        async def send(shape: shapes.Shape) -> None:
            await target.edit(content=shape.content, attachments=shape.uploads(), view=shape.view)

        await self._fitting(place, message, send)

    async def _fitting(self, place: Place, message: Outgoing, send: Callable[[shapes.Shape], Awaitable[T]]) -> T:
        """Send with files that are made smaller until Discord takes them; an archived thread is opened first."""
        limit = self._limit(place)
        opened = False
        while True:
            shape = await asyncio.to_thread(shapes.shaped, message, limit)
            try:
                return await send(shape)
            except discord.HTTPException as error:
                if problems.is_too_large(error) and shape.files and limit > _SMALLEST_LIMIT:
                    limit //= 2
                elif error.code == problems.ARCHIVED and not opened:
                    opened = True
                    await self._open(place)
                elif problems.is_gone(error) or error.code == problems.ARCHIVED:
                    raise MessageGoneError(f"Discord, channel {place.key}: {error.text or error}") from error
                else:
                    raise

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
        """The bot's newest message here with a button for the same turn, if ``message`` may be a repetition.

        Discord itself forgets a nonce after some minutes, but the bot may have been down for longer.
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
        mine = (each for each in newest if each.author.id == me and turns.intersection(shapes.turns_of(each)))
        return next((each.id for each in mine), None)

    async def _channel(self, place: Place) -> discord.PartialMessageable:
        await self._online.wait()
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


async def _synced(tree: Tree) -> None:
    """Tell Discord the commands; if that fails, the ones it knows go on working."""
    try:
        await tree.sync()
    except (discord.HTTPException, discord.app_commands.AppCommandError) as error:
        logger.warning("the commands could not be brought up to date: %s", error)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    """Work whose failure is nobody else's business."""
    try:
        await work
    except Exception:
        logger.exception("unexpected")


def _nonce(name: str) -> str:
    """A nonce within Discord's length; a message without a name gets one that keeps the library's retries harmless."""
    if not name:
        return secrets.token_hex(8)
    return name if len(name) <= _LONGEST_NONCE else hashlib.sha256(name.encode()).hexdigest()[:_LONGEST_NONCE]

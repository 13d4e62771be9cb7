"""Discord as a platform of the bot's: one thread for each conversation, spoken to through the ``Chat`` protocol.

Turns Discord's events into messages for the handler and the bot's messages into Discord's. What a conversation is,
who may do what, and what is drawn are decided elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, ParamSpec

import discord

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord import problems
from bot.chat.discord.answers import Answers
from bot.chat.discord.begun import Begun
from bot.chat.discord.client import Listeners, PaintingClient, Tree, buttons_for, client_for, point_at
from bot.chat.discord.commands import Commands
from bot.chat.discord.delivery import Delivery
from bot.chat.discord.hearing import Hearing
from bot.chat.discord.inbox import Inbox
from bot.chat.discord.listening import Switches, Traffic
from bot.chat.discord.missed import Missed
from bot.chat.discord.pace import Pace
from bot.chat.discord.people import PLATFORM, Languages, link_to
from bot.chat.discord.reception import Reception
from bot.chat.discord.words import Translations
from bot.chat.shared.fitting import Sign, unsigned
from bot.chat.shared.service import Backoff, Tasks, stay_connected
from bot.errors import TokenRefusedError
from bot.messages import Handle, Notice, Outgoing, Parameter, Place

__all__ = ["DiscordChat"]

logger = logging.getLogger(__name__)

P = ParamSpec("P")


class DiscordChat:
    """The bot on Discord; implements :class:`~bot.messages.Chat`.

    Everything that takes place while :meth:`serve` runs belongs to it. ``post`` and ``edit`` wait a moment for the bot
    to log in. The addresses are process-wide settings of discord.py, so there can be one such chat in a process.
    """

    def __init__(
        self,
        token: str,
        handle: Handle,
        inbox: Inbox,
        *,
        api_url: str = "",
        gateway_url: str = "",
        sharded: bool = False,
        message_content: bool = True,
        switches: Path | None = None,
        parameters: Sequence[Parameter] = (),
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        traffic: Traffic | None = None,
        admit: Handle | None = None,
        sign: Sign = unsigned,
    ) -> None:
        """Prepare; nothing is connected yet.

        ``inbox`` remembers what was written, so that a restart loses and repeats nothing. ``switches`` is the file in
        which threads' own settings of what is heard are kept. ``pace`` is how long things may take; ``sleep`` waits out
        the pauses between messages that may be one request. ``message_content`` False does without that privilege;
        where it is wanted but not granted, the bot does without it too. ``admit`` is asked before a thread is opened:
        what it answers is said instead. ``sign`` signs pictures that had to be encoded again.
        """
        self._token = token
        self._pace = pace or Pace()
        self._answers = Answers(handle, admit, self._pace.answer, sign)
        self._inbox = inbox
        self._urls = api_url, gateway_url
        self._sharded = sharded
        self._content = message_content
        self._switches = Switches(switches)
        self._traffic = traffic or Traffic()
        self._languages = Languages()
        self._parameters = tuple(parameters)
        self._sleep = sleep
        self._tasks = Tasks("Discord")
        self._delivery = Delivery(self._tasks.start, self._pace, sign)

    @property
    def platform(self) -> str:
        """The name that this chat's places carry."""
        return PLATFORM

    async def serve(self) -> None:
        """Be on Discord until cancelled; lost connections are taken up again.

        Raises:
            TokenRefusedError: if the token is wrong.
        """
        point_at(*self._urls)
        expected = discord.HTTPException, discord.ConnectionClosed, *problems.NETWORK
        async with self._tasks.served():
            backoff = Backoff(self._pace.retry)
            await stay_connected("Discord", self._connect, backoff, final=(TokenRefusedError,), expected=expected)

    async def _connect(self) -> None:
        """Be on Discord with one client, until that ends: nothing closes it from within but an error."""
        client = self._made()
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
            raise TokenRefusedError(
                "Discord refuses the token; copy a new one from https://discord.com/developers/applications, under "
                "Bot, into discord.token or OMOST_DISCORD_TOKEN"
            ) from error
        finally:
            self._delivery.end()

    def _made(self) -> PaintingClient:
        """A client with everything that belongs to it."""
        client = client_for(self._pace, sharded=self._sharded, content=self._content)
        begun = Begun(client, self._answers, self._inbox, self._tasks.start)
        reception = Reception(self._answers, self._languages, begun)
        hearing = Hearing(
            client,
            self._answers,
            self._languages,
            self._switches,
            self._traffic,
            self._inbox,
            self._tasks.start,
            self._pace.burst,
            self._sleep,
        )
        missed = Missed(client, self._inbox, hearing.missed, self._pace.retry)
        tree = Tree(client)
        tree.sorry = self._sorry
        Commands(reception, self._answers, self._switches, self._parameters).add_to(tree)

        async def ready() -> None:
            client.add_dynamic_items(*buttons_for(reception))
            await tree.set_translator(Translations())
            self._delivery.begin(client)
            self._tasks.start(_synced(tree))
            await missed.begin()

        async def connected() -> None:
            self._tasks.start(begun.take_up())
            await missed.connected()

        client.listeners = Listeners(
            ready,
            self._owned(connected),
            self._owned(missed.guild),
            self._owned(missed.lost),
            self._owned(missed.resumed),
            self._owned(hearing.written),
            self._owned(hearing.rewritten),
            reception.submitted,
        )
        return client

    async def _sorry(self, interaction: discord.Interaction) -> None:
        text = say(Text("failed-platform"), interaction.locale.value)
        await self._answers.show(interaction, Notice(text))

    def _owned(self, listener: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, Awaitable[None]]:
        """A listener whose work ends with the chat."""

        async def begin(*args: P.args, **kwargs: P.kwargs) -> None:
            if self._tasks.running:
                self._tasks.start(listener(*args, **kwargs))

        return begin

    async def age_restricted(self, place: Place) -> bool:
        """Whether the channel, or the channel that the thread is in, is marked as age-restricted now.

        Raises:
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        return await self._delivery.age_restricted(place)

    def link(self, place: Place, message: str) -> str:
        """A message's address."""
        return link_to(place, message)

    async def post(self, place: Place, message: Outgoing) -> str:
        """Post a message and return its id. One that this place has already for the same turn is edited instead.

        Raises:
            MessageGoneError: if the place is gone or closed to the bot.
            UnreachableError: if Discord does not answer in time; the message may have been posted.
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        return await self._delivery.post(place, message)

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        """Replace a message. A passing state gives way to whatever is newer while Discord makes the bot wait.

        Raises:
            MessageGoneError: if the message is gone or closed to the bot.
            UnreachableError: if Discord does not answer in time.
            discord.DiscordException: if Discord fails; trying again is safe.
        """
        await self._delivery.edit(place, message_id, message)


async def _synced(tree: Tree) -> None:
    """Tell Discord the commands; if that fails, the ones it knows go on working."""
    try:
        await tree.sync()
    except (discord.HTTPException, discord.app_commands.AppCommandError) as error:
        logger.warning("the commands could not be brought up to date: %s", error)

"""Messages that people write: which are requests, which belong together, and what an edit of one changes.

Answers, where there are any, are replies in the same place. Decides nothing about conversations.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import discord

from bot.chat.discord import problems, shapes
from bot.chat.discord.answers import Answers
from bot.chat.discord.bursts import Burst, Bursts
from bot.chat.discord.listening import Heard, Switch, Switches, Traffic, addressed, meant
from bot.chat.discord.opening import Refused, thread_from
from bot.chat.discord.people import Languages, is_adult, place, place_of, writer_of
from bot.chat.discord.pictures import DEFAULT_LIMIT
from bot.chat.discord.words import said
from bot.messages import Answer, Choices, Form, Notice, Place, Rewritten, Said

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """The first message of a burst, and where its conversation is; None: in a thread that is still to be opened."""

    message: discord.Message
    where: Place | None


class Hearing:
    """Listens to messages. ``pause`` is how many seconds may lie between messages that belong together."""

    def __init__(
        self,
        client: discord.Client,
        answers: Answers,
        languages: Languages,
        switches: Switches,
        traffic: Traffic,
        start: Callable[[Coroutine[Any, Any, None]], object],
        pause: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._answers = answers
        self._languages = languages
        self._switches = switches
        self._traffic = traffic
        self._bursts: Bursts[Line] = Bursts(self._deliver, start, pause, sleep)

    async def written(self, message: discord.Message) -> None:
        """Somebody has written a message."""
        if message.author.bot or message.type not in {discord.MessageType.default, discord.MessageType.reply}:
            return
        if isinstance(message.channel, discord.PartialMessageable) and message.guild is not None:
            await self._learn(message)
        heard = self._heard(message)
        busy = heard.own and self._traffic.busy(message.channel.id, message.author.id)
        switch = self._switches.of(message.channel.id)
        if not meant(heard, switch, busy=busy):
            if busy and switch is Switch.AUTO and meant(heard, switch, busy=False):
                await self._tell_busy(message)
            return
        text = _readable(message, heard.text)
        where = self._where(message, heard)
        key = where.key if where is not None else str(message.channel.id)
        self._bursts.add((key, message.author.id), message.id, text, Line(message, where))

    async def _learn(self, message: discord.Message) -> None:
        """A thread that was not there when the bot connected."""
        try:
            found = await self._client.fetch_channel(message.channel.id)
        except (discord.HTTPException, discord.InvalidData, *problems.NETWORK) as error:
            logger.info("channel %d cannot be read: %s", message.channel.id, error)
            return
        if isinstance(found, discord.Thread | discord.TextChannel | discord.VoiceChannel | discord.StageChannel):
            message.channel = found

    def _heard(self, message: discord.Message) -> Heard:
        me = self._me()
        answered = message.reference.resolved if message.reference is not None else None
        answers_us = isinstance(answered, discord.Message) and answered.author.id == me
        channel = message.channel
        return Heard(
            addressed(message.content, me),
            direct=message.guild is None,
            own=isinstance(channel, discord.Thread) and channel.owner_id == me,
            mentioned=f"<@{me}>" in message.content or f"<@!{me}>" in message.content,
            answers_us=answers_us,
            answers_other=message.reference is not None and not answers_us and not _own_words(message, answered),
            names_other=bool(message.raw_mentions) and me not in message.raw_mentions,
        )

    def _me(self) -> int:
        return self._client.user.id if self._client.user is not None else 0

    def _where(self, message: discord.Message, heard: Heard) -> Place | None:
        """Where the conversation is: here; in the thread under the message that is answered; in a new thread."""
        if not isinstance(message.channel, discord.TextChannel):
            return self._here(message)
        answered = message.reference.resolved if message.reference is not None else None
        guild = message.channel.guild.id
        if heard.answers_us and isinstance(answered, discord.Message) and answered.flags.has_thread:
            return place(guild, message.channel.id, answered.id)
        return None

    def _here(self, message: discord.Message) -> Place:
        return place_of(message.guild.id if message.guild is not None else None, message.channel, message.channel.id)

    async def _tell_busy(self, message: discord.Message) -> None:
        if self._traffic.first_time(message.channel.id):
            language = message.guild.preferred_locale.value if message.guild is not None else ""
            text = "It is lively here, so I only heed mentions, replies and commands for now. {command} changes that."
            await self._reply(message, Notice(said(text, language, command="/listen")))

    async def _deliver(self, burst: Burst[Line]) -> None:
        message = burst.context.message
        language = self._languages.of(message)
        where = burst.context.where
        opened: Place | Refused = where if where is not None else await self._opened(message, burst.text, language)
        if isinstance(opened, Refused):
            await self._reply(message, Notice(opened.text))
            return
        author, adult = writer_of(message, language), is_adult(message.channel)
        request = Said(opened, author, burst.text, str(burst.message), adult=adult)
        await self._reply(message, await self._answers.handled(request, language))

    async def _opened(self, message: discord.Message, words: str, language: str) -> Place | Refused:
        guild = message.guild
        granted = discord.Permissions.none()
        if guild is not None and isinstance(message.channel, discord.TextChannel) and guild.me is not None:
            granted = message.channel.permissions_for(guild.me)
        channel = self._client.get_partial_messageable(message.channel.id, guild_id=guild.id if guild else None)
        opened = await thread_from(channel, message.id, words, granted, language)
        if isinstance(opened, Refused):
            return opened
        return place(channel.guild_id, channel.id, opened if opened != channel.id else None)

    async def rewritten(self, event: discord.RawMessageUpdateEvent) -> None:
        """Somebody has changed a message: its turn is done again; one that was not for us still is not."""
        message = event.message
        if message.author.bot or message.edited_at is None:
            return
        if event.cached_message is not None and event.cached_message.content == message.content:
            return  # only a preview of a link was added
        heard = self._heard(message)
        text = _readable(message, heard.text)
        if not text or text.startswith("//"):
            return
        language = self._languages.of(message)
        if self._bursts.knows(message.id):
            burst = self._bursts.rewritten(message.id, text)
            if burst is None:
                return
            first = burst.context.message
            under = place(first.guild.id if first.guild is not None else None, first.channel.id, first.id)
            where, name, text = burst.context.where or under, burst.message, burst.text
        elif heard.own or heard.direct or heard.mentioned or heard.answers_us:
            where, name = self._here(message), message.id
        else:
            return
        change = Rewritten(where, writer_of(message, language), text, str(name))
        await self._reply(message, await self._answers.handled(change, language))

    async def _reply(self, message: discord.Message, answer: Answer) -> None:
        """Show an answer to a message, where nothing can be shown to one person alone."""
        language = self._languages.of(message)
        view: discord.ui.View | None = None
        match answer:
            case None:
                return
            case Form():
                notice = Notice(said("The form is ready.", language))
                view = shapes.one_button(answer.action, answer.turn, said("Open the form", language))
            case Choices():
                notice = Notice(answer.text, answer.attachments)
                view = shapes.menus(answer, said("Choose…", language)) if answer.options else None
            case Notice():
                notice = answer
        limit = message.guild.filesize_limit if message.guild is not None else DEFAULT_LIMIT
        shape = await asyncio.to_thread(shapes.notice, notice.text, notice.attachments, limit, view)
        try:
            await message.reply(
                shape.content,
                files=shape.uploads(),
                view=shape.view or discord.utils.MISSING,
                mention_author=False,
            )
        except discord.HTTPException as error:
            level = logging.INFO if problems.is_gone(error) else logging.WARNING
            logger.log(level, "message %d could not be answered: %s", message.id, error)


def _own_words(message: discord.Message, answered: object) -> bool:
    return isinstance(answered, discord.Message) and answered.author.id == message.author.id


def _readable(message: discord.Message, text: str) -> str:
    """The words with the names of people, roles and channels in place of their ids."""
    for user in message.mentions:
        for tag in (f"<@{user.id}>", f"<@!{user.id}>"):
            text = text.replace(tag, user.display_name)
    for channel in message.channel_mentions:
        text = text.replace(channel.mention, channel.name)
    for role in message.role_mentions:
        text = text.replace(role.mention, role.name)
    return text.strip()

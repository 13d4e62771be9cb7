"""Messages that people write: which are requests, which belong together, and what an edit of one changes.

Answers, where there are any, are replies in the same place. Decides nothing about conversations.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import discord

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord import problems, reading, shapes
from bot.chat.discord.answers import Answers, lessening
from bot.chat.discord.inbox import Inbox
from bot.chat.discord.lines import Line, gathered, may_go_on
from bot.chat.discord.listening import Heard, Switch, Switches, Traffic, beyond_reading, meant
from bot.chat.discord.opening import Refused, thread_from
from bot.chat.discord.people import PLATFORM, Languages, place, writer_of
from bot.chat.discord.pictures import DEFAULT_LIMIT
from bot.chat.shared.bursts import Burst, Bursts
from bot.chat.shared.incoming_files import fetched, is_picture, with_words
from bot.messages import Answer, Choices, Form, Notice, Place, Rewritten, Said, Upload

logger = logging.getLogger(__name__)

_SIGN_SECONDS = 2.0
"""A sign that comes later than this says nothing that the message does not."""

_NOT_YET = Text("not-readable-yet")
_ASK = Text("ask-what-to-draw")


class Hearing:
    """Listens to messages. ``pause`` is how many seconds may lie between messages that belong together."""

    def __init__(
        self,
        client: discord.Client,
        answers: Answers,
        languages: Languages,
        switches: Switches,
        traffic: Traffic,
        inbox: Inbox,
        start: Callable[[Coroutine[Any, Any, None]], object],
        pause: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._answers = answers
        self._languages = languages
        self._switches = switches
        self._traffic = traffic
        self._inbox = inbox
        self._pause = pause
        self._bursts: Bursts[Line] = Bursts(self._deliver, start, pause, sleep)
        self._at_work: dict[int, asyncio.Event] = {}
        self._start = start
        self._orders: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def written(self, message: discord.Message) -> None:
        """Somebody has written a message."""
        if not reading.is_words(message):
            return
        if isinstance(message.channel, discord.PartialMessageable) and message.guild is not None:
            await self._learn(message)
        async with self._order_of(message.channel.id):
            line = await self._taken(message)
            if line is not None:
                if not (line.text.startswith("/") or line.file):  # those are passed on at once
                    self._start(_sign(message))
                self._bursts.add(line.key, message.id, line.text, line, alone=line.file is not None)

    async def missed(self, messages: Sequence[discord.Message]) -> None:
        """Handle what was written in one channel while the bot was away, oldest first."""
        if not messages:
            return
        async with self._order_of(messages[0].channel.id):
            lines = [await self._taken(message) for message in filter(reading.is_words, messages)]
            bursts = gathered([line for line in lines if line is not None], self._pause)
            open_ones = [each for each in bursts if may_go_on(each, bursts)]
            closed = [each for each in bursts if each not in open_ones]
            for burst in closed:
                burst.sent = True
            for burst in open_ones:
                for number, text in burst.lines.items():
                    alone = burst.context.file is not None
                    last = closed[-1] if closed else None  # what was written earlier is passed on earlier
                    self._bursts.add(burst.key, number, text, burst.context, alone=alone, after=last)
        try:
            for burst in closed:
                await self._deliver(burst)
        finally:
            for burst in closed:
                self._done(burst)
                burst.done.set()

    def _order_of(self, channel: int) -> asyncio.Lock:
        """Held while a channel's message is remembered, so that what was written first stands first; never longer."""
        return self._orders.setdefault(channel, asyncio.Lock())

    async def _taken(self, message: discord.Message) -> Line | None:
        """The message, remembered as one for the bot; None if it is not, or was handled before."""
        if message.id in self._at_work:
            return None
        told = reading.heard(message, self._me())
        busy = told.own and self._traffic.busy(message.channel.id, message.author.id, message.created_at.timestamp())
        switch = self._switches.of(message.channel.id)
        wanted = meant(told, switch, busy=busy)
        puzzling = beyond_reading(told, switch, busy=busy)
        if not (wanted or puzzling or told.own):
            return None
        if wanted:
            self._at_work[message.id] = asyncio.Event()
        text = reading.readable(message, told.text) if wanted else ""  # what is for people only is not kept
        request = await self._inbox.note(message.id, message.channel.id, text, meant=wanted or puzzling)
        if request is None:
            self._at_work.pop(message.id, asyncio.Event()).set()
            if busy and switch is Switch.AUTO and meant(told, switch, busy=False):
                self._start(self._tell_busy(message))
            return None
        if puzzling:
            self._start(self._not_read(message, _NOT_YET if told.shows else _ASK))
            return None
        if left_out := reading.left_out(message):
            self._start(self._leave_out(message, left_out))
        return Line(message, text, reading.where(message, told), request)

    async def _not_read(self, message: discord.Message, words: Text) -> None:
        """One friendly word for a picture, a mention alone or whatever else says nothing to the bot. Once."""
        await self._reply(message, Notice(say(words, self._languages.of(message))))
        await self._inbox.joined([message.id])
        await self._inbox.handled(message.id, "")

    async def _learn(self, message: discord.Message) -> None:
        """A thread that was not there when the bot connected."""
        try:
            found = await self._client.fetch_channel(message.channel.id)
        except (discord.HTTPException, discord.InvalidData, *problems.NETWORK) as error:
            logger.info("channel %d cannot be read: %s", message.channel.id, error)
            return
        if isinstance(found, discord.Thread | discord.TextChannel | discord.VoiceChannel | discord.StageChannel):
            message.channel = found

    def _me(self) -> int:
        return self._client.user.id if self._client.user is not None else 0

    async def _tell_busy(self, message: discord.Message) -> None:
        if self._traffic.first_time(message.channel.id):
            language = message.guild.preferred_locale.value if message.guild is not None else ""
            await self._reply(message, Notice(say(Text("listening-busy", command="/listen"), language)))

    async def _deliver(self, burst: Burst[Line]) -> None:
        parts = [int(each) for each in burst.lines]
        message, where = burst.context.message, burst.context.where
        try:
            if await self._inbox.joined(parts):
                where = await self._passed_on(burst)
            elif where is None:
                where = place(message.guild.id if message.guild is not None else None, message.channel.id, parts[0])
            await self._inbox.handled(parts[0], where.key if where is not None else "")
        finally:
            self._done(burst)

    def _done(self, burst: Burst[Line]) -> None:
        """No more is done about a burst: whoever waits for that may go on."""
        for message in burst.lines:
            self._at_work.pop(int(message), asyncio.Event()).set()

    async def _passed_on(self, burst: Burst[Line]) -> Place | None:
        """Where the request went; None where no place could be had for it."""
        message = burst.context.message
        language = self._languages.of(message)
        here = burst.context.where or reading.here(message)
        answers = reading.answers(message, self._me())
        request = Said(here, writer_of(message, language), burst.text, str(burst.message), answers=answers)
        title = burst.text
        if burst.context.file is not None:
            try:
                request = await self._with_files(request, message)
            except (discord.HTTPException, *problems.NETWORK) as error:
                logger.warning("message %d: its attachment could not be fetched: %s", message.id, error)
                await self._reply(message, Notice(say(Text("file-not-fetched"), language)))
                return burst.context.where
            title = request.text or burst.context.file.filename
        if burst.context.where is None:
            instead = await self._answers.admitted(request, language)
            opened = await self._opened(message, title, language) if instead is None else None
            if not isinstance(opened, Place):
                await self._reply(message, instead if opened is None else Notice(opened.text))
                return None
            request = replace(request, place=opened)
        await self._reply(message, await self._answers.handled(request, language))
        return request.place

    async def _with_files(self, request: Said, message: discord.Message) -> Said:
        """A request with what stands in its files: words, and the first canvas or picture."""
        text, kept, more = request.text, list[Upload](), list[str]()
        for attached in reading.readable_files(message):
            file = await fetched(reading.name_of(attached), attached.size, attached.read)
            text, other = with_words(text, file)
            if other is not None and kept:
                more.append(attached.filename)
            elif other is not None:
                kept.append(other)
        if more:
            self._start(self._leave_out(message, more))
        return replace(request, text=text, file=next(iter(kept), None))

    async def _leave_out(self, message: discord.Message, names: Sequence[str]) -> None:
        words = Text("files-left-out", files=", ".join(names))
        await self._reply(message, Notice(say(words, self._languages.of(message))))

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
        told = reading.heard(message, self._me())
        text = reading.readable(message, told.text)
        file = reading.readable_file(message)
        canvas = file is not None and not is_picture(file.filename)  # words beside one are its name alone
        if text and not text.startswith("//") and not canvas:
            await self._reworded(message, told, text)

    async def _reworded(self, message: discord.Message, told: Heard, text: str) -> None:
        async with self._order_of(message.channel.id):
            waits = self._bursts.rewritten(message.id, text)
        if waits:  # for more; it will be passed on with its new words
            await self._inbox.reword(message.id, text)
            return
        if (at_work := self._at_work.get(message.id)) is not None:
            await at_work.wait()
        known = await self._inbox.part_of(message.id)
        if known is not None:
            await self._inbox.reword(message.id, text)
            name, key, lines = known
            if lines[message.id] == text or not key:
                return
            where, text = Place(PLATFORM, key), "\n".join({**lines, message.id: text}.values())
        elif told.own or told.direct or told.mentioned or told.answers_us:
            where, name = reading.here(message), message.id
        else:
            return
        language = self._languages.of(message)
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
                notice = Notice(say(Text("form-ready"), language))
                view = shapes.one_button(answer.action, answer.turn, say(Text("form-open"), language))
            case Choices():
                notice = Notice(answer.text, answer.attachments)
                view = shapes.menus(answer, say(Text("choose"), language)) if answer.options else None
            case Notice():
                notice = answer
        limit = message.guild.filesize_limit if message.guild is not None else DEFAULT_LIMIT

        async def send(version: Notice) -> None:
            shape = await self._answers.shaped(version, limit, view)
            items = shape.view or discord.utils.MISSING
            try:
                await message.reply(shape.content, files=shape.uploads(), view=items, mention_author=False)
            except discord.HTTPException as error:
                if not problems.is_about_reply(error):
                    raise
                await message.channel.send(shape.content, files=shape.uploads(), view=items)

        try:
            await lessening(notice, language, send)
        except discord.HTTPException as error:
            level = logging.INFO if problems.is_gone(error) else logging.WARNING
            logger.log(level, "message %d could not be answered: %s", message.id, error)


async def _sign(message: discord.Message) -> None:
    """A sign of life: that somebody's words have come, while more of them are waited for. Never raises."""
    try:
        async with asyncio.timeout(_SIGN_SECONDS):
            await message.channel.typing()
    except (discord.HTTPException, TimeoutError, *problems.NETWORK) as error:
        logger.debug("no sign was given: %s", error)

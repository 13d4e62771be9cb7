"""Brings the bot's messages to Telegram and keeps them up to date: one message a turn, from text to picture.

Knows the limits of messages and what may go wrong with them; knows no conversation.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from telegram import Bot, InlineKeyboardMarkup, Message, MessageEntity
from telegram.error import ChatMigrated, TelegramError

from bot.chat.telegram import problems, shapes
from bot.chat.telegram.calls import Calls, Target
from bot.chat.telegram.pacing import Pacer
from bot.chat.telegram.places import Spot, name_of, named
from bot.chat.telegram.shapes import LONGEST_CAPTION, LONGEST_TEXT, Markup, Shape
from bot.chat.telegram.strays import Strays
from bot.chat.telegram.threads import Known, Threads
from bot.messages import Attachment, MessageGoneError, Outgoing

logger = logging.getLogger(__name__)

_ALBUM = 10
_REMEMBERED = 5000
T = TypeVar("T")


class Delivery:
    """Posts and edits. Every message that is sent is remembered as part of its place's conversation."""

    def __init__(self, bot: Bot, threads: Threads, pacer: Pacer) -> None:
        self._calls = Calls(bot)
        self._threads = threads
        self._pacer = pacer
        self._strays = Strays(self._calls, threads, pacer)
        self._answering: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def answering(self, spot: Spot, chat: int, message: int) -> None:
        """The message that somebody wrote last in a conversation; what is posted next there answers it."""
        self._answering[spot.key] = chat, message
        self._answering.move_to_end(spot.key)
        while len(self._answering) > _REMEMBERED:
            self._answering.popitem(last=False)

    async def target(self, spot: Spot, reply_to: int | None = None) -> Target:
        """Where a message for a spot goes now."""
        chat = await self._threads.current(spot.chat)
        answered = reply_to
        if answered is None and spot.root is not None:
            there, last = self._answering.get(spot.key, (spot.chat, spot.root))
            answered = last if there == chat else None  # numbers mean nothing in the chat it has become
        return Target(chat, spot.topic, answered, spot.key)

    async def post(self, spot: Spot, message: Outgoing, note: str = "") -> str:
        """Post a message and return its name. A note that is known already changes the message it named instead.

        Raises:
            MessageGoneError: if the bot may not write there.
            TelegramError: if Telegram fails.
        """
        note = note or (f"nonce {message.nonce}" if message.nonce else "")
        target = await self.target(spot)
        known = await self._threads.noted(target.chat, note) if note else None
        if known is not None:
            await self.change(spot, name_of(known.chat, known.message), message)
            return name_of(known.chat, known.message)
        shape = await self._shaped(spot, message)
        if len(shape.pictures) > 1:
            return await self._album_and_message(target, shape, note or None, after=None)
        return name_of(*await self._new(target, shape, note))

    async def show(self, spot: Spot, name: str, message: Outgoing) -> None:
        """Show a passing state when the chat may be spoken to; a newer one takes its place.

        Raises:
            MessageGoneError: if an earlier state found the message gone.
        """
        chat, number = named(name)

        async def send() -> None:
            if await self._threads.current(chat) != chat or await self._moved_on(spot, name) is not None:
                return
            shape = await self._shaped(spot, message)
            async with self._translated(spot):
                await self._calls.replace(chat, number, shape)

        await self._pacer.passing(chat, number, send)

    async def change(self, spot: Spot, name: str, message: Outgoing) -> None:
        """Bring a message to its end, or say it anew where the message is gone: no picture is lost.

        Raises:
            MessageGoneError: if the bot may not write there.
            TelegramError: if Telegram fails; trying again is safe.
        """
        shape = await self._shaped(spot, message)
        later = await self._moved_on(spot, name)
        chat, number = (later.chat, later.message) if later is not None else named(name)
        if len(shape.pictures) > 1:
            await self._album_and_message(await self.target(spot), shape, name, after=(chat, number))
            return
        if not shape.pictures:
            await self._remove_album(chat, number)
        if await self._threads.current(chat) != chat or not await self._ended(spot, chat, number, shape):
            await self._new(await self.target(spot), shape, f"again {name}")
            return
        await self._follow_up(await self.target(spot), chat, number, shape)

    async def _ended(self, spot: Spot, chat: int, message: int, shape: Shape) -> bool:
        """Edit a message for good; False if it is gone, also because it was a picture and is to be words alone."""
        try:
            async with self._translated(spot):
                await self._pacer.final(chat, message, lambda: self._calls.replace(chat, message, shape, keep=False))
        except MessageGoneError as error:
            logger.info("said anew: %s", error)
            return False
        except TelegramError as error:
            if not problems.has_no_text(error):
                raise
            if await self._calls.remove(chat, message):
                return False
            blank = replace(shape, pictures=(shapes.blank(),))
            async with self._translated(spot):
                await self._pacer.final(chat, message, lambda: self._calls.replace(chat, message, blank))
        return True

    async def _remove_album(self, chat: int, message: int) -> None:
        """Remove the pictures above a message that is not to have any more."""
        known = await self._threads.known(chat, message)
        for number in known.state.split() if known is not None else ():
            if number.isdecimal() and int(number) != message:
                await self._calls.remove(chat, int(number))

    async def _shaped(self, spot: Spot, message: Outgoing) -> Shape:
        """A message in Telegram's terms; the picture that it came from may stand in another message by now."""
        later = await self._moved_on(spot, message.parent) if message.parent else None
        if later is not None:
            message = replace(message, parent=name_of(later.chat, later.message))
        return await asyncio.to_thread(shapes.shaped, message)

    async def _moved_on(self, spot: Spot, name: str) -> Known | None:
        """The message that has taken a message's place."""
        chat = await self._threads.current(spot.chat)
        return await self._threads.noted(chat, f"again {name}")

    async def _new(self, target: Target, shape: Shape, note: str) -> tuple[int, int]:
        """A new message with at most one picture, and what did not fit in it."""
        stray = await self._strays.found(target, shape, note)
        if stray is None:
            sent = await self._sent(target, lambda where: self._send(where, shape))
            target, number = replace(target, chat=sent.chat.id), sent.message_id
        else:
            number = stray
        await self._strays.settled(target, number, note)
        await self._follow_up(target, target.chat, number, shape)
        return target.chat, number

    async def _send(self, target: Target, shape: Shape) -> Message:
        if shape.pictures:
            caption = shapes.cut(shape.text, LONGEST_CAPTION)[0]
            marked = shape.entities(caption)
            return await self._calls.photo(target, shape.pictures[0], caption, shape.keyboard, marked)
        text = shapes.cut(shape.text, LONGEST_TEXT)[0]
        return await self._calls.text(target, text, shape.keyboard, shape.entities(text))

    async def _follow_up(self, target: Target, chat: int, message: int, shape: Shape) -> None:
        """What a message could not hold: the rest of its words, and its files. Once."""
        most = LONGEST_CAPTION if shape.pictures else LONGEST_TEXT
        rest = shapes.cut(shape.text, most)[1]
        note = f"rest {name_of(chat, message)}"
        if not (rest or shape.files) or await self._threads.noted(chat, note) is not None:
            return
        below = replace(target, chat=chat, reply_to=message)
        sent = [await self.say(below, part) for part in shapes.parts(rest)]
        if shape.files:
            sent.extend(await self.files(below, shape.files))
        for each in sent:
            await self._remember(target, each, note)

    async def say(
        self, target: Target, text: str, markup: Markup = None, entities: Sequence[MessageEntity] = ()
    ) -> Message:
        """Send words, cut if they are too long.

        Raises:
            MessageGoneError: if the bot may not write there.
            TelegramError: if Telegram fails.
        """
        shown = shapes.cut(text, LONGEST_TEXT)[0]
        found = list(entities) or shapes.code_entities(shown)
        return await self._sent(target, lambda where: self._calls.text(where, shown, markup, found))

    async def picture(self, target: Target, file: Attachment, caption: str, markup: Markup = None) -> Message:
        """Send a picture with words; raises as :meth:`say`."""
        fitting = await asyncio.to_thread(shapes.photo, file)
        shown = shapes.cut(caption, LONGEST_CAPTION)[0]
        return await self._sent(target, lambda where: self._calls.photo(where, fitting, shown, markup))

    async def files(self, target: Target, files: Sequence[Attachment]) -> list[Message]:
        """Send files as they are; raises as :meth:`say`."""
        kept = [each for each in files if each.content and len(each.content) <= shapes.LARGEST_FILE]
        sent: list[Message] = []
        for start in range(0, len(kept), _ALBUM):
            sent.extend(await self._group(target, kept[start : start + _ALBUM]))
        return sent

    async def _group(self, target: Target, group: Sequence[Attachment]) -> list[Message]:
        if len(group) == 1:
            return [await self._sent(target, lambda where: self._calls.document(where, group[0]))]
        return await self._sent(target, lambda where: self._calls.documents(where, group))

    async def rewrite(
        self, spot: Spot, chat: int, message: int, text: str, markup: InlineKeyboardMarkup | None
    ) -> None:
        """Change a message's words and keyboard; a picture of it stays. Raises as :meth:`say`."""
        shape = Shape(text, (), (), markup)
        async with self._translated(spot):
            await self._pacer.final(chat, message, lambda: self._calls.replace(chat, message, shape))

    async def _album_and_message(
        self, target: Target, shape: Shape, name: str | None, after: tuple[int, int] | None
    ) -> str:
        """Several pictures and below them the words with the keyboard, which an album cannot have.

        The status message before them goes. Each part is done once, whatever is repeated.
        """
        album, below = (f"album {name}", f"again {name}") if name is not None else ("", "")
        above = await self._threads.noted(target.chat, album) if album else None
        if above is None:
            above = await self._pictures(target, shape.pictures, album)
            target = replace(target, chat=above.chat)
        known = await self._threads.noted(target.chat, below) if below else None
        if known is None:
            words = await self.say(target, shape.text, shape.keyboard)
            await self.note(target, words, below, above.state)
            known = Known(words.chat.id, words.message_id, target.key)
        if after is not None and (known.chat, known.message) != after:
            await self._calls.remove(*after)
        return name_of(known.chat, known.message)

    async def _pictures(self, target: Target, pictures: Sequence[Attachment], note: str) -> Known:
        """Send an album; its last message is remembered, with the numbers of all as its state."""
        shown = pictures[:_ALBUM]
        first = await self._strays.found(target, Shape("", tuple(shown[:1]), (), None), note)
        if first is not None:
            numbers = list(range(first, first + len(shown)))
        else:
            try:
                sent = await self._sent(target, lambda where: self._calls.photos(where, shown))
            except TelegramError as error:
                if not problems.may_have_arrived(error):
                    raise
                # Nobody can look. Albums nearly always have arrived, and a second one would be worse than none.
                logger.warning("an album's answer was lost; taken as sent: %s", error)
                return await self._threads.remember_unnumbered(target.chat, target.key, note)
            target, numbers = replace(target, chat=sent[-1].chat.id), [each.message_id for each in sent]
        state = " ".join(map(str, numbers))
        for number in numbers:
            await self._strays.settled(target, number, note, state)
        return Known(target.chat, numbers[-1], target.key, note, state)

    async def _sent(self, target: Target, send: Callable[[Target], Awaitable[T]]) -> T:
        """Send something new; a chat that has moved is followed."""
        spot = Spot(target.chat, target.topic)
        async with self._translated(spot):
            try:
                return await self._pacer.post(target.chat, lambda: send(target))
            except ChatMigrated as error:
                await self._threads.moved(target.chat, error.new_chat_id)
                moved = replace(target, chat=error.new_chat_id, reply_to=None)
                return await self._pacer.post(moved.chat, lambda: send(moved))

    @asynccontextmanager
    async def _translated(self, spot: Spot) -> AsyncGenerator[None]:
        """Errors of Telegram's in the rest of the bot's terms."""
        try:
            yield
        except ChatMigrated as error:
            await self._threads.moved(spot.chat, error.new_chat_id)
            raise MessageGoneError(f"Telegram, chat {spot.key}: it has become {error.new_chat_id}") from error
        except TelegramError as error:
            if problems.is_place_gone(error) or problems.is_message_gone(error):
                raise MessageGoneError(f"Telegram, chat {spot.key}: {error.message}") from error
            raise

    async def _remember(self, target: Target, sent: Message, note: str) -> None:
        await self._threads.remember(Known(sent.chat.id, sent.message_id, target.key, note))

    async def note(self, target: Target, sent: Message, note: str, state: str) -> None:
        """Remember what a message of the bot's is for."""
        await self._threads.remember(Known(sent.chat.id, sent.message_id, target.key, note, state))

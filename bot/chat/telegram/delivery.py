"""Brings the bot's messages to Telegram and keeps them up to date: one message a turn, from text to picture.

Knows the limits of messages and what may go wrong with them; knows no conversation.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.chat.shared.fitting import Sign, unsigned
from bot.chat.shared.recent import Recent
from bot.chat.telegram import problems, shapes
from bot.chat.telegram.calls import Calls, Target
from bot.chat.telegram.pacing import Pacer
from bot.chat.telegram.places import Spot, name_of, named
from bot.chat.telegram.sending import ALBUM, Sending
from bot.chat.telegram.shapes import LONGEST_CAPTION, LONGEST_TEXT, Shape
from bot.chat.telegram.strays import Strays
from bot.chat.telegram.threads import Known, Threads
from bot.errors import MessageGoneError, PostRefusedError
from bot.messages import Attachment, Outgoing

logger = logging.getLogger(__name__)

_REMEMBERED = 5000
_WORDS_ONLY_SECONDS = 600.0
"""How long passing states do without pictures where pictures were refused."""

_REFUSED = "refused"
"""The state of an album that the chat does not allow."""

T = TypeVar("T")


class Delivery(Sending):
    """Posts and edits. Every message that is sent is remembered as part of its place's conversation."""

    def __init__(self, bot: Bot, threads: Threads, pacer: Pacer, sign: Sign = unsigned) -> None:
        super().__init__(Calls(bot), threads, pacer, sign)
        self._strays = Strays(self._calls, threads, pacer)
        self._answering: Recent[str, tuple[int, int]] = Recent(_REMEMBERED)
        self._words_only: Recent[int, float] = Recent(_REMEMBERED)

    def answering(self, spot: Spot, chat: int, message: int) -> None:
        """The message that somebody wrote last in a conversation; what is posted next there answers it."""
        self._answering[spot.key] = chat, message

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
            if self._words_only.get(chat, 0.0) > time.monotonic():
                shape = replace(shape, pictures=())
            try:
                async with self.translated(spot):
                    await self._calls.replace(chat, number, shape)
            except PostRefusedError as error:
                logger.info("words alone for a while: %s", error)
                self._words_only[chat] = time.monotonic() + _WORDS_ONLY_SECONDS

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
        ended = await self._ended(spot, chat, number, shape) if await self._threads.current(chat) == chat else None
        if ended is None:
            await self._new(await self.target(spot), shape, f"again {name}")
            return
        await self._follow_up(await self.target(spot), chat, number, ended)

    async def _ended(self, spot: Spot, chat: int, message: int, shape: Shape) -> Shape | None:
        """Edit a message for good, into what the chat allows of it.

        None if it is gone, also because it was a picture and is to be words alone.
        """

        async def edit(version: Shape) -> None:
            async with self.translated(spot):
                await self._pacer.final(chat, message, lambda: self._calls.replace(chat, message, version, keep=False))

        try:
            return (await self.as_allowed(shape, edit))[1]
        except PostRefusedError:
            raise
        except MessageGoneError as error:
            logger.info("said anew: %s", error)
            return None
        except TelegramError as error:
            if not problems.has_no_text(error):
                raise
            if await self._calls.remove(chat, message):
                return None
            blank = replace(shape, pictures=(shapes.blank(),))
            await edit(blank)
            return blank

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
        return await asyncio.to_thread(shapes.shaped, message, self._sign)

    async def _moved_on(self, spot: Spot, name: str) -> Known | None:
        """The message that has taken a message's place."""
        chat = await self._threads.current(spot.chat)
        return await self._threads.noted(chat, f"again {name}")

    async def _new(self, target: Target, shape: Shape, note: str) -> tuple[int, int]:
        """A new message with at most one picture, and what did not fit in it."""
        number = await self._strays.found(target, shape, note)
        if number is None:
            sent, shape = await self.as_allowed(
                shape, lambda version: self.sent(target, lambda where: self._calls.shape(where, version))
            )
            target, number = replace(target, chat=sent.chat.id), sent.message_id
        await self._strays.settled(target, number, note)
        await self._follow_up(target, target.chat, number, shape)
        return target.chat, number

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
            sent.extend(await self.files(below, shape.files, shape.language))
        for each in sent:
            await self._remember(target, each, note)

    async def rewrite(
        self, spot: Spot, chat: int, message: int, text: str, markup: InlineKeyboardMarkup | None
    ) -> None:
        """Change a message's words and keyboard; a picture of it stays. Raises as :meth:`say`."""
        shape = Shape(text, (), (), markup)
        async with self.translated(spot):
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
            refused = above.state == _REFUSED
            text = shapes.without_pictures(shape.text, shape.language) if refused else shape.text
            words = await self.say(target, text, shape.keyboard)
            await self.note(target, words, below, above.state)
            known = Known(words.chat.id, words.message_id, target.key)
        if after is not None and (known.chat, known.message) != after:
            await self._calls.remove(*after)
        return name_of(known.chat, known.message)

    async def _pictures(self, target: Target, pictures: Sequence[Attachment], note: str) -> Known:
        """Send an album; its last message is remembered, with the numbers of all as its state."""
        shown = pictures[:ALBUM]
        first = await self._strays.found(target, Shape("", tuple(shown[:1]), (), None), note)
        if first is not None:
            numbers = list(range(first, first + len(shown)))
        else:
            try:
                sent = await self.album(target, shown)
            except PostRefusedError as error:
                logger.info("said instead: %s", error)
                return await self._threads.remember_unnumbered(target.chat, target.key, note, _REFUSED)
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

    async def _remember(self, target: Target, sent: Message, note: str) -> None:
        await self._threads.remember(Known(sent.chat.id, sent.message_id, target.key, note))

    async def note(self, target: Target, sent: Message, note: str, state: str) -> None:
        """Remember what a message of the bot's is for."""
        await self._threads.remember(Known(sent.chat.id, sent.message_id, target.key, note, state))

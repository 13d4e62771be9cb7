"""Sends what is new to Telegram: where it still can be sent, and as what the chat allows of it.

Knows the limits of messages and what may go wrong with them; knows no conversation, and changes nothing that stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from telegram import Message, MessageEntity
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.shared.fitting import Sign, unsigned
from bot.chat.telegram import problems, shapes
from bot.chat.telegram.calls import Calls, Target
from bot.chat.telegram.pacing import Pacer
from bot.chat.telegram.places import Spot
from bot.chat.telegram.shapes import LONGEST_CAPTION, LONGEST_TEXT, Markup, Shape
from bot.chat.telegram.threads import Threads
from bot.errors import MessageGoneError, PostRefusedError
from bot.messages import Attachment

logger = logging.getLogger(__name__)

ALBUM = 10
"""Files that one message group holds."""

T = TypeVar("T")


class Sending:
    """Sends through one bot, chat by chat, and follows chats that move."""

    def __init__(self, calls: Calls, threads: Threads, pacer: Pacer, sign: Sign = unsigned) -> None:
        self._calls = calls
        self._threads = threads
        self._pacer = pacer
        self._sign = sign

    async def say(
        self, target: Target, text: str, markup: Markup = None, entities: Sequence[MessageEntity] = ()
    ) -> Message:
        """Send words, cut if they are too long; where a chat allows no words alone, below pictures of nothing.

        Raises:
            MessageGoneError: if the bot may not write there.
            TelegramError: if Telegram fails.
        """
        shown = shapes.cut(text, LONGEST_TEXT)[0]
        found = list(entities) or shapes.code_entities(shown)
        try:
            return await self.sent(target, lambda where: self._calls.text(where, shown, markup, found))
        except PostRefusedError as error:
            if not (isinstance(error.__cause__, TelegramError) and problems.is_forbidden_kind(error.__cause__)):
                raise
            logger.info("said below a picture, if that is allowed: %s", error)
        *before, last = shapes.parts(shown, LONGEST_CAPTION) or [shown]
        for part in before:
            await self._below_nothing(target, part)
        return await self._below_nothing(target, last, markup, found if not before else ())

    async def _below_nothing(
        self, target: Target, text: str, markup: Markup = None, entities: Sequence[MessageEntity] = ()
    ) -> Message:
        return await self.sent(target, lambda where: self._calls.photo(where, shapes.blank(), text, markup, entities))

    async def picture(
        self, target: Target, file: Attachment, caption: str, markup: Markup = None, language: str = ""
    ) -> Message:
        """Send a picture with words, or what the chat allows of them; raises as :meth:`say`."""
        shape = Shape(caption, (await asyncio.to_thread(shapes.photo, file, self._sign),), (), None, language=language)

        async def send(version: Shape) -> Message:
            if not version.pictures:
                return await self.say(target, version.text, markup)
            call = self._calls.document if version.as_file else self._calls.photo
            shown = shapes.cut(version.text, LONGEST_CAPTION)[0]
            return await self.sent(target, lambda where: call(where, version.pictures[0], shown, markup))

        return (await self.as_allowed(shape, send))[0]

    async def files(self, target: Target, files: Sequence[Attachment], language: str = "") -> list[Message]:
        """Send files as they are, or say that the chat allows none; raises as :meth:`say`."""
        kept = [each for each in files if each.content and len(each.content) <= shapes.LARGEST_FILE]
        sent: list[Message] = []
        try:
            for start in range(0, len(kept), ALBUM):
                sent.extend(await self._group(target, kept[start : start + ALBUM]))
        except PostRefusedError as error:
            logger.info("said instead: %s", error)
            sent.append(await self.say(target, say(Text("no-files-here"), language)))
        return sent

    async def _group(self, target: Target, group: Sequence[Attachment]) -> list[Message]:
        if len(group) == 1:
            return [await self.sent(target, lambda where: self._calls.document(where, group[0]))]
        return await self.sent(target, lambda where: self._calls.documents(where, group))

    async def album(self, target: Target, pictures: Sequence[Attachment]) -> list[Message]:
        """Pictures to be seen; where the chat allows none, as files."""
        try:
            return await self.sent(target, lambda where: self._calls.photos(where, pictures))
        except PostRefusedError as error:
            logger.info("sent as files: %s", error)
            return await self.sent(target, lambda where: self._calls.documents(where, pictures))

    async def sent(self, target: Target, send: Callable[[Target], Awaitable[T]]) -> T:
        """Send something new; a chat that has moved is followed, a private topic that is refused done without."""
        spot = Spot(target.chat, target.topic)
        async with self.translated(spot):
            try:
                return await self._pacer.post(target.chat, lambda: send(target))
            except ChatMigrated as error:
                await self._threads.moved(target.chat, error.new_chat_id)
                moved = replace(target, chat=error.new_chat_id, reply_to=None)
                return await self._pacer.post(moved.chat, lambda: send(moved))
            except BadRequest as error:
                if target.topic is None or target.chat < 0 or not problems.is_topic_gone(error):
                    raise
                plain = replace(target, topic=None)
                return await self._pacer.post(plain.chat, lambda: send(plain))

    @asynccontextmanager
    async def translated(self, spot: Spot) -> AsyncGenerator[None]:
        """Errors of Telegram's in the rest of the bot's terms."""
        try:
            yield
        except ChatMigrated as error:
            await self._threads.moved(spot.chat, error.new_chat_id)
            raise MessageGoneError(f"Telegram, chat {spot.key}: it has become {error.new_chat_id}") from error
        except TelegramError as error:
            if problems.is_place_gone(error) or problems.is_message_gone(error):
                raise MessageGoneError(f"Telegram, chat {spot.key}: {error.message}") from error
            if problems.is_refusal(error):
                raise PostRefusedError(f"Telegram, chat {spot.key}: {error.message}") from error
            raise

    async def as_allowed(self, shape: Shape, send: Callable[[Shape], Awaitable[T]]) -> tuple[T, Shape]:
        """Send a message as it is, or else as what the chat allows of it; gives what became of it, too.

        Raises:
            PostRefusedError: if the chat allows none of it.
        """
        refused: PostRefusedError | None = None
        for version in shapes.versions(shape):
            try:
                return await send(version), version
            except PostRefusedError as error:
                logger.info("another way, if there is one: %s", error)
                refused = error
        assert refused is not None, "there is a version"
        raise refused

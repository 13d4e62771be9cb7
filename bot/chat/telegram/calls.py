"""The Bot API's calls that send, change and remove messages, in the shapes the adapter uses. Retries nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Bot, InputMediaDocument, InputMediaPhoto, Message, MessageEntity, ReplyParameters
from telegram.error import TelegramError

from bot.chat.telegram import problems, shapes
from bot.chat.telegram.shapes import LONGEST_CAPTION, LONGEST_TEXT, Markup, Shape
from bot.messages import Attachment

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """Where a message goes: the chat as it is now, its topic, the message it answers, and the key of its place."""

    chat: int
    topic: int | None
    reply_to: int | None
    key: str

    def reply(self) -> ReplyParameters | None:
        """What ties the message to the one it answers, if that is still there."""
        if self.reply_to is None:
            return None
        return ReplyParameters(self.reply_to, allow_sending_without_reply=True)


class Calls:
    """Calls as one bot. Every method raises TelegramError if the call fails, unless it says otherwise."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def text(
        self, target: Target, text: str, markup: Markup = None, entities: Sequence[MessageEntity] = ()
    ) -> Message:
        """Send words."""
        return await self._bot.send_message(
            target.chat,
            text,
            entities=list(entities) or None,
            message_thread_id=target.topic,
            reply_parameters=target.reply(),
            reply_markup=markup,
        )

    async def photo(
        self,
        target: Target,
        file: Attachment,
        caption: str,
        markup: Markup = None,
        entities: Sequence[MessageEntity] = (),
    ) -> Message:
        """Send a picture to be seen, with words below it."""
        return await self._bot.send_photo(
            target.chat,
            file.content,
            caption=caption,
            caption_entities=list(entities) or None,
            filename=file.name,
            has_spoiler=file.spoiler or None,
            message_thread_id=target.topic,
            reply_parameters=target.reply(),
            reply_markup=markup,
        )

    async def document(
        self,
        target: Target,
        file: Attachment,
        caption: str = "",
        markup: Markup = None,
        entities: Sequence[MessageEntity] = (),
    ) -> Message:
        """Send a file as it is, with words below it."""
        return await self._bot.send_document(
            target.chat,
            file.content,
            caption=caption or None,
            caption_entities=list(entities) or None,
            filename=file.name,
            disable_content_type_detection=True,
            message_thread_id=target.topic,
            reply_parameters=target.reply(),
            reply_markup=markup,
        )

    async def shape(self, target: Target, shape: Shape) -> Message:
        """Send a message with at most one picture; what is too long of its words is left out."""
        if not shape.pictures:
            text = shapes.cut(shape.text, LONGEST_TEXT)[0]
            return await self.text(target, text, shape.keyboard, shape.entities(text))
        caption = shapes.cut(shape.text, LONGEST_CAPTION)[0]
        send = self.document if shape.as_file else self.photo
        return await send(target, shape.pictures[0], caption, shape.keyboard, shape.entities(caption))

    async def photos(self, target: Target, files: Sequence[Attachment]) -> list[Message]:
        """Send an album of 2 to 10 pictures."""
        media = [InputMediaPhoto(each.content, filename=each.name, has_spoiler=each.spoiler or None) for each in files]
        sent = await self._bot.send_media_group(
            target.chat, media, message_thread_id=target.topic, reply_parameters=target.reply()
        )
        return list(sent)

    async def documents(self, target: Target, files: Sequence[Attachment]) -> list[Message]:
        """Send 2 to 10 files as they are."""
        media = [
            InputMediaDocument(each.content, filename=each.name, disable_content_type_detection=True) for each in files
        ]
        sent = await self._bot.send_media_group(
            target.chat, media, message_thread_id=target.topic, reply_parameters=target.reply()
        )
        return list(sent)

    async def replace(self, chat: int, message: int, shape: Shape, *, keep: bool = True) -> None:
        """Edit a message: into a picture where there is one, else its words.

        A picture cannot become words again: with ``keep`` it stays and the words are its caption, else the call fails
        (:func:`bot.chat.telegram.problems.has_no_text`).
        """
        try:
            if shape.pictures:
                file = shape.pictures[0]
                caption = shapes.cut(shape.text, LONGEST_CAPTION)[0]
                entities = shape.entities(caption)
                media: InputMediaDocument | InputMediaPhoto
                if shape.as_file:
                    media = InputMediaDocument(file.content, caption, caption_entities=entities, filename=file.name)
                else:
                    hidden = file.spoiler or None
                    media = InputMediaPhoto(
                        file.content, caption, caption_entities=entities, filename=file.name, has_spoiler=hidden
                    )
                await self._bot.edit_message_media(media, chat, message, reply_markup=shape.keyboard)
            else:
                await self._words(chat, message, shape, keep=keep)
        except TelegramError as error:
            if not problems.is_unchanged(error):
                raise

    async def _words(self, chat: int, message: int, shape: Shape, *, keep: bool) -> None:
        text = shapes.cut(shape.text, LONGEST_TEXT)[0]
        try:
            entities = shape.entities(text) or None
            await self._bot.edit_message_text(text, chat, message, entities=entities, reply_markup=shape.keyboard)
        except TelegramError as error:
            if not (keep and problems.has_no_text(error)):
                raise
            caption = shapes.cut(shape.text, LONGEST_CAPTION)[0]
            marked = shape.entities(caption) or None
            await self._bot.edit_message_caption(
                chat, message, caption=caption, caption_entities=marked, reply_markup=shape.keyboard
            )

    async def remove(self, chat: int, message: int) -> bool:
        """Remove a message if Telegram lets the bot, which it does for two days; never raises."""
        try:
            await self._bot.delete_message(chat, message)
        except TelegramError as error:
            logger.debug("message %d of chat %d stays: %s", message, chat, error)
            return False
        return True

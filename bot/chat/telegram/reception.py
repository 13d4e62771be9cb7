"""Takes what people do to the handler and shows them the answer, as toast, message, question or keyboard.

Decides nothing about conversations; what happens on a keyboard is the business of :mod:`presses`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram import Bot, CallbackQuery, ForceReply, InlineKeyboardMarkup, Message, MessageEntity, User
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.shared.incoming_files import fetched
from bot.chat.telegram import forms
from bot.chat.telegram.calls import Target
from bot.chat.telegram.delivery import Delivery
from bot.chat.telegram.forms import Opened
from bot.chat.telegram.hearing import SentFile
from bot.chat.telegram.places import Spot
from bot.chat.telegram.shapes import cut, is_picture, parts, units
from bot.errors import MessageGoneError
from bot.messages import Answer, Author, Choices, Form, Handle, Incoming, Notice, Upload

logger = logging.getLogger(__name__)

WHAT = "what"
"""The note of a message that asks what to draw."""

_SIGN_SECONDS = 2.0
"""A sign that comes later than this says nothing that the message does not."""

_TOAST = 200
_ALERT_FROM = 60
_WRONG = Text("failed-platform")
_NOT_FETCHED = Text("file-not-fetched")


@dataclass(frozen=True)
class Asked:
    """Who acted, where, and on which message; ``query`` is the press that can be answered by a toast.

    ``file`` came with the message, ``answers`` names the bot's message that it replies to.
    """

    spot: Spot
    author: Author
    user: User | None
    message: int
    query: CallbackQuery | None = None
    file: SentFile | None = None
    answers: str = ""


class Reception:
    """Shows answers. ``patience`` is how many seconds a press may go without one."""

    def __init__(
        self,
        bot: Bot,
        handle: Handle,
        delivery: Delivery,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        patience: float = 4.0,
    ) -> None:
        self._bot = bot
        self._handle = handle
        self._delivery = delivery
        self._start = start
        self._patience = patience

    async def take(self, incoming: Incoming, asked: Asked) -> None:
        """Pass something on and show what comes back. Never raises an error of its own."""
        answer: Answer = None
        answered = asyncio.Event()
        if asked.query is not None:
            self._start(self._soothe(asked.query, answered))
        try:
            answer = await self._handle(incoming)
        except Exception:
            logger.exception("unexpected, from %s", type(incoming).__name__)
            answer = Notice(say(_WRONG, asked.author.language))
        soothed = answered.is_set()
        answered.set()
        await self._show_quietly(answer, asked, soothed=soothed)

    async def upload(self, asked: Asked) -> Upload | None:
        """The file that came with a message; None if it cannot be had, which is told."""
        sent = asked.file
        assert sent is not None, "it is asked for where there is one"

        async def content() -> bytes:
            return bytes(await (await sent.there.get_file()).download_as_bytearray())

        try:
            return await fetched(sent.name, sent.size, content)
        except TelegramError as error:
            logger.warning("a file could not be fetched: %s", error)
            await self._show_quietly(Notice(say(_NOT_FETCHED, asked.author.language)), asked)
            return None

    async def _soothe(self, query: CallbackQuery, answered: asyncio.Event) -> None:
        """Stop the button's spinning before Telegram gives the press up."""
        try:
            async with asyncio.timeout(self._patience):
                await answered.wait()
        except TimeoutError:
            answered.set()
            await self.toast(query)

    async def _show_quietly(self, answer: Answer, asked: Asked, *, soothed: bool = False) -> None:
        try:
            await self.show(answer, asked, soothed=soothed)
        except MessageGoneError as error:
            logger.info("an answer found nobody: %s", error)
        except TelegramError as error:
            logger.warning("an answer could not be shown: %s", error)

    async def show(self, answer: Answer, asked: Asked, *, soothed: bool = False) -> None:
        """Show an answer to whoever acted."""
        if asked.query is not None and not soothed:
            plain = isinstance(answer, Notice) and not answer.attachments and answer.page is None
            short = plain and isinstance(answer, Notice) and units(answer.text) <= _TOAST
            await self.toast(asked.query, answer.text if short and isinstance(answer, Notice) else "")
            if short:
                return
        if answer is None:
            return
        target = await self._delivery.target(asked.spot, asked.message)
        if isinstance(answer, Notice):
            await self._tell(answer, target, asked.author.language)
        elif isinstance(answer, Form | Choices):
            await self._open(answer, target, asked)

    async def sign(self, asked: Asked) -> None:
        """A sign of life: that somebody's words have come, while more of them are waited for. Never raises."""
        try:
            target = await self._delivery.target(asked.spot, asked.message)
            async with asyncio.timeout(_SIGN_SECONDS):
                await self._bot.send_chat_action(target.chat, ChatAction.TYPING, message_thread_id=target.topic)
        except (MessageGoneError, TelegramError, TimeoutError) as error:
            logger.debug("no sign was given: %s", error)

    async def toast(self, query: CallbackQuery, text: str = "") -> None:
        """Answer a press; one that is too old is let go."""
        try:
            await self._bot.answer_callback_query(query.id, text or None, show_alert=units(text) > _ALERT_FROM)
        except TelegramError as error:
            logger.debug("a press could not be answered: %s", error)

    async def _tell(self, notice: Notice, target: Target, language: str) -> None:
        """Words as messages; pictures alone are seen, but beside other files they are kept whole, as files."""
        files = notice.attachments
        if files and all(map(is_picture, files)):
            caption, rest = cut(notice.text, 1024)
            for number, file in enumerate(files):
                below = caption if number == 0 else ""
                await self._note(target, await self._delivery.picture(target, file, below, language=language))
            await self._words(target, rest)
            return
        await self._words(target, notice.text, forms.page_button(notice.page))
        for sent in await self._delivery.files(target, files, language):
            await self._note(target, sent)

    async def _words(self, target: Target, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        for part in parts(text):
            await self._note(target, await self._delivery.say(target, part, keyboard))

    async def _note(self, target: Target, sent: Message) -> None:
        await self._delivery.note(target, sent, "", "")

    async def _open(self, answer: Form | Choices, target: Target, asked: Asked) -> None:
        form = forms.opened(answer)
        language = asked.author.language
        if form.kind == "question":
            await self.ask(target, form, forms.question(form, language), asked)
            return
        keyboard = forms.keyboard(form, language)
        pictures = [each for each in getattr(answer, "attachments", ()) if is_picture(each)]
        if pictures:
            sent = await self._delivery.picture(target, pictures[0], forms.shown(form), keyboard, language)
        else:
            sent = await self._delivery.say(target, forms.shown(form), keyboard)
        await self._delivery.note(target, sent, "form", form.dump())

    async def ask(self, target: Target, form: Opened, text: str, asked: Asked) -> None:
        """Ask one person to reply: in a group by their name, so that nobody else's input opens."""
        entities: list[MessageEntity] = []
        if target.chat < 0 and asked.user is not None and asked.query is not None:
            name = asked.user.full_name
            entities = [MessageEntity(MessageEntity.TEXT_MENTION, 0, units(name), user=asked.user)]
            text = f"{name}, {text}"
        sent = await self._delivery.say(target, text, _reply_from(target, asked), entities)
        await self._delivery.note(target, sent, "form", form.dump())

    async def ask_what(self, asked: Asked) -> None:
        """Ask what to draw; the reply begins a new picture."""
        target = await self._delivery.target(asked.spot, asked.message)
        text = say(Text("ask-what-to-draw"), asked.author.language)
        sent = await self._delivery.say(target, text, _reply_from(target, asked))
        await self._delivery.note(target, sent, WHAT, "")


def _reply_from(target: Target, asked: Asked) -> ForceReply:
    """What opens the reply of whoever acted, in a group of nobody else."""
    hint = cut(say(Text("reply-hint"), asked.author.language), 64)[0]
    return ForceReply(selective=target.chat < 0, input_field_placeholder=hint)

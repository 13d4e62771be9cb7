"""Takes what people do to the handler and shows them the answer, as toast, message, question or keyboard.

Knows updates; decides nothing about conversations.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from telegram import Bot, CallbackQuery, Chat, ForceReply, MaybeInaccessibleMessage, Message, MessageEntity, User
from telegram.error import TelegramError

from bot.chat.telegram import forms
from bot.chat.telegram.calls import Target
from bot.chat.telegram.delivery import Delivery
from bot.chat.telegram.forms import Opened
from bot.chat.telegram.people import Administrators, Doors, author_of
from bot.chat.telegram.places import Spot, spot_of
from bot.chat.telegram.shapes import cut, is_picture, parts, units
from bot.chat.telegram.threads import Known, Threads
from bot.chat.telegram.words import said
from bot.messages import (
    Action,
    Answer,
    Author,
    Choices,
    Form,
    Handle,
    Incoming,
    MessageGoneError,
    Notice,
    Pressed,
    Submitted,
)

logger = logging.getLogger(__name__)

_TOAST = 200
_ALERT_FROM = 60
_WRONG = "Something went wrong on my side. Please try again."
_OUTDATED = "This keyboard is from before and no longer works. Please press the first button again."


@dataclass(frozen=True)
class Asked:
    """Who acted, where, and on which message; ``query`` is the press that can be answered by a toast."""

    spot: Spot
    author: Author
    user: User | None
    message: int
    query: CallbackQuery | None = None


class Reception:
    """Shows answers. ``patience`` is how many seconds a press may go without one."""

    def __init__(
        self,
        bot: Bot,
        handle: Handle,
        threads: Threads,
        delivery: Delivery,
        administrators: Administrators,
        doors: Doors,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        patience: float = 4.0,
    ) -> None:
        self._bot = bot
        self._handle = handle
        self._threads = threads
        self._delivery = delivery
        self._administrators = administrators
        self._doors = doors
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
            answer = Notice(said(_WRONG, asked.author.language))
        soothed = answered.is_set()
        answered.set()
        await self._show_quietly(answer, asked, soothed=soothed)

    async def _soothe(self, query: CallbackQuery, answered: asyncio.Event) -> None:
        """Stop the button's spinning before Telegram gives the press up."""
        try:
            async with asyncio.timeout(self._patience):
                await answered.wait()
        except TimeoutError:
            answered.set()
            await self.toast(query)

    async def _show_quietly(self, answer: Answer, asked: Asked, *, soothed: bool) -> None:
        try:
            await self.show(answer, asked, soothed=soothed)
        except MessageGoneError as error:
            logger.info("an answer found nobody: %s", error)
        except TelegramError as error:
            logger.warning("an answer could not be shown: %s", error)

    async def show(self, answer: Answer, asked: Asked, *, soothed: bool = False) -> None:
        """Show an answer to whoever acted."""
        if asked.query is not None and not soothed:
            short = isinstance(answer, Notice) and not answer.attachments and units(answer.text) <= _TOAST
            await self.toast(asked.query, answer.text if short and isinstance(answer, Notice) else "")
            if short:
                return
        if answer is None:
            return
        target = await self._delivery.target(asked.spot, asked.message)
        if isinstance(answer, Notice):
            await self._tell(answer, target)
        elif isinstance(answer, Form | Choices):
            await self._open(answer, target, asked)

    async def toast(self, query: CallbackQuery, text: str = "") -> None:
        """Answer a press; one that is too old is let go."""
        try:
            await self._bot.answer_callback_query(query.id, text or None, show_alert=units(text) > _ALERT_FROM)
        except TelegramError as error:
            logger.debug("a press could not be answered: %s", error)

    async def _tell(self, notice: Notice, target: Target) -> None:
        """Words as messages; pictures alone are seen, but beside other files they are kept whole, as files."""
        files = notice.attachments
        if files and all(map(is_picture, files)):
            caption, rest = cut(notice.text, 1024)
            for number, file in enumerate(files):
                await self._note(target, await self._delivery.picture(target, file, caption if number == 0 else ""))
            await self._words(target, rest)
            return
        await self._words(target, notice.text)
        for sent in await self._delivery.files(target, files):
            await self._note(target, sent)

    async def _words(self, target: Target, text: str) -> None:
        for part in parts(text):
            await self._note(target, await self._delivery.say(target, part))

    async def _note(self, target: Target, sent: Message) -> None:
        await self._delivery.note(target, sent, "", "")

    async def _open(self, answer: Form | Choices, target: Target, asked: Asked) -> None:
        form = forms.opened(answer)
        language = asked.author.language
        if form.kind == "question":
            await self._ask(target, form, forms.question(form, language), asked)
            return
        keyboard = forms.keyboard(form, language)
        pictures = [each for each in getattr(answer, "attachments", ()) if is_picture(each)]
        if pictures:
            sent = await self._delivery.picture(target, pictures[0], forms.shown(form), keyboard)
        else:
            sent = await self._delivery.say(target, forms.shown(form), keyboard)
        await self._delivery.note(target, sent, "form", form.dump())

    async def _ask(self, target: Target, form: Opened, text: str, asked: Asked) -> None:
        """Ask one person to reply: in a group by their name, so that nobody else's input opens."""
        language = asked.author.language
        entities: list[MessageEntity] = []
        if target.chat < 0 and asked.user is not None and asked.query is not None:
            name = asked.user.full_name
            entities = [MessageEntity(MessageEntity.TEXT_MENTION, 0, units(name), user=asked.user)]
            text = f"{name}, {text}"
        hint = cut(said("Your reply", language), 64)[0]
        markup = ForceReply(selective=target.chat < 0, input_field_placeholder=hint)
        sent = await self._delivery.say(target, text, markup, entities)
        await self._delivery.note(target, sent, "form", form.dump())

    async def replied(self, known: Known, form: Opened, text: str, asked: Asked) -> None:
        """Somebody has replied to a question."""
        if form.kind == "field" and form.field is not None and form.parent is not None:
            parent = await self._threads.known(known.chat, form.parent)
            whole = forms.load(parent.state) if parent is not None else None
            if parent is not None and whole is not None:
                await self._redraw(parent, whole.with_value(form.field, "" if text == forms.EMPTY else text), asked)
            return
        values = forms.entered(form, text)
        await self.take(Submitted(asked.spot.place, asked.author, form.action, form.turn, values), asked)

    async def pressed(self, query: CallbackQuery) -> None:
        """Somebody has pressed a button."""
        message = query.message
        if message is None or query.data is None:
            await self.toast(query)
            return
        user, chat = query.from_user, message.chat
        if not self._doors.open_to(chat.id, user.id):
            text = (
                "I am a private bot and don't know you yet. Your number here is {id}; whoever runs me can let you in."
            )
            await self.toast(query, said(text, user.language_code or "", id=str(user.id)))
            return
        known = await self._threads.soon(chat.id, message.message_id)
        author = await author_of(self._bot, user, chat, self._administrators)
        asked = Asked(_spot(known, message), author, user, message.message_id, query)
        name, _, rest = query.data.partition(":")
        turn, _, what = rest.partition(":")
        if name not in set(Action) or not turn:
            await self.toast(query, said(_OUTDATED, author.language))
        elif not what:
            await self.take(Pressed(asked.spot.place, author, Action(name), turn), asked)
        else:
            form = forms.load(known.state) if known is not None else None
            if known is None or form is None:
                await self.toast(query, said(_OUTDATED, author.language))
            else:
                await self._on_keyboard(known, form, what, asked, query)

    async def _on_keyboard(self, known: Known, form: Opened, what: str, asked: Asked, query: CallbackQuery) -> None:
        """A press on a form's or a choice's own keyboard."""
        number = int(what.lstrip("pf")) if what.lstrip("pf").isdecimal() else None
        options = form.options if form.field is None else form.fields[form.field].options
        if what == "ok":
            incoming = Submitted(asked.spot.place, asked.author, form.action, form.turn, form.values())
            await self.take(incoming, asked)
            await self._close(known, form, asked)
        elif what == "x":
            await self.toast(query)
            await self._close(known, form, asked)
        elif what == "b" or (what.startswith("p") and number is not None):
            await self.toast(query)
            changed = replace(form, field=None, page=0) if what == "b" else replace(form, page=number or 0)
            await self._redraw(known, changed, asked)
        elif what.startswith("f") and number is not None and number < len(form.fields):
            await self.toast(query)
            await self._open_field(known, form, number, asked)
        elif number is not None and number < len(options):
            await self._chosen(known, form, options[number].value, asked, query)
        else:
            await self.toast(query, said(_OUTDATED, asked.author.language))

    async def _chosen(self, known: Known, form: Opened, value: str, asked: Asked, query: CallbackQuery) -> None:
        if form.field is None:
            await self.take(Pressed(asked.spot.place, asked.author, form.action, form.turn, value), asked)
            return
        await self.toast(query)
        await self._redraw(known, form.with_value(form.field, value), asked)

    async def _open_field(self, known: Known, form: Opened, number: int, asked: Asked) -> None:
        field = form.fields[number]
        if field.options:
            chosen = [place for place, each in enumerate(field.options) if each.value == field.value]
            page = chosen[0] // forms.PAGE if chosen else 0
            await self._redraw(known, replace(form, field=number, page=page), asked)
            return
        target = await self._delivery.target(asked.spot, known.message)
        one = replace(form, kind="field", fields=(), options=(), field=number, parent=known.message)
        await self._ask(target, one, forms.field_question(field, asked.author.language), asked)

    async def _redraw(self, known: Known, form: Opened, asked: Asked) -> None:
        await self._threads.remember(replace(known, state=form.dump()))
        keyboard = forms.keyboard(form, asked.author.language)
        await self._delivery.rewrite(asked.spot, known.chat, known.message, forms.shown(form), keyboard)

    async def _close(self, known: Known, form: Opened, asked: Asked) -> None:
        await self._threads.remember(replace(known, state=""))
        await self._delivery.rewrite(asked.spot, known.chat, known.message, forms.shown(form), None)


def _spot(known: Known | None, message: MaybeInaccessibleMessage) -> Spot:
    """Where a pressed message belongs; one that is not remembered begins its own chain."""
    if known is not None:
        return spot_of(known.key)
    chat = message.chat
    topic = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    if chat.type == Chat.PRIVATE or chat.is_forum:
        return Spot(chat.id, topic)
    to = message.reply_to_message if isinstance(message, Message) else None
    return Spot(chat.id, None, to.message_id if to is not None else message.message_id)

"""What people press and reply to: buttons under pictures, and the keyboards and questions of forms.

A keyboard is changed here, in its message; everything else is passed on. Decides nothing about conversations.
"""

from __future__ import annotations

from dataclasses import replace

from telegram import Bot, CallbackQuery, Chat, MaybeInaccessibleMessage, Message

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.telegram import forms
from bot.chat.telegram.delivery import Delivery
from bot.chat.telegram.forms import Opened
from bot.chat.telegram.people import Administrators, Doors, author_of
from bot.chat.telegram.places import Spot, spot_of
from bot.chat.telegram.reception import Asked, Reception
from bot.chat.telegram.threads import Known, Threads
from bot.messages import Action, Pressed, Submitted

_OUTDATED = Text("keyboard-expired")


class Presses:
    """Takes presses and replies to questions."""

    def __init__(
        self,
        bot: Bot,
        reception: Reception,
        threads: Threads,
        delivery: Delivery,
        administrators: Administrators,
        doors: Doors,
    ) -> None:
        self._bot = bot
        self._reception = reception
        self._threads = threads
        self._delivery = delivery
        self._administrators = administrators
        self._doors = doors

    async def replied(self, known: Known, form: Opened, text: str, asked: Asked) -> None:
        """Somebody has replied to a question."""
        if form.kind == "field" and form.field is not None and form.parent is not None:
            parent = await self._threads.known(known.chat, form.parent)
            whole = forms.load(parent.state) if parent is not None else None
            if parent is not None and whole is not None:
                await self._redraw(parent, whole.with_value(form.field, "" if text == forms.EMPTY else text), asked)
            return
        values = forms.entered(form, text)
        await self._reception.take(Submitted(asked.spot.place, asked.author, form.action, form.turn, values), asked)

    async def pressed(self, query: CallbackQuery) -> None:
        """Somebody has pressed a button."""
        message = query.message
        if message is None or query.data is None:
            await self._reception.toast(query)
            return
        user, chat = query.from_user, message.chat
        if not self._doors.open_to(chat.id, user.id):
            await self._reception.toast(query, say(Text("stranger", id=str(user.id)), user.language_code or ""))
            return
        known = await self._threads.soon(chat.id, message.message_id)
        author = await author_of(self._bot, user, chat, self._administrators)
        asked = Asked(_spot(known, message), author, user, message.message_id, query)
        name, _, rest = query.data.partition(":")
        turn, _, what = rest.partition(":")
        if name not in set(Action) or not turn:
            await self._reception.toast(query, say(_OUTDATED, author.language))
        elif not what:
            await self._reception.take(Pressed(asked.spot.place, author, Action(name), turn), asked)
        else:
            form = forms.load(known.state) if known is not None else None
            if known is None or form is None:
                await self._reception.toast(query, say(_OUTDATED, author.language))
            else:
                await self._on_keyboard(known, form, what, asked, query)

    async def _on_keyboard(self, known: Known, form: Opened, what: str, asked: Asked, query: CallbackQuery) -> None:
        """A press on a form's or a choice's own keyboard."""
        number = int(what.lstrip("pf")) if what.lstrip("pf").isdecimal() else None
        options = form.options if form.field is None else form.fields[form.field].options
        if what == "ok":
            incoming = Submitted(asked.spot.place, asked.author, form.action, form.turn, form.values())
            await self._reception.take(incoming, asked)
            await self._close(known, form, asked)
        elif what == "x":
            await self._reception.toast(query)
            await self._close(known, form, asked)
        elif what == "b" or (what.startswith("p") and number is not None):
            await self._reception.toast(query)
            changed = replace(form, field=None, page=0) if what == "b" else replace(form, page=number or 0)
            await self._redraw(known, changed, asked)
        elif what.startswith("f") and number is not None and number < len(form.fields):
            await self._reception.toast(query)
            await self._open_field(known, form, number, asked)
        elif number is not None and number < len(options):
            await self._chosen(known, form, options[number].value, asked, query)
        else:
            await self._reception.toast(query, say(_OUTDATED, asked.author.language))

    async def _chosen(self, known: Known, form: Opened, value: str, asked: Asked, query: CallbackQuery) -> None:
        if form.field is None:
            await self._reception.take(Pressed(asked.spot.place, asked.author, form.action, form.turn, value), asked)
            return
        await self._reception.toast(query)
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
        await self._reception.ask(target, one, forms.field_question(field, asked.author.language), asked)

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

"""Telegram's updates, one after another in each chat: which is a request, in which conversation, and who made it.

Telegram hands out an update once, so a request is noted before it is joined with others and passed on. Decides nothing
about conversations but where they are; knows no job.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from telegram import Bot, Chat, ChatMember, ChatMemberUpdated, Message, Update
from telegram.error import TelegramError

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.shared.bursts import Burst, Bursts
from bot.chat.shared.incoming_files import is_picture, with_words
from bot.chat.shared.recent import Recent
from bot.chat.telegram import forms, hearing
from bot.chat.telegram.delivery import Delivery
from bot.chat.telegram.hearing import Heard
from bot.chat.telegram.people import Administrators, Doors, sender_of, writer_of
from bot.chat.telegram.places import Spot, name_of, named, spot_of
from bot.chat.telegram.presses import Presses
from bot.chat.telegram.reception import WHAT, Asked, Reception
from bot.chat.telegram.threads import Known, Threads
from bot.errors import MessageGoneError
from bot.messages import Author, Notice, Rewritten, Said

logger = logging.getLogger(__name__)

Answering = Callable[[], Awaitable[None]]
"""What is said in answer, when the next message may be taken already: that may wait for a rate limit."""

UPDATES = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member")
"""The kinds of updates that are asked for."""

_REMEMBERED = 1000
_HELD = "held"
"""The note of a message that is yet to be passed on; its state is the update that it came in."""

_REQUEST = "request"
"""Where that update has the request that its message is part of, once that is passed on."""

_BEGINS = ("imagine", "start")
_GONE = (ChatMember.LEFT, ChatMember.BANNED)
_NOT_YET = Text("not-readable-yet")
_FIRST_ALONE = Text("album-first-alone")


class Listener:
    """Takes updates. Presses are taken at once, what somebody writes in a chat in its order; no answer is waited for.

    ``pause`` is how many seconds may lie between messages that are one request; ``sleep`` waits them out.
    """

    def __init__(
        self,
        bot: Bot,
        threads: Threads,
        delivery: Delivery,
        reception: Reception,
        presses: Presses,
        administrators: Administrators,
        doors: Doors,
        start: Callable[[Coroutine[Any, Any, None]], object],
        pause: float,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._threads = threads
        self._delivery = delivery
        self._reception = reception
        self._presses = presses
        self._administrators = administrators
        self._doors = doors
        self._start = start
        self._orders: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        self._under_way: set[str] = set()
        self._told: Recent[str, None] = Recent(_REMEMBERED)
        self._albums: Recent[str, int] = Recent(_REMEMBERED)
        self._delivering: set[asyncio.Task[Any] | None] = set()
        self._bursts: Bursts[Asked] = Bursts(self._deliver, start, pause, sleep)

    async def resume(self) -> None:
        """Take what was noted, but not passed on before the bot was stopped."""
        held = sorted(await self._threads.everywhere(_HELD), key=lambda each: (each.chat, each.message))
        updates = [(each, json.loads(each.state)) for each in held]
        requests = [update.pop(_REQUEST, "") for _, update in updates]
        last = {request: number for number, request in enumerate(requests) if request}
        with self._bursts.taking_up():  # however long that takes: a turn may have been made of some together
            for number, (each, update) in enumerate(updates):
                await self.take(Update.de_json(update, self._bot))
                if last.get(requests[number]) == number:  # and what came later is no part of it
                    self._bursts.close(name_of(each.chat, each.message))

    async def settled(self, seconds: float) -> None:
        """Let what is being passed on arrive, if that is soon."""
        under_way = {task for task in self._delivering if task is not None}
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)

    async def take(self, update: Update, noted: Callable[[], None] = lambda: None) -> None:
        """Take one update. Whatever goes wrong with it is logged and harms no other.

        ``noted`` is called as soon as it would not be lost if the program died.
        """
        try:
            if update.callback_query is not None:
                await self._presses.pressed(update.callback_query)
            elif update.my_chat_member is not None:
                await self._added_or_removed(update.my_chat_member)
            elif update.channel_post is not None:
                await self._posted(update.channel_post)
            elif (message := update.message or update.edited_message) is not None:
                await self._written(update, message, noted)
        except (MessageGoneError, TelegramError) as error:
            logger.warning("update %d: %s", update.update_id, error)
        except Exception:
            logger.exception("update %d: unexpected", update.update_id)
        finally:
            noted()

    async def _written(self, update: Update, message: Message, noted: Callable[[], None]) -> None:
        chat = message.chat
        if message.migrate_to_chat_id is not None:
            await self._threads.moved(chat.id, message.migrate_to_chat_id)
            return
        if message.migrate_from_chat_id is not None:
            await self._threads.moved(message.migrate_from_chat_id, chat.id)
            return
        author, sender = await self._author(message), sender_of(message)
        if author is None or sender is None:
            return
        take = self._rewritten if update.message is None else self._said
        async with self._orders.setdefault((chat.id, sender), asyncio.Lock()):
            answer = await take(update, message, author)
        if answer is None:
            noted()
        else:
            await answer()

    async def _posted(self, message: Message) -> None:
        """Somebody wrote to the bot in a channel, where nobody has a conversation: they are told, once a channel."""
        chat = message.chat
        if hearing.heard(message, self._bot.bot) is not None and self._told.new(f"channel {chat.id}", None):
            known = self._doors.open_to(chat.id, chat.id)
            words = Text("channel-posts") if known else Text("strange-chat", id=str(chat.id))
            target = await self._delivery.target(Spot(chat.id), message.message_id)
            await self._delivery.say(target, say(words, ""))

    async def _author(self, message: Message) -> Author | None:
        """Who wrote a message that may be for the bot; those who are not let in are told so once."""
        sender, me = sender_of(message), self._bot.bot
        meant = hearing.heard(message, me) is not None or hearing.is_puzzle_for(message, me)
        if not meant or sender is None:
            return None
        if self._doors.open_to(message.chat.id, sender):
            return await writer_of(self._bot, message, self._administrators)
        private = message.chat.type == Chat.PRIVATE
        if self._told.new(f"stranger {message.chat.id}", None):
            number, user = str(message.chat.id), message.from_user
            text = Text("stranger", id=number) if private else Text("strange-chat", id=number)
            words = say(text, (user.language_code if user is not None else "") or "")
            target = await self._delivery.target(_plain(message), message.message_id)
            await self._delivery.say(target, words)
        return None

    async def _added_or_removed(self, change: ChatMemberUpdated) -> None:
        """The bot was added to a group, which it greets, or is gone from a chat."""
        chat, who = change.chat, change.from_user
        old, new = change.old_chat_member.status, change.new_chat_member.status
        if new in _GONE:
            logger.info("chat %d: the bot was removed or blocked by %d", chat.id, who.id)
        elif old in _GONE and chat.type in {Chat.GROUP, Chat.SUPERGROUP}:
            known = self._doors.open_to(chat.id, who.id)
            welcome = Text("greeting") if known else Text("strange-chat", id=str(chat.id))
            target = await self._delivery.target(Spot(chat.id))
            await self._delivery.say(target, say(welcome, who.language_code or ""))

    async def _said(self, update: Update, message: Message, author: Author) -> Answering | None:
        """Note what somebody says, and pass it on where nothing may join it; else what is to be answered at once."""
        chat, name = message.chat.id, name_of(message.chat.id, message.message_id)
        surplus = self._is_surplus(message)
        if surplus or name in self._under_way or self._bursts.knows(name):
            told = not surplus or not self._told.new(f"album {chat} {message.media_group_id}", None)
            # asked before the memory, whose answer may be old by the time it is here
            return None if told else partial(self._tell, message, author, _FIRST_ALONE)
        known = await self._threads.known(chat, message.message_id)
        if known is not None and known.note != _HELD:
            return None  # it was taken before the bot was stopped
        me = self._bot.bot
        words = hearing.heard(message, me)
        if words is None:
            return partial(self._not_yet, message, author)
        answered = message.reply_to_message if hearing.answers(message, me) else None
        before = await self._threads.soon(chat, answered.message_id) if answered is not None else None
        if before is not None and before.note == WHAT and not words.command:
            words = hearing.imagining(words.text)
        file = hearing.readable_file(message)
        spot = await self._spot(message, author, words, before)
        answers = before.shows if before is not None else ""
        asked = Asked(spot, author, message.from_user, message.message_id, file=file, answers=answers)
        self._delivery.answering(spot, chat, message.message_id)
        form = forms.load(before.state) if before is not None and not (words.command or file) else None
        if before is not None and form is not None and form.kind in {"question", "field"}:
            replied = partial(self._presses.replied, before, form, words.text, asked)
            return partial(self._once, replied, Known(chat, message.message_id, spot.key, "reply"))
        if words.text == "/imagine" and file is None:  # a tap in the menu sends a command without words
            question = Known(chat, message.message_id, spot.key, "question")
            return partial(self._once, partial(self._reception.ask_what, asked), question)
        if not (words.command or file):  # those are passed on at once
            self._start(self._reception.sign(asked))
        if known is None:  # else it is taken up after a restart, and what is noted of it holds
            await self._threads.remember(Known(chat, message.message_id, spot.key, _HELD, update.to_json()))
        self._bursts.add((spot.key, author.id), name, words.text, asked, alone=file is not None)
        return None

    def _is_surplus(self, message: Message) -> bool:
        """Whether it is one more picture of an album: a conversation begins with one, which is the album's first."""
        if message.media_group_id is None or not message.photo:
            return False
        album = f"album {message.chat.id} {message.media_group_id}"
        first = self._albums.get(album)
        if first is None:
            self._albums[album] = first = message.message_id
        return first != message.message_id

    async def _once(self, answer: Answering, known: Known) -> None:
        """Answer a message, and remember that it was."""
        name = name_of(known.chat, known.message)
        self._under_way.add(name)
        try:
            await answer()
            await self._threads.remember(known)
        finally:
            self._under_way.discard(name)

    async def _deliver(self, burst: Burst[Asked]) -> None:
        """Pass a request on. Its first message stands for it; the others only belong to it."""
        asked, task = burst.context, asyncio.current_task()
        self._delivering.add(task)
        try:
            await self._pass_on(burst, asked)
        finally:
            self._delivering.discard(task)

    async def _note_request(self, burst: Burst[Asked]) -> None:
        """Note which messages are one request, before anybody hears of it."""
        for name in burst.lines:
            known = await self._threads.known(*named(str(name)))
            if known is not None and known.note == _HELD:
                state = json.dumps({**json.loads(known.state), _REQUEST: str(burst.message)})
                await self._threads.remember(replace(known, state=state))

    async def _pass_on(self, burst: Burst[Asked], asked: Asked) -> None:
        await self._note_request(burst)
        file = await self._reception.upload(asked) if asked.file is not None else None
        if asked.file is None or file is not None:
            text, canvas = with_words(burst.text, file) if file is not None else (burst.text, None)
            request = Said(asked.spot.place, asked.author, text, str(burst.message))
            await self._reception.take(replace(request, file=canvas, answers=asked.answers), asked)
        lines = {named(str(name))[1]: words for name, words in burst.lines.items()}
        await self._threads.took(named(str(burst.message))[0], asked.spot.key, asked.author.id, lines)

    async def _spot(self, message: Message, author: Author, words: Heard, before: Known | None) -> Spot:
        """Where a message belongs: its topic; or the chain it answers, the writer's last one, or one it begins."""
        chat = message.chat
        plain = _plain(message)
        if chat.type == Chat.PRIVATE or chat.is_forum:
            return plain
        if before is not None:
            return spot_of(before.key)
        if hearing.answers(message, self._bot.bot) and message.reply_to_message is not None:
            return Spot(chat.id, None, message.reply_to_message.message_id)
        last = None
        if words.command and words.command not in _BEGINS:
            last = await self._threads.noted(chat.id, f"by {author.id}")
        return spot_of(last.key) if last is not None else Spot(chat.id, None, message.message_id)

    async def _rewritten(self, update: Update, message: Message, author: Author) -> Answering | None:
        """A request in other words. Edits of anything that was no request are no business of the bot's."""
        known = await self._threads.known(message.chat.id, message.message_id)
        words = hearing.heard(message, self._bot.bot)
        file = hearing.readable_file(message)
        canvas = file is not None and not is_picture(file.name)  # words beside one are its name alone
        if known is None or words is None or canvas:
            return None
        if self._bursts.rewritten(name_of(message.chat.id, message.message_id), words.text):
            held = Update(update.update_id, message=message).to_json()
            await self._threads.remember(replace(known, state=held))
            return None
        return partial(self._redo, message, author, known, words.text)

    async def _redo(self, message: Message, author: Author, known: Known, words: str) -> None:
        """Pass a request on again, with other words of one of its messages."""
        chat = message.chat.id
        await self._bursts.settled(name_of(chat, message.message_id))
        request = await self._threads.reworded(chat, message.message_id, words)
        if request is None:
            return
        first, text = request
        spot = spot_of(known.key)
        self._delivery.answering(spot, chat, message.message_id)
        asked = Asked(spot, author, message.from_user, message.message_id)
        await self._reception.take(Rewritten(spot.place, author, text, name_of(chat, first)), asked)

    async def _not_yet(self, message: Message, author: Author) -> None:
        """One friendly word for a picture, and one for a whole album."""
        name = message.media_group_id or f"{message.chat.id}:{message.message_id}"
        if self._told.new(f"picture {name}", None):
            await self._tell(message, author, _NOT_YET)

    async def _tell(self, message: Message, author: Author, words: Text) -> None:
        asked = Asked(_plain(message), author, message.from_user, message.message_id)
        await self._reception.show(Notice(say(words, author.language)), asked)


def _plain(message: Message) -> Spot:
    """The chat and topic of a message."""
    return Spot(message.chat.id, message.message_thread_id if message.is_topic_message else None)

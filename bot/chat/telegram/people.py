"""Who speaks, and whether they may: authors, a group's administrators, the lists of who is let in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from telegram import Bot, Chat, Message, User
from telegram.error import TelegramError

from bot.messages import Author

_REMEMBERED_SECONDS = 120.0


@dataclass(frozen=True)
class Doors:
    """The chats and people that are let in, by their numbers; everybody where both are empty."""

    chats: frozenset[int] = frozenset()
    users: frozenset[int] = frozenset()

    def open_to(self, chat: int, user: int) -> bool:
        """Whether someone may use the bot in a chat."""
        if not self.chats and not self.users:
            return True
        return chat in self.chats or user in self.users


class Administrators:
    """Asks for the administrators of groups, and remembers them for two minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[int, tuple[float, frozenset[int]]] = {}
        self._asking: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def include(self, bot: Bot, chat: int, user: int) -> bool:
        """Whether someone administers a group; nobody does where Telegram does not say.

        Who asks first about a chat is told first, so that nobody's messages overtake each other here.
        """
        async with self._asking.setdefault(chat, asyncio.Lock()):
            return user in await self._of(bot, chat)

    async def _of(self, bot: Bot, chat: int) -> frozenset[int]:
        at, known = self._known.get(chat, (float("-inf"), frozenset[int]()))
        if self._clock() - at > _REMEMBERED_SECONDS:
            try:
                known = frozenset(each.user.id for each in await bot.get_chat_administrators(chat))
            except TelegramError:
                return frozenset()
            self._known[chat] = self._clock(), known
        return known


async def author_of(bot: Bot, user: User, chat: Chat, administrators: Administrators) -> Author:
    """A person. In private one manages the place oneself."""
    private = chat.type == Chat.PRIVATE
    admin = not private and await administrators.include(bot, chat.id, user.id)
    return Author(str(user.id), user.full_name, user.language_code or "", private or admin, admin)


def sender_of(message: Message) -> int | None:
    """The number of whoever wrote a message: a person, or the channel or group in whose name they write.

    None for bots, for what nobody wrote, and for a channel's posts that Telegram itself copies into its group.
    """
    if message.sender_chat is not None:
        return None if message.is_automatic_forward else message.sender_chat.id
    user = message.from_user
    return user.id if user is not None and not user.is_bot else None


async def writer_of(bot: Bot, message: Message, administrators: Administrators) -> Author | None:
    """Whoever wrote a message, as :func:`sender_of` knows them. Who writes as the group itself administers it."""
    if sender_of(message) is None:
        return None
    chat = message.sender_chat
    if chat is not None:
        name = message.author_signature or chat.title or chat.username or ""
        itself = chat.id == message.chat.id
        return Author(f"chat{chat.id}", name, "", moderator=itself, admin=itself)
    assert message.from_user is not None, "somebody sent it"
    return await author_of(bot, message.from_user, message.chat, administrators)

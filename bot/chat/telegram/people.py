"""Who speaks, and whether they may: authors, a group's administrators, the lists of who is let in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

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

    async def include(self, bot: Bot, chat: int, user: int) -> bool:
        """Whether someone administers a group; nobody does where Telegram does not say."""
        at, known = self._known.get(chat, (float("-inf"), frozenset[int]()))
        if self._clock() - at > _REMEMBERED_SECONDS:
            try:
                known = frozenset(each.user.id for each in await bot.get_chat_administrators(chat))
            except TelegramError:
                return False
            self._known[chat] = self._clock(), known
        return user in known


async def author_of(bot: Bot, user: User, chat: Chat, administrators: Administrators) -> Author:
    """A person. In private one manages the place oneself."""
    manages = chat.type == Chat.PRIVATE or await administrators.include(bot, chat.id, user.id)
    return Author(str(user.id), user.full_name, user.language_code or "", manages)


async def writer_of(bot: Bot, message: Message, administrators: Administrators) -> Author | None:
    """Whoever wrote a message; None for bots and for what nobody wrote."""
    if message.sender_chat is not None and message.sender_chat.id == message.chat.id:  # an anonymous administrator
        return Author(f"chat{message.chat.id}", message.author_signature or message.chat.title or "", "", True)
    user = message.from_user
    if user is None or user.is_bot or message.sender_chat is not None:
        return None
    return await author_of(bot, user, message.chat, administrators)

"""Where a conversation is on Telegram, as the key of a place. Pure.

A private chat is one conversation, each topic of a forum is one, and in other groups each chain of replies is one. A
key keeps the chat's first id even after the group has become a supergroup with another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.messages import Place

PLATFORM = "telegram"

_SUPERGROUPS = -1_000_000_000_000
"""Supergroups are numbered downwards from here."""

SHARING = (_SUPERGROUPS + 1, 2**62)
"""The lowest and highest chat of those whose messages are numbered together."""

_KEY = re.compile(r"(-?\d+)(?:/(\d+))?(?:#(\d+))?")
_NAME = re.compile(r"(-?\d+):(\d+)")


@dataclass(frozen=True)
class Spot:
    """A chat, its topic if it has topics, and the message that began the chain of replies if it has chains."""

    chat: int
    topic: int | None = None
    root: int | None = None

    @property
    def key(self) -> str:
        """The place's key: ``chat[/topic][#root]``."""
        topic = f"/{self.topic}" if self.topic is not None else ""
        root = f"#{self.root}" if self.root is not None else ""
        return f"{self.chat}{topic}{root}"

    @property
    def place(self) -> Place:
        """The spot as the rest of the bot knows it."""
        return Place(PLATFORM, self.key)


def spot_of(key: str) -> Spot:
    """The spot of a key.

    Raises:
        ValueError: if it is not one of this platform's keys.
    """
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} is no place on Telegram; a key is chat[/topic][#root]")
    chat, topic, root = (int(part) if part is not None else None for part in found.groups())
    assert chat is not None, "the pattern has it"
    return Spot(chat, topic, root)


def name_of(chat: int, message: int) -> str:
    """A message's name for the rest of the bot; numbers alone repeat from chat to chat."""
    return f"{chat}:{message}"


def is_name(text: str) -> bool:
    """Whether a text is a message's name."""
    return _NAME.fullmatch(text) is not None


def named(name: str) -> tuple[int, int]:
    """The chat and the number of a message's name.

    Raises:
        ValueError: if it is no name of a message.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no message on Telegram; a name is chat:message")
    return int(found[1]), int(found[2])


def shares_numbers(chat: int) -> bool:
    """Whether a chat's messages are numbered together with those of the bot's other chats: all but supergroups are."""
    return chat > _SUPERGROUPS


def link_to(chat: int, message: int) -> str:
    """The address of a message for the members of its chat; empty where messages have none, outside supergroups."""
    return "" if shares_numbers(chat) else f"https://t.me/c/{_SUPERGROUPS - chat}/{message}"

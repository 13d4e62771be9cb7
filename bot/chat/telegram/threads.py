"""What the adapter has to remember of messages, because Telegram does not give it back: whose conversation they are in.

The rows are kept by whoever implements :class:`Memory`.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from bot.chat.telegram.places import SHARING, is_name, name_of, named, shares_numbers

Row = tuple[int, str, str, str]
"""A message's number, its place's key, its note and its state."""

_FARTHEST = 200
"""So many numbers behind the newest one at its announcement a message may have."""

_WITH = "with "
"""The note of a message that belongs to the request of which the first message has the name that follows."""


class Memory(Protocol):
    """Remembers messages and where chats have moved. Survives restarts."""

    async def remember(
        self, chat: int, message: int, key: str, note: str, state: str, instead_of: int | None = None
    ) -> None:
        """Remember a message in place of what was known of it, and another one of the chat no longer."""
        ...

    async def known(self, chat: int, message: int) -> Row | None:
        """What is known of a message."""
        ...

    async def noted(self, chat: int, note: str) -> Row | None:
        """The newest message of a chat with a note."""
        ...

    async def newest(self, lowest: int, highest: int) -> int:
        """The highest number of a message known in chats from ``lowest`` to ``highest``; 0 if there is none."""
        ...

    async def numbers(self, lowest: int, highest: int, after: int, until: int) -> list[int]:
        """The numbers from behind ``after`` to ``until`` of messages known in chats from ``lowest`` to ``highest``."""
        ...

    async def forget(self, chat: int, message: int) -> None:
        """Remember a message no longer."""
        ...

    async def everywhere(self, note: str) -> list[tuple[int, *Row]]:
        """All messages with a note, oldest first, each with its chat."""
        ...

    async def moved(self, old: int, new: int) -> None:
        """A group has become a supergroup with another id."""
        ...

    async def current(self, chat: int) -> int:
        """The id a chat has by now."""
        ...


@dataclass(frozen=True)
class Known:
    """A message that was seen or sent. ``key`` is its place's; ``note`` names it; ``state`` is what its form holds."""

    chat: int
    message: int
    key: str
    note: str = ""
    state: str = ""

    @property
    def shows(self) -> str:
        """The name by which the rest of the bot knows the message: that of the one whose place it has taken."""
        name = self.note.partition(" ")[2]
        return name if is_name(name) else name_of(self.chat, self.message)


class Threads:
    """A memory in the adapter's own terms."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def remember(self, known: Known) -> None:
        """Remember a message in place of what was known of it."""
        await self._memory.remember(known.chat, known.message, known.key, known.note, known.state)

    async def known(self, chat: int, message: int) -> Known | None:
        """What is known of a message."""
        row = await self._memory.known(chat, message)
        return Known(chat, *row) if row is not None else None

    async def soon(self, chat: int, message: int) -> Known | None:
        """What is known of a message of the bot's; quick fingers answer before it has been noted."""
        for pause in (0.1, 0.3, 0.0):
            known = await self.known(chat, message)
            if known is not None:
                return known
            await asyncio.sleep(pause)
        return None

    async def noted(self, chat: int, note: str) -> Known | None:
        """The newest message of a chat with a note."""
        row = await self._memory.noted(chat, note)
        return Known(chat, *row) if row is not None else None

    async def everywhere(self, note: str) -> list[Known]:
        """All messages with a note, oldest first."""
        return [Known(*row) for row in await self._memory.everywhere(note)]

    async def took(self, chat: int, key: str, author: str, lines: Mapping[int, str]) -> None:
        """Messages were passed on as one request of an author's: their words by their numbers, the first names all."""
        first = next(iter(lines))
        for number in reversed(list(lines)):  # the first last: as long as it is held, all of it is taken up as one
            note = f"by {author}" if number == first else f"{_WITH}{name_of(chat, first)}"
            state = json.dumps(lines, ensure_ascii=False) if number == first else ""
            await self.remember(Known(chat, number, key, note, state))

    async def reworded(self, chat: int, message: int, text: str) -> tuple[int, str] | None:
        """Remember other words of a message. Of its request the first message's number and all the words.

        None if the message is part of no request, or the words are the same.
        """
        known = await self.known(chat, message)
        joined = known is not None and known.note.startswith(_WITH)
        first = named(known.note.removeprefix(_WITH))[1] if known is not None and joined else message
        request = await self.known(chat, first) if joined else known
        if request is None or not request.note.startswith("by "):
            return None
        lines: dict[str, str] = json.loads(request.state or json.dumps({first: ""}))
        if lines.get(str(message), text) == text:
            return None
        lines[str(message)] = text
        await self.remember(replace(request, state=json.dumps(lines, ensure_ascii=False)))
        return first, "\n".join(line for line in lines.values() if line)

    async def announce(self, chat: int, key: str, note: str) -> None:
        """A message with this note is about to be sent."""
        newest = await self._memory.newest(*_numbered_with(chat))
        await self._memory.remember(chat, _unnumbered(note), key, f"sending {note}", str(newest))

    async def announced(self, chat: int, note: str) -> int | None:
        """The newest message there was when one with this note was about to be sent, unless that one has arrived."""
        row = await self._memory.noted(chat, f"sending {note}")
        return int(row[3]) if row is not None else None

    async def unknown(self, chat: int, after: int, most: int) -> list[int]:
        """The next ``most`` numbers that a message of this chat may have and no message that is known has."""
        until = after + _FARTHEST
        taken = set(await self._memory.numbers(*_numbered_with(chat), after, until))
        return [number for number in range(after + 1, until + 1) if number not in taken][:most]

    async def arrived(self, known: Known) -> None:
        """A message that was announced has been sent, and its number is known."""
        kept = known.chat, known.message, known.key, known.note, known.state
        await self._memory.remember(*kept, instead_of=_unnumbered(known.note))

    async def remember_unnumbered(self, chat: int, key: str, note: str, state: str = "") -> Known:
        """Remember a message whose number will never be known."""
        known = Known(chat, _unnumbered(note), key, note, state)
        await self.remember(known)
        return known

    async def moved(self, old: int, new: int) -> None:
        """A group has become a supergroup with another id."""
        await self._memory.moved(old, new)

    async def current(self, chat: int) -> int:
        """The id a chat has by now."""
        return await self._memory.current(chat)


def _numbered_with(chat: int) -> tuple[int, int]:
    """The lowest and highest of the chats whose messages are numbered together with a chat's."""
    return SHARING if shares_numbers(chat) else (chat, chat)


def _unnumbered(note: str) -> int:
    """What stands for a message's number while it has none."""
    return -1 - zlib.crc32(note.encode())

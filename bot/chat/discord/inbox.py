"""What the adapter remembers of messages, so that a restart neither loses nor repeats one.

The rows are kept by whoever implements :class:`Inbox`. Ids are Discord's, which grow with time.
"""

from __future__ import annotations

from typing import Protocol

Request = tuple[int, str, dict[int, str]]
"""A request: the first message's id, its place's key (empty until it was handled), the words of each message."""


class Inbox(Protocol):
    """Remembers messages from the moment they come in. Survives restarts."""

    async def note(self, message: int, channel: int, text: str, *, meant: bool) -> int | None:
        """Remember a message, and whether it is meant for the bot.

        None if there is nothing to be done about it: not meant, or handled before. Else the request that it was made
        part of before a restart, or 0.
        """
        ...

    async def joined(self, messages: list[int]) -> bool:
        """These are one request, named by the first. False if a turn was made of it already."""
        ...

    async def handled(self, request: int, key: str) -> None:
        """A request has been passed on, in the place with this key."""
        ...

    async def part_of(self, message: int) -> Request | None:
        """The request that a message is part of; None for an unknown message and one that was not meant."""
        ...

    async def reword(self, message: int, text: str) -> None:
        """A message's words have changed."""
        ...

    async def away(self, since: int, oldest: int) -> None:
        """From ``since`` on messages may be missed, until :meth:`back`. What is before ``oldest`` is forgotten."""
        ...

    async def back(self) -> None:
        """What was missed has been read."""
        ...

    async def unread(self) -> int | None:
        """After which message there may be some that were missed; None if there cannot be any."""
        ...

    async def direct(self) -> list[int]:
        """The channels of the direct conversations of the last month, newest first, a hundred at most."""
        ...

    async def begin(self, command: int, channel: int, state: str) -> bool:
        """Remember a command with its state before it is answered. False if it is remembered already."""
        ...

    async def ended(self, command: int) -> None:
        """Nothing more is to be done about a command."""
        ...

    async def begun(self) -> list[tuple[int, int, str]]:
        """The commands that have not ended, oldest first, each with its channel and its state."""
        ...

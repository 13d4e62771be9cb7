"""Keeps what a platform does not give back about messages: whose conversation they are in, and where chats moved."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import ColumnElement, delete, select

from bot.store.tables import telegram_messages as messages
from bot.store.tables import telegram_moves as moves
from bot.store.turns import Store
from bot.store.upsert import put

Row = tuple[int, str, str, str]
"""A message's number, its place's key, its note and its state."""


class StoredThreads:
    """The Telegram adapter's memory in the database. The few chats that moved are read once: every call asks."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._moves: dict[int, int] | None = None

    async def remember(
        self, chat: int, message: int, key: str, note: str, state: str, instead_of: int | None = None
    ) -> None:
        """Remember a message in place of what was known of it, and another one of the chat no longer."""
        values = {"chat": chat, "message": message, "key": key, "note": note, "state": state, "seen": self._clock()}
        async with self._store.writing() as connection:
            await put(connection, messages, [values])
            if instead_of is not None:
                await connection.execute(delete(messages).where(_is(chat, instead_of)))

    async def known(self, chat: int, message: int) -> Row | None:
        """What is known of a message."""
        return await self._first(_is(chat, message))

    async def noted(self, chat: int, note: str) -> Row | None:
        """The newest message of a chat with a note."""
        return await self._first((messages.c.chat == chat) & (messages.c.note == note))

    async def newest(self, lowest: int, highest: int) -> int:
        """The highest number of a message known in chats from ``lowest`` to ``highest``; 0 if there is none."""
        query = select(messages.c.message).where(messages.c.chat.between(lowest, highest))
        async with self._store.reading() as connection:  # from the end of an index, not over all of them
            return max(0, await connection.scalar(query.order_by(messages.c.message.desc()).limit(1)) or 0)

    async def numbers(self, lowest: int, highest: int, after: int, until: int) -> list[int]:
        """The numbers from behind ``after`` to ``until`` of messages known in chats from ``lowest`` to ``highest``."""
        here = messages.c.chat.between(lowest, highest) & (messages.c.message > after) & (messages.c.message <= until)
        async with self._store.reading() as connection:
            return list(await connection.scalars(select(messages.c.message).where(here)))

    async def forget(self, chat: int, message: int) -> None:
        """Remember a message no longer."""
        async with self._store.writing() as connection:
            await connection.execute(delete(messages).where(_is(chat, message)))

    async def everywhere(self, note: str) -> list[tuple[int, *Row]]:
        """All messages with a note, oldest first, each with its chat."""
        columns = messages.c.chat, messages.c.message, messages.c.key, messages.c.note, messages.c.state
        query = select(*columns).where(messages.c.note == note).order_by(messages.c.seen)
        async with self._store.reading() as connection:
            return [tuple(row) for row in await connection.execute(query)]

    async def moved(self, old: int, new: int) -> None:
        """A group has become a supergroup with another id."""
        async with self._store.writing() as connection:
            await put(connection, moves, [{"old": old, "new": new}])
        if self._moves is not None:
            self._moves[old] = new

    async def current(self, chat: int) -> int:
        """The id a chat has by now."""
        if self._moves is None:
            async with self._store.reading() as connection:
                self._moves = {row.old: row.new for row in await connection.execute(select(moves))}
        return self._moves.get(chat, chat)

    async def _first(self, condition: ColumnElement[bool]) -> Row | None:
        query = select(messages.c.message, messages.c.key, messages.c.note, messages.c.state).where(condition)
        async with self._store.reading() as connection:
            row = (await connection.execute(query.order_by(messages.c.message.desc()).limit(1))).one_or_none()
        return (row.message, row.key, row.note, row.state) if row is not None else None


def _is(chat: int, message: int) -> ColumnElement[bool]:
    return (messages.c.chat == chat) & (messages.c.message == message)

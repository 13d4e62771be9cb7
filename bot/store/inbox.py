"""Keeps which messages on Discord were for the bot and what became of them: a restart loses and repeats none."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import delete, func, insert, select, update

from bot.store.tables import conversations, turns
from bot.store.tables import discord_gaps as gaps
from bot.store.tables import discord_messages as messages
from bot.store.turns import Store

_PLATFORM = "discord"
_MONTH = 30 * 24 * 3600.0
_MOST_DIRECT = 100
_COMMAND = "command"
"""Stands in place of a key for what is no message: a command that was answered and is not passed on yet."""

Request = tuple[int, str, dict[int, str]]


class StoredInbox:
    """The Discord adapter's memory in the database."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def note(self, message: int, channel: int, text: str, *, meant: bool) -> int | None:
        """Remember a message. None if nothing is to be done about it, else the request it is part of already, or 0."""
        query = select(messages.c.request, messages.c.handled).where(messages.c.message == message)
        new = {"message": message, "channel": channel, "text": text, "key": ""}
        async with self._store.writing() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is not None:
                return (row.request or 0) if row.handled is None else None
            await connection.execute(insert(messages).values(**new, handled=None if meant else self._clock()))
        return 0 if meant else None

    async def joined(self, parts: list[int]) -> bool:
        """These messages are one request, named by the first. False if a turn was made of it already."""
        known = select(messages.c.request).where(messages.c.message == parts[0])
        joined = turns.join(conversations, turns.c.conversation == conversations.c.id)
        made = select(turns.c.id).select_from(joined).where(turns.c.message == str(parts[0]))
        async with self._store.writing() as connection:
            again = await connection.scalar(known) is not None
            await connection.execute(update(messages).where(messages.c.message.in_(parts)).values(request=parts[0]))
            if not again:
                return True
            return (await connection.execute(made.where(conversations.c.platform == _PLATFORM))).first() is None

    async def handled(self, request: int, key: str) -> None:
        """A request has been passed on, in the place with this key."""
        values = {"key": key, "handled": self._clock()}
        async with self._store.writing() as connection:
            await connection.execute(update(messages).where(messages.c.request == request).values(values))

    async def part_of(self, message: int) -> Request | None:
        """The request that a message is part of: its name, its place's key, the words of each of its messages."""
        name = select(messages.c.request).where(messages.c.message == message).scalar_subquery()
        query = select(messages).where(messages.c.request == name).order_by(messages.c.message)
        async with self._store.reading() as connection:
            rows = (await connection.execute(query)).all()
        return (rows[0].request, rows[0].key, {row.message: row.text for row in rows}) if rows else None

    async def reword(self, message: int, text: str) -> None:
        """A message's words have changed."""
        async with self._store.writing() as connection:
            await connection.execute(update(messages).where(messages.c.message == message).values(text=text))

    async def away(self, since: int, oldest: int) -> None:
        """From ``since`` on messages may be missed, until :meth:`back`. What is before ``oldest`` is forgotten."""
        async with self._store.writing() as connection:
            await connection.execute(delete(messages).where(messages.c.message < oldest))
            await connection.execute(delete(gaps).where(gaps.c.closed.is_not(None), gaps.c.since < since))
            if (await connection.execute(select(gaps).where(gaps.c.closed.is_(None)))).first() is None:
                await connection.execute(delete(gaps).where(gaps.c.since == since))
                await connection.execute(insert(gaps).values(since=since))

    async def back(self) -> None:
        """What was missed has been read."""
        async with self._store.writing() as connection:
            await connection.execute(update(gaps).values(closed=self._clock()))

    async def unread(self) -> int | None:
        """After which message there may be some that were missed: the oldest that is open, else the newest of all."""
        ids = select(messages.c.message, messages.c.handled).union_all(select(gaps.c.since, gaps.c.closed)).subquery()
        oldest = func.min(ids.c.message).filter(ids.c.handled.is_(None))
        async with self._store.reading() as connection:
            found: int | None = await connection.scalar(select(func.coalesce(oldest, func.max(ids.c.message))))
        return found

    async def direct(self) -> list[int]:
        """The channels of the direct conversations of the last month, newest first, a hundred at most."""
        newest = func.max(turns.c.created)
        joined = conversations.join(turns, turns.c.conversation == conversations.c.id)
        query = (
            select(conversations.c.key)
            .select_from(joined)
            .where(
                conversations.c.platform == _PLATFORM,
                conversations.c.key.not_like("%/%"),
                turns.c.created > self._clock() - _MONTH,
            )
        )
        async with self._store.reading() as connection:
            keys = await connection.scalars(
                query.group_by(conversations.c.key).order_by(newest.desc()).limit(_MOST_DIRECT)
            )
            return [int(key) for key in keys]

    async def begin(self, command: int, channel: int, state: str) -> bool:
        """Remember a command with its state. False if it is remembered already."""
        values = {"message": command, "channel": channel, "text": state, "key": _COMMAND}
        async with self._store.writing() as connection:
            known = select(messages.c.message).where(messages.c.message == command)
            if (await connection.execute(known)).first() is not None:
                return False
            await connection.execute(insert(messages).values(values))
        return True

    async def ended(self, command: int) -> None:
        """Forget a command."""
        async with self._store.writing() as connection:
            await connection.execute(delete(messages).where(messages.c.message == command))

    async def begun(self) -> list[tuple[int, int, str]]:
        """The commands that have not ended, oldest first, each with its channel and its state."""
        columns = messages.c.message, messages.c.channel, messages.c.text
        waiting = select(*columns).where(messages.c.key == _COMMAND, messages.c.handled.is_(None))
        async with self._store.reading() as connection:
            rows = await connection.execute(waiting.order_by(messages.c.message))
            return [(row.message, row.channel, row.text) for row in rows]

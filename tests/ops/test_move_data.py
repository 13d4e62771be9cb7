"""What was said and drawn with SQLite is there with PostgreSQL, row by row, and goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from bot.errors import StoreError
from bot.ops.move_data import move_data
from bot.store.lock import sole_user
from bot.store.tables import turns
from tests.bot_parts import on_postgres, opened
from tests.postgres_server import PostgresServer


async def talked(folder: Path) -> Path:
    """A database with a conversation, and a turn whose parent's key comes behind its own."""
    async with opened(folder) as bot:
        for words in ("a house", "make it blue 家", "at night"):
            await bot.say(words)
        async with bot.store.writing() as connection:
            known = (await connection.execute(turns.select())).mappings().first()
            assert known is not None
            await connection.execute(insert(turns), [{**known, "id": "zzzzzzzzzz", "parent": None, "mask": b"\0\1"}])
            await connection.execute(update(turns).where(turns.c.id == known["id"]).values(parent="zzzzzzzzzz"))
            await connection.execute(text("UPDATE sqlite_sequence SET seq = 900 WHERE name = 'job'"))
    return folder / "omost.db"


async def test_every_row_is_moved_once_and_numbers_are_never_given_twice(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    file = await talked(tmp_path)
    target = postgres_server.database_of(tmp_path / "new")
    heard: list[str] = []
    moved = await asyncio.to_thread(move_data, file, target, heard.append)
    assert (moved.before, moved.rows["turn"], "turn" in heard) == (False, 4, True)
    again = await asyncio.to_thread(move_data, file, target)
    assert (again.before, again.rows) == (True, moved.rows)
    with on_postgres(postgres_server):
        async with opened(tmp_path / "new") as bot:
            newest = await bot.store.turn(await bot.head())
            assert newest is not None
            assert newest.words == "at night"
            await bot.say("a boat")
            async with bot.store.reading() as connection:
                assert await connection.scalar(text("SELECT max(id) FROM job")) == 901
        with pytest.raises(StoreError, match="holds something else"):
            await asyncio.to_thread(move_data, file, target)


async def test_nothing_is_there_after_a_move_that_did_not_end_or_could_not_begin(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    file = await talked(tmp_path)
    target = postgres_server.database_of(tmp_path / "new")

    def stop(table: str) -> None:
        if table == "job":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await asyncio.to_thread(move_data, file, target, stop)
    with sole_user(target), pytest.raises(StoreError, match="Another bot"):
        await asyncio.to_thread(move_data, file, target)
    with pytest.raises(StoreError, match="no database at"):
        await asyncio.to_thread(move_data, tmp_path / "none.db", target)
    assert not (await asyncio.to_thread(move_data, file, target)).before
    postgres_server.drop()

"""A statement is one hand-over to SQLite's thread, and a transaction begins with its first one."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import StoreError
from bot.store import sqlite
from bot.store.database import Database
from bot.store.sqlite_connection import Connection


class Counted(Connection):
    """Counts what it hands over."""

    handed = 0

    async def _execute(self, fn: Callable[..., object], *args: object, **kwargs: object) -> object:
        Counted.handed += 1
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncGenerator[AsyncEngine]:
    async def create() -> object:
        return await Counted(lambda: sqlite3.connect(tmp_path / "a.db", timeout=0.1))

    found = create_async_engine("sqlite+aiosqlite:///a.db", async_creator=create)
    sqlite.prepare(found.sync_engine)
    async with found.begin() as connection:
        await connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    yield found
    await found.dispose()


async def test_a_statement_and_an_end_are_one_hand_over_each(engine: AsyncEngine) -> None:
    database = Database(engine)
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO t VALUES (1)"))
    Counted.handed = 0
    async with database.reading() as connection:
        assert list(await connection.scalars(text("SELECT n FROM t"))) == [1]
    assert Counted.handed == 2
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO t VALUES (:n)"), [{"n": 2}, {"n": 3}])
        made = await connection.execute(text("INSERT INTO t VALUES (4) RETURNING n"))
        assert made.all() == [(4,)]
        changed = await connection.execute(text("UPDATE t SET n = n + 10"))
        assert changed.rowcount == 4
    assert Counted.handed == 2 + 4
    async with database.reading():
        pass
    assert Counted.handed == 6, "nothing was begun"


async def test_a_reader_s_view_begins_with_its_first_statement_and_stays(engine: AsyncEngine) -> None:
    database = Database(engine)
    async with database.reading() as reader:
        assert await reader.scalar(text("SELECT count(*) FROM t")) == 0
        async with database.writing() as writer:
            await writer.execute(text("INSERT INTO t VALUES (1)"))
        assert await reader.scalar(text("SELECT count(*) FROM t")) == 0
    async with database.reading() as reader:
        assert await reader.scalar(text("SELECT count(*) FROM t")) == 1


async def write_and_fail(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO t VALUES (1)"))
        raise RuntimeError


async def test_what_fails_is_undone_and_the_next_transaction_goes_on(engine: AsyncEngine, tmp_path: Path) -> None:
    database = Database(engine)
    with pytest.raises(RuntimeError):
        await write_and_fail(database)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreError, match="locked"):
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO t VALUES (2)"))
    other.rollback()
    other.close()
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO t VALUES (3)"))
    async with database.reading() as connection:
        assert list(await connection.scalars(text("SELECT n FROM t"))) == [3]


@pytest.mark.slow
async def test_what_is_cancelled_in_a_statement_is_undone(engine: AsyncEngine) -> None:
    database, begun = Database(engine), asyncio.Event()

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO t VALUES (1)"))
            begun.set()
            slow = "INSERT INTO t SELECT value + 10 FROM generate WHERE value < 300000"
            series = (
                "WITH RECURSIVE generate(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM generate LIMIT 300000)"
            )
            await connection.execute(text(f"{series} {slow}"))

    task = asyncio.create_task(write())
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM t")) == 0
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO t VALUES (2)"))
    async with database.reading() as connection:
        assert list(await connection.scalars(text("SELECT n FROM t"))) == [2]


def test_a_connection_is_dropped_though_its_event_loop_is_gone(tmp_path: Path) -> None:
    async def drop() -> Connection:
        connection = Connection(lambda: sqlite3.connect(tmp_path / "t.db"))
        await connection
        connection._tx.put_nowait((None, partial(time.sleep, 0.2)))  # it is busy while the loop ends
        connection.stop()
        return connection

    thread = asyncio.run(drop())._thread
    thread.join(10)
    assert not thread.is_alive()


async def test_one_that_is_given_up_ends_its_thread(tmp_path: Path) -> None:
    connection = await Connection(partial(sqlite3.connect, tmp_path / "given-up.db"))
    thread = connection._thread
    del connection
    gc.collect()
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()

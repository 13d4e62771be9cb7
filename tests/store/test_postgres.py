"""Where PostgreSQL is not SQLite: migrations side by side, one bot at a time, what is cut, cancelled statements."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, insert, select, text

from bot.errors import StoreError
from bot.messages import Outgoing, Place
from bot.ops.doctor import examine_server
from bot.ops.finding import Verdict
from bot.store import postgres
from bot.store.database import Database, close, connect
from bot.store.lock import serving, sole_user
from bot.store.migrate import upgrade
from bot.store.tables import conversations, metadata
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store
from bot.turns.conversation import first_request
from tests.bot_parts import ANN, new_store, on_postgres, opened
from tests.fakes import PATIENCE, TINY, until
from tests.postgres_server import PostgresServer


async def test_two_that_migrate_at_once_make_exactly_the_tables_the_code_knows(postgres_server: PostgresServer) -> None:
    with on_postgres(postgres_server):
        url = postgres_server.bare("fresh")
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(upgrade, [url, url]))
        engine = connect(url)
        async with engine.connect() as connection:
            differences = await connection.run_sync(
                lambda each: compare_metadata(MigrationContext.configure(each), metadata)
            )
        await engine.dispose()
        assert differences == []


async def test_a_second_bot_is_refused_until_the_first_has_ended(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with on_postgres(postgres_server):
        url = postgres_server.database_of(tmp_path)
        with sole_user(url), pytest.raises(StoreError, match="Another bot is using the database"), sole_user(url):
            pytest.fail("two bots on one database")
        with sole_user(url):
            pass


async def test_several_bots_use_a_database_each_with_platforms_of_its_own(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with on_postgres(postgres_server):
        url = postgres_server.database_of(tmp_path)
        with serving(url, ["discord", "web"]), serving(url, ["telegram"]):
            refusal = "Another bot serves web from .*web.enabled to false"
            with pytest.raises(StoreError, match=refusal), serving(url, ["web"]):
                pytest.fail("two bots on one platform")
            with pytest.raises(StoreError, match="Another bot is using the database"), sole_user(url):
                pytest.fail("what moves data is to be alone")
        with sole_user(url), pytest.raises(StoreError, match="Another bot is using"), serving(url, ["telegram"]):
            pytest.fail("what moves data is alone")
        with serving(url, ["web"]):
            pass


@pytest.mark.usefixtures("either_database")
async def test_long_names_are_cut_and_no_nul_is_kept_on_either_database(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, bot.store.writing() as connection:
        values = {"platform": "test", "key": "a\0b", "title": "x" * 300, "created": 0.1 + 0.2}
        await connection.execute(insert(conversations).values(values))
        row = (await connection.execute(select(conversations))).one()
        assert (row.key, row.title, row.created) == ("a\ufffdb", "x" * 255, 0.1 + 0.2)
        assert await connection.scalar(select(conversations.c.id).where(conversations.c.key == "a\0b")) == row.id


@pytest.mark.usefixtures("either_database")
async def test_a_post_with_nul_is_read_back_and_posts_without_a_nonce_are_many(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        transcript, place = StoredTranscript(bot.store), Place("web", "a")
        for _ in range(2):
            await transcript.add(place, Outgoing('a "quoted"\\ \0 家'), None)
        assert [each.message.text for each in await transcript.posts(place)] == ['a "quoted"\\ \ufffd 家'] * 2


async def test_a_cancelled_statement_costs_neither_the_lock_nor_the_store(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with on_postgres(postgres_server):
        async with opened(tmp_path) as bot:
            begun = asyncio.Event()

            async def write() -> None:
                async with bot.store.writing() as connection:
                    begun.set()
                    await connection.execute(text("SELECT pg_sleep(600)"))

            writer = asyncio.create_task(write())
            await begun.wait()
            writer.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writer
            async with asyncio.timeout(60):
                await bot.say("a house")
            assert await bot.head()


async def test_writers_of_two_processes_come_one_at_a_time_and_readers_see_one_view(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with on_postgres(postgres_server):
        url = postgres_server.database_of(tmp_path)
        engines = [connect(url), connect(url)]
        first, second = (Store(each) for each in engines)
        add = text("INSERT INTO virtual_time (id, now) SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM virtual_time)")
        one_more = text("UPDATE virtual_time SET now = :now")

        async def count(store: Database) -> None:
            for _ in range(10):
                async with store.writing() as connection:
                    await connection.execute(add)
                    now = await connection.scalar(text("SELECT now FROM virtual_time"))
                    await connection.execute(one_more, {"now": now + 1})

        async with first.reading() as view:
            seen = text("SELECT count(*) FROM virtual_time")
            assert await view.scalar(seen) == 0
            await asyncio.gather(count(first), count(second))
            assert await view.scalar(seen) == 0, "as it was when this began to read"
        async with second.reading() as view:
            assert await view.scalar(text("SELECT now FROM virtual_time")) == 20
        for engine in engines:
            await engine.dispose()


async def test_who_stands_still_in_a_write_holds_up_nobody_for_long(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_STILL", 1)
    monkeypatch.setattr("bot.store.database._LOOK", 0.2)
    url = postgres_server.database_of(tmp_path)
    database = Database(connect(url))
    looking = asyncio.create_task(database.keep_writable())
    for prepares in (False, True):  # the server ends the first by itself, and not the second
        hanging = await asyncpg.connect(url, server_settings={"idle_in_transaction_session_timeout": "1s"})
        await hanging.execute(f"BEGIN; SELECT pg_advisory_xact_lock({postgres._WRITER})")
        if prepares:
            await hanging.prepare("SELECT 1")
        async with asyncio.timeout(PATIENCE), database.writing() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
        hanging.terminate()
    looking.cancel()
    await close(database._engine)


async def test_what_was_posted_is_noted_while_another_process_writes(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with on_postgres(postgres_server):
        async with opened(tmp_path) as bot, new_store(tmp_path) as other:
            draft = first_request("a house", TINY, 1)
            waiting, shown = [await bot.queue.enqueue(Place("test", room), ANN, lambda _: draft) for room in "ab"]
            async with other.writing() as connection:
                await connection.execute(text("INSERT INTO virtual_time (id, now) VALUES (1, 1)"))
                async with asyncio.timeout(20):
                    await bot.queue.status_posted(waiting.id, "m1")
                    await bot.queue.posted(shown.id)
                claiming = asyncio.create_task(bot.queue.claim())
                await asyncio.wait({claiming}, timeout=0.3)
                assert not claiming.done(), "who is next is decided on what all others have written"
            claimed = await claiming
            assert claimed is not None
            assert (claimed.id, claimed.status_message) == (waiting.id, "m1")


@pytest.mark.parametrize("unused", [-1.0, 1000.0])
async def test_connections_that_the_server_has_closed_are_replaced(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused: float
) -> None:
    monkeypatch.setattr(postgres, "_UNUSED", unused)
    with on_postgres(postgres_server):
        engine = connect(postgres_server.database_of(tmp_path))
        used: set[asyncpg.Connection] = set()
        event.listen(engine.sync_engine, "checkin", lambda connection, _: used.add(connection.driver_connection))
        store = Store(engine)
        assert await store.turn("aaaaaaaaaa") is None
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        others = f"{ending} AND pid <> pg_backend_pid()"
        await asyncio.to_thread(postgres_server.execute, others, postgres_server.made[tmp_path])
        await until(lambda: all(each.is_closed() for each in used))
        assert len(used) == 1
        assert await store.turn("aaaaaaaaaa") is None
        async with store.writing() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM turn")) == 0
        assert len(used) == 2, "and what is open is used on"
        await engine.dispose()


async def test_what_is_wrong_is_said_in_a_sentence(postgres_server: PostgresServer, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no database nowhere on"):
        upgrade(postgres_server.url("nowhere"))
    with pytest.raises(StoreError, match="cannot be reached"):
        upgrade(f"postgresql://tests@/x?host={tmp_path}")
    with on_postgres(postgres_server):
        engine = connect(postgres_server.bare("tableless"))
        with pytest.raises(StoreError, match="lacks its tables"):
            await Store(engine).turn("aaaaaaaaaa")
        await Store(engine).wipe()
        await engine.dispose()


def test_the_doctor_looks_at_the_server(postgres_server: PostgresServer) -> None:
    (fine,) = examine_server(postgres_server.url("postgres"))
    assert (fine.verdict, "PostgreSQL" in fine.found) == (Verdict.FINE, True)
    (wrong,) = examine_server(postgres_server.url("nowhere"))
    assert (wrong.verdict, wrong.found) == (
        Verdict.WRONG,
        "There is no database nowhere on localhost; make it with createdb",
    )


async def test_a_migration_beside_a_running_bot_costs_it_one_statement_at_most(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async def migrate(change: str) -> None:
        await asyncio.to_thread(postgres_server.execute, change, postgres_server.made[tmp_path])

    with on_postgres(postgres_server):
        async with opened(tmp_path) as bot:
            await bot.say("a house")
            planned = await bot.queue.job(1)
            assert planned is not None
            await migrate("ALTER TABLE job ADD COLUMN newer integer")
            assert await bot.queue.job(1) == planned
            await migrate("ALTER TABLE job ALTER COLUMN attempts TYPE bigint")
            with pytest.raises(StoreError, match="cached statement plan"):
                await bot.queue.job(1)
            assert await bot.queue.job(1) == planned
            claimed = await bot.queue.claim()
            assert claimed is not None
            assert await bot.queue.fail(claimed, "broken")

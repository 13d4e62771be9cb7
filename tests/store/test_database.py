"""The database: migrations, durability settings, what is kept, and what is said when it cannot be used."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from PIL import Image
from sqlalchemy import create_engine, text

from bot.errors import StoreError
from bot.messages import Place
from bot.store.assets import Pictures
from bot.store.database import connect
from bot.store.files import Folder
from bot.store.migrate import upgrade
from bot.store.tables import metadata
from bot.store.turns import Store
from bot.turns.conversation import first_request
from bot.turns.provenance import is_marked
from omost_pipeline.canvas.elements import Correction
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.engine.assets import picture_bytes, picture_of
from tests.bot_parts import ANN, PLACE, database_url, new_store, opened
from tests.fakes import TINY, canvas_for, until


@pytest.mark.slow
def test_migrations_make_exactly_the_tables_the_code_knows(tmp_path: Path) -> None:
    upgrade(database_url(tmp_path))
    engine = create_engine(f"sqlite:///{tmp_path / 'omost.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_upgrading_twice_changes_nothing_and_makes_missing_folders(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new folder' / '100% mine.db'}"
    upgrade(url)
    upgrade(url)
    assert (tmp_path / "new folder" / "100% mine.db").exists()


async def test_the_database_is_in_wal_mode_with_foreign_keys(tmp_path: Path) -> None:
    upgrade(database_url(tmp_path))
    engine = connect(database_url(tmp_path))
    async with engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert (await connection.scalar(text("PRAGMA busy_timeout")) or 0) >= 1000
    await engine.dispose()


@pytest.mark.usefixtures("either_database")
async def test_however_many_read_at_once_each_has_a_turn_and_whoever_writes_waits_for_none(tmp_path: Path) -> None:
    async with new_store(tmp_path) as store:
        begun, go_on = list[int](), asyncio.Event()

        async def read(number: int) -> None:
            async with store.reading() as connection:
                await connection.scalar(text("SELECT count(*) FROM turn"))
                begun.append(number)
                await go_on.wait()

        async with asyncio.TaskGroup() as tasks:
            for number in range(40):
                tasks.create_task(read(number))
            await until(lambda: len(begun) >= 5)
            async with asyncio.timeout(20), store.writing() as connection:
                await connection.execute(text("INSERT INTO virtual_time (id, now) VALUES (1, 1)"))
            go_on.set()
        assert sorted(begun) == list(range(40))


async def test_a_turn_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        draft = first_request("ein Haus — 家 🏠", TINY, 2**32 - 1)
        job = await bot.queue.enqueue(PLACE, ANN, lambda _: draft)
        await bot.queue.status_posted(job.id, "m1")
        claimed = await bot.queue.claim()
        assert claimed is not None
        corrections = (Correction(3, "color", "redd", "red"),)
        assert await bot.queue.composed(claimed, ParsedCanvas(canvas_for("家"), corrections, cut=True))
    async with opened(tmp_path) as bot:
        turn = await bot.store.turn(job.turn)
        assert turn is not None
        assert (turn.author, turn.words, turn.draft.seed) == (ANN, "ein Haus — 家 🏠", 2**32 - 1)
        assert (turn.canvas, turn.draft.corrections, turn.draft.cut) == (canvas_for("家"), corrections, True)
        known = await bot.store.conversation(PLACE)
        assert known is not None
        assert (known.title, known.head) == ("ein Haus — 家 🏠", turn.id)
        assert len(turn.id) == 10
        assert set(turn.id) <= set("abcdefghijklmnopqrstuvwxyz234567")


async def test_unknown_places_and_turns_are_none(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        assert await bot.store.conversation(Place("test", "nowhere")) is None
        assert await bot.store.turn("aaaaaaaaaa") is None
        assert await bot.store.place_of("aaaaaaaaaa") is None


async def test_long_conversations_load_only_the_newest_turns(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        for number in range(6):
            await bot.say(f"words {number}")
        found = await bot.store.ancestry(await bot.head(), most=4)
        assert [turn.words for turn in found.values()] == [f"words {number}" for number in (5, 4, 3, 2)]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "omost.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreError, match=r"omost\.db is damaged"):
        upgrade(database_url(tmp_path))


def test_a_database_that_a_newer_version_wrote_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    upgrade(database_url(tmp_path))
    with sqlite3.connect(tmp_path / "omost.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = (tmp_path / "omost.db").read_bytes()
    with pytest.raises(StoreError, match=r"omost\.db was written by a newer version .*9999.* Use the newer version"):
        upgrade(database_url(tmp_path))
    assert (tmp_path / "omost.db").read_bytes() == before


def test_a_folder_in_the_databases_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "omost.db").mkdir()
    with pytest.raises(StoreError, match=r"omost\.db cannot be opened"):
        upgrade(database_url(tmp_path))


@pytest.mark.slow
async def test_a_read_only_database_is_named(tmp_path: Path) -> None:
    upgrade(database_url(tmp_path))
    path = tmp_path / "omost.db"
    engine = connect(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(StoreError, match=r"omost\.db.* is read-only"):
        await Store(engine).set_head(1, "aaaaaaaaaa")
    await engine.dispose()
    assert path.stat().st_mode & stat.S_IWUSR, "the file itself was left alone"


async def test_a_database_without_tables_is_named(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "omost.db").close()
    engine = connect(database_url(tmp_path))
    with pytest.raises(StoreError, match="lacks its tables"):
        await Store(engine).turn("aaaaaaaaaa")
    await engine.dispose()


async def test_pictures_are_written_whole_and_tell_where_they_came_from(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        job = await bot.queue.enqueue(PLACE, ANN, lambda _: first_request("ein Haus 🏠", TINY, 5))
        turn = await bot.store.turn(job.turn)
    assert turn is not None
    pictures = Pictures(Folder(tmp_path / "pictures"))
    kept = pictures.keep(turn, canvas_for("house"), 0, 5, picture_bytes(Image.new("RGB", (8, 6))))
    assert (kept.path, kept.width, kept.height) == (f"pictures/{turn.id}-1.png", 8, 6)
    content = pictures.read(kept)
    assert content is not None
    assert content.startswith(b"\x89PNG")
    with Image.open(tmp_path / kept.path) as image:
        image.load()
        assert image.info["words"] == "ein Haus 🏠"
        assert image.info["seed"] == "5"
    assert [each.name for each in (tmp_path / "pictures").iterdir()] == [f"{turn.id}-1.png"]
    (tmp_path / kept.path).unlink()
    assert pictures.read(kept) is None


async def test_the_pixels_of_a_png_are_not_packed_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        job = await bot.queue.enqueue(PLACE, ANN, lambda _: first_request("ein Haus", TINY, 5))
        turn = await bot.store.turn(job.turn)
    assert turn is not None
    pictures = Pictures(Folder(tmp_path / "pictures"))
    file = io.BytesIO()
    Image.effect_noise((16, 8), 60).convert("RGB").save(file, "PNG", compress_level=0)  # as nobody else packs it
    content = pictures.read(pictures.keep(turn, canvas_for("house"), 0, 5, file.getvalue()))
    assert content is not None
    assert content.endswith(file.getvalue()[33:]), "all that comes after the first chunk"
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["words"] == "ein Haus"
        assert is_marked(image)
        assert image.convert("RGB").tobytes() == picture_of(file.getvalue()).tobytes()
    with pytest.raises(OSError, match="truncated"):
        pictures.keep(turn, canvas_for("house"), 0, 5, file.getvalue()[:-50])


async def test_writers_are_served_in_the_order_in_which_they_asked(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        served: list[int] = []

        async def write(number: int) -> None:
            async with bot.store.writing() as connection:
                await connection.execute(text("UPDATE conversation SET title = title"))
                served.append(number)

        async with asyncio.TaskGroup() as tasks:
            for number in range(40):
                tasks.create_task(write(number))
        assert served == list(range(40))

"""A database that an earlier version filled, with every column of its turns in use, goes on to work, and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from bot.errors import StoreError
from bot.messages import Action, Form
from bot.store.migrate import configuration, upgrade
from bot.store.sqlite import check_references, prepare, prepare_to_migrate
from bot.turns.conversation import Model
from bot.turns.styles import STYLE
from omost_pipeline.renderer.spec import COUNT, INITIAL, LARGER, NEGATIVE, SEED, Spec
from tests.bot_parts import BOB, database_url, opened, working
from tests.fakes import until
from tests.store.older_schemas import OLDER

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "omost.db") as database:
        database.executescript(OLDER.read_text(encoding="utf-8"))
    database.close()
    return tmp_path


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    database = sqlite3.connect(folder / "omost.db")
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


async def test_turns_of_an_earlier_version_keep_what_they_were_asked_for(folder: Path) -> None:
    upgrade(database_url(folder))
    async with opened(folder) as bot:
        turns = [await bot.store.turn(str(row[0])) for row in rows(folder, "SELECT id FROM turn ORDER BY created")]
        specs = [turn.draft.spec for turn in turns if turn is not None]
        ink = {"size": (256, 128), "seed": 7, "steps": 9, "guidance": 6.5, "initial": 0.97, "negative": "people"}
        assert specs[0] == Spec({**ink, "style": "ink"})
        assert specs[1] == Spec(ink)
        assert (specs[2].get(SEED), specs[2].get(COUNT)) == (8, 4), "variations"
        assert (specs[3].get(INITIAL), specs[3].get(NEGATIVE)) == (0.0, "cars")
        assert specs[4].get(LARGER) == 1.5
        assert (specs[5].get(COUNT), specs[5].get(STYLE), specs[5].get(NEGATIVE)) == (3, None, None)
        assert turns[0] is not None
        assert turns[0].draft.model == Model("tiny", "tiny")
        assert len(await bot.store.pictures(str(turns[2].id if turns[2] else ""))) == 4, "nothing else was lost"
    assert rows(folder, "PRAGMA foreign_key_check") == []


async def test_a_conversation_from_before_goes_on_as_it_was_drawn(folder: Path) -> None:
    upgrade(database_url(folder))
    first, second = (str(row[0]) for row in rows(folder, "SELECT id FROM turn ORDER BY created LIMIT 2"))
    async with opened(folder) as bot, working(bot):
        assert await bot.press(Action.UNDO, second) is None
        assert await bot.head() == first
        assert await bot.say("at night") is None
        await until(lambda: bot.engine.drawn)
        _, drawn = bot.engine.drawn[0]
        assert (drawn.width, drawn.height, drawn.seed, drawn.steps, drawn.guidance) == (256, 128, 7, 9, 6.5)
        assert (drawn.initial_strength, drawn.negative_prompt) == (0.97, "people")


async def test_preferences_of_an_earlier_version_still_hold(folder: Path) -> None:
    upgrade(database_url(folder))
    async with opened(folder) as bot:
        form = await bot.say("/settings")
        assert isinstance(form, Form)
        assert {field.name: field.value for field in form.fields} == {
            "size": "wide",
            "negative": "fog",
            "style": "none",
            "draft": "",
        }
        await bot.say("/imagine a quay")
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert (turn.draft.spec.get(NEGATIVE), turn.draft.spec.get(STYLE)) == ("fog", None)
        await bot.say("/imagine a quay", author=BOB)
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert turn.draft.spec.get(STYLE) == "oil", "the place's"


def test_going_back_to_the_earlier_version_gives_its_columns_back(folder: Path) -> None:
    turns = (
        "SELECT id, seed, width, height, steps, guidance, images, negative, style, initial, larger, profile, words, "
        "canvas FROM turn ORDER BY id"
    )
    preferences = "SELECT scope, key, size, negative, style FROM preference ORDER BY scope"
    before = rows(folder, turns), rows(folder, preferences)
    upgrade(database_url(folder))
    engine = create_engine(f"sqlite:///{folder / 'omost.db'}")
    prepare(engine)
    with engine.execution_options(writes=True).begin() as connection:
        command.downgrade(configuration(connection), "0007")
    engine.dispose()
    assert (rows(folder, turns), rows(folder, preferences)) == before
    assert rows(folder, "PRAGMA foreign_key_check") == []
    upgrade(database_url(folder))
    assert {json.loads(str(row[0]))["steps"] for row in rows(folder, "SELECT spec FROM turn")} == {9, 16}


def test_all_the_way_back_and_forth_loses_no_turn_and_no_picture(folder: Path) -> None:
    counts = "SELECT (SELECT count(*) FROM turn), (SELECT count(*) FROM picture), (SELECT count(*) FROM job)"
    before = rows(folder, counts)
    upgrade(database_url(folder))
    engine = create_engine(f"sqlite:///{folder / 'omost.db'}")
    prepare(engine)
    with engine.execution_options(writes=True).begin() as connection:
        command.downgrade(configuration(connection), "0001")
    engine.dispose()
    assert (rows(folder, counts), rows(folder, "PRAGMA foreign_key_check")) == (before, [])
    upgrade(database_url(folder))
    assert (rows(folder, counts), rows(folder, "PRAGMA foreign_key_check")) == (before, [])


@contextmanager
def migrating(folder: Path) -> Generator[Connection, None, None]:
    """A transaction as migrations have it."""
    engine = create_engine(f"sqlite:///{folder / 'omost.db'}")
    prepare_to_migrate(engine)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            yield connection
            check_references(connection, str(folder))
    finally:
        engine.dispose()


def test_a_table_that_others_refer_to_can_be_made_anew(folder: Path) -> None:
    """SQLite changes columns so: a new table, the rows moved, the old one dropped."""
    upgrade(database_url(folder))
    counts = "SELECT (SELECT count(*) FROM turn), (SELECT count(*) FROM picture), (SELECT count(*) FROM job)"
    before = rows(folder, counts)
    assert 0 not in before[0]
    with migrating(folder) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("turn", recreate="always"):
            pass
    assert (rows(folder, counts), rows(folder, "PRAGMA foreign_key_check")) == (before, [])


def test_a_migration_that_leaves_references_to_nothing_is_taken_back(folder: Path) -> None:
    upgrade(database_url(folder))
    before = rows(folder, "SELECT count(*) FROM turn")
    with (
        pytest.raises(StoreError, match=r"references from .* to turn.* lead nowhere"),
        migrating(folder) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM turn")
    assert rows(folder, "SELECT count(*) FROM turn") == before

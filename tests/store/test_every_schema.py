"""From every earlier version of the tables, with data in it, to the newest: all that is always true is true of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from bot.messages import Action
from bot.ops.backup import Installation, restore, save
from bot.ops.check import check
from bot.store.migrate import configuration, known_schemas, upgrade
from bot.store.sqlite import prepare
from tests.bot_parts import database_url, opened, working
from tests.fakes import FakeChat, until
from tests.store.older_schemas import OLDER

pytestmark = pytest.mark.slow

MADE_IN = "0007"
COUNTS = "SELECT (SELECT count(*) FROM turn), (SELECT count(*) FROM picture), (SELECT count(*) FROM job)"


def bring_to(folder: Path, schema: str, *, forward: bool) -> None:
    engine = create_engine(f"sqlite:///{folder / 'omost.db'}")
    prepare(engine)
    with engine.execution_options(writes=True).begin() as connection:
        (command.upgrade if forward else command.downgrade)(configuration(connection), schema)
    engine.dispose()


def counts(folder: Path) -> tuple[int, ...]:
    database = sqlite3.connect(folder / "omost.db")
    try:
        return tuple(database.execute(COUNTS).fetchone())
    finally:
        database.close()


@pytest.mark.parametrize("schema", known_schemas())
def test_what_an_earlier_version_kept_is_whole_after_the_upgrade(tmp_path: Path, schema: str) -> None:
    with sqlite3.connect(tmp_path / "omost.db") as database:
        database.executescript(OLDER.read_text(encoding="utf-8"))
    database.close()
    if schema != MADE_IN:
        bring_to(tmp_path, schema, forward=schema > MADE_IN)
    before = counts(tmp_path)
    upgrade(database_url(tmp_path))
    report = check(tmp_path / "omost.db", tmp_path / "pictures")
    assert [each for each in report.breaches if each.rule != "pictures"] == [], "the files were not kept"
    assert counts(tmp_path) == before


async def played(folder: Path, chat: FakeChat) -> None:
    async with opened(folder, chat) as bot, working(bot):
        before = len(chat.finished())
        await bot.say("a red house")
        await until(lambda: len(chat.finished()) == before + 1)
        await bot.press(Action.UNDO if before else Action.VARIATIONS)
        await until(lambda: len(chat.finished()) == before + 2)
        await bot.at_rest()


@pytest.mark.parametrize("back", [1, 2])
async def test_back_to_one_of_the_last_two_versions_and_forward_again_a_bot_goes_on(tmp_path: Path, back: int) -> None:
    chat = FakeChat()
    await played(tmp_path, chat)
    before = counts(tmp_path)
    bring_to(tmp_path, known_schemas()[-1 - back], forward=False)
    assert counts(tmp_path) == before
    upgrade(database_url(tmp_path))
    assert check(tmp_path / "omost.db", tmp_path / "pictures").breaches == ()
    await played(tmp_path, chat)
    assert check(tmp_path / "omost.db", tmp_path / "pictures").breaches == ()


@pytest.mark.parametrize("back", [1, 2])
async def test_a_backup_from_one_of_the_last_two_versions_is_restored_and_brought_forward(
    tmp_path: Path, back: int
) -> None:
    (tmp_path / "old").mkdir()
    await played(tmp_path / "old", FakeChat())
    bring_to(tmp_path / "old", known_schemas()[-1 - back], forward=False)
    save(Installation(tmp_path / "old" / "omost.db", tmp_path / "old" / "pictures"), tmp_path / "a.tar")
    new = Installation(tmp_path / "new" / "omost.db", tmp_path / "new" / "pictures")
    report, _ = restore(tmp_path / "a.tar", new)
    assert [each.rule for each in report.breaches] == ["schema"]
    upgrade(database_url(tmp_path / "new"))
    assert check(new.database, new.pictures).breaches == ()

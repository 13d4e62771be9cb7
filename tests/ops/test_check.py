"""The checker: silent about what a bot left in good order or in the middle of its work, loud about each broken rule."""

from __future__ import annotations

import asyncio
import atexit
import json
import shutil
import sqlite3
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from bot.cli.program import status_of
from bot.messages import Action
from bot.ops.check import Report, check
from tests.bot_parts import ANN, BOB, opened, working
from tests.fakes import until
from tests.store.older_schemas import OLDER

TWICE = (
    "INSERT INTO job (turn, author, kind, state, error, attempts, created, finished) "
    "SELECT turn, author, kind, state, error, attempts, created, finished FROM job WHERE id = 1"
)


def look(folder: Path) -> Report:
    return check(folder / "omost.db", folder / "pictures")


def change(folder: Path, statement: str) -> None:
    database = sqlite3.connect(folder / "omost.db")
    with database:
        assert database.execute(statement).rowcount, "the statement changes something"
    database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a bot left behind: pictures, an undo, variations, a turn that was removed, one that failed."""
    return Path(shutil.copytree(_left_behind(), tmp_path / "data"))


@cache
def _left_behind() -> Path:
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder)
    asyncio.run(_play(folder))
    return folder


async def _play(folder: Path) -> None:
    async with opened(folder) as bot, working(bot):
        await bot.say("a red house")
        await until(lambda: len(bot.chat.finished()) == 1)
        await bot.say("at night")
        await until(lambda: len(bot.chat.finished()) == 2)
        await bot.press(Action.UNDO)
        await bot.at_rest()
        await bot.press(Action.VARIATIONS)
        await until(lambda: len(bot.chat.finished()) == 4)
        bot.engine.error = RuntimeError("of the model's")
        await bot.say("/imagine a boat", author=BOB)
        await bot.at_rest()
        await bot.press(Action.DELETE, author=ANN)
        await bot.at_rest()


@pytest.mark.slow
def test_what_a_bot_leaves_behind_is_clean(folder: Path) -> None:
    report = look(folder)
    assert report.breaches == ()
    assert report.counts["turns"] >= 4


async def test_a_bot_in_the_middle_of_its_work_is_clean(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.drawing.shut()
        await bot.say("a red house")
        await bot.say("at night")
        await until(bot.engine.drawing.reached.is_set)
        assert look(tmp_path).breaches == ()


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("tree", "UPDATE turn SET parent = id WHERE parent IS NULL"),
        ("tree", "UPDATE conversation SET head = 'nobody'"),
        ("tree", "UPDATE turn SET removed = 'Ann' WHERE id IN (SELECT head FROM conversation)"),
        ("turns", "UPDATE turn SET canvas = '{}' WHERE canvas IS NOT NULL"),
        ("turns", "UPDATE turn SET spec = '[' "),
        ("requests", "DELETE FROM job WHERE turn = (SELECT turn FROM job WHERE state = 'failed')"),
        ("requests", "DELETE FROM picture WHERE turn IN (SELECT turn FROM job WHERE id = 1)"),
        (
            "requests",
            TWICE,
        ),
        ("jobs", "UPDATE job SET finished = NULL"),
        ("jobs", "UPDATE job SET state = 'lost'"),
        ("jobs", "UPDATE job SET state = 'running', finished = NULL, posted = NULL"),
        ("jobs", "UPDATE job SET error = '' WHERE state = 'failed'"),
        ("messages", "UPDATE job SET status_message = 'm1'"),
        ("pictures", "UPDATE picture SET width = 7"),
        ("pictures", "UPDATE picture SET path = 'pictures/none.png'"),
        ("database", "UPDATE job SET turn = 'nobody' WHERE id = 1"),
    ],
)
def test_each_rule_is_held(folder: Path, rule: str, statement: str) -> None:
    change(folder, statement)
    assert rule in {each.rule for each in look(folder).breaches}


def test_a_file_that_belongs_to_nothing_is_named(folder: Path) -> None:
    (folder / "pictures" / "aaaaaaaaaa-1.png.partial").write_bytes(b"torn")
    [breach] = look(folder).breaches
    assert breach.rule == "pictures"
    assert "aaaaaaaaaa-1.png.partial" in breach.found


def test_a_picture_that_is_cut_off_at_its_head_is_named(folder: Path) -> None:
    for picture in (folder / "pictures").glob("*.png"):
        picture.write_bytes(b"\x89PNG")
    assert all(each.rule == "pictures" and "cannot be read" in each.found for each in look(folder).breaches)
    assert len(look(folder).breaches) == 2, "what was removed is nobody's any more"


def test_an_older_database_is_to_be_brought_forward_first(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "omost.db") as database:
        database.executescript(OLDER.read_text(encoding="utf-8"))
    database.close()
    [breach] = look(tmp_path).breaches
    assert breach.rule == "schema"
    assert "start the bot once" in breach.found


def test_pages_that_are_overwritten_are_found(folder: Path) -> None:
    whole = (folder / "omost.db").read_bytes()
    (folder / "omost.db").write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    assert {each.rule for each in look(folder).breaches} == {"database"}


def test_the_command_says_what_is_wrong_and_its_status(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMOST_DATA_DIR", str(folder))
    monkeypatch.chdir(folder)
    assert status_of(["check"]) == 0
    assert "All is as it should be" in capsys.readouterr().out
    change(folder, "UPDATE picture SET path = 'pictures/none.png'")
    assert status_of(["check", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["clean"] is False
    assert "pictures/none.png" in found["breaches"][0]["found"]
    assert status_of(["check"]) == 1
    monkeypatch.setenv("OMOST_DATA_DIR", str(folder / "elsewhere"))
    capsys.readouterr()
    assert status_of(["check"]) == 1
    assert "There is no database at" in capsys.readouterr().err

"""What is forgotten is gone: from rows, files, free pages and the log; what others made goes on; logs never knew it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sqlite3
import time
import zipfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.access.personal import Person, gather
from bot.access.privacy import Privacy, Retention
from bot.cli.program import status_of
from bot.messages import Action, Answer, Author, Notice, Place, Said, Upload
from bot.ops.check import check
from bot.store.assets import Pictures
from bot.store.files import Folder
from tests.bot_parts import ANN, BOB, PLACE, Bot, opened, working
from tests.fakes import FakeChat, FakeModels, until

SECRET = "quokka"
OTHERS = Place("test", "others")
DAY = 86_400.0


@asynccontextmanager
async def two_people(folder: Path, chat: FakeChat | None = None) -> AsyncGenerator[Bot]:
    """Ann has a conversation of her own, and began one that Bob goes on with."""
    async with opened(folder, chat) as bot, working(bot):
        await bot.say(f"a {SECRET} house", author=ANN)
        await bot.say(f"a {SECRET} tree", OTHERS, ANN)
        await until(lambda: len(bot.chat.finished()) == 2)
        await bot.say("a boat", OTHERS, BOB)
        await until(lambda: len(bot.chat.finished()) == 3)
        await bot.at_rest()
        yield bot


def traces(folder: Path, secret: str = SECRET) -> list[str]:
    """The files in which something is still to be read."""
    found = []
    for root, _, names in os.walk(folder):
        found += [name for name in names if secret.encode() in (Path(root) / name).read_bytes()]
    return sorted(found)


def told(answer: Answer) -> str:
    assert isinstance(answer, Notice)
    return answer.text


async def test_what_is_forgotten_is_in_no_file_any_more_and_what_others_made_goes_on(tmp_path: Path) -> None:
    async with two_people(tmp_path) as bot:
        assert traces(tmp_path), "else this would prove nothing"
        before = len(list((tmp_path / "pictures").iterdir()))
        asked = told(await bot.say("/forget", author=ANN))
        assert "/forget everything" in asked
        assert len(bot.chat.finished()) == 3, "asking changes nothing"
        done = told(await bot.say("/forget everything", author=ANN))
        assert done.startswith("Done. 2 requests of yours are deleted")
        [left] = traces_of_others(bot)
        assert left.read_bytes()
        assert len(list((tmp_path / "pictures").iterdir())) < before
        assert await bot.store.conversation(PLACE) is None, "it was hers alone"
        shown = [each.text for each in bot.chat.shown.values()]
        assert sum("wanted it deleted" in text for text in shown) == 2
        turn = await bot.store.turn(await bot.head(OTHERS))
        assert turn is not None
        assert (turn.author.name, turn.words) == ("Bob", "a boat")
        assert await bot.say("at night", OTHERS, BOB) is None
        await until(lambda: len(bot.chat.finished()) == 2)
        await bot.at_rest()
    report = check(tmp_path / "omost.db", tmp_path / "pictures")
    assert report.clean, report.breaches


def traces_of_others(bot: Bot) -> list[Path]:
    """The pictures that are left."""
    return [each for each in (bot.folder / "pictures").iterdir() if each.suffix == ".png"]


@pytest.mark.slow
async def test_of_somebody_alone_not_a_byte_is_left_in_the_databases_files(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        author = replace(ANN, name=f"Ann {SECRET}")
        for number in range(12):
            await bot.say(f"/imagine {SECRET} {number} " + "x" * 3000, Place("test", f"room{number}"), author)
        await until(lambda: len(bot.chat.finished()) == 12)
        await bot.at_rest()
        assert traces(tmp_path)
        await bot.say("/forget everything", author=author)
        assert traces(tmp_path) == []
    with closing(sqlite3.connect(tmp_path / "omost.db")) as database:
        rows = "SELECT (SELECT count(*) FROM turn), (SELECT count(*) FROM job), (SELECT count(*) FROM picture)"
        assert database.execute(rows).fetchone() == (0, 0, 0)


@pytest.mark.usefixtures("either_database")
async def test_work_under_way_is_stopped_and_leaves_nothing(tmp_path: Path) -> None:
    models = FakeModels()
    models.drawing.shut()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say(f"a {SECRET} house")
        await bot.say(f"a {SECRET} tree", OTHERS)
        await until(models.drawing.reached.is_set)
        await bot.say("/forget everything")
        models.drawing.open()
        await bot.at_rest()
        await until(lambda: not bot.worker._attempts)
        assert traces(tmp_path) == []


@pytest.mark.slow
@pytest.mark.usefixtures("either_database")
async def test_a_platform_that_cannot_be_reached_is_told_of_honestly_and_later(tmp_path: Path) -> None:
    chat = FakeChat()
    async with two_people(tmp_path, chat) as bot:
        chat.fail = [ConnectionError("away")] * 12
        done = told(await bot.say("/forget everything", author=ANN))
        assert "2 messages of mine still show pictures" in done
        await until(lambda: sum("wanted it deleted" in each.text for each in chat.shown.values()) == 2)
        await bot.at_rest()
        privacy = privacy_of(bot, Retention())
        await privacy.tidy()
        assert await bot.store.conversation(PLACE) is None


@pytest.mark.parametrize("either_database", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("either_database")
async def test_a_servers_whole_database_is_gone_through_after_the_answer(tmp_path: Path) -> None:
    async with two_people(tmp_path) as bot:
        privacy = privacy_of(bot, Retention())
        await privacy.tidy()
        before = await vacuums(bot)
        await privacy.forget(Person("test", ANN.id))
        assert await vacuums(bot) == before
        await privacy.tidy()
        assert await vacuums(bot) == before + 1
        await privacy.tidy()
        assert await vacuums(bot) == before + 1, "there was nothing more to do"


async def vacuums(bot: Bot) -> int:
    """How often the room of deleted turns was given to others."""
    async with bot.store.reading() as connection:
        counted = text("SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'turn'")
        return int(await connection.scalar(counted) or 0)


def privacy_of(bot: Bot, retention: Retention, days_later: float = 0.0) -> Privacy:
    files = Pictures(Folder(bot.folder / "pictures"))
    return Privacy(bot.store, bot.queue, bot.announcer, files, retention, clock=lambda: time.time() + DAY * days_later)


@pytest.mark.usefixtures("either_database")
async def test_only_ones_own_is_forgotten_on_ones_own_platform(tmp_path: Path) -> None:
    elsewhere = Author("1", "Another Ann")
    async with two_people(tmp_path) as bot:
        async with bot.store.reading() as connection:
            mine = await gather(connection, Person("other", elsewhere.id))
        assert mine["turns"] == []
        assert told(await bot.handle(Said(PLACE, BOB, "/forget everything"))).startswith("Done. 1 request of yours is")
        turn = await bot.store.turn(await bot.head(PLACE))
        assert turn is not None
        assert SECRET in turn.words


@pytest.mark.slow
async def test_deleting_a_picture_deletes_its_files(tmp_path: Path) -> None:
    async with two_people(tmp_path) as bot:
        turn = await bot.head(PLACE)
        assert list((tmp_path / "pictures").glob(f"{turn}-*"))
        await bot.press(Action.DELETE, turn, PLACE, ANN)
        assert list((tmp_path / "pictures").glob(f"{turn}-*")) == []
        assert await bot.store.pictures(turn) == []
        assert len(traces_of_others(bot)) == 2
    assert check(tmp_path / "omost.db", tmp_path / "pictures").clean


@pytest.mark.usefixtures("either_database")
async def test_a_picture_that_somebody_went_on_with_stays_when_it_is_deleted_above(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("/imagine --count 2 a house", author=ANN)
        await until(bot.chat.finished)
        turn = await bot.head()
        await bot.press(Action.PICK, f"{turn}-2", author=BOB)
        await until(lambda: len(bot.chat.finished()) == 2)
        await bot.press(Action.DELETE, turn, author=ANN)
        assert [each.name for each in traces_of_others(bot)] == [f"{turn}-2.png"]
        picked = await bot.store.pictures(await bot.head())
        assert Pictures(Folder(tmp_path / "pictures")).read(picked[0]) is not None


@pytest.mark.slow
async def test_time_limits_delete_pictures_first_and_words_later(tmp_path: Path) -> None:
    async with two_people(tmp_path) as bot:
        turn = await bot.head(PLACE)
        await privacy_of(bot, Retention(words=30, pictures=7), days_later=6).tidy()
        assert len(traces_of_others(bot)) == 3
        await privacy_of(bot, Retention(words=30, pictures=7), days_later=8).tidy()
        assert traces_of_others(bot) == []
        code = await bot.press(Action.CODE, turn, PLACE, ANN)
        assert isinstance(code, Notice), "the canvas is still there"
        report = check(tmp_path / "omost.db", tmp_path / "pictures")
        assert report.clean, report.breaches
        await privacy_of(bot, Retention(words=30, pictures=7), days_later=31).tidy()
        assert await bot.store.conversation(PLACE) is None
        assert traces(tmp_path) == []


@pytest.mark.slow
async def test_a_person_gets_a_copy_of_what_is_kept_of_them_and_of_nobody_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with two_people(tmp_path):
        pass
    config = tmp_path / "config.toml"
    config.write_text('data_dir = "."\n', encoding="utf-8")
    out = tmp_path / "ann.zip"
    line = ["export", "test:1", "--out", str(out), "--config", str(config)]
    assert await asyncio.to_thread(status_of, line) == 0, capsys.readouterr().err
    with zipfile.ZipFile(out) as file:
        data = json.loads(file.read("data.json"))
        assert [turn["words"] for turn in data["turns"]] == [f"a {SECRET} house", f"a {SECRET} tree"]
        assert len([name for name in file.namelist() if name.endswith(".png")]) == 2
        assert "Bob" not in file.read("data.json").decode()
    assert await asyncio.to_thread(status_of, ["export", "nobody", "--out", str(out)]) == 2


@pytest.mark.slow
async def test_nothing_that_was_said_is_in_any_log_record(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A whole bot at its most talkative: requests, refusals, failures, forms and odd files, each with one odd word."""
    for name in ("bot", "omost_pipeline"):
        caplog.set_level(logging.DEBUG, logger=name)
    models = FakeModels(broken=2)
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say(f"a {SECRET} that cannot be read")
        await until(lambda: any(b.action is Action.RETRY for m in bot.chat.shown.values() for b in m.buttons))
        models.error = RuntimeError("the model broke")
        await bot.say(f"/imagine a {SECRET} that breaks", OTHERS)
        await until(lambda: sum("wrong" in m.text for m in bot.chat.shown.values()) == 1)
        await bot.say(f"/imagine a {SECRET} that is drawn", OTHERS)
        await until(bot.chat.finished)
        await bot.handle(Said(PLACE, ANN, "x", file=Upload("a.json", 9, f'{{"{SECRET}": 1'.encode())))
        await bot.handle(Said(PLACE, ANN, f"/{SECRET} now"))
        await bot.handle(Said(PLACE, ANN, f"/imagine --size {SECRET} a house"))
        await bot.submit(words=f"another {SECRET}")
        bot.chat.fail = [ConnectionError("away")]
        await bot.say(f"/imagine the {SECRET} again", Place("test", "third"))
        await bot.at_rest()
    assert caplog.records
    said = [logging.Formatter("%(message)s").format(record) for record in caplog.records]
    assert [line for line in said if SECRET in line.lower()] == []

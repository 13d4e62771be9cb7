"""Disk, database, clock, platforms and models break under the running program: people are told, and nothing is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.ops.check import check
from tests.torture.stage import Stage, Starter, staged

pytestmark = pytest.mark.slow


def texts(stage: Stage) -> list[str]:
    return [each.text for each in stage.telegram.messages(stage.cy.private)]


async def started(stage: Stage, text: str = "a boat") -> None:
    await stage.start()
    stage.cy.say(stage.words(text))


async def test_pictures_that_cannot_be_saved_are_told_and_drawn_again_at_a_press(
    tmp_path: Path, starting: Starter
) -> None:
    """A file stands where the folder should be: nothing can be written there, whoever runs the program."""
    async with staged(tmp_path, starting) as stage:
        stage.data.mkdir()
        (stage.data / "pictures").write_bytes(b"")
        await started(stage)
        await stage.settled()
        assert any("could not save the picture" in each for each in texts(stage))
        (stage.data / "pictures").unlink()
        [failed] = stage.telegram.messages(stage.cy.private)
        await stage.cy.pressed(failed, next(label for label in failed.labels() if "Retry" in label))
        await stage.until(lambda: "Reroll" in stage.telegram.messages(stage.cy.private)[-1].labels())
        await stage.settled()
        stage.holds()
        await stage.stop()


async def test_a_database_that_somebody_locks_delays_and_loses_nothing(tmp_path: Path, starting: Starter) -> None:
    async with staged(tmp_path, starting) as stage:
        await stage.start()
        with closing(sqlite3.connect(stage.data / "omost.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            stage.cy.say(stage.words("a boat"))
            await stage.imagine(stage.ann, "a house")
            await asyncio.sleep(3.0)
            other.execute("ROLLBACK")
        await stage.settled()
        stage.answered()
        await stage.stop()


async def test_a_torn_end_of_the_log_is_cut_off_and_all_before_it_holds(tmp_path: Path, starting: Starter) -> None:
    async with staged(tmp_path, starting) as stage:
        await started(stage)
        await stage.settled()
        await stage.killed()
        log = stage.data / "omost.db-wal"
        whole = log.read_bytes()
        log.write_bytes(whole + whole[32 : 32 + 2000] + b"\xff" * 500)
        stage.holds()
        await started(stage, "a fish")
        await stage.settled()
        stage.answered()
        await stage.stop()


async def test_a_platform_that_hangs_holds_up_no_other_and_gets_its_picture_later(
    tmp_path: Path, starting: Starter
) -> None:
    async with staged(tmp_path, starting) as stage:
        await stage.start()
        fault = stage.telegram.fail("sendMessage", hold=True, times=1)
        stage.cy.say(stage.words("a boat"))
        await stage.until(lambda: fault.hits)
        await stage.imagine(stage.ann, "a house")
        await stage.until(lambda: bool(stage.rows("SELECT 1 FROM turn WHERE words LIKE 'a house%'")))
        done = "SELECT count(*) FROM job WHERE posted IS NOT NULL"
        await stage.until(lambda: stage.rows(done) == [(1,)])
        await stage.killed()
        await stage.start()
        await stage.settled()
        stage.answered()
        await stage.stop()


async def test_too_many_requests_for_a_while_delays_and_repeats_nothing(tmp_path: Path, starting: Starter) -> None:
    """A minute of Telegram's, on which time passes twenty times faster."""
    async with staged(tmp_path, starting) as stage:
        await stage.start()
        stage.telegram.fail("sendMessage", code=429, description="Too Many Requests", retry_after=3, times=1)
        stage.cy.say(stage.words("a boat"))
        stage.di.say(stage.words("a fish"))
        await stage.settled()
        stage.answered()
        await stage.stop()


async def test_a_model_that_fails_in_the_middle_is_told_with_a_retry(tmp_path: Path, starting: Starter) -> None:
    async with staged(tmp_path, starting) as stage:
        await started(stage, "what breaks")
        await stage.settled()
        [failed] = stage.telegram.messages(stage.cy.private)
        assert any("Retry" in label for label in failed.labels())
        assert "stand-in for a model" not in failed.text, "what the program says of it is for the log"
        stage.answered()
        await stage.stop()


@pytest.mark.parametrize("seconds", [-86_400.0, 86_400.0])
async def test_a_clock_that_was_set_loses_nothing_and_nobody_waits_for_it(
    tmp_path: Path, starting: Starter, seconds: float
) -> None:
    """As if the clock had been set by a day between two starts: every time in the database is off by it."""
    async with staged(tmp_path, starting) as stage:
        await started(stage)
        await stage.settled()
        await stage.killed()
        with closing(sqlite3.connect(stage.data / "omost.db")) as database, database:
            for column in ("created", "started", "finished", "posted"):
                database.execute(f"UPDATE job SET {column} = {column} + ?", (seconds,))  # noqa: S608 - our own names
            database.execute("UPDATE turn SET created = created + ?", (seconds,))
        await started(stage, "a fish")
        await stage.settled()
        stage.answered()
        await stage.stop()
        assert check(stage.data / "omost.db", stage.data / "pictures").clean

"""The running program is told something: to stop, which finishes or parks what is made, and to read limits again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.torture.stage import Stage, Starter, staged

UNDER_WAY = "SELECT count(*) FROM job WHERE state = 'running'"
STATES = "SELECT state FROM job ORDER BY id"


async def drawing(stage: Stage) -> None:
    """Somebody asks for something that takes a few seconds, and it is being made."""
    await stage.start()
    stage.cy.say(stage.words("a boat, slowly"))
    await stage.until(lambda: stage.rows(UNDER_WAY) == [(1,)])


@pytest.mark.slow
async def test_what_is_made_within_the_time_is_finished_before_the_end(tmp_path: Path, starting: Starter) -> None:
    async with staged(tmp_path, starting, "stop_within = 60.0") as stage:
        await drawing(stage)
        await stage.stop()
        assert stage.rows(STATES) == [("finished",)]
        stage.holds()
        await stage.start()
        await stage.settled()
        stage.answered()


@pytest.mark.slow
async def test_what_takes_longer_is_parked_and_made_at_the_next_start(tmp_path: Path, starting: Starter) -> None:
    async with staged(tmp_path, starting, "stop_within = 0.0") as stage:
        await drawing(stage)
        await stage.stop()
        assert stage.rows(STATES) == [("queued",)]
        stage.holds()
        await stage.start()
        await stage.settled()
        stage.answered()


@pytest.mark.slow
async def test_limits_are_read_again_at_sighup_and_wrong_ones_change_nothing(tmp_path: Path, starting: Starter) -> None:
    async with staged(tmp_path, starting) as stage:
        await stage.start()
        config = stage.settings()
        whole = config.read_text(encoding="utf-8")
        config.write_text(whole.replace("[limits]", "[limits]\nwords = 20"), encoding="utf-8")
        os.kill(stage.process, signal.SIGHUP)
        await stage.until(lambda: "limits and lists were read again" in stage.log)
        stage.cy.say("a house that takes many more than twenty characters to be said")
        await stage.until(lambda: len(stage.telegram.messages(stage.cy.private)) == 1)
        await stage.settled()
        assert stage.rows(STATES) == [], "it was refused"
        config.write_text(whole.replace("[limits]", "[limits]\nwords = 0"), encoding="utf-8")
        os.kill(stage.process, signal.SIGHUP)
        await stage.until(lambda: "those from before hold on" in stage.log)
        assert not stage.dead
        await stage.stop()

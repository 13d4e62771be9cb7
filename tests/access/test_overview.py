"""What admins see of how things stand: the queue, failures, people and hours, and no word of anybody's."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from bot.access.lists import AccessLists, CurrentLists
from bot.access.overview import Overview
from bot.messages import Action, Author, Place
from tests.bot_parts import ANN, BOB, opened, working
from tests.fakes import FakeModels, until

pytestmark = pytest.mark.usefixtures("either_database")

ADMIN = Author("anna", "Anna", moderator=True)
ROOM, OTHER = Place("test", "room"), Place("test", "other")


@pytest.mark.slow
async def test_it_tells_admins_what_waits_failed_and_was_used(tmp_path: Path) -> None:
    models = FakeModels()
    lists = CurrentLists(AccessLists(admins=frozenset({"web:anna"})))
    async with opened(tmp_path, engine=models) as bot:
        overview = Overview(bot.store, lists, lambda: time.time() + 1800)
        assert await overview(Author("bert", "Bert", moderator=True)) is None
        async with working(bot):
            await bot.say("a purple house", ROOM, ANN)
            await until(bot.chat.finished)
            models.error = ZeroDivisionError("a mistake")
            await bot.say("a purple tree", OTHER, BOB)
            await until(lambda: any(each.action is Action.RETRY for m in bot.chat.shown.values() for each in m.buttons))
            await bot.at_rest()
        await bot.say("a purple boat", ROOM, BOB)
        seen = await overview(ADMIN)
    assert seen is not None
    assert (seen["waiting"], seen["running"], seen["reports"]) == (1, 0, 0)
    told = json.loads(json.dumps(dict(seen)))
    assert [(job["who"], job["state"]) for job in told["queue"]] == [("test:2", "queued")]
    assert [job["who"] for job in told["failures"]] == ["test:2"]
    assert {each["who"]: each["pictures"] for each in told["people"]} == {"test:1": 1.0, "test:2": 2.0}
    assert len(told["hours"]) == 24
    assert told["hours"][-1] == {"finished": 1, "failed": 1}
    assert "purple" not in json.dumps(told)

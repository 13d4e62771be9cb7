"""``kill -9`` at random moments under load: after each the invariants hold, and in the end everybody has one answer."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.torture.share import SEED, SHARE
from tests.torture.stage import Stage, Starter, staged

MOMENTS = max(2, round(200 * SHARE))
_ROUND = 10
"""After so many kills it may come to rest, and what people see is compared with what was said."""


async def talk(stage: Stage, chance: random.Random) -> None:
    """People go on talking until they are stopped."""
    while True:
        await asyncio.sleep(chance.uniform(0.2, 1.0))
        threads = stage.discord.world.threads(stage.guild)
        match chance.randrange(5 if threads else 3 if stage.discord.commands else 2):
            case 0:
                stage.cy.say(stage.words("a boat"))
            case 1:
                stage.di.say(stage.words(chance.choice(["a fish", "what breaks"])))
            case 2:
                await stage.imagine(chance.choice([stage.ann, stage.bob]), "a house")
            case _:
                await stage.ann.say(chance.choice(threads), stage.words("at night"))


@pytest.mark.slow
async def test_killed_at_any_moment_nothing_is_lost_or_done_twice(tmp_path: Path, starting: Starter) -> None:
    chance = random.Random(SEED)
    async with staged(tmp_path, starting) as stage:
        left = MOMENTS
        while left:
            talking = asyncio.create_task(talk(stage, chance))
            for _ in range(min(left, _ROUND)):
                left -= 1
                await stage.start()
                await asyncio.sleep(chance.uniform(0.0, 1.5))
                await stage.killed()
                stage.holds()
            talking.cancel()
            await asyncio.wait([talking])
            assert talking.cancelled(), talking.exception()
            await stage.start()
            await stage.settled()
            stage.answered()
            await stage.stop()
            stage.answered()
        assert stage.deaths == MOMENTS

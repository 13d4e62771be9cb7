"""Where the models take turns in memory, work for the same one is done together, and everybody is served."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from bot.jobs.grouping import GROUP
from bot.messages import Author, Place
from tests.bot_parts import opened, working
from tests.fakes import FakeEngine, until

_JOBS = 20


def swaps(work: list[str]) -> int:
    """How often the other model has to be loaded."""
    return sum(one != other for one, other in pairwise(work))


async def worked(folder: Path, *, swapping: bool) -> FakeEngine:
    """The models after twenty people have asked for a picture each before work began."""
    engine = FakeEngine(swaps=swapping)
    async with opened(folder, engine=engine) as bot:
        for number in range(_JOBS):
            await bot.say(f"house {number}", author=Author(str(number), "Ann"), place=Place("test", f"room {number}"))
        async with working(bot):
            await until(lambda: len(bot.chat.finished()) == _JOBS)
    return engine


async def test_models_that_take_turns_swap_once_in_four_jobs_at_most(tmp_path: Path) -> None:
    engine = await worked(tmp_path, swapping=True)
    assert sorted(engine.work) == ["compose"] * _JOBS + ["render"] * _JOBS
    assert swaps(engine.work) <= _JOBS / 4


async def test_nobody_waits_for_more_than_a_group_of_either_kind(tmp_path: Path) -> None:
    engine = await worked(tmp_path, swapping=True)
    runs = "".join("c" if each == "compose" else "r" for each in engine.work)
    assert "c" * (GROUP + 1) not in runs.removesuffix("r" * _JOBS)
    assert runs.index("r") <= GROUP


async def test_models_that_both_stay_finish_each_picture_before_the_next(tmp_path: Path) -> None:
    engine = await worked(tmp_path, swapping=False)
    assert engine.work == ["compose", "render"] * _JOBS

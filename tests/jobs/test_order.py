"""Who is next: everybody is served, newcomers soon; where models take turns, work for one is done together."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.job import HEAD_START, Job, Kind, State, running_order
from bot.messages import Author, Place
from omost_pipeline.engine.grouping import GROUP
from tests.bot_parts import Bot, opened, working
from tests.fakes import FakeModels, until

_JOBS = 12


def job(number: int, author: str, created: float = 0.0) -> Job:
    """In a conversation of the author's own."""
    conversation = sum(ord(letter) << 8 * i for i, letter in enumerate(author))
    return Job(
        number,
        f"t{number}",
        conversation,
        Place("test", author),
        author,
        Kind.COMPOSE,
        State.QUEUED,
        "m",
        "",
        0,
        created,
    )


def runs(work: list[str]) -> list[tuple[str, int]]:
    """How much work of a kind was done in a row."""
    return [(kind, len(list(same))) for kind, same in groupby(work)]


def finished(bot: Bot, count: int) -> bool:
    return len(bot.chat.finished()) >= count


async def worked(folder: Path, jobs: int, *, swapping: bool) -> list[str]:
    """What the models did for so many people who had asked for a picture each before the first canvas was written."""
    models = FakeModels(swaps=swapping, steps=1)
    async with opened(folder, engine=models) as bot:
        for number in range(jobs):
            await bot.say(f"house {number}", author=Author(str(number), "Ann"), place=Place("test", f"room {number}"))
        models.writing.shut()
        async with working(bot):
            under_way = min(jobs, (await bot.worker._engine.describe()).capacity)
            await until(lambda: len(bot.worker._computing) == under_way)
            models.writing.open()
            for number in range(jobs):  # one by one, because each has its time
                await until(partial(finished, bot, number + 1))
    return models.work


async def test_models_that_take_turns_swap_once_in_four_jobs_at_most(tmp_path: Path) -> None:
    work = await worked(tmp_path, _JOBS, swapping=True)
    assert sorted(work) == ["compose"] * _JOBS + ["render"] * _JOBS
    assert len(runs(work)) - 1 <= _JOBS / 4
    assert work[0] == "compose"
    assert all(length <= GROUP for _, length in runs(work)[:-1]), "nobody waits for more than a group of either kind"


async def test_models_that_both_stay_finish_each_picture_before_the_next(tmp_path: Path) -> None:
    assert await worked(tmp_path, 3, swapping=False) == ["compose", "render"] * 3


_SECONDS = 200.0
"""What each job takes below."""

_WAITING = 4
"""How many may wait below."""

_LONGEST = 2 * (HEAD_START / _SECONDS + 2 * _WAITING)
"""Jobs until one's own is done: of those who count as having waited longer, then of those who waited already."""


def done(coming: list[Job]) -> list[tuple[Job, float]]:
    """Each job in the order in which one worker does them, and when it is done; who finds the queue full is refused."""
    coming, ready = sorted(coming, key=lambda each: (each.created, each.id)), list[Job]()
    served: dict[str, float] = {}
    finished: list[tuple[Job, float]] = []
    now = 0.0
    while coming or ready:
        now = max(now, coming[0].created) if not ready else now
        while coming and coming[0].created <= now:
            asked = coming.pop(0)
            if len(ready) < _WAITING:
                ready.append(asked)
        (following, *_) = running_order(ready, served)
        ready.remove(following)
        served[following.author] = now
        now += _SECONDS
        finished.append((following, now))
    return finished


@st.composite
def crowds(draw: st.DrawFn) -> list[Job]:
    """More than can be done, without a pause: new people, and a few known ones who ask again."""
    gap = draw(st.sampled_from([40.0, 90.0, 150.0]))
    known = draw(st.sets(st.integers(0, 60), min_size=2))
    names = (("Ann" if number % 2 else "Bob") if number in known else f"new {number}" for number in range(300))
    return [job(number, name, number * gap) for number, name in enumerate(names)]


@settings(max_examples=30, deadline=None)  # other work may hold the processor
@given(crowds())
def test_nobody_waits_for_ever_whatever_arrives(crowd: list[Job]) -> None:
    free: dict[str, float] = {}  # author → when their job before was done
    for each, end in done(crowd):
        assert end - max(each.created, free.get(each.author, 0.0)) <= _LONGEST * _SECONDS
        free[each.author] = end


def test_newcomers_without_end_do_not_starve_who_has_been_served() -> None:
    ann = [job(0, "Ann", 0.0), job(1, "Ann", 1.0)]
    flood = [job(2 + number, f"new {number}", 2.0 + number * _SECONDS / 2) for number in range(400)]
    order = [each.id for each, _ in done([*ann, *flood])]
    assert order.index(1) <= _LONGEST


def test_somebody_new_goes_before_who_has_just_been_served() -> None:
    known, new = job(1, "Ann", created=1000.0), job(2, "Bob", created=1010.0)
    assert running_order([known, new], {"Ann": 990.0}) == [new, known]
    assert running_order([known, new], {"Ann": 1010.0 - HEAD_START - 1}) == [known, new]


@pytest.mark.parametrize("swapping", [True, False])
async def test_a_conversation_keeps_its_order(tmp_path: Path, swapping: bool) -> None:
    models = FakeModels(swaps=swapping, steps=1)
    async with opened(tmp_path, engine=models) as bot:
        for words in ("house", "tree", "boat"):
            await bot.say(words)
        async with working(bot):
            await until(partial(finished, bot, 3))
    assert [words for _, words in models.composed] == ["house", "tree", "boat"]
    assert [len(history) for history, _ in models.composed] == [0, 1, 2], "each was told of the ones before it"

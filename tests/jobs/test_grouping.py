"""Where the models take turns in memory, work for the same one is done together, and everybody is served."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.grouping import GROUP
from bot.jobs.job import HEAD_START, Job, Kind, State, running_order
from bot.jobs.rehearsal import rehearse
from bot.messages import Author, Place
from tests.bot_parts import Bot, opened, working
from tests.fakes import FakeEngine, until

_JOBS = 12


def job(number: int, author: str, created: float = 0.0, kind: Kind = Kind.COMPOSE) -> Job:
    """In a conversation of the author's own."""
    conversation = sum(ord(letter) << 8 * i for i, letter in enumerate(author))
    return Job(
        number, f"t{number}", conversation, Place("test", author), author, kind, State.QUEUED, "m", "", 0, created
    )


def runs(work: list[str]) -> list[tuple[str, int]]:
    """How much work of a kind was done in a row."""
    return [(kind, len(list(same))) for kind, same in groupby(work)]


def finished(bot: Bot, count: int) -> bool:
    return len(bot.chat.finished()) >= count


async def worked(folder: Path, jobs: int, *, swapping: bool) -> list[str]:
    """What the models did after so many people had asked for a picture each before work began."""
    engine = FakeEngine(swaps=swapping, steps=1)
    async with opened(folder, engine=engine) as bot:
        for number in range(jobs):
            await bot.say(f"house {number}", author=Author(str(number), "Ann"), place=Place("test", f"room {number}"))
        async with working(bot):
            for number in range(jobs):  # one by one, because each has its time
                await until(partial(finished, bot, number + 1))
    return engine.work


async def test_models_that_take_turns_swap_once_in_four_jobs_at_most(tmp_path: Path) -> None:
    work = await worked(tmp_path, _JOBS, swapping=True)
    assert sorted(work) == ["compose"] * _JOBS + ["render"] * _JOBS
    assert len(runs(work)) - 1 <= _JOBS / 4
    assert work[0] == "compose"
    assert all(length <= GROUP for _, length in runs(work)[:-1]), "nobody waits for more than a group of either kind"
    rehearsed = rehearse([job(number, str(number)) for number in range(_JOBS)], lambda: True)
    assert work == [kind.value for kind, _ in rehearsed]


async def test_models_that_both_stay_finish_each_picture_before_the_next(tmp_path: Path) -> None:
    work = await worked(tmp_path, 3, swapping=False)
    assert work == ["compose", "render"] * 3
    rehearsed = rehearse([job(number, str(number)) for number in range(3)], lambda: False)
    assert work == [kind.value for kind, _ in rehearsed]


_SECONDS = 200.0
"""What each piece of work takes below."""

_WAITING = 4
"""How many may wait below."""

_LONGEST = 2 * (HEAD_START / _SECONDS + 2 * _WAITING + 2 * GROUP)
"""Pieces of work until a job is done: of those for its canvas and of those for its picture, first what others do who
count as having waited longer, then what those do who waited already, always with some for the other model between."""


@st.composite
def crowds(draw: st.DrawFn) -> list[Job]:
    """More than can be done, without a pause: new people want one kind of work, and a few known ones any kind."""
    gap, usual = draw(st.sampled_from([40.0, 90.0, 150.0])), draw(st.sampled_from([Kind.COMPOSE, Kind.RENDER]))
    known = draw(st.dictionaries(st.integers(0, 60), st.sampled_from([Kind.COMPOSE, Kind.RENDER]), min_size=2))
    asking = [job(number, f"new {number}", number * gap, usual) for number in range(300)]
    for number, kind in known.items():
        asking[number] = job(number, "Ann" if number % 2 else "Bob", number * gap, kind)
    return asking


@settings(max_examples=30, deadline=None)  # other work may hold the processor
@given(crowds(), st.booleans())
def test_nobody_waits_for_ever_whatever_arrives(crowd: list[Job], swapping: bool) -> None:
    free: dict[str, float] = {}  # author → when their job before was done
    for pieces, (kind, each) in enumerate(rehearse(crowd, lambda: swapping, _SECONDS, _WAITING), start=1):
        if kind is Kind.RENDER:
            assert pieces - max(each.created / _SECONDS, free.get(each.author, 0.0)) <= _LONGEST
            free[each.author] = pieces


@pytest.mark.parametrize(("usual", "swapping"), [(Kind.COMPOSE, False), (Kind.RENDER, True)])
def test_newcomers_without_end_do_not_starve_who_has_been_served(usual: Kind, swapping: bool) -> None:
    ann = [job(0, "Ann", 0.0), job(1, "Ann", 1.0)]
    flood = [job(2 + number, f"new {number}", 2.0 + number * _SECONDS / 2, usual) for number in range(400)]
    work = [each.id for _, each in rehearse([*ann, *flood], lambda: swapping, _SECONDS, _WAITING)]
    assert work.index(1) <= _LONGEST


def test_somebody_new_goes_before_who_has_just_been_served() -> None:
    known, new = job(1, "Ann", created=1000.0), job(2, "Bob", created=1010.0)
    assert running_order([known, new], {"Ann": 990.0}) == [new, known]
    assert running_order([known, new], {"Ann": 1010.0 - HEAD_START - 1}) == [known, new]

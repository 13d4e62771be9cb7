"""Whose turn it is on a device that holds one model at a time."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.engine.events import Part
from omost_pipeline.engine.grouping import GROUP, Grouping, Line

PARTS = st.sampled_from(list(Part))


@given(st.lists(PARTS, min_size=1, max_size=60), st.lists(PARTS, max_size=200))
def test_everybody_is_served_however_many_come(first: list[Part], coming: list[Part]) -> None:
    grouping = Grouping()
    waiting = list(enumerate(first))
    arriving = iter(enumerate(coming, start=len(first)))
    served: list[int] = []
    while waiting:
        place = grouping.choose([part for _, part in waiting])
        number, part = waiting.pop(place)
        grouping.ran(part)
        served.append(number)
        waiting += [next(arriving)] if len(served) <= len(coming) else []
    assert sorted(served) == list(range(len(first) + len(coming)))
    for number in range(len(first)):
        assert served.index(number) <= 2 * number + 2 * GROUP


async def test_one_works_at_a_time_and_who_gives_up_is_left_out() -> None:
    line = Line()
    log: list[str] = []
    hold = asyncio.Event()

    async def work(name: str) -> None:
        async with line.turn(Part.COMPOSER):
            log.append(f"{name} begins")
            await hold.wait()
            log.append(f"{name} ends")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work("first"))
        given_up = tasks.create_task(work("second"))
        tasks.create_task(work("third"))
        while not log:
            await asyncio.sleep(0)
        given_up.cancel()
        hold.set()
    assert log == ["first begins", "first ends", "third begins", "third ends"]


async def test_whoever_is_cancelled_in_the_moment_of_being_served_passes_the_turn_on() -> None:
    line = Line()
    async with line.turn(Part.COMPOSER):
        waiting = asyncio.ensure_future(anext_turn(line))
        await asyncio.sleep(0)
    waiting.cancel()  # the turn has been given to it, but it has not run since
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5), line.turn(Part.RENDERER):
        pass


async def anext_turn(line: Line) -> None:
    async with line.turn(Part.COMPOSER):
        pass

"""Turns at a rate: who is next when more is to be said than may be."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat.shared.turns import Turns, Urgency


async def called(turns: Turns, urgency: Urgency, name: str, done: list[str]) -> None:
    await turns.wait(urgency)
    done.append(name)


async def test_the_most_urgent_is_next_whoever_came_first() -> None:
    rate, done = asyncio.Semaphore(0), list[str]()
    turns = Turns(rate.acquire)
    wanted = ((Urgency.LATER, "state"), (Urgency.SOON, "picture"), (Urgency.AT_ONCE, "sign"), (Urgency.SOON, "words"))
    tasks = [asyncio.create_task(called(turns, urgency, name, done)) for urgency, name in wanted]
    await asyncio.sleep(0)
    for number in range(len(wanted)):
        rate.release()
        while len(done) <= number:
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert done == ["sign", "picture", "words", "state"]


@pytest.mark.parametrize("leaving", range(4))
@pytest.mark.parametrize("given", range(4))
async def test_somebody_who_goes_away_takes_nobody_s_turn_along(leaving: int, given: int) -> None:
    rate, done = asyncio.Semaphore(0), list[str]()
    turns = Turns(rate.acquire)
    urgencies = (Urgency.LATER, Urgency.AT_ONCE, Urgency.SOON, Urgency.AT_ONCE)
    tasks = [asyncio.create_task(called(turns, each, str(n), done)) for n, each in enumerate(urgencies)]
    await asyncio.sleep(0)
    for _ in range(given):
        rate.release()
    await asyncio.sleep(0)
    tasks[leaving].cancel()
    for _ in range(4 - given):
        rate.release()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert {str(n) for n in range(4) if n != leaving} <= set(done)

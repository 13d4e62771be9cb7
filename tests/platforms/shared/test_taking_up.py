"""Messages that were one request before a restart are one after it, however long it takes to read them again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from bot.chat.shared.bursts import Burst, Bursts


async def test_what_is_taken_up_comes_together_though_the_pause_is_over() -> None:
    delivered: list[dict[int | str, str]] = []
    tasks = set[asyncio.Task[Any]]()

    async def deliver(burst: Burst[None]) -> None:
        delivered.append(dict(burst.lines))

    async def no_pause(seconds: float) -> None:
        del seconds

    def start(work: Coroutine[Any, Any, None]) -> None:
        tasks.add(asyncio.create_task(work))

    bursts = Bursts[None](deliver, start, 2.0, no_pause)
    with bursts.taking_up():
        bursts.add(("chat", "ann"), 80, "a house", None)
        for _ in range(20):  # whoever waits for more has his turn, and its pauses are over
            await asyncio.sleep(0)
        assert delivered == []
        bursts.add(("chat", "ann"), 81, "a boat", None)
        bursts.close(81)
        bursts.add(("chat", "ann"), 82, "a tree", None)
        await bursts.flush()
    await asyncio.gather(*tasks)
    assert delivered == [{80: "a house", 81: "a boat"}, {82: "a tree"}]

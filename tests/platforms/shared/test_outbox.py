"""The outbox: of each message the newest state wins and is never lost, and no send waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.chat.shared.outbox import Outbox
from bot.chat.shared.service import Tasks
from bot.errors import MessageGoneError, UnreachableError
from tests.fakes import until


class Platform:
    """Sends words as long as it is open, and remembers what arrived."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.begun = 0

    def says(self, words: str) -> Callable[[], Awaitable[None]]:
        async def send() -> None:
            self.begun += 1
            await self.open.wait()
            self.arrived.append(words)

        return send


@asynccontextmanager
async def outbox(limit: float = 60.0, patience: float = 0.0) -> AsyncGenerator[tuple[Outbox[str], Platform]]:
    tasks = Tasks("the platform")
    async with tasks.served():
        yield Outbox("the platform", tasks.start, limit=limit, patience=patience), Platform()


async def test_while_one_state_is_sent_only_the_newest_of_the_others_waits() -> None:
    async with outbox() as (box, platform):
        platform.open.clear()
        await box.passing("m", platform.says("0"))
        await until(lambda: platform.begun)
        for number in range(1, 5):
            await box.passing("m", platform.says(str(number)))
        platform.open.set()
        await until(lambda: len(platform.arrived) == 2)
        assert platform.arrived == ["0", "4"]


async def test_a_final_state_comes_after_the_one_on_its_way_and_in_place_of_those_that_wait() -> None:
    async with outbox() as (box, platform):
        platform.open.clear()
        await box.passing("m", platform.says("passing"))
        await until(lambda: platform.begun)
        await box.passing("m", platform.says("late"))
        final = asyncio.create_task(box.final("m", platform.says("final")))
        await asyncio.sleep(0)
        platform.open.set()
        await final
        await box.final("m", platform.says("after"))
        assert platform.arrived == ["passing", "final", "after"]


async def test_a_state_that_comes_just_as_the_one_before_has_gone_is_sent_too() -> None:
    async with outbox() as (box, platform):
        woken = asyncio.Event()

        async def first() -> None:
            woken.set()  # whoever waits runs right after the sender has ended, before anything notices that it has

        async def again() -> None:
            await woken.wait()
            await box.passing("m", platform.says("second"))

        waiting = asyncio.create_task(again())
        await asyncio.sleep(0)
        await box.passing("m", first)
        await waiting
        await until(lambda: platform.arrived == ["second"])


async def test_a_platform_that_hangs_is_unreachable_and_holds_up_no_other_message() -> None:
    async with outbox(limit=0.05) as (box, platform):
        platform.open.clear()
        await box.passing("m", platform.says("passing"))
        with pytest.raises(UnreachableError, match="the platform has not answered within"):
            await box.final("m", platform.says("final"))
        with pytest.raises(UnreachableError):
            await box.post(platform.says("post"))
        platform.open.set()
        await box.final("n", platform.says("other"))
        assert platform.arrived == ["other"]


async def test_a_time_out_of_the_platforms_own_is_its_own() -> None:
    async def send() -> None:
        raise TimeoutError("the network's")

    async with outbox() as (box, _):
        with pytest.raises(TimeoutError, match="the network's"):
            await box.post(send)


async def test_a_gone_message_is_told_to_the_next_who_asks_and_other_errors_are_made_up_for() -> None:
    failures: list[Exception] = [RuntimeError("once"), MessageGoneError("gone")]
    async with outbox(patience=10.0) as (box, platform):

        async def fails() -> None:
            raise failures.pop(0)

        await box.passing("m", fails)
        with pytest.raises(MessageGoneError):
            await box.passing("m", fails)
        await box.passing("m", platform.says("later"))
        assert platform.arrived == ["later"]

"""The bridge from a blocking generator to an async one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest

from omost_pipeline.engine.torch_thread import Reports, iterate
from tests.fakes import PATIENCE


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1, thread_name_prefix="torch") as pool:
        yield pool


class Numbers:
    """Counts to three and tells on which threads it ran and whether it was closed."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.closed = threading.Event()
        self.begun = threading.Event()
        self.hold = threading.Event()

    def count(self, wait: bool = False) -> Generator[int, None, None]:
        try:
            for number in (1, 2, 3):
                self.threads.add(threading.current_thread().name)
                if wait:
                    self.begun.set()
                    assert self.hold.wait(PATIENCE)
                yield number
        finally:
            self.threads.add(threading.current_thread().name)
            self.closed.set()


async def test_it_yields_everything_from_the_one_thread(thread: ThreadPoolExecutor) -> None:
    numbers = Numbers()
    assert [number async for number in iterate(numbers.count(), thread)] == [1, 2, 3]
    assert numbers.threads == {"torch_0"}


async def test_leaving_early_closes_the_generator_on_its_thread(thread: ThreadPoolExecutor) -> None:
    numbers = Numbers()
    async with aclosing(iterate(numbers.count(), thread)) as counted:
        async for number in counted:
            assert number == 1
            break
    assert numbers.closed.is_set()
    assert numbers.threads == {"torch_0"}


async def test_cancelling_waits_for_the_step_and_then_closes(thread: ThreadPoolExecutor) -> None:
    numbers = Numbers()

    async def consume() -> None:
        async with aclosing(iterate(numbers.count(wait=True), thread)) as counted:
            async for _ in counted:
                pytest.fail("nothing should have been yielded")

    task = asyncio.create_task(consume())
    await asyncio.to_thread(numbers.begun.wait, PATIENCE)
    task.cancel()
    await asyncio.sleep(0)
    assert not numbers.closed.is_set()
    numbers.hold.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert numbers.closed.is_set()


async def test_cancelling_twice_still_closes_on_the_thread(thread: ThreadPoolExecutor) -> None:
    numbers = Numbers()

    async def consume() -> None:
        async with aclosing(iterate(numbers.count(wait=True), thread)) as counted:
            async for _ in counted:
                pytest.fail("nothing should have been yielded")

    task = asyncio.create_task(consume())
    await asyncio.to_thread(numbers.begun.wait, PATIENCE)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()  # while it waits for the generator to be closed
    with pytest.raises(asyncio.CancelledError):
        await task
    numbers.hold.set()
    assert await asyncio.to_thread(numbers.closed.wait, PATIENCE)
    assert numbers.threads == {"torch_0"}


async def test_reports_come_out_while_a_step_blocks_and_it_can_be_stopped(thread: ThreadPoolExecutor) -> None:
    stopped = threading.Event()
    reports = Reports[int]()

    def fetching() -> Generator[int, None, None]:
        reports.report(10)
        reports.report(20)
        assert stopped.wait(PATIENCE), "nobody stopped it"
        yield 30

    async with aclosing(iterate(fetching(), thread, reports, stopped.set)) as news:
        assert [await anext(news), await anext(news)] == [10, 20]
    assert stopped.is_set()


async def test_an_error_of_the_generator_reaches_who_waits(thread: ThreadPoolExecutor) -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        raise ValueError("broken")

    numbers = iterate(broken(), thread)
    assert await anext(numbers) == 1
    with pytest.raises(ValueError, match="broken"):
        await anext(numbers)

"""From a blocking generator to an async one, with all of its code on one given thread.

What a step reports while it blocks (a download's progress) comes out between its items.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Executor
from typing import Any, Generic, TypeVar, cast

Item = TypeVar("Item")
_END = object()


class Reports(Generic[Item]):
    """What is reported from other threads while a step blocks. Make it on the event loop's thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._new: asyncio.Future[None] = self._loop.create_future()
        self._waiting: deque[Item] = deque()

    def report(self, item: Item) -> None:
        """Say something, from any thread."""
        self._waiting.append(item)
        self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        if not self._new.done():
            self._new.set_result(None)

    async def during(self, step: asyncio.Future[object]) -> AsyncGenerator[Item]:
        """What is reported until ``step`` is done."""
        while not step.done():
            either: set[asyncio.Future[Any]] = {step, self._new}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._new.done():
                self._new = self._loop.create_future()
            while self._waiting:
                yield self._waiting.popleft()


async def iterate(
    generator: Generator[Item, None, None],
    thread: Executor,
    reports: Reports[Item] | None = None,
    stop: Callable[[], None] | None = None,
) -> AsyncGenerator[Item]:
    """What ``generator`` yields, each step run on ``thread`` (an executor with one worker).

    Closing this (use ``contextlib.aclosing``) or cancelling who waits for it, even twice, closes the generator on that
    thread once its current step has ended. ``stop`` is called first, and may have that step end sooner.
    """
    loop = asyncio.get_running_loop()
    reports = reports if reports is not None else Reports[Item]()
    try:
        while True:
            step: asyncio.Future[object] = loop.run_in_executor(thread, next, generator, _END)
            async for report in reports.during(step):
                yield report
            item = await step
            if item is _END:
                return
            yield cast("Item", item)
    finally:
        if stop is not None:
            stop()
        # Submitted by hand: cancelling an asyncio future would take its call off the thread's list again.
        await asyncio.shield(asyncio.wrap_future(thread.submit(generator.close)))

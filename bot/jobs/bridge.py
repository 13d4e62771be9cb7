"""From a blocking generator to an async one, with all of its code on one given thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import Executor
from typing import TypeVar, cast

Item = TypeVar("Item")
_END = object()


async def iterate(generator: Generator[Item, None, None], thread: Executor) -> AsyncGenerator[Item]:
    """What ``generator`` yields, each step run on ``thread`` (an executor with one worker).

    Closing this (use ``contextlib.aclosing``) or cancelling who waits for it closes the generator on that thread, once
    its current step has ended.
    """
    loop = asyncio.get_running_loop()
    try:
        while (item := await loop.run_in_executor(thread, next, generator, _END)) is not _END:
            yield cast("Item", item)
    finally:
        # Queued behind a step that is still running; it happens even if waiting for it is cancelled in turn.
        await loop.run_in_executor(thread, generator.close)

"""At most one task for each job, none of which waits for another. Knows jobs by their numbers only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class JobTasks:
    """Tasks in ``group`` by their jobs; ``ended`` is called whenever one of them is over."""

    def __init__(self, group: asyncio.TaskGroup, ended: Callable[[], None]) -> None:
        self._group = group
        self._ended = ended
        self._running: dict[int, asyncio.Task[None]] = {}

    def __contains__(self, job: int) -> bool:
        """Whether a task for the job runs."""
        return job in self._running

    def start(self, job: int, work: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Run ``work`` for a job, unless something runs for it already. An error of ``work`` ends the group."""
        if job in self._running:
            return
        task = self._group.create_task(work(job))
        self._running[job] = task
        task.add_done_callback(lambda _: self._over(job))

    def _over(self, job: int) -> None:
        del self._running[job]
        self._ended()

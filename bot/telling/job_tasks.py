"""At most one task for each job, none of which waits for another. Knows jobs by their numbers only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class JobTasks:
    """Tasks in ``group`` by their jobs; ``look`` is called when one is over and its job is to be looked at again.

    It is, where the task's result is False, or something was to be started for the job meanwhile.
    """

    def __init__(self, group: asyncio.TaskGroup, look: Callable[[], None]) -> None:
        self._group = group
        self._look = look
        self._running: dict[int, asyncio.Task[bool]] = {}
        self._wanted: set[int] = set()

    def __contains__(self, job: int) -> bool:
        """Whether a task for the job runs."""
        return job in self._running

    def start(self, job: int, work: Callable[[int], Coroutine[Any, Any, bool]]) -> None:
        """Run ``work`` for a job, unless something runs for it already. An error of ``work`` ends the group."""
        if job in self._running:
            self._wanted.add(job)
            return
        task = self._group.create_task(work(job))
        self._running[job] = task
        task.add_done_callback(lambda _: self._over(job))

    def _over(self, job: int) -> None:
        task, wanted = self._running.pop(job), job in self._wanted
        self._wanted.discard(job)
        if wanted or (not task.cancelled() and task.exception() is None and not task.result()):
            self._look()

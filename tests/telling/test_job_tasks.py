"""One task for each job: who looks again, and when."""

from __future__ import annotations

import asyncio

import pytest

from bot.telling.job_tasks import JobTasks


@pytest.mark.parametrize(("settled", "wanted", "looks"), [(True, False, 0), (False, False, 1), (True, True, 1)])
async def test_a_job_is_looked_at_again_only_where_something_was_missed(
    settled: bool, wanted: bool, looks: int
) -> None:
    free, looked, started = asyncio.Event(), list[None](), list[int]()

    async def work(job: int) -> bool:
        started.append(job)
        await free.wait()
        return settled

    async with asyncio.TaskGroup() as group:
        tasks = JobTasks(group, lambda: looked.append(None))
        tasks.start(1, work)
        await asyncio.sleep(0)
        if wanted:
            tasks.start(1, work)
        free.set()
    assert (started, len(looked), 1 in tasks) == ([1], looks, False)

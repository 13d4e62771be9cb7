"""Which job the current task works on, for whoever writes something down about it. Knows nothing of who that is."""

from __future__ import annotations

from contextvars import ContextVar

from bot.jobs.job import Job

at_work: ContextVar[Job | None] = ContextVar("job at work", default=None)

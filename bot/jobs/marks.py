"""Which job the current task works on, or has asked for, for whoever writes something down about it.

Knows nothing of who that is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar

from bot.jobs.job import Job

at_work: ContextVar[Job | None] = ContextVar("job at work", default=None)

asked_for: ContextVar[list[Job] | None] = ContextVar("jobs asked for", default=None)
"""Where whoever wants to know finds the jobs that were stored meanwhile."""

Watched = Callable[[Job], AbstractContextManager[object]]
"""What is entered before something is done for a job, and left after it."""

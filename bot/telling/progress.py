"""Shows the states a running job goes through: the newest one, as often as its platform bears.

Knows the announcer; knows no database and no platform.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from bot.jobs.job import Job
from bot.jobs.states import JobState
from bot.telling.announcer import Announcer
from bot.telling.states import message_of

logger = logging.getLogger(__name__)

_LOOK = 1.0
"""Seconds that a result waits at most for the states before it to be seen. Nobody's work waits meanwhile."""


class Progress:
    """Shows the newest state of one job, at most one edit in ``pace`` seconds; states in between are never built."""

    def __init__(self, announcer: Announcer, job: Job, pace: float) -> None:
        self._announcer = announcer
        self._job = job
        self._pace = pace
        self._states: list[tuple[JobState, bool]] = []
        self._new = asyncio.Event()
        self._seen = asyncio.Event()
        self._over = asyncio.Event()

    def show(self, state: JobState, *, keep: bool = False) -> None:
        """Let ``state`` be what is shown next; its message is made on a thread if its time comes.

        It takes the place of what was to be shown before it, unless that is one to ``keep``.
        """
        if self._over.is_set():
            return
        if self._states and not self._states[-1][1]:
            self._states.pop()
        self._states.append((state, keep))
        self._seen.clear()
        self._new.set()

    async def seen(self) -> None:
        """Wait a little for all states to be shown, so that quick work does not hide what it went through."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                await self._seen.wait()

    def close(self) -> None:
        """Show nothing more; an edit that is on its way still arrives."""
        self._over.set()
        self._new.set()

    async def run(self) -> None:
        """Edit until closed or until the message is gone."""
        try:
            await self._edit()
        finally:  # nobody waits for what will not be shown
            self._over.set()
            self._seen.set()

    async def _edit(self) -> None:
        while True:
            await self._new.wait()
            if self._over.is_set():
                return
            state, _ = self._states.pop(0)
            if not self._states:
                self._new.clear()
            try:
                message = await asyncio.to_thread(message_of, state)
                if not await self._announcer.progress(self._job, message):
                    return
            except Exception:  # this state could not be made or shown; the next one may be
                logger.exception("job %d: its progress could not be shown", self._job.id)
            if not self._new.is_set():
                self._seen.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace):
                    await self._over.wait()

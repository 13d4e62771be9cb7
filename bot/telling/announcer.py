"""Tells users about their jobs: one status message for each, edited until it holds the result.

Knows the queue's rows and the platforms' ``Chat``; knows no model. Every message for a job goes out under that job's
lock, and what it says is decided from the rows within it, so nothing old overwrites anything newer. A message that
could not be sent is tried again later; one whose place is gone is not. No job's messages wait for another job's: a
platform that hangs delays only its own.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.catalogues.text import Wording
from bot.errors import MessageGoneError
from bot.jobs.job import ACTIVE, Job, State
from bot.jobs.marks import Watched
from bot.jobs.queue import Queue
from bot.jobs.signals import Concern
from bot.jobs.standing import SHOWN, Position
from bot.messages import Chat, Outgoing
from bot.store.turns import Store
from bot.telling import replies
from bot.telling.job_tasks import JobTasks
from bot.telling.views import Views
from bot.turns.conversation import TurnRecord

logger = logging.getLogger(__name__)

_LONGEST_DELAY = 300.0

_PASSING_LIMIT = 30.0
"""Seconds that an edit may take which the next one makes up for."""

_BEGUN = -1
"""Stands for the position of a job that waits no longer."""


class Announcer:
    """Posts and edits the messages of jobs.

    ``chats`` is looked at when something is to be said, so it may be filled after this has been made; jobs of a
    platform that is not in it wait for the start at which it is. A message that could not be sent within
    ``time_limit`` seconds is sent again after ``retry_after`` seconds, then twice as many, and so on. How each job
    ended is told within what ``watched`` gives.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        views: Views,
        chats: Mapping[str, Chat[Wording]],
        retry_after: float = 2.0,
        time_limit: float = 300.0,
        watched: Watched = nullcontext,
    ) -> None:
        self._store = store
        self._queue = queue
        self._views = views
        self._chats = chats
        self._retry_after = retry_after
        self._time_limit = time_limit
        self._watched = watched
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._ahead: dict[int, int] = {}
        self._moving: set[int] = set()
        self._delays: dict[int, tuple[float, float]] = {}
        self._untold = asyncio.Event()
        self._began = time.time()

    async def tell(self, job_id: int) -> bool:
        """Send what the job's user lacks: the status message of a new job or the end of a finished one.

        Safe to call at any time and by several at once. False if the message could not be sent: :meth:`keep_told`
        will try again, except where the place is gone, which ends a waiting job.
        """
        async with self._lock(job_id):
            job = await self._queue.job(job_id)
            if job is None or job.place.platform not in self._chats:
                return False
            try:
                if job.state is State.QUEUED and job.status_message is None:
                    await self._begin(job)
                elif job.state not in ACTIVE and job.posted is None:
                    with self._watched(job):
                        await self._end(job)
            except MessageGoneError as error:
                logger.info("job %d: nobody left to tell: %s", job.id, error)
                await self._give_up(job)
                return False
            except Exception:  # noqa: BLE001 - whatever a platform's SDK may raise; it is logged, and tried again
                self._delay(job.id)
                return False
        self._delays.pop(job_id, None)
        return True

    async def progress(self, claimed: Job, message: Outgoing[Wording]) -> bool:
        """Show how far a running job is, as whoever claimed it.

        Nothing happens once it has ended or somebody else has claimed it. False if the message is gone.
        """
        async with self._lock(claimed.id):
            if await self._runs(claimed):
                self._outdate_position(claimed.id)
                return await self._edit_quietly(claimed, message)
        return True

    async def _runs(self, claimed: Job) -> bool:
        """Whether a job is still its claimer's. The rows need not be asked where no other process changes them."""
        if not self._queue.holds(claimed):
            return False
        return self._queue.lease is None or await self._queue.runs(claimed)

    async def run(self, pace: float) -> None:
        """Tell people until cancelled; ``pace`` as in :meth:`keep_positions`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.keep_told())
            tasks.create_task(self.keep_positions(pace))

    async def keep_positions(self, pace: float) -> None:
        """For ever: edit the status of waiting jobs whose position has changed, at most once in ``pace`` seconds."""
        look, looked = asyncio.Event(), False
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on_changes(Concern.ORDER, look))
            tasks = JobTasks(group, look.set)
            while True:
                await look.wait()
                look.clear()
                try:
                    if self._ahead or not looked:  # what was shown before the start is looked up once
                        await self._show_positions(tasks)
                        looked = True
                except Exception:
                    logger.exception("positions could not be shown")
                await asyncio.sleep(pace)

    async def keep_told(self) -> None:
        """For ever: see to it that every user learns what became of their job, also after restarts and outages."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on_changes(Concern.NEWS, self._untold))
            tasks = JobTasks(group, self._untold.set)
            while True:
                await self._wait_until_due(tasks)
                self._untold.clear()
                try:
                    await self._tell_all(tasks)
                except Exception:
                    logger.exception("results could not be told")
                    await asyncio.sleep(self._retry_after)
                    self._untold.set()

    async def _pass_on_changes(self, concern: Concern, look: asyncio.Event) -> None:
        """For ever: set ``look`` now and at each change of this kind."""
        while True:
            changed = self._queue.changed(concern)
            look.set()
            await changed.wait()

    async def _wait_until_due(self, tasks: JobTasks) -> None:
        """Wait for news, or for the time of the next message that is to be tried again and is not on its way."""
        soonest = min((due for job, (due, _) in self._delays.items() if job not in tasks), default=math.inf)
        delay = min(_LONGEST_DELAY, max(0.0, soonest - time.monotonic()))
        with suppress(TimeoutError):
            # Not wait_for: until Python 3.12 it loses a cancellation that comes together with the event.
            async with asyncio.timeout(delay):
                await self._untold.wait()

    async def _tell_all(self, tasks: JobTasks) -> None:
        """Begin to tell whatever is untold and due; nobody waits here for a platform."""
        now = time.monotonic()
        untold = [job for job in await self._queue.untold() if job.place.platform in self._chats]
        self._delays = {job.id: self._delays[job.id] for job in untold if job.id in self._delays}
        for job in untold:
            if self._delays.get(job.id, (now, 0.0))[0] <= now:
                tasks.start(job.id, self._tell_quietly)

    async def _tell_quietly(self, job_id: int) -> bool:
        try:
            return await self.tell(job_id)
        except Exception:  # noqa: BLE001 - the database failed us; it is logged, and tried again
            self._delay(job_id)
            return False

    async def _begin(self, job: Job) -> None:
        """Post the status message. Its nonce makes a repetition harmless where the platform knows nonces."""
        before = await self._queue.ahead(job.id)
        ahead, wait = (before.jobs, await self._queue.wait(before.weight)) if before is not None else (0, None)
        message = replies.waiting(await self._turn(job), ahead, wait)
        posted = await self._post(job, message)
        self._ahead[job.id] = ahead
        await self._queue.status_posted(job.id, posted)

    async def _end(self, job: Job) -> None:
        self._outdate_position(job.id)
        turn = await self._turn(job)
        if turn.removed is not None:
            message = replies.removed(turn, turn.removed)
        elif job.state is State.FINISHED:
            message = await self._views.result(turn)
        elif job.state is State.FAILED:
            message = replies.failed(turn, job.error)
        else:
            message = replies.cancelled(turn)
        if job.status_message is None:
            await self._queue.status_posted(job.id, await self._post(job, message))
        else:
            async with asyncio.timeout(self._time_limit):
                await self._chats[job.place.platform].edit(job.place, job.status_message, message)
        await self._forget(job)

    async def _post(self, job: Job, message: Outgoing[Wording]) -> str:
        async with asyncio.timeout(self._time_limit):
            message = replace(message, nonce=job.nonce, fresh=job.created > self._began and job.id not in self._delays)
            return await self._chats[job.place.platform].post(job.place, message)

    async def _give_up(self, job: Job) -> None:
        if job.state is State.QUEUED:
            await self._queue.cancel(job.id)
        await self._forget(job)

    async def _forget(self, job: Job) -> None:
        await self._queue.posted(job.id)
        self._outdate_position(job.id)
        self._delays.pop(job.id, None)

    def _lock(self, job_id: int) -> asyncio.Lock:
        """The job's own lock; it lives as long as somebody holds it or waits for it."""
        return self._locks.setdefault(job_id, asyncio.Lock())

    def _delay(self, job_id: int) -> None:
        """Try again later, each time waiting twice as long; only the first failure is logged in full."""
        known = job_id in self._delays
        delay = min(self._delays[job_id][1] * 2, _LONGEST_DELAY) if known else self._retry_after
        self._delays[job_id] = (time.monotonic() + delay, delay)
        self._untold.set()
        logger.warning("job %d: no message sent, next try in %.0f s", job_id, delay, exc_info=not known)

    async def _show_positions(self, tasks: JobTasks) -> None:
        """Begin to show the positions that have changed; nobody waits here for a platform."""
        positions = await self._queue.positions()
        waiting = {each.job.id for each in positions} | self._moving
        if len(positions) < SHOWN:  # else those behind them may wait, too
            for job in [job for job in self._ahead if job not in waiting]:
                del self._ahead[job]
                if self._queue.lease is not None:
                    tasks.start(job, self._show_begun)
        moved = {
            each.job.id: each
            for each in positions
            if each.job.status_message is not None and self._ahead.get(each.job.id) != each.ahead
        }
        if not moved:
            return
        usual = await self._queue.usual_seconds()
        for job in moved:
            tasks.start(job, lambda number: self._show_position(moved[number], usual))

    async def _show_position(self, position: Position, usual: float | None) -> bool:
        """Show a position that was true a moment ago, unless something newer has been shown since."""
        job, ahead = position.job, position.ahead
        self._moving.add(job.id)
        try:
            async with self._lock(job.id):
                if job.place.platform not in self._chats or self._ahead.get(job.id) == _BEGUN:
                    return True
                self._ahead[job.id] = ahead
                wait = position.weight * usual if ahead and usual is not None else None
                await self._edit_quietly(job, replies.waiting(position.turn, ahead, wait))
        except Exception:
            logger.exception("job %d: its position could not be shown", job.id)
        finally:
            self._moving.discard(job.id)
            if self._ahead.get(job.id) == _BEGUN:
                del self._ahead[job.id]
        return True

    async def _show_begun(self, job_id: int) -> bool:
        """Show that a job is worked on in another process, which does not show it here; what this one shows wins."""
        self._moving.add(job_id)
        try:
            async with self._lock(job_id):
                job = await self._queue.job(job_id)
                if job is not None and job.state is State.RUNNING and self._ahead.get(job_id) != _BEGUN:
                    await self._edit_quietly(job, replies.starting(await self._turn(job)))
        except Exception:
            logger.exception("job %d: that it is begun could not be shown", job_id)
        finally:
            self._moving.discard(job_id)
            self._ahead.pop(job_id, None)
        return True

    def _outdate_position(self, job_id: int) -> None:
        """Another status than a position is shown from now on: one that is on its way must not follow it."""
        if job_id in self._moving:
            self._ahead[job_id] = _BEGUN
        else:
            self._ahead.pop(job_id, None)

    async def _edit_quietly(self, job: Job, message: Outgoing[Wording]) -> bool:
        """Edit a status on the way; whatever fails here is made up for by the next edit. False if it is gone."""
        chat = self._chats.get(job.place.platform)
        if chat is None or job.status_message is None:
            return True
        try:
            async with asyncio.timeout(min(_PASSING_LIMIT, self._time_limit)):
                await chat.edit(job.place, job.status_message, message)
        except MessageGoneError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever a platform's SDK may raise
            logger.warning("job %d: its status could not be edited: %r", job.id, error)
        return True

    async def _turn(self, job: Job) -> TurnRecord:
        turn = await self._store.turn(job.turn)
        assert turn is not None, "the foreign key of a job"
        return turn

"""Runs the jobs: which of them is begun when, and what becomes of one that fails, is stopped or takes too long.

As many jobs are under way as the engine can make use of; what is left to do with a finished picture (files, commits)
keeps nobody from the engine. What a job takes is :mod:`bot.jobs.making`'s business; knows no model and no platform.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from types import MappingProxyType

from bot.catalogues.text import Wording
from bot.errors import UserError
from bot.jobs import failures, leases
from bot.jobs.job import Job
from bot.jobs.making import EngineFailedError, Maker
from bot.jobs.marks import Watched, at_work
from bot.jobs.queue import Queue
from bot.jobs.signals import Concern
from bot.jobs.states import Begun, Follow, Follower
from bot.store.turns import Store
from omost_pipeline.engine.events import Drawn
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.errors import DeviceLostError, OmostError

logger = logging.getLogger(__name__)

_PAUSE_AFTER_TROUBLE = 1.0

_LOOK = 1.0
"""Seconds between two looks at what other processes have changed."""


class Worker:
    """Runs jobs for ever.

    ``maker`` makes what they are for. ``follow`` finds who is shown how far a job is. ``pace`` is the least time
    between two edits of a status, in seconds; ``paces`` are those of platforms that bear another, by their names. A
    job that computes for more than ``longest`` seconds is ended. The work on each is done within what ``watched``
    gives.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        engine: Engine,
        maker: Maker,
        follow: Follow,
        pace: float = 1.5,
        paces: Mapping[str, float] = MappingProxyType({}),
        longest: float | None = None,
        watched: Watched = nullcontext,
    ) -> None:
        self._store = store
        self._queue = queue
        self._engine = engine
        self._maker = maker
        self._follow = follow
        self._pace = pace
        self._paces = paces
        self._longest = longest
        self._watched = watched
        self._computing: set[int] = set()
        self._attempts: dict[int, asyncio.Task[None]] = {}
        self._claimed: dict[int, Job] = {}
        self._draining = False

    async def drain(self, seconds: float) -> None:
        """Begin nothing new, and give what is under way so many seconds to be finished."""
        self._draining = True
        if self._attempts and seconds > 0:
            logger.info("stopping: %d under way, at most %.0f s are waited", len(self._attempts), seconds)
            await asyncio.wait(self._attempts.values(), timeout=seconds)

    async def run(self) -> None:
        """Take up what the last process left, then work until cancelled. Running jobs are then put back first.

        Raises:
            DeviceLostError: if the engine can do nothing more before its process starts anew.
        """
        await self._queue.recover()
        await self._maker.sweep()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._work(tasks))
                if self._queue.lease is not None:
                    tasks.create_task(self._hold(self._queue.lease))
        except* DeviceLostError as group:
            raise group.exceptions[0] from None
        finally:
            for job in self._claimed.values():  # the end came before their work began
                with suppress(OmostError):  # the next start takes them up all the same
                    await self._queue.release(job)
            await self._engine.close()

    async def _work(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            changed = self._queue.changed(Concern.WORK)
            self._stop_cancelled()
            try:
                job = await self._claim()
                if job is None:
                    await changed.wait()
                else:
                    self._computing.add(job.id)
                    self._claimed[job.id] = job
                    self._attempts[job.id] = tasks.create_task(self._attempt(job, tasks))
            except Exception:  # the database failed us; every job is still in it
                logger.exception("the queue could not be used")
                await asyncio.sleep(_PAUSE_AFTER_TROUBLE)
                await self._recover_quietly()

    async def _claim(self) -> Job | None:
        if self._draining:
            return None
        if len(self._computing) >= (await self._engine.describe()).capacity:
            return None
        claiming = asyncio.ensure_future(self._queue.claim(self._attempts))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:  # a claim that is under way may be stored already
            job = await claiming
            if job is not None:
                self._claimed[job.id] = job
            raise

    async def _hold(self, lease: float) -> None:
        """For ever: hold the jobs that run here, and see what other processes do."""
        pause, due = min(_LOOK, lease / leases.BEATS), 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                if loop.time() >= due:
                    due = loop.time() + lease / leases.BEATS
                    await self._queue.beat(list(self._claimed.values()))
                await self._queue.look(list(self._claimed.values()))
            except Exception as error:  # noqa: BLE001 - the database failed us: who does not hold a job cannot end it
                logger.warning("the jobs that run here could not be held: %r", error)
            await asyncio.sleep(pause)

    def _stop_cancelled(self) -> None:
        for job, attempt in self._attempts.items():
            if self._queue.stopping(job):
                attempt.cancel()

    async def _recover_quietly(self) -> None:
        """Put back what runs by the database, but not here."""
        try:
            await self._queue.recover(self._attempts)
        except OmostError as error:
            logger.warning("the queue still cannot be used: %s", error)

    async def _attempt(self, job: Job, tasks: asyncio.TaskGroup) -> None:
        """One job from its claim to its end, whatever that is. Only trouble with the database gets out."""
        at_work.set(job)
        progress = self._follow(job, self._pace_of(job))
        tasks.create_task(progress.run())
        try:
            with self._watched(job):
                await self._carry_out(job, progress)
        except asyncio.CancelledError:
            if self._queue.stopping(job.id):
                logger.info("job %d: cancelled, or it is somebody else's", job.id)
            else:
                with suppress(OmostError):  # the next start takes it up all the same
                    await self._queue.release(job)
            raise
        except DeviceLostError:
            raise
        except EngineFailedError as error:
            await self._fail(job, failures.of_engine(error.event))
        except TimeoutError:
            logger.info("job %d: took too long", job.id)
            await self._fail(job, failures.too_long(self._longest or 0.0))
        except OmostError as error:
            logger.info("job %d: %s", job.id, type(error).__name__)  # what it says may quote what somebody wrote
            await self._fail(job, failures.explanation(error))
        except Exception:
            logger.exception("job %d: unexpected", job.id)
            await self._fail(job, failures.UNEXPECTED)
        finally:
            progress.close()
            self._leave(job)
            del self._attempts[job.id], self._claimed[job.id]
            self._queue.settled(job.id)

    async def _fail(self, job: Job, error: Wording) -> None:
        try:
            await self._queue.fail(job, error)
        except OmostError as trouble:  # the next start takes it up
            logger.warning("job %d: its end could not be stored: %s", job.id, trouble)

    def _leave(self, job: Job) -> None:
        """The engine is done with a job: there is room for another."""
        if job.id in self._computing:
            self._computing.remove(job.id)
            self._queue.wake()

    def _pace_of(self, job: Job) -> float:
        return self._paces.get(job.place.platform, self._pace)

    async def _carry_out(self, job: Job, progress: Follower) -> None:
        turn = await self._store.turn(job.turn)
        assert turn is not None, "the foreign key of a job"
        progress.show(Begun(turn))
        async with asyncio.timeout(self._longest):
            shown = await self._maker.shown(turn)
            canvas = turn.canvas
            if canvas is None:
                canvas = await self._maker.compose(job, turn, shown, progress)
            made = shown or await self._maker.draw(job, turn, canvas, progress, self._pace_of(job))
        self._leave(job)
        edited = await self._maker.edited(made) if isinstance(made, Drawn) else None
        try:
            results = await self._maker.keep(job, turn, canvas, made)
        except OSError as error:
            await self._maker.discard(job)
            logger.error("job %d: its picture cannot be written: %s", job.id, error)  # noqa: TRY400 - it says all
            raise UserError(failures.NOT_SAVED) from error
        except BaseException:  # somebody cancels
            await self._maker.discard(job)
            raise
        await progress.seen()
        progress.close()
        if not await self._queue.finish(job, results, edited):
            logger.info("job %d: its end is not kept: it was cancelled, or it is somebody else's", job.id)
            await self._maker.discard(job)
        for earlier in range(1, job.fence):
            await self._maker.discard(job, earlier)

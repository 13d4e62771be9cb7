"""The one durable queue: a job is a row before it is work, and every change of its state is one transaction.

Knows no model and no platform. A job goes queued → running → finished, failed or cancelled, and is done once its
result has been posted. With a lease (:mod:`bot.jobs.leases`) several workers, in one process or many, draw from the
same rows; without one this process is the only one, and :meth:`Queue.recover` takes every running job for its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, insert, select, update

from bot.catalogues.text import Text, Wording, to_json
from bot.jobs import admission, leases, rows
from bot.jobs.fairness import FIRST
from bot.jobs.job import ACTIVE, MAX_ATTEMPTS, Allowance, Job, JobKind, State
from bot.jobs.signals import Concern, Signals
from bot.jobs.standing import Standing
from bot.messages import Author, Place
from bot.store.tables import conversations, jobs, pictures, turns
from bot.store.turns import (
    Store,
    add_conversation,
    add_turn,
    corrections_to_json,
    edited_values,
    find_conversation,
    find_turn,
    move_head,
)
from bot.subjects import subjects_of
from bot.turns.conversation import Draft, Edited, Picture, TurnRecord
from omost_pipeline.canvas.codec import canvas_to_json
from omost_pipeline.canvas.parser import ParsedCanvas

_OF_JOB = update(jobs).where(jobs.c.id == bindparam("job"))
_OF_TURN = update(turns).where(turns.c.id == bindparam("of"))
_EARLIER_PICTURES = delete(pictures).where(pictures.c.turn == bindparam("of"))
_READY = select(jobs.c.id).where(jobs.c.state == State.QUEUED, jobs.c.status_message.is_not(None)).limit(1)


class Queue(Standing):
    """Jobs in the database, and a signal when any of them changes.

    A claimed job is held for ``lease`` seconds at a time, or for ever: then no other process uses the database.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time, lease: float | None = None) -> None:
        super().__init__(store)
        self.lease = lease
        self._clock = clock
        self._seen: leases.Sight = ()
        self._here: dict[int, int] = {}  # the fences of the jobs that were claimed here and have not ended
        self._stopping: set[int] = set()
        self._signals = Signals()

    def changed(self, concern: Concern) -> asyncio.Event:
        """Set at the next change that concerns this. Take it *before* looking at the queue, then wait for it."""
        return self._signals.next(concern)

    def wake(self) -> None:
        """Have whoever begins work look again."""
        self._signals.ring(Concern.WORK)

    def stopping(self, job: int) -> bool:
        """Whether the running job has been cancelled and its work should stop."""
        return job in self._stopping

    def holds(self, job: Job) -> bool:
        """Whether a job that was claimed here still runs, as far as this process knows: without a lease, all of it."""
        return self._here.get(job.id) == job.fence and job.id not in self._stopping

    async def enqueue(
        self,
        place: Place,
        author: Author,
        draft: Callable[[TurnRecord | None], Draft],
        allowance: Allowance | None = None,
        *,
        once: bool = False,
    ) -> Job:
        """Store a turn and its job together. ``draft`` is called with the place's newest turn, within the transaction.

        So of two messages at the same time the later one builds on the earlier, whose job runs first. With ``once`` a
        message that has made a turn already, be it at the same time, gives that turn's job again.

        Raises:
            QueueFullError: if the allowance is used up; nothing is stored then.
        """
        allowance = allowance or Allowance()
        async with self._store.writing() as connection:
            conversation = await find_conversation(connection, place)
            head = await find_turn(connection, conversation.head) if conversation and conversation.head else None
            new = draft(head)
            if once and conversation is not None and new.message is not None:
                known = await rows.made_from(connection, conversation.id, new.message)
                if known is not None:
                    return known
            weight, subjects = allowance.weigh(new), subjects_of(place, author)
            priority = await admission.admit(connection, subjects, allowance, new, weight, now=self._clock())
            if conversation is None:
                conversation = await add_conversation(connection, place, new.words, self._clock())
            turn = await add_turn(connection, conversation.id, author, new, self._clock())
            job = await admission.add(connection, turn, place, author, weight, priority, now=self._clock())
        self._signals.ring(Concern.NEWS, Concern.ORDER)
        return job

    async def check(self, place: Place, author: Author, allowance: Allowance, message: str = "") -> None:
        """Do nothing, where :meth:`enqueue` would now store a job, or the ``message`` has made a turn already.

        Raises:
            QueueFullError: if the allowance is used up.
        """
        async with self._store.reading() as connection:
            conversation = await find_conversation(connection, place) if message else None
            if conversation is not None and await rows.made_from(connection, conversation.id, message) is not None:
                return
            await admission.admit(connection, subjects_of(place, author), allowance, now=self._clock())

    async def show(self, turn: TurnRecord, place: Place, author: Author) -> Job:
        """Go back to a turn with a picture: it becomes the head, and a new message shows its result."""
        async with self._store.writing() as connection:
            await move_head(connection, turn.conversation, turn.id)
            job = await admission.show(connection, turn, place, author, now=self._clock())
        self._signals.ring(Concern.NEWS)
        return job

    async def adopt(self, turn: TurnRecord, picture: Picture, draft: Draft, place: Place, author: Author) -> Job:
        """Store a child of ``turn`` that has taken over a picture; it becomes the head, and a message shows it."""
        async with self._store.writing() as connection:
            child = await add_turn(connection, turn.conversation, author, draft, self._clock())
            await connection.execute(insert(pictures).values(asdict(picture) | {"turn": child.id, "number": 0}))
            job = await admission.show(connection, child, place, author, now=self._clock())
        self._signals.ring(Concern.NEWS)
        return job

    async def bring(
        self,
        place: Place,
        author: Author,
        draft: Callable[[TurnRecord | None], Draft],
        keep: Callable[[TurnRecord], Awaitable[Picture]],
        after: Callable[[TurnRecord], Draft] | None,
        allowance: Allowance,
        message: str = "",
    ) -> Job:
        """Store a turn whose picture is there already, and ``keep`` it; a message shows it.

        Or a turn ``after`` it is drawn, and only that is told of. A ``message`` that has made a turn already gives that
        turn's job again.

        Raises:
            QueueFullError: if the allowance is used up; nothing is stored then.
            UserError: as ``keep`` does; nothing is stored then, either. What it takes, all who write wait.
        """
        subjects = subjects_of(place, author)
        async with self._store.writing() as connection:
            conversation = await find_conversation(connection, place)
            if conversation is not None and message:
                known = await rows.made_from(connection, conversation.id, message)
                if known is not None:
                    return known
            head = await find_turn(connection, conversation.head) if conversation and conversation.head else None
            new = draft(head)
            if conversation is None:
                conversation = await add_conversation(connection, place, new.words, self._clock())
            turn = await add_turn(connection, conversation.id, author, new, self._clock())
            following = after(turn) if after is not None else None
            weight = allowance.weigh(following) if following is not None else 0.0
            priority = await admission.admit(connection, subjects, allowance, following, weight, now=self._clock())
            await connection.execute(insert(pictures).values(asdict(await keep(turn))))
            job = await admission.show(connection, turn, place, author, now=self._clock())
            if following is not None:
                # The picture that comes of it says enough.
                await connection.execute(_OF_JOB, {"job": job.id, "posted": self._clock()})
                turn = await add_turn(connection, conversation.id, author, following, self._clock())
                job = await admission.add(connection, turn, place, author, weight, priority, now=self._clock())
        self._signals.ring(Concern.NEWS, Concern.ORDER)
        return job

    async def remove(self, turn: TurnRecord, name: str, head: str | None) -> list[Job]:
        """Mark a turn as removed by somebody: work on it stops, and its messages, which are given, are to be told.

        If the turn is its conversation's head, ``head`` becomes that.
        """
        cancelled = {"state": State.CANCELLED, "finished": self._clock()}
        own = jobs.c.turn == turn.id
        async with self._store.writing() as connection:
            await connection.execute(_OF_TURN, {"of": turn.id, "removed": name})
            here = conversations.c.id == turn.conversation
            if await connection.scalar(select(conversations.c.head).where(here)) == turn.id:
                await move_head(connection, turn.conversation, head)
            running = await connection.scalars(select(jobs.c.id).where(own, jobs.c.state == State.RUNNING))
            self._stopping.update(self._here.keys() & set(running))
            await connection.execute(update(jobs).where(own, jobs.c.state.in_(ACTIVE)).values(cancelled))
            await connection.execute(update(jobs).where(own, jobs.c.status_message.is_not(None)).values(posted=None))
            found = await connection.execute(rows.EVERY.where(own, jobs.c.posted.is_(None)))
            told = [rows.job_of(row) for row in found]
        self._signals.ring()
        return told

    async def again(
        self, turn: TurnRecord, place: Place, author: Author, allowance: Allowance | None = None
    ) -> Job | None:
        """A new job for a turn that failed or was cancelled; None where it is under way or done.

        Raises:
            QueueFullError: as :meth:`enqueue`.
        """
        settled = (*ACTIVE, State.FINISHED)
        async with self._store.writing() as connection:
            query = select(jobs.c.id).where(jobs.c.turn == turn.id, jobs.c.state.in_(settled))
            if (await connection.execute(query)).first() is not None:
                return None
            allowance = allowance or Allowance()
            weight, subjects = allowance.weigh(turn.draft), subjects_of(place, author)
            priority = await admission.admit(connection, subjects, allowance, turn.draft, weight, now=self._clock())
            job = await admission.add(connection, turn, place, author, weight, priority, now=self._clock())
        self._signals.ring(Concern.NEWS, Concern.ORDER)
        return job

    async def claim(self, besides: Collection[int] = ()) -> Job | None:
        """Take the next job to run whose status message is posted; None where there is none, or all is paused.

        While a job of a conversation runs, the next one waits: it builds on that one's canvas. Jobs of ``besides``,
        whose work has yet to stop here, are left to others.
        """
        if not await self._waited_for():
            return None
        async with self._store.writing() as connection:
            found = await rows.next_job(connection, besides)
            if found is None:
                return None
            job, now = found
            await rows.advance(connection, now)
            changes: dict[str, Any] = {
                "state": State.RUNNING,
                "attempts": job.attempts + 1,
                "started": self._clock(),
                "fence": job.fence + (self.lease is not None),
            }
            until = self._clock() + self.lease if self.lease is not None else None
            if not await rows.step(connection, job.id, State.QUEUED, **changes, lease=until):
                return None
        claimed = replace(job, **changes)
        self._here[claimed.id] = claimed.fence
        self._stopping.discard(claimed.id)  # what was said of an earlier attempt
        self._signals.ring(Concern.ORDER)
        return claimed

    async def status_posted(self, job: int, message: str) -> None:
        """Remember the id of the job's status message; from now on the job may be claimed."""
        async with self._store.noting() as connection:
            await connection.execute(_OF_JOB, {"job": job, "status_message": message})
        self._signals.ring(Concern.WORK, Concern.ORDER)

    async def composed(self, job: Job, parsed: ParsedCanvas, remembered: int | None = None) -> bool:
        """Keep the canvas on the turn: the picture is left to do. False if the job is no longer the caller's."""
        canvas = {
            "canvas": canvas_to_json(parsed.canvas),
            "corrections": corrections_to_json(parsed.corrections),
            "cut": parsed.cut,
            "remembered": remembered,
        }
        async with self._store.writing() as connection:
            if not await rows.step_on(connection, job, kind=JobKind.RENDER):
                return False
            await connection.execute(_OF_TURN, {"of": job.turn, **canvas})
        return True

    async def finish(self, job: Job, results: Sequence[Picture], edited: Edited | None = None) -> bool:
        """Store the result and finish the job together. False if the job is no longer the caller's: it was cancelled,
        or taken for a dead worker's.

        ``edited`` tells of the picture that it began with.
        """
        async with self._store.writing() as connection:
            if not await rows.step_on(connection, job, state=State.FINISHED, finished=self._clock()):
                return False
            await connection.execute(_EARLIER_PICTURES, {"of": job.turn})
            await connection.execute(insert(pictures), [asdict(picture) for picture in results])
            await connection.execute(_OF_TURN, {"of": job.turn, **edited_values(edited)})
        self._here.pop(job.id, None)
        self._signals.ring()
        return True

    async def fail(self, job: Job, error: Wording) -> bool:
        """End a running job with a sentence for the user. False if the job is no longer the caller's."""
        changes = {"state": State.FAILED, "error": to_json(error), "finished": self._clock()}
        async with self._store.writing() as connection:
            ended = await rows.step_on(connection, job, **changes)
        if ended:
            self._here.pop(job.id, None)
        self._signals.ring()
        return ended

    async def cancel(self, job: int) -> bool:
        """End a waiting or running job because somebody asked. False if it has ended already."""
        changes = {"state": State.CANCELLED, "finished": self._clock()}
        async with self._store.writing() as connection:
            running = await rows.step(connection, job, State.RUNNING, **changes)
            # What was not begun costs nothing when it is decided who is next.
            unspent = {**changes, "virtual_finish": jobs.c.virtual_start}
            ended = running or await rows.step(connection, job, State.QUEUED, **unspent)
        if running and job in self._here:
            self._stopping.add(job)
        self._signals.ring()
        return ended

    def stop(self, running: Iterable[int]) -> None:
        """Have the work on jobs stopped that were ended already; what does not run here does not matter."""
        self._stopping.update(self._here.keys() & set(running))
        self._signals.ring()

    async def release(self, job: Job) -> None:
        """Put a running job back, to be the next one: the bot stops in good order, so this was no attempt."""
        attempts = case((jobs.c.attempts > 1, jobs.c.attempts - 1), else_=1)  # not 0: it has begun and goes first
        async with self._store.writing() as connection:
            await rows.step_on(connection, job, state=State.QUEUED, attempts=attempts, virtual_start=FIRST)
        self._signals.ring(Concern.WORK, Concern.ORDER)

    def settled(self, job: int) -> None:
        """The work of a job has stopped, for whatever reason."""
        self._here.pop(job, None)
        if job in self._stopping:
            self._stopping.remove(job)
            self._signals.ring(Concern.WORK)  # somebody else may have put it back

    async def beat(self, running: Collection[Job]) -> None:
        """Hold what is worked on here, have the work on what is no longer ours stopped, and put back what nobody holds.

        To be called several times in a lease; nothing is written while nothing runs.
        """
        assert self.lease is not None, "there are others"
        if running:
            async with self._store.writing() as connection:
                held = await leases.renew(connection, running, self._clock() + self.lease)
            self._stop_lost(running, held)
        async with self._store.reading() as connection:
            nobodys = await connection.scalar(rows.count(leases.ended(self._clock())))
        if nobodys:
            await self.recover()

    async def look(self, running: Collection[Job] = ()) -> None:
        """Wake whoever waits for a change where another process has made one; ``running`` may have been ended there."""
        async with self._store.reading() as connection:
            seen = await leases.look(connection)
            if seen == self._seen:
                return
            held = await leases.held(connection, running)
        self._seen = seen
        self._stop_lost(running, held)
        self._signals.ring()

    def _stop_lost(self, running: Iterable[Job], held: Collection[int]) -> None:
        """Others may have ended, or have begun anew, since they were listed."""
        lost = [job.id for job in running if job.id not in held and self._here.get(job.id) == job.fence]
        if lost:
            self.stop(lost)

    async def posted(self, job: int) -> None:
        """The user has been told how the job ended."""
        async with self._store.noting() as connection:
            await connection.execute(_OF_JOB, {"job": job, "posted": self._clock()})

    async def recover(self, running_here: Iterable[int] = ()) -> None:
        """At start: put jobs that were running when the process died back to the head, or fail them the third time.

        Jobs that do run in this process are left alone; where there are others, so are those that somebody holds.
        """
        nobodys = jobs.c.state == State.RUNNING if self.lease is None else leases.ended(self._clock())
        running = and_(nobodys, jobs.c.id.not_in(list(running_here)))
        error = to_json(Text("failed-too-often", times=MAX_ATTEMPTS))
        failed = {"state": State.FAILED, "error": error, "finished": self._clock()}
        async with self._store.writing() as connection:
            await connection.execute(update(jobs).where(running, jobs.c.attempts >= MAX_ATTEMPTS).values(failed))
            await connection.execute(update(jobs).where(running).values(state=State.QUEUED, virtual_start=FIRST))
        self._signals.ring()

    async def _waited_for(self) -> bool:
        """Whether there may be something to claim: only then is it worth holding up who writes."""
        async with self._store.glancing() as connection:
            return (await connection.execute(_READY)).first() is not None

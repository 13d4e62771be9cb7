"""The one durable queue: a job is a row before it is work, and every change of its state is one transaction.

Knows no model and no platform. A job goes queued → running → finished, failed or cancelled, and is done once its
result has been posted. With a lease (:mod:`bot.jobs.leases`) several workers, in one process or many, draw from the
same rows; without one this process is the only one, and :meth:`Queue.recover` takes every running job for its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.text import Text, Wording, to_json
from bot.errors import UserError
from bot.jobs import leases, rows, usage
from bot.jobs.fairness import FIRST
from bot.jobs.job import ACTIVE, MAX_ATTEMPTS, Allowance, Job, JobKind, State
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
    find_turns,
    move_head,
)
from bot.subjects import Subjects, subjects_of
from bot.turns.conversation import Draft, Edited, Picture, TurnRecord
from omost_pipeline.canvas.codec import canvas_to_json
from omost_pipeline.canvas.parser import ParsedCanvas

SHOWN = 100
"""So many waiting jobs' positions are kept up to date; whoever is behind them can ask."""

_NEWEST = 20
"""Jobs whose time tells how long the next ones will take."""


class QueueFullError(UserError):
    """Somebody, or everybody together, asks for more than is allowed; names the limit."""


@dataclass(frozen=True)
class Position:
    """A waiting job, how many are ahead of it, its turn, and what those ahead weigh."""

    job: Job
    ahead: int
    turn: TurnRecord
    weight: float


class Queue:
    """Jobs in the database, and a signal when any of them changes.

    A claimed job is held for ``lease`` seconds at a time, or for ever: then no other process uses the database.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time, lease: float | None = None) -> None:
        self.lease = lease
        self._store = store
        self._clock = clock
        self._seen: leases.Sight = ()
        self._here: dict[int, int] = {}  # the fences of the jobs that were claimed here and have not settled
        self._stopping: set[int] = set()
        self._changed = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """Set at the next change of any job. Take it *before* looking at the queue, then wait for it."""
        return self._changed

    def wake(self) -> None:
        """Have whoever waits for a change look again."""
        self._ring()

    def stopping(self, job: int) -> bool:
        """Whether the running job has been cancelled and its work should stop."""
        return job in self._stopping

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
            priority = await self._admit(connection, subjects, allowance, new, weight)
            if conversation is None:
                conversation = await add_conversation(connection, place, new.words, self._clock())
            turn = await add_turn(connection, conversation.id, author, new, self._clock())
            job = await self._add(connection, turn, subjects, weight=weight, priority=priority)
        self._ring()
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
            await self._admit(connection, subjects_of(place, author), allowance)

    async def show(self, turn: TurnRecord, place: Place, author: Author) -> Job:
        """Go back to a turn with a picture: it becomes the head, and a new message shows its result."""
        async with self._store.writing() as connection:
            await move_head(connection, turn.conversation, turn.id)
            job = await self._add(connection, turn, subjects_of(place, author), JobKind.SHOW)
        self._ring()
        return job

    async def adopt(self, turn: TurnRecord, picture: Picture, draft: Draft, place: Place, author: Author) -> Job:
        """Store a child of ``turn`` that has taken over a picture; it becomes the head, and a message shows it."""
        async with self._store.writing() as connection:
            child = await add_turn(connection, turn.conversation, author, draft, self._clock())
            await connection.execute(insert(pictures).values(asdict(picture) | {"turn": child.id, "number": 0}))
            job = await self._add(connection, child, subjects_of(place, author), JobKind.SHOW)
        self._ring()
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
            priority = await self._admit(connection, subjects, allowance, following, weight)
            await connection.execute(insert(pictures).values(asdict(await keep(turn))))
            job = await self._add(connection, turn, subjects, JobKind.SHOW)
            if following is not None:
                told = {"posted": self._clock()}  # the picture that comes of it says enough
                await connection.execute(update(jobs).where(jobs.c.id == job.id).values(told))
                turn = await add_turn(connection, conversation.id, author, following, self._clock())
                job = await self._add(connection, turn, subjects, weight=weight, priority=priority)
        self._ring()
        return job

    async def remove(self, turn: TurnRecord, name: str, head: str | None) -> list[Job]:
        """Mark a turn as removed by somebody: work on it stops, and its messages, which are given, are to be told.

        If the turn is its conversation's head, ``head`` becomes that.
        """
        cancelled = {"state": State.CANCELLED, "finished": self._clock()}
        own = jobs.c.turn == turn.id
        async with self._store.writing() as connection:
            await connection.execute(update(turns).where(turns.c.id == turn.id).values(removed=name))
            here = conversations.c.id == turn.conversation
            if await connection.scalar(select(conversations.c.head).where(here)) == turn.id:
                await move_head(connection, turn.conversation, head)
            running = await connection.scalars(select(jobs.c.id).where(own, jobs.c.state == State.RUNNING))
            self._stopping.update(self._here.keys() & set(running))
            await connection.execute(update(jobs).where(own, jobs.c.state.in_(ACTIVE)).values(cancelled))
            await connection.execute(update(jobs).where(own, jobs.c.status_message.is_not(None)).values(posted=None))
            found = await connection.execute(rows.every().where(own, jobs.c.posted.is_(None)))
            told = [rows.job_of(row) for row in found]
        self._ring()
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
            priority = await self._admit(connection, subjects, allowance, turn.draft, weight)
            job = await self._add(connection, turn, subjects, weight=weight, priority=priority)
        self._ring()
        return job

    async def job(self, job: int) -> Job | None:
        """A job as it is now."""
        async with self._store.reading() as connection:
            return await rows.one(connection, rows.every().where(jobs.c.id == job))

    async def newest(self, turn: str) -> Job | None:
        """The newest job of a turn."""
        query = rows.every().where(jobs.c.turn == turn).order_by(jobs.c.id.desc()).limit(1)
        async with self._store.reading() as connection:
            return await rows.one(connection, query)

    async def failures(self, turn: str) -> int:
        """How often the work for a turn has failed."""
        async with self._store.reading() as connection:
            return await rows.count(connection, jobs.c.turn == turn, jobs.c.state == State.FAILED)

    async def pending(self, conversation: int) -> Job | None:
        """The newest job of a conversation that is waiting or running."""
        query = rows.every().where(turns.c.conversation == conversation, jobs.c.state.in_(ACTIVE))
        async with self._store.reading() as connection:
            return await rows.one(connection, query.order_by(jobs.c.id.desc()).limit(1))

    async def positions(self, most: int = SHOWN) -> list[Position]:
        """The first ``most`` waiting jobs in running order; a running one is ahead of all. Four statements."""
        async with self._store.reading() as connection:
            order = await rows.order(connection, most)
            if not order:
                return []
            ahead = await rows.running(connection)
            waiting = await find_turns(connection, [job.turn for job, _ in order])
        found: list[Position] = []
        for job, weight in order:
            found.append(Position(job, ahead.jobs, waiting[job.turn], ahead.weight))
            ahead += rows.Ahead(1, weight)
        return found

    async def ahead(self, job: int) -> rows.Ahead | None:
        """What is ahead of a waiting job; None once it is not waiting."""
        waiting = select(jobs.c.virtual_start).where(jobs.c.id == job, jobs.c.state == State.QUEUED)
        async with self._store.reading() as connection:
            start = await connection.scalar(waiting)
            if start is None:
                return None
            return await rows.running(connection) + await rows.ahead_of(connection, start, job)

    async def waiting_of(self, author: str, most: int = SHOWN) -> list[rows.Ahead]:
        """What is ahead of each of somebody's waiting jobs."""
        own = select(jobs.c.virtual_start, jobs.c.id).where(jobs.c.author == author, jobs.c.state == State.QUEUED)
        async with self._store.reading() as connection:
            found = (await connection.execute(own.order_by(jobs.c.virtual_start, jobs.c.id).limit(most))).all()
            running = await rows.running(connection)
            return [running + await rows.ahead_of(connection, row.virtual_start, row.id) for row in found]

    async def load(self, server: str = "") -> tuple[int, int]:
        """How many jobs wait and how many run: of all, or of one server by its subject's name."""
        query = select(jobs.c.state, func.count()).where(jobs.c.state.in_(ACTIVE)).group_by(jobs.c.state)
        if server:
            platform, _, key = server.split(":", 2)
            own = or_(conversations.c.key == key, *(conversations.c.key.startswith(f"{key}{each}") for each in "/#"))
            joined = jobs.join(turns, jobs.c.turn == turns.c.id).join(conversations)
            query = query.select_from(joined).where(conversations.c.platform == platform, own)
        async with self._store.reading() as connection:
            found = {str(row[0]): int(row[1]) for row in await connection.execute(query)}
        return found.get(State.QUEUED, 0), found.get(State.RUNNING, 0)

    async def usual_seconds(self) -> float | None:
        """What a usual picture took, by the newest finished jobs; None before there was one."""
        took = (jobs.c.finished - jobs.c.started).label("took")
        query = select(took, jobs.c.weight).where(jobs.c.state == State.FINISHED, jobs.c.started.is_not(None))
        newest = query.order_by(jobs.c.id.desc()).limit(_NEWEST).subquery()
        async with self._store.reading() as connection:
            row = (await connection.execute(select(func.sum(newest.c.took), func.sum(newest.c.weight)))).one()
        return float(row[0]) / float(row[1]) if row[1] else None

    async def wait(self, ahead: float) -> float | None:
        """How many seconds work of this weight will take, as far as the newest jobs tell; None if they do not."""
        usual = await self.usual_seconds() if ahead else None
        return ahead * usual if usual is not None else None

    async def claim(self, besides: Collection[int] = ()) -> Job | None:
        """Take the next job to run whose status message is posted; None where there is none, or all is paused.

        While a job of a conversation runs, the next one waits: it builds on that one's canvas. Jobs of ``besides``,
        whose work has yet to stop here, are left to others.
        """
        if self.lease is not None and not await self._waited_for():
            return None
        async with self._store.writing() as connection:
            job = await rows.next_job(connection, besides)
            if job is None or await usage.paused(connection):
                return None
            await rows.advance(connection, job.id)
            values = {"state": State.RUNNING, "attempts": job.attempts + 1, "started": self._clock(), **self._held(job)}
            if not await rows.step(connection, job.id, (State.QUEUED,), **values):
                return None
            claimed = await rows.one(connection, rows.every().where(jobs.c.id == job.id))
        assert claimed is not None, "it has just been changed"
        self._here[claimed.id] = claimed.fence
        self._stopping.discard(claimed.id)  # what was said of an earlier attempt
        self._ring()
        return claimed

    async def status_posted(self, job: int, message: str) -> None:
        """Remember the id of the job's status message; from now on the job may be claimed."""
        async with self._store.writing() as connection:
            await connection.execute(update(jobs).where(jobs.c.id == job).values(status_message=message))
        self._ring()

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
            await connection.execute(update(turns).where(turns.c.id == job.turn).values(canvas))
        return True

    async def finish(self, job: Job, results: Sequence[Picture], edited: Edited | None = None) -> bool:
        """Store the result and finish the job together. False if the job is no longer the caller's: it was cancelled,
        or taken for a dead worker's.

        ``edited`` tells of the picture that it began with.
        """
        async with self._store.writing() as connection:
            if not await rows.step_on(connection, job, state=State.FINISHED, finished=self._clock()):
                return False
            await connection.execute(delete(pictures).where(pictures.c.turn == job.turn))
            await connection.execute(insert(pictures), [asdict(picture) for picture in results])
            await connection.execute(update(turns).where(turns.c.id == job.turn).values(edited_values(edited)))
        self._ring()
        return True

    async def fail(self, job: Job, error: Wording) -> bool:
        """End a running job with a sentence for the user. False if the job is no longer the caller's."""
        changes = {"state": State.FAILED, "error": to_json(error), "finished": self._clock()}
        async with self._store.writing() as connection:
            ended = await rows.step_on(connection, job, **changes)
        self._ring()
        return ended

    async def cancel(self, job: int) -> bool:
        """End a waiting or running job because somebody asked. False if it has ended already."""
        changes = {"state": State.CANCELLED, "finished": self._clock()}
        async with self._store.writing() as connection:
            running = await rows.step(connection, job, (State.RUNNING,), **changes)
            # What was not begun costs nothing when it is decided who is next.
            unspent = {**changes, "virtual_finish": jobs.c.virtual_start}
            ended = running or await rows.step(connection, job, (State.QUEUED,), **unspent)
        if running and job in self._here:
            self._stopping.add(job)
        self._ring()
        return ended

    def stop(self, running: Iterable[int]) -> None:
        """Have the work on jobs stopped that were ended already; what does not run here does not matter."""
        self._stopping.update(self._here.keys() & set(running))
        self._ring()

    async def release(self, job: Job) -> None:
        """Put a running job back, to be the next one: the bot stops in good order, so this was no attempt."""
        attempts = case((jobs.c.attempts > 1, jobs.c.attempts - 1), else_=1)  # not 0: it has begun and goes first
        async with self._store.writing() as connection:
            await rows.step_on(connection, job, state=State.QUEUED, attempts=attempts, virtual_start=FIRST)
        self._ring()

    def settled(self, job: int) -> None:
        """The work of a job has stopped, for whatever reason."""
        self._here.pop(job, None)
        if job in self._stopping:
            self._stopping.remove(job)
            self._ring()  # somebody else may have put it back

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
            nobodys = await rows.count(connection, leases.ended(self._clock()))
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
        self._ring()

    def _stop_lost(self, running: Iterable[Job], held: Collection[int]) -> None:
        """Others may have ended, or have begun anew, since they were listed."""
        lost = [job.id for job in running if job.id not in held and self._here.get(job.id) == job.fence]
        if lost:
            self.stop(lost)

    async def posted(self, job: int) -> None:
        """The user has been told how the job ended."""
        async with self._store.writing() as connection:
            await connection.execute(update(jobs).where(jobs.c.id == job).values(posted=self._clock()))

    async def untold(self) -> list[Job]:
        """Jobs whose user lacks a message: waiting ones without a status message, ended ones not told of."""
        unknown = (jobs.c.state == State.QUEUED) & jobs.c.status_message.is_(None)
        untold = jobs.c.posted.is_(None) & or_(unknown, jobs.c.state.not_in(ACTIVE))  # in these words the index has it
        async with self._store.reading() as connection:
            found = await connection.execute(rows.every().where(untold).order_by(jobs.c.id))
            return [rows.job_of(row) for row in found]

    async def without_pictures(self, among: Collection[str]) -> list[str]:
        """The turns among these that have no picture and no job that would make one."""
        if not among:
            return []
        drawn = select(pictures.c.turn)
        waiting = select(jobs.c.turn).where(jobs.c.state.in_(ACTIVE))
        query = select(turns.c.id).where(turns.c.id.not_in(drawn), turns.c.id.not_in(waiting))
        async with self._store.reading() as connection:
            return [turn for turn in await connection.scalars(query) if turn in among]

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
        self._ring()

    async def _admit(
        self,
        connection: AsyncConnection,
        subjects: Subjects,
        allowance: Allowance,
        draft: Draft | None = None,
        weight: float = 0.0,
    ) -> float | None:
        """Whoever asks has this priority."""
        refusal, quota = await usage.refusal(connection, subjects, allowance.quotas, draft, weight, self._clock())
        if refusal is not None:
            raise QueueFullError(refusal)
        own, every, lately = await rows.weights(connection, subjects.person, self._clock() - 60)
        if _exceeds(own, weight, allowance.waiting_per_author):
            raise QueueFullError(Text("refused-too-many-yours", most=allowance.waiting_per_author))
        if _exceeds(every, weight, allowance.waiting):
            raise QueueFullError(Text("refused-too-many-waiting", most=allowance.waiting))
        if _exceeds(lately, weight, allowance.per_minute):
            raise QueueFullError(Text("refused-too-many-a-minute", most=allowance.per_minute))
        return quota.priority

    async def _add(
        self,
        connection: AsyncConnection,
        turn: TurnRecord,
        subjects: Subjects,
        kind: JobKind | None = None,
        weight: float = 0.0,
        priority: float | None = None,
    ) -> Job:
        start = finish = 0.0
        now = self._clock()
        shown = kind is JobKind.SHOW
        if not shown:
            counted = dict.fromkeys(each for each in (subjects.person, subjects.channel, subjects.server) if each)
            await usage.note(connection, counted, weight, now)
            start, finish = await rows.tags(connection, subjects.person, turn.conversation, weight, priority)
        values = {
            "turn": turn.id,
            "author": subjects.person,
            "weight": weight,
            "virtual_start": start,
            "virtual_finish": finish,
            "kind": kind or (JobKind.COMPOSE if turn.canvas is None else JobKind.RENDER),
            "state": State.FINISHED if shown else State.QUEUED,
            "error": "",
            "attempts": 0,
            # Files go by turn and fence: whoever still works on an earlier job of the turn writes others.
            "fence": select(func.coalesce(func.max(jobs.c.fence), 0)).where(jobs.c.turn == turn.id).scalar_subquery(),
            "created": now,
            "finished": now if shown else None,
        }
        key = (await connection.execute(insert(jobs).values(values))).inserted_primary_key
        assert key is not None
        job = await rows.one(connection, rows.every().where(jobs.c.id == key[0]))
        assert job is not None, "it has just been stored"
        return job

    async def _waited_for(self) -> bool:
        """Whether there may be something to claim: only then is it worth holding up who writes, in all processes."""
        ready = (jobs.c.state == State.QUEUED) & jobs.c.status_message.is_not(None)
        async with self._store.reading() as connection:
            return (await connection.execute(select(jobs.c.id).where(ready).limit(1))).first() is not None

    def _held(self, job: Job) -> dict[str, Any]:
        """What a claim changes where others may claim, too."""
        return {} if self.lease is None else {"fence": job.fence + 1, "lease": self._clock() + self.lease}

    def _ring(self) -> None:
        """Wake whoever waits; the next to wait gets a new event, so that nobody misses or repeats a change."""
        self._changed.set()
        self._changed = asyncio.Event()


def _exceeds(used: float, more: float, most: float) -> bool:
    """Whether there is no room for more; who has used nothing may ask for one thing of any size."""
    return used >= most or (used > 0 and used + more > most)

"""The one durable queue: a job is a row before it is work, and every change of its state is one transaction.

Knows no model and no platform. A job goes queued → running → finished, failed or cancelled, and is done once its
result has been posted. Claiming is safe against other claimers, but one worker is assumed: :meth:`Queue.recover`
takes every running job for its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.text import Text, Wording, to_json
from bot.errors import UserError
from bot.jobs import rows, usage
from bot.jobs.job import ACTIVE, MAX_ATTEMPTS, Allowance, Job, Kind, State
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

_NEWEST = 20
"""Jobs whose time tells how long the next ones will take."""


class QueueFullError(UserError):
    """Somebody, or everybody together, asks for more than is allowed; names the limit."""


@dataclass(frozen=True)
class Position:
    """A waiting job, how many are ahead of it, and its turn."""

    job: Job
    ahead: int
    turn: TurnRecord


class Queue:
    """Jobs in the database, and a signal when any of them changes."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
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
            await self._admit(connection, subjects, allowance, new, weight)
            if conversation is None:
                conversation = await add_conversation(connection, place, new.words, self._clock())
            turn = await add_turn(connection, conversation.id, author, new, self._clock())
            job = await self._add(connection, turn, subjects, weight=weight)
        self._ring()
        return job

    async def check(self, place: Place, author: Author, allowance: Allowance) -> None:
        """Do nothing, where :meth:`enqueue` would now store a job.

        Raises:
            QueueFullError: if the allowance is used up.
        """
        async with self._store.reading() as connection:
            await self._admit(connection, subjects_of(place, author), allowance)

    async def show(self, turn: TurnRecord, place: Place, author: Author) -> Job:
        """Go back to a turn with a picture: it becomes the head, and a new message shows its result."""
        async with self._store.writing() as connection:
            await move_head(connection, turn.conversation, turn.id)
            job = await self._add(connection, turn, subjects_of(place, author), Kind.SHOW)
        self._ring()
        return job

    async def adopt(self, turn: TurnRecord, picture: Picture, draft: Draft, place: Place, author: Author) -> Job:
        """Store a child of ``turn`` that has taken over a picture; it becomes the head, and a message shows it."""
        async with self._store.writing() as connection:
            child = await add_turn(connection, turn.conversation, author, draft, self._clock())
            await connection.execute(insert(pictures).values(asdict(picture) | {"turn": child.id, "number": 0}))
            job = await self._add(connection, child, subjects_of(place, author), Kind.SHOW)
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
            self._stopping.update(running.all())
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
            await self._admit(connection, subjects, allowance, turn.draft, weight)
            job = await self._add(connection, turn, subjects, weight=weight)
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

    async def positions(self) -> list[Position]:
        """The waiting jobs in running order; a running one is ahead of all. However many wait: four statements."""
        async with self._store.reading() as connection:
            order = await rows.order(connection)
            running = await rows.count(connection, jobs.c.state == State.RUNNING)
            waiting = await find_turns(connection, [job.turn for job in order])
        return [Position(job, running + place, waiting[job.turn]) for place, job in enumerate(order)]

    async def position(self, job: int) -> int | None:
        """How many jobs are ahead of a waiting one; None once it is not waiting."""
        async with self._store.reading() as connection:
            order = [each.id for each in await rows.order(connection)]
            running = await rows.count(connection, jobs.c.state == State.RUNNING)
        return running + order.index(job) if job in order else None

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
        """The mean time that the newest finished jobs took; None before there was one."""
        took = (jobs.c.finished - jobs.c.started).label("took")
        query = select(took).where(jobs.c.state == State.FINISHED, jobs.c.started.is_not(None))
        newest = query.order_by(jobs.c.id.desc()).limit(_NEWEST).subquery()
        async with self._store.reading() as connection:
            mean = await connection.scalar(select(func.avg(newest.c.took)))
        return float(mean) if mean is not None else None

    async def wait(self, ahead: int) -> float | None:
        """How many seconds ``ahead`` jobs will take, as far as the newest ones tell; None if they do not."""
        usual = await self.usual_seconds() if ahead else None
        return ahead * usual if usual is not None else None

    async def claim(self) -> Job | None:
        """Take the next job to run whose status message is posted; None where there is none, or all is paused.

        While a job of a conversation runs, the next one waits: it builds on that one's canvas.
        """
        async with self._store.writing() as connection:
            if await usage.paused(connection):
                return None
            busy = await rows.busy(connection)
            ready = rows.announced(await rows.order(connection))
            job = next((job for job in ready if job.conversation not in busy), None)
            if job is None:
                return None
            values = {"state": State.RUNNING, "attempts": job.attempts + 1, "started": self._clock()}
            await connection.execute(update(jobs).where(jobs.c.id == job.id).values(values))
            claimed = await rows.one(connection, rows.every().where(jobs.c.id == job.id))
        self._ring()
        return claimed

    async def status_posted(self, job: int, message: str) -> None:
        """Remember the id of the job's status message; from now on the job may be claimed."""
        async with self._store.writing() as connection:
            await connection.execute(update(jobs).where(jobs.c.id == job).values(status_message=message))
        self._ring()

    async def composed(self, job: Job, parsed: ParsedCanvas, remembered: int | None = None) -> bool:
        """Keep the canvas on the turn: what is left to do is the picture. False if the job was cancelled meanwhile."""
        canvas = {
            "canvas": canvas_to_json(parsed.canvas),
            "corrections": corrections_to_json(parsed.corrections),
            "cut": parsed.cut,
            "remembered": remembered,
        }
        async with self._store.writing() as connection:
            if not await rows.step(connection, job.id, (State.RUNNING,), kind=Kind.RENDER):
                return False
            await connection.execute(update(turns).where(turns.c.id == job.turn).values(canvas))
        return True

    async def finish(self, job: Job, results: Sequence[Picture], edited: Edited | None = None) -> bool:
        """Store the result and finish the job together. False if it was cancelled meanwhile.

        ``edited`` tells of the picture that it began with.
        """
        async with self._store.writing() as connection:
            if not await rows.step(connection, job.id, (State.RUNNING,), state=State.FINISHED, finished=self._clock()):
                return False
            await connection.execute(delete(pictures).where(pictures.c.turn == job.turn))
            await connection.execute(insert(pictures), [asdict(picture) for picture in results])
            await connection.execute(update(turns).where(turns.c.id == job.turn).values(edited_values(edited)))
        self._ring()
        return True

    async def fail(self, job: int, error: Wording) -> bool:
        """End a running job with a sentence for the user. False if it was cancelled meanwhile."""
        changes = {"state": State.FAILED, "error": to_json(error), "finished": self._clock()}
        return await self._end(job, (State.RUNNING,), changes)

    async def cancel(self, job: int) -> bool:
        """End a waiting or running job because somebody asked. False if it has ended already."""
        changes = {"state": State.CANCELLED, "finished": self._clock()}
        async with self._store.writing() as connection:
            running = await rows.step(connection, job, (State.RUNNING,), **changes)
            ended = running or await rows.step(connection, job, (State.QUEUED,), **changes)
        if running:
            self._stopping.add(job)
        self._ring()
        return ended

    async def release(self, job: int) -> None:
        """Put a running job back, to be the next one: the bot stops in good order, so this was no attempt."""
        attempts = case((jobs.c.attempts > 1, jobs.c.attempts - 1), else_=1)  # not 0: it has begun and goes first
        async with self._store.writing() as connection:
            await rows.step(connection, job, (State.RUNNING,), state=State.QUEUED, attempts=attempts)

    def settled(self, job: int) -> None:
        """The work of a job has stopped, for whatever reason."""
        self._stopping.discard(job)

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

    async def recover(self, running_here: Iterable[int] = ()) -> None:
        """At start: put jobs that were running when the process died back to the head, or fail them the third time.

        Jobs that do run in this process are left alone.
        """
        running = and_(jobs.c.state == State.RUNNING, jobs.c.id.not_in(list(running_here)))
        error = to_json(Text("failed-too-often", times=MAX_ATTEMPTS))
        failed = {"state": State.FAILED, "error": error, "finished": self._clock()}
        async with self._store.writing() as connection:
            await connection.execute(update(jobs).where(running, jobs.c.attempts >= MAX_ATTEMPTS).values(failed))
            await connection.execute(update(jobs).where(running).values(state=State.QUEUED))
        self._ring()

    async def _admit(
        self,
        connection: AsyncConnection,
        subjects: Subjects,
        allowance: Allowance,
        draft: Draft | None = None,
        weight: float = 0.0,
    ) -> None:
        refusal, _ = await usage.refusal(connection, subjects, allowance.quotas, draft, weight, self._clock())
        if refusal is not None:
            raise QueueFullError(refusal)
        author = subjects.person
        waiting = jobs.c.state == State.QUEUED
        own = await rows.weight(connection, waiting, jobs.c.author == author)
        if _exceeds(own, weight, allowance.waiting_per_author):
            raise QueueFullError(Text("refused-too-many-yours", most=allowance.waiting_per_author))
        if _exceeds(await rows.weight(connection, waiting), weight, allowance.waiting):
            raise QueueFullError(Text("refused-too-many-waiting", most=allowance.waiting))
        asked = (jobs.c.author == author, jobs.c.kind != Kind.SHOW, jobs.c.created > self._clock() - 60)
        if _exceeds(await rows.weight(connection, *asked), weight, allowance.per_minute):
            raise QueueFullError(Text("refused-too-many-a-minute", most=allowance.per_minute))

    async def _add(
        self,
        connection: AsyncConnection,
        turn: TurnRecord,
        subjects: Subjects,
        kind: Kind | None = None,
        weight: float = 0.0,
    ) -> Job:
        now = self._clock()
        shown = kind is Kind.SHOW
        if not shown:
            counted = dict.fromkeys(each for each in (subjects.person, subjects.channel, subjects.server) if each)
            await usage.note(connection, counted, weight, now)
        values = {
            "turn": turn.id,
            "author": subjects.person,
            "weight": weight,
            "kind": kind or (Kind.COMPOSE if turn.canvas is None else Kind.RENDER),
            "state": State.FINISHED if shown else State.QUEUED,
            "error": "",
            "attempts": 0,
            "created": now,
            "finished": now if shown else None,
        }
        key = (await connection.execute(insert(jobs).values(values))).inserted_primary_key
        assert key is not None
        job = await rows.one(connection, rows.every().where(jobs.c.id == key[0]))
        assert job is not None, "it has just been stored"
        return job

    async def _end(self, job: int, states: tuple[State, ...], changes: dict[str, Any]) -> bool:
        async with self._store.writing() as connection:
            ended = await rows.step(connection, job, states, **changes)
        self._ring()
        return ended

    def _ring(self) -> None:
        """Wake whoever waits; the next to wait gets a new event, so that nobody misses or repeats a change."""
        self._changed.set()
        self._changed = asyncio.Event()


def _exceeds(used: float, more: float, most: float) -> bool:
    """Whether there is no room for more; who has used nothing may ask for one thing of any size."""
    return used >= most or (used > 0 and used + more > most)

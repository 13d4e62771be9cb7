"""Who may ask for how much, and the row that what was asked for becomes; both within the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.text import Text
from bot.errors import UserError
from bot.jobs import rows, usage
from bot.jobs.job import Allowance, Job, JobKind, State
from bot.jobs.marks import asked_for
from bot.messages import Author, Place
from bot.store.tables import jobs
from bot.subjects import Subjects, subjects_of
from bot.turns.conversation import Draft, TurnRecord


class QueueFullError(UserError):
    """Somebody, or everybody together, asks for more than is allowed; names the limit."""


async def admit(
    connection: AsyncConnection,
    subjects: Subjects,
    allowance: Allowance,
    draft: Draft | None = None,
    weight: float = 0.0,
    *,
    now: float,
) -> float | None:
    """The priority of whoever asks for work of this weight.

    Raises:
        QueueFullError: if the allowance is used up.
    """
    refusal, quota = await usage.refusal(connection, subjects, allowance.quotas, draft, weight, now)
    if refusal is not None:
        raise QueueFullError(refusal)
    own, every, lately = await rows.weights(connection, subjects.person, now - 60)
    if _exceeds(own, weight, allowance.waiting_per_author):
        raise QueueFullError(Text("refused-too-many-yours", most=allowance.waiting_per_author))
    if _exceeds(every, weight, allowance.waiting):
        raise QueueFullError(Text("refused-too-many-waiting", most=allowance.waiting))
    if _exceeds(lately, weight, allowance.per_minute):
        raise QueueFullError(Text("refused-too-many-a-minute", most=allowance.per_minute))
    return quota.priority


# Files go by turn and fence: whoever still works on an earlier job of the turn writes others.
_LAST_FENCE = select(func.coalesce(func.max(jobs.c.fence), 0)).where(jobs.c.turn == bindparam("of")).scalar_subquery()
_NEW = insert(jobs).values(fence=_LAST_FENCE).returning(jobs.c.id, jobs.c.fence)


async def add(
    connection: AsyncConnection,
    turn: TurnRecord,
    place: Place,
    author: Author,
    weight: float,
    priority: float | None,
    *,
    now: float,
) -> Job:
    """Store a job that makes a turn's picture, and count what it weighs against its people and places."""
    subjects = subjects_of(place, author)
    counted = dict.fromkeys(each for each in (subjects.person, subjects.channel, subjects.server) if each)
    await usage.note(connection, counted, weight, now)
    start, finish = await rows.tags(connection, subjects.person, turn.conversation, weight, priority)
    kind = JobKind.COMPOSE if turn.canvas is None else JobKind.RENDER
    due = {"weight": weight, "virtual_start": start, "virtual_finish": finish}
    new = {"author": subjects.person, "kind": kind, "state": State.QUEUED, "created": now}
    return await _add(connection, turn, place, due, new)


async def show(connection: AsyncConnection, turn: TurnRecord, place: Place, author: Author, *, now: float) -> Job:
    """Store a job that only shows a turn's picture: it is done, but for the message."""
    due = {"weight": 0.0, "virtual_start": 0.0, "virtual_finish": 0.0}
    person = subjects_of(place, author).person
    new = {"author": person, "kind": JobKind.SHOW, "state": State.FINISHED, "created": now, "finished": now}
    return await _add(connection, turn, place, due, new)


async def _add(
    connection: AsyncConnection, turn: TurnRecord, place: Place, due: Mapping[str, float], new: Mapping[str, Any]
) -> Job:
    values = {**new, "turn": turn.id, "error": "", "attempts": 0}
    row = (await connection.execute(_NEW, {"of": turn.id, **due, **values})).one()
    job = Job(id=row.id, fence=row.fence, conversation=turn.conversation, place=place, status_message=None, **values)
    wanted = asked_for.get()
    if wanted is not None:
        wanted.append(job)
    return job


def _exceeds(used: float, more: float, most: float) -> bool:
    """Whether there is no room for more; who has used nothing may ask for one thing of any size."""
    return used >= most or (used > 0 and used + more > most)

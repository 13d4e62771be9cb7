"""Who may ask for how much, and the row that what was asked for becomes; both within the caller's transaction."""

from __future__ import annotations

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.text import Text
from bot.errors import UserError
from bot.jobs import rows, usage
from bot.jobs.job import Allowance, Job, JobKind, State
from bot.jobs.marks import asked_for
from bot.store.tables import jobs
from bot.subjects import Subjects
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


async def add(
    connection: AsyncConnection,
    turn: TurnRecord,
    subjects: Subjects,
    kind: JobKind | None = None,
    weight: float = 0.0,
    priority: float | None = None,
    *,
    now: float,
) -> Job:
    """Store a job of a turn, and count what it weighs against its people and places."""
    start = finish = 0.0
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
    wanted = asked_for.get()
    if wanted is not None:
        wanted.append(job)
    return job


def _exceeds(used: float, more: float, most: float) -> bool:
    """Whether there is no room for more; who has used nothing may ask for one thing of any size."""
    return used >= most or (used > 0 and used + more > most)

"""What everybody used lately, counted in steps of ten minutes; older counts are thrown away as new ones come.

Knows the tables; what is allowed is :mod:`bot.jobs.quotas`' business, and the transactions are the queue's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Float, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.durations import duration
from bot.catalogues.text import Text
from bot.jobs.quotas import Counted, Quota, Quotas, quota_of
from bot.store.rulings import EVERYWHERE, STOPPING, Ruling, RulingKind, find_rulings
from bot.store.tables import jobs, usage
from bot.subjects import PERSON, Subjects
from bot.turns.conversation import Draft

STEP = 600
"""Seconds of a slot."""

_HOUR, _DAY = 3600 // STEP, 24 * 3600 // STEP


_SUBJECTS = usage.c.subject.in_(bindparam("subjects", expanding=True))
_MORE = (
    update(usage)
    .where(_SUBJECTS, usage.c.slot == bindparam("now"))
    .values(weight=usage.c.weight + bindparam("more", type_=Float))
)
_KNOWN = select(usage.c.subject).where(_SUBJECTS, usage.c.slot == bindparam("now"))
_OLD = delete(usage).where(_SUBJECTS, usage.c.slot <= bindparam("now"))


async def note(connection: AsyncConnection, subjects: Collection[str], weight: float, now: float) -> None:
    """Count work for each of the subjects. One statement, but for the first work of ten minutes."""
    slot = int(now // STEP)
    here = {"subjects": list(subjects), "now": slot}
    more = await connection.execute(_MORE, {**here, "more": weight})
    if more.rowcount == len(subjects):
        return
    known = set(await connection.scalars(_KNOWN, here)) if more.rowcount else set()
    new = [{"subject": each, "slot": slot, "weight": weight} for each in subjects if each not in known]
    await connection.execute(insert(usage), new)
    await connection.execute(_OLD, {**here, "now": slot - _DAY})


def _stopped(rulings: Sequence[Ruling]) -> Text | None:
    stops = [each for each in rulings if each.kind in STOPPING]
    if not stops:
        return None
    if any(each.subject == EVERYWHERE for each in stops):
        return Text("refused-paused")
    return Text("refused-paused-here")


async def refusal(
    connection: AsyncConnection,
    subjects: Subjects,
    quotas: Quotas,
    draft: Draft | None,
    weight: float,
    now: float,
) -> tuple[Text | None, Quota]:
    """Why somebody's request cannot be had now, and their own quota. Without a draft any request is meant."""
    rulings = await find_rulings(connection, subjects.all)
    if (stop := _stopped([each for each in rulings if each.subject in {EVERYWHERE, subjects.server}])) is not None:
        return stop, Quota()
    counted = quotas.of(subjects, *_ruled(rulings, subjects))
    own = counted[0].quota
    for each in counted:
        found = _too_large(each.quota, draft) if draft is not None else None
        found = found or await _used_up(connection, each, weight, now)
        if found is not None:
            return found, own
    if own.cooldown:
        return await _too_soon(connection, subjects.person, own.cooldown, now), own
    return None, own


def _ruled(rulings: Sequence[Ruling], subjects: Subjects) -> tuple[dict[str, Quota], dict[str, Quota]]:
    """Quotas that admins gave: of the whole bot, and of this server."""
    given = [each for each in rulings if each.kind is RulingKind.QUOTA]
    ruled = {each.subject: quota_of(each.value) for each in given if each.scope == EVERYWHERE}
    bounds = {each.subject: quota_of(each.value) for each in given if each.scope in subjects.places}
    return ruled, bounds


def _too_large(quota: Quota, draft: Draft) -> Text | None:
    pixels = draft.width * draft.height
    if quota.pixels is not None and pixels > quota.pixels:
        return Text("refused-too-many-pixels", pixels=pixels, most=quota.pixels)
    if quota.pictures is not None and draft.images > quota.pictures:
        return Text("refused-too-many-pictures", pictures=draft.images, most=quota.pictures)
    return None


async def _used_up(connection: AsyncConnection, counted: Counted, weight: float, now: float) -> Text | None:
    quota = counted.quota
    if quota.hour is None and quota.day is None:
        return None
    slot = int(now // STEP)
    query = select(usage.c.slot, usage.c.weight).where(usage.c.subject == counted.subject, usage.c.slot > slot - _DAY)
    slots = [(row.slot, row.weight) for row in await connection.execute(query.order_by(usage.c.slot))]
    periods: tuple[tuple[float | None, int, Callable[[float, Text], Text]], ...] = (
        (quota.hour, _HOUR, _an_hour if counted.kind == PERSON else _an_hour_here),
        (quota.day, _DAY, _a_day if counted.kind == PERSON else _a_day_here),
    )
    for most, length, words in periods:
        if most is None:
            continue
        inside = [(when, used) for when, used in slots if when > slot - length]
        over = _until_room(inside, weight, most, length, now)
        if over is not None:
            return words(most, duration(over))
    return None


def _until_room(
    slots: Sequence[tuple[int, float]], weight: float, most: float, length: int, now: float
) -> float | None:
    """Seconds until there is room for more; None if there is. Who used nothing may ask for one thing of any size."""
    used = sum(each for _, each in slots)
    if used < most and (used == 0 or used + weight <= most):
        return None
    for when, gone in slots:
        used -= gone
        if used < most and (used <= 1e-9 or used + weight <= most):
            return (when + length) * STEP - now
    return float(length * STEP)


def _an_hour(most: float, wait: Text) -> Text:
    return Text("refused-quota-hour", most=most, duration=wait)


def _an_hour_here(most: float, wait: Text) -> Text:
    return Text("refused-quota-hour-here", most=most, duration=wait)


def _a_day(most: float, wait: Text) -> Text:
    return Text("refused-quota-day", most=most, duration=wait)


def _a_day_here(most: float, wait: Text) -> Text:
    return Text("refused-quota-day-here", most=most, duration=wait)


async def _too_soon(connection: AsyncConnection, person: str, cooldown: float, now: float) -> Text | None:
    newest = select(jobs.c.created).where(jobs.c.author == person, jobs.c.kind != "show")
    last = await connection.scalar(newest.order_by(jobs.c.created.desc()).limit(1))
    rest = 0.0 if last is None else last + cooldown - now
    return Text("refused-cooldown", seconds=round(rest + 0.5)) if rest > 0 else None

"""What ``/admin`` does: pause, resume, drain, quotas, bans, how things stand, and the log of who ruled what.

Owners and admins of the bot rule everywhere; whoever manages a server or group rules there. Knows rulings and the
queue; knows no platform.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bot.access.lists import Rank
from bot.catalogues.text import Lines, Text, Wording
from bot.jobs.queue import Queue
from bot.jobs.quotas import Quota, quota_of, quota_text
from bot.messages import Said
from bot.store.rulings import EVERYWHERE, STOPPING, Entry, Ruling, RulingKind, Rulings
from bot.subjects import FORM, Subjects, is_person, read_subject

logger = logging.getLogger(__name__)

HELP = Text("admin-help")
_LOGGED = 20
_LINE = 120
_LONGEST_REASON = 200


@dataclass(frozen=True)
class _By:
    """Who asks, and how far what they rule reaches."""

    said: Said
    subjects: Subjects
    scope: str

    @property
    def person(self) -> str:
        return self.subjects.person

    @property
    def name(self) -> str:
        return self.said.author.name


class Administration:
    """Answers ``/admin``."""

    def __init__(self, rulings: Rulings, queue: Queue) -> None:
        self._rulings = rulings
        self._queue = queue

    async def answer(self, words: str, said: Said, subjects: Subjects, rank: Rank) -> Wording:
        """Do what an admin asks for, and say so."""
        if rank is Rank.NOBODY:
            return Text("refused-not-admin")
        name, _, rest = words.strip().partition(" ")
        scope = EVERYWHERE if rank is Rank.EVERYWHERE else subjects.server
        do = _DOINGS.get(name.lower())
        if do is None:
            return HELP
        return await do(self, rest.strip(), _By(said, subjects, scope))

    async def pause(self, rest: str, by: _By) -> Wording:
        """Take nothing new; with a pause everywhere nothing that waits is begun either."""
        return await self._stop(RulingKind.PAUSE, rest, by)

    async def drain(self, rest: str, by: _By) -> Wording:
        """Take nothing new, and finish what waits."""
        return await self._stop(RulingKind.DRAIN, rest, by)

    async def _stop(self, kind: RulingKind, rest: str, by: _By) -> Wording:
        subject = _stopped(rest, by)
        if subject is None:
            return _unknown(rest)
        await self._rulings.rule(Ruling(kind, subject, by.scope), by.person, by.name)
        self._queue.wake()
        logger.info("%s: %s of %s", by.person, kind, subject or "everything")
        here = subject != EVERYWHERE
        if kind is RulingKind.PAUSE:
            return Text("admin-paused-here") if here else Text("admin-paused")
        return Text("admin-draining-here") if here else Text("admin-draining")

    async def resume(self, rest: str, by: _By) -> Wording:
        """Take everything again."""
        subject = _stopped(rest, by)
        if subject is None:
            return _unknown(rest)
        lifted = [
            await self._rulings.lift(Ruling(kind, subject, by.scope), by.person, by.name, "resume") for kind in STOPPING
        ]
        self._queue.wake()
        return Text("admin-resumed") if any(lifted) else Text("admin-not-stopped")

    async def ban(self, rest: str, by: _By) -> Wording:
        """Let a person, role or place in no longer."""
        written, _, reason = rest.partition(" ")
        subject = self._subject(written, by)
        if subject is None:
            return _unknown(written)
        if subject == by.person:
            return Text("admin-not-yourself")
        ruling = Ruling(RulingKind.BAN, subject, by.scope, " ".join(reason.split())[:_LONGEST_REASON])
        await self._rulings.rule(ruling, by.person, by.name)
        logger.info("%s: ban of %s", by.person, subject)
        return Text("admin-banned", subject=subject)

    async def unban(self, rest: str, by: _By) -> Wording:
        """Let in again."""
        subject = self._subject(rest, by)
        if subject is None:
            return _unknown(rest)
        lifted = await self._rulings.lift(Ruling(RulingKind.BAN, subject, by.scope), by.person, by.name, "unban")
        return Text("admin-unbanned", subject=subject) if lifted else Text("admin-no-ban", subject=subject)

    async def quota(self, rest: str, by: _By) -> Wording:
        """Give a person, role or place a quota of its own, or take it back."""
        written, _, numbers = rest.partition(" ")
        subject = self._subject(written, by)
        if subject is None:
            return _unknown(written)
        if not numbers.strip():
            known = [each for each in await self._rulings.all(RulingKind.QUOTA, by.scope) if each.subject == subject]
            return _shown(subject, quota_of(known[0].value)) if known else Text("admin-no-quota", subject=subject)
        if numbers.strip().lower() in {"none", "off"}:
            lifted = await self._rulings.lift(
                Ruling(RulingKind.QUOTA, subject, by.scope), by.person, by.name, "quota none"
            )
            return (
                Text("admin-no-quota", subject=subject) if not lifted else Text("admin-quota-lifted", subject=subject)
            )
        quota = _numbers(numbers)
        if quota is None:
            return Text("admin-bad-quota", entered=numbers[:40])
        ruling = Ruling(RulingKind.QUOTA, subject, by.scope, quota_text(quota))
        await self._rulings.rule(ruling, by.person, by.name)
        return _shown(subject, quota)

    async def status(self, rest: str, by: _By) -> Wording:
        """How things stand."""
        del rest
        server = "" if by.scope == EVERYWHERE else by.scope
        waiting, running = await self._queue.load(server)
        stopped = [each for each in await self._rulings.about([by.subjects.server]) if each.kind in STOPPING]
        lines: list[Wording] = [Text("admin-status-queue", waiting=waiting, running=running)]
        for each in stopped:
            if each.kind is RulingKind.PAUSE:
                lines.append(Text("admin-paused-here") if each.subject else Text("admin-paused"))
            else:
                lines.append(Text("admin-draining-here") if each.subject else Text("admin-draining"))
        scope = None if by.scope == EVERYWHERE else by.scope
        bans, quotas = (
            await self._rulings.count(RulingKind.BAN, scope),
            await self._rulings.count(RulingKind.QUOTA, scope),
        )
        lines.append(Text("admin-status-rulings", bans=bans, quotas=quotas))
        return Lines(tuple(lines))

    async def log(self, rest: str, by: _By) -> Wording:
        """The newest lines of the log."""
        del rest
        entries = await self._rulings.newest(_LOGGED, None if by.scope == EVERYWHERE else by.scope)
        if not entries:
            return Text("admin-log-empty")
        return Lines(tuple(_line(each) for each in entries))

    def _subject(self, written: str, by: _By) -> str | None:
        """Whom a ruling is about. In a server it is people and roles of its own platform, or the server itself."""
        subject = read_subject(written, by.said.place.platform, by.subjects.server)
        if subject is None or by.scope == EVERYWHERE:
            return subject
        mine = subject.startswith(f"{by.said.place.platform}:")
        place = not is_person(subject) and ":role:" not in subject
        return subject if mine and (not place or subject in by.subjects.places) else None


_Doing = Callable[[Administration, str, _By], Coroutine[Any, Any, Wording]]

_DOINGS: MappingProxyType[str, _Doing] = MappingProxyType(
    {
        "pause": Administration.pause,
        "resume": Administration.resume,
        "drain": Administration.drain,
        "ban": Administration.ban,
        "unban": Administration.unban,
        "quota": Administration.quota,
        "status": Administration.status,
        "log": Administration.log,
    }
)


def _stopped(rest: str, by: _By) -> str | None:
    """What is paused or drained: everything or, with ``here``, the server; for its own admins always that."""
    if by.scope != EVERYWHERE:
        return by.scope
    if not rest:
        return EVERYWHERE
    return by.subjects.server if rest.lower() == "here" and by.subjects.server else None


def _unknown(written: str) -> Text:
    return Text("admin-unknown-subject", entered=written[:40], form=FORM)


def _numbers(text: str) -> Quota | None:
    """``30`` an hour, or ``30 200`` an hour and a day."""
    try:
        numbers = [float(each) for each in text.split()]
    except ValueError:
        return None
    if not 1 <= len(numbers) <= 2 or not all(0 <= each < 1e6 for each in numbers):
        return None
    return Quota(hour=numbers[0], day=numbers[1] if len(numbers) > 1 else None)


def _shown(subject: str, quota: Quota) -> Text:
    if quota.day is None:
        return Text("admin-quota-hour", subject=subject, hour=quota.hour or 0)
    return Text("admin-quota", subject=subject, hour=quota.hour or 0, day=quota.day)


def _line(entry: Entry) -> str:
    at = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M")
    what = " ".join(part for part in (entry.action, entry.subject, entry.detail) if part)
    return f"{at} {entry.by}: {what}"[:_LINE]

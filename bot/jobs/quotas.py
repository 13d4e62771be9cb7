"""How much whom is allowed over hours and days, how often, and how large. Pure; counting is :mod:`bot.jobs.usage`'s.

A quota of *each* person, channel or server stands under those words; one of somebody or something by name stands in
its place, field by field. Amounts are in usual pictures, as :class:`bot.jobs.job.Allowance` weighs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType

from bot.subjects import CHANNEL, PERSON, SERVER, Subjects


@dataclass(frozen=True)
class Quota:
    """Usual pictures in an hour and a day, seconds between two requests, the largest request, and who goes first.

    ``pixels`` are those of one picture, ``pictures`` those of one request. Work of somebody with ``priority`` 2 counts
    half when it is decided who is next. None leaves it open.
    """

    hour: float | None = None
    day: float | None = None
    cooldown: float | None = None
    pixels: int | None = None
    pictures: int | None = None
    priority: float | None = None

    def over(self, other: Quota) -> Quota:
        """``other`` with what is said here in its place."""
        said = {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}
        return replace(other, **said)

    def generous(self, other: Quota) -> Quota:
        """Of two quotas of somebody's roles the more generous, field by field."""
        return _paired(self, other, least=False)

    def strict(self, other: Quota) -> Quota:
        """Of two quotas the stricter, field by field."""
        return _paired(self, other, least=True)


UNLIMITED = Quota()


@dataclass(frozen=True)
class Counted:
    """Something whose use is counted: a subject, whether it is a person, a channel or a server, and its quota."""

    subject: str
    kind: str
    quota: Quota


@dataclass(frozen=True)
class Quotas:
    """Everybody's quotas, by what they are about: each person, channel or server, or a subject by name."""

    rules: Mapping[str, Quota] = field(default_factory=lambda: MappingProxyType(dict[str, Quota]()))

    def of(
        self,
        subjects: Subjects,
        ruled: Mapping[str, Quota] = MappingProxyType({}),
        bounds: Mapping[str, Quota] = MappingProxyType({}),
    ) -> list[Counted]:
        """The quotas of somebody, their channel and their server. The first is the person's.

        What was ``ruled`` for the whole bot stands in the settings' place; a server's own ``bounds`` only tighten.
        """
        rules = {**self.rules, **ruled}
        person = _merged((rules[role] for role in subjects.roles if role in rules), rules.get(PERSON, UNLIMITED))
        person = rules.get(subjects.person, UNLIMITED).over(person)
        for name in (*subjects.roles, subjects.person):
            person = bounds.get(name, UNLIMITED).strict(person)
        found = [Counted(subjects.person, PERSON, person)]
        channel, server = subjects.channel, subjects.server
        if channel and channel != server:
            quota = rules.get(channel, UNLIMITED).over(rules.get(CHANNEL, UNLIMITED))
            found.append(Counted(channel, CHANNEL, bounds.get(channel, UNLIMITED).strict(quota)))
        if server:
            quota = rules.get(server, UNLIMITED).over(rules.get(SERVER, UNLIMITED))
            found.append(Counted(server, SERVER, bounds.get(server, UNLIMITED).strict(quota)))
        return found


def _merged(roles: Iterable[Quota], each: Quota) -> Quota:
    """The most generous of somebody's roles, over what each person has."""
    found: Quota | None = None
    for quota in roles:
        found = quota if found is None else found.generous(quota)
    return found.over(each) if found is not None else each


def _paired(one: Quota, other: Quota, *, least: bool) -> Quota:
    """Two quotas as one. A cooldown is the other way round: less of it is more generous."""
    chosen: dict[str, float] = {}
    for each in fields(Quota):
        pair = [value for quota in (one, other) if (value := getattr(quota, each.name)) is not None]
        if len(pair) == 2:
            smaller = least != (each.name == "cooldown")
            chosen[each.name] = min(pair) if smaller else max(pair)
        elif pair:
            chosen[each.name] = pair[0]
    return Quota(**chosen)  # type: ignore[arg-type]  # the fields' own values


def quota_text(quota: Quota) -> str:
    """A quota as the database keeps it."""
    return json.dumps({name: value for name, value in asdict(quota).items() if value is not None})


def quota_of(text: str) -> Quota:
    """What :func:`quota_text` wrote."""
    return Quota(**json.loads(text))

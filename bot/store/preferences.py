"""Keeps people's and places' own defaults for new pictures. Knows neither what they may be nor when they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, select, tuple_

from bot.messages import Author, Place
from bot.store.tables import preferences
from bot.store.turns import Store


class Scope(StrEnum):
    """Whose defaults."""

    PERSON = "person"
    PLACE = "place"


@dataclass(frozen=True)
class Owner:
    """Somebody or somewhere with defaults. ``key`` is the person's id or the place's key on the platform."""

    scope: Scope
    platform: str
    key: str


Defaults = Mapping[str, str]
"""What new pictures get unless they are asked for otherwise, as it was entered, by the options' names."""


def person(place: Place, author: Author) -> Owner:
    """The owner of somebody's own defaults, which hold for them on the whole platform."""
    return Owner(Scope.PERSON, place.platform, author.id)


_OWNER = tuple_(preferences.c.scope, preferences.c.platform, preferences.c.key)
_OF_OWNERS = select(preferences).where(_OWNER.in_(bindparam("owners", expanding=True)))


class Preferences:
    """Reads and writes defaults."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, owner: Owner) -> Defaults:
        """An owner's defaults; empty ones where none were saved."""
        return (await self.of_each([owner]))[0]

    async def of_each(self, owners: Sequence[Owner]) -> list[Defaults]:
        """As :meth:`of`, of several, in their order. One statement."""
        wanted = [(owner.scope, owner.platform, owner.key) for owner in owners]
        async with self._store.glancing() as connection:
            rows = await connection.execute(_OF_OWNERS, {"owners": wanted})
            found = {Owner(Scope(row.scope), row.platform, row.key): json.loads(row.entered) for row in rows}
        return [found.get(owner, {}) for owner in owners]

    async def save(self, owner: Owner, defaults: Defaults) -> None:
        """Replace an owner's defaults."""
        async with self._store.writing() as connection:
            await connection.execute(delete(preferences).where(_owned(owner)))
            if defaults:
                values = {"scope": owner.scope, "platform": owner.platform, "key": owner.key}
                entered = json.dumps(dict(defaults), ensure_ascii=False, sort_keys=True)
                await connection.execute(insert(preferences).values(values | {"entered": entered}))


def _owned(owner: Owner) -> ColumnElement[bool]:
    return and_(
        preferences.c.scope == owner.scope,
        preferences.c.platform == owner.platform,
        preferences.c.key == owner.key,
    )

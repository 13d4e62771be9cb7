"""Keeps people's characters, each with its picture. They are a person's own, on the whole platform."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select

from bot.messages import Author, Place
from bot.store.tables import characters, conversations, turns
from bot.store.turns import Store
from bot.turns.characters import Character, folded
from omost_pipeline.canvas.codec import canvas_from_json, canvas_to_json
from omost_pipeline.canvas.elements import Canvas, GlobalDescription

MOST = 50
"""Characters that one person may keep."""


_OF_PEOPLE = (
    select(characters.c.person, characters.c.name, characters.c.canvas)
    .where(characters.c.platform == bindparam("platform"), characters.c.person.in_(bindparam("people", expanding=True)))
    .order_by(characters.c.created, characters.c.folded)
)


class Characters:
    """Reads and writes characters."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def of(self, place: Place, author: Author) -> tuple[Character, ...]:
        """Somebody's characters, in the order in which they were first kept."""
        return tuple((await self.of_each(place.platform, {author.id})).get(author.id, ()))

    async def of_each(self, platform: str, people: Collection[str]) -> Mapping[str, Sequence[Character]]:
        """The characters of several people, by their ids. One statement."""
        found: dict[str, list[Character]] = {}
        async with self._store.glancing() as connection:
            for row in await connection.execute(_OF_PEOPLE, {"platform": platform, "people": list(people)}):
                region = canvas_from_json(row.canvas).regions[0]
                found.setdefault(row.person, []).append(Character(row.name, region))
        return found

    async def save(self, place: Place, author: Author, character: Character, picture: bytes) -> bool:
        """Keep a character with its PNG in place of one of the same name; False where there are too many already."""
        canvas = canvas_to_json(Canvas(GlobalDescription(character.name), (character.region,)))
        async with self._store.writing() as connection:
            await connection.execute(delete(characters).where(_own(place, author), _called(character.name)))
            count = select(func.count()).select_from(characters).where(_own(place, author))
            if (await connection.scalar(count) or 0) >= MOST:
                return False
            values = {
                "platform": place.platform,
                "person": author.id,
                "folded": character.folded,
                "name": character.name,
                "canvas": canvas,
                "picture": picture,
                "created": self._clock(),
            }
            await connection.execute(insert(characters).values(values))
        return True

    async def forget(self, place: Place, author: Author, name: str) -> bool:
        """Keep a character no longer; whether there was one."""
        async with self._store.writing() as connection:
            gone = await connection.execute(delete(characters).where(_own(place, author), _called(name)))
        return bool(gone.rowcount)

    async def picture(self, turn: str, author: Author, name: str) -> bytes | None:
        """The picture of the character that a turn's canvas calls so: its author's, or that of somebody who brought it.

        Others' characters are theirs, but for conversations in which they have had them drawn themselves.
        """
        joined = turns.join(conversations, turns.c.conversation == conversations.c.id)
        here = select(conversations.c.id).select_from(joined).where(turns.c.id == turn).scalar_subquery()
        platform = select(conversations.c.platform).where(conversations.c.id == here).scalar_subquery()
        drawn = f'"reference": {json.dumps(name, ensure_ascii=False)}'
        shown = turns.c.canvas.contains(drawn, autoescape=True)
        others = select(turns.c.author_id).where(turns.c.conversation == here, shown)
        theirs = characters.c.person.in_(others) | (characters.c.person == author.id)
        query = select(characters.c.picture).where(characters.c.platform == platform, theirs, _called(name))
        query = query.order_by((characters.c.person == author.id).desc(), characters.c.created).limit(1)
        async with self._store.glancing() as connection:
            found: bytes | None = await connection.scalar(query)
        return found


def _own(place: Place, author: Author) -> ColumnElement[bool]:
    return (characters.c.platform == place.platform) & (characters.c.person == author.id)


def _called(name: str) -> ColumnElement[bool]:
    return characters.c.folded == folded(name)

"""Keeps conversations, turns and pictures in a database.

Knows the tables and the rows' meaning; what to do with a conversation is :mod:`conversation`'s business and jobs are
:mod:`bot.jobs.queue`'s.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Author, Place
from bot.store.database import Database
from bot.store.tables import conversations, jobs, pictures, turns
from bot.turns.conversation import Conversation, Draft, Edited, Model, Picture, TurnRecord, title
from omost_pipeline.canvas.codec import canvas_from_json, canvas_to_json
from omost_pipeline.canvas.elements import Correction
from omost_pipeline.renderer.keep.earlier import Whole
from omost_pipeline.renderer.spec import Spec

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


_HERE = (conversations.c.platform == bindparam("platform")) & (conversations.c.key == bindparam("key"))
_CONVERSATION = select(conversations).where(_HERE)
_HEAD = select(turns).select_from(turns.join(conversations, turns.c.id == conversations.c.head)).where(_HERE)
_HEAD_OF = update(conversations).where(conversations.c.id == bindparam("conversation"))
_TURN = select(turns).where(turns.c.id == bindparam("turn"))
_TURNS = select(turns).where(turns.c.id.in_(bindparam("ids", expanding=True)))
_PICTURES = select(pictures).where(pictures.c.turn == bindparam("turn")).order_by(pictures.c.number)


def _line() -> Select[Any]:
    itself = select(turns.c.id, turns.c.parent, literal(1).label("depth")).where(turns.c.id == bindparam("turn"))
    line = itself.cte(recursive=True)
    above = select(turns.c.id, turns.c.parent, line.c.depth + 1).join(line, turns.c.id == line.c.parent)
    line = line.union_all(above.where(line.c.depth < bindparam("most", type_=Integer)))
    return select(turns).join(line, turns.c.id == line.c.id).order_by(line.c.depth)


_ANCESTRY = _line()


class Store(Database):
    """Reads and writes one database. Every method is one transaction unless it is given a connection."""

    async def conversation(self, place: Place) -> Conversation | None:
        """The conversation of a place, or None where nothing has been said."""
        async with self.glancing() as connection:
            return await find_conversation(connection, place)

    async def turn(self, turn: str) -> TurnRecord | None:
        """A turn by its id, or None."""
        async with self.glancing() as connection:
            return await find_turn(connection, turn)

    async def head(self, place: Place) -> TurnRecord | None:
        """The turn that a place's next message builds on. One statement."""
        async with self.glancing() as connection:
            row = (await connection.execute(_HEAD, _at(place))).one_or_none()
        return turn_of(row) if row is not None else None

    async def place_of(self, turn: str) -> Place | None:
        """The place a turn was asked for in, or None for an unknown turn."""
        joined = conversations.join(turns, turns.c.conversation == conversations.c.id)
        query = select(conversations.c.platform, conversations.c.key).select_from(joined).where(turns.c.id == turn)
        async with self.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Place(row.platform, row.key) if row is not None else None

    async def ancestry(self, turn: str | None, most: int = 64) -> dict[str, TurnRecord]:
        """A turn and its ancestors by id, at most ``most``: far more than a composer's context holds. One statement."""
        if turn is None:
            return {}
        async with self.glancing() as connection:
            found = await connection.execute(_ANCESTRY, {"turn": turn, "most": most})
            return {row.id: turn_of(row) for row in found}

    async def siblings(self, turn: TurnRecord) -> list[TurnRecord]:
        """The turns with the same parent in the same conversation, without ``turn`` itself."""
        same_parent = turns.c.parent.is_(None) if turn.parent is None else turns.c.parent == turn.parent
        query = select(turns).where(turns.c.conversation == turn.conversation, same_parent, turns.c.id != turn.id)
        async with self.glancing() as connection:
            return [turn_of(row) for row in await connection.execute(query)]

    async def children(self, turn: TurnRecord) -> list[TurnRecord]:
        """The turns that have ``turn`` as their parent."""
        async with self.glancing() as connection:
            return [turn_of(row) for row in await connection.execute(select(turns).where(turns.c.parent == turn.id))]

    async def drawn_turns(self, conversation: int, most: int) -> list[TurnRecord]:
        """The newest turns of a conversation with a canvas that were not removed: at most ``most``, oldest first."""
        shown = (turns.c.conversation == conversation) & turns.c.canvas.is_not(None) & turns.c.removed.is_(None)
        query = select(turns).where(shown).order_by(turns.c.created.desc(), turns.c.id.desc()).limit(most)
        async with self.glancing() as connection:
            return [turn_of(row) for row in await connection.execute(query)][::-1]

    async def pictures(self, turn: str) -> list[Picture]:
        """A turn's finished pictures in their order."""
        async with self.glancing() as connection:
            return [Picture(*row) for row in await connection.execute(_PICTURES, {"turn": turn})]

    async def made_from(self, place: Place, message: str) -> TurnRecord | None:
        """The newest turn that was made from a message, by the message's id on the platform."""
        joined = turns.join(conversations, turns.c.conversation == conversations.c.id)
        here = (conversations.c.platform == place.platform) & (conversations.c.key == place.key)
        query = select(turns).select_from(joined).where(here, turns.c.message == message)
        async with self.glancing() as connection:
            row = (await connection.execute(query.order_by(turns.c.created.desc()).limit(1))).one_or_none()
        return turn_of(row) if row is not None else None

    async def shown_by(self, place: Place, message: str) -> TurnRecord | None:
        """The turn whose result or status a message of the bot's shows, by the message's id on the platform."""
        here = (conversations.c.platform == place.platform) & (conversations.c.key == place.key)
        joined = turns.join(conversations, turns.c.conversation == conversations.c.id).join(jobs)
        query = select(turns).select_from(joined).where(here, jobs.c.status_message == message)
        async with self.glancing() as connection:
            row = (await connection.execute(query.order_by(jobs.c.id.desc()).limit(1))).one_or_none()
        return turn_of(row) if row is not None else None

    async def message_of(self, turn: str) -> str:
        """The id of the newest message that shows a turn, empty if there is none."""
        query = select(jobs.c.status_message).where(jobs.c.turn == turn).order_by(jobs.c.id.desc()).limit(1)
        async with self.glancing() as connection:
            return await connection.scalar(query) or ""

    async def beginner(self, conversation: int) -> str | None:
        """The id of whoever began a conversation."""
        first = select(turns.c.author_id).where(turns.c.conversation == conversation, turns.c.parent.is_(None))
        async with self.glancing() as connection:
            found: str | None = await connection.scalar(first.order_by(turns.c.created).limit(1))
        return found

    async def set_head(self, conversation: int, turn: str) -> None:
        """Let the next message of a conversation build on ``turn``."""
        async with self.writing() as connection:
            await move_head(connection, conversation, turn)


def _at(place: Place) -> dict[str, str]:
    return {"platform": place.platform, "key": place.key}


async def find_conversation(connection: AsyncConnection, place: Place) -> Conversation | None:
    """As :meth:`Store.conversation`, within a transaction."""
    row = (await connection.execute(_CONVERSATION, _at(place))).one_or_none()
    return Conversation(row.id, place, row.title, row.head) if row is not None else None


async def find_turn(connection: AsyncConnection, turn: str) -> TurnRecord | None:
    """As :meth:`Store.turn`, within a transaction."""
    row = (await connection.execute(_TURN, {"turn": turn})).one_or_none()
    return turn_of(row) if row is not None else None


async def find_turns(connection: AsyncConnection, ids: Collection[str]) -> dict[str, TurnRecord]:
    """Turns by their ids, within a transaction; unknown ids are left out."""
    return {row.id: turn_of(row) for row in await connection.execute(_TURNS, {"ids": list(ids)})}


async def add_conversation(connection: AsyncConnection, place: Place, words: str, created: float) -> Conversation:
    """Store a new conversation titled after its first words."""
    name = title(words)
    values = {"platform": place.platform, "key": place.key, "title": name, "created": created}
    result = await connection.execute(insert(conversations), values)
    key = result.inserted_primary_key
    assert key is not None
    return Conversation(key[0], place, name, None)


async def add_turn(
    connection: AsyncConnection, conversation: int, author: Author, draft: Draft, created: float
) -> TurnRecord:
    """Store a draft as a turn with an id of its own and make it the conversation's head."""
    record = TurnRecord(_new_id(), conversation, author, created, draft)
    await connection.execute(insert(turns), _values(record))
    await move_head(connection, conversation, record.id)
    return record


async def move_head(connection: AsyncConnection, conversation: int, turn: str | None) -> None:
    """As :meth:`Store.set_head`, within a transaction."""
    await connection.execute(_HEAD_OF, {"conversation": conversation, "head": turn})


def corrections_to_json(corrections: tuple[Correction, ...]) -> str:
    """Corrections as the database keeps them."""
    return json.dumps([[each.line, each.field, each.wrong, each.right] for each in corrections], ensure_ascii=False)


def _new_id() -> str:
    """Ten lower-case base32 characters, 50 random bits; short enough for any platform's button."""
    return "".join(secrets.choice(_BASE32) for _ in range(10))


def _values(record: TurnRecord) -> dict[str, Any]:
    draft = record.draft
    return {
        "id": record.id,
        "conversation": record.conversation,
        "parent": draft.parent,
        "author_id": record.author.id,
        "author_name": record.author.name,
        "author_language": record.author.language[:32] or None,
        "created": record.created,
        "words": draft.words,
        "canvas": canvas_to_json(draft.canvas) if draft.canvas is not None else None,
        "corrections": corrections_to_json(draft.corrections),
        "cut": draft.cut,
        "spec": draft.spec.to_json(),
        "profile": draft.model.profile,
        "model": draft.model.name,
        "fingerprint": draft.model.fingerprint,
        "message": draft.message,
        "remembered": draft.remembered,
        "removed": record.removed,
        **edited_values(record.edited),
    }


def turn_of(row: Row[Any]) -> TurnRecord:
    """The turn of a row; raises what its parts raise if it cannot be read."""
    draft = Draft(
        parent=row.parent,
        words=row.words,
        canvas=canvas_from_json(row.canvas) if row.canvas is not None else None,
        spec=Spec.from_json(row.spec),
        model=Model(row.profile, row.model, row.fingerprint),
        corrections=tuple(Correction(*each) for each in json.loads(row.corrections)),
        cut=row.cut,
        message=row.message,
        remembered=row.remembered,
    )
    author = Author(row.author_id, row.author_name, row.author_language or "")
    return TurnRecord(row.id, row.conversation, author, row.created, draft, row.removed, _edited(row))


def edited_values(edited: Edited | None) -> dict[str, Any]:
    """What became of the earlier picture, as columns of the turn."""
    if edited is None:
        return {"kept": None, "whole": None, "mask": None}
    return {"kept": edited.kept, "whole": edited.whole, "mask": edited.mask or None}


def _edited(row: Row[Any]) -> Edited | None:
    if row.kept is None:
        return None
    known = row.whole in set(Whole)  # a later version may know more reasons
    return Edited(row.kept, Whole(row.whole) if known else None, row.mask or b"")

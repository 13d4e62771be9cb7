"""A database that has been used for a year: conversations whose turns are drawn, a web chat, and jobs that wait.

The database makes the rows itself, by one statement a table, so that half a million take seconds.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, String, Table, case, cast, insert, literal, null, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.jobs.job import JobKind, State
from bot.jobs.usage import STEP
from bot.store.addresses import POSTGRES
from bot.store.database import Database
from bot.store.tables import conversations, jobs, pictures, posts, turns, usage
from bot.turns.conversation import first_request
from omost_pipeline.canvas.codec import canvas_to_json
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.engine.info import renderer_info
from omost_pipeline.profiles import PROFILES

PROFILE = PROFILES["omost"]
_YEAR = 365 * 86_400.0
_FIRST = 1000
"""The number of the first conversation: those before it are whoever's that fills."""

_CANVAS = Canvas(
    GlobalDescription("A meadow."), (Region("in the center", "no offset", "a large square area", 2.0, "A."),)
)


async def fill(database: AsyncEngine, count: int, length: int, queued: int) -> None:
    """``count`` conversations of ``length`` turns each with its job and picture, as many in the web chat; who waits."""
    now = time.time()
    conversation, turn = _numbers("conversation", count), _numbers("turn", length)
    n, k = conversation.c.n, turn.c.n
    ended = now - _YEAR + (k * count + n) * (_YEAR / (count * length))
    name, author = _joined("t", n, "x", k), _text(n)
    each = select().select_from(conversation.join(turn, literal(value=True)))
    info = renderer_info(PROFILE)
    async with Database(database).writing() as connection:
        talk = {"id": _FIRST + n, "platform": "discord", "key": _joined("1/2/", n), "title": "a house"}
        head = {"head": _joined("t", n, "x", literal(length - 1)), "created": now - _YEAR}
        await connection.execute(_put(conversations, select().select_from(conversation), talk | head))
        words = {"id": name, "conversation": _FIRST + n, "author_id": author, "author_name": "Bob", "words": "a house"}
        before = {"parent": case((k > 0, _joined("t", n, "x", k - 1)), else_=null()), "message": _text(k)}
        drawn = {"spec": first_request("a house", info, 1).spec.to_json(), "canvas": canvas_to_json(_CANVAS)}
        made = {"profile": PROFILE.name, "model": "model", "fingerprint": "", "corrections": "[]", "cut": False}
        await connection.execute(_put(turns, each, words | before | drawn | made | {"created": ended}))
        picture = {"turn": name, "number": 0, "seed": 1, "path": _joined("pictures/t", n, "x", k, "-1.png")}
        await connection.execute(_put(pictures, each, picture | {"width": 1024, "height": 1024}))
        done = {"state": State.FINISHED.value, "created": ended, "started": ended, "finished": ended + 5.0}
        job = {"turn": name, "author": _joined("discord:", n), "kind": JobKind.RENDER.value, "error": ""}
        shown = {"status_message": "m", "attempts": 1, "posted": ended + 6.0, "virtual_finish": 1.0}
        await connection.execute(_put(jobs, each, job | done | shown))
        said = {"platform": "web", "key": _joined("k", n), "nonce": "", "author_id": "web", "author_name": "You"}
        told = {"text": "a house", "buttons": "[]", "created": ended, "changed": ended}
        await connection.execute(_put(posts, each, said | told))
        waiting = _numbers("waiting", queued)
        w = waiting.c.n
        asked = {"turn": _joined("t", w % count, "x", w % length), "author": _joined("discord:", w), "attempts": 0}
        tag = {"virtual_start": 1.0 + w / 1e6, "virtual_finish": 2.0, "state": State.QUEUED.value, "created": now}
        late = {"kind": JobKind.RENDER.value, "error": "", "status_message": "m"}
        await connection.execute(_put(jobs, select().select_from(waiting), asked | tag | late))
        used = {"subject": _joined("discord:", w), "slot": int(now // STEP), "weight": 1.0}
        await connection.execute(_put(usage, select().select_from(waiting), used))
        if database.dialect.name == POSTGRES:
            await connection.execute(text("ANALYZE"))
    await Database(database).wipe()  # with ANALYZE what such a server does by itself soon after


def _numbers(name: str, count: int) -> Any:  # noqa: ANN401 - SQLAlchemy's common table expression of one column
    """The numbers from 0 to below ``count``."""
    first = select(literal(0).label("n")).cte(f"{name}_numbers", recursive=True)
    return first.union_all(select(first.c.n + 1).where(first.c.n < count - 1))


def _text(number: ColumnElement[int]) -> ColumnElement[str]:
    return cast(number, String(20))


def _joined(*parts: str | ColumnElement[int]) -> ColumnElement[str]:
    """Letters and numbers as one text."""
    first, *rest = (literal(part, String) if isinstance(part, str) else _text(part) for part in parts)
    whole: ColumnElement[str] = first
    for part in rest:
        whole = whole.concat(part)
    return whole


def _put(table: Table, each: Select[Any], values: dict[str, Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's insert
    """A row of ``table`` for each row that is selected."""
    columns = [_value(table, name, value).label(name) for name, value in values.items()]
    return insert(table).from_select(list(values), each.add_columns(*columns), include_defaults=False)


def _value(table: Table, name: str, value: object) -> ColumnElement[Any]:
    if isinstance(value, ColumnElement):
        return cast(value, Float) if isinstance(table.c[name].type, Float) else value
    return literal(value, table.c[name].type)

"""The picture that a turn is to describe: the one that somebody brought before it. Reads rows and files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.errors import UserError
from bot.jobs import failures
from bot.store.assets import Pictures
from bot.store.turns import Store
from bot.turns.conversation import TurnRecord, is_described


@dataclass(frozen=True)
class Shown:
    """A picture's file, and what is done with it where it is shown."""

    content: bytes
    veil: str


async def to_describe(store: Store, files: Pictures, turn: TurnRecord) -> Shown | None:
    """What a turn describes; None where it is drawn.

    Raises:
        UserError: if the picture's file is gone.
    """
    if not is_described(turn) or turn.parent is None:
        return None
    picture = next(iter(await store.pictures(turn.parent)), None)
    content = await asyncio.to_thread(files.read, picture) if picture is not None else None
    if picture is None or content is None:
        raise UserError(failures.NOT_THERE)
    return Shown(content, picture.veil)

"""The pictures that a canvas's elements are to look like, by the names that the bot gave their files.

``ab12cd-1`` is the first picture of the turn ``ab12cd``, as its file is called in chats; the turn's id alone stands for
its first picture, too. Only pictures of the same conversation, or of the same person, are found.
"""

from __future__ import annotations

import asyncio

from bot.store.assets import Pictures
from bot.store.turns import Store
from bot.turns.conversation import TurnRecord
from omost_pipeline.canvas.elements import Canvas


async def pictures_named(store: Store, files: Pictures, turn: TurnRecord, canvas: Canvas) -> dict[str, bytes]:
    """The contents of the pictures that are there, by the names that elements call them."""
    found: dict[str, bytes] = {}
    for name in dict.fromkeys(element.reference for element in canvas.elements if element.reference):
        content = await _content(store, files, turn, name)
        if content is not None:
            found[name] = content
    return found


async def _content(store: Store, files: Pictures, turn: TurnRecord, name: str) -> bytes | None:
    id_, _, number = name.removesuffix(".png").partition("-")
    shown = await store.turn(id_)
    if shown is None or shown.removed is not None or not await _may_see(store, turn, shown):
        return None
    pictures = await store.pictures(id_)
    wanted = [picture for picture in pictures if str(picture.number + 1) == (number or "1")]
    return await asyncio.to_thread(files.read, wanted[0]) if wanted else None


async def _may_see(store: Store, turn: TurnRecord, shown: TurnRecord) -> bool:
    if shown.conversation == turn.conversation:
        return True
    place, other = await store.place_of(turn.id), await store.place_of(shown.id)
    same_platform = place is not None and other is not None and place.platform == other.platform
    return same_platform and shown.author.id == turn.author.id

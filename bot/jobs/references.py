"""The pictures that a canvas's elements are to look like or to follow, by the names that the bot gave their files.

``ab12cd-1`` is the first picture of the turn ``ab12cd``, as its file is called in chats; the turn's id alone stands for
its first picture, too. Only pictures of the same conversation, or of the same person, are found.
"""

from __future__ import annotations

import asyncio

from bot.store.assets import Pictures
from bot.store.turns import Store
from bot.turns.conversation import TurnRecord
from omost_pipeline.canvas.control import read_control
from omost_pipeline.canvas.elements import Canvas


async def pictures_named(store: Store, files: Pictures, turn: TurnRecord, canvas: Canvas) -> dict[str, bytes]:
    """The contents of the pictures that are there, by the names that elements call them."""
    found: dict[str, bytes] = {}
    controls = (read_control(element.control) for element in canvas.elements)
    names = [*(element.reference for element in canvas.elements), *(each.picture for each in controls if each)]
    for name in dict.fromkeys(filter(None, names)):
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

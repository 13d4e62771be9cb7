"""The picture that a turn begins with: the nearest one before it, or why it cannot be.

Reads rows and files; knows the engine only as what takes assets.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.store.assets import Pictures
from bot.store.turns import Store
from bot.turns import conversation
from bot.turns.conversation import Picture, TurnRecord
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.keep.earlier import Whole


@dataclass(frozen=True)
class Beginning:
    """The picture before a turn: its canvas, PNG and seed, and what edits of it begin with: latents, or its layers.

    Of one that was ``brought`` nothing but the pixels is known.
    """

    canvas: Canvas
    picture: bytes
    latents: bytes
    brought: bool = False
    layers: bytes = b""
    seed: int | None = None


async def before(
    store: Store, files: Pictures, turn: TurnRecord, info: RendererInfo
) -> tuple[TurnRecord, Picture] | None:
    """The nearest ancestor with a picture that was not made larger, and that picture; of several the seed's own.

    A finished draft counts where its layers are there and the turn is drawn as large; else what follows its draft.
    """
    ancestors = await store.ancestry(turn.parent)
    for each in reversed(conversation.path(ancestors, turn.parent)):
        pictures = await store.pictures(each.id) if conversation.is_original(each) else []
        if conversation.is_finished(each) and not await _has_layers(files, pictures, each, turn, info):
            continue
        if pictures:
            return each, next((picture for picture in pictures if picture.seed == turn.draft.seed), pictures[0])
    return None


async def _has_layers(
    files: Pictures, pictures: list[Picture], finished: TurnRecord, turn: TurnRecord, info: RendererInfo
) -> bool:
    """Whether a turn can go on from the layers of a finished draft."""
    if not pictures or conversation.drawn_otherwise(finished, turn, info) is not None:
        return False
    return await asyncio.to_thread(files.has_layers, pictures[0])


async def begun_with(
    store: Store, files: Pictures, turn: TurnRecord, canvas: Canvas, info: RendererInfo
) -> Beginning | Whole | None:
    """What a turn with this canvas begins with, None for a first picture; or why it is drawn whole."""
    found = await before(store, files, turn, info)
    if found is None:
        return None
    earlier, picture = found
    why = conversation.drawn_otherwise(earlier, turn, info)
    if why is not None:
        return why
    content = await asyncio.to_thread(files.read, picture)
    assert earlier.canvas is not None, "it has a picture"
    if conversation.is_brought(earlier) and content is not None:
        return Beginning(conversation.seen_before(earlier, canvas), content, b"", brought=True)
    latents = await asyncio.to_thread(files.read_latents, picture)
    layers = await asyncio.to_thread(files.read_layers, picture) if latents is None else None
    if content is None or (latents is None and layers is None):
        return Whole.MISSING
    return Beginning(earlier.canvas, content, latents or b"", layers=layers or b"", seed=picture.seed)

"""What there is to see of a turn: its pictures, its layout, its masks, and the message that shows the result.

Reads rows and files; posts nothing.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ParamSpec

from PIL import Image

from bot.catalogues.text import Text, Wording
from bot.errors import UserError
from bot.jobs.earlier import before
from bot.jobs.job import State
from bot.jobs.queue import Queue
from bot.messages import COMPARISON, Action, Attachment, Button, Outgoing
from bot.store.assets import Pictures
from bot.store.turns import Store
from bot.telling import replies
from bot.telling.comparison import side_by_side
from bot.telling.contact_sheet import MOST_FILES, contact_sheet
from bot.telling.history_tree import Leaf, film, tree_sheet
from bot.turns import conversation
from bot.turns.conversation import Draft, Picture, TurnRecord, is_brought, seen_before
from bot.turns.picture_rules import Veil
from bot.turns.provenance import is_marked, png_of
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.masks import masks_zip
from omost_pipeline.canvas.preview import layout_image
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.keep.overlay import expected_mask, overlay
from omost_pipeline.renderer.layered.openraster import LayersError, completed
from omost_pipeline.renderer.options import keeping_of
from omost_pipeline.renderer.spec import VARY

P = ParamSpec("P")

logger = logging.getLogger(__name__)

_LAYOUT_SIDE = 512
"""A layout's longer side has at least so many pixels, however small the picture: its labels are to be read."""


_LAYERED = {"openraster": ".ora", "psd": ".psd"}
"""Endings of files of layers, by their forms."""


class Views:
    """Makes what people see of turns."""

    def __init__(
        self, store: Store, queue: Queue, pictures: Pictures, info: RendererInfo, *, canvas_links: bool = False
    ) -> None:
        """``canvas_links``: whether the canvas of a result can be opened by a link."""
        self._canvas_links = canvas_links
        self._store = store
        self._queue = queue
        self._pictures = pictures
        self._info = info

    async def layout(self, turn: TurnRecord, canvas: Canvas) -> Attachment[Wording]:
        """The picture of what stands where."""
        content = await asyncio.to_thread(_layout_png, canvas, turn.draft.width, turn.draft.height)
        return Attachment(f"{turn.id}-layout.png", content, Text("alt-layout", canvas=replies.alt_text(canvas)))

    async def masks(self, turn: TurnRecord, canvas: Canvas) -> Attachment[Wording]:
        """The regions' masks and the layout, in one file."""
        content = await asyncio.to_thread(masks_zip, canvas, turn.draft.width, turn.draft.height)
        return Attachment(f"{turn.id}-masks.zip", content, Text("alt-masks"))

    async def originals(self, turn: TurnRecord, canvas: Canvas) -> tuple[Attachment[Wording], ...]:
        """The turn's pictures as they were drawn, none where it has none."""
        return tuple(_file(picture, content, canvas) for picture, content in await self._kept(turn))

    async def is_layered(self, turn: TurnRecord) -> bool:
        """Whether :meth:`layers` would find any."""
        pictures = await self._store.pictures(turn.id)
        return any([await asyncio.to_thread(self._pictures.has_layers, each) for each in pictures])

    async def layers(self, turn: TurnRecord, form: str = "openraster") -> tuple[Attachment[Wording], ...]:
        """The layers of the turn's pictures as files, none where they are shown blurred or have no layers.

        Raises:
            UserError: if this installation cannot write that form.
        """
        found = []
        for picture in await self._store.pictures(turn.id):
            shown = picture.veil in {"", Veil.SPOILER}
            layers = await asyncio.to_thread(self._pictures.read_layers, picture) if shown else None
            merged = await asyncio.to_thread(self._pictures.read, picture) if layers is not None else None
            if layers is not None and merged is not None:
                try:
                    content = await asyncio.to_thread(layers_file, form, layers, merged)
                except LayersError as error:  # somebody has damaged the file; the picture is there all the same
                    logger.warning("the layers of %s are left out: %s", picture.path, error)
                    continue
                name, hidden = f"{turn.id}-{picture.number + 1}{_LAYERED[form]}", picture.veil == Veil.SPOILER
                found.append(Attachment[Wording](name, content, Text("export-form", form=form), hidden))
        return tuple(found)

    async def first_layers(self, turn: TurnRecord) -> bytes | None:
        """What is kept of the first picture's layers; None where it is shown blurred or has none."""
        kept = await self._kept(turn)
        if not kept or kept[0][0].veil not in {"", Veil.SPOILER}:
            return None
        return await asyncio.to_thread(self._pictures.read_layers, kept[0][0])

    async def changes(self, turn: TurnRecord) -> Attachment[Wording] | None:
        """The picture with what its edit may have changed in full colour; before it is drawn, the one before it.

        None where there is no picture to see that on.
        """
        pictures = await self._kept(turn)
        if pictures and turn.edited is not None and turn.edited.whole is None:
            content = await self._made(_overlay, pictures[0][1], turn.edited.mask)
            hidden = pictures[0][0].veil == Veil.SPOILER
        else:
            found = await before(self._store, self._pictures, turn, self._info)
            earlier = await asyncio.to_thread(self._pictures.shown, found[1]) if found is not None else None
            if found is None or earlier is None or found[0].canvas is None or turn.canvas is None:
                return None
            shown = seen_before(found[0], turn.canvas) if is_brought(found[0]) else found[0].canvas
            content = await self._made(_expected, earlier, shown, turn.canvas, turn.draft)
            hidden = found[1].veil == Veil.SPOILER
        return Attachment(f"{turn.id}-changes.png", content, Text("alt-changes"), hidden)

    async def tree(self, turns: Sequence[TurnRecord], head: str) -> Attachment[Wording]:
        """Turns, oldest first, as a tree of their first pictures, numbered from 1."""
        leaves, hidden = [], False
        for number, turn in enumerate(turns, start=1):
            kept = await self._kept(turn)
            hidden = hidden or _hidden(kept[:1])
            leaves.append(Leaf(turn.id, turn.parent, number, kept[0][1] if kept else None))
        content = await self._made(tree_sheet, leaves, head)
        return Attachment("history.png", content, Text("history-alt", count=len(leaves)), hidden)

    async def comparison(self, before: TurnRecord, after: TurnRecord) -> Attachment[Wording] | None:
        """The first pictures of two turns beside each other; None where one is gone."""
        kept = [await self._kept(turn) for turn in (before, after)]
        if not all(kept):
            return None
        content = await self._made(side_by_side, kept[0][0][1], kept[1][0][1])
        return Attachment(COMPARISON, content, Text("compared-alt"), any(_hidden(each[:1]) for each in kept))

    async def film(self, turns: Sequence[TurnRecord]) -> Attachment[Wording] | None:
        """The first pictures of turns one after the other as an animation; None for fewer than two."""
        first = [kept[0] for turn in turns if turn.drawn and (kept := await self._kept(turn))]
        hidden, found = _hidden(first), [content for _, content in first]
        if len(found) < 2:
            return None
        return Attachment("edits.webp", await self._made(film, found), Text("history-film"), hidden)

    async def result(self, turn: TurnRecord) -> Outgoing[Wording]:
        """The message that shows what came of a turn: its pictures, or the layout where they are gone."""
        assert turn.canvas is not None, "only a turn with a canvas has a result"
        drawn = await self._store.pictures(turn.id)
        kept = await self._read(drawn)
        files: tuple[Attachment[Wording], ...] = tuple(
            _file(picture, content, turn.canvas) for picture, content in kept
        )
        if len(files) > MOST_FILES:
            content = await self._made(contact_sheet, [each for _, each in kept])
            files = (Attachment(f"{turn.id}-sheet.png", content, replies.alt_text(turn.canvas), _hidden(kept)),)
        blocked = sum(each.veil == Veil.BLOCK for each in drawn)
        pictures, instead = [picture for picture, _ in kept], files or (await self.layout(turn, turn.canvas),)
        shown = replies.finished(turn, turn.canvas, pictures, instead, blocked)
        if self._canvas_links:
            canvas_button = Button[Wording](Action.CANVAS, turn.id, Text("button-canvas"))
            shown = replace(shown, buttons=(*shown.buttons, canvas_button))
        return replace(shown, parent=await self._origin(turn))

    async def _origin(self, turn: TurnRecord) -> str:
        """The message with the picture that a turn came from; empty if there is none."""
        if turn.parent is None:
            return ""
        origin = conversation.undone(await self._store.ancestry(turn.id), turn.id)
        job = await self._queue.newest(origin.id) if origin is not None else None
        return job.status_message or "" if job is not None and job.state is State.FINISHED else ""

    async def _made(self, make: Callable[P, bytes], *arguments: P.args, **named: P.kwargs) -> bytes:
        """A picture that is made of pictures, signed as they are."""
        return await asyncio.to_thread(lambda: self._pictures.signed(make(*arguments, **named)))

    async def _kept(self, turn: TurnRecord) -> list[tuple[Picture, bytes]]:
        return await self._read(await self._store.pictures(turn.id))

    async def _read(self, pictures: Sequence[Picture]) -> list[tuple[Picture, bytes]]:
        """Pictures with their files, where these are there."""
        read = [(each, await asyncio.to_thread(self._pictures.shown, each)) for each in pictures]
        return [(picture, content) for picture, content in read if content is not None]


def png(image: Image.Image) -> bytes:
    """An image as a PNG file, made in half the usual time and a tenth larger: what is shown so is soon replaced."""
    file = io.BytesIO()
    image.save(file, format="PNG", compress_level=3)
    return file.getvalue()


def jpeg(image: Image.Image) -> bytes:
    """An image as a JPEG file: made in a twentieth of the time, and a fifth as large. For what is blurred anyway."""
    file = io.BytesIO()
    image.save(file, format="JPEG", quality=85, subsampling=0)
    return file.getvalue()


def layers_file(form: str, layers: bytes, merged: bytes) -> bytes:
    """Layers in one of their forms, with the PNG of what they show together.

    Raises:
        UserError: if this installation cannot write that form.
    """
    if form == "openraster":
        return completed(layers, merged)
    try:
        from omost_pipeline.renderer.layered.psd import to_psd  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UserError(Text("export-no-psd")) from error
    return to_psd(layers, merged)


def _hidden(kept: Sequence[tuple[Picture, bytes]]) -> bool:
    """Whether what is made of these pictures is to be opened before it is seen."""
    return any(picture.veil == Veil.SPOILER for picture, _ in kept)


def _overlay(picture: bytes, mask: bytes) -> bytes:
    with Image.open(io.BytesIO(picture)) as image:
        if not mask:  # nothing at all has changed
            return png_of(overlay(image, Image.new("L", image.size)), marked=is_marked(image))
        with Image.open(io.BytesIO(mask)) as white:
            return png_of(overlay(image, white), marked=is_marked(image))


def _expected(picture: bytes, earlier: Canvas, canvas: Canvas, draft: Draft) -> bytes:
    varied = draft.spec.get(VARY)
    again = () if varied is None else (varied,)
    with Image.open(io.BytesIO(picture)) as image:
        mask = expected_mask(earlier, canvas, image.size, keeping_of(draft.spec), again)
        return png_of(overlay(image, mask), marked=is_marked(image))


def _layout_png(canvas: Canvas, width: int, height: int) -> bytes:
    larger = max(1.0, _LAYOUT_SIDE / max(width, height))
    return png(layout_image(canvas, round(width * larger), round(height * larger)))


def _file(picture: Picture, content: bytes, canvas: Canvas) -> Attachment[Wording]:
    name, hidden = f"{picture.turn}-{picture.number + 1}.png", picture.veil == Veil.SPOILER
    return Attachment(name, content, replies.alt_text(canvas), hidden)

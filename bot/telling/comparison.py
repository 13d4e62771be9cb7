"""Two turns beside each other: their pictures as one, and what changed from one to the other in words.

Pure but for the CPU time that a picture takes: call it on a thread.
"""

from __future__ import annotations

import io

from PIL import Image

from bot.catalogues.text import Lines, Text, Wording, listed
from bot.messages import COMPARISON_GAP as GAP
from bot.telling.lines import shortened
from bot.turns.conversation import TurnRecord
from bot.turns.provenance import is_marked, png_of
from omost_pipeline.canvas.difference import ChangeKind, RegionChange, difference
from omost_pipeline.canvas.elements import Region

_PAPER = (24, 24, 28)
_NAME = 60
_MOST = 12


def side_by_side(before: bytes, after: bytes) -> bytes:
    """Two pictures, each a file, as one PNG; the smaller one is made as large as the other."""
    read = [Image.open(io.BytesIO(content)) for content in (before, after)]
    pictures = [each.convert("RGB") for each in read]
    width, height = max(each.width for each in pictures), max(each.height for each in pictures)
    sheet = Image.new("RGB", (2 * width + GAP, height), _PAPER)
    for number, picture in enumerate(pictures):
        scale = min(width / picture.width, height / picture.height)
        size = round(picture.width * scale), round(picture.height * scale)
        shown = picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)
        corner = number * (width + GAP) + (width - size[0]) // 2, (height - size[1]) // 2
        sheet.paste(shown, corner)
    return png_of(sheet, marked=any(map(is_marked, read)))


def changes_in_words(before: TurnRecord, after: TurnRecord) -> Lines:
    """What changed, a line for each thing; that nothing did, where canvas and seed are the same."""
    lines: list[Wording] = []
    if before.canvas is not None and after.canvas is not None:
        found = difference(before.canvas, after.canvas)
        if found.scene:
            scenes = (shortened(each.scene.description, _NAME) for each in (before.canvas, after.canvas))
            lines.append(Text("compared-scene", before=next(scenes), after=next(scenes)))
        lines += [_changed(each) for each in found.changed[:_MOST]]
        if len(found.changed) > _MOST:
            lines.append(Text("compared-more", count=len(found.changed) - _MOST))
    if before.draft.size != after.draft.size:
        sizes = ("{} × {}".format(*each.draft.size) for each in (before, after))
        lines.append(Text("compared-size", before=next(sizes), after=next(sizes)))
    if before.draft.seed != after.draft.seed:
        lines.append(Text("compared-seed", before=str(before.draft.seed), after=str(after.draft.seed)))
    return Lines(tuple(lines) or (Text("compared-same"),))


def _changed(change: RegionChange) -> Wording:
    if change.before is None or change.after is None:
        region = change.after or change.before
        assert region is not None, "a change is of something"
        return Text("compared-added" if change.before is None else "compared-removed", name=_name(region))
    told = [said for kind, said in _PLACES.items() if kind in change.kinds]
    if ChangeKind.RECOLORED in change.kinds:
        told.append(Text("compared-recolored", before=change.before.color, after=change.after.color))
    if ChangeKind.REDESCRIBED in change.kinds:
        told.append(Text("compared-redescribed", after=_name(change.after)))
    return Text("compared-thing", name=_name(change.before), changes=listed(*told))


_PLACES = {
    ChangeKind.MOVED: Text("compared-moved"),
    ChangeKind.RESIZED: Text("compared-resized"),
    ChangeKind.NEARER: Text("compared-nearer"),
    ChangeKind.FARTHER: Text("compared-farther"),
}
"""What changed about a thing's place."""


def _name(region: Region) -> str:
    return shortened(region.description.strip().rstrip("."), _NAME) or "…"

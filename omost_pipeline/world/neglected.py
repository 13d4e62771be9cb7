"""Colour, place or size that was plainly asked of one thing, or of several alike, and of which nothing was done.

A small composer now and then writes the canvas as it was. Where it changed anything at all, it has the word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world import lexicon
from omost_pipeline.world.fitted import grown
from omost_pipeline.world.references import colors, references, spots
from omost_pipeline.world.stage import NO_OFFSET, head_of, painted, size_by

_MORE = re.compile(
    r"\b(?:don't|not|never|keep|without|no|slightly|little|bit|tad|touch|background|scene|each|and|then|also|instead|"
    r"an?|some|another|than|as|like|why|what|how|is|are|was|love)\b"
)
"""Where something else is said, or more than one thing is."""
_THEM = re.compile(r"\b(?:(?:both|all) of them|them (?:both|all)|them|they (?:both|all)|they)\b")
_WISH = r"make|set|let|have|give|get|want|should|must|could"
_COLORS = re.compile(rf"\b(?:{_WISH}|paint|repaint|turn|change|(?:re)?colou?r|dye|fill|tint|pick|use)\b")
_MOVES = re.compile(
    rf"\b(?:{_WISH}|move|push|pull|shift|drag|slide|slip|put|place|bring|send|transport|carry|take|align)\b"
)
_STEPS = {
    1: re.compile(r"\b(?:bigger|larger|enlarge|grow|blow up)\b"),
    -1: re.compile(r"\b(?:smaller|shrink|reduce)\b"),
}

_FURTHER = re.compile(r"\b(?:even|still|yet)\b")


def done(canvas: Canvas, before: Canvas, words: str, it: Region | None = None) -> Canvas:
    """The canvas, or where that is ``before`` again, ``before`` with what the words ask of one thing.

    ``it`` is what was spoken of last.
    """
    said = re.sub(r"\bi(?:'d| would) like\b", "i want", words.lower())
    if len(said) > LONGEST or (canvas.regions, canvas.scene) != (before.regions, before.scene) or _MORE.search(said):
        return canvas
    named, them = references(said, before, it), _THEM.search(said)
    if len(named) == 1 and them is None:
        [one] = named
        meant, around = [one.region], f"{said[: one.start]} , {said[one.end :]}"
    elif not named and them is not None:
        meant, around = _several(before, it), _THEM.sub(",", said)
    else:
        return canvas
    wanted = _wanted(around, len(meant))
    if wanted is None or (len(meant) == 1 and before.regions.count(meant[0]) > 1):
        return canvas
    return replace(canvas, regions=tuple(wanted(each) if each in meant else each for each in canvas.regions))


def _several(before: Canvas, it: Region | None) -> list[Region]:
    """All that are called as what was spoken of last, or all that are there where they are called alike."""
    heads = {head_of(each) for each in before.regions}
    head = head_of(it) if it is not None else heads.pop() if len(heads) == 1 else None
    alike = [each for each in before.regions if head_of(each) == head]
    return alike if len(alike) > 1 else []


def _wanted(said: str, count: int) -> Callable[[Region], Region] | None:
    """What the words around a name ask of so many things, if it is plain; several are not moved to one place."""
    color, spot = re.findall(rf"\b(?:{colors()})\b", said), re.findall(rf"\b(?:{spots()})\b", said)
    steps = [step for step, asked in _STEPS.items() if asked.search(said)]
    if len(color) == 1 and not spot and not steps and _COLORS.search(said):
        return lambda region: painted(region, color[0])
    if len(spot) == 1 and not color and not steps and count == 1 and _MOVES.search(said):
        place = next(location for location, names in lexicon.SPOTS.items() if spot[0] in names)
        return lambda region: replace(region, location=place, offset=NO_OFFSET, free_box=None)
    if len(steps) == 1 and not color and not spot:
        return lambda region: _resized(region, steps[0], further=_FURTHER.search(said) is not None)
    return None


def _resized(region: Region, steps: int, *, further: bool) -> Region:
    _, size, shape = region.area.split()[:3]
    if further and size_by(size, steps) == size:  # the largest that there are words for can be larger yet
        return replace(region, free_box=grown(region.box, steps))
    return replace(region, area=f"a {size_by(size, steps)} {shape} area", free_box=None)

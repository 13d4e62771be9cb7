"""Where an edit's words speak of exactly one thing of the canvas: "the red house on the left", "it"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.world import lexicon
from omost_pipeline.world.kinds import COLORS
from omost_pipeline.world.requests import plural
from omost_pipeline.world.stage import head_of

_NEW = re.compile(r"\b(?:an?|another|one|two|three|some|more) (?:[\w-]+ )?$")
"""What stands before a thing that is yet to come."""


@dataclass(frozen=True)
class Reference:
    """``region`` is what the words from ``start`` to ``end`` speak of."""

    start: int
    end: int
    region: Region
    is_it: bool = False


def references(said: str, before: Canvas, it: Region | None) -> list[Reference]:
    """Where the words, without capitals, speak of exactly one thing, in their order; ``it`` is who is meant by that."""
    heads = "|".join(sorted({re.escape(head_of(each)) for each in before.regions}, key=len, reverse=True))
    thing = re.compile(
        rf"\b(?:the )?(?:(?P<color>{colors()}) )?(?:(?P<head>{heads})(?: (?:on|in|at|to) the (?P<spot>{spots()}))?\b"
        r"(?!-)(?! (?:side )?of\b(?! the picture))|(?P<it>it)\b)"
    )
    found = list[Reference]()
    for each in thing.finditer(said):
        end = each.end()
        if each["it"]:
            region = it if it in before.regions else None
        elif _NEW.search(said[: each.start()]):
            continue
        else:
            region = _only(before, each["head"], each["color"], each["spot"])
            if region is None and each["spot"]:  # so it is where it is to be
                region, end = _only(before, each["head"], each["color"], None), each.end("head")
        if region is not None:
            found.append(Reference(each.start(), end, region, bool(each["it"])))
    return found


def called(thing: Region) -> str:
    """A pattern of what one or several such things are called: ``(?:dog|dogs)\\b``."""
    return rf"(?:{re.escape(head_of(thing))}|{re.escape(plural(head_of(thing)))})\b"


def _only(before: Canvas, head: str, color: str | None, spot: str | None) -> Region | None:
    """The one thing of a canvas that is called so; None of several."""
    found = [each for each in before.regions if head_of(each) == head]
    if color is not None:
        found = [each for each in found if f" {color} " in each.description.lower()]
    if spot is not None:
        found = [each for each in found if spot in lexicon.SPOTS.get(each.location, ())]
    return found[0] if len(found) == 1 else None


@cache
def colors() -> str:
    """A pattern of the colours that the world has."""
    return "|".join(sorted(COLORS, key=len, reverse=True))


@cache
def every_color() -> str:
    """A pattern of the colours that the world has, and of all others that have names there."""
    return "|".join(map(re.escape, sorted((*COLORS, *lexicon.RARE_COLORS), key=len, reverse=True)))


@cache
def spots() -> str:
    """A pattern of the places in a picture."""
    found = {spot for called in lexicon.SPOTS.values() for spot in called}
    return "|".join(sorted(map(re.escape, found), key=len, reverse=True))

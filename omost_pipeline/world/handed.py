"""What an edit adds to a picture of the world: nothing goes for it, and what somebody is given stands where they do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.world.carried import carried
from omost_pipeline.world.kinds import COLORS, with_article, words_of_things
from omost_pipeline.world.stage import Hold, head_of


def with_what_stood(canvas: Canvas, before: Canvas) -> Canvas:
    """The canvas with all things of ``before``, those first that it has lost."""
    there = Counter(head_of(region) for region in canvas.regions)
    lost = list[Region]()
    for region in before.regions:
        there[head_of(region)] -= 1
        if there[head_of(region)] < 0:
            lost.append(region)
    return replace(canvas, regions=(*lost, *canvas.regions)) if lost else canvas


def handed(canvas: Canvas, before: Canvas, whom: Region, hold: Hold) -> Canvas:
    """The canvas with the one thing that came where ``whom`` wears, holds or rides it; if only one came."""
    stood = set(before.regions)
    came = [number for number, region in enumerate(canvas.regions) if region not in stood]
    if len(came) != 1 or whom not in canvas.regions:
        return canvas
    regions, [number] = list(canvas.regions), came
    if hold == "riding":
        mount = replace(regions[number], location=whom.location, offset=whom.offset)
        regions[number], regions[regions.index(whom)] = mount, carried(whom, mount, hold)
    else:
        regions[number] = carried(regions[number], whom, hold)
    return replace(canvas, regions=tuple(regions))


def well_said(canvas: Canvas) -> Canvas:
    """The canvas with the right article before each thing."""
    return replace(canvas, regions=tuple(map(_well_said, canvas.regions)))


def as_said(canvas: Canvas, before: Sequence[Region], words: str) -> Canvas:
    """The canvas with what came called as in the ``words``: a small model misspells what it never learnt."""
    spoken = set(re.findall(r"[a-z]{4,}", words.lower()))
    spoken |= {word.removesuffix("s") for word in spoken}

    def right(found: re.Match[str]) -> str:
        word = found[0]
        if word in spoken or word in _known():
            return word
        return next(iter(get_close_matches(word, spoken, 1, _ALIKE)), word)

    return replace(
        canvas,
        regions=tuple(
            each if each in before else replace(each, description=re.sub(r"\b[a-z]{4,}\b", right, each.description))
            for each in canvas.regions
        ),
    )


_ALIKE = 0.75


@cache
def _known() -> frozenset[str]:
    """Every word of the larger world's things and colours."""
    return words_of_things() | {word for name in COLORS for word in name.split()}


def _well_said(region: Region) -> Region:
    article, _, words = region.description.rstrip(".").partition(" ")
    if article not in ("A", "An") or not words:
        return region
    return replace(region, description=with_article(words))

"""Where a first canvas is, put right where a small model mistook it: a vase is a thing, and a boat floats on the sea.

What the words have "in a vase" gets a place called vase, and what is on the sea the place of what is under it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world.kinds import BACKGROUNDS, DEFAULT_BACKGROUND, with_article
from omost_pipeline.world.relations import HOLDERS
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of

OPEN_SEA = GlobalDescription("The open sea.", color="skyblue")
"""The sea as it is seen from above; the world's own is the deep one."""

_UPON = re.compile(r"\bon (?:the|an?) (?:(?!of\b)[a-z]+ )?(?:sea|ocean|water|waves)\b")


def out_of_no_thing(canvas: Canvas, words: str) -> Canvas:
    """The canvas with a thing of that name in the usual place, where its place is called as a thing is: ``A vase.``"""
    place = next((each for each in HOLDERS if canvas.scene.description == with_article(each)), None)
    if place is None or place not in words.lower():
        return canvas
    usual = BACKGROUNDS[DEFAULT_BACKGROUND]
    [thing] = canvas_of(add(Scene(()), Mention(place, place))).regions
    scene = replace(canvas.scene, description=usual.description, color=usual.color)
    return Canvas(scene, (*canvas.regions, thing))


def on_the_sea(canvas: Canvas, words: str) -> Canvas:
    """The canvas on the open sea, where the words have something on it and the canvas in it."""
    if len(words) > LONGEST or not _UPON.search(words.lower()) or canvas.scene.description != _SEA.description:
        return canvas
    return replace(canvas, scene=replace(canvas.scene, description=OPEN_SEA.description, color=OPEN_SEA.color))


_SEA = BACKGROUNDS["sea"]

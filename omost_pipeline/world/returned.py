"""What comes back as it was: "bring the balloons back", once they have been taken out or something stood in for them.

A small composer knows what is to come back and guesses the rest; the conversation's canvases know how it looked. Knows
no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world.references import called
from omost_pipeline.world.requests import plural
from omost_pipeline.world.stage import head_of

_BACK = re.compile(
    r"\b(?:back|again|once more|return|restore|reinstate|recover|revive|reappear|undelete|unhide|re-?(?:add|insert)|"
    r"miss|do(?:n't| not) remove|undo (?:removing|the removal))\b"
)
_OTHERWISE = re.compile(
    r"\b(?:left|right|top|bottom|cent(?:er|re)|middle|corner|bigger|larger|smaller|huge|tiny|behind|next to|beside|"
    r"in front|under|above|on|to the back|but|and|then|instead)\b"
)
"""Where more is said of it than that it is to come back, the composer has the word."""


def returned(canvas: Canvas, canvases: Sequence[Canvas], words: str) -> Canvas:
    """The canvas, in which what the words want back is as it was when it was last there.

    ``canvases`` are those of the conversation, the last of them the one before this.
    """
    said = words.lower()
    if len(said) > LONGEST or not _BACK.search(said) or _OTHERWISE.search(said):
        return canvas
    before = canvases[-1].regions
    for earlier in reversed(canvases[:-1]):
        back = [each for each in earlier.regions if _is_meant(each, said) and _is_gone(each, before, said)]
        if back:
            return _with(canvas, before, _as_many(back, said))
    return canvas


def _is_gone(region: Region, before: Sequence[Region], said: str) -> bool:
    """Whether nothing of its name is there any more, or, where the words have its colour, nothing that looks so."""
    alike = [each for each in before if head_of(each) == head_of(region)]
    return not alike or (_name_of(region) in said and all(_name_of(each) != _name_of(region) for each in alike))


def _name_of(region: Region) -> str:
    """``red balloon`` of "A red balloon."."""
    return region.description.rstrip(".").lower().partition(" ")[2]


def _is_meant(region: Region, said: str) -> bool:
    """Whether the words speak of it as of what is known: "the dog", not "a dog"."""
    name = called(region)
    return bool(re.search(rf"\b{name}", said)) and not re.search(rf"\b(?:an?|another|new) (?:[\w-]+ )?{name}", said)


def _as_many(back: Sequence[Region], said: str) -> list[Region]:
    """All that are called so where the words have several, else one: the one whose colour they name, if they do."""
    heads = {head_of(each) for each in back}
    several = {head for head in heads if re.search(rf"\b{re.escape(plural(head))}\b", said) and plural(head) != head}
    chosen = [each for each in back if head_of(each) in several]
    for head in sorted(heads - several):
        alike = [each for each in back if head_of(each) == head]
        named = [each for each in alike if _name_of(each) in said]
        chosen.append((named or alike)[0])
    return chosen


def _with(canvas: Canvas, before: Sequence[Region], back: Sequence[Region]) -> Canvas:
    heads = {head_of(each) for each in back}
    stay = [each for each in before if each in canvas.regions]
    others = [each for each in canvas.regions if each not in before and head_of(each) not in heads]
    return replace(canvas, regions=(*stay, *others, *back))

"""Where a whole picture is, when its words name a place: "a cat on a dark street", "make it a desert".

A small model makes a thing of a place that it was taught in other words. Here a place is the scene, as it is called,
and no thing of it stands on the canvas. What may be a thing of the world as well, an island or a bridge, is the
model's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world import lexicon
from omost_pipeline.world.kinds import (
    BACKGROUNDS,
    DEFAULT_BACKGROUND,
    KINDS,
    MORE_BACKGROUNDS,
    glyphs,
    kind_of,
    place_for,
    with_article,
)
from omost_pipeline.world.stage import NO_OFFSET, head_of
from omost_pipeline.world.times import LEAD

_KNOWN = {
    **{name: name for name in ("meadow", "beach", "desert", "space", "city", "room", "sea")},
    "ocean": "sea",
    "field": "meadow",
    "town": "city",
    "outer space": "space",
    "dunes": "desert",
}
"""What a scene of the world is called, as an edit asks for it."""

_CALLED = {"road": "street", "pond": "lake", "woods": "forest", "wood": "forest"}
"""A place that nobody was taught → the one that looks so."""

_MORE = ("river", "graveyard", "countryside")
_END = r"(?:,? (?:please|pls|now|instead|rather))*[ .!?]*"
_IT = r"(?:it|this|that|them|him|her|everything|everyone|all(?: of (?:it|them))?)"
_WHOLE = r"(?:the (?:whole )?(?:picture|image|scene|scenery|background|backdrop|setting|place|landscape|thing))"
_IN = r"(?:in|on|at|into|onto|to|inside|by)"
_LOOKS = r"(?P<looks>(?:(?!(?:of|and|the|with|in|on)\b)[a-z-]+ ){0,2}?)"


def at_its_place(canvas: Canvas, words: str) -> Canvas:
    """A first canvas that is where its words say, if they name a place of which the model made a thing, or nothing."""
    found = None if len(words) > LONGEST else _where().search(words.lower())
    if found is None or found["place"] in {head_of(each) for each in canvas.regions if head_of(each) in _things()}:
        return canvas
    place, looks, scene = found["place"], found["looks"], canvas.scene.description
    if scene == BACKGROUNDS["night"].description:
        looks = re.sub(r"^(?!.*\bdark )", "dark ", looks)
    usual = scene in (BACKGROUNDS["night"].description, BACKGROUNDS[DEFAULT_BACKGROUND].description)
    if (place in _KNOWN and "dark" not in found["looks"]) or not (usual or place in scene.lower()):
        return canvas
    others = tuple(each for each in canvas.regions if head_of(each) != place.split()[-1])
    if len(others) < len(canvas.regions):
        others = _without_it(others, words.lower())
    there = replace(canvas, scene=_named(canvas.scene, looks, _CALLED.get(place, place)))
    return replace(there, regions=others) if others or found["whole"] is not None else there


def at_another_place(words: str, before: Canvas) -> Canvas | None:
    """The canvas where the English words of an edit have it; None where they say anything else."""
    said = words.lower().strip()
    if len(said) > LONGEST:
        return None
    found = next((found for form in _forms() if (found := form.fullmatch(said)) is not None), None)
    if found is None or found["place"] in map(head_of, before.regions):
        return None
    return replace(before, scene=_named(before.scene, found["looks"], _CALLED.get(found["place"], found["place"])))


def _without_it(things: Sequence[Region], said: str) -> tuple[Region, ...]:
    """What stood on the place, or small in it, as it stands where that is no thing."""
    is_small = re.search(r"\b(?:small|tiny|little)\b", said) is not None
    is_placed = re.search(r"\b(?:left|right|top|bottom|cent(?:er|re)|middle|corner|above|below|under)\b", said)
    found = list[Region]()
    for each in things:
        size, shape = each.area.split()[1:3]
        area = each.area if size != "small" or is_small else f"a medium-sized {shape} area"
        carried = each.offset != NO_OFFSET  # by one of the others
        if is_placed or carried or each.free_box is not None:
            found.append(each if carried else replace(each, area=area))
            continue
        kind = kind_of(head_of(each))
        place = place_for(kind.habitat, {other.location for other in found})
        found.append(replace(each, area=area, location=place, distance_to_viewer=kind.distance))
    return tuple(found)


def _named(scene: GlobalDescription, looks: str, place: str) -> GlobalDescription:
    """The scene in a place: as the world has it, or as it is called."""
    if place in _KNOWN and "dark" not in looks:
        known = BACKGROUNDS[_KNOWN[place]]
        return replace(scene, description=known.description, color=known.color, free_rgb=None)
    color = BACKGROUNDS[DEFAULT_BACKGROUND].color
    return replace(scene, description=with_article(f"{looks}{place}"), color=color, free_rgb=None)


def _places() -> frozenset[str]:
    """Every name of a place that is no thing and no scene of the world."""
    beyond = {*lexicon.PLACES_BEYOND.seen, *lexicon.PLACES_BEYOND.kept, *_MORE, *_CALLED}
    return frozenset(each for each in beyond if each.split()[-1] not in _things()) - {*BACKGROUNDS, *MORE_BACKGROUNDS}


@cache
def _things() -> frozenset[str]:
    return frozenset((*KINDS, *glyphs()))


@cache
def _where() -> re.Pattern[str]:
    """A place behind what says that something is there, or first of all; of ``a street lamp`` it is none."""
    behind = "at|in|with|by|under|during|while|near|on|beside|next"
    return re.compile(
        rf"(?:\b{_IN} |^(?P<whole>(?:(?:draw|paint|show)(?: me)? )?))(?:an?|the|my|our) {_LOOKS}"
        rf"(?P<place>{_any(_places() | set(_KNOWN))})\b(?!-)"
        rf"(?(whole)(?= (?:{behind})\b|[.!]|$)|(?= (?:{behind}|and)\b|[.,;!]|$))"
    )


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    place = rf"(?:(?:an?|the|some) )?{_LOOKS}(?P<place>{_any(_places() | set(_KNOWN))})"
    put = (
        rf"(?:(?:put|set|place|move|take|bring|show|let) (?:{_IT}|(?:the|my) [\w-]+)(?: be)?|{_IT} (?:should|must) be)"
    )
    forms = (
        rf"(?:(?:{put}|{_IT} (?:should|must) be) )?{_IN} {place}",
        rf"(?:make|turn|change|let|set) (?:{_IT}|{_WHOLE})(?: (?:be|to|into|in|look like|a picture of))* {place}",
        rf"(?:replace|swap|switch|exchange) {_WHOLE} (?:with|by|for) {place}",
        rf"(?:(?:add|put|draw|show|with|use|make) )?{place} (?:(?:in|as|for) the )?(?:background|backdrop)",
    )
    return tuple(re.compile(f"{LEAD}{form}{_END}") for form in forms)


def _any(names: frozenset[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))

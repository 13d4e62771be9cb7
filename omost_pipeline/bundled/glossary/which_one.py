"""Which thing of a canvas an edit means that does not name it: "the middle one", "one of the dogs", or just "bigger".

Rules of English word order, no parser: what they do not know stays as it was said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from omost_pipeline.bundled.glossary.entries import several
from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.difference import difference
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import GRID
from omost_pipeline.canvas.wording import name_and_rest

_BARE = re.compile(
    r"(?:now |please |maybe |perhaps |how about |what about |colou?r:? |"
    r"(?:a )?(?:bit|little) |much |even |more |in |to the |on the )*"
    r"(?P<said>bigger|larger|smaller|left|right|top|bottom|center|middle|[a-z]+)"
    r"(?:,? (?:maybe|perhaps|please|pls))?[.!?]*",
    re.IGNORECASE,
)
_SIDES = frozenset(("left", "right", "top", "bottom", "center", "middle"))
_SIZES = frozenset(("bigger", "larger", "smaller"))
_COLOR_TO = re.compile(
    r"(?:please )?(?:change|set|turn|make|switch) (?:the|its) colou?r (?:to |into |be )?(?P<color>[a-z]+)"
    r"(?: please| pls| instead)*[.!]*",
    re.IGNORECASE,
)
_ACROSS = re.compile(
    r"(?:please )?(?:(?:put|move|place) it )?(?:(?:on|to|onto) )?(?:the )?(?:other|opposite) side(?: please)?[.!]*",
    re.IGNORECASE,
)
_ASIDE = 2.0
"""How many cells from the middle something is on a side."""
_OTHER_SIDE = re.compile(
    r"(?P<lead>\bthe (?:[\w-]+ )?(?P<thing>[\w-]+) (?:over )?(?:on|to|onto) the )(?:other|opposite) side\b(?! of)",
    re.IGNORECASE,
)
_ONE_OF = re.compile(r"\bone of (?:them|the (?P<name>[\w ]+?s))\b", re.IGNORECASE)
_ONE_AT = re.compile(
    r"\bthe (?P<where>left|right|middle|center|centre|central|top|bottom|upper|lower)(?:-?most)? one\b",
    re.IGNORECASE,
)
_EDGES = {"left": (0, 0), "right": (0, -1), "top": (1, 0), "upper": (1, 0), "bottom": (1, -1), "lower": (1, -1)}
"""Word → axis along which things are sorted, and which of them is meant; any other is the middle one of three."""


def name_of(region: Region) -> str:
    """What a bundled composer calls a thing, without its colour: ``dog`` of "A brown dog with a hat."."""
    words = name_and_rest(region.description)[0].split()[1:]
    named = [word for word in words if not is_color_word(word.lower())]
    return " ".join(named or words).lower()


def of_what_was_spoken_of(words: str, canvases: Sequence[Canvas]) -> str | None:
    """``make the robot bigger`` of "bigger", ``move the robot to the left`` of "left"; None of words that say more."""
    bare, color = _BARE.fullmatch(words), _COLOR_TO.fullmatch(words)
    if not canvases[-1].regions:
        return None
    thing = spoken_of(canvases)
    it = f"the {name_of(thing)}"
    if color is not None and is_color_word(color["color"].lower()):
        return f"make {it} {color['color']}"
    if _ACROSS.fullmatch(words) and (side := _opposite(thing)) is not None:
        return f"move {it} to the {side}"
    said = "" if bare is None else bare["said"].lower()
    if said in _SIDES:
        return f"move {it} to the {said}"
    even = "even " if said in _SIZES and "even" in words.lower() else ""
    return f"make {it} {even}{said}" if said in _SIZES or is_color_word(said) else None


def which_one(words: str, before: Canvas) -> str:
    """The words with the name and the place of what they call one of several."""
    words = _OTHER_SIDE.sub(lambda found: _other_side(found, before), words)
    words = _ONE_OF.sub(lambda found: _one_of(found, before), words)
    return _ONE_AT.sub(lambda found: _one_at(found, before), words)


def _one_at(found: re.Match[str], before: Canvas) -> str:
    """``the dog in the center`` of "the middle one", where the dogs are several, and nothing else is."""
    several_of = [name for name, count in Counter(map(name_of, before.regions)).items() if count > 1]
    alike = [each for each in before.regions if name_of(each) in several_of[:1]]
    axis, which = _EDGES.get(found["where"].lower(), (0, len(alike) // 2))
    if len(several_of) != 1 or (which > 0 and len(alike) % 2 == 0):
        return found[0]
    sides = [(each.box.left + each.box.right, each.box.top + each.box.bottom)[axis] for each in alike]
    order = sorted(range(len(alike)), key=lambda number: sides[number])
    one = alike[order[which]]
    is_sure = sides.count(sides[order[which]]) == 1 and [each.location for each in alike].count(one.location) == 1
    return f"the {name_of(one)} {one.location}" if is_sure else found[0]


def _other_side(found: re.Match[str], before: Canvas) -> str:
    """``the tree on the left`` of "the tree on the other side", which now is on the right."""
    there = [each for each in before.regions if name_of(each) == found["thing"].lower()]
    side = _opposite(there[0]) if len(there) == 1 else None
    return found[0] if side is None else f"{found['lead']}{side}"


def _one_of(found: re.Match[str], before: Canvas) -> str:
    """``the dog in the center`` of "one of the dogs", or of "one of them" where only dogs are several."""
    names = [name_of(region) for region in before.regions]
    several_of = {name for name in names if found["name"] in (several(name), None) and names.count(name) > 1}
    if len(several_of) != 1:
        return found[0]
    one = before.regions[names.index(several_of.pop())]
    return f"the {name_of(one)} {one.location}"


def _opposite(thing: Region) -> str | None:
    """The other side of the picture; None of what stands in its middle."""
    middle = (thing.box.left + thing.box.right) / 2
    return "left" if middle > GRID / 2 + _ASIDE else "right" if middle < GRID / 2 - _ASIDE else None


def spoken_of(canvases: Sequence[Canvas]) -> Region:
    """The one thing that the last edit changed; else what the first request was about, which is written first."""
    return last_changed(canvases) or canvases[-1].regions[0]


def last_changed(canvases: Sequence[Canvas]) -> Region | None:
    """The one thing that the last edit changed; None where it changed several, or was the first request."""
    if len(canvases) < 2:
        return None
    changed = [each.after for each in difference(canvases[-2], canvases[-1]).changed if each.after is not None]
    return changed[0] if len(changed) == 1 else None

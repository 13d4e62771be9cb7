"""What the words have on, in or under another thing of the canvas: "a cat sleeping on a sofa", "a bird in the tree".

Rules of English word order, no parser: between the two names may stand what the first does or is made of. Knows no
boxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world.requests import plural

Manner = Literal["on", "in", "under"]


@dataclass(frozen=True)
class Rest:
    """The number of a thing, and that of the other which it is on, in or under."""

    thing: int
    manner: Manner
    other: int


_PREPOSITIONS: dict[str, Manner] = {
    **dict.fromkeys(("on", "onto", "upon", "on top of", "riding", "rides"), "on"),
    **dict.fromkeys(("in", "inside", "inside of", "into", "within"), "in"),
    **dict.fromkeys(("under", "underneath", "beneath", "below"), "under"),
}
_THE = r"(?:an?|the|my|his|her|its|one|two|three|another|some)"
HOLDERS = ("bowl", "basket", "box", "bucket", "vase", "cup", "pot", "jar", "bag", "nest")
"""Of what is full of something, ``a bowl of fruit``, the names."""
_LOOKS = r"(?:(?!(?:and|or|of|with|in|on|at|under|over|by|to)\b)[\w-]+ ){0,3}"
_ELSE = r"and|or|with|in|inside|on|onto|upon|under|below|beneath|behind|over|above|beside|next|near"
_AFTER = rf"(?:(?!(?:{_ELSE})\b)[\w-]+ ){{0,3}}"
"""Words behind a name that tell what it does or is made of: ``is sleeping``, ``of coffee``."""
_PLACED = re.compile(
    r"(?<!on )\b(?:left|right|cent(?:er|re)|middle|top|bottom|upper|lower|corner|background|foreground|distance)\b"
    r"(?! of (?:an?|the|my) )"
)
"""Words by which somebody says where in the picture something is to be."""


def related(heads: Sequence[str], words: str) -> list[Rest]:
    """The things, by what they are called, that the words have on, in or under another; none where they say where else.

    Each thing rests on one other at most, and on none that rests on it.
    """
    said = words.lower()
    if len(said) > LONGEST or len(heads) < 2 or _PLACED.search(said):
        return []
    found = dict[int, Rest]()
    for each in _meant(heads, said):
        if each.thing not in found and not _leads_to(found, each.other, each.thing):
            found[each.thing] = each
    return [found[number] for number in sorted(found)]


def _leads_to(found: dict[int, Rest], start: int, end: int) -> bool:
    """Whether one thing rests on another, by however many between them."""
    while start in found and start != end:
        start = found[start].other
    return start == end


def _meant(heads: Sequence[str], said: str) -> Iterator[Rest]:
    names = {name: head for head in heads for name in (head, plural(head))}
    thing = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    how = "|".join(sorted(_PREPOSITIONS, key=len, reverse=True))
    form = re.compile(
        rf"(?:\b(?P<first>{thing}),? and (?:{_THE} )?{_LOOKS})?\b(?P<what>{thing}) {_AFTER}"
        rf"(?P<how>{how}) {_THE} {_LOOKS}(?P<other>{thing})\b"
    )
    for full in re.finditer(rf"\b(?P<other>{'|'.join(HOLDERS)}) of {_LOOKS}(?P<what>{thing})\b", said):
        for number, head in enumerate(heads):
            if full["other"] in heads and head == names[full["what"]]:
                yield Rest(number, "in", heads.index(full["other"]))
    start = 0
    while (match := form.search(said, start)) is not None:
        start = match.start("other")
        other = names[match["other"]]
        there = [number for number, head in enumerate(heads) if head == other]
        if len(there) != 1:
            continue
        for name in filter(None, (match["first"], match["what"])):
            for number, head in enumerate(heads):
                if head == names[name] and head != other:
                    yield Rest(number, _PREPOSITIONS[match["how"]], there[0])

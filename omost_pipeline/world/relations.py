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
_HOLDING = r"holding|carrying|wearing"
_STANDS = r"(?:is|are|sits|stands|lies|sleeps)"
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
    what = rf"(?:\b(?P<first>{thing}),? (?P<joint>and|with|{_HOLDING}) (?:{_THE} )?{_LOOKS})?\b(?P<what>{thing})"
    other = rf"(?P<how>{how}) (?:{_THE} )?{_LOOKS}(?P<other>{thing})\b"
    forms = rf"{what} {_AFTER}{other}", rf"\b{other},? (?:there )?{_STANDS} {_THE} {_LOOKS}{what}\b"
    for full in re.finditer(rf"\b(?P<other>{'|'.join(HOLDERS)}) of {_LOOKS}(?P<what>{thing})\b", said):
        for number, head in enumerate(heads):
            if full["other"] in heads and head == names[full["what"]]:
                yield Rest(number, "in", heads.index(full["other"]))
    others = set[int]()
    for match in (each for form in forms for each in _overlapping(form, said)):
        there = [number for number, head in enumerate(heads) if head == names[match["other"]]]
        both = (match["first"], match["what"]) if match["joint"] in ("and", None) else (match["first"],)
        if match["joint"] == "and" and match.start("first") in others:  # a cat on a sofa and a cup on a table
            both = (match["what"],)
        others.add(match.start("other"))
        for name in filter(None, both):
            for number, head in enumerate(heads):
                if head == names[name] and number not in there and len(there) == 1:
                    yield Rest(number, _PREPOSITIONS[match["how"]], there[0])


def _overlapping(form: str, said: str) -> Iterator[re.Match[str]]:
    """What is found, also where one begins with the last name of another: a candle on a cake on a table."""
    start, pattern = 0, re.compile(form)
    while (match := pattern.search(said, start)) is not None:
        start = max(match.start("other"), match.start() + 1)
        yield match

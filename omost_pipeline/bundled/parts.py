"""What belongs to a thing of the canvas and is no thing beside it: "a house with a red roof".

The thing's own description takes it: the models draw it or do not, and put nothing beside it. Rules of English word
order, no parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from omost_pipeline.bundled.glossary.entries import several
from omost_pipeline.bundled.glossary.first_words import part_names, parts_of
from omost_pipeline.bundled.glossary.next_words import meant
from omost_pipeline.bundled.glossary.which_one import name_of
from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.wording import LONGEST, name_and_rest

_PART = part_names()
_COUNT = "an?|some|two|three|four|five|six|eight"
_WHAT = rf"(?P<what>(?:(?:{_COUNT}) )?(?:(?!(?:{_COUNT}|the|and|or|as)\b)[\w-]+ ){{0,2}}(?:{_PART}))"
_WHOM = r"(?P<whom>(?:the|my) [\w-]+(?: [\w-]+)??)"
_SHOULD = r"(?:(?:should|must|could|may|needs? to|has to|is to|to) )*"
_LEAD = r"(?:(?:please|now|and|also|then|ok|okay|can you|could you|i want|i'd like) )*"
_END = r"(?:,? (?:too|as well|please|pls|instead|now))*[ .!?]*"
_GIVEN = tuple(
    re.compile(_LEAD + form + _END)
    for form in (
        rf"(?:give|lend) {_WHOM} {_WHAT}",
        rf"(?:make |let |have )?{_WHOM} {_SHOULD}(?:have|has|need|needs|get|gets|with) {_WHAT}",
        rf"(?:add|put|draw|paint|make) {_WHAT} (?:to|on|onto|for|at) {_WHOM}",
        rf"{_WHAT} (?:for|on) {_WHOM}",
    )
)
_COLORED = re.compile(
    rf"{_LEAD}(?:(?:make|paint|colou?r|turn|draw|change) )?(?:the (?P<part>{_PART})(?: (?:of|on) {_WHOM})?|"
    rf"(?P<owner>(?:the|my) [\w-]+(?: [\w-]+)??)'s (?P<owned>{_PART})) "
    rf"(?:(?:should|must|to|be|is|are|in|into) )*(?P<color>(?:(?:light|dark|bright|pale) )?[a-z]+){_END}"
)
_GONE = re.compile(
    rf"{_LEAD}(?:remove|delete|erase|take away|get rid of) the (?:[\w-]+ )?(?P<part>{_PART})"
    rf"(?: (?:of|on|from) {_WHOM})?{_END}"
)


def with_part(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    """The canvas with a part given to one of its things, coloured or taken away; None where words speak of no such."""
    before = canvases[-1]
    if len(words) > LONGEST or not before.regions:
        return None
    said = meant(words, canvases).lower().strip()
    if (given := next((found for form in _GIVEN if (found := form.fullmatch(said)) is not None), None)) is not None:
        return _described(before, _whose(given["whom"], before), given["what"])
    if (colored := _COLORED.fullmatch(said)) is not None and is_color_word(colored["color"].split()[-1]):
        part = colored["part"] or colored["owned"]
        if not _is_thing(part, before):
            whose = _owner(colored["whom"] or colored["owner"], part, before)
            article = "" if re.search(r"(?:s|hair|fur|skin|teeth|feet)$", part) else "a "
            return _described(before, whose, f"{article}{colored['color']} {part}")
    if (gone := _GONE.fullmatch(said)) is not None and not _is_thing(gone["part"], before):
        whose = _owner(gone["whom"], gone["part"], before)
        return None if whose is None else _replaced(before, whose, _without(whose, gone["part"]))
    return None


def described_with_parts(canvas: Canvas, words: str) -> Canvas:
    """A first request's canvas whose things are described with the parts that the words give them."""
    regions = list(canvas.regions)
    for owner, what in parts_of(words.lower()):
        *looks, noun = owner.split()
        alike = [
            number
            for number, each in enumerate(regions)
            if noun in (last := name_of(each).split()[-1], several(last)) and not name_and_rest(each.description)[1]
        ]
        if noun not in {name_of(regions[number]).split()[-1] for number in alike}:  # "three houses with red roofs"
            meant = alike
        else:
            meant = sorted(alike, key=lambda each: -len(set(looks) & set(regions[each].description.lower().split())))[
                :1
            ]
        for number in meant:
            regions[number] = replace(regions[number], description=f"{regions[number].description[:-1]} with {what}.")
    return replace(canvas, regions=tuple(regions))


def _is_thing(part: str, before: Canvas) -> bool:
    return any(name_of(each).split()[-1] == part for each in before.regions)


def _owner(whom: str | None, part: str, before: Canvas) -> Region | None:
    """Whose part it is: theirs who are named, else of the one that has it, else of the only thing that there is."""
    if whom is not None:
        return _whose(whom, before)
    having = [each for each in before.regions if re.search(rf"\b{part}\b", name_and_rest(each.description)[1])]
    alone = having or list(before.regions)
    return alone[0] if len(alone) == 1 else None


def _whose(words: str, before: Canvas) -> Region | None:
    """The one thing that ``the old house`` is."""
    called = [each for each in before.regions if re.search(rf"\b{re.escape(name_of(each).split()[-1])}$", words)]
    looks = words.split()[1:-1]
    named = [each for each in called if all(f" {look} " in each.description.lower() for look in looks)]
    found = named or called
    return found[0] if len(found) == 1 else None


def _described(before: Canvas, whose: Region | None, what: str) -> Canvas | None:
    """The canvas where a thing has ``a red roof``, in place of the roof that it had."""
    if whose is None:
        return None
    bare = _without(whose, what.rpartition(" ")[2])
    joint = " and" if " with " in bare else " with"
    return _replaced(before, whose, f"{bare}{joint} {what}")


def _without(whose: Region, part: str) -> str:
    name, rest = name_and_rest(whose.description)
    rest = re.sub(rf"( with| and) (?:(?!and\b|with\b)[\w-]+ ){{0,3}}{part}\b", "", rest)
    return name + re.sub(r"^ and ", " with ", rest)


def _replaced(before: Canvas, old: Region, description: str) -> Canvas:
    new = replace(old, description=f"{description}.")
    return replace(before, regions=tuple(new if each is old else each for each in before.regions))

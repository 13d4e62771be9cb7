"""What an edit's words say of the things that they name: which of two alike has changed, and where it now stands.

A small model writes an edit's canvas right nine times in ten; else it has mostly taken the wrong one of two, or put
what came in the wrong place. Both can be told from the words. What else they say is the model's to understand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache
from typing import get_args

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.numbers import NUMBERS, SEVERAL
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world import lexicon
from omost_pipeline.world.exchanged import exchanged, where
from omost_pipeline.world.kinds import SIZES, with_article, words_of_things
from omost_pipeline.world.references import Reference, called, colors, references
from omost_pipeline.world.requests import plural
from omost_pipeline.world.stage import NO_OFFSET, Relation, head_of, painted, stand

_REPLACES = re.compile(
    r"\b(?:replace|substitute|swap(?: out)?|exchange|trade(?: in)?|switch(?: out)?|turn|convert|transform|change|morph|"
    r"instead of|in place of|than) $"
)
"""What stands before a thing that another one stands in for."""

_DRAWS = re.compile(r"\b(?:draw|redraw|paint|repaint|show|render|remake|redo) $")
"""As :data:`_REPLACES`, where an "as" follows."""

_ALL = re.compile(r"(?:all |both )?(?:of )?(?:the )?$")

_REMOVE = "remove|delete|erase|drop|lose|strike|clear|wipe|discard|ditch|scrap|eliminate"
_TAKES = re.compile(
    rf"\b(?:{_REMOVE}|get rid|no more|away|gone|"
    r"(?:kick|take|throw|leave|cut|get)\b.*\bout)\b"
)
_TAKES_ONE = re.compile(
    rf"\b(?:{_REMOVE}|get rid of|"
    r"(?:kick|take|throw|leave|cut|get)(?: (?:out|away))?) $"
)
_UNWANTED = re.compile(
    r"\b(?:there (?:should|must)(?:n't| not) be(?: any)?|(?:does|do)(?:n't| not) need(?: any)?|needs? no|"
    r"(?:can|could) do without|(?:is|looks|would be|would look) better without)\b"
)
"""Other words for "remove"."""
_NO_MORE = re.compile(
    r"(?: (?:out|away|off|now|completely|from (?:the|this) (?:picture|image|scene|canvas)))?"
    r"(?:,? (?:please|pls|thanks|thank you|a lot|very much|for me|okay|ok))*[ .,!?:)]*$"
)
"""What may stand behind a thing of which no more is said than that it is to go."""
_ELSE = re.compile(
    r"\b(?:don't|not|never|keep|with|for|by|instead|but|except|to|left|right|one of|some of|"
    r"from the (?!picture|image))\b"
)
"""What stands where more is said than that something is to go."""

_TWO = re.compile(r"\b(?:and|then|also)\b")
"""What stands between two wishes."""

_MEANS_ANY = re.compile(
    r"\b(?:it|its|them|they|their|he|him|his|she|her|all|any|both|each|every\w*|ones?|rest|others?|things?|that|this|"
    r"these|those|who|people|animals?|undo|back|again|before|previous|last)\b"
)
"""What may mean a thing that is not named."""

_A_SIZE = re.compile(rf"\b(?:{'|'.join(SIZES)}|tiny|little|big|huge|giant)\b")


def as_told(canvas: Canvas, before: Canvas, words: str, it: Region | None = None) -> Canvas:
    """The canvas with what changed as the words have it; ``it`` is what was spoken of last."""
    said = words.lower()
    if len(said) > LONGEST or not before.regions:
        return canvas
    if (color := _everything().fullmatch(said)) is not None:
        return replace(before, regions=tuple(painted(each, color[1]) for each in before.regions))
    named = references(said, before, it)
    if (two := exchanged(before, said, [(each.start, each.end, each.region) for each in named])) is not None:
        return replace(two, scene=canvas.scene)
    gone = _one_of_them(said, named) or _all_of_them(canvas, before, said)
    if gone:
        return replace(canvas, regions=tuple(each for each in before.regions if each not in gone))
    canvas = _each_of_them(_that_one(_unmoved(canvas, before, said), before, named), before, said)
    return _placed(_in_its_place(canvas, before, said, named), before, said, named)


def _one_of_them(said: str, named: Sequence[Reference]) -> list[Region]:
    """The one thing of which the words have that it is to go, and no more."""
    if len(named) != 1 or not _TAKES_ONE.search(said[: named[0].start]) or not _NO_MORE.match(said[named[0].end :]):
        return []
    return [named[0].region]


def _unmoved(canvas: Canvas, before: Canvas, said: str) -> Canvas:
    """What nobody speaks of is where it was, and as near and as large."""
    if _MEANS_ANY.search(said):
        return canvas
    gone, came = _changes(before, canvas)
    there = dict[Region, Region]()
    for new in came:
        old = next((each for each in gone if (each.description, each.color) == (new.description, new.color)), None)
        if old is not None and not re.search(rf"\b{called(old)}", said):
            there[new] = old
            gone.remove(old)
    return replace(canvas, regions=tuple(there.get(each, each) for each in canvas.regions))


def _all_of_them(canvas: Canvas, before: Canvas, said: str) -> list[Region]:
    """All that are called so, where the words have several of one name go, and say nothing else."""
    said = _UNWANTED.sub("remove", said)
    if _TWO.search(said) or _ELSE.search(said):
        return []
    counted = Counter(map(head_of, before.regions))
    spoken = {*counted, *map(plural, counted)}
    clauses = [each for each in re.split("[,.;]", said) if spoken & set(each.split())]
    of_many = [head for head, count in counted.items() if count > 1 and plural(head) in " ".join(clauses).split()]
    if len(of_many) != 1 or len(clauses) != 1:
        return []
    gone, came = _changes(before, canvas)
    if not _TAKES.search(clauses[0]) and (came or {head_of(each) for each in gone} != set(of_many)):
        return []
    color = re.search(rf"\b({colors()}) {re.escape(plural(of_many[0]))}", said)
    alike = [each for each in before.regions if head_of(each) == of_many[0]]
    alike = alike if color is None else [each for each in alike if f" {color[1]} " in each.description.lower()]
    counted_off = re.search(rf"\b({SEVERAL}) (?:of the )?(?:[\w-]+ )?{re.escape(plural(of_many[0]))}", said)
    return alike if counted_off is None else alike[-NUMBERS[counted_off[1]] :]


def _each_of_them(canvas: Canvas, before: Canvas, said: str) -> Canvas:
    """For each of several alike comes one of what the words have stand in for them."""
    gone, came = _changes(before, canvas)
    many = [(head, plural(head)) for head in map(head_of, gone) if plural(head) != head]
    several = [head for head, spoken in many if _REPLACES.search(_up_to(spoken, said))]
    if len(came) != 1 or not several or _TWO.search(said):
        return canvas
    [new], head = came, several[0]
    if head_of(new) == head:
        return canvas
    one = _singular(head_of(new))
    described = new.description.rstrip(".").partition(" ")[2].removesuffix(head_of(new)) + one
    new = replace(new, description=with_article(described))
    alike = {each: _standing_in(new, each) for each in before.regions if head_of(each) == head}
    return replace(canvas, regions=tuple(alike.get(each, each) for each in before.regions))


def _up_to(several: str, said: str) -> str:
    """The words before "all the apples"; none where nobody speaks of them."""
    before, there, _ = said.partition(several)
    return _ALL.sub("", before) if there else ""


def _singular(noun: str) -> str:
    """``pear`` of "pears", as far as the world knows it; a noun that it knows as it is stays."""
    known = words_of_things()
    return noun if noun in known else next((each for each in known if plural(each) == noun), noun)


def _standing_in(new: Region, old: Region) -> Region:
    area = f"a {_size(old)} {new.area.split()[-2]} area"
    return replace(where(new, old), area=area)


def _that_one(canvas: Canvas, before: Canvas, named: Sequence[Reference]) -> Canvas:
    """What was done to one of several alike is done to the one that the words name."""
    gone, came = _changes(before, canvas)
    if len(named) != 1 or len(gone) != 1 or len(came) > 1:
        return canvas
    [wrong], meant = gone, named[0].region
    alike = head_of(wrong) == head_of(meant) or named[0].is_it
    if wrong == meant or not alike or before.regions.count(meant) > 1:
        return canvas
    if not came:
        return replace(canvas, regions=tuple(each for each in before.regions if each != meant))
    [new] = came
    if head_of(new) == head_of(wrong):
        parts = {part.name: getattr(new, part.name) for part in fields(Region)}
        changed = {name: value for name, value in parts.items() if value != getattr(wrong, name)}
        if "location" in changed:
            changed["offset"] = new.offset
        if "description" in changed:
            changed["description"] = with_article(f"{_color(new)} {head_of(meant)}".strip())
        return _instead(canvas, before, meant, replace(meant, **changed))
    return _instead(canvas, before, meant, where(new, meant))


def _in_its_place(canvas: Canvas, before: Canvas, said: str, named: Sequence[Reference]) -> Canvas:
    """What stands in for a thing stands where that stood, and is of its size."""
    old = next((each.region for each in named if _stood_in_for(each, said)), None)
    gone, came = _changes(before, canvas)
    if old is None or len(came) > 1:  # it was painted, and the other one came beside it
        came = [each for each in came if old is not None and head_of(each) != head_of(old)]
    if old is None or len(came) != 1 or len(gone) > 1 or before.regions.count(old) > 1:
        return canvas
    if gone not in ([], [old]) and _TWO.search(said):
        return canvas
    [new] = came
    as_it_was = gone == [old] and (new.location == old.location or _TWO.search(said))
    if head_of(new) in map(head_of, (old, *gone)) or as_it_was:
        return canvas
    there = _standing_in(new, old)
    return _instead(canvas, before, old, replace(there, area=new.area) if _A_SIZE.search(said) else there)


def _stood_in_for(thing: Reference, said: str) -> bool:
    before, behind = said[: thing.start], said[thing.end :]
    return _REPLACES.search(before) is not None or (_DRAWS.search(before) is not None and behind.startswith(" as "))


def _placed(canvas: Canvas, before: Canvas, said: str, named: Sequence[Reference]) -> Canvas:
    """What came, or was moved, ``left of`` another thing stands there."""
    gone, came = _changes(before, canvas)
    for relation, start, other in _relations(said, named):
        subject = next((each.region for each in named if each.end == start), None)
        new = next((each for each in came if said[:start].endswith(f" {head_of(each)}")), None)
        if new is None and len(came) == 1 and subject is None:
            [new] = came
        moved = next((each.region for each in named if each.region != other), None)
        if not came and moved is not None and gone in ([], [moved]):  # so it is what was to be moved
            return _instead(canvas, before, moved, _beside(moved, relation, other))
        if new is None or other not in canvas.regions or canvas.regions.count(new) > 1:
            continue
        old = next((each for each in gone if each.description == new.description), None)
        if (old is None) == bool(gone) and len(came) == 1:  # replaced, or painted
            continue
        there = _beside(new if old is None else old, relation, other)
        canvas = replace(canvas, regions=tuple(there if each == new else each for each in canvas.regions))
    return canvas


def _beside(thing: Region, relation: Relation, other: Region) -> Region:
    """A thing where :func:`~omost_pipeline.world.stage.moved_beside` has it."""
    location, distance = stand(relation, other.location, other.distance_to_viewer)
    there = replace(thing, location=location, offset=NO_OFFSET, free_box=None)
    return there if distance is None else replace(there, distance_to_viewer=distance)


def _changes(before: Canvas, after: Canvas) -> tuple[list[Region], list[Region]]:
    """What is no longer there as it was, and what was not there."""
    gone = Counter(before.regions) - Counter(after.regions)
    came = Counter(after.regions) - Counter(before.regions)
    return list(gone.elements()), list(came.elements())


def _instead(canvas: Canvas, before: Canvas, old: Region, new: Region) -> Canvas:
    return replace(canvas, regions=tuple(new if each == old else each for each in before.regions))


def _relations(said: str, named: Sequence[Reference]) -> list[tuple[Relation, int, Region]]:
    """Each relation to a thing, where it begins (with what is before it, without a space), and the thing."""
    found = list[tuple[Relation, int, Region]]()
    for each in named:
        before = _relation().search(said[: each.start])
        if before is not None:
            found.append((_relation_of()[before[1]], before.start(), each.region))
    return found


@cache
def _everything() -> re.Pattern[str]:
    """That all things be of one colour."""
    all_things = r"(?:everything|everyone|all of (?:it|them)|all (?:the )?things|them all)"
    return re.compile(
        rf"(?:.*\b)?(?:make|paint|repaint|turn|(?:re)?colou?r|dye) {all_things}(?: in)? ({colors()}){_NO_MORE.pattern}"
    )


@cache
def _relation() -> re.Pattern[str]:
    words = sorted(_relation_of(), key=len, reverse=True)
    return re.compile(rf" ({'|'.join(words)}) $")


@cache
def _relation_of() -> dict[str, Relation]:
    return {word: relation for relation in get_args(Relation) for word in lexicon.RELATIONS[relation]}


def _color(region: Region) -> str:
    """``dark blue`` of "A dark blue house."."""
    return region.description.rstrip(".").partition(" ")[2].rpartition(" ")[0].lower()


def _size(region: Region) -> str:
    return region.area.split()[1]

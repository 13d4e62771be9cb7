"""How many of a kind there are to be, where an edit says no more: "make it four dogs", "only one cat", "two fewer".

A small model adds as many as it is told, whatever there is. Here the canvas is counted, and what is too much goes, the
last first, or what is missing comes, each like those of its name and where it can be seen. Knows no model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.numbers import NUMBERS, SEVERAL
from omost_pipeline.canvas.wording import LONGEST, name_and_rest
from omost_pipeline.world.complete import MOST
from omost_pipeline.world.fitted import with_one_more
from omost_pipeline.world.requests import plural

_COUNTS = {**NUMBERS, **dict.fromkeys(("a", "an", "a single"), 1), "a couple of": 2, "a pair of": 2, "a dozen": 12}
_ANY = "|".join(sorted(_COUNTS, key=len, reverse=True))
_SEVERAL = rf"{SEVERAL}|a couple of|a pair of|a dozen"

_LEAD = r"(?:(?:please|now|no|ok|okay|oh|well|just|and|but|then|actually|sorry|rather)[, ]+)*"
_ANEW = r"(?:(?:please|now|no|ok|okay|oh|well|just|actually|sorry|i said|i asked for|i meant)[,:]? )*"
"""What stands before a number that is all, and not one that comes to what is there: no "and"."""
_WANT = r"(?:want(?:ed)?|need(?:ed)?|like|asked for|said)(?: to (?:see|have))?"
_ANYBODY = rf"(?:i|we)(?:'d| would)? {_WANT}"
_THEM = r"(?:it|that|them|this|these|those)"
_MAKE = rf"(?:make {_THEM}(?: be| into)?|turn {_THEM} into|change {_THEM} (?:in)?to|keep|leave)"
_BE = rf"(?:let {_THEM} be|let there be|there (?:should|must) be|{_THEM} (?:should|must) be|show|have)"
_TAKE = r"(?:remove|delete|erase|drop|take away|take out|get rid of|take)"
_ADD = rf"(?:add|draw|put in|include|show|give me|{_ANYBODY}|there should be|let there be)"
_ONLY = "(?:only|just|exactly|no more than)"
_RELATIVE = "more|fewer|less|additional|extra|other|new"
_OF_THEM = rf"of (?:{_THEM}|each)"
_END = (
    r"(?:,? (?:please|pls|thanks|thank you|now|instead|in total|in all|altogether|away|"
    r"to the (?:picture|scene)))*[.! ]*"
)


def counted(words: str, before: Canvas, it: Region | None = None) -> Canvas | None:
    """The canvas with as many of a kind as the English words want; None where they want anything else.

    ``it`` is what was spoken of last, of which there is to be "one more".
    """
    said = words.lower().replace("’", "'").strip()
    if len(said) > LONGEST or not before.regions:
        return None
    names = [_name(each) for each in before.regions]
    for form, change in _forms(tuple(dict.fromkeys(names))):
        found = form.fullmatch(said)
        if found is not None:
            return _changed(before, names, found.groupdict(), change, it)
    return None


def _changed(
    before: Canvas, names: Sequence[str], told: dict[str, str | None], change: str, it: Region | None
) -> Canvas | None:
    name, look = told.get("name") or told.get("many"), told.get("look")
    kinds = _kinds(names, name, change, it)
    if not kinds or (len(kinds) > 1 and name is None and not (told.get("all") or "").endswith("each")):
        return None
    canvas = before
    for kind in kinds:
        alike = [each for each, called in zip(before.regions, names, strict=True) if called == kind]
        alike = [each for each in alike if look is None or f" {look} " in each.description.lower()]
        total = _total(len(alike), _COUNTS[told.get("count") or "one"], change)
        if not alike or total is None:
            return None
        canvas = _with_so_many(canvas, alike, total)
    return canvas


def _kinds(names: Sequence[str], name: str | None, change: str, it: Region | None) -> list[str]:
    """What is counted: what was named; else what there are several of, or of one more what was spoken of last."""
    if name is not None:
        return [kind for kind in dict.fromkeys(names) if name in (kind, plural(kind))]
    several = [kind for kind, count in Counter(names).items() if count > 1]
    if change != "more" or len(several) == 1:
        return several
    return [_name(it)] if it is not None else list(dict.fromkeys(names))


def _total(there: int, count: int, change: str) -> int | None:
    """How many there are to be of so many that there are; None where that is not plain."""
    if (change == "anew" and there == count) or (change == "fewer" and there <= count):
        return None  # "two dogs", where there are two, are perhaps two more
    totals = {"at most": min(there, count), "more": there + count, "fewer": there - count}
    return totals.get(change, {"half": (there + 1) // 2, "double": 2 * there}.get(change, count))


def _with_so_many(canvas: Canvas, alike: Sequence[Region], total: int) -> Canvas:
    gone = list(alike[total:])
    regions = list[Region]()
    for each in reversed(canvas.regions):
        if each in gone:
            gone.remove(each)
        else:
            regions.insert(0, each)
    canvas = replace(canvas, regions=tuple(regions))
    for _ in range(min(total - len(alike), MOST - len(regions))):
        canvas = with_one_more(canvas, alike[-1])
    return canvas


def _name(region: Region) -> str:
    """``polar bear`` of "A white polar bear with a hat."."""
    words = name_and_rest(region.description)[0].lower().split()[1:]
    return " ".join([each for each in words if not is_color_word(each)] or words)


@lru_cache(maxsize=64)
def _forms(names: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The ways to say how many there are to be of things by name, the plainest last."""
    thing = "|".join(sorted(map(re.escape, {*names, *map(plural, names)}), key=len, reverse=True))
    return tuple((re.compile(form), change) for form, change in _ways(thing))


def _ways(thing: str) -> Iterator[tuple[str, str]]:
    called = rf"(?:of )?(?:the |my )?(?:(?P<look>(?!(?:{_RELATIVE})\b)[\w-]+) )??(?P<name>{thing})"
    any_count, number, several = (rf"(?P<count>{each})" for each in (_ANY, rf"one|{_SEVERAL}", _SEVERAL))
    what = rf"(?: {called}| (?P<all>{_OF_THEM}))"
    many = rf"(?:(?:there are |these are |that's |that is )?too many (?P<many>{thing})[,.;:]* )?"
    lead = rf"{_LEAD}{many}"
    rather = rf"(?:,? (?:instead of|rather than|and not|not) (?:(?:just|only|the) )?(?:{_ANY})(?: (?:{thing}))?)?{_END}"
    gone = rf"{_LEAD}(?:{_TAKE} )?all"
    but = r"(?:but|except(?: for)?)"
    go = rf"(?: (?:should|must|have to|can|may) (?:go|leave|be gone|be removed|disappear))?{_END}"
    yield rf"{lead}(?:(?:{_ANYBODY}|{_MAKE}|{_BE}) )?no more than {any_count}{what}?{rather}", "at most"
    yield rf"{lead}(?:(?:{_ANYBODY}|{_MAKE}|{_BE}) )?{_ONLY} {any_count}{what}?{rather}", "exactly"
    yield rf"{lead}(?:i|we)(?:'d| would)? {_ONLY} {_WANT} {any_count}{what}?{rather}", "exactly"
    yield rf"{_LEAD}{any_count}{what} (?:is|are|would be) (?:enough|plenty){_END}", "at most"
    yield rf"{gone} (?:of )?(?:the )?(?P<name>{thing}) {but} {any_count}{go}", "at most"
    yield rf"{gone} {but} {any_count}{what}{go}", "at most"
    yield rf"{lead}{_MAKE} {number}{what}?{rather}", "exactly"
    yield rf"{lead}(?:{_ANYBODY}|{_BE}) {several}{what}{rather}", "exactly"
    yield rf"{lead}make {number} {called} out of {_THEM}{_END}", "exactly"
    turned = rf"(?:(?:make|turn|change) )?(?:the |my )?(?:(?:{_ANY}) )?(?P<name>{thing})"
    yield rf"{_LEAD}{turned} (?:(?:should|must) be|in ?to|to) {several}(?: (?P=name)s?)?{_END}", "exactly"
    yield rf"{_LEAD}(?:change|set) the number of (?P<name>{thing}) to {number}{_END}", "exactly"
    yield rf"{_ANEW}{several} {called}{rather}", "anew"
    yield (
        rf"{_LEAD}(?:{_ADD} )?(?:another )?{any_count} (?:more|additional|extra)(?: {called}| {_OF_THEM})?{_END}",
        "more",
    )
    yield rf"{_LEAD}(?:{_ADD} )?another(?: one| {several}(?: {called})?)?{_END}", "more"
    yield rf"{_LEAD}(?:{_ADD} )?{any_count} {called} more{_END}", "more"
    yield rf"{_LEAD}(?:(?:make {_THEM}|{_ANYBODY}|show|draw) )?{any_count} (?:fewer|less) {called}{_END}", "fewer"
    yield rf"{_LEAD}(?:make {_THEM} )?{any_count}(?: {called})? (?:fewer|less){_END}", "fewer"
    yield rf"{_LEAD}{_TAKE} (?P<count>{SEVERAL})(?: {called}| {_OF_THEM})?{_END}", "fewer"
    yield rf"{_LEAD}(?:(?:make {_THEM}|{_ANYBODY}|show|draw) )?(?:fewer|less|not so many) {called}{_END}", "half"
    yield rf"{_LEAD}(?:(?:there are |these are |that's |that is )?too many) {called}{_END}", "half"
    halved = rf"(?:{_TAKE} half(?: of)?|(?:make {_THEM} )?half as many)"
    yield rf"{_LEAD}{halved}(?: {called}| {_THEM})?{_END}", "half"
    twice = r"(?:double|twice as many)(?: the (?:number|amount) of)?"
    yield rf"{_LEAD}(?:make {_THEM} )?{twice}(?: {called}| {_THEM})?{_END}", "double"

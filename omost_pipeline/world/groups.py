"""Several of a kind that look otherwise, told apart: "red and blue balloons" are two red balloons and two blue ones.

Small models read the colours as one, and make all balloons red. Rules of English word order; knows no canvas.
"""

from __future__ import annotations

import re
from functools import cache
from math import ceil

from omost_pipeline.canvas.numbers import NUMBERS, WORDS
from omost_pipeline.canvas.wording import LONGEST, article_of
from omost_pipeline.world.nouns import noun_of
from omost_pipeline.world.references import every_color
from omost_pipeline.world.requests import plural

_SIZES = "small|tiny|little|big|large|huge|giant"
_ONE = frozenset("a an one 1 the".split())
_SOME = {"some": 3, "several": 3, "a few": 3, "many": 4, "lots of": 4, "": 3}
"""How many there are where no number is said, by the conventions of the conversations that the models were taught."""
_OF_ONE_THING = frozenset(("black", "white"))
"""Colours that, together, are each thing's: "black and white cows"."""
_ONE_MORE = re.compile(
    r"(?P<before>\b(?:and|with) |, )(?:another|an? (?:second|third|fourth|fifth)) (?=(?P<next>[a-z]+))", re.IGNORECASE
)
"""One more, behind the others of a request that counts them one by one."""
_BOTH_SIDES = re.compile(
    r"\b(?:an?|one) (?P<what>[\w -]+?),? (?:on|at|to) (?:each|either|every|both) sides? of (?P<middle>(?:an?|the|one) )"
    r"(?P<noun>[\w-]+(?: (?!(?:in|on|at|by|with|and|under|near)\b)[\w-]+)?)"
)


def groups_apart(words: str) -> str:
    """A request with each group of a kind named by itself; of words that are too long for rules as they are."""
    if len(words) > LONGEST:
        return words
    words = _ONE_MORE.sub(lambda found: f"{found['before']}{article_of(found['next'])} ", words)
    said = _each_of().sub(_with_noun, _together().sub(_shared_out, words))
    return _BOTH_SIDES.sub(_between, said)


def _shared_out(found: re.Match[str]) -> str:
    """``two red balloons and two blue balloons`` of "four red and blue balloons"; one thing in two colours is one."""
    looks, noun, number = re.split(r",? and |, ", found["looks"]), noun_of(found["noun"].lower()), found["count"] or ""
    number = number.strip().lower()
    if noun is None or number in _ONE or set(map(str.lower, looks)) <= _OF_ONE_THING:
        return found[0]
    if noun.is_plural and number in NUMBERS:
        each, rest = divmod(NUMBERS[number], len(looks))
        counts = [each + (place < rest) for place in range(len(looks))]
    else:
        counts = [ceil(_SOME.get(number, 3) / len(looks)) if noun.is_plural else 1] * len(looks)
    named = [_so_many(count, look, noun.noun) for count, look in zip(counts, looks, strict=True)]
    return found[0] if 0 in counts else " and ".join(named)


def _so_many(count: int, look: str, noun: str) -> str:
    if count == 1:
        return f"{article_of(look)} {look} {noun}"
    return f"{WORDS[count - 1]} {look} {plural(noun)}"


def _with_noun(found: re.Match[str]) -> str:
    """``a red balloon and two blue balloons`` of "a red and two blue balloons"."""
    noun = noun_of(found["noun"].lower())
    if noun is None:
        return found[0]

    def each(one: re.Match[str]) -> str:
        number = one["count"].lower()
        return f"{one[0]} {noun.noun if number in _ONE else plural(noun.noun)}"

    return re.sub(
        rf"\b(?P<count>{_counts()}) {_look()}(?! {re.escape(found['noun'])})", each, found[0], flags=re.IGNORECASE
    )


def _between(found: re.Match[str]) -> str:
    """``a tree between two birds`` of "a bird on each side of a tree"."""
    noun = noun_of(found["what"].split()[-1].lower())
    if noun is None:
        return found[0]
    looks = found["what"].rpartition(" ")[0]
    several = " ".join(filter(None, ("two", looks, plural(noun.noun))))
    return f"{found['middle']}{found['noun']} between {several}"


@cache
def _look() -> str:
    return rf"(?:{every_color()}|{_SIZES})"


def _counts() -> str:
    return "|".join(sorted((*_ONE, *NUMBERS), key=len, reverse=True))


@cache
def _together() -> re.Pattern[str]:
    """Looks that are joined, before one noun."""
    count = "|".join(sorted((*_ONE, *NUMBERS, *filter(None, _SOME)), key=len, reverse=True))
    look = _look()
    return re.compile(
        rf"(?<![\w-])(?<!\bis )(?<!\bare )(?P<count>(?:{count}) )?"
        rf"(?P<looks>{look}(?:, {look}){{0,3}},? and {look}) (?P<noun>[a-z]+)\b",
        re.IGNORECASE,
    )


@cache
def _each_of() -> re.Pattern[str]:
    """Counted looks that are joined, before one noun."""
    each = rf"(?:{_counts()}) {_look()}"
    return re.compile(rf"(?:\b{each}(?:,? and|,) ){{1,4}}{each} (?P<noun>[a-z]+)", re.IGNORECASE)

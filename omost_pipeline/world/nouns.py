"""The nouns that name a thing in the larger world and around it, in the singular and in the plural. Tables alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from omost_pipeline.canvas.wording import PARTS, PARTS_OF_MANY
from omost_pipeline.world import lexicon
from omost_pipeline.world.kinds import KINDS, glyphs
from omost_pipeline.world.requests import plural

IRREGULAR = {"men": "man", "women": "woman", "children": "child", "mice": "mouse", "people": "person", "geese": "goose"}
"""Plural → singular, where no rule has it."""

_MORE_IRREGULAR = {
    "wolves": "wolf",
    "elves": "elf",
    "dwarves": "dwarf",
    "knives": "knife",
    "scarves": "scarf",
    "thieves": "thief",
    "monkeys": "monkey",
    "firework": "fireworks",
    "firemen": "fireman",
    "policemen": "policeman",
    "fishermen": "fisherman",
}
PAIRED = frozenset(("glasses", "sunglasses", "jeans", "scissors", "fireworks"))
"""What is one thing in the plural."""

_VAGUE = frozenset("person fruit toy insect animal well fly giant engine opera iron ink oil smoke shelf".split())
"""Nouns that stand for several kinds of things, or for none."""


@dataclass(frozen=True)
class Noun:
    """A form of a noun: ``mice`` of ``mouse``. What has one form alone (a sheep, two sheep) is neither."""

    noun: str
    is_plural: bool
    is_singular: bool


def noun_of(word: str) -> Noun | None:
    """The noun that a word in small letters is a form of; None where it names no thing."""
    return _forms().get(word)


def is_part(word: str) -> bool:
    """Whether a word in small letters is a part of a thing, or several."""
    return word in PARTS_OF_MANY or word in PARTS or word.removesuffix("s") in PARTS


@cache
def _forms() -> dict[str, Noun]:
    nouns = (
        {*KINDS, *glyphs(), *lexicon.NOUNS.seen, *lexicon.NOUNS.kept} - _VAGUE - PARTS - PARTS_OF_MANY - {"firework"}
    )
    several = {plural(noun): noun for noun in sorted(nouns - PAIRED)} | IRREGULAR | _MORE_IRREGULAR
    found = {many: Noun(one, is_plural=True, is_singular=many == one) for many, one in several.items() if one in nouns}
    return found | {one: Noun(one, is_plural=one in several, is_singular=True) for one in nouns}

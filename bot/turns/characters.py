"""Characters that people keep by a name: what the composer is told where words name one, and their place in a canvas.

A region is a character's where its ``reference`` is the character's name. Pure; knows no database and no picture.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.turns.conversation import TurnRecord
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.fields import MAX_REGIONS
from omost_pipeline.canvas.wording import content_words, head_of

LONGEST_NAME = 32
"""Characters of a name."""

_FILE = re.compile(r"[a-z2-7]{10}(-\d+)?(\.png)?", re.IGNORECASE)
"""What pictures of turns are called."""

_ARTICLE = re.compile(r"(an?|the)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Character:
    """Somebody or something that is to look the same in other pictures: its region says how, and where it stood."""

    name: str
    region: Region

    @property
    def folded(self) -> str:
        """The name as names are compared."""
        return folded(self.name)


def folded(name: str) -> str:
    """A name as names are compared: small letters, single blanks."""
    return " ".join(name.casefold().split())


def can_be_named(name: str) -> bool:
    """Whether something can have this name: it has a letter, is not long, and is not what a picture is called."""
    short = 0 < len(name) <= LONGEST_NAME and name.isprintable()
    return short and any(map(str.isalpha, name)) and _FILE.fullmatch(name) is None


def named_in(words: str, characters: Iterable[Character]) -> tuple[Character, ...]:
    """Those of the characters that are named in a text."""
    return tuple(each for each in characters if _pattern(each.name).search(words))


def is_in(character: Character, canvas: Canvas | None) -> bool:
    """Whether a canvas has a character."""
    return canvas is not None and _standing(character, canvas) is not None


def told(words: str, characters: Iterable[Character], before: Canvas | None) -> str:
    """Words as a composer understands them, who knows no names: in place of these what the characters are.

    ``before`` is the canvas that the words are to change.
    """
    for each in sorted(characters, key=lambda character: -len(character.name)):
        known = _standing(each, before) if before is not None else None
        phrase = _phrase(each.region.description) if known is None else _definite(known.description)
        words = _pattern(each.name).sub(lambda _, said=phrase: said, words)  # type: ignore[misc]
    return words


def as_told(turns: Sequence[TurnRecord], known: Mapping[str, Sequence[Character]]) -> tuple[TurnRecord, ...]:
    """Turns, oldest first, with the words that the composer is told; ``known`` are the characters of their authors."""
    found: list[TurnRecord] = []
    before: Canvas | None = None
    for number, turn in enumerate(turns):
        if number and (turn.words, turn.canvas) == (turns[number - 1].words, turns[number - 1].canvas):
            words = found[-1].words  # it only took over a picture
        else:
            words = told(turn.words, named_in(turn.words, known.get(turn.author.id, ())), before)
        found.append(replace(turn, draft=replace(turn.draft, words=words)))
        before = turn.canvas or before
    return tuple(found)


def with_characters(canvas: Canvas, characters: Iterable[Character], before: Canvas | None) -> Canvas:
    """A canvas that was composed for words with these names, with the characters in it.

    One that was there ``before`` is as the composer left it: changed, or taken away. Another has the region that tells
    of the same thing, or one of its own where there is none.
    """
    for each in characters:
        if is_in(each, before) or is_in(each, canvas):
            continue
        regions = list(canvas.regions)
        number = _likeliest(each.region, regions)
        if number is not None:
            regions[number] = _playing(each, regions[number])
        elif len(regions) < MAX_REGIONS:
            nearest = min((region.distance_to_viewer for region in regions), default=2.0)
            regions.append(replace(each.region, distance_to_viewer=nearest, reference=each.name))
        canvas = replace(canvas, regions=tuple(regions))
    return canvas


def without_references(canvas: Canvas, names: Collection[str]) -> Canvas:
    """A canvas whose elements look like none of these, by folded names."""

    def plain(reference: str) -> str:
        return "" if folded(reference) in names else reference

    scene = replace(canvas.scene, reference=plain(canvas.scene.reference))
    return Canvas(scene, tuple(replace(each, reference=plain(each.reference)) for each in canvas.regions))


def _standing(character: Character, canvas: Canvas) -> Region | None:
    return next((each for each in canvas.regions if folded(each.reference) == character.folded), None)


def _playing(character: Character, region: Region) -> Region:
    """A region where it is, as the character looks."""
    looks = character.region
    return replace(
        region,
        description=looks.description,
        detailed_descriptions=looks.detailed_descriptions,
        tags=looks.tags,
        color=looks.color,
        free_rgb=looks.free_rgb,
        reference=character.name,
    )


def _likeliest(wanted: Region, regions: Sequence[Region]) -> int | None:
    """The number of the region that tells of the same thing, of those that are nobody's; None if none does."""
    words, head = content_words(wanted.description), head_of(wanted.description)

    def likeness(region: Region) -> float:
        own = content_words(region.description)
        return len(words & own) / max(len(words | own), 1) + (bool(head) and head == head_of(region.description))

    free = [number for number, region in enumerate(regions) if not region.reference]
    best = max(free, key=lambda number: likeness(regions[number]), default=None)
    return best if best is not None and likeness(regions[best]) >= _ALIKE else None


_ALIKE = 0.5
"""From so much likeness on, two descriptions tell of one thing."""


def _pattern(name: str) -> re.Pattern[str]:
    """A name in a text. Where words are not parted by blanks, it may stand anywhere."""
    text = r"\s+".join(re.escape(part) for part in name.split())
    parted = name.isascii() or all(ord(char) < 0x2E80 for char in name)
    return re.compile(rf"(?<!\w){text}(?!\w)" if parted else text, re.IGNORECASE)


def _phrase(description: str) -> str:
    """A description in the middle of a sentence."""
    text = " ".join(description.split()).rstrip(". ")
    return text[:1].lower() + text[1:] if _ARTICLE.match(text) else text


def _definite(description: str) -> str:
    phrase = _phrase(description)
    return _ARTICLE.sub("the ", phrase, count=1) if _ARTICLE.match(phrase) else phrase

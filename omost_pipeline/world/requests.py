"""Writes requests that begin a conversation, and the noun phrases that edits use too.

Draws lots for the words only; what they mean is :mod:`stage`'s to say. Knows no canvas text.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from omost_pipeline.world import lexicon, phrasings
from omost_pipeline.world.kinds import (
    BACKGROUNDS,
    DEFAULT_BACKGROUND,
    KINDS,
    MORE_BACKGROUNDS,
    SIZES,
    UNKNOWN,
    Background,
    Size,
    describe,
    glyphs,
    kind_of,
)
from omost_pipeline.world.phrasings import Phrasings
from omost_pipeline.world.stage import (
    FAR_AWAY,
    NO_OFFSET,
    UP_CLOSE,
    Mention,
    Relation,
    Scene,
    Thing,
    add,
    places,
    settle,
    settle_pair,
)

_MAX_THINGS = 6
_COINED = 0.2
_GLYPHS = 0.6
"""Share of the larger world's kinds among the nouns beyond the two dozen, in training."""
_COUNTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (2, ("two", "two", "2", "a pair of", "a couple of")),
    (3, ("three", "three", "3", "some", "a few", "several", "", "")),
    (4, ("four", "4", "many")),
)
_RELATIONS: tuple[Relation, ...] = ("above", "above", "below", "below", "left", "right", "beside", "front", "behind")


@dataclass(frozen=True)
class Spoken:
    """Words for a thing, and what they say of it."""

    words: str
    mention: Mention


class Lots:
    """A source of random choices that knows whether kept-back words may be used (evaluation) or not (training).

    ``beyond`` is the share of things that the world does not have; at 0 nothing else is beyond it either.
    """

    def __init__(self, rng: random.Random, evaluation: bool = False, beyond: float = 0.4) -> None:
        self.rng = rng
        self.evaluation = evaluation
        self.beyond = beyond

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def strays(self, share: float) -> bool:
        """With a chance of ``share``, never in the world alone: a style, a rare colour or the like."""
        return self.beyond > 0 and self.chance(share)

    def of(self, options: Sequence[str]) -> str:
        return self.rng.choice(options)

    def weighted(self, weights: Mapping[str, float]) -> str:
        return self.rng.choices(tuple(weights), tuple(weights.values()))[0]

    def noun(self) -> str:
        """A thing beyond the two dozen: of the larger world, or beyond that; in evaluation often a kept-back one."""
        if not self.evaluation and self.chance(_GLYPHS):
            return self.of(_often_asked())
        return self.phrase(lexicon.NOUNS)

    def word(self, options: Phrasings) -> str:
        """As :meth:`phrase`; in training sometimes a made-up word, for whatever people may say there."""
        if not self.evaluation and self.chance(_COINED):
            return lexicon.coined_word(self.rng)
        return self.phrase(options)

    def phrase(self, options: Phrasings) -> str:
        """A trained phrasing, or in evaluation one kept back half of the time."""
        if self.evaluation and self.chance(0.5):
            return self.of(options.kept)
        return self.of(options.seen)


@cache
def _often_asked() -> tuple[str, ...]:
    """The larger world's kinds, those asked for often more than once."""
    return tuple(name for name, glyph in glyphs().items() for _ in range(1 + glyph.frequency))


def head_of(name: str) -> str:
    """The noun that a thing's name is about, where it is of the world: ``birthday cake`` → ``cake``; else the name."""
    last = name.rsplit(maxsplit=1)[-1]
    return name if kind_of(last) is UNKNOWN else last


def spoken_color(lots: Lots, head: str) -> tuple[str, str]:
    """(colour as said, colour as described) for a thing; kept-back pairs come up in evaluation alone."""
    if lots.strays(0.12):
        return lots.rng.choice(tuple(lexicon.RARE_COLORS.items()))
    kept = [color for color in lexicon.PLAIN_COLORS if lexicon.is_kept_pair(head, color)]
    if lots.evaluation and kept and lots.chance(0.5):
        color = lots.of(kept)
    else:
        color = lots.of([color for color in lexicon.PLAIN_COLORS if color not in kept])
    return color, color


def spoken_name(lots: Lots) -> tuple[str, str]:
    """(whole name, head noun) of a thing: of the world, beyond it, made up, or with words around the noun."""
    roll = lots.rng.random()
    if not lots.strays(lots.beyond):
        head = lots.of(tuple(KINDS))
    elif roll < 0.55:
        head = lots.noun()
    elif roll < 0.7:
        head = lots.phrase(lexicon.COMPOUNDS)
    else:
        head = lexicon.coined_word(lots.rng)
    name = head
    if lots.strays(0.12):
        name = f"{lots.word(lexicon.ADJECTIVES)} {name}"
    if lots.strays(0.05):
        noun = lots.noun() if lots.chance(0.7) else lots.of(tuple(KINDS))
        tail = lots.phrase(lexicon.TAILS).replace("a {noun}", describe(noun, None)[:-1].replace("A", "a", 1))
        name = f"{name} {tail.replace('{noun}', noun)}"
    return name, head_of(head)


def spoken_place(lots: Lots, location: str, way: Phrasings = phrasings.AT) -> str:
    """A place in words, e.g. ``in the top right corner``."""
    return lots.phrase(way).replace("{spot}", lots.of(lexicon.SPOTS[location]))


def spoken_thing(lots: Lots, unplaced: bool = False) -> Spoken:
    """A noun phrase for one thing: ``a small red house on the left``."""
    name, head = spoken_name(lots)
    said, color = spoken_color(lots, head) if lots.chance(0.5) else (None, None)
    size: Size | None = lots.rng.choice(SIZES) if lots.chance(0.15) else None
    whole = f"{said} {name}" if said else name
    adjective, _, rest = name.partition(" ")
    if said and rest and head in rest and lots.chance(0.5):
        whole = f"{adjective} {said} {rest}"
    phrase = with_article(lots, f"{lots.of(lexicon.SIZES_SAID[size])} {whole}" if size else whole)
    mention = Mention(name, head, color, size)
    return Spoken(phrase, mention) if unplaced else _placed(lots, Spoken(phrase, mention))


def with_article(lots: Lots, words: str) -> str:
    """``a``/``an`` before the words, now and then ``the``, or nothing, as terse people write."""
    roll = lots.rng.random()
    if roll < 0.15:
        return words if roll < 0.11 else f"the {words}"
    return describe(words, None)[:-1].replace("A", "a", 1)


def _placed(lots: Lots, thing: Spoken) -> Spoken:
    roll = lots.rng.random()
    words, mention = thing.words, thing.mention
    if roll < 0.3:
        location = lots.of(tuple(lexicon.SPOTS))
        words, mention = f"{words} {spoken_place(lots, location)}", replace(mention, location=location)
        if roll < 0.03:
            offset = lots.of(tuple(lexicon.NUDGES))
            words, mention = f"{words}, {lots.of(lexicon.NUDGES[offset])}", replace(mention, offset=offset)
    elif roll < 0.33:
        words, mention = f"{words} {lots.of(lexicon.FAR)}", replace(mention, distance=FAR_AWAY)
    elif roll < 0.36:
        words, mention = f"{words} {lots.of(lexicon.NEAR)}", replace(mention, distance=UP_CLOSE)
    return Spoken(words, mention)


def spoken_several(lots: Lots) -> tuple[str, tuple[Mention, ...]]:
    """``three red balloons``: one mention for each; ``red balloons`` are three."""
    count, numbers = lots.rng.choice(_COUNTS)
    head = lots.noun() if lots.strays(lots.beyond) else lots.of(tuple(KINDS))
    said, color = spoken_color(lots, head) if lots.chance(0.5) else (None, None)
    number = lots.of([number for number in numbers if number or plural(head) != head])
    words = (number, said, plural(head))
    return " ".join(word for word in words if word), (Mention(head, head, color),) * count


def plural(noun: str) -> str:
    """The plural of a noun, by the common rules (``fish`` and ``sheep`` stay)."""
    if noun in {"fish", "sheep", "deer"}:
        return noun
    if noun in {"man", "woman", "snowman"}:
        return f"{noun[:-2]}en"
    if noun in {"child", "mouse", "monkey"}:
        return {"child": "children", "mouse": "mice", "monkey": "monkeys"}[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "sh", "ch", "x", "z")) else f"{noun}s"


def first_request(lots: Lots, groups: int) -> tuple[str, Scene]:
    """The opening words of a conversation and the scene they ask for; ``groups`` noun phrases, roughly."""
    words, scene = _things(lots, groups)
    return dressed(lots, words, scene)


def dressed(lots: Lots, words: str, scene: Scene) -> tuple[str, Scene]:
    """The words and the scene, perhaps with a background and a style, worded as the beginning of a conversation."""
    if lots.chance(0.3):
        words, background = _with_background(lots, words)
        scene = replace(scene, background=background)
    if lots.strays(0.15):
        style = lots.word(lexicon.STYLES)
        phrase = lots.phrase(phrasings.SCENE_WITH_STYLE)
        words = phrase.format(scene=words, style=style, a_style=with_article(lots, style))
        scene = replace(scene, style=style)
    if lots.chance(0.75):
        words = lots.phrase(phrasings.FIRST).replace("{scene}", words)
    return finish(lots, words), scene


def scattered(lots: Lots, count: int) -> Scene:
    """A scene of so many things, everything about them at random."""
    things = []
    for _ in range(count):
        mention = spoken_thing(lots).mention
        location, offset = lots.of(tuple(lexicon.SPOTS)), lots.of((NO_OFFSET, NO_OFFSET, *lexicon.NUDGES))
        distance = lots.rng.choice((None, None, float(lots.rng.randint(1, 11))))
        thing = replace(mention, location=location, offset=offset, size=lots.rng.choice(SIZES), distance=distance)
        things.append(settle(thing, ()))
    return Scene(tuple(things), spoken_background(lots)[2], lots.word(lexicon.STYLES) if lots.strays(0.2) else "")


def _things(lots: Lots, groups: int) -> tuple[str, Scene]:
    parts: list[str] = []
    scene = Scene(())
    for _ in range(groups):
        if parts and len(scene.things) >= _MAX_THINGS - 2:
            break
        roll = lots.rng.random()
        if roll < 0.13:
            words, mentions = spoken_several(lots)
            scene = add(scene, *mentions)
        elif roll < 0.4 and groups > 1:
            words, pair = _pair(lots, places(scene.things))
            scene = replace(scene, things=scene.things + pair)
        else:
            thing = spoken_thing(lots)
            words, scene = thing.words, add(scene, thing.mention)
        parts.append(words)
    return _joined(lots, parts), scene


def _joined(lots: Lots, parts: list[str]) -> str:
    if len(parts) > 2 and lots.chance(0.6):
        return f"{', '.join(parts[:-1])}{lots.of((' and ', ', and '))}{parts[-1]}"
    words = parts[0]
    for part in parts[1:]:
        words += lots.of(phrasings.AND) + part
    return words


def _pair(lots: Lots, taken: tuple[str, ...]) -> tuple[str, tuple[Thing, Thing]]:
    relation = lots.rng.choice(_RELATIONS)
    first, second = spoken_thing(lots, unplaced=True), spoken_thing(lots, unplaced=True)
    words = f"{first.words} {lots.of(lexicon.RELATIONS[relation])} {second.words}"
    return words, settle_pair(first.mention, relation, second.mention, taken)


def _with_background(lots: Lots, words: str) -> tuple[str, Background]:
    phrase = lots.phrase(phrasings.SCENE_WITH_PLACE)
    where, place, background = spoken_background(lots)
    return phrase.format(scene=words, where=where, place=place), background


def spoken_background(lots: Lots) -> tuple[str, str, Background]:
    """(where, place, background): ``on the beach``, ``a beach``, and what they mean."""
    if lots.strays(0.12):
        name = lots.of(tuple(MORE_BACKGROUNDS))
        return lots.phrase(lexicon.MORE_WHERE[name]), lots.of(lexicon.MORE_PLACE[name]), MORE_BACKGROUNDS[name]
    if lots.strays(0.25):
        name = lots.word(lexicon.PLACES_BEYOND)
        article = with_article(lots, name)
        where = f"in {article}" if lots.chance(0.5) else f"in the {name}"
        return where, article, lexicon.background_beyond(name, BACKGROUNDS[DEFAULT_BACKGROUND])
    name = lots.of(tuple(BACKGROUNDS))
    return lots.phrase(lexicon.WHERE[name]), lots.of(lexicon.PLACE[name]), BACKGROUNDS[name]


def finish(lots: Lots, words: str) -> str:
    """The words with or without a full stop or another ending."""
    roll = lots.rng.random()
    if roll < 0.25:
        return f"{words}."
    return words + lots.phrase(phrasings.CLOSERS) if roll < 0.4 else words

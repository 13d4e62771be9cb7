"""Writes first requests as people say them: who does what, what is worn or ridden, how many, and what is not there.

Draws lots for the words only; what they mean is :mod:`stage`'s to say. Knows no canvas text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from omost_pipeline.world import deeds, lexicon
from omost_pipeline.world.kinds import COLORS, KINDS
from omost_pipeline.world.requests import Lots, Spoken, dressed, plural, spoken_color, spoken_thing
from omost_pipeline.world.stage import Hold, Mention, Relation, Scene, add, crowd, settle_hold, settle_pair

_HOLDS: tuple[Hold, ...] = ("riding", "holding", "wearing")
_ON: tuple[Relation, ...] = ("above", "below", "beside", "front", "behind")
_IN = ("in", "in", "inside", "inside of")
_BETWEEN = ("between", "between", "in between", "in the middle of")
Told = tuple[str, Scene]


def story_request(lots: Lots, groups: int) -> Told:
    """The opening words of a conversation and the scene they ask for; ``groups`` is how full it may be, roughly."""
    tell = lots.rng.choices(tuple(_TELLERS), tuple(_TELLERS.values()))[0]
    words, scene = tell(lots)
    if groups > 2 and len(scene.things) < 4 and lots.chance(0.4):
        more = spoken_thing(lots)
        words, scene = f"{words}{lots.of((' and ', ', ', ' with '))}{more.words}", add(scene, more.mention)
    if lots.chance(0.15):
        words = f"{words} {_lacking(lots)}".replace(" ,", ",")
    words, scene = dressed(lots, words, scene)
    return (_mistyped(lots, words) if lots.chance(0.08) else words), scene


def _thing(lots: Lots) -> Spoken:
    """A thing without a place, now and then somebody's: ``my cat``."""
    thing = spoken_thing(lots, unplaced=True)
    article, _, rest = thing.words.partition(" ")
    if article in {"a", "an", "the"} and lots.chance(0.2):
        return Spoken(f"{lots.of(deeds.OWNERS)} {rest}", thing.mention)
    return thing


def _said(lots: Lots, verb: str) -> str:
    """``fights``, ``is fighting`` or ``fighting``."""
    third, participle = deeds.forms(verb)
    return lots.of((third, third, f"is {participle}", participle, participle, f"who is {participle}"))


def _deed(lots: Lots) -> Told:
    """``a knight fights a dragon``: two things side by side."""
    one, other = _thing(lots), _thing(lots)
    verb = lots.phrase(deeds.DEEDS)
    words = f"{one.words} {_said(lots, verb)} {other.words}"
    if lots.chance(0.15):
        third, participle = deeds.forms(verb)
        joined = f"{one.words} and {other.words}"
        words = f"{joined} {lots.of((participle, f'are {participle}', deeds.base_form(third)))}".removesuffix(" with")
    return words, Scene(settle_pair(one.mention, "beside", other.mention, ()))


def _hold(lots: Lots) -> Told:
    """``a girl holding an umbrella``: two things in one place."""
    hold = lots.rng.choice(_HOLDS)
    one, other = _thing(lots), _thing(lots)
    words = f"{one.words} {_said(lots, lots.phrase(deeds.HOLDS[hold]))} {other.words}"
    return words, Scene(settle_hold(one.mention, hold, other.mention, ()))


def _posed(lots: Lots) -> Spoken:
    """``my cat is sleeping``: what it does stands before its name, ``A sleeping cat``."""
    thing, verb = _thing(lots), lots.phrase(deeds.POSES)
    participle = deeds.forms(verb)[1]
    words = f"{thing.words} {_said(lots, verb)}"
    return Spoken(words, replace(thing.mention, name=f"{participle} {thing.mention.name}"))


def _pose(lots: Lots) -> Told:
    thing = _posed(lots)
    return thing.words, add(Scene(()), thing.mention)


def _pose_somewhere(lots: Lots) -> Told:
    """``my cat sleeping on a blue sofa``."""
    relation = lots.rng.choice(_ON)
    one, other = _posed(lots), _thing(lots)
    while one.mention.name.startswith(("flying ", "floating ")):  # "flying above" is where it is, not a pose
        one = _posed(lots)
    words = f"{one.words} {lots.of(lexicon.RELATIONS[relation])} {other.words}"
    return words, Scene(settle_pair(one.mention, relation, other.mention, ()))


def _inside(lots: Lots) -> Told:
    """``a fish in a bottle``: small, before what it is in."""
    one, other = _thing(lots), _thing(lots)
    words = f"{one.words} {lots.of(_IN)} {other.words}"
    small = replace(one.mention, size=one.mention.size or "small")
    return words, Scene(settle_pair(small, "front", other.mention, ()))


def _between(lots: Lots) -> Told:
    """``a cat between two trees`` in long: ``a cat between a tree and a house``."""
    one, left, right = _thing(lots), _thing(lots), _thing(lots)
    words = f"{one.words} {lots.of(_BETWEEN)} {left.words} and {right.words}"
    spots = ("in the center", "on the left", "on the right")
    mentions = (replace(each.mention, location=spot) for each, spot in zip((one, left, right), spots, strict=True))
    return words, add(Scene(()), *mentions)


def _owned(lots: Lots) -> Told:
    thing = _thing(lots)
    return thing.words, add(Scene(()), thing.mention)


def _without(lots: Lots) -> Told:
    """``a house without windows``: what is not there is not drawn."""
    words, scene = _owned(lots)
    return f"{words} {_lacking(lots)}".replace(" ,", ","), scene


def _lacking(lots: Lots) -> str:
    return lots.phrase(deeds.WITHOUT).replace("{lacking}", lots.phrase(deeds.LACKING)).replace("any a ", "a ")


def _list(lots: Lots) -> Told:
    """``a bowl of fruit: apple, pear, banana``: the parts."""
    parts = [_thing(lots) for _ in range(lots.rng.randint(2, 4))]
    bare = [_bare(part.words) if lots.chance(0.7) else part.words for part in parts]
    last = lots.of((", ", " and ", ", and "))
    words = f"{lots.phrase(deeds.WHOLES)}{lots.of((': ', ' with ', ' - ', ', '))}{', '.join(bare[:-1])}{last}{bare[-1]}"
    return words, add(Scene(()), *(part.mention for part in parts))


def _bare(words: str) -> str:
    first, _, rest = words.partition(" ")
    return rest if first in {"a", "an", "the", *deeds.OWNERS} and rest else words


def _crowd(lots: Lots) -> Told:
    """``seven red balloons``: each small, in a cell of its own."""
    count = lots.rng.choice(tuple(deeds.MANY))
    head = lots.noun() if lots.strays(lots.beyond) else lots.of(tuple(KINDS))
    said, color = spoken_color(lots, head) if lots.chance(0.4) else (None, None)
    words = " ".join(word for word in (lots.of(deeds.MANY[count]), said, plural(head)) if word)
    mention = Mention(head, head, color)
    return words, add(Scene(()), *crowd(mention, count))


def _mistyped(lots: Lots, words: str) -> str:
    """One letter of one of the world's own words wrong: left out, doubled, or two of them turned round."""
    known = [word for word in words.split() if len(word) > 3 and (word in KINDS or word in COLORS)]
    if not known:
        return words
    word = lots.of(known)
    at = lots.rng.randrange(1, len(word) - 1)
    wrong = lots.of(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return words.replace(word, wrong, 1) if words.count(word) == 1 else words


_TELLERS: dict[Callable[[Lots], Told], float] = {
    _deed: 3.0,
    _hold: 2.2,
    _pose: 1.0,
    _pose_somewhere: 1.6,
    _inside: 0.6,
    _between: 0.4,
    _owned: 0.6,
    _without: 1.2,
    _list: 1.0,
    _crowd: 0.7,
}
"""Ways to begin, with their weights."""

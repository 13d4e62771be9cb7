"""What a first request's words name as things, how many of each, and how they look.

Rules of English word order, no parser: the request is cut into pieces where articles, numbers, prepositions and
punctuation stand, and the last noun of a piece is its thing. A place ("on the beach"), a part ("a red roof"), a
comparison ("like a lion"), what something is made of, and what is not to be there are no things. Knows no canvas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.numbers import NUMBERS
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world import lexicon
from omost_pipeline.world.groups import groups_apart
from omost_pipeline.world.kinds import KINDS, Size, glyphs
from omost_pipeline.world.nouns import PAIRED, Noun, is_part, noun_of
from omost_pipeline.world.references import every_color, spots


@dataclass(frozen=True)
class Item:
    """``count`` things of one ``noun``, or ``at_least`` one where the words have no number; 0 of what was named before.

    ``looks`` are the noun's adjectives, ``piece`` all words that may belong to its name. ``asked`` is whether it is
    plainly to be drawn, and not perhaps a place or a manner. ``location`` is a canvas's name of where it is said to be.
    """

    noun: str
    count: int
    at_least: bool = False
    looks: tuple[str, ...] = ()
    piece: frozenset[str] = frozenset()
    location: str | None = None
    asked: bool = True

    @property
    def color(self) -> str | None:
        """The colour as a description names it, or two of one thing: ``black and white``."""
        looks = f"{' '.join(self.looks)} ".rpartition("ing ")[2]
        if (two := _TWO_COLORS.search(looks)) is not None:
            return two[0].replace("-", " ") if self.count == 1 and not self.at_least else None
        found = _color().search(looks)
        return None if found is None else lexicon.RARE_COLORS.get(found[0], found[0])

    @property
    def size(self) -> Size | None:
        """The size, where the words name one."""
        return next((_SIZES[each] for each in self.looks if each in _SIZES), None)

    @property
    def name(self) -> str:
        """What it is called without its colour and its size: ``polar bear``."""
        looks = " ".join(each for each in self.looks if each not in _SIZES and not _TWO_COLORS.fullmatch(each))
        looks = _color().sub("", looks)
        return " ".join((*looks.split(), self.noun))


_TWO_COLORS = re.compile(r"[a-z]+-and-[a-z]+")
_SIZES: dict[str, Size] = {
    **dict.fromkeys(("small", "tiny", "little"), "small"),
    **dict.fromkeys(("medium", "medium-sized"), "medium-sized"),
    **dict.fromkeys(("big", "large", "huge", "giant"), "large"),
}
_COUNTS = {
    **dict.fromkeys("a an single the my your his her its our their".split(), 1),
    **NUMBERS,
    "dozen": 12,
    "both": 2,
    "pair-of": 2,
    "couple-of": 2,
    "trio-of": 3,
}
_GROUPS = "group bunch herd flock crowd swarm pack pile row family team school army dozens".split()
_SOME = {
    **dict.fromkeys("some several few multiple various".split(), 3),
    **dict.fromkeys(("many", "lot-of", "lots-of"), 4),
    **{f"{each}-of": 5 for each in _GROUPS},
}
"""Words for so many, by the conventions of the conversations that the models were taught."""
_OF = re.compile(rf"\b(?:pair|couple|trio|lots?|{'|'.join(_GROUPS)}) of\b")
_PICTURES = frozenset("picture image drawing painting photo photograph illustration sketch portrait scene".split())
_SPOKEN_AS = tuple(
    (re.compile(rf"\b(?:{said})\b"), known)
    for said, known in (
        (r"in front of|next to|close to|(?:(?:to|on) the )?(?:left|right)(?: side)? of", "beside"),
        (r"on top of|on the back of|at the top of", "on"),
        (r"inside of|in the (?:middle|center|centre) of", "in"),
        (r"surrounded by", "with"),
        (r"of (?:fruits?|food|toys|animals|things) with", ":"),
        (r"(?:full|made|made out|built) of|(?:made|built) from|(?:filled|covered|decorated) (?:in|with|by)", "like"),
        (r"dressed (?:as|in|like)|in the (?:style|shape|form) of|instead of|shaped like", "like"),
    )
)
"""Several words that mean one."""
_IN = frozenset("in inside into within through".split())
_ON = frozenset("on onto upon at near by around along past across towards toward".split())
_NOT = frozenset("like as than without no not never nor or don't for from about".split())
"""What follows one of these is nothing to be drawn, or hardly."""
_BETWEEN = frozenset(
    "over under underneath beneath above below beside between behind before with against off to of up down out and & , "
    "who which that while where when is are was were be been being has have having it they he she him them there here "
    "this these those please very so too also just only each every all then but if can could would should will i me "
    "you we us draw paint show make create give want see let imagine add".split()
)
_STOPS = frozenset((*_IN, *_ON, *_NOT, *_BETWEEN, *_COUNTS, *_SOME))
_WORD = re.compile(r"[a-z0-9][a-z0-9'-]*|[,&]")
_VERB = re.compile(r"[a-z]+(?:ing|s|ed)")
_OF_A_HOUSE = frozenset(("door", "window"))
_AROUND = frozenset("person animal bird creature building nature weather aircraft".split())
"""Classes of things that nothing is in, or that are the place of everything which is."""


def inventory(words: str) -> list[Item]:
    """The things that an English request names, in their order; none of words that are too long for rules."""
    said = words.lower().replace("’", "'")
    if len(said) > LONGEST:
        return []
    said = _OF.sub(lambda found: found[0].replace(" ", "-"), _of_the_whole().sub(" ", said))
    for form, known in _SPOKEN_AS:
        said = form.sub(known, said)
    said = _colors_said(said.replace(" - ", ": "))
    found = list[Item]()
    for clause in re.split(r"[;.!?]", said):
        whole, _, parts = clause.partition(":")
        things, listed = list(_things(whole)), list(_things(parts))
        found += [replace(each, asked=each.asked and not listed) for each in things]  # the parts are what is drawn
        found += listed
    return found


def is_count(word: str) -> bool:
    """Whether a word in small letters is a number above one."""
    return _COUNTS.get(word, 1) > 1


def _colors_said(said: str) -> str:
    """Each group of a kind by itself, and two colours of one thing as one word."""
    color = _color().pattern
    return re.sub(rf"({color}) and ({color})(?= [a-z])", r"\1-and-\2", groups_apart(said))


def spoken_nouns(words: str) -> list[str]:
    """The noun of each word that is a form of one."""
    return [known.noun for each in _WORD.findall(groups_apart(words.lower())) if (known := noun_of(each)) is not None]


def _things(clause: str) -> Iterator[Item]:
    """The things of a clause, piece by piece: the ``lead`` words before a piece say what it is."""
    tokens, asked, after_noun, there = _WORD.findall(clause), True, False, set[str]()
    while tokens:
        lead = list(takewhile(_STOPS.__contains__, tokens))
        piece = list(takewhile(lambda each: each not in _STOPS, tokens[len(lead) :]))
        tokens = tokens[len(lead) + len(piece) :]
        spot = _spot().match(" ".join(tokens[:6]))
        location = None if spot is None else _location()[spot[1]]
        asked = _is_asked(lead, asked, after_noun)
        for each in _of_piece(piece, lead):
            again = _number(lead) in ("the", "its") and each.noun in there
            sure = each.asked and asked and not again and _may_stand(each, lead)
            count = 0 if again else each.count
            yield replace(each, count=count, asked=sure, location=location, piece=frozenset(piece))
            there.add(each.noun)
        after_noun = not set(piece) & _PICTURES and bool(piece)


def _number(lead: Sequence[str]) -> str:
    """The word before a piece that says how many; empty if none does."""
    return next((each for each in reversed(lead) if each in _COUNTS or each in _SOME), "")


def _is_asked(lead: Sequence[str], before: bool, after_noun: bool) -> bool:
    """Whether the words before a piece have it as a thing; what is only joined to another is what that is."""
    how = [each for each in lead if each not in _COUNTS and each not in _SOME]
    if any(each in _NOT for each in how):
        return False
    if "of" in how:
        return not after_noun
    joined = bool(how) and all(each in ("and", "&", ",") for each in how)
    return before if joined and len(how) == len(lead) else True


def _may_stand(thing: Item, lead: Sequence[str]) -> bool:
    """Whether what stands behind ``in`` or ``on`` may be a thing, and not the place of everything."""
    how = next((each for each in reversed(lead) if each in _IN or each in _ON or each in _BETWEEN), "")
    if how == "with" and thing.noun in _OF_A_HOUSE:
        return False
    if how not in _IN and how not in _ON:
        return True
    bare = thing.count == 1 and thing.at_least  # "on fire", "by train"
    if bare or not (thing.noun in KINDS or thing.noun in glyphs()) or thing.noun == "earth":
        return False
    if how in _ON:
        return True
    if thing.noun in KINDS:
        return thing.noun in ("tree", "car", "boat", "balloon", "flower", "umbrella")
    return glyphs()[thing.noun].group not in _AROUND


def _of_piece(piece: Sequence[str], lead: Sequence[str]) -> Iterator[Item]:
    """The thing of a piece, or two where a verb stands between them: ``knight fights dragon``."""
    number = _number(lead)
    count = _COUNTS.get(number) or _SOME.get(number)
    found = _noun_at(piece, count, bare=not number)
    if found is None:
        return
    place, noun = found
    end = place + 1
    while noun.is_singular and not _is_several(noun, count) and end < len(piece) and _goes_on(piece[end], count):
        place, noun = end, noun_of(piece[end]) or noun
        end += 1
    rest = piece[end:]
    if rest and is_part(rest[0]):  # a "carrot nose"
        return
    one = _counted(noun, number, piece[:place], alone=len(piece) == 1)
    acts = bool(rest) and (_VERB.fullmatch(rest[0]) is not None or _is_several(noun, count))
    other = _noun_at(rest, None, bare=True)
    if other is None:
        yield one if acts or not rest else replace(one, asked=False)  # of a "phone booth" nobody knows
    elif not other[0]:
        yield one
    elif not acts or rest[0].endswith("ed"):  # a "rainbow coloured unicorn", a "stone alarm clock"
        yield from _of_piece(rest, lead)
    else:
        plain = other[1].is_plural or not rest[0].endswith("ing")  # and not "a fire breathing dragon"
        yield replace(one, asked=plain)
        yield from (replace(each, asked=each.asked and plain) for each in _of_piece(rest[other[0] :], ()))


def _noun_at(piece: Sequence[str], count: int | None, *, bare: bool) -> tuple[int, Noun] | None:
    """Where the first noun stands that may be so many, and which it is."""
    for place, word in enumerate(piece):
        noun = noun_of(word)
        is_color = is_color_word(word) and (place + 1 < len(piece) or (bare and len(piece) == 1))
        if noun is not None and not is_color and (count != 1 or noun.is_singular):
            return place, noun
    return None


def _is_several(noun: Noun, count: int | None) -> bool:
    return noun.is_plural and count != 1


def _goes_on(word: str, count: int | None) -> bool:
    """Whether a word behind a noun is another that the first only describes: ``dog house``."""
    noun = noun_of(word)
    return noun is not None and (noun.is_singular or count != 1)


def _counted(noun: Noun, number: str, looks: Sequence[str], *, alone: bool) -> Item:
    adjectives = tuple(looks)
    if noun.noun in PAIRED:
        return Item(noun.noun, 1 if number == "pair-of" else _COUNTS.get(number, 1), looks=adjectives)
    if number in _COUNTS:
        count = _COUNTS[number]
        if count > 1 and not noun.is_plural and not alone:  # "a 10 year old girl"
            return Item(noun.noun, 1, True, adjectives, asked=False)
        if count == 1 and not noun.is_singular:  # "the birds"
            return Item(noun.noun, 3, True, adjectives)
        return Item(noun.noun, count, False, adjectives)
    several = noun.is_plural and (number in _SOME or not noun.is_singular)
    return Item(noun.noun, _SOME.get(number, 3) if several else 1, True, adjectives)


@cache
def _of_the_whole() -> re.Pattern[str]:
    """What says where everything is, or in what style: ``under the stars``, ``stained glass``."""
    where = (
        each for said in (*lexicon.WHERE.values(), *lexicon.MORE_WHERE.values()) for each in (*said.seen, *said.kept)
    )
    styles = (*lexicon.STYLES.seen, *lexicon.STYLES.kept)
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, (*where, *styles)), key=len, reverse=True))})\b")


@cache
def _color() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{every_color()})\b")


@cache
def _location() -> dict[str, str]:
    return {said: location for location, spots in lexicon.SPOTS.items() for said in spots}


@cache
def _spot() -> re.Pattern[str]:
    return re.compile(rf"(?:on|at|in|to) the ({spots()})\b")

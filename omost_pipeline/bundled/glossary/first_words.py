"""First requests as the bundled models were taught to read them: without what is not to be there, with what somebody
has on or in their hands said so, and for models that know none without deeds.

Rules of English word order, no parser: what they do not know stays as it was said. Edits are not for these, for there
"without the tree" takes something away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

from omost_pipeline.bundled.glossary.entries import alternatives, several
from omost_pipeline.canvas.wording import LONGEST, PARTS, PARTS_OF_MANY, article_of

_PLACES = (
    *("in", "on", "at", "under", "above", "below", "beside", "behind", "near", "with", "by", "over", "inside", "into"),
    *("during", "from", "to", "of", "next", "around", "between", "against", "through", "along", "as", "for"),
)
_JOINED = ("and", "or", "but", "while", "that", "which", "who")
_THING = rf"(?:(?!(?:{alternatives((*_PLACES, *_JOINED))})\b)[\w'-]+\s*){{1,3}}"
_ABSENT = re.compile(
    r"(?P<before>\w)(?:,\s*|\s+)(?:(?:but|and|that has|which has|that have|with)\s+)?"
    rf"(?:without(?:\s+any)?|no|not)\s+(?:any\s+|an?\s+|the\s+)?{_THING}(?:\s*\bor\s+(?:any\s+|an?\s+)?{_THING})*",
    re.IGNORECASE,
)
_ABSENT_FIRST = re.compile(
    rf"^(?:without(?:\s+any)?|no)\s+{_THING}(?:\s*\bor\s+{_THING})*(?:,\s*|\s+)(?:(?:but|and)\s+)?(?:just|only)\s+",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:(?:please )?(?:draw|show|paint)(?: me)? |an? (?:picture|image|drawing|painting) of )?(?:(?:in|on|at|by) )?"
    r"(?:(?:an?|the|some|my|outer) )?(?:(?:empty|lonely|quiet|deserted|plain) )?(?P<place>[a-z]+)[.!]?"
)
_OWNERS = re.compile(r"\b(?:my|our|your|his|her|their)\b(?= \w)", re.IGNORECASE)
_MINE = re.compile(r"\b(?:my|our|your) (?=[\w-]+)", re.IGNORECASE)
_DETERMINERS = ("a", "an", "the", "one", "two", "three", "four", "five", "some", "several", "many")
_NOUN = rf"(?P<thing>\b(?:an?|the|one)(?: (?!(?:{alternatives((*_PLACES, *_JOINED))})\b)[\w-]+){{1,3}}?)"
_DEED = re.compile(
    rf"{_NOUN} (?:is |are )?(?P<deed>[a-z]+(?:s|ing))(?= (?P<on>{alternatives((*_DETERMINERS, *_PLACES))})\b|[.!,]|$)",
    re.IGNORECASE,
)


def part_names() -> str:
    """A pattern of what belongs to a thing and is none beside it, of one and of several."""
    one = (*PARTS, "door", "window")
    return alternatives((*one, *map(several, one), *PARTS_OF_MANY))


_AT_HAND = "leaf|branch|feather|petal|root|button|hand|foot|horn"
"""Parts of which one may as well be in somebody's hand."""
_STOPS = alternatives((*_PLACES, *_JOINED, "a", "an", "the", "no", "two", "three", "four", "is", "are", "has"))
_A_PART = (
    r"(?:(?:an?|one|the|his|her|its|their|two|three|four|five|six|eight|some|many) )?"
    rf"(?:(?!(?:{_STOPS})\b)[\w-]+ ){{0,2}}"
    rf"(?!(?:{_AT_HAND})\b)(?:{part_names()})\b(?! of\b)(?! (?!(?:{_STOPS})\b|\w+ing\b)[\w-])"
)
_PARTS_OF = re.compile(
    rf"(?P<owner>\b(?:[\w-]+ ){{0,2}}\b(?!(?:{_STOPS}|room|kitchen)\b)[\w-]+),? "
    r"(?:with|(?:that|which|who) has|having) "
    rf"(?P<what>{_A_PART}(?:(?:,? and|,) {_A_PART}){{0,4}})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Carrying:
    """Who can have something on or in their hands, what one has on, has in one's hands, and rides: nouns."""

    beings: frozenset[str] = frozenset()
    worn: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    mounts: frozenset[str] = frozenset()


NOBODY = Carrying()
"""Of a world in which nobody carries anything."""


def of_anybody(words: str) -> str:
    """The request without whose it is: ``a grandmother`` for "my grandmother"."""
    return _MINE.sub("a ", words)


def without_absent(words: str) -> str:
    """The request without what it says that is not there: ``a house without windows``, ``a cat, not a dog``."""
    left = _ABSENT.sub(lambda found: f"{found['before']} ", _ABSENT_FIRST.sub("", words))
    left = re.sub(r"\s+", " ", left).strip()
    left = re.sub(r" (?=[,.!?])", "", left)
    return left if re.search(r"\w{3}", re.sub(r"\b(?:picture|image|drawing|of)\b", "", left)) else words


def parts_of(words: str) -> Iterator[tuple[str, str]]:
    """Each thing of a request that has parts, and these: ``a house`` and ``a red roof``."""
    if len(words) <= LONGEST:
        for found in _PARTS_OF.finditer(words):
            yield found["owner"], found["what"]


def without_parts(words: str) -> str:
    """The request without the parts of its things, which a model would put beside them."""
    return _PARTS_OF.sub(r"\g<owner>", words) if len(words) <= LONGEST else words


def with_carried(words: str, known: Carrying) -> str:
    """The request with ``a chef holding a pizza`` for "with a pizza", ``wearing a hat`` for "with a hat", and ``riding
    a horse`` for "on a horse"."""
    if not known.beings:
        return words

    def carried(found: re.Match[str]) -> str:
        hold = "wearing" if found["thing"].lower() in known.worn else "holding"
        return f"{found['who']} {hold} {article_of(found['what'])} {found['what']}"

    words = re.sub(
        rf"\b({alternatives(known.beings)}) (?:(?:is )?sit(?:s|ting) )?on (an?|the|his|her) "
        rf"((?:[\w-]+ )?(?:{alternatives(known.mounts)}))\b",
        r"\1 riding \2 \3",
        words,
        flags=re.IGNORECASE,
    )
    return re.sub(
        rf"\b(?P<who>{alternatives(known.beings)}) (?:is )?"
        r"(?:with|wearing|wears|(?:play|eat|read|drink|hold)(?:s|ing)?|carrying|carries)(?: an?| the| his| her| its)? "
        rf"(?P<what>(?:(?!(?:{alternatives((*_PLACES, *_JOINED))})\b)[\w-]+ ){{0,2}}?"
        rf"(?P<thing>{alternatives(known.worn | known.held)}))\b(?! and\b)",
        carried,
        words,
        flags=re.IGNORECASE,
    )


def place_alone(words: str, places: Iterable[str]) -> str | None:
    """The place that a request is all about, with nothing in it: ``a beach``, ``the empty desert``."""
    found = _PLACE.fullmatch(words.strip().lower())
    return next((place for place in places if found is not None and found["place"] == place), None)


def without_deeds(words: str, things: AbstractSet[str]) -> str:
    """The request as things beside each other, for models that know no deeds: ``a knight and a dragon``.

    What stands behind a thing is a deed if it is one of the ``things`` that the models know, or if another thing
    follows.
    """
    return _DEED.sub(partial(_beside, things), _OWNERS.sub("the", words))


def _beside(things: AbstractSet[str], found: re.Match[str]) -> str:
    follows = (found["on"] or "").lower() in _DETERMINERS
    if found["thing"].rpartition(" ")[2].lower() not in things and not follows:
        return found[0]
    return f"{found['thing']} and" if follows else found["thing"]

"""Emoji in place of nouns, put into words: ``a dog instead of the cat`` of "🐕 instead of the cat".

Unicode's own names say what they are. One that is no thing the models know, or that only ends a sentence, is a mood.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from omost_pipeline.bundled.glossary.entries import several
from omost_pipeline.bundled.glossary.spelling import known_words
from omost_pipeline.canvas.numbers import SEVERAL, WORDS
from omost_pipeline.canvas.wording import article_of

_SIGN = r"[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]"
_EMOJI = re.compile(rf"(?:{_SIGN}[\ufe0f\U0001f3fb-\U0001f3ff]*\u200d?)+")
_SIGNS = re.compile(
    rf"(?P<sign>{_SIGN})[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d(?P<work>{_SIGN})\ufe0f?(?:\u200d{_SIGN}\ufe0f?)*)?"
)
_MOODS = re.compile(r"[\U0001f3fb-\U0001f3ff\U0001f44a-\U0001f450\U0001f600-\U0001f637\U0001f641-\U0001f64f]")
_OTHERWISE = {
    "automobile": "car", "sailboat": "boat", "mage": "wizard",
    "dromedary camel": "camel", "teddy bear": "teddy bear",
    "school satchel": "backpack", "blossom": "flower", "cherry blossom": "flower", "locomotive": "train",
    "full moon": "moon", "pedestrian": "man", "raccoon": "raccoon", "bow and arrow": "bow", "pine decoration": "pine",
    "dark sunglasses": "sunglasses", "oncoming automobile": "car", "baby chick": "chick",
    "hamburger": "burger",
    "wrapped present": "gift", "crossed swords": "sword", "mount fuji": "mountain", "snow capped mountain": "mountain",
}  # fmt: skip
_AT_WORK: dict[str | None, str] = {
    "\U0001f680": "astronaut", "\U0001f692": "firefighter", "\U0001f373": "cook", "\U0001f33e": "farmer",
    "\U0001f3a8": "artist", "\U0001f3eb": "teacher", "\u2695": "doctor", "\U0001f52c": "scientist",
    "\u2708": "pilot", "\U0001f3a4": "singer", "\U0001f393": "student",
}  # fmt: skip
"""Whom a man or a woman stands for with such a sign behind them."""
_NO_THING = frozenset("face sign hand mark button symbol eyes finger arrow".split())
_COUNT = rf"one|{SEVERAL}|\d+"
_ARTICLE = f"{_COUNT}|an?|the|another|more|my|un|une|le|la|el|los|las|una|der|die|das|den|dem|ein|eine|einen|einem"
_LOOK = "small|big|little|large|red|blue|green|yellow|black|white|pink|purple|orange|brown|gray|old"
_HAS_AN_ARTICLE = re.compile(rf"(?<!\w)(?:{_ARTICLE})(?: (?:{_LOOK}))*\s*$|[\u4e00-\u9fff]\s*$", re.IGNORECASE)
_BEFORE_A_NOUN = re.compile(
    r"(?:^|[,;:、，]|(?<!\w)(?:add|put|draw|and|with|of|to|into|by|for|remove|delete|no|not|et|und|y|en|mit|avec|con|ajoute|"
    r"mets|añade|pon))\s*$",
    re.IGNORECASE,
)


def in_words(words: str) -> str:
    """The request with emoji that stand for a thing as nouns, and without the others."""
    if not _SIGNS.search(words):
        return words
    said, at = "", 0
    for found in _EMOJI.finditer(words):
        said, at = said + words[at : found.start()], found.end()
        said = f"{said.rstrip()} {_named(found[0], said)} "
    return re.sub(r"\s+(?=[,.!?;]|$)", "", re.sub(r"\s{2,}", " ", said + words[at:])).strip()


def _named(emoji: str, before: str) -> str:
    """``a dog and a tree`` of "🐕🌳", ``three balloons`` of "🎈🎈🎈"; nothing where a noun does not fit."""
    article = not _HAS_AN_ARTICLE.search(before)
    if article and not _BEFORE_A_NOUN.search(before):
        return ""
    nouns = [noun for each in _SIGNS.finditer(emoji) if (noun := _AT_WORK.get(each["work"]) or _noun(each["sign"]))]
    named = list[str]()
    for noun in dict.fromkeys(nouns):
        count = min(nouns.count(noun), len(WORDS))
        if count > 1:
            named.append(f"{WORDS[count - 1]} {several(noun)}")
        else:
            named.append(f"{article_of(noun)} {noun}" if article or named else noun)
    return " and ".join(named)


def _noun(sign: str) -> str | None:
    """``tree`` of "🌳", whose name is DECIDUOUS TREE."""
    name = unicodedata.name(sign, "").lower().replace("-", " ")
    if _MOODS.match(sign) or not name:
        return None
    name = re.split(r" with(?:out)? ", name)[0].removesuffix(" face")
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    spoken = [word for word in name.split() if word not in _NO_THING]
    if len(spoken) != len(name.split()):
        return None
    pairs = [" ".join(pair) for pair in pairwise(spoken)]
    return next((each for each in (*reversed(pairs), *reversed(spoken)) if each in known_words()), None)

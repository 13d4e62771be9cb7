"""What the words of a canvas's texts name: content words, colours, and the thing that a description is about.

Made for the English that language models write; of other languages it knows words, but not which of them is the thing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import GlobalDescription, Region

LONGEST = 200
"""Characters of words that rules of wording are for; on much longer ones their patterns would take minutes."""

PARTS = frozenset(
    "roof chimney balcony wing tail ear eye horn nose mouth leg arm paw hoof mane trunk stripe spot wheel sail mast "
    "headlight root leaf branch petal handle hand foot tooth beak face head smile beard moustache mustache freckle "
    "pocket button".split()
)
"""What belongs to a thing and is none beside it, one of it."""
PARTS_OF_MANY = frozenset("leaves branches hooves teeth feet hair fur skin feathers freckles".split())
"""As :data:`PARTS`, where there are several, or no number of it."""

_SAID_YOU = re.compile(r"uni(?!d|m|n)|u[sft](?:[aeio]|$|\b)|ufo|usb|uk|ura|ubi|eu|ewe|u-|ones?\b|one-|once\b")
"""Words that begin with a vowel and sound as if they did not."""
_MUTE_H = re.compile(r"(?:hours?|honou?r|honest|heir|x-)")
_A = re.compile(r"\b[Aa]n?(?= (?P<next>[a-z][a-z-]*))")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_STOPS = frozenset(
    "a an the this that these those its their his her my our your it they he she him them is are was were be been "
    "being has have had do does did will would can could may might and or but nor so as of in on at to from by "
    "with without into onto over under above below between among near beside behind before after during for about "
    "against through there here which who whom whose what where when while some any each every all both other "
    "another one two three four five six several many few more most very too also just only not no".split()
)
_ENDS = frozenset(
    "with in on at by near beside behind before under over above below that which who whose while from into against "
    "between among wearing holding standing sitting lying and or for to is are".split()
)
"""Words before which the phrase that names a thing ends."""
_REST = re.compile(
    r"(?<=\w\w) (?=(?:with|of|in|on|that|which|who|from|made|full|shaped|covered|surrounded)\b|"
    r"\w+ing (?:an?|the|his|her|its|tea|chess|football|glasses|sunglasses|boots|mittens)\b)",
    re.IGNORECASE,
)
"""Where a description goes on behind its noun."""
_COLLECTIVES = frozenset(
    "group pair crowd herd flock bunch couple set row piece lot number kind sort cluster line pile stack swarm team "
    "handful collection family army band range variety series cup glass bowl bottle basket bouquet".split()
)
_GERUND = re.compile(r"\w{3,}ing$")
_PLURAL = re.compile(r"(?<=[^\Ws])s$")


def texts_of(element: GlobalDescription | Region) -> tuple[str, ...]:
    """Everything an element says, each text by itself and each tag, too."""
    tags = tuple(tag.strip() for tag in element.tags.split(","))
    texts = (element.description, *element.detailed_descriptions, *tags)
    if isinstance(element, Region):
        texts = (*texts, element.atmosphere, element.style, element.quality_meta)
    return tuple(text for text in texts if text)


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """The words that say something, in the singular and in small letters."""
    return frozenset(_singular(word) for word in _words(text) if word not in _STOPS)


def plain_words(text: str) -> frozenset[str]:
    """The content words that name no colour."""
    return frozenset(word for word in content_words(text) if not is_color_word(word))


@lru_cache(maxsize=4096)
def thing_words(description: str) -> frozenset[str]:
    """The content words of the phrase that names the thing: "a stormy sky" of "A stormy sky with lightning."."""
    return content_words(" ".join(_phrase(description)))


@lru_cache(maxsize=4096)
def head_of(description: str) -> str:
    """The word that says what the thing is; empty where there is none."""
    words = [word for word in _phrase(description) if word not in _STOPS and not is_color_word(word)]
    return _singular(words[-1]) if words else ""


def name_and_rest(description: str) -> tuple[str, str]:
    """``A red house`` and `` with a blue door`` of "A red house with a blue door."."""
    words = description.rstrip(".")
    found = _REST.search(words)
    return (words, "") if found is None else (words[: found.start()], words[found.start() :])


def article_of(words: str) -> str:
    """``a`` or ``an``, as English has it before the words by their sound: ``an hour``, ``a ufo``; none has ``a``."""
    said = words.lower()
    return "an" if (said[:1] in tuple("aeiou") and not _SAID_YOU.match(said)) or _MUTE_H.match(said) else "a"


def with_articles(text: str) -> str:
    """The text with ``a`` or ``an`` as the next word's sound wants it."""
    return _A.sub(lambda found: found[0][0] + article_of(found["next"])[1:], text)


def words_of(text: str) -> frozenset[str]:
    """Every word as it stands, in small letters."""
    return frozenset(_words(text))


def phrases_after(text: str, determiners: frozenset[str]) -> list[list[str]]:
    """What is spoken of behind each of these words, in the singular: "dragon green" of "make the dragon green"."""
    words, phrases = _words(text), list[list[str]]()
    for number, word in enumerate(words):
        if word in determiners:
            phrases.append([])
            for following in words[number + 1 :]:
                if following in _STOPS or following in _ENDS:
                    break
                phrases[-1].append(_singular(following))
    return phrases


def _phrase(description: str) -> list[str]:
    words = _words(description)
    phrase: list[str] = []
    for number, word in enumerate(words):
        if word == "of" and phrase and _singular(phrase[-1]) in _COLLECTIVES:
            phrase = []  # what it is a group of comes now
        elif phrase and (
            word in _ENDS or word == "of" or (number > 1 and _GERUND.match(word) and _ends_phrase(words, number))
        ):
            break
        else:
            phrase.append(word)
    return phrase


def _ends_phrase(words: list[str], number: int) -> bool:
    """Whether a verb in -ing tells what the thing does, "a clown entertaining the", and not what kind it is."""
    return number == len(words) - 1 or words[number + 1] in _STOPS


def _words(text: str) -> list[str]:
    return [word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(text.lower())]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return _PLURAL.sub("", word) if len(word) > 3 else word

"""Edits as the bundled composers were taught to read them: who is meant by "she" or "it", and what somebody is given.

They read "it" as the thing that was named last, people mean by it what their first request was about; and of giving,
wearing and holding they know in first requests alone. Rules of English word order, no parser: what they do not know
stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import Literal

from omost_pipeline.bundled.glossary.entries import alternatives, several
from omost_pipeline.bundled.glossary.spelling import is_odd
from omost_pipeline.bundled.glossary.which_one import name_of, of_what_was_spoken_of, spoken_of, which_one
from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.wording import LONGEST, with_articles

Hold = Literal["riding", "holding", "wearing"]

_WORN = (
    *("hat", "cap", "crown", "helmet", "glasses", "sunglasses", "scarf", "tie", "dress", "shirt", "coat", "jacket"),
    *("shoes", "boots", "gloves", "necklace", "ring", "ribbon", "bow", "mask", "wig", "beard", "backpack", "jeans"),
)
_GROUNDS = tuple(
    "beach meadow field lawn grass street road hill mountain island farm day stage river lake sea "
    "playground night".split()
)
"""What everything stands on: a place for the whole picture."""
_SITES = tuple(
    "forest woods jungle cave garden park kitchen swamp village library factory room city desert space ocean sky snow "
    "rain fog storm museum school stadium dark".split()
)
"""What everything is in."""
_WHOLE = "|".join((*_GROUNDS, *_SITES))
_HOLDS: dict[Hold, str] = {
    "wearing": "wear|wears|wearing|put on|puts on",
    "holding": "hold|holds|holding|carry|carries|carrying",
    "riding": "ride|rides|riding|sit on|sits on",
}
_SAID: dict[Hold, str] = {"wearing": "wears", "holding": "holds", "riding": "rides"}
_TAKEN = (
    "clear|clean|cut|kill|destroy|hide|skip|omit|forget|scrap|dump|ditch|discard|trash|toss|wipe|strip|banish|withdraw|"
    "exclude|eliminate|leave|stop|don't want|don't need|don't like (?:it|them|him|her|that|this)|"
    "do not want|do not need"
)
_COUNTS = r"an?|one|two|three|four|five|some"
_OF_ALL = re.compile(r"\b(?:background|backdrop|scenery|style|look|colou?rs?|size|shape|back|instead)\b")
"""What one gives a picture, or what is no thing at all."""

_PAIRS = r"(?:[\w-]+ )?(?:glasses|sunglasses|jeans|gloves|boots|shoes)"
_GIVEN = re.compile(
    rf"\b(?:give|hand|lend) (?P<whom>the [\w ]+?) (?P<what>(?:{_COUNTS}) [\w -]+|{_PAIRS}\b)", re.IGNORECASE
)
_HELD = re.compile(
    r"\b(?P<whom>the [\w ]+?) (?:(?:should|must|could|shall|can|may|has to|needs to|is|be|to) )*"
    rf"(?P<verb>{'|'.join(_HOLDS.values())}|(?<=(?:ould|must) )have)"
    rf" (?P<what>(?:{_COUNTS}) [\w -]+|{_PAIRS}\b)",
    re.IGNORECASE,
)
_GIVEN_TO = re.compile(rf"\b(?:give|hand|lend) (?P<what>(?:{_COUNTS}) [\w -]+?) to (?P<whom>the [\w ]+)", re.IGNORECASE)
_THEIRS = r"\b(?:his|her|its|their|my|our|your) (?=(?:{names})\b)"
_PERSON = re.compile(r"\b(?:him|her|he|she)\b", re.IGNORECASE)
_SHE = frozenset(
    "woman girl princess queen witch mermaid fairy bride mother grandmother lady ballerina nun daughter sister wife "
    "waitress actress sorceress goddess".split()
)
_GIVE_IT = re.compile(r"\b(?:give it|it (?:should |must )?wears?)\b", re.IGNORECASE)
_IT = re.compile(r"\bit\b", re.IGNORECASE)
_OF_THE_PICTURE = re.compile(r"\b(?:in|into|to|from|of|behind) it\b", re.IGNORECASE)
_DONE_TO_THINGS = re.compile(
    r"\b(?:give|bigger|larger|smaller|taller|huge|tiny|small|large|enlarge|shrink|left|right|top|bottom|corner|middle|"
    r"center|closer|nearer|farther|further|up|down|remove|delete|erase|rid|wear|hold|turn it|move it)\b"
)
_PUT_ON = re.compile(
    rf"\b(?:put|place|add|set) (?P<what>(?:an?|some) (?:[\w-]+ ){{0,3}}?(?:{'|'.join(_WORN)})) "
    r"(?:on|onto) (?P<whom>the [\w ]+)",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?P<lead>.*?)\b(?:put|place|move|set) (?P<whom>it|the [\w ]+?) "
    r"(?P<where>in front of|behind|next to|beside|on top of|"
    rf"on(?! an? (?:[\w-]+ )*(?:{'|'.join(_GROUNDS)})\b)|under|above|below) (?P<what>an? [\w -]+)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?P<lead>(?:please |now )*)(?:put|place|move|set|show) (?P<whom>the [\w ]+?) "
    rf"(?P<where>(?:in|into|inside|on|at) (?:an?|the) (?:[\w-]+ )?(?:{_WHOLE}))(?: please)?[.!]?",
    re.IGNORECASE,
)
_UPON = re.compile(
    r"(?P<lead>.*\b(?:put|place|move|set)) (?P<whom>it|the [\w ]+?) (?:up )?on (?:top of )?"
    r"the (?P<what>moon|sun|planet|cloud|star|earth)\b"
    r"(?P<end>(?: please| pls)?[.!]*)",
    re.IGNORECASE,
)
"""Where somebody is put that stands on things of the sky, which come if they are not there."""
_SKY = re.compile(
    r"(?:make|change|turn|paint|colou?r)? ?the sky (?:(?:should|must) be |to |into |is )?(?P<color>[a-z ]+)",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"\b(?P<what>(?:{_COUNTS}) (?!(?:[\w-]+ )*(?:{_WHOLE})\b)[\w -]+) in the (?:back|background)\b",
    re.IGNORECASE,
)
_OTHER_WAY = {
    "in front of": "behind", "behind": "in front of", "next to": "next to", "beside": "beside", "on": "below",
    "on top of": "below", "under": "above", "above": "below", "below": "above",
}  # fmt: skip
_NEAR_IT = re.compile(
    rf"\b(?P<put>(?:put|place|add|draw) an? (?!(?:[\w-]+ )*(?:{_WHOLE})\b)[\w -]+?"
    r" (?:behind|in front of|next to|beside|on|on top of|under|above|below)) it\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"\b(?:another|one more|an? (?:second|third|fourth|fifth)) (?=[a-z])", re.IGNORECASE)
_THE = re.compile(r"(?<=\bthe )[a-z]{5,}\b", re.IGNORECASE)
_ALIKE = 0.85
_MORE = re.compile(r"(?:some |a few )?more (?=[a-z]+s\b)", re.IGNORECASE)
_OFF = (
    r"\b(?:take|lift|remove|delete|erase|get) "
    r"(?:the (?P<what>{names}) (?:off(?: of)?|from|out of|away from) (?:(?! and\b)[^,.;])+$|"
    r"the (?:{names})'s (?P<theirs>{names})\b(?: off| away)?)"
)
_TIMES = r"(?:(?:two|three|four|five|ten|\d+)(?: ?times|x)|twice|double)"
_BIGGER = re.compile(
    rf"\b{_TIMES} (?:(?P<more>bigger|larger|taller|smaller)|as (?:big|large|tall)|(?:the|its) size)"
    r"(?: (?:as|than) (?:it is|it was|before|now))?\b(?! (?:of|as|than)\b)",
    re.IGNORECASE,
)
_TALLER = re.compile(r"\btaller(?=(?: please| pls)?[.!]*$)", re.IGNORECASE)
_HALF = re.compile(r"\bhalf (?:as (?:big|large|tall)|(?:the|its) size)\b(?! (?:of|as)\b)", re.IGNORECASE)
_DEED = re.compile(
    r"(?:(?:please|now|then|and|also) )*(?:(?:add|draw|show) )?(?P<who>an? (?:[\w-]+ ){0,2}?[\w-]+) (?:(?:who|that) )?"
    r"(?:is )?(?P<deed>(?!its?\b|this\b|his\b|is\b|has\b|was\b|as\b|plus\b|needs?\b|becomes\b|replaces\b|looks\b|"
    r"turns\b|stands\b|being\b|using\b|having\b)[a-z]{2,}(?:s|ing)) (?:(?:with|against|to|at|after|over|from) )?"
    r"(?P<what>(?:an?|two|three|some) (?:[\w-]+ ){0,2}?[\w-]+)[.! ]*",
    re.IGNORECASE,
)
"""Who does what with what."""
_ADDS = re.compile(r"(?:(?:please|now|then|and|also|can you|could you|let's) )*(?:add|put in|include|draw|more)\b")
_TAKES = re.compile(
    r"\b(?:as(?! well)|no|not|without|instead|rather|away|off|out|only|for|where|place|gone|rid|"
    r"(?:remov|delet|eras|drop|los|replac|swap|disappear|vanish|hid|tak)\w*)\b"
)


_NO = (
    r"(?:(?:no+|nope|nah|sorry|oops|wait|actually|hm+|rather|better|i mean|i meant|i said|i'd (?:prefer|rather have)|"
    r"i prefer|i wanted|not that|make (?:it|that)|that should be|it should be|change to)(?: |[,.!:]+ ?))"
)
_WHAT = r"(?P<what>(?:an?|some|two|three|four|five) (?:[\w-]+ ){0,3}?[\w-]+)"
_IT_IS = r"(?:(?:it'?s|it is|that'?s|this is) )?(?:supposed to be )?"
_WRONG = r"(?P<wrong>(?:an?|the) (?:[\w-]+ ){0,2}?[\w-]+)"
_OTHER = tuple(
    re.compile(form)
    for form in (
        rf"{_NO}{{1,4}}{_WHAT}(?: (?:instead|please|pls))*[.! ]*",
        rf"(?:{_NO}{{1,3}})?{_IT_IS}{_WHAT},? (?:and )?not {_WRONG}[.! ]*",
        rf"(?:{_NO}{{1,3}})?{_IT_IS}not {_WRONG},? (?:but |it'?s |rather )?{_WHAT}[.! ]*",
    )
)
"""How it is said that something else was meant."""
_MORE_IS_SAID = re.compile(
    r"\b(?:and|or|than|the|with|without|on|in|at|to|of|for|as|by|next|left|right|under|above|below|behind|before|near|bit|"
    r"lot|little|more|less|bigger|larger|smaller|[a-z]{3,}ing)\b"
)


@dataclass(frozen=True)
class Gift:
    """``what`` somebody, a thing of the canvas, is given: "a red hat"."""

    whom: Region
    hold: Hold
    what: str


def meant(words: str, canvases: Sequence[Canvas]) -> str:
    """The words with names in place of "she", "him" and, right after the first request, "it".

    ``canvases`` are those so far, the oldest first.
    """
    before = canvases[-1]
    if not before.regions or len(words) > LONGEST:
        return words
    words = _corrected(words, canvases)
    return of_what_was_spoken_of(words, canvases) or _with_names(words, canvases)


def _with_names(words: str, canvases: Sequence[Canvas]) -> str:
    before = canvases[-1]
    names = [name_of(region) for region in before.regions]
    words = re.sub(_THEIRS.format(names=alternatives(names)), "the ", words, flags=re.IGNORECASE)
    words = _THE.sub(lambda found: _known_by(found[0], names), words)
    words = which_one(words, before)
    words = _PERSON.sub(lambda found: f"the {name_of(_person(found[0].lower(), before))}", words)
    it = f"the {name_of(spoken_of(canvases))}"
    if names.count(it[4:]) > 1 or _OF_ALL.search(words.lower()):
        return words
    if _GIVE_IT.search(words) or ((put := _BESIDE.search(words)) and put["whom"].lower() == "it"):
        return _IT.sub(it, words)
    if _NEAR_IT.search(words):
        return _NEAR_IT.sub(rf"\g<put> {it}", words)
    if _OF_THE_PICTURE.search(words) or re.search(rf"\b(?:{alternatives(names)})\b", words.lower()):
        return words
    about_a_thing = _DONE_TO_THINGS.search(words.lower()) or any(is_color_word(each) for each in words.lower().split())
    return _IT.sub(it, words) if len(canvases) == 1 and len(names) > 1 and about_a_thing else words


def _corrected(words: str, canvases: Sequence[Canvas]) -> str:
    """``replace the cat with a dog`` of "no, a dog" and "a dog, not a cat": what was said last was meant otherwise."""
    said = words.lower().strip()
    other = next((found for form in _OTHER if (found := form.fullmatch(said)) is not None), None)
    if other is None or _MORE_IS_SAID.search(other["what"]):
        return words
    spoken, what = spoken_of(canvases), other["what"]
    wrong = other.groupdict().get("wrong")
    if wrong is not None:
        alike = [each for each in canvases[-1].regions if name_of(each).split()[-1] == wrong.split()[-1]]
        spoken = alike[0] if len(alike) == 1 else spoken
    name = name_of(spoken)
    if [name_of(each) for each in canvases[-1].regions].count(name) > 1:
        return words
    _, *looks, noun = what.split()
    if noun != name.split()[-1]:
        return f"replace the {name} with {what}"
    return f"make the {name} {' '.join(looks)}" if looks and is_color_word(looks[-1]) else words


def next_words(words: str, canvases: Sequence[Canvas]) -> str:
    """An edit as it was taught, where the rules know how."""
    if len(words) > LONGEST:
        return words
    words, before = _HALF.sub("smaller", _BIGGER.sub(lambda found: found["more"] or "bigger", words)), canvases[-1]
    words = _TALLER.sub("bigger", words)
    words = _off(meant(words, canvases), before)
    if (found := gift(words, before)) is not None:
        return f"add {found.what}"
    said = _of_all(words, before) or _beside(words, before)
    if said is not None:
        return said
    words = with_articles(_ANOTHER.sub("a ", _BEHIND.sub(r"\g<what> in the distance", words)))
    more = _MORE.match(words)
    return f"add more {words[more.end() :]}" if more else words


def _of_all(words: str, before: Canvas) -> str | None:
    """What is said of one thing, or of the sky, and meant of the whole picture."""
    if (sky := _SKY.fullmatch(words)) is not None and is_color_word(sky["color"].split()[-1].lower()):
        return f"make the background a {sky['color']} sky"
    put = _ELSEWHERE.fullmatch(words)
    if put is None or _named(put["whom"], before) is None or _named_within(put["where"], before):
        return None
    return f"{put['lead']}put it {put['where']}"


def _beside(words: str, before: Canvas) -> str | None:
    """``add a sofa below the dog`` of "put the dog on a sofa": who is there stays there."""
    upon = _UPON.fullmatch(words)
    if upon is not None and not _named_within(upon["what"], before):
        it = f"the {name_of(before.regions[0])}" if len(before.regions) == 1 else "it"
        whom = it if upon["whom"].lower() == "it" else upon["whom"]
        words = f"{upon['lead']} {whom} on a {upon['what']}{upon['end']}"
    put = _BESIDE.search(words)
    if put is None or _named(put["whom"], before) is None:
        return None
    return f"{put['lead']}add {put['what']} {_OTHER_WAY[put['where'].lower()]} {put['whom']}"


def _off(words: str, before: Canvas) -> str:
    """``remove the hat`` of "take the hat off the dog", which the dog is to survive."""
    names = alternatives(name_of(each) for each in before.regions)
    taken = re.search(_OFF.format(names=names), words, re.IGNORECASE) if names else None
    return words if taken is None else f"{words[: taken.start()]}remove the {taken['what'] or taken['theirs']}"


def deeds(words: str) -> tuple[str, str] | None:
    """The two edits of "a knight fights a dragon": ``add a knight`` and ``add a dragon``; None of other words.

    Where one has the other at its body the second is ``the knight rides a horse``.
    """
    found = _DEED.fullmatch(words.strip()) if len(words) <= LONGEST else None
    if found is None:
        return None
    hold = next((hold for hold, verbs in _HOLDS.items() if found["deed"].lower() in verbs.split("|")), None)
    whom = found["who"].partition(" ")[2]
    return f"add {found['who']}", f"the {whom} {_SAID[hold]} {found['what']}" if hold else f"add {found['what']}"


def adds(words: str) -> bool:
    """Whether an edit asks for something more, so that nothing is to go."""
    return _ADDS.match(words.lower()) is not None and not _TAKES.search(words.lower())


def is_emptied(canvas: Canvas, canvases: Sequence[Canvas], words: str) -> bool:
    """Whether all that was there went for words that neither have anything go nor name it: "can you make it cuter?"."""
    if canvas.regions or not canvases[-1].regions or canvas in canvases:
        return False
    names = [name_of(region) for region in canvases[-1].regions]
    said, named = words.lower(), alternatives((*names, *map(several, names)))
    if _TAKES.search(said) or re.search(rf"\b(?:undo|back|nothing|empty|{_TAKEN})\b", said):
        return False
    return not re.search(rf"\b(?:{named})\b", said)


def gift(words: str, before: Canvas) -> Gift | None:
    """What the words have somebody of the canvas get, wear, hold or ride; None where they speak of nothing such."""
    if len(words) > LONGEST:
        return None
    found = _GIVEN_TO.search(words) or _GIVEN.search(words) or _HELD.search(words) or _PUT_ON.search(words)
    if found is None or _OF_ALL.search(words.lower()):
        return None
    whom = _named(found["whom"], before)
    return None if whom is None else Gift(whom, _hold(found), re.sub(rf"^(?={_PAIRS}$)", "a ", found["what"].strip()))


def _named(words: str, before: Canvas) -> Region | None:
    """The thing that ``the dog``, or ``the dog in the center``, is; the one dog also with whatever is said of it."""
    said = words.lower().strip()
    called = [f"the {name_of(each)}" for each in before.regions]
    things = list(zip(before.regions, called, strict=True))
    exactly = (each for each, name in things if said in (name, f"{name} {each.location}"))
    only = (each for each, name in things if called.count(name) == 1 and said.startswith(f"{name} "))
    return next(chain(exactly, only), None)


def _named_within(words: str, before: Canvas) -> bool:
    """Whether the words name a thing of the canvas."""
    names = alternatives(name_of(each) for each in before.regions)
    return bool(names) and re.search(rf"\b(?:{names})\b", words.lower()) is not None


def _person(pronoun: str, before: Canvas) -> Region:
    """Who is meant by "she" or "he": the first such person, else the first thing."""
    people = [each for each in before.regions if (name_of(each).split()[-1] in _SHE) == (pronoun in ("she", "her"))]
    return (people or before.regions)[0]


def _known_by(word: str, names: Sequence[str]) -> str:
    """``balloon`` of "ballon", where that is there and the other is nothing that anybody knows."""
    if word.lower() in {*names, *map(several, names)} or not is_odd(word.lower()):
        return word
    return next(iter(get_close_matches(word.lower(), names, 1, _ALIKE)), word)


def _hold(found: re.Match[str]) -> Hold:
    if (verb := found.groupdict().get("verb")) is not None and not verb.lower().endswith("have"):
        return next(hold for hold, verbs in _HOLDS.items() if verb.lower() in verbs.split("|"))
    return "wearing" if found["what"].split()[-1].lower() in _WORN else "holding"

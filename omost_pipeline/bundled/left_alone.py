"""What an edit leaves as it is, where it says no more: a question changes nothing, and "only the house" is the house.

A small model was taught that every message is a change, and makes one of "don't remove the balloons", too.
"""

from __future__ import annotations

import re
from dataclasses import replace

from omost_pipeline.bundled.glossary.entries import alternatives, several
from omost_pipeline.bundled.glossary.which_one import name_of
from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.wording import LONGEST

_LEAD = r"(?:(?:please|now|no|ok|okay|oh|well|just|and|but|then)[, ]+)*"
_END = r"(?:,? please)?[.!]*"
_QUESTION = re.compile(
    r"(?:and |but |so |ok,? )?(?:"
    r"(?:who|whose|(?:what|which)(?:'s|(?! if| about)(?: [\w-]+){0,2}? (?:is|are|does|do|did|has|have)| kind)|"
    r"where(?:'?s| is| are)|why (?:is|are|does|did|has|have)|"
    r"how (?:many|much|old)|how (?:does|did|is|are)|(?:can|do) you (?:see|know|like|hear|tell me))\b[^,.;?!]*\?*|"
    r"(?:is|are|was|were|does|did) (?:the|that|this|it|he|she|they|there|these|those)\b"
    r"(?![^?]*\b(?:possible|way|chance|able|too|could|can|would|a bit|enough)\b)[^,.;?!]*\?+|"
    r"(?:pourquoi (?!pas\b|ne\b)|qui |combien |où |que fait |que font |qu'est-ce |"
    r"was (?:macht|machen|tut) |warum (?!nicht\b)|wer |wie viele |wo |"
    r"por qué (?!no\b)|quién |cuánt[oa]s |dónde |qué (?:hace|hacen|es) )[^,.;?!]*\?+|"
    r"[^，。；,]*(?:在做什么|在干什么|在干嘛|是谁|在哪儿?|在哪里)[？?]*"
    r")\s*"
)
_HANDS_OFF = re.compile(
    rf"{_LEAD}(?:don't|do not|dont|never|you (?:shouldn't|should not|mustn't|must not)) (?:ever )?"
    r"(?:remove|delete|erase|drop|lose|take away|touch|change|alter|modify|move|replace|swap|repaint|recolou?r|resize|"
    r"get rid of|throw (?:out|away)|kick out)\b"
    r"(?!.*\b(?:but|instead|rather|just|only|except|until|unless|so|yet|too|as|and (?!the|my|all))\b)[^,.;]*"
)
_HANDS_OFF_ABROAD = re.compile(
    r"(?:s'il te plaît,? |non,? )?(?:n'(?:enlève|efface|enlevez)|ne (?:supprime|retire|touche|change|enlève|modifie)) "
    r"pas\b(?!.*\b(?:mais|sauf)\b)[^,.;]*|"
    r"(?:bitte |nein,? )?(?:entferne|lösche|ändere|verändere|nimm) (?!.*\b(?:sondern|aber|nur)\b)"
    r"(?:[^,.;]* )?nicht\b[^,.;]*|"
    r"(?:por favor,? |no, )?no (?:quites|borres|elimines|cambies|toques|muevas)\b(?!.*\b(?:sino|pero)\b)[^,.;]*|"
    r"(?:请)?(?:不要|别)(?:去掉|删除|删掉|移除|拿走|改变|改|动|碰)[^，。；,]*[。！!]?"
)
_AS_IT_IS = (
    r"(?: (?:alone|untouched|unchanged|there|in (?:its|their) place|where (?:it|they) (?:is|are)|exactly|just|"
    r"(?:the way|as|like) (?:it|they|he|she)(?:'s| is| are|'re| was| were)|like (?:this|that|it)|as is|in peace))*"
)
_ONLY = (
    r"(?:(?:remove|delete|erase|clear|drop|get rid of|take away|throw out) (?:everything|all|everyone|every thing|"
    r"all (?:the )?(?:other )?(?:things|objects))(?: else)?,?(?: away| out)? (?:except(?: for)?|but|apart from|"
    r"other than|besides|save)|(?:keep|leave|show|i want|we need)(?: me)? (?:only|just|nothing but)|"
    r"(?:only|just) (?:keep|leave|show|i want)|only|nothing but)"
)
_SOME = r"(?:an?|one|two|three|four|five|some|another|\d+)"
_NOTHING = re.compile(
    rf"{_LEAD}(?:remove|delete|erase|clear|take away|get rid of) "
    rf"(?:everything|it all|all of it|all (?:the )?(?:things|objects)){_END}"
)


def left_alone(words: str, before: Canvas) -> Canvas | None:
    """What is left of a canvas by an edit that only says what is to stay, or asks; None where more is said."""
    said = words.lower().replace("’", "'").strip()
    if len(said) > LONGEST or not before.regions:
        return None
    if _QUESTION.fullmatch(said) or is_kept(said, before):
        return before
    kept = [] if _NOTHING.fullmatch(said) else _only(said, before)
    return None if kept is None else replace(before, regions=tuple(kept))


def is_kept(said: str, before: Canvas) -> bool:
    """Whether words in small letters say no more than that something is to stay as it is."""
    these = rf"(?:it|them|this|that|everything|all|{_things(before)})"
    stays = rf"{_LEAD}(?:keep|leave|let) {these}(?: be)?{_AS_IT_IS}{_END}"
    return bool(_HANDS_OFF.fullmatch(said) or _HANDS_OFF_ABROAD.fullmatch(said) or re.fullmatch(stays, said))


def _only(said: str, before: Canvas) -> list[Region] | None:
    """The things that alone are to stay."""
    only = re.fullmatch(rf"{_LEAD}{_ONLY} (?P<things>{_things(before)}|the (?:background|sky|landscape)){_END}", said)
    if only is None:
        return None
    spoken = re.split(r",? and |, ", only["things"])
    kept = [each for each in before.regions if any(_is_called(each, words) for words in spoken)]
    return kept if kept or re.search(r"the (?:background|sky|landscape)$", only["things"]) else None


def _is_called(thing: Region, words: str) -> bool:
    """Whether ``the red houses`` may be a thing."""
    name = name_of(thing)
    found = re.search(rf"(?:\b(?P<first>[\w-]+) )?\b(?:{alternatives((name, several(name)))})$", words)
    if found is None:
        return False
    color = found["first"]
    return not color or not is_color_word(color) or f" {color} " in thing.description.lower()


def _things(before: Canvas) -> str:
    """The pattern of one or several of a canvas's things: ``the dog, the two cats and the old house``."""
    names = [name_of(each) for each in before.regions]
    thing = rf"(?:all )?(?:the |my )?(?!{_SOME} )(?:[\w-]+ )?(?:{alternatives((*names, *map(several, names)))})"
    return rf"{thing}(?:(?:,? and|,) {thing}){{0,5}}"

"""Two edits in one message, or one of two things, done one after the other: a small model forgets the half of them."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing

from omost_pipeline.bundled.glossary import in_english, language_of
from omost_pipeline.bundled.glossary.entries import alternatives, several
from omost_pipeline.bundled.glossary.next_words import deeds
from omost_pipeline.bundled.glossary.which_one import name_of
from omost_pipeline.bundled.left_alone import is_kept
from omost_pipeline.bundled.plainly import plainly
from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.composer.composition import as_asked
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written
from omost_pipeline.errors import OmostError

_LEAD = (
    r"(?:(?:please|now|then|also|just|next|okay|ok|and|finally|maybe|let's|(?:could|can|would) (?:you|we)|why not|"
    r"(?:that's |that is |this is )?(?:perfect|great|nice|super|cool|lovely|wonderful|fine|good)|thanks|thank you|"
    r"i(?:'d| would)? (?:want|like)(?: you)? to)"
    r"[,.! ]+)*"
)
_VERBS = (
    r"add|draw|put|place|include|insert|remove|delete|erase|drop|make|turn|change|paint|repaint|colou?r|recolou?r|"
    r"replace|substitute|swap|switch|exchange|interchange|trade|convert|transform|"
    r"move|push|pull|shift|drag|bring|give|show|enlarge|shrink|resize|"
    r"get rid|get (?:the|my)|throw in|throw out|set|use|hide|zoom|let|kick out|wipe|clear|stop|lose|toss|scale|grow|"
    r"nudge|slide|slip|carry|transport|lift|lower|raise|align|fit in|supplement|"
    r"leave (?:[\w-]+ ){1,4}(?:out|away)|do away|blow up|"
    r"trash|pick|choose|fill|downscale|upscale|reduce|increase|smaller|larger|bigger|"
    r"dye|tint|darken|brighten|have|without|(?:how|what) about|i(?:'d| would)? (?:want|like|need|rather have)|"
    r"there (?:should|must)|(?:can|could) we have"
)
_BEGINS = (
    rf"{_LEAD}(?:(?:{_VERBS})\b|take (?:[\w-]+ ){{1,5}}(?:away|out|off|from)\b|(?:instead|in place) of (?!it\b|that\b)|"
    r"(?:the (?:[\w-]+ ){1,3}|it )(?:should|must|needs|has to)\b)"
)
_WISHES = (
    r"(?!that|this|so |because|which|who)[^;.]*\b(?:should|must|needs?|(?:has|have|is|are) to|(?:is|are) now|"
    r"(?:is|are) superfluous|(?:can|may|could) be|would (?:be|look)|does(?:n't| not) need|"
    r"do(?:n't| not) (?:like|want|need)|prefer|as well|too)\b"
)
"""An edit that begins like none, which it is taken for where other words say that there are two."""
_POLITE = re.compile(_LEAD)
_EDIT = re.compile(rf"{_BEGINS}|{_WISHES}")
_JOINT = re.compile(
    rf"(?:[,;.]? and|[,;.]|,? then)(?: also| then| please)* (?={_BEGINS})|"
    rf"(?:[;.]|, and|[,;.]?(?: and)?(?: also| then| please)+) (?={_WISHES})"
)
_FOREIGN_JOINT = re.compile(
    r"(?:[,;.]? (?:et|und|y)|[,;.]|,? (?:puis|ensuite|dann|luego))"
    r"(?: (?:puis|ensuite|aussi|dann|auch|luego|también))* |"
    r"[，；。](?:然后|接着|并且|同时|再|并|还|也)*"
)
_INSTEAD = re.compile(rf"(?:^|[,;.] |\b(?:and|then) ){_LEAD}(?:instead|in place) of [\w -]+$")
"""Before the comma of "instead of the cat, draw a dog", which is one edit."""
_BUT = re.compile(r"(?:[,;.]? (?:but|and)|[,;.]) ")
_OF_ALL = re.compile(r"\b(?:everything|everyone|all|both|them|each|rest|others?)\b")
_TAKE = r"(?:remove|delete|erase|drop|get rid of|take away|wipe|lose)"
_MAKE = r"(?:make|paint|repaint|colou?r|recolou?r|turn)"
_AWAY = r"(?: (?:away|as well|from the (?:picture|image|scene))|,? please)*"
_AND_THE = r"(?:,? and|,) (?:the |my )?"
_LOOKS = frozenset(
    "bigger larger smaller taller shorter huge big large small tiny little giant much even very really a bit lot both "
    "all light dark bright deep pale and please twice half as times".split()
)
"""What stands with colours where several things are to be of one colour or size."""
_LOOK = r"(?:(?:much|even|a bit|a lot|light|dark|bright|pale) ){0,2}[a-z]+"
_TWO_LOOKS = re.compile(
    rf"{_LEAD}{_MAKE} (?P<what>it|(?:the|my) [\w-]+(?: [\w-]+)??) (?P<one>{_LOOK})(?:,? and|,) (?P<other>{_LOOK})"
    r"(?: please| pls)?[.!]*"
)
_SIZES = frozenset("bigger larger smaller taller shorter big large small tiny little huge giant".split())
_FOR_WHAT = re.compile(rf"{_LEAD}(?:replace|substitute|exchange|swap|switch)\b")
"""What begins an edit that takes two: of "replace the cat and put a dog" neither half is one."""
_WHAT_FOR = re.compile(r"\b(?:with|by|for|through|into|places|(?:exchange|swap|switch)\b.* and (?:the|my))\b")
_GONE = re.compile(
    rf"{_LEAD}(?:remove|delete|erase|drop|kick|throw out|lose|wipe|(?:i(?:'d| would) like you to )?take)\b|"
    r".*\b(?:superfluous|not (?:like|want|need)|don't|doesn't)\b"
)
"""After it there is no "it" any more: "I don't like the tree, remove it" is one edit, as "take it, make it red"."""
_OF_BOTH = re.compile(
    r"\b(?:instead(?! of)|there(?=[.!]?$)|them|both|each|other|same|too|its place|places|one of|rest|more)\b"
)
"""What stands in words that mean something of the words before them."""


def steps(words: str) -> list[str]:
    """``words`` as the edits that they ask for, two at most; as they are where that is not plain."""
    said = words.lower()
    if len(said) > LONGEST or not _EDIT.match(said):
        return [words]
    polite = _POLITE.match(said)
    joints = [
        each
        for each in _JOINT.finditer(said, polite.end() if polite else 0)
        if not _INSTEAD.search(said[: each.start()])
    ]
    if len(joints) != 1:
        return [words]
    first, second = words[: joints[0].start()].strip(), words[joints[0].end() :].strip()
    begun, of_both = first.lower(), _OF_BOTH.search(second.lower())
    half = _FOR_WHAT.match(begun) and not _WHAT_FOR.search(begun)
    once = _GONE.match(begun) and re.search(r"\bit\b", second.lower())
    return [words] if of_both or half or once or not _EDIT.match(begun) else [first, second]


def wishes(words: str, before: Canvas) -> list[str]:
    """``words`` as the edits of a canvas that they ask for, each of one thing, where that is plain."""
    if len(words) > LONGEST:
        return [words]
    if (two := deeds(in_english(words))) is not None:
        return list(two)
    change = _without_what_is_kept(words, before) or words
    names = [name_of(each) for each in before.regions]
    single = [each for step in foreign_steps(change) or steps(change) for each in _of_each(step, before)]
    return [plainly(each, names) for each in single]


def _without_what_is_kept(words: str, before: Canvas) -> str | None:
    """``make the cat black`` of "leave the dog as it is, but make the cat black"."""
    for joint in _BUT.finditer(words):
        one, other = words[: joint.start()].strip(), words[joint.end() :].strip()
        for change, kept in ((one, other), (other, one)):
            alone = not _OF_ALL.search(change.lower()) and (change == one or not _OF_BOTH.search(change.lower()))
            alone = alone and (change == one or not re.search(r"\bit\b", change.lower()))
            if alone and _EDIT.match(change.lower()) and is_kept(kept.lower(), before):
                return change
    return None


def foreign_steps(words: str) -> list[str]:
    """Two edits in one of the glossary's languages; none where it is not plain that they are two."""
    language = language_of(words)
    if language == "en":
        return []
    two = [(words[: each.start()].strip(), words[each.end() :].strip()) for each in _FOREIGN_JOINT.finditer(words)]
    two = [each for each in two if all(language_of(half) == language for half in each)]
    english = [tuple(in_english(half).lower() for half in each) for each in two]
    plain = [all(map(_EDIT.match, each)) and not _OF_BOTH.search(each[1]) for each in english]
    return list(two[plain.index(True)]) if plain.count(True) == 1 else []


def _each_look(said: str) -> list[str] | None:
    """``make the dog smaller`` and ``make the dog red`` of "make the dog smaller and red"; None of what is one look."""
    found = _TWO_LOOKS.fullmatch(said)
    if found is None:
        return None
    last = [found[look].split()[-1] for look in ("one", "other")]
    if sum(map(is_color_word, last)) != 1 or sum(each in _SIZES for each in last) != 1:
        return None
    return [f"make {found['what']} {found[look]}" for look in ("one", "other")]


def _of_each(words: str, before: Canvas) -> list[str]:
    """``remove the dog`` and ``remove the cat`` of "remove the dog and the cat"."""
    said, things = in_english(words).lower(), _several_things(before)
    if (looks := _each_look(said)) is not None:
        return looks
    taken = re.fullmatch(rf"(?P<verb>{_LEAD}{_TAKE}) {things}(?P<rest>{_AWAY})[.!?]*", said)
    made = re.fullmatch(rf"(?P<verb>{_LEAD}{_MAKE}) {things}(?P<rest>(?: [\w-]+){{1,5}})[.!?]*", said)
    if made is not None and not all(is_color_word(each) or each in _LOOKS for each in made["rest"].split()):
        made = None
    if (found := taken or made) is None:
        return [words]
    return [f"{found['verb']} the {each}{found['rest']}" for each in re.split(_AND_THE, found["things"])]


def _several_things(before: Canvas) -> str:
    names = [name_of(each) for each in before.regions]
    thing = (
        rf"(?!(?:an?|another|one|some) )(?:[\w-]+ )?(?:{alternatives((*names, *map(several, names)))})\b"
        r"(?: (?:on|in|at) the [\w-]+)?"
    )
    return rf"(?:both |all )?(?:of )?(?:the |my )?(?P<things>{thing}(?:{_AND_THE}{thing}){{1,5}})"


class Stepwise:
    """A composer that is asked for one edit after the other, each on the canvas of the one before."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As the composer's own; see :class:`Composer`. Of several edits the reply is the last one's canvas."""
        *before, last = wishes(words, history[-1].canvas) if history else [words]
        now = list(history)
        for wish in before:
            canvas = yield from self._canvas_of(now, wish, options)
            if canvas is None:  # then as it was said
                return (yield from self._composer.compose(history, words, options))
            now.append(Turn(wish, canvas))
        return (yield from self._composer.compose(now, last, options))

    def _canvas_of(
        self, history: Sequence[Turn], wish: str, options: ComposeOptions
    ) -> Generator[str, None, Canvas | None]:
        """What is written of one edit, which nobody reads yet; None where it is no canvas."""
        pieces = list[str]()
        with closing(self._composer.compose(history, wish, options)) as writing:
            for piece in writing:
                pieces.append(piece)
                yield ""
        try:
            return as_asked(history[-1].canvas, parse_canvas("".join(pieces)), wish).canvas
        except OmostError:
            return None

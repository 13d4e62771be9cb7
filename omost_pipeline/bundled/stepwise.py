"""Two edits in one message, done one after the other: a small model was taught each, and of two forgets the half."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.composition import as_asked
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written
from omost_pipeline.errors import OmostError

_LONGEST = 200
"""Characters of a message that is taken apart."""

_LEAD = (
    r"(?:(?:please|now|then|also|just|next|okay|ok|and|finally|maybe|let's|(?:could|can|would) (?:you|we)|"
    r"i(?:'d| would)? (?:want|like)(?: you)? to)[, ]+)*"
)
_VERBS = (
    "add|draw|put|place|include|insert|remove|delete|erase|drop|make|turn|change|paint|repaint|colou?r|recolou?r|"
    "replace|substitute|swap|switch|exchange|convert|transform|move|push|pull|shift|drag|bring|give|show|enlarge|shrink|"
    "resize|get rid|throw in|throw out|set|use|hide|zoom|let|kick out|wipe|clear|stop|lose|toss|scale|grow|nudge|"
    "i(?:'d| would)? (?:want|like|need|rather have)|there (?:should|must)|(?:can|could) we have"
)
_BEGINS = (
    rf"{_LEAD}(?:(?:{_VERBS})\b|take (?:[\w-]+ ){{1,5}}(?:away|out|off)\b|"
    r"(?:the (?:[\w-]+ ){1,3}|it )(?:should|must|needs|has to)\b)"
)
_EDIT = re.compile(_BEGINS)
_JOINT = re.compile(rf"(?:[,;.]? and|[,;.]|,? then)(?: also| then| please)* (?={_BEGINS})")
_FOR_WHAT = re.compile(rf"{_LEAD}(?:replace|substitute|exchange|swap|switch)\b")
"""What begins an edit that takes two: of "replace the cat and put a dog" neither half is one."""
_OF_BOTH = re.compile(
    r"\b(?:instead(?! of the)|there[.!]?$|them|both|each|other|same|too|its place|places|one of|rest|more)\b"
)
"""What stands in words that mean something of the words before them."""


def steps(words: str) -> list[str]:
    """``words`` as the edits that they ask for, two at most; as they are where that is not plain."""
    said = words.lower()
    if len(said) > _LONGEST or not _EDIT.match(said):
        return [words]
    joints = list(_JOINT.finditer(said))
    if len(joints) != 1:
        return [words]
    first, second = words[: joints[0].start()].strip(), words[joints[0].end() :].strip()
    begun, of_both = first.lower(), _OF_BOTH.search(second.lower())
    half = _FOR_WHAT.match(begun) and not re.search(r"\b(?:with|by|for|places)\b", begun)
    return [words] if of_both or half or not _EDIT.match(begun) else [first, second]


class Stepwise:
    """A composer that is asked for one edit after the other, each on the canvas of the one before."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As the composer's own; see :class:`Composer`. Of two edits the reply is the second's canvas."""
        first, *rest = steps(words) if history else [words]
        if not rest:
            return (yield from self._composer.compose(history, words, options))
        pieces = list[str]()
        with closing(self._composer.compose(history, first, options)) as writing:
            for piece in writing:
                pieces.append(piece)
                yield ""
        try:
            canvas = as_asked(history[-1].canvas, parse_canvas("".join(pieces)), first).canvas
        except OmostError:  # then as it was said
            return (yield from self._composer.compose(history, words, options))
        return (yield from self._composer.compose((*history, Turn(first, canvas)), rest[0], options))

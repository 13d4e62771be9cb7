"""Another style of all that is there: "make it a pencil sketch", "in watercolour", "back to normal".

A small model that is told of a pencil sketch may make a pencil of a cat. Here words that name nothing but a style
change nothing else. Knows no model.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world import lexicon

_CALLED = {
    "watercolour": "watercolor",
    "water colour": "watercolor",
    "water color": "watercolor",
    "watercolor painting": "watercolor",
    "watercolour painting": "watercolor",
    "pixels": "pixel art",
    "pixel-art": "pixel art",
    "ink": "ink drawing",
    "comic strip": "comic",
    "oil": "oil painting",
}
"""What people call a style besides → what it was taught as."""

_LEAD = r"(?:(?:please|now|and|but|then|ok|okay|actually|better|maybe|can you|could you)[, ]+)*"
_END = r"(?:,? (?:please|pls|now|instead|again|thanks|thank you))*[ .!?]*"
_ALL = r"(?:it(?: all)?|this|that|them|everything|all(?: of (?:it|them))?|the (?:whole )?(?:picture|image|scene|thing))"
_DO = (
    rf"(?:(?:make|turn|change|convert|draw|redraw|paint|repaint|render|show|do|redo|have|give me) {_ALL}|i want {_ALL})"
)
_AS = r"(?:look like|in the style of|as if it were|as|into|in|to|like|be)"
_PLAIN = (
    rf"(?:{_DO} |back to |go back to )?(?:(?:the )?(?:normal|usual|plain)(?: style)?|without (?:a|any|the) style)"
    r"|(?:remove|drop|no|undo) (?:the )?style"
)


def restyled(words: str, before: Canvas) -> Canvas | None:
    """The canvas in the style that the English words of an edit name; None where they say anything else."""
    said = words.lower().strip()
    if len(said) > LONGEST:
        return None
    if re.fullmatch(f"{_LEAD}(?:{_PLAIN}){_END}", said):
        return _in(before, "") if before.scene.tags else None
    found = _form().fullmatch(said)
    return None if found is None else _in(before, _CALLED.get(found["style"], found["style"]))


def _in(before: Canvas, style: str) -> Canvas:
    return replace(before, scene=replace(before.scene, tags=style))


@cache
def _form() -> re.Pattern[str]:
    styles = "|".join(sorted(map(re.escape, {*lexicon.STYLES.seen, *lexicon.STYLES.kept, *_CALLED}), key=len)[::-1])
    return re.compile(rf"{_LEAD}(?:{_DO} )?(?:{_AS} )?(?:(?:an?|the) )?(?P<style>{styles})(?: style)?{_END}")

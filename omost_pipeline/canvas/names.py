"""Wrong names in LLM text → the closest name a canvas may use.

Pure functions over the vocabulary tables. Every function answers with a valid name, whatever it is given; whether the
answer is worth telling anyone is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from PIL import ImageColor

from omost_pipeline.canvas.vocabulary import COLORS

DEFAULT_COLOR = "gray"

_LONGEST = 80  # difflib is quadratic, and no name is nearly as long
_CUTOFF = 0.5  # the published system's
_WORD = re.compile(r"[a-z]+")
_FILLERS = frozenset(("a", "an", "and", "area", "at", "in", "of", "on", "side", "sized", "slightly", "the", "to"))
_SYNONYMS = {
    "upper": "top",
    "up": "top",
    "above": "top",
    "lower": "bottom",
    "down": "bottom",
    "below": "bottom",
    "centre": "center",
    "middle": "center",
    "none": "no",
    "big": "large",
    "huge": "large",
    "tiny": "small",
    "little": "small",
    "normal": "medium",
    "tall": "vertical",
    "portrait": "vertical",
    "wide": "horizontal",
    "landscape": "horizontal",
}


def closest_name(wrong: str, names: Collection[str], default: str) -> str:
    """The one of ``names`` that says most nearly the same as ``wrong``, or ``default`` where none is close.

    Shared words decide first ("Upper left" is "on the top-left"), then likeness of spelling ("on the lfet").
    """
    wrong = wrong[:_LONGEST].lower()
    said = _key_words(wrong)
    best = max(names, key=lambda name: _overlap(said, _key_words(name)))
    if _overlap(said, _key_words(best)) >= _CUTOFF:
        return best
    return next(iter(get_close_matches(wrong, names, n=1, cutoff=_CUTOFF)), default)


def closest_color(wrong: str) -> str:
    """The colour name nearest to ``wrong``: another spelling, ``#rrggbb``, ``rgb(…)`` or words like "deep blue"."""
    wrong = wrong[:_LONGEST].strip().lower()
    words: list[str] = _WORD.findall(wrong)
    if (joined := "".join(words)) in COLORS:
        return joined
    try:
        return nearest_color(ImageColor.getrgb(wrong)[:3])
    except ValueError:
        pass  # not a colour in digits: go on to the words
    named = next((word for word in reversed(words) if word in COLORS), None)
    if named is not None:
        return named
    return next(iter(get_close_matches(joined, COLORS, n=1, cutoff=_CUTOFF)), DEFAULT_COLOR)


def nearest_color(rgb: Sequence[float]) -> str:
    """The colour name with the least squared sRGB distance to ``rgb`` (three numbers, 0…255)."""
    return min(COLORS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLORS[name], rgb, strict=True)))


def _key_words(name: str) -> frozenset[str]:
    return frozenset(_SYNONYMS.get(word, word) for word in _WORD.findall(name)) - _FILLERS


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words over all words (Jaccard), 0…1."""
    return len(one & other) / len(one | other) if one or other else 0.0

"""Words that a model was not taught, or draws badly, said in those that it draws well: ``bowl`` as a bucket.

A folder in diffusers' layout may have such a table as ``stand_ins.txt``: names, separated by commas, then ``=`` and
what stands in for them, a line each; ``#`` begins a comment. The canvas keeps its words: only the tokens are others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.wording import name_and_rest
from omost_pipeline.errors import WeightsError

FILE = "stand_ins.txt"


class Rewording:
    """Replaces whole words, the longest name first, whatever their case. An empty one changes nothing."""

    def __init__(self, stand_ins: Mapping[str, str]) -> None:
        """``stand_ins``: name in small letters → what is said in its place."""
        self._stand_ins = dict(stand_ins)
        names = sorted(map(re.escape, stand_ins), key=len, reverse=True)
        self._names = re.compile(rf"\b(?:{'|'.join(names)})\b", re.IGNORECASE) if names else None

    @classmethod
    def read(cls, folder: Path) -> Rewording:
        """The table in a model's folder; an empty one where there is none.

        Raises:
            WeightsError: if a line of it is none of such a table.
        """
        path = folder / FILE
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        found = dict[str, str]()
        for number, line in enumerate(lines, 1):
            names, equals, stand_in = line.partition("#")[0].partition("=")
            if equals and names.strip() and stand_in.strip():
                found |= {name.strip().lower(): stand_in.strip() for name in names.split(",")}
            elif names.strip() or equals:
                raise WeightsError(f"Line {number} of {path} is not like 'cup, mug = coffee': {line[:60]!r}.")
        return cls(found)

    def __call__(self, text: str) -> str:
        """The text with what stands in for the thing that it names; what that has, ``with a red roof``, stays.

        So does a colour that it has, in place of the stand-in's.
        """
        name, rest = name_and_rest(text)
        if self._names is None or not self._names.search(name):
            return text
        is_colored = any(map(is_color_word, name.lower().split()))

        def said(found: re.Match[str]) -> str:
            words = self._stand_ins[found[0].lower()].split()
            return " ".join(word for word in words if not (is_colored and is_color_word(word)))

        return self._names.sub(said, name) + rest + text[len(name + rest) :]

"""What stands in front of lines of code that came out of a shell, a quotation, a listing or a patch: taken away.

Knows no canvas but how its calls begin; reads each character once, whatever the size of the pieces.
"""

from __future__ import annotations

import re
from types import MappingProxyType

_LOOK = 160
"""Characters of a line that decide about what stands in front of it."""

_MARKS = MappingProxyType(
    {
        "shell": re.compile(r"(?:>>>|\.\.\.)(?:[ \t]|(?=\n|$))|(?:In ?\[\d*\]|\.{3,}):[ \t]?"),
        "quotation": re.compile(r"(?:>[ \t]?)+"),
        "bar": re.compile(r"[|│][ \t]?"),
        "patch": re.compile(r"\+"),
        "listing": re.compile(r"\d{1,4}(?:[ \t]*[|│][ \t]?|[:.)][ \t]?|[ \t]+|(?=\n|$))"),
    }
)
_FIRST = frozenset(">.|│+I0123456789")
_CODE = re.compile(
    r"[ \t]*(?:```|~~~|#|(?:\w+[ \t]*=[ \t]*)?(?:\w+[ \t]*\.[ \t]*)*(?:Canvas|set_global|add_local)\w*[ \t]*\()"
)


class LineMarks:
    """Feed it text, take the text without marks. Marks count from the first line of code that one stands before."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._start = ""  # of a line that may begin with a mark
        self._at_start = True

    def feed(self, text: str, final: bool = False) -> str:
        """The text that is sure by now; all of it where nothing comes after it."""
        known = "".join(self._feed_line(line) for line in re.split(r"(?<=\n)", text) if line)
        return known + self._without_mark() if final else known

    def _feed_line(self, piece: str) -> str:
        if not self._at_start:
            self._at_start = piece.endswith("\n")
            return piece
        self._start += piece
        words = self._start.lstrip(" \t")
        if (not words or words[0] in _FIRST) and len(self._start) < _LOOK and not self._start.endswith("\n"):
            return ""
        self._at_start = self._start.endswith("\n")
        return self._without_mark()

    def _without_mark(self) -> str:
        line, self._start = self._start, ""
        words = line.lstrip(" \t")
        if words[:1] not in _FIRST:
            return line
        for kind, mark in _MARKS.items():
            found = mark.match(words)
            if found is not None and (kind in self._kinds or self._begins(kind, words[found.end() :])):
                self._kinds.add(kind)
                return words[found.end() :]
        return line

    def _begins(self, kind: str, rest: str) -> bool:
        return _CODE.match(rest) is not None or (kind == "shell" and bool(self._kinds))

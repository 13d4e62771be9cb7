"""The lines of other code beside a canvas that were not read: one note for each run of them."""

from __future__ import annotations

from omost_pipeline.canvas.elements import NOTHING, Correction
from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.canvas.literals import constant_in

_MOST = 100  # notes; a text with more runs of other code is none that somebody reads


class LeftOut:
    """Collects lines; those between two statements are one note."""

    def __init__(self) -> None:
        self.first: tuple[int, str] | None = None
        """The first line of all and its number."""
        self.constants: dict[str, object] = {}
        """What of it are values that have names."""
        self._notes: list[Correction] = []
        self._count = 0
        self._line = 0
        self._first = ""
        self._more = 0

    def add(self, line: int, code: str) -> None:
        """Take down a line; one without words, such as a closing bracket, says nothing."""
        if not any(map(str.isalnum, code)):
            return
        self.first = self.first or (line, code.strip())
        if (constant := constant_in(code)) is not None:
            self.constants[constant[0]] = constant[1]
        if self._first:
            self._more += 1
        else:
            self._line, self._first = line, code.strip()

    def end(self) -> None:
        """A statement begins, or the text has ended."""
        if self._first and self._count < _MOST:
            more = f" and {self._more} more line{'s' * (self._more > 1)}" if self._more else ""
            self._notes.append(Correction(self._line, "code", excerpt(self._first) + more, NOTHING))
            self._count += 1
        self._first, self._more = "", 0

    def take(self) -> list[Correction]:
        """The notes since they were last taken."""
        notes, self._notes = self._notes, []
        return notes

"""Notices that a text has begun to say the same thing over and over.

Pure and incremental: about a microsecond a character, whatever the length. Knows no canvas and no tokens.
"""

from __future__ import annotations

LONGEST = 200
"""Characters of the longest phrase that is looked for."""
TIMES = 4
"""So often in a row a phrase must stand."""
LEAST = 48
"""Characters that the repetitions must have together: "ha ha ha ha" is none yet."""

_ROOM = LONGEST * TIMES
"""Characters that are looked back at."""


def _repeated(period: int) -> int:
    """How many characters must equal those a ``period`` before them, until a phrase so long stands often enough."""
    return max((TIMES - 1) * period, LEAST - period)


_TAIL = min(map(_repeated, range(1, LONGEST + 1)))


class Repetition:
    """Reads a text piece by piece; how it is cut into pieces does not matter.

    Digits count as the same, and so do large and small letters: "Person 1, person 2, person 3 …" repeats itself.
    """

    def __init__(self) -> None:
        self._text = ""  # the end of what was read

    def feed(self, piece: str) -> bool:
        """True once the text repeats itself; what comes after that is not read."""
        same = ("0" if character.isdigit() else character.lower()[0] for character in piece)
        text = self._text + "".join(same)
        self._text = text[-_ROOM:]
        return any(_ends_in_circles(text, end) for end in range(len(text) - len(piece) + 1, len(text) + 1))


def _ends_in_circles(text: str, end: int) -> bool:
    """Whether ``text[:end]`` ends in a phrase that stands too often.

    Whatever the phrase, the last few characters then stand one period earlier too, so only the places where they do
    are looked at: in ordinary text none.
    """
    tail = text[max(end - _TAIL, 0) : end]
    place = end - len(tail)
    while (place := text.rfind(tail, max(end - _TAIL - LONGEST, 0), place + len(tail) - 1)) >= 0:
        period = end - len(tail) - place
        start = end - _repeated(period)
        if start >= period and text[start:end] == text[start - period : end - period]:
            return True
    return False

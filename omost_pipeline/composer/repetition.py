"""Notices that a text has begun to say the same thing over and over.

Pure and incremental: a fraction of a microsecond a character, whatever the length. Knows no canvas and no tokens.
"""

from __future__ import annotations

LONGEST = 200
"""Characters of the longest phrase that is looked for."""
TIMES = 4
"""So often in a row a phrase must stand."""
LEAST = 48
"""Characters that the repetitions must have together: "ha ha ha ha" is none yet."""

EVERY = 16
"""Characters from one look to the next: what goes on for ever is noticed soon enough."""

_DIGITS = str.maketrans("123456789", "0" * 9)

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
        self._unseen = 0  # characters since the last look

    def feed(self, piece: str) -> bool:
        """True soon after the text has begun to repeat itself; what comes after that is not read."""
        same = piece.lower().translate(_DIGITS)
        text = self._text + same
        looks = range(len(self._text) - self._unseen + EVERY, len(text) + 1, EVERY)
        self._text = text[-_ROOM:]
        self._unseen = (self._unseen + len(same)) % EVERY
        return any(_ends_in_circles(text, end) for end in looks)


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

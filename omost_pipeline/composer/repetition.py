"""Notices that a text has begun to say the same thing over and over.

Pure and incremental: a few microseconds a character, whatever the length. Knows no canvas and no tokens.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LONGEST = 200
"""Characters of the longest phrase that is looked for."""
TIMES = 4
"""So often in a row a phrase must stand."""
LEAST = 48
"""Characters that the repetitions must have together: "ha ha ha ha" is none yet."""

_ROOM = 4096  # characters kept before old ones are dropped; more than LONGEST, so that this happens seldom


class Repetition:
    """Reads a text piece by piece; how it is cut into pieces does not matter.

    Digits count as the same, and so do large and small letters: "Person 1, person 2, person 3 …" repeats itself.
    """

    def __init__(self) -> None:
        periods = np.arange(1, LONGEST + 1)
        self._enough: NDArray[np.int64] = np.maximum((TIMES - 1) * periods, LEAST - periods)
        self._equal = np.zeros(LONGEST, dtype=np.int64)  # for each period, how many last characters equal those before
        self._text = np.zeros(_ROOM, dtype=np.int64)  # code points; 0 stands for nothing
        self._end = LONGEST

    def feed(self, piece: str) -> bool:
        """True once the text repeats itself; what comes after that is not read."""
        return any(self._read(character) for character in piece)

    def _read(self, character: str) -> bool:
        code = ord("0") if character.isdigit() else ord(character.lower()[0])
        before = self._text[self._end - LONGEST : self._end][::-1]
        self._equal += 1
        self._equal *= before == code
        if self._end == _ROOM:
            self._text[:LONGEST] = self._text[-LONGEST:]
            self._end = LONGEST
        self._text[self._end] = code
        self._end += 1
        return bool((self._equal >= self._enough).any())

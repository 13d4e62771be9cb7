"""Where in what was written before the text goes along: an edited canvas follows the canvas before it.

A place points at the token expected next. Where the text leaves the old one, the place is found again a little
further on, and what was replaced by what is remembered: a dragon that became a dinosaur once is expected to do so
again. Knows only token ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_FIND = 4  # tokens that must match before a place elsewhere is believed
_WINDOW = 72  # how far on a lost place is looked for; longer than a sentence
_SURE = 4  # matched tokens that make a place worth coming back to
_LONGEST_REPLACED = 5

_NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Place:
    """``next`` is the position expected next (−1: unknown), after ``matched`` tokens that went along.

    ``anchor`` is where the text last left the old one; ``script`` holds the rest of a replacement, which comes before
    ``next``.
    """

    next: int = _NOWHERE
    matched: int = 0
    anchor: int = _NOWHERE
    script: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Replacement:
    old: tuple[int, ...]
    new: tuple[int, ...]


class Alignment:
    """The tokens so far, an index of their runs, and the replacements seen."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.place = Place()
        self._ends: dict[tuple[int, ...], int] = {}  # run of _FIND tokens → the position behind its latest occurrence
        self._replaced: dict[int, _Replacement] = {}
        self._left_at = (0, 0)  # old position and new position where the text last left the old one

    def append(self, token: int) -> None:
        """The text goes on with ``token``."""
        before = self.place
        place = self.step(before, token)
        self.tokens.append(token)
        end = len(self.tokens)
        run = tuple(self.tokens[-_FIND:])
        if place.matched < _FIND and not place.script:
            place = self._elsewhere(place, run)
        if not before.script and before.matched >= _SURE and place.matched < before.matched:
            self._left_at = (before.next, end - 1)
        elif place.matched == 3 and place.anchor == self._left_at[0]:
            self._learn(place, end)
        self._ends[run] = end
        self.place = place

    def follow(self, run: Sequence[int]) -> None:
        """The text, which ends in ``run``, goes along what came after the ``run`` before this one, if there was one."""
        last = list(run)
        for end in range(len(self.tokens) - 1, len(run) - 1, -1):
            if self.tokens[end - len(run) : end] == last:
                self.place = Place(end, 2 * _SURE)
                return

    def expected(self, place: Place) -> tuple[int | None, int | None]:
        """The token at ``place``, and the one that a replacement puts there; None for neither."""
        if place.script:
            return place.script[0], None
        if not 0 <= place.next < len(self.tokens):
            return None, None
        token = self.tokens[place.next]
        replacement = self._replacement(place.next)
        return token, replacement.new[0] if replacement else None

    def step(self, place: Place, token: int) -> Place:
        """The place after ``token`` was written at ``place``."""
        if place.script and place.script[0] == token:
            return Place(place.next, place.matched, place.anchor, place.script[1:])
        if not place.script and 0 <= place.next < len(self.tokens):
            if self.tokens[place.next] == token:
                return Place(place.next + 1, place.matched + 1, place.anchor)
            replacement = self._replacement(place.next)
            if replacement and replacement.new[0] == token:
                return Place(place.next + len(replacement.old), place.matched, place.anchor, replacement.new[1:])
        return self._lost(place, token)

    def _lost(self, place: Place, token: int) -> Place:
        left = place.matched >= _SURE and not place.script
        anchor = place.next if left else place.anchor
        if anchor == _NOWHERE:
            return Place()
        window = self.tokens[anchor : anchor + _WINDOW]
        if token in window:
            return Place(anchor + window.index(token) + 1, 1, anchor)
        return Place(anchor + 1 if left else _NOWHERE, 0, anchor)

    def _elsewhere(self, place: Place, run: tuple[int, ...]) -> Place:
        end = self._ends.get(run)
        return place if end is None or end == place.next else Place(end, _FIND, place.anchor)

    def _replacement(self, position: int) -> _Replacement | None:
        found = self._replaced.get(self.tokens[position])
        if found and tuple(self.tokens[position : position + len(found.old)]) == found.old:
            return found
        return None

    def _learn(self, place: Place, end: int) -> None:
        old_from, new_from = self._left_at
        old = tuple(self.tokens[old_from : place.next - 3])
        new = tuple(self.tokens[new_from : end - 3])
        if old and new and len(old) <= _LONGEST_REPLACED and len(new) <= _LONGEST_REPLACED:
            self._replaced[old[0]] = _Replacement(old, new)

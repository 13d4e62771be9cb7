"""What is remembered of lately: a mapping that forgets the oldest, so that no memory grows with the bot's life."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """A mapping of at most ``most`` keys: those that were set last."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)

    def new(self, key: K, value: V) -> bool:
        """Set a key; whether it was unknown."""
        known = key in self
        self[key] = value
        return not known

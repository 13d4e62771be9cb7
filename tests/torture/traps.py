"""Stops the process dead, as ``kill -9`` does, before or after the n-th time that it comes to a point of its work."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any


@dataclass(frozen=True)
class Trap:
    """``point`` is ``module:Class.method``, or a word that :meth:`reached` is called with."""

    point: str
    when: str = "before"
    number: int = 1

    @classmethod
    def of(cls, text: str) -> Trap:
        """A trap of its text, ``point@when@number``."""
        point, when, number = text.split("@")
        return cls(point, when, int(number))

    def __str__(self) -> str:
        return f"{self.point}@{self.when}@{self.number}"


class Spring:
    """Counts how often a trap's point is reached, and snaps."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap
        self._seen = 0

    def reached(self, point: str) -> None:
        """The work has come to a point."""
        if point == self._trap.point:
            self._seen += 1
            if self._seen == self._trap.number:
                os.kill(os.getpid(), signal.SIGKILL)

    def set(self) -> None:
        """Lay the trap around a method, if it is one."""
        if ":" not in self._trap.point:
            return
        module, _, path = self._trap.point.partition(":")
        holder, _, name = path.partition(".")
        owner = getattr(importlib.import_module(module), holder)
        setattr(owner, name, self._around(getattr(owner, name)))

    def _around(self, method: Callable[..., Any]) -> Callable[..., Any]:
        point, before = self._trap.point, self._trap.when == "before"
        if not iscoroutinefunction(method):

            @wraps(method)
            def plain(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes
                if before:
                    self.reached(point)
                result = method(*args, **named)
                if not before:
                    self.reached(point)
                return result

            return plain

        @wraps(method)
        async def waited(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes
            if before:
                self.reached(point)
            work: Coroutine[Any, Any, Any] = method(*args, **named)
            result = await work
            if not before:
                self.reached(point)
            return result

        return waited

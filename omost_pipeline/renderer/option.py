"""What an option of drawing is: a name, bounds, words, and how a value is read and shown.

The options there are stand in :mod:`spec`. Plain data; knows no model and no chat.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from omost_pipeline.errors import OptionsError

Value = int | float | str | tuple[int, int]
T_co = TypeVar("T_co", bound=Value, covariant=True)


class OptionKind(StrEnum):
    """What an option's values are."""

    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    """The value of one of the option's choices; empty where it is switched off."""
    SIZE = "size"
    """Width and height in pixels."""


class Kept(StrEnum):
    """Which of the turns that build on a turn are drawn with its value too."""

    ALWAYS = "always"
    SAME_MODEL = "same model"
    """Those that the same model draws; another one has a usual value of its own."""
    NEVER = "never"


@dataclass(frozen=True)
class Choice:
    """One of the values that can be chosen, as people see it."""

    value: str
    label: str


class Problem(StrEnum):
    """What is wrong with an entered value."""

    NOT_ONE = "not one"
    """It is no number, no size or none of the choices."""
    OUT_OF_RANGE = "out of range"
    TOO_LONG = "too long"


class EnteredError(OptionsError):
    """A value that somebody entered cannot be used. ``option`` and ``problem`` say it to whoever words it anew."""

    def __init__(self, option: DrawingOption[Any], entered: str, problem: Problem) -> None:
        super().__init__(f"{entered[:40]!r} is not right for {option.name}; it takes {option.range}.")
        self.option, self.entered, self.problem = option, entered, problem


@dataclass(frozen=True)
class DrawingOption(Generic[T_co]):
    """One option of drawing.

    ``low`` and ``high`` bound a number, each side of a size, and the characters of a text; ``above`` keeps ``low``
    itself out. The sides of a size in the settings are multiples of ``step``, which every model can draw. The
    ``choices`` of a number are suggestions. What can be switched ``off`` takes one of :data:`OFF` too, as 0 or an empty
    text. ``default`` is what holds where neither the settings nor the model say otherwise.

    Where it appears: ``settings`` are its keys in the table ``[render]``, ``flag`` its name on the command line;
    ``asked`` in requests (``--name value``, a platform's own commands), ``form`` in the form that edits a picture,
    ``preference`` among the defaults that people set for themselves.
    """

    name: str
    kind: OptionKind
    label: str
    help: str
    low: float = 0
    high: float = math.inf
    above: bool = False
    step: int = 1
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    off: bool = False
    default: T_co | None = None
    example: str = ""
    settings: tuple[str, ...] = ()
    flag: str = ""
    asked: bool = False
    form: bool = False
    preference: bool = False
    kept: Kept = Kept.ALWAYS

    @property
    def range(self) -> str:
        """The values it takes, in words."""
        unit = f" {self.unit}" if self.unit else ""
        match self.kind:
            case OptionKind.CHOICE:
                return f"one of {', '.join(choice.value for choice in self.choices)}"
            case OptionKind.TEXT:
                return f"at most {self.high:,} characters" if self.high < math.inf else "any text"
            case OptionKind.SIZE:
                return f"width x height, {self.low:g} to {self.high:g}{unit} each, such as {self.example}"
            case _:
                return f"a {'whole ' * (self.kind is OptionKind.WHOLE)}number {self.bounds}{unit}"

    @property
    def bounds(self) -> str:
        """A number's bounds, in words."""
        low, high = f"{self.low:.10g}", f"{self.high:.10g}"
        return f"above {low} and at most {high}" if self.above else f"from {low} to {high}"

    def holds(self, value: object) -> bool:
        """Whether it is a value of this option's kind, whatever its bounds."""
        match self.kind:
            case OptionKind.WHOLE:
                return isinstance(value, int) and not isinstance(value, bool)
            case OptionKind.NUMBER:
                return isinstance(value, int | float) and not isinstance(value, bool)
            case OptionKind.SIZE:
                sides = value if isinstance(value, tuple) else ()
                return len(sides) == 2 and all(isinstance(side, int) for side in sides)
            case _:
                return isinstance(value, str)

    def allows(self, value: Value) -> bool:
        """Whether the value is within the bounds, or one of the choices."""
        if isinstance(value, tuple):
            return all(self.low <= side <= self.high for side in value)
        if self.off and value in (0, ""):
            return True
        if isinstance(value, str):
            known = any(choice.value == value for choice in self.choices)
            return known if self.kind is OptionKind.CHOICE else len(value) <= self.high
        return (self.low < value if self.above else self.low <= value) and value <= self.high  # false for NaN

    def check(self, value: Value) -> None:
        """Refuse what is out of bounds.

        Raises:
            OptionsError: names the option, its value and its bounds.
        """
        if not self.allows(value):
            wanted = self.bounds if self.kind in {OptionKind.WHOLE, OptionKind.NUMBER} else self.range
            found = repr(value) if self.kind is OptionKind.CHOICE else self.shown(value)
            raise OptionsError(f"{self.name} is {found}; it must be {wanted}.")

    def read(self, text: str) -> T_co:
        """The value that somebody entered.

        Raises:
            EnteredError: if it is none, or out of bounds.
        """
        value = self.parse(text)
        if value is None:
            raise EnteredError(self, text, Problem.NOT_ONE)
        if not self.allows(value):
            raise EnteredError(self, text, Problem.TOO_LONG if self.kind is OptionKind.TEXT else Problem.OUT_OF_RANGE)
        return cast("T_co", value)

    def parse(self, text: str) -> Value | None:
        """What the text says, whatever the bounds; None if it says nothing of this kind."""
        entered = text.strip().casefold()
        if self.off and entered in OFF:
            return "" if self.kind is OptionKind.CHOICE else 0.0
        match self.kind:
            case OptionKind.WHOLE:
                return int(re.sub("[,_]", "", entered)) if _WHOLE.fullmatch(entered) else None
            case OptionKind.NUMBER:
                return _number(entered)
            case OptionKind.SIZE:
                found = _SIZE.fullmatch(text)
                return (int(found[1]), int(found[2])) if found is not None else None
            case OptionKind.CHOICE:
                known = (
                    each.value for each in self.choices if entered in {each.value.casefold(), each.label.casefold()}
                )
                return next(known, None)
            case _:
                return " ".join(text.split())

    def shown(self, value: Value) -> str:
        """The value as it may be entered."""
        if isinstance(value, tuple):
            return "{}x{}".format(*value)
        if self.off and value in (0, ""):
            return OFF[0] if self.kind is OptionKind.NUMBER else OFF[1]
        return f"{value:g}" if isinstance(value, float) else str(value)


OFF = ("off", "none", "no", "0")
"""Switch an option off that may be."""

_SIZE = re.compile(r"\s*(\d{1,9})\s*(?:px)?\s*[x×*,;\s]\s*(\d{1,9})\s*(?:px)?\s*", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?(\d{1,19}|\d{1,3}([,_]\d{3}){1,5})", re.ASCII)


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", ".")) if len(text) < 20 else math.nan
    except ValueError:
        return None
    return None if math.isnan(number) else number

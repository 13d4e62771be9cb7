"""One statement of canvas code while it is being read: what it holds so far, what is still open, and what was mended.

Refuses early what must not reach Python's own parser: deep nesting, calls inside calls, overlong code. Forgotten
brackets and commas are put in where only one place can be meant. Knows no lines, fences or prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from omost_pipeline.canvas.elements import Correction
from omost_pipeline.canvas.fields import MISSING, excerpt
from omost_pipeline.canvas.openings import Opening, opening
from omost_pipeline.errors import CanvasError

MAX_DEPTH = 8
"""Open brackets at once; a canvas needs two."""
MAX_CODE = 2048
"""Characters of one statement outside its strings; a full region has some 400, and 64 texts need 130 more."""

_COLOR_WORDS = ("rgb", "rgba", "hsl", "hsv")
_PREFIX = re.compile(r"[rRuUfF]{1,2}$")
_KEY = re.compile(r"[(,]\s*[^\W\d]\w*\s*$")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_LAST_WORD = re.compile(r"[\w.]+\s*$")
_ZEROS = re.compile(r"(?<![\w.+-])0+(?P<rest>[0-9]+\s*)$")
_ENDS = (",", ")", "]")
_TAIL = 80  # characters in which a last word is looked for


@dataclass(frozen=True)
class Statement:
    """A statement without its comments; ``line`` is where in the reply it starts."""

    line: int
    source: str
    repairs: tuple[Correction, ...] = ()
    area: int = 0
    """Which of the reply's pieces of code it stands in, counted from the first."""


class OpenStatement:
    """Takes code in pieces, each without a line break, bracket, comma, equals sign or quote unless it is just that."""

    def __init__(self, area: int = 0) -> None:
        self.area = area
        self.line = 0
        """Where it starts."""
        self.arguments = 0
        """How many arguments of the call are complete."""
        self.last = ""
        """The last character that is no blank."""
        self._parts: list[str] = []
        self._stack: list[str] = []
        self._gap = ""  # the blanks behind ``last``
        self._size = 0
        self._whole = 0  # parts up to the last complete argument
        self._string = 0  # parts before the text of the string that is open or was the last one
        self._repairs: list[Correction] = []

    @property
    def begun(self) -> bool:
        """Whether it holds anything."""
        return bool(self._parts)

    @property
    def inside(self) -> bool:
        """Whether a bracket is open."""
        return bool(self._stack)

    @property
    def on_new_line(self) -> bool:
        """Whether only blanks stand on the line so far."""
        return "\n" in self._gap

    @property
    def source(self) -> str:
        return "".join(self._parts)

    def note(self, line: int, field: str, wrong: str, right: str) -> None:
        """Record that something was mended; a foreign mark once for each call."""
        told = Correction(line, field, excerpt(wrong), excerpt(right))
        if field != "mark" or all((each.wrong, each.right) != (told.wrong, told.right) for each in self._repairs):
            self._repairs.append(told)

    def add(self, code: str, line: int) -> None:
        """Go on with ``code``, which stands on ``line`` of the reply."""
        words = code.split()
        if not (words or self._parts):
            return
        if not self._parts:
            self.line = line
            code = code.lstrip()
        if words:
            self._mend_comma(code, line)
            self._mend_number(code, line)
            self.last = words[-1][-1]
            self._gap = code[len(code.rstrip()) :]
        else:
            self._gap += code
        self._size += sum(map(len, words))
        if self._size > MAX_CODE:
            raise CanvasError(f"{excerpt(self.source + code)!r} is too long for one call.", self.line)
        self._parts.append(code)
        if code == "," and len(self._stack) == 1:
            self._complete_argument()

    def colon(self, line: int) -> None:
        """Go on with a colon, which means an equals sign behind an argument's name."""
        if self._stack == ["("] and _KEY.search(self._tail()):
            self.note(line, "mark", ":", "=")
            self.equals(line)
        else:
            self.add(":", line)

    def begin(self, call: str, line: int) -> None:
        """Start with a call up to its bracket, which comes next."""
        self.add(call, line)
        self.add("(", line)
        self._stack.append("(")

    def take_prefix(self) -> str:
        """The letters before the quote that comes next, taken out of the code; nothing where a name stands there."""
        word = _PREFIX.search(last_word(self._tail())) if not self._gap else None
        if word is None or word.group() != last_word(self._tail()):
            return ""
        self._shorten(len(word.group()))
        self.last = self._tail().rstrip()[-1:]
        return word.group().lower()

    def equals(self, line: int) -> None:
        """Go on with an equals sign; a list in which it stands should have been closed before its name."""
        if self._stack[-1:] == ["["] and (word := _LAST_WORD.search(self._tail())):
            self._shorten(len(word.group()))
            self._stack.pop()
            self._parts.append("]")
            self.note(line, "bracket", MISSING, "]")
            self.add(",", line)
            self._parts.append(word.group())
        self.add("=", line)

    def open_bracket(self, bracket: str, line: int) -> None:
        """Go on with an opening bracket.

        Raises:
            CanvasError: if it stands behind a word that is no colour's, or nests too deeply.
        """
        if in_word(self.last) and last_word(self._tail()).lower() not in _COLOR_WORDS:
            raise CanvasError(
                f"{excerpt(last_word(self._tail()) + bracket)!r} stands inside the call of line {self.line}; "
                "close that call first and write only plain values in it.",
                line,
            )
        self.add(bracket, line)
        self._stack.append(bracket)
        if len(self._stack) > MAX_DEPTH:
            raise CanvasError(f"{excerpt(self._tail()[-21:])!r} nests more than {MAX_DEPTH} brackets.", line)

    def close_bracket(self, bracket: str, line: int) -> None:
        """Go on with a closing bracket; a list that is still open where the call ends is closed before it.

        Raises:
            CanvasError: if it closes what another bracket opened.
        """
        if bracket == ")" and self._stack[-2:] == ["(", "["]:
            self.note(line, "bracket", MISSING, "]")
            self.close_bracket("]", line)
        opened = self._stack.pop()
        if _CLOSING[opened] != bracket:
            raise CanvasError(
                f"{opened!r} of the call of line {self.line} is closed by {bracket!r}; "
                f"{_CLOSING[opened]!r} is missing before it.",
                line,
            )
        self.add(bracket, line)

    def open_string(self, quote: str, line: int) -> None:
        """Go on with the quote, or the three, that opens a string."""
        self.add(quote[0], line)
        self._parts.append(quote[1:])
        self._string = len(self._parts)

    def add_text(self, text: str) -> None:
        """Go on inside a string."""
        self._parts.append(text)

    @property
    def text(self) -> str:
        """What the open string holds so far, as it is written in code."""
        return "".join(self._parts[self._string :])

    def end_text(self, quote: str, line: int) -> None:
        """Close the string whose quote was forgotten at the end of a line; a comma there is none of its own."""
        text = self.text.rstrip()
        self._parts[self._string :] = [text.removesuffix(","), quote]
        self.note(line, "text", quote + text, text.removesuffix(","))
        self.add(",", line)

    def overrun(self, line: int) -> tuple[Statement, OpenStatement] | None:
        """This call, closed, and the next one, if that begins inside it with the bracket that comes now."""
        word = _LAST_WORD.search(self._tail()) if self._stack else None
        found = None if word is None else opening(f"{word.group().strip()}(", final=True)
        if word is None or not isinstance(found, Opening):
            return None
        self._shorten(len(word.group()))
        following = OpenStatement(self.area)
        following.begin(found.code, line)
        return self.mended(line), following

    def mended(self, line: int) -> Statement:
        """The call with its open brackets closed, because something else begins on ``line``."""
        self.note(line, "bracket", MISSING, self._closing())
        return Statement(self.line, self.source + self._closing(), tuple(self._repairs), self.area)

    def ended(self) -> Statement:
        """The statement as it stands."""
        return Statement(self.line, self.source, tuple(self._repairs), self.area)

    def cut(self, quote: str) -> tuple[Statement, ...]:
        """What a call that ends too early may have meant, best first; ``quote`` is that of an open string.

        First all of it, with string and brackets closed; then only its complete arguments.
        """
        whole = Statement(self.line, f"{self.source}{quote}{self._closing()}", tuple(self._repairs), self.area)
        return whole, *self.so_far()

    def so_far(self) -> tuple[Statement, ...]:
        """The call with the arguments that are complete; nothing where none is."""
        if not self.arguments:
            return ()
        return (Statement(self.line, f"{''.join(self._parts[: self._whole])})", tuple(self._repairs), self.area),)

    def _mend_comma(self, code: str, line: int) -> None:
        """Put the comma in that is missing between a value and the word at the beginning of ``code``."""
        gap = self._gap + code[: len(code) - len(code.lstrip())]
        if not (self._stack and gap and (code.lstrip()[0].isalpha() or code.lstrip()[0] == "_")):
            return
        if self.last in ("'", '"', "]") or ("\n" in gap and (self.last.isalnum() or self.last == ")")):
            self.note(line, "comma", MISSING, ",")
            self.add(",", line)

    def _mend_number(self, code: str, line: int) -> None:
        """Leave out the zeros that a whole number begins with, once it is complete: Python refuses them."""
        if code not in _ENDS or not self.last.isdecimal() or not (zeros := _ZEROS.search(self._tail())):
            return
        self._shorten(len(zeros.group()))
        self._parts.append(zeros.group("rest"))
        self.note(line, "number", zeros.group().strip(), zeros.group("rest").strip())

    def _complete_argument(self) -> None:
        self.arguments += 1
        self._whole = len(self._parts)

    def _closing(self) -> str:
        return "".join(_CLOSING[bracket] for bracket in reversed(self._stack))

    def _tail(self) -> str:
        """The last characters, of which there may be many."""
        tail = ""
        for part in reversed(self._parts):
            tail = part[-_TAIL:] + tail
            if len(tail) >= _TAIL:
                break
        return tail

    def _shorten(self, count: int) -> None:
        """Take the last ``count`` characters back."""
        while count > 0:
            part = self._parts.pop()
            if len(part) > count:
                self._parts.append(part[:-count])
            count -= len(part)


def last_word(source: str) -> str:
    """What stands behind the last blank, bracket, comma or equals sign."""
    return re.split(r"[\s,(\[{=]", source.rstrip())[-1]


def in_word(character: str) -> bool:
    """Whether a character may stand in a name."""
    return character.isalnum() or character == "_"


def not_canvas(source: str, line: int) -> CanvasError:
    """The error for code that is none of the three statements."""
    return CanvasError(
        f"{excerpt(source)!r} is not canvas code; only canvas = Canvas(), canvas.set_global_description(…) "
        "and canvas.add_local_description(…) may be written.",
        line,
    )

"""An LLM's reply, piece by piece → the statements of its code block, each as soon as it is complete.

Knows strings, comments, brackets, lines and the fence; not what a statement means. It reads each character once,
whatever the size of the pieces, and refuses early what must not reach Python's own parser: deep nesting, calls inside
calls, string prefixes, overlong code.

Where the code is: behind the first line that opens a fence; or, in a reply without fences, on the lines that start
with ``canvas.`` or ``canvas =``. Everything else is prose and is ignored, except that an unfenced reply must not mix
canvas lines with lines of other code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.errors import CanvasError

MAX_DEPTH = 8
"""Open brackets at once; a canvas needs two."""
MAX_CODE = 2048
"""Characters of one statement outside its strings; a full region has some 400, and 64 texts need 130 more."""

CALLS = ("canvas=Canvas(", "canvas.set_global_description(", "canvas.add_local_description(")
"""How the only allowed statements begin, without blanks."""

_BLANK = re.compile(r"[\s;]*")
_BLANK_CODE = re.compile(r"(?:[\s;]+|#[^\n]*\n)*")
_PLAIN = re.compile(r"[^\n'\"#()\[\]{};`]+")
_LINE = re.compile(r"[^\n]*")
_STRING = re.compile(r"(?:[^\\'\"\n]|\\[\s\S])+")
_ESCAPE = re.compile(r"\\([\s\S])")
_ESCAPES = frozenset("\n\\'\"abfnrtv0123xNuU")  # the rest makes Python warn; it stands for itself
_CANVAS_LINE = re.compile(r"canvas\s*[.=]")
_CODE_LINE = re.compile(
    r"import\s+\w|from\s+[\w.]+\s+import\b|(async\s+)?(def|class)\b.*:\s*$|@\w"
    r"|\w[\w.\[\]'\"]*\s*(:\s*\w+\s*)?=[^=]|\w[\w.]*\(.*\)[\s;]*$"
)
_LINE_START = 24  # characters that decide what kind of line it is
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Statement:
    """One complete statement without its comments; ``line`` is where in the reply it starts."""

    line: int
    source: str


class Scanner:
    """Feed it text, take statements. After a :class:`CanvasError` it is spent."""

    def __init__(self) -> None:
        self._step: Callable[[str, int], int | None] = self._line_start
        self._waiting = ""  # a few characters whose meaning depends on the next ones
        self._final = False
        self._line = 1
        self._ready: list[Statement] = []
        self._fence_open = False
        self._found_code = False
        self._stray: tuple[int, str] | None = None  # the first line of other code outside a fence
        self._prose: list[str] = []
        self._begin_statement()

    def feed(self, text: str) -> Iterator[Statement]:
        """Yield the statements that ``text`` completes.

        Raises:
            CanvasError: naming line and value, for code that cannot be canvas code.
        """
        text = self._waiting + text
        at = 0
        while at < len(text) and (end := self._step(text, at)) is not None:
            self._line += text.count("\n", at, end)
            at = end
            yield from self._take_ready()
        self._waiting = text[at:]

    def finish(self) -> Iterator[Statement]:
        """Tell that nothing more comes; yields what that completes.

        Raises:
            CanvasError: as :meth:`feed`.
        """
        self._final = True
        yield from self.feed("")
        if self._step == self._prose_line:
            self._end_prose_line()
        if self._parts and not self._stack and not self._could_go_on():
            self._end_statement()
            yield from self._take_ready()

    @property
    def cut(self) -> bool:
        """Whether the text so far ends inside a statement or an open fence."""
        return bool(self._parts) or self._fence_open

    @property
    def found_code(self) -> bool:
        """Whether there was a fence or a line of canvas code at all."""
        return self._found_code

    # Steps. Each takes the text and a position, returns the position behind what it consumed (it may consume nothing
    # if it changes the step), or None to wait for more text.

    def _line_start(self, text: str, at: int) -> int | None:
        start = _end(_BLANK, text, at)
        if start > at:
            return start
        head = text[at : at + _LINE_START]
        if len(head) < _LINE_START and "\n" not in head and not self._final:
            return None
        if head.startswith("```"):
            self._fence_open = not self._found_code
            self._found_code = True
            self._step = self._fence_line if self._fence_open else self._done
        elif _CANVAS_LINE.match(head):
            self._found_code = True
            self._refuse_stray()
            self._step = self._code
        else:
            self._step = self._prose_line
        return at

    def _prose_line(self, text: str, at: int) -> int | None:
        end = _end(_LINE, text, at)
        self._prose.append(text[at:end])
        if end < len(text):
            self._end_prose_line()
        return end

    def _end_prose_line(self) -> None:
        line = "".join(self._prose)
        self._prose.clear()
        self._step = self._line_start
        if self._stray is None and _CODE_LINE.match(line):
            self._stray = self._line, line
        if self._found_code:
            self._refuse_stray()

    def _refuse_stray(self) -> None:
        if self._stray is not None:
            line, code = self._stray
            raise CanvasError(f"{excerpt(code)!r} is not canvas code; take this line out.", line)

    def _fence_line(self, text: str, at: int) -> int | None:
        return self._to_line_end(text, at, self._code)

    def _comment(self, text: str, at: int) -> int | None:
        return self._to_line_end(text, at, self._code)

    def _to_line_end(self, text: str, at: int, then: Callable[[str, int], int | None]) -> int:
        end = _end(_LINE, text, at)
        if end < len(text):
            self._step = then
        return end

    def _done(self, text: str, at: int) -> int | None:
        return max(at, len(text))

    def _code(self, text: str, at: int) -> int | None:
        if self._fence_open and not self._parts and (start := _end(_BLANK_CODE, text, at)) > at:
            return start
        plain = _PLAIN.match(text, at)
        if plain is not None:
            self._add_code(plain.group())
            return plain.end()
        match text[at]:
            case "#":
                self._step = self._comment
                return at
            case "'" | '"':
                return self._open_string(text, at)
            case "`":
                return self._fence_end(text, at)
            case "\n" | ";" if not self._stack:
                self._end_statement()
                if text[at] == "\n" and not self._fence_open:
                    self._step = self._line_start
            case "(" | "[" | "{" as bracket:
                self._open_bracket(bracket)
            case ")" | "]" | "}" as bracket:
                self._close_bracket(bracket)
            case other:
                self._add_code(other)
        return at + 1

    def _fence_end(self, text: str, at: int) -> int | None:
        ticks = text[at : at + 3]
        if len(ticks) < 3 and ticks == "```"[: len(ticks)] and not self._parts:
            return len(text) if self._final else None
        if ticks != "```" or self._parts:
            raise CanvasError("'`' stands inside the code; close the call or the fence properly.", self._line)
        self._fence_open = False
        self._step = self._done
        return at + 3

    def _open_string(self, text: str, at: int) -> int | None:
        quote = text[at]
        marks = text[at : at + 3]
        if len(marks) < 3 and marks == quote * len(marks) and not self._final:
            return None
        if self._last.isalnum() or self._last == "_":
            word = excerpt(_last_word(self._source()) + quote)
            raise CanvasError(
                f"a word runs into a quote: {word}; an apostrophe goes in double quotes, and no text has a prefix.",
                self._line,
            )
        self._add_code(quote)
        if marks == quote * 3:
            return self._begin_string(quote * 3, at)
        if marks[:2] == quote * 2:
            self._parts.append(quote)
            return at + 2
        return self._begin_string(quote, at)

    def _begin_string(self, quote: str, at: int) -> int:
        self._quote = quote
        self._string_start = len(self._parts)
        self._parts.append(quote[1:])
        self._step = self._string
        return at + len(quote)

    def _string(self, text: str, at: int) -> int | None:
        run = _STRING.match(text, at)
        if run is not None:
            self._parts.append(_ESCAPE.sub(_plain_escape, run.group()))
            return run.end()
        mark = text[at : at + len(self._quote)]
        if mark == self._quote:
            self._parts.append(mark)
            self._step = self._code
            return at + len(mark)
        if not self._final and (mark == "\\" or (len(mark) < len(self._quote) and self._quote.startswith(mark))):
            return None
        if text[at] == "\n" and len(self._quote) == 1:
            content = "".join(self._parts[self._string_start :])
            raise CanvasError(f"the string {excerpt(self._quote + content)} is not closed on its line.", self._line)
        self._parts.append(text[at])
        return at + 1

    # The statement in progress.

    def _begin_statement(self) -> None:
        self._parts: list[str] = []
        self._stack: list[str] = []
        self._start = self._line
        self._last = ""
        self._size = 0
        self._quote = ""
        self._string_start = 0

    def _source(self) -> str:
        return "".join(self._parts)

    def _add_code(self, code: str) -> None:
        words = code.split()
        if not words and not self._parts:
            return
        if not self._parts:
            self._start = self._line
            code = code.lstrip()
        if words:
            self._last = words[-1][-1]
        self._size += sum(map(len, words))
        if self._size > MAX_CODE:
            raise CanvasError(f"{excerpt(self._source() + code)!r} is too long for one call.", self._start)
        self._parts.append(code)

    def _open_bracket(self, bracket: str) -> None:
        source = self._source()
        if not self._stack and "".join(source.split()) + bracket not in CALLS:
            raise _not_canvas(source + bracket, self._line)
        if self._stack and (self._last.isalnum() or self._last == "_"):
            raise CanvasError(
                f"{excerpt(_last_word(source) + bracket)!r} stands inside the call of line {self._start}; "
                "close that call first and write only plain values in it.",
                self._line,
            )
        self._add_code(bracket)
        self._stack.append(bracket)
        if len(self._stack) > MAX_DEPTH:
            raise CanvasError(f"{excerpt(source[-20:] + bracket)!r} nests more than {MAX_DEPTH} brackets.", self._line)

    def _close_bracket(self, bracket: str) -> None:
        if not self._stack:
            raise _not_canvas(self._source() + bracket, self._line)
        opened = self._stack.pop()
        if _CLOSING[opened] != bracket:
            raise CanvasError(
                f"{opened!r} of the call of line {self._start} is closed by {bracket!r}; "
                f"{_CLOSING[opened]!r} is missing before it.",
                self._line,
            )
        self._add_code(bracket)
        if not self._stack:
            self._end_statement()

    def _end_statement(self) -> None:
        if self._parts:
            self._ready.append(Statement(self._start, self._source()))
        self._begin_statement()

    def _take_ready(self) -> Iterator[Statement]:
        while self._ready:
            yield self._ready.pop(0)

    def _could_go_on(self) -> bool:
        """Whether the statement in progress, which has no bracket yet, could still become an allowed one."""
        begun = "".join(self._source().split())
        return any(call.startswith(begun) for call in CALLS)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where the match of ``pattern`` at ``at`` ends; ``at`` itself where there is none."""
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _last_word(source: str) -> str:
    return re.split(r"[\s,(\[{=]", source.rstrip())[-1]


def _plain_escape(escape: re.Match[str]) -> str:
    return escape.group() if escape.group(1) in _ESCAPES else "\\" + escape.group()


def _not_canvas(source: str, line: int) -> CanvasError:
    return CanvasError(
        f"{excerpt(source)!r} is not canvas code; only canvas = Canvas(), canvas.set_global_description(…) "
        "and canvas.add_local_description(…) may be written.",
        line,
    )

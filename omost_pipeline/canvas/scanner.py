"""An LLM's reply, piece by piece → the statements of its code block, each as soon as it is complete.

Knows strings, comments, lines and the fence; not what a statement means. It reads each character once, whatever the
size of the pieces, and refuses early what must not reach Python's own parser (see :mod:`statement`). Quotes and
brackets that were forgotten are put in where only one place can be meant, and recorded.

Where the code is: behind the first line that opens a fence; or, in a reply without fences, on the lines that start
with ``canvas.`` or ``canvas =``. Everything else is prose and is ignored, except that an unfenced reply must not mix
canvas lines with lines of other code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.canvas.quotes import LOOK, ends_string, string_goes_on
from omost_pipeline.canvas.statement import OpenStatement, Statement, in_word, last_word
from omost_pipeline.errors import CanvasError

MAX_MENDS = 200
"""Quotes, line breaks and calls put right in one reply; more are no slips."""

_BLANK = re.compile(r"[\s;]*")
_SPACE = re.compile(r"[ \t\n]*")
_PLAIN = re.compile(r"[^\n'\"#()\[\]{};`,=]+")
_LINE = re.compile(r"[^\n]*")
_STRING = re.compile(r"(?:[^\\'\"\n]|\\[\s\S])+")
_ESCAPE = re.compile(r"\\([\s\S])")
_ESCAPES = frozenset("\n\\'\"abfnrtv0123xNuU")  # the rest makes Python warn; it stands for itself
_CANVAS_LINE = re.compile(r"canvas[^\S\n]*[.=]")
_CODE_LINE = re.compile(
    r"import\s+\w|from\s+[\w.]+\s+import\b|(async\s+)?(def|class)\b.*:\s*$|@\w"
    r"|\w[\w.\[\]'\"]*\s*(:\s*\w+\s*)?=[^=]|\w[\w.]*\(.*\)[\s;]*$"
)
_LINE_START = 24  # characters that decide what kind of line it is


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
        self._comment_parts: list[str] = []
        self._statement = OpenStatement()
        self._quote = ""  # of the string that is open
        self._string_line = 0
        self._mended = False  # whether that string holds quotes or line breaks that were none
        self._mends = 0

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
        if self._statement.begun and not self._statement.inside and not self._statement.could_go_on():
            self._end_statement()
            yield from self._take_ready()

    @property
    def cut(self) -> bool:
        """Whether the text so far ends inside a statement or an open fence."""
        return self._statement.begun or self._fence_open

    @property
    def found_code(self) -> bool:
        """Whether there was a fence or a line of canvas code at all."""
        return self._found_code

    @property
    def arguments(self) -> tuple[int, int]:
        """Which call is being read, by its line, and how many of its arguments are complete."""
        return self._statement.line, self._statement.arguments

    @property
    def comment(self) -> str:
        """The last comment, which says what the call below it adds; without its mark."""
        return "".join(self._comment_parts).lstrip("# \t").rstrip()

    def so_far(self) -> tuple[Statement, ...]:
        """The call that is being read with its complete arguments; nothing where there is none yet."""
        return self._statement.so_far() if self._statement.inside else ()

    def unfinished(self) -> tuple[Statement, ...]:
        """What the call in which the text ended may have meant, best first; nothing where it ended elsewhere."""
        return self._statement.cut(self._quote) if self._statement.inside else ()

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
        end = self._to_line_end(text, at, self._code)
        self._comment_parts.append(text[at:end])
        return end

    def _to_line_end(self, text: str, at: int, then: Callable[[str, int], int | None]) -> int:
        end = _end(_LINE, text, at)
        if end < len(text):
            self._step = then
        return end

    def _done(self, text: str, at: int) -> int | None:
        return max(at, len(text))

    def _code(self, text: str, at: int) -> int | None:
        if self._fence_open and not self._statement.begun and (start := _end(_BLANK, text, at)) > at:
            return start
        if self._statement.inside and (start := _end(_SPACE, text, at)) > at:
            self._statement.add(text[at:start], self._line)
            return start
        plain = _PLAIN.match(text, at)
        if plain is not None:
            self._statement.add(plain.group(), self._line)
            return plain.end()
        return self._mark(text, at)

    def _mark(self, text: str, at: int) -> int | None:
        match text[at]:
            case "#":
                self._comment_parts.clear()
                self._step = self._comment
                return at
            case "'" | '"':
                return self._open_string(text, at)
            case "`":
                return self._fence_end(text, at)
            case "\n" | ";" if not self._statement.inside:
                self._end_statement()
                if text[at] == "\n" and not self._fence_open:
                    self._step = self._line_start
            case mark:
                self._punctuation(mark)
        return at + 1

    def _punctuation(self, mark: str) -> None:
        match mark:
            case "(" | "[" | "{":
                if mark == "(" and (ended := self._statement.overrun(self._line)) is not None:
                    closed, self._statement = ended
                    self._ready.append(closed)
                    self._mend()
                self._statement.open_bracket(mark, self._line)
            case ")" | "]" | "}":
                self._statement.close_bracket(mark, self._line)
                if not self._statement.inside:
                    self._end_statement()
            case "=":
                self._statement.equals(self._line)
            case _:
                self._statement.add(mark, self._line)

    def _fence_end(self, text: str, at: int) -> int | None:
        ends = not self._statement.begun or (self._statement.inside and self._statement.on_new_line)
        ticks = text[at : at + 3]
        if len(ticks) < 3 and ticks == "```"[: len(ticks)] and ends:
            return len(text) if self._final else None
        if ticks != "```" or not ends:
            raise CanvasError("'`' stands inside the code; close the call or the fence properly.", self._line)
        if self._statement.begun:
            self._ready.append(self._statement.mended(self._line))
            self._statement = OpenStatement()
        self._fence_open = False
        self._step = self._done
        return at + 3

    def _open_string(self, text: str, at: int) -> int | None:
        quote = text[at]
        marks = text[at : at + 3]
        if len(marks) < 3 and marks == quote * len(marks) and not self._final:
            return None
        if in_word(self._statement.last):
            word = excerpt(last_word(self._statement.source) + quote)
            raise CanvasError(f"a word runs into a quote: {word}; no text has a prefix.", self._line)
        if marks[:2] == quote * 2 and marks != quote * 3:
            self._statement.open_string(quote, self._line)
            self._statement.add_text(quote)
            return at + 2
        self._quote = quote * 3 if marks == quote * 3 else quote
        self._string_line = self._line
        self._mended = False
        self._statement.open_string(self._quote, self._line)
        self._step = self._string
        return at + len(self._quote)

    def _string(self, text: str, at: int) -> int | None:
        run = _STRING.match(text, at)
        if run is not None:
            self._statement.add_text(_ESCAPE.sub(_plain_escape, run.group()))
            return run.end()
        mark = text[at : at + len(self._quote)]
        if mark == self._quote:
            return self._quote_in_string(text, at)
        if mark == "\\" or (len(mark) < len(self._quote) and self._quote.startswith(mark)):
            return len(text) if self._final else None
        if text[at] == "\n" and len(self._quote) == 1:
            return self._line_break_in_string(text, at)
        self._statement.add_text(text[at])
        return at + 1

    def _quote_in_string(self, text: str, at: int) -> int | None:
        end = at + len(self._quote)
        ends = len(self._quote) == 3 or ends_string(text[end : end + LOOK], self._quote, self._final)
        if ends is None:
            return None
        if ends:
            self._end_string()
        else:
            self._mend()
            self._statement.add_text("\\" + self._quote)
        return end

    def _line_break_in_string(self, text: str, at: int) -> int | None:
        goes_on = string_goes_on(text[at + 1 : at + 1 + LOOK], self._quote, self._final)
        if goes_on is None:
            return None
        self._mend()
        if goes_on:
            self._statement.add_text(" ")
            return at + 1
        self._statement.end_text(self._quote, self._line)
        self._quote = ""
        self._step = self._code
        return at

    def _mend(self) -> None:
        self._mended = True
        self._mends += 1
        if self._mends > MAX_MENDS:
            raise CanvasError(
                f"more than {MAX_MENDS} quotes and brackets are missing or stand in the wrong place.", self._line
            )

    def _end_string(self) -> None:
        if self._mended:
            text = self._statement.text
            self._statement.note(
                self._string_line, "text", self._quote + text.replace("\\" + self._quote, self._quote), text
            )
        self._statement.add_text(self._quote)
        self._quote = ""
        self._step = self._code

    def _end_statement(self) -> None:
        if self._statement.begun:
            self._ready.append(self._statement.ended())
            self._statement = OpenStatement()
            self._comment_parts.clear()

    def _take_ready(self) -> Iterator[Statement]:
        while self._ready:
            yield self._ready.pop(0)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where the match of ``pattern`` at ``at`` ends; ``at`` itself where there is none."""
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _plain_escape(escape: re.Match[str]) -> str:
    return escape.group() if escape.group(1) in _ESCAPES else "\\" + escape.group()

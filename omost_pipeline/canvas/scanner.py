"""An LLM's reply, piece by piece → the statements of its code, each as soon as it is complete.

Knows strings, comments, lines and fences; not what a statement means. It reads each character once, whatever the
size of the pieces, and refuses early what must not reach Python's own parser (see :mod:`statement`). Quotes and
brackets that were forgotten are put in where only one place can be meant, and recorded.

Where the code is: in the blocks that fences open, whatever they are named; in a reply without fences, or behind them,
on the lines on which a canvas statement begins. Everything else there is prose and is ignored. Other code beside a
canvas is left out, never executed, and recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from omost_pipeline.canvas.elements import Correction
from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.canvas.left_out import LeftOut
from omost_pipeline.canvas.lines import LineMarks
from omost_pipeline.canvas.marks import ASCII, QUOTES, TO_ASCII
from omost_pipeline.canvas.openings import LOOK as HEAD
from omost_pipeline.canvas.openings import Opening, could_begin, opening
from omost_pipeline.canvas.quotes import LOOK, ends_string, string_goes_on
from omost_pipeline.canvas.statement import OpenStatement, Statement, in_word, last_word
from omost_pipeline.errors import CanvasError

MAX_MENDS = 200
"""Quotes, line breaks and calls put right in one reply; more are no slips."""

_BLANK = re.compile(r"[\s;]*")
_SPACE = re.compile(r"[ \t\n]*")
_OTHERS = re.escape("".join((*ASCII, *QUOTES)))
_PLAIN = re.compile(rf"[^\n'\"#()\[\]{{}};:`,={_OTHERS}]+")
_LINE = re.compile(r"[^\n]*")
_FOREIGN = re.compile(r"[^\n`~]*")
_FENCE = re.compile(r"`{3,20}|~{3,20}")
_STRINGS = {
    '"': re.compile(r"(?:[^\\'\"\n]|\\[\s\S])+"),
    "'": re.compile(r"(?:[^\\'\"\n]|\\[\s\S])+"),
    **{closing: re.compile(rf"(?:[^\\\n{re.escape(closing)}]|\\[\s\S])+") for _, closing in QUOTES.values()},
}
_ESCAPE = re.compile(r"\\([\s\S])")
_ESCAPES = frozenset("\n\\'\"abfnrtv0123xNuU")  # the rest makes Python warn; it stands for itself
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})(?=[\s,)，）])")
_HEX_LOOK = 10
_CODE_LINE = re.compile(
    r"import\s+\w|from\s+[\w.]+\s+import\b|(async\s+)?(def|class)\b.*:\s*$|@\w"
    r"|\w[\w.\[\]'\"]*\s*(:\s*\w+\s*)?=[^=]|\w[\w.]*\(.*\)[\s;]*$"
)
_ARGUMENT = re.compile(r"\s*(?:\n|[^\W\d]\w*\s*=|['\"])")
_ARGUMENT_LOOK = 48


class Scanner:
    """Feed it text, take statements. After a :class:`CanvasError` it is spent."""

    def __init__(self) -> None:
        self.whole_area: int | None = None
        """The area that holds a scene, as its reader says: what cannot be read behind it is left out, not refused."""
        self._marks = LineMarks()
        self._step: Callable[[str, int], int | None] = self._line_start
        self._waiting = ""  # a few characters whose meaning depends on the next ones
        self._final = False
        self._line = 1
        self._ready: list[Statement] = []
        self._left_out = LeftOut()
        self._fence = ""  # the marks that opened the block
        self._area = 0
        self._unfenced = False  # whether the last code stood in no block
        self._found_code = False
        self._strays: list[tuple[int, str]] = []  # lines of other code outside a block, before any canvas
        self._parts: list[str] = []  # of a line that is no canvas code
        self._comment_parts: list[str] = []
        self._statement = OpenStatement()
        self._head_cut = False
        self._quote = ""  # of the string that is open
        self._closing = ""  # the marks that may close it
        self._prefix = ""
        self._string_line = 0
        self._mended = False  # whether that string holds quotes or line breaks that were none
        self._mends = 0

    def feed(self, text: str) -> Iterator[Statement]:
        """Yield the statements that ``text`` completes.

        Raises:
            CanvasError: naming line and value, for code that cannot be canvas code.
        """
        text = self._waiting + self._marks.feed(text, self._final)
        at = 0
        while at < len(text):
            try:
                end = self._step(text, at)
            except CanvasError:
                if self.whole_area is None or self._area <= self.whole_area:
                    raise
                end = self._give_up(at)
            if end is None:
                break
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
        if self._step in (self._prose_line, self._foreign):
            self._end_line()
        self._left_out.end()

    def take_left_out(self) -> list[Correction]:
        """What was left out since it was last asked."""
        return self._left_out.take()

    @property
    def other_code(self) -> tuple[int, str] | None:
        """The first line of code that is none of a canvas, behind its number."""
        return self._left_out.first

    @property
    def constants(self) -> Mapping[str, object]:
        """The texts, numbers and lists that other code has given names to so far."""
        return self._left_out.constants

    @property
    def cut(self) -> bool:
        """Whether the text so far ends inside a statement or an open fence."""
        return self._statement.begun or self._head_cut or bool(self._fence)

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
        if text[at] in "`~":
            if not self._final and text[at:] in (text[at], text[at] * 2):
                return None
            if _FENCE.match(text, at):
                self._step = self._fence_line
                return at
        return self._opening(text, at, self._prose_line, self._found_code and not self._unfenced)

    def _opening(
        self, text: str, at: int, otherwise: Callable[[str, int], int | None], in_prose: bool = False
    ) -> int | None:
        """Begin the statement that stands here; go on with another step where none does."""
        found = opening(text[at : at + HEAD], self._final)
        if isinstance(found, Opening) and in_prose and found.code != "canvas = Canvas":
            found = self._not_in_words(found, text[at + found.length : at + found.length + _ARGUMENT_LOOK])
        if found is True:
            return None
        if isinstance(found, Opening):
            if not self._fence:
                self._begin_unfenced()
            return self._begin(found, at)
        if self._final and "\n" not in text[at:] and could_begin(text[at:]):
            self._found_code = self._head_cut = True
            return len(text)
        self._step = otherwise
        return at

    def _not_in_words(self, found: Opening, rest: str) -> Opening | bool | None:
        """The call, unless a sentence only names it: arguments or a line break stand in a real one."""
        if len(rest) < _ARGUMENT_LOOK and "\n" not in rest and not self._final:
            return True
        return found if _ARGUMENT.match(rest) else None

    def _begin_unfenced(self) -> None:
        if not self._unfenced:
            self._area += self._found_code
            self._unfenced = self._found_code = True
            for line, code in self._strays:
                self._left_out.add(line, code)

    def _prose_line(self, text: str, at: int) -> int | None:
        end = _end(_LINE, text, at)
        self._parts.append(text[at:end])
        if end < len(text):
            self._end_line()
        return end

    def _end_line(self) -> None:
        """A line that is no canvas code is complete: other code is recorded, prose is not."""
        line = "".join(self._parts)
        self._parts.clear()
        in_code = self._step == self._foreign
        self._step = self._code if self._fence else self._line_start
        if in_code or (self._unfenced and _CODE_LINE.match(line)):
            self._left_out.add(self._line, line)
        elif not self._found_code and _CODE_LINE.match(line):
            self._strays.append((self._line, line))

    def _fence_line(self, text: str, at: int) -> int | None:
        """The line that opens a block; without a name behind code that stands in none, it means the end of that."""
        end = _end(_LINE, text, at)
        if end == len(text) and not self._final:
            return None if end - at < LOOK else self._enter(text, at, end)
        return self._enter(text, at, end)

    def _enter(self, text: str, at: int, end: int) -> int:
        marks = _FENCE.match(text, at)
        assert marks is not None
        named = bool(text[marks.end() : end].strip())
        if self._unfenced and not named:
            self._unfenced = False
            self._step = self._rest_of_line
            return end
        self._area += self._found_code
        self._unfenced = False
        self._found_code = True
        self._fence = marks.group()
        self._step = self._rest_of_fence_line
        return end

    def _rest_of_fence_line(self, text: str, at: int) -> int | None:
        return self._to_line_end(text, at, self._code)

    def _rest_of_line(self, text: str, at: int) -> int | None:
        return self._to_line_end(text, at, self._line_start)

    def _comment(self, text: str, at: int) -> int | None:
        end = self._to_line_end(text, at, self._code)
        self._comment_parts.append(text[at:end])
        return end

    def _to_line_end(self, text: str, at: int, then: Callable[[str, int], int | None]) -> int:
        end = _end(_LINE, text, at)
        if end < len(text):
            self._step = then
        return end

    def _foreign(self, text: str, at: int) -> int | None:
        """Other code, up to the end of its line or its block."""
        end = _end(_FOREIGN, text, at)
        if end == at and text[at] in "`~":
            if self._fence and (closed := self._closes_fence(text, at)) is not False:
                if closed:
                    self._end_line()
                return at if closed else None
            end = at + 1
        self._parts.append(text[at:end])
        if end < len(text) and text[end] == "\n":
            self._end_line()
        return end

    def _closes_fence(self, text: str, at: int) -> bool | None:
        """Whether the block ends here; None where more text must show it."""
        marks = text[at : at + len(self._fence)]
        if len(marks) < len(self._fence) and self._fence.startswith(marks):
            return False if self._final else None
        return marks == self._fence

    def _code(self, text: str, at: int) -> int | None:
        if not self._statement.begun:
            return self._between(text, at)
        if (start := _end(_SPACE, text, at)) > at:
            self._statement.add(text[at:start], self._line)
            return start
        plain = _PLAIN.match(text, at)
        if plain is not None:
            self._statement.add(plain.group(), self._line)
            return plain.end()
        return self._mark(text, at)

    def _between(self, text: str, at: int) -> int | None:
        """Where a statement may begin."""
        start = _end(_BLANK, text, at)
        if not self._fence and "\n" in text[at:start]:
            self._step = self._line_start
            return text.index("\n", at) + 1
        if start > at:
            return start
        if text[at] == "#":
            self._comment_parts.clear()
            self._step = self._comment
            return at
        closed = self._closes_fence(text, at) if self._fence else False
        if closed is None:
            return None
        if closed:
            return self._leave(text, at)
        return self._opening(text, at, self._foreign)

    def _begin(self, found: Opening, at: int) -> int:
        self._left_out.end()
        self._statement = OpenStatement(self._area)
        self._statement.begin(found.code, self._line)
        if not found.exact:
            self._statement.note(self._line, "code", found.written, found.code)
        self._step = self._code
        return at + found.length

    def _leave(self, text: str, at: int) -> int | None:
        """The block ends; a line that names another one opens that."""
        end = at + len(self._fence)
        while end < len(text) and text[end] == self._fence[0]:
            end += 1
        if end == len(text) and not self._final:
            return None
        self._fence = ""
        self._step = self._line_start
        return end if end == len(text) or not text[end].isalpha() else at

    def _give_up(self, at: int) -> int:
        """Leave out the call that cannot be read, and the rest of its line."""
        self._parts = [self._statement.source.partition("\n")[0]]
        self._statement = OpenStatement()
        self._quote = ""
        self._step = self._foreign
        return at

    def _mark(self, text: str, at: int) -> int | None:
        if text[at] in QUOTES:
            return self._open_string(text, at)
        mark = ASCII.get(text[at], text[at])
        if mark != text[at] and mark.strip():
            self._statement.note(self._line, "mark", text[at], mark)
        match mark:
            case "#":
                return self._hash(text, at)
            case "'" | '"':
                return self._open_string(text, at)
            case "`":
                return self._fence_in_call(text, at)
            case "(" | "[" | "{" | ")" | "]" | "}":
                self._bracket(mark)
            case "=":
                self._statement.equals(self._line)
            case ":":
                self._statement.colon(self._line)
            case _:
                self._statement.add(mark, self._line)
        return at + 1

    def _bracket(self, mark: str) -> None:
        if mark in ")]}":
            self._statement.close_bracket(mark, self._line)
            if not self._statement.inside:
                self._end_statement()
        elif mark == "(" and (ended := self._statement.overrun(self._line)) is not None:
            closed, self._statement = ended
            self._ready.append(closed)
            self._mend()
        else:
            self._statement.open_bracket(mark, self._line)

    def _hash(self, text: str, at: int) -> int | None:
        """A comment, or a colour in digits that was not quoted."""
        if self._statement.last == "=":
            digits = text[at : at + _HEX_LOOK]
            if len(digits) < _HEX_LOOK and "\n" not in digits and not self._final and ")" not in digits:
                return None
            if (found := _HEX.match(text, at)) is not None:
                self._statement.open_string("'", self._line)
                self._statement.add_text(f"{found.group()}'")
                self._statement.note(self._line, "text", found.group(), f"'{found.group()}'")
                return found.end()
        self._comment_parts.clear()
        self._step = self._comment
        return at

    def _fence_in_call(self, text: str, at: int) -> int | None:
        ends = self._statement.on_new_line
        ticks = text[at : at + 3]
        if len(ticks) < 3 and ticks == "```"[: len(ticks)] and ends:
            return len(text) if self._final else None
        if ticks != "```" or not ends:
            raise CanvasError("'`' stands inside the code; close the call or the fence properly.", self._line)
        self._ready.append(self._statement.mended(self._line))
        self._statement = OpenStatement()
        return at

    def _open_string(self, text: str, at: int) -> int | None:
        quote, closing = QUOTES.get(text[at], (text[at], text[at]))
        typographic = quote != text[at]
        marks = text[at : at + 3]
        if not typographic and len(marks) < 3 and marks == quote * len(marks) and not self._final:
            return None
        self._prefix = self._statement.take_prefix() if in_word(self._statement.last) else ""
        if in_word(self._statement.last) and not self._prefix:
            raise self._prefixed(last_word(self._statement.source) + quote)
        if marks[:2] == quote * 2 and marks != quote * 3:
            self._statement.open_string(quote, self._line)
            self._statement.add_text(quote)
            return at + 2
        triple = marks == quote * 3
        self._quote = quote * 3 if triple else quote
        self._closing = closing
        self._string_line = self._line
        self._mended = False
        self._statement.open_string(self._quote, self._line)
        if typographic:
            self._statement.note(self._line, "mark", text[at], quote)
        self._step = self._string
        return at + (3 if triple else 1)

    def _prefixed(self, word: str) -> CanvasError:
        return CanvasError(f"a word runs into a quote: {excerpt(word)}; no text has a prefix.", self._line)

    def _string(self, text: str, at: int) -> int | None:
        run = _STRINGS[self._closing].match(text, at)
        if run is not None:
            self._statement.add_text(self._escaped(run.group()))
            return run.end()
        mark = text[at : at + len(self._quote)]
        if len(self._closing) > 1 and text[at] in self._closing:
            return self._quote_in_string(text, at, 1)
        if len(self._closing) == 1 and mark == self._quote:
            return self._quote_in_string(text, at, len(mark))
        if mark[:1] == "\\" or (len(mark) < len(self._quote) and self._quote.startswith(mark)):
            return len(text) if self._final else None
        if text[at] == "\n" and len(self._quote) == 1:
            return self._line_break_in_string(text, at)
        self._statement.add_text(text[at])
        return at + 1

    def _escaped(self, text: str) -> str:
        if "r" in self._prefix:
            return text.replace("\\", "\\\\")
        return _ESCAPE.sub(_plain_escape, text)

    def _quote_in_string(self, text: str, at: int, length: int) -> int | None:
        end = at + length
        after = text[end : end + LOOK].translate(TO_ASCII)
        ends = len(self._quote) == 3 or ends_string(after, text[at], self._final)
        if ends is None:
            return None
        if ends:
            self._end_string()
        elif len(self._closing) > 1 and text[at] != self._quote:
            self._statement.add_text(text[at])
        else:
            self._mend()
            self._statement.add_text("\\" + self._quote)
        return end

    def _line_break_in_string(self, text: str, at: int) -> int | None:
        goes_on = string_goes_on(text[at + 1 : at + 1 + LOOK].translate(TO_ASCII), self._quote, self._final)
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
        if "f" in self._prefix and "{" in self._statement.text:
            raise self._prefixed(self._prefix + self._quote)
        if self._mended:
            text = self._statement.text
            self._statement.note(
                self._string_line, "text", self._quote + text.replace("\\" + self._quote, self._quote), text
            )
        self._statement.add_text(self._quote)
        self._quote = ""
        self._step = self._code

    def _end_statement(self) -> None:
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

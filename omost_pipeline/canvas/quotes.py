"""Where a string in a model's text ends, although the model may have forgotten to escape a quote or to write one.

Pure: each function looks at what follows a place and answers, or says that it must see more. In sound canvas code the
answers are Python's own.
"""

from __future__ import annotations

LOOK = 48
"""Characters behind a place that decide about it; no argument's name is nearly as long."""

_NEXT = ",\n)]"  # behind a closing quote
_VALUES = "'\"[](){}+-.*#\n0123456789"  # behind a comma: the beginning of a value, or nothing more on this line
_PROSE = "!?;"  # behind a quote within a sentence
_WORDS = ("None", "True", "False")


def ends_string(after: str, quote: str, final: bool) -> bool | None:
    """Whether a ``quote`` inside a string closes it, by the text ``after`` it; None if more of that is needed.

    It closes where code goes on behind it, and is part of the text where a sentence does: "the dragon's eyes".
    ``final`` tells that nothing comes after ``after``; otherwise its first :data:`LOOK` characters are enough.
    """
    final |= len(after) >= LOOK
    start = _blank(after, 0)
    if start == len(after):
        return True if final else None
    match after[start]:
        case ",":
            return _begins_value(after, start + 1, final)
        case mark if mark == quote and start == 0:
            return _closes_before(after, final)
        case letter if _in_word(letter):
            return start > 0 and _names_argument(after, start, final)
        case ".":
            return _begins_attribute(after, start, final)
        case mark:
            return mark not in _PROSE


def string_goes_on(after: str, quote: str, final: bool) -> bool | None:
    """Whether a string that was not closed on its line goes on in the next one, which begins with ``after``.

    False where code stands there, so that only the closing quote was forgotten; None if more text is needed.
    """
    final |= len(after) >= LOOK
    start = _blank(after, 0)
    if start == len(after):
        return False if final else None
    if after[start] == quote:
        rest = after[start + 1 :]
        return rest[:1] != quote and ends_string(rest, quote, final)
    if after[start] in "\n#)]}'\"`":
        return False
    named = _names_argument(after, start, final)
    return None if named is None else not (named or after.startswith("canvas", start))


def _begins_value(after: str, start: int, final: bool) -> bool | None:
    """Whether another value or argument, or the end of the line, stands behind a comma."""
    start = _blank(after, start)
    if start == len(after):
        return True if final else None
    if not _in_word(after[start]) or after[start].isdecimal():
        return after[start] in _VALUES
    end = _word(after, start)
    if end == len(after) and not final:
        return None
    return after[start:end] in _WORDS or _names_argument(after, start, final)


def _names_argument(after: str, start: int, final: bool) -> bool | None:
    """Whether a word and an equals sign stand at ``start``, or a word, a colon and a value in quotes or brackets."""
    end = _word(after, start)
    equals = _blank(after, end)
    if equals == len(after):
        return False if final else None
    if end == start or after[equals] != ":":
        return end > start and after[equals] == "="
    value = _blank(after, equals + 1)
    if value == len(after):
        return False if final else None
    return after[value] in "'\"["


def _begins_attribute(after: str, start: int, final: bool) -> bool | None:
    """Whether the full stop at ``start`` is code, which is refused elsewhere, and not the end of a sentence."""
    if start + 1 == len(after):
        return True if final else None
    return _in_word(after[start + 1])


def _closes_before(after: str, final: bool) -> bool | None:
    """Whether the first of two quotes closes: it does not where code goes on behind the second, ``"He says "no"",``."""
    start = _blank(after, 1)
    if start == len(after):
        return False if final else None
    return after[start] not in _NEXT


def _blank(text: str, start: int) -> int:
    while start < len(text) and text[start] in " \t":
        start += 1
    return start


def _word(text: str, start: int) -> int:
    while start < len(text) and _in_word(text[start]):
        start += 1
    return start


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"

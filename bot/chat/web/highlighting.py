"""Colours for canvas code and JSON: enough of a tokenizer to tell words, strings, numbers and comments apart."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    | (?P<string>'(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*")
    | (?P<number>\b\d+(?:\.\d+)?\b)
    | (?P<keyword>\b(?:True|False|None|true|false|null)\b)
    | (?P<name>\b\w+(?=\s*[(=]))""",
    re.VERBOSE,
)
_FENCED = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)


def highlighted(code: str) -> str:
    """HTML of a piece of code: every character of it escaped, tokens in ``span`` elements with their kind as class."""
    parts: list[str] = []
    done = 0
    for token in _TOKEN.finditer(code):
        parts.append(html.escape(code[done : token.start()]))
        parts.append(f'<span class="{token.lastgroup}">{html.escape(token[0])}</span>')
        done = token.end()
    parts.append(html.escape(code[done:]))
    return "".join(parts)


def split_fences(text: str) -> Iterator[tuple[bool, str]]:
    """Split text at its fenced code blocks: pairs of whether it is code, and content. Leaves out empty words."""
    done = 0
    for fence in _FENCED.finditer(text):
        if before := text[done : fence.start()].strip():
            yield False, before
        yield True, fence[1]
        done = fence.end()
    if rest := text[done:].strip():
        yield False, rest

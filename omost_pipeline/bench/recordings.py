"""Recorded conversations: exact token ids of what a real model read and wrote, and the text of each.

Reads files; knows no model and counts nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from omost_pipeline.composer.samples import sample_replies
from omost_pipeline.errors import OmostError

_WORDS = re.compile(
    r"'(?:s|t|re|ve|m|ll|d)|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]{1,3}| ?[^\sA-Za-z0-9]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True)
class RecordedTurn:
    """Exact token ids of a prompt and of the reply that a real model gave."""

    prompt: tuple[int, ...]
    reply: tuple[int, ...]


@dataclass(frozen=True)
class Recording:
    """A conversation, and the text of every token id that occurs in it."""

    name: str
    pieces: Mapping[str, int]
    turns: tuple[RecordedTurn, ...]


def read_recording(path: Path) -> Recording:
    """Read ``{"pieces": {id: text}, "turns": [{"prompt_ids": […], "reply_ids": […]}]}``.

    Raises:
        OmostError: naming the file, if it is not of this form.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        pieces = {str(text): int(token) for token, text in found["pieces"].items()}
        turns = tuple(
            RecordedTurn(tuple(map(int, turn["prompt_ids"])), tuple(map(int, turn["reply_ids"])))
            for turn in found["turns"]
        )
    except OSError as error:
        raise OmostError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OmostError(f"{path} is no recording with pieces and turns ({error!r}); give an .ids.json file.") from None
    return Recording(path.name, pieces, turns)


def sample_tokens(pieces: Mapping[str, int]) -> list[list[int]]:
    """The sample canvases in a recording's tokens.

    A recording knows only the tokens that occur in it. A word that it cannot spell gets a negative id of its own, which
    no recorded token equals: so nothing is learnt from which words the recording knows.
    """
    unknown: dict[str, int] = {}
    return [
        [token for word in _words(reply) for token in _spelled(word, pieces, unknown)] for reply in sample_replies()
    ]


@cache
def _words(text: str) -> tuple[str, ...]:
    """As Llama 3's tokenizer splits text before it looks for pairs (here for English and code alone)."""
    return tuple(_WORDS.findall(text))


def _spelled(word: str, pieces: Mapping[str, int], unknown: dict[str, int]) -> list[int]:
    """The fewest pieces that make up ``word``."""
    best: list[list[int] | None] = [[], *(None for _ in word)]
    for end in range(1, len(word) + 1):
        for start in range(end):
            before, token = best[start], pieces.get(word[start:end])
            shortest = best[end]
            if before is not None and token is not None and (shortest is None or len(before) + 1 < len(shortest)):
                best[end] = [*before, token]
    return best[-1] or [unknown.setdefault(word, -2 - len(unknown))]

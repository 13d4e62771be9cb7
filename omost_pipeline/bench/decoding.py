"""How many forward passes, and how many seconds, real replies take with guesses and without.

Replays recorded conversations token by token: the recording says what the model would have written, so that passes can
be counted without the model. Knows nothing of chats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

from omost_pipeline.composer.decoding import walk
from omost_pipeline.composer.drafts import Cost, Drafts
from omost_pipeline.composer.samples import sample_replies
from omost_pipeline.composer.tree import TokenTree
from omost_pipeline.errors import OmostError

_WORDS = re.compile(
    r"'(?:s|t|re|ve|m|ll|d)|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]{1,3}| ?[^\sA-Za-z0-9]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class TurnFigures(TypedDict):
    """One reply: its tokens and the forward passes that wrote them; with ``wall``, seconds and how many times faster
    than the model's own ``generate``."""

    file: str
    turn: int
    tokens: int
    forwards: int
    seconds: NotRequired[float]
    ratio: NotRequired[float]


class Report(TypedDict):
    turns: list[TurnFigures]


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


class RecordedReader:
    """Chooses what was recorded; counts passes."""

    def __init__(self, reply: Sequence[int]) -> None:
        self.forwards = 0
        self._reply = reply
        self._read = 0

    def read(self, ids: Sequence[int], tree: TokenTree) -> None:
        del ids, tree
        self.forwards += 1

    def choose(self, node: int) -> int:
        del node
        self._read += 1
        return self._reply[self._read - 1]

    def keep(self, path: Sequence[int]) -> None:
        """Nothing is remembered here."""


def run(ids: Sequence[Path] = ()) -> Report:
    """Replay the conversations in ``ids``, each turn on its own, with the program's sample canvases as a start.

    Raises:
        OmostError: if no file is given, or one cannot be read as a recording.
    """
    if not ids:
        raise OmostError("bench decoding replays recorded conversations: give their files, --ids FILE.")
    turns: list[TurnFigures] = []
    for path in ids:
        recording = read_recording(path)
        for number, turn in enumerate(recording.turns):
            forwards = count_forwards(recording, turn)
            turns.append({"file": recording.name, "turn": number, "tokens": len(turn.reply), "forwards": forwards})
    return {"turns": turns}


def count_forwards(recording: Recording, turn: RecordedTurn, cost: Cost | None = None) -> int:
    """Passes that the reply takes: the one that reads the prompt, and every later one."""
    cost = cost or Cost()
    drafts = Drafts(sample_tokens(recording.pieces))
    drafts.extend(turn.prompt)
    reader = RecordedReader(turn.reply)
    written = 0
    while written < len(turn.reply):
        tree = drafts.propose(cost)
        reader.read((), tree)
        tokens, path = walk(reader, tree, (), len(turn.reply) - written)
        reader.keep(path)
        drafts.extend(tokens)
        written += len(tokens)
    return reader.forwards


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

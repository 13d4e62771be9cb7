"""How many forward passes, and how many seconds, replies take with guesses and without.

Recorded conversations are replayed token by token: the recording says what the model would have written, so that passes
can be counted without the model. Without any, the bundled model has conversations of its own. Knows nothing of chats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

from omost_pipeline.bench.bundled import converse
from omost_pipeline.bench.measured import Measured
from omost_pipeline.bench.recordings import RecordedTurn, Recording, read_recording, sample_tokens
from omost_pipeline.bench.replay import replay
from omost_pipeline.bench.shapes import random_model
from omost_pipeline.composer.local.decoding import walk
from omost_pipeline.composer.local.drafts import Cost, Drafts
from omost_pipeline.composer.local.tree import TokenTree
from omost_pipeline.errors import OmostError


class TurnFigures(TypedDict):
    """One reply: its tokens and the forward passes that wrote them; with ``wall``, seconds, the share of them (0…1)
    until there was a layout to show, and how many times faster than the model's own ``generate`` that was."""

    file: str
    turn: int
    tokens: int
    forwards: int
    seconds: NotRequired[float]
    preview: NotRequired[float]
    ratio: NotRequired[float]


class Report(TypedDict):
    turns: list[TurnFigures]


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


def run(ids: Sequence[Path] = (), wall: bool = False, shape: str = "") -> Report:
    """Replay the conversations in ``ids``, or have the bundled model hold some.

    With ``wall`` the clock is read, and ``generate`` writes the same replies beside it: recorded ones with a random
    model of one of the :data:`~.shapes.SHAPES`, by default 0.5b. Without, recorded turns are counted each on its own,
    with the program's sample canvases as a start.

    Raises:
        OmostError: if a file cannot be read as a recording, there is no such shape or no device for it, or a shape is
            given where nothing is replayed by the clock.
    """
    if shape and not (ids and wall):
        raise OmostError(f"The shape {shape} is for recordings replayed by the clock: add --wall and --ids FILE.")
    recordings = [read_recording(path) for path in ids]
    if not recordings:
        return {"turns": [_figures(measured) for measured in converse(wall)]}
    if not wall:
        return {"turns": [figures for recording in recordings for figures in _counted(recording)]}
    model = random_model(shape or "0.5b")
    return {"turns": [_figures(measured) for recording in recordings for measured in replay(model, recording)]}


def _figures(measured: Measured) -> TurnFigures:
    figures: TurnFigures = {
        "file": measured.name,
        "turn": measured.turn,
        "tokens": measured.tokens,
        "forwards": measured.forwards,
    }
    if measured.generate is not None:
        figures |= {
            "seconds": measured.seconds,
            "preview": measured.preview / measured.seconds,
            "ratio": measured.generate / measured.seconds,
        }
    return figures


def _counted(recording: Recording) -> Iterator[TurnFigures]:
    for number, turn in enumerate(recording.turns):
        forwards = count_forwards(recording, turn)
        yield {"file": recording.name, "turn": number, "tokens": len(turn.reply), "forwards": forwards}


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

"""What a composer is: a conversation and new words in, canvas text out, piece by piece.

Knows no model library; :mod:`local_llm` is the first implementation.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from omost_pipeline.canvas.elements import Canvas


@dataclass(frozen=True)
class Turn:
    """One earlier exchange: what the user said and the canvas that came of it."""

    words: str
    canvas: Canvas


@dataclass(frozen=True)
class ComposeOptions:
    """Sampling options; the defaults are the published ones (omost-facts §4)."""

    seed: int = 12345
    temperature: float = 0.6
    top_p: float = 0.9
    max_new_tokens: int = 4096


@dataclass(frozen=True)
class Written:
    """What there is to say of a reply once it is written.

    ``turns`` is how many of the newest turns the model was told, None where that is not known. ``tokens`` were written
    in so many ``passes`` of the model; 0 where nobody counts.
    """

    turns: int | None = None
    tokens: int = 0
    passes: int = 0


class Composer(Protocol):
    """Writes canvas text. Closing the generator stops the model at once."""

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """Yield the reply's text as it is written; ``history`` is oldest first and is trimmed to the model's context.

        Returns what is known of the reply.

        Raises:
            BudgetError: if the words alone do not fit the model's context.
            ComposerError: if the model fails.
        """
        ...

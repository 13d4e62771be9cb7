"""A whole canvas from a composer: its reply is read while it is written, and asked for once more if it is no canvas.

Knows composers by their protocol; knows no model, no chat and no picture.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from omost_pipeline.canvas.elements import Canvas, Outline, in_names
from omost_pipeline.canvas.free import carry_free, lost_boxes
from omost_pipeline.canvas.parser import ParsedCanvas, ReplyReader
from omost_pipeline.canvas.unasked import without_unasked
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written
from omost_pipeline.composer.reasoning import after_thoughts
from omost_pipeline.errors import CanvasError

logger = logging.getLogger(__name__)

_MARKS = 32
"""Characters that the end of thoughts may be spread over."""


@dataclass(frozen=True)
class Composition:
    """What a composer made of some words.

    ``remembered`` is how many of the newest turns it was told, where older ones had to be left out; else None.
    ``tokens`` and ``passes`` are what :class:`~.protocol.Written` says of the reply.
    """

    parsed: ParsedCanvas
    remembered: int | None = None
    tokens: int = 0
    passes: int = 0


def compose_canvas(
    composer: Composer, history: Sequence[Turn], words: str, options: ComposeOptions
) -> Generator[Outline | Composition | None, None, None]:
    """Yield after each piece of text the outline if the piece changed it, else None; last the whole.

    A reply that cannot be read is written once more, otherwise: with another seed, and never by taking only the
    likeliest tokens, which would give the same again.

    Raises:
        CanvasError: if that one cannot be read either.
        ComposerError: as :meth:`~.composer.Composer.compose`.
    """
    try:
        yield from _written(composer, history, words, options)
    except CanvasError as error:
        logger.info("seed %d: no canvas, trying once more: %s", options.seed, error)
        other = replace(options, seed=options.seed + 1, temperature=options.temperature or ComposeOptions.temperature)
    else:
        return
    yield from _written(composer, history, words, other)


def _written(
    composer: Composer, history: Sequence[Turn], words: str, options: ComposeOptions
) -> Generator[Outline | Composition | None, None, None]:
    reply = _Reply()
    shown: Outline | None = None
    with closing(composer.compose(history, words, options)) as pieces:
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                told: Written = end.value or Written()
                break
            reply.feed(piece)
            news = reply.outline if reply.outline != shown else None
            shown = news or shown
            yield news
    parsed = reply.finish()
    if history:
        parsed = as_asked(history[-1].canvas, parsed, words)
    remembered = told.turns if told.turns is not None and told.turns < len(history) else None
    yield Composition(parsed, remembered, told.tokens, told.passes)


class _Reply:
    """A reply while it comes: its canvas behind the last mark that ends thoughts, if there is one, else before it.

    What cannot be read may have been thoughts of which nobody saw the beginning: the reply's end decides.
    """

    def __init__(self) -> None:
        self._reader = ReplyReader()
        self._before: ReplyReader | None = None
        self._tail = ""

    @property
    def outline(self) -> Outline | None:
        return self._reader.outline

    def feed(self, piece: str) -> None:
        """The next piece."""
        self._tail = (self._tail + piece)[-_MARKS - len(piece) :]
        if (answer := after_thoughts(self._tail)) is not None:
            self._before, self._reader, self._tail = self._reader, ReplyReader(), ""
            piece = answer
        self._reader.feed(piece)

    def finish(self) -> ParsedCanvas:
        """The canvas.

        Raises:
            CanvasError: if none can be read; of two faults the one in the answer.
        """
        try:
            return self._reader.finish()
        except CanvasError:
            if self._before is None or self._reader.canvas is not None:
                raise
            with suppress(CanvasError):
                return self._before.finish()
            raise


def as_asked(before: Canvas, parsed: ParsedCanvas, words: str) -> ParsedCanvas:
    """What was written of ``words`` after ``before``, without what they did not ask for."""
    parsed = _with_free_values(before, parsed)
    canvas, taken_back = without_unasked(before, parsed.canvas, words)
    return replace(parsed, canvas=canvas, corrections=(*parsed.corrections, *taken_back))


def _with_free_values(before: Canvas, parsed: ParsedCanvas) -> ParsedCanvas:
    """What was written, with the boxes and colours that the model was told in names and left alone."""
    if before == in_names(before):
        return parsed
    canvas = carry_free(before, parsed.canvas)
    return replace(parsed, canvas=canvas, corrections=(*parsed.corrections, *lost_boxes(before, canvas)))

"""The bundled composers' canvases, arranged so that all that is asked for can be seen."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing

from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written
from omost_pipeline.errors import OmostError


class Arranged:
    """A composer whose canvases are arranged: ``arrange`` is given each one, those before it and the words.

    Its replies are held back until they are whole, which with so small a model is a moment.
    """

    def __init__(self, composer: Composer, arrange: Callable[[Canvas, Sequence[Canvas], str], Canvas]) -> None:
        self._composer, self._arrange = composer, arrange

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As the composer's own; see :class:`Composer`."""
        pieces: list[str] = []
        with closing(self._composer.compose(history, words, options)) as writing:
            while True:
                try:
                    pieces.append(next(writing))
                except StopIteration as end:
                    written: Written | None = end.value
                    break
                yield ""
        yield from self._arranged(pieces, [turn.canvas for turn in history], words)
        return written

    def _arranged(self, pieces: Sequence[str], canvases: Sequence[Canvas], words: str) -> Sequence[str]:
        try:
            canvas = parse_canvas("".join(pieces)).canvas
        except OmostError:  # whoever reads the reply says so
            return pieces
        arranged = self._arrange(canvas, canvases, words)
        return pieces if arranged == canvas else [f"```python\n{canvas_to_code(arranged)}```"]

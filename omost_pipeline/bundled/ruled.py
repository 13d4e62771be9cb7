"""Edits that need no composer: a rule knows the canvas that they leave."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written

Rule = Callable[[str, Sequence[Canvas]], Canvas | None]
"""(an edit's words, the conversation's canvases) → the canvas after it, or None where the composer is to be asked."""


class Ruled:
    """A composer that is asked only for those edits that no rule answers."""

    def __init__(self, composer: Composer, *rules: Rule) -> None:
        self._composer, self._rules = composer, rules

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As the composer's own; see :class:`Composer`."""
        canvases = [turn.canvas for turn in history]
        for rule in self._rules if history else ():
            if (canvas := rule(words, canvases)) is not None:
                yield f"```python\n{canvas_to_code(canvas)}```"
                return None
        return (yield from self._composer.compose(history, words, options))

"""A composer is not asked what a rule answers."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from omost_pipeline.bundled.ruled import Ruled
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from tests.bundled.test_left_alone import BEFORE


class Writer:
    """A composer that says what it was asked."""

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        yield f"asked: {words}"
        return None


def _kept(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    return canvases[-1] if words == "what is it?" else None


def test_a_composer_is_asked_only_what_no_rule_answers() -> None:
    composer, before = Ruled(Writer(), lambda words, canvases: None, _kept), [Turn("a house", BEFORE)]

    def reply(history: Sequence[Turn], words: str) -> str:
        return "".join(composer.compose(history, words, ComposeOptions()))

    assert reply(before, "what is it?") == canvas_to_reply(BEFORE)
    assert reply(before, "remove the dog") == "asked: remove the dog"
    assert reply([], "what is it?") == "asked: what is it?"

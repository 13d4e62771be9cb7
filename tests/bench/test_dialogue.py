"""The dialogue benchmark puts the held-out messages to the composer itself."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from omost_pipeline.bench import dialogue
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.evaluate_dialogue import answers


class RepeatingComposer:
    """Writes the newest canvas again, whatever is asked; a bare meadow at first."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[Turn, ...], str, ComposeOptions]] = []

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        self.asked.append((tuple(history), words, options))
        yield canvas_to_reply(history[-1].canvas if history else Canvas(GlobalDescription("A meadow.")))


def test_composer_hears_the_held_out_messages_with_the_right_history() -> None:
    composer = RepeatingComposer()
    asked = list(answers(dialogue.reply_with(composer), conversations=3))
    assert [words for _, words, _ in composer.asked] == [answer.message.words for answer in asked]
    assert {options.temperature for _, _, options in composer.asked} == {0.0}
    for before, (history, _, _) in zip(asked, composer.asked[1:], strict=False):
        if history:
            assert (history[-1].words, history[-1].canvas) == (before.message.words, before.message.canvas)


def test_composer_that_changes_nothing_is_right_about_nothing_new() -> None:
    composer = RepeatingComposer()
    models = Models(PROFILES["tiny"], "cpu", load_composer=lambda *_: composer)
    shares = dialogue.run(models, conversations=4, beyond=1)
    assert shares["parse"] == 1.0
    assert shares["first"] == 0.0
    assert (shares["edits"]["add"], shares["edits"]["remove"]) == (0.0, 0.0)  # a few others ask for what already is

"""The benchmark of a turn times what the bot does."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import pytest
from PIL import Image

from omost_pipeline.bench import turn
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import CanvasError, RendererError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.renderer.regions.options import RegionOptions

MEADOW = Canvas(GlobalDescription("A meadow."))


@dataclass
class WrittenComposer:
    reply: str = canvas_to_reply(MEADOW)
    asked: list[tuple[Sequence[Turn], str]] = field(default_factory=list)

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        self.asked.append((history, words))
        yield from (self.reply[at : at + 5] for at in range(0, len(self.reply), 5))


@dataclass
class BlankRenderer:
    finishes: bool = True
    size_unit: int = 8
    asked: list[tuple[Canvas, RenderOptions]] = field(default_factory=list)

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        self.asked.append((canvas, options))
        image = Image.new("RGB", (8, 8))
        yield Step(1, 1, lambda: image)
        if self.finishes:
            yield Rendered((image,), (options.seed,), {"encode": 1.0, "denoise": 2.0, "decode": 3.0})


def models_of(composer: WrittenComposer, renderer: BlankRenderer) -> Models:
    return Models(PROFILES["tiny"], "cpu", load_composer=lambda *_: composer, load_renderer=lambda *_: renderer)


def test_first_message_and_edit_are_timed_by_part() -> None:
    composer, renderer = WrittenComposer(), BlankRenderer()
    report = turn.run(models_of(composer, renderer))
    assert composer.asked == [((), turn.FIRST), ((Turn(turn.FIRST, MEADOW),), turn.EDIT)]
    assert [canvas for canvas, _ in renderer.asked] == [MEADOW, MEADOW]
    assert renderer.asked[0][1] == RenderOptions(
        192, 192, steps=16, guidance=3.0, regions=RegionOptions("bounded"), layered=True, details=True
    )
    assert report["ready"] >= 0
    for seconds in (report["first"], report["edit"]):
        assert (seconds["encode"], seconds["denoise"], seconds["decode"]) == (1.0, 2.0, 3.0)
        assert 0 < seconds["layout"] < seconds["compose"] <= seconds["total"]


def test_reply_without_a_canvas_fails_the_benchmark() -> None:
    with pytest.raises(CanvasError):
        turn.run(models_of(WrittenComposer("I would rather not."), BlankRenderer()))


def test_renderer_without_a_picture_fails_the_benchmark() -> None:
    with pytest.raises(RendererError, match="without a picture"):
        turn.run(models_of(WrittenComposer(), BlankRenderer(finishes=False)))

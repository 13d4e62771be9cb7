"""A picture that somebody attaches leads a new one: its pose, depth or lines, by words beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import Notice, Said, Upload
from bot.requests.leading import read
from bot.requests.limits import InputError
from bot.telling.views import png
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.protocol import Renderer
from tests.bot_parts import ANN, PLACE, opened, working
from tests.fakes import TINY, FakeModels, canvas_for, until

FOLLOWING = replace(TINY, follows=True)


@pytest.mark.parametrize(
    ("words", "kind", "rest"),
    [
        ("use as pose: a knight in a forest", "pose", "a knight in a forest"),
        ("as depth map, a harbour", "depth", "a harbour"),
        ("a harbour at dawn, use this picture as line art", "lines", "a harbour at dawn"),
        ("Please use it as a sketch. A house", "scribble", "A house"),
        ("utilise-la comme contours : une maison", "edges", "une maison"),
        ("作为姿势：森林里的骑士", "pose", "森林里的骑士"),
        ("a knight dressed as a clown", "", "a knight dressed as a clown"),
        ("draw a house with lines", "", "draw a house with lines"),
    ],
)
def test_words_say_what_of_a_picture_leads(words: str, kind: str, rest: str) -> None:
    assert read(words, FOLLOWING) == (kind, rest)


def test_what_cannot_be_had_is_said() -> None:
    with pytest.raises(InputError, match=r"models\.controlnet"):
        read("use as pose: a knight", TINY)
    with pytest.raises(InputError, match="what to draw"):
        read("use this as pose", FOLLOWING)


@dataclass
class Following(FakeModels):
    """Remembers the sizes of the pictures that it is told."""

    told: list[dict[str, tuple[int, int]]] = field(default_factory=list)

    def referring(self, pictures: Mapping[str, Image.Image]) -> Renderer:
        self.told.append({name: picture.size for name, picture in pictures.items()})
        return self


@pytest.mark.slow
async def test_an_attached_picture_leads_a_new_one_and_its_edits(tmp_path: Path) -> None:
    models = Following(profile=replace(PROFILES["omost"], controlnet="some/union"))
    models.replies["at night"] = canvas_to_reply(Canvas(canvas_for("x").scene, canvas_for("a knight").regions))
    upload = png(Image.new("RGB", (256, 192), "white"))
    async with opened(tmp_path, engine=models) as bot, working(bot):
        said = Said(PLACE, ANN, "use as pose: a knight", file=Upload("me.png", len(upload), upload))
        assert not isinstance(await bot.handle(said), Notice)
        await until(lambda: models.drawn)
        [(canvas, options)] = models.drawn
        assert models.composed == [((), "a knight")]
        assert (options.width, options.height) == (256, 192)
        kind, name = canvas.scene.control.split()
        assert (kind, name) == ("pose", f"{name.removesuffix('-1')}-1")
        assert models.told == [{name: (256, 192)}]
        await bot.at_rest()
        await bot.say("at night")
        await until(lambda: len(models.drawn) == 2)
        assert models.drawn[1][0].scene.control == canvas.scene.control
        assert models.told[1] == models.told[0]

"""Which pictures regions may look like: those of the same conversation or person, by their files' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import Place
from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.renderer.protocol import Renderer
from tests.bot_parts import ANN, BOB, PLACE, Bot, opened, working
from tests.fakes import FakeModels, canvas_for, until

pytestmark = pytest.mark.usefixtures("either_database")

ELSEWHERE = Place(PLACE.platform, "elsewhere")


@dataclass
class ReferringModels(FakeModels):
    """Remembers the first pixel of each picture that it is told."""

    told: list[dict[str, object]] = field(default_factory=list)

    def referring(self, pictures: Mapping[str, Image.Image]) -> Renderer:
        self.told.append({name: picture.getpixel((0, 0)) for name, picture in pictures.items()})
        return self


async def finished(bot: Bot, count: int) -> None:
    await until(lambda: len(bot.chat.finished()) == count)


@pytest.mark.slow
async def test_a_region_looks_like_a_picture_that_its_person_or_conversation_has(tmp_path: Path) -> None:
    models = ReferringModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("red house", place=PLACE)
        await until(bot.chat.finished)
        name = bot.chat.shown["m1"].attachments[0].name
        assert name.endswith("-1.png")
        house, sun = canvas_for("a cat").regions
        for words, reference in (("file", name), ("stem", name.removesuffix(".png")), ("unknown", "nothing")):
            held = replace(canvas_for("a cat"), regions=(replace(house, reference=reference), sun))
            models.replies[words] = f"```python\n{canvas_to_code(held)}```"
        ways = [("file", PLACE, ANN), ("stem", PLACE, BOB), ("unknown", PLACE, ANN)]
        ways += [("file", ELSEWHERE, ANN), ("file", ELSEWHERE, BOB)]
        for number, (words, place, author) in enumerate(ways, start=2):
            await bot.say(words, place=place, author=author)
            await finished(bot, number)
        seen = {"file": name, "stem": name.removesuffix(".png")}
        assert models.told == [{seen["file"]: (100, 0, 0)}, {seen["stem"]: (100, 0, 0)}, {seen["file"]: (100, 0, 0)}]
        assert len(models.drawn) == 1 + len(ways), "where no picture is found, the renderer says what to do"

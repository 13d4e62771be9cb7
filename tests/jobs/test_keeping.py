"""An edit begins with the picture before it: its pixels, its latents and its canvas go to the engine."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from bot.messages import Action
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from tests.bot_parts import Bot, opened, working
from tests.fakes import FakeModels, canvas_for, until


@dataclass
class EditingModels(FakeModels):
    """Keeps the seed as latents, and remembers what edits began with."""

    edits: list[Earlier] = field(default_factory=list)

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        for news in super().render(canvas, options, picture):
            if isinstance(news, Rendered) and options.highres is None:
                yield replace(news, remains=tuple(f"{seed}".encode() for seed in news.seeds))
            else:
                yield news

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        self.edits.append(earlier)
        return self.render(canvas, options)


async def drawn(bot: Bot, count: int) -> None:
    await until(lambda: len(bot.chat.finished()) == count)


def seeds(models: EditingModels) -> list[bytes]:
    return [edit.remains for edit in models.edits]


async def test_what_follows_begins_with_the_picture_before_it(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 red house")
        await drawn(bot, 1)
        assert models.edits == []
        assert (tmp_path / "pictures" / f"{await bot.head()}-1.latents").read_bytes() == b"7"
        await bot.say("blue house")
        await drawn(bot, 2)
        [edit] = models.edits
        assert (edit.canvas, edit.remains) == (canvas_for("red house"), b"7")
        assert edit.picture.getpixel((0, 0)) == (7, 0, 0)
        await bot.press(Action.REROLL)
        await drawn(bot, 3)
        assert seeds(models) == [b"7", b"7"], "another try of the edit begins with the same picture"


async def test_what_is_drawn_otherwise_is_drawn_whole(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("red house")
        await drawn(bot, 1)
        for count, options in enumerate(("--keep off", "--guidance 9", "--size 128x64"), start=2):
            await bot.say(f"/edit {options} blue house {count}")
            await drawn(bot, count)
        assert models.edits == []
        await bot.say("green house")
        await drawn(bot, 5)
        assert len(models.edits) == 1


async def test_where_a_file_is_gone_the_picture_is_drawn_whole(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        for ending in ("latents", "png"):
            await bot.say("/imagine red house")
            await until(lambda: len(bot.chat.finished()) % 2 == 1)
            (tmp_path / "pictures" / f"{await bot.head()}-1.{ending}").unlink()
            await bot.say("blue house")
            await until(lambda: len(bot.chat.finished()) % 2 == 0)
        assert models.edits == []

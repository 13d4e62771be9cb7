"""A picture in layers through the bot: kept beside it, changed from there, given out, and gone with it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import CUT_OUTS, Action, Choices, Notice, Pressed
from bot.settings.config import RenderSettings, Settings
from bot.settings.sections import DecencySettings
from bot.turns.conversation import Edited
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier, Recomposed, Whole
from omost_pipeline.renderer.layered.drawing import draw_layers, edit_layers
from omost_pipeline.renderer.layered.openraster import unpack
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer
from tests.access.test_picture_check import Looks
from tests.bot_parts import ANN, PLACE, Bot, opened, working
from tests.fakes import FakeModels, canvas_for, until
from tests.painter import Painter


@dataclass
class LayeredModels(FakeModels):
    """Draws in layers, by a painter."""

    painter: Painter = field(default_factory=Painter)

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        assert options.layered == (options.regions.method == "bounded")
        if options.highres is not None:
            return super().render(canvas, options, picture)
        return draw_layers(self.painter, canvas, options)

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        return edit_layers(self.painter, canvas, options, earlier)


@dataclass
class BundledModels(FakeModels):
    """Draws by the bundled renderer."""

    real: SdxlRenderer = field(default_factory=lambda: load_renderer(PROFILES["tiny"].renderer))

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        return self.real.render(canvas, options, picture)

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        return self.real.edit(canvas, options, earlier)


async def drawn(bot: Bot, count: int) -> str:
    await until(lambda: len(bot.chat.finished()) == count)
    return await bot.head()


async def test_an_edit_that_needed_no_drawing_is_drawn_when_it_is_rerolled(tmp_path: Path) -> None:
    models, house = LayeredModels(), canvas_for("red house")
    [*others, thing] = house.regions
    there = replace(house, regions=(*others, replace(thing, location="on the right", offset="slightly to the left")))
    models.replies |= {"to the right": canvas_to_reply(there)}
    settings = Settings(data_dir=tmp_path, render=RenderSettings.model_validate({"method": "layered"}))
    async with opened(tmp_path, engine=models, settings=settings) as bot, working(bot):
        await bot.say("/imagine red house")
        await drawn(bot, 1)
        await bot.say("to the right")
        moved, work = await drawn(bot, 2), list(models.painter.drawn)
        await bot.press(Action.REROLL, moved)
        again = await drawn(bot, 3)
        assert again != moved
        assert models.painter.drawn == [*work, thing.description]


@pytest.mark.slow
async def test_a_thing_that_moves_is_the_same_layer_elsewhere_and_undo_and_a_lost_file_are_told(
    tmp_path: Path,
) -> None:
    models, house = LayeredModels(), canvas_for("red house")
    [*others, thing] = house.regions
    there = replace(house, regions=(*others, replace(thing, location="on the right", offset="slightly to the left")))
    models.replies |= {"to the right": canvas_to_reply(there), "as it is": canvas_to_reply(house)}
    models.replies |= {"without it": canvas_to_reply(replace(house, regions=tuple(others)))}
    settings = Settings(data_dir=tmp_path, render=RenderSettings.model_validate({"method": "layered"}))
    async with opened(tmp_path, engine=models, settings=settings) as bot, working(bot):
        await bot.say("/imagine red house")
        first = await drawn(bot, 1)
        files = tmp_path / "pictures"
        assert sorted(each.name for each in files.iterdir()) == [f"{first}-1.ora", f"{first}-1.png"]
        before = unpack((files / f"{first}-1.ora").read_bytes())
        with Image.open(files / f"{first}-1.png") as image:
            assert before.picture().tobytes() == image.convert("RGB").tobytes()
        work = list(models.painter.drawn)
        await bot.say("to the right")
        second = await drawn(bot, 2)
        assert models.painter.drawn == work
        after = unpack((files / f"{second}-1.ora").read_bytes())
        assert [layer.pixels.tobytes() for layer in after.layers] == [layer.pixels.tobytes() for layer in before.layers]
        turn = await bot.store.turn(second)
        assert turn is not None
        assert turn.edited is not None
        assert turn.edited.recomposed == Recomposed(changed=(thing.description,))
        assert f"changed without drawing: {thing.description.rstrip('.')}" in bot.chat.finished()[-1].footer
        await handed_out(bot, second, thing.description)
        await bot.press(Action.UNDO)
        await until(lambda: len(bot.chat.finished()) == 3)
        assert await bot.head() == first
        await bot.say("as it is")
        await drawn(bot, 4)
        assert "nothing changed" in bot.chat.finished()[-1].text.lower()
        await bot.say("without it")
        await drawn(bot, 5)
        assert f"taken away: {thing.description.rstrip('.')}" in bot.chat.finished()[-1].footer
        await bot.press(Action.UNDO)
        await until(lambda: len(bot.chat.finished()) == 6)
        await bot.press(Action.UNDO)
        await until(lambda: len(bot.chat.finished()) == 7)
        (files / f"{first}-1.ora").write_bytes(b"damaged")
        code = await bot.handle(Pressed(PLACE, ANN, Action.CODE, first))
        assert isinstance(code, Notice)
        assert not any(each.name.endswith(".ora") for each in code.attachments)
        (files / f"{first}-1.ora").unlink()
        await bot.say("to the right")
        turn = await bot.store.turn(await drawn(bot, 8))
        assert turn is not None
        assert turn.edited == Edited(whole=Whole.MISSING)
        await bot.press(Action.DELETE, turn=second)
        await until(lambda: not list(files.glob(f"{second}*")))


@pytest.mark.slow
async def test_a_draft_is_finished_in_layers_and_edits_go_on_from_these(tmp_path: Path) -> None:
    models, house = BundledModels(), canvas_for("red house")
    [thing, *others] = house.regions
    there = replace(house, regions=(replace(thing, offset="slightly to the left"), *others))
    models.replies |= {"to the left": canvas_to_reply(there)}
    settings = Settings(data_dir=tmp_path, render=RenderSettings.model_validate({"method": "layered", "steps": 10}))
    async with opened(tmp_path, engine=models, settings=settings) as bot, working(bot):
        await bot.say("/imagine --draft on red house")
        sketch = await drawn(bot, 1)
        await bot.press(Action.ENHANCE, sketch)
        finished = await drawn(bot, 2)
        await bot.say("to the left")
        moved = await drawn(bot, 3)
        kept = {each: layers_of(tmp_path, each) for each in (sketch, finished, moved)}
        assert kept[sketch] != kept[finished] == kept[moved]
        turn = await bot.store.turn(moved)
        assert turn is not None
        assert turn.edited is not None
        assert turn.edited.recomposed == Recomposed(changed=(thing.description,))
        (tmp_path / "pictures" / f"{finished}-1.ora").unlink()
        await bot.press(Action.UNDO)
        await drawn(bot, 4)
        await bot.say("to the left")
        assert layers_of(tmp_path, await drawn(bot, 5)) == kept[sketch]


@pytest.mark.slow
async def test_a_conversation_that_was_drawn_in_one_has_layers_again_once_all_is_drawn(tmp_path: Path) -> None:
    models, house = BundledModels(), canvas_for("red house")
    night = replace(house, scene=GlobalDescription("A dark night.", color="black"))
    alone = replace(night, regions=night.regions[:1])
    models.replies |= {"at night": canvas_to_reply(night), "without the sun": canvas_to_reply(alone)}
    found = []
    for said, method in (("/imagine red house", "bounded"), ("at night", "layered"), ("without the sun", "layered")):
        render = RenderSettings.model_validate({"method": method, "steps": 4})
        settings = Settings(data_dir=tmp_path, render=render)
        async with opened(tmp_path, engine=models, settings=settings) as bot, working(bot):
            await bot.say(said)
            turn = await bot.store.turn(await drawn(bot, 1))
            assert turn is not None
            found.append((turn.edited, (tmp_path / "pictures" / f"{turn.id}-1.ora").exists()))
    (first, not_yet), (second, has_layers), (third, _) = found
    assert (first, not_yet) == (None, False)
    assert (second, has_layers) == (Edited(whole=Whole.SCENE), True)
    assert third is not None
    assert third.recomposed == Recomposed(gone=("A yellow sun.",))


def layers_of(folder: Path, turn: str) -> list[bytes]:
    """The pixels of each layer of a turn's picture as they were drawn, and of what is behind them."""
    stack = unpack((folder / "pictures" / f"{turn}-1.ora").read_bytes())
    return [stack.background.tobytes(), *(layer.pixels.tobytes() for layer in stack.layers)]


async def handed_out(bot: Bot, turn: str, description: str) -> None:
    """The layers go out as OpenRaster, by Code and by /export, which offers them."""
    which = await bot.say("/export")
    assert isinstance(which, Choices)
    assert [option.value for option in which.options][-2:] == ["openraster", "psd"]
    code = await bot.handle(Pressed(PLACE, ANN, Action.CODE, turn))
    export = await bot.say("/export OpenRaster")
    for answer in (code, export):
        assert isinstance(answer, Notice)
        [file] = [each for each in answer.attachments if each.name == f"{turn}-1.ora"]
        with zipfile.ZipFile(io.BytesIO(file.content)) as layers:
            assert description in layers.read("stack.xml").decode()
            assert b"trainedAlgorithmicMedia" in layers.read("mergedimage.png")


@pytest.mark.slow
async def test_the_page_of_a_canvas_gets_the_layers_unless_they_are_damaged_or_the_picture_is_blurred(
    tmp_path: Path,
) -> None:
    looks = Looks([0.4, 0.4, 0.7])
    rules = ({"label": "odd", "score": 0.3, "do": "spoiler"}, {"label": "odd", "score": 0.6, "do": "blur"})
    checked = DecencySettings.model_validate({"image_check": "odd/one", "image_rules": rules})
    render = RenderSettings.model_validate({"method": "layered"})
    settings = Settings(data_dir=tmp_path, render=render, decency=checked)
    async with opened(tmp_path, engine=LayeredModels(looks=looks), settings=settings) as bot, working(bot):
        names = []
        for number, words in enumerate(("/imagine red house", "/imagine blue boat", "/imagine green tree"), start=1):
            await bot.say(words)
            turn = await drawn(bot, number)
            if number == 2:
                (tmp_path / "pictures" / f"{turn}-1.ora").write_bytes(b"damaged")
            board = await bot.handle(Pressed(PLACE, ANN, Action.CANVAS, turn))
            assert isinstance(board, Notice)
            names.append([each.name for each in board.attachments])
        assert [len(each) for each in names] == [3, 2, 2]
        assert [CUT_OUTS in each for each in names] == [True, False, False]


async def test_what_has_no_layers_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("red house")
        await drawn(bot, 1)
        answer = await bot.say("/export psd")
        assert isinstance(answer, Notice)
        assert "isn\u2019t in layers" in answer.text or "isn't in layers" in answer.text

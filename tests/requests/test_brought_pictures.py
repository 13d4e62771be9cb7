"""Pictures that people bring: what is in the file, and what becomes of it."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from bot.messages import LARGEST_PICTURE, Action, Notice, Outgoing, Place, Said, Upload
from bot.requests.brought_pictures import BroughtPicture, OwnPicture, kept_size, main_color, read_picture
from bot.requests.limits import InputError, Limits
from bot.requests.recipes import Recipe, plain_prompt, read_recipe
from bot.settings.config import Settings
from bot.settings.sections import DecencySettings, RuleSettings
from bot.store.files import Folder
from omost_pipeline.canvas.codec import canvas_to_code
from tests.bot_parts import ANN, PLACE, Bot, opened, working
from tests.fakes import PATIENCE, EditingModels, FakeModels, canvas_for, until

LIMITS = Limits(area=128 * 128, shortest=64, longest=512)
A1111 = (
    "(a red house:1.2), <lora:add_detail:0.8> by the [sea]\nNegative prompt: people, (blurry)\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 256x192, Model hash: abc, Version: v1.9"
)
COMFYUI = json.dumps(
    {
        "3": {
            "class_type": "KSampler",
            "inputs": {"seed": ["9", 0], "steps": 20, "positive": ["6", 0], "negative": ["7", 0], "model": ["4", 0]},
        },
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 256, "height": 192, "batch_size": 1}},
        "6": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["8", 0]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "people", "clip": ["4", 1]}},
        "8": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red house", "clip": ["4", 1]}},
        "9": {"class_type": "PrimitiveInt", "inputs": {"value": 7}},
    }
)
FOOOCUS = json.dumps(
    {"prompt": "a red house", "negative_prompt": "people", "resolution": "(256, 192)", "seed": "7", "steps": 30}
)


def png(**texts: str) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text, zip=True)
    return saved(Image.new("RGB", (128, 128), "teal"), "PNG", pnginfo=info)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:  # noqa: ANN401 - whatever the format takes
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def read(content: bytes, name: str = "a.png") -> BroughtPicture:
    return read_picture(Upload(name, len(content), content), LIMITS)


@pytest.mark.parametrize(
    ("texts", "maker", "seed"),
    [
        ({"parameters": A1111}, "Automatic1111", 42),
        ({"prompt": COMFYUI}, "ComfyUI", 7),
        ({"parameters": FOOOCUS}, "Fooocus", 7),
    ],
)
def test_other_programs_pictures_bring_prompt_size_and_seed(texts: dict[str, str], maker: str, seed: int) -> None:
    made = read(png(**texts)).made
    assert isinstance(made, Recipe)
    assert (made.maker, made.seed, made.size) == (maker, seed, (256, 192))
    assert made.words.startswith("a red house")
    assert made.negative.startswith("people")


def test_a_prompt_is_told_without_weights_and_loras() -> None:
    assert plain_prompt(r"((masterpiece)), (red:1.3) house <lora:x:0.5> BREAK a \(small\) cat") == (
        "masterpiece, red house, a (small) cat"
    )


def test_a_photo_of_a1111_has_its_recipe_in_exif() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111.encode("utf-16-be")
    for form in ("JPEG", "WEBP"):
        made = read(saved(Image.new("RGB", (128, 128)), form, exif=exif)).made
        assert isinstance(made, Recipe), form
        assert made.seed == 42


@given(st.dictionaries(st.sampled_from(["parameters", "prompt", "workflow", "Comment"]), st.text(max_size=80)))
def test_any_texts_are_a_recipe_or_none(texts: dict[str, str]) -> None:
    read_recipe(texts)
    read_recipe({"parameters": "x\nSteps: 1, " + texts.get("parameters", "")})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=2), st.fixed_dictionaries({"class_type": _JSON, "inputs": _JSON})), _JSON)
def test_any_graph_is_a_recipe_or_none(nodes: dict[str, object], other: object) -> None:
    read_recipe({"prompt": json.dumps(nodes), "parameters": json.dumps(other)})


def test_a_graph_that_leads_in_a_circle_ends() -> None:
    circle = {
        "1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0], "seed": 1}},
        "2": {"class_type": "A", "inputs": {"conditioning": ["1", 0]}},
    }
    assert read_recipe({"prompt": json.dumps(circle)}) is None


def test_a_camera_s_picture_is_upright_and_in_plain_colours() -> None:
    wide = Image.new("RGB", (256, 128), "red")
    wide.paste("blue", (0, 0, 128, 128))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = read(saved(wide, "JPEG", exif=exif, icc_profile=profile, quality=95))
    assert photo.image.size == (128, 256)
    assert photo.image.mode == "RGB"
    top = photo.image.getpixel((64, 10))
    assert isinstance(top, tuple)
    assert top[2] > 200


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "I;16", "1"])
def test_every_kind_of_pixels_becomes_rgb(mode: str) -> None:
    image = (
        Image.new("L", (128, 128), 255 if mode == "1" else 200).convert(mode)
        if mode != "I;16"
        else Image.new("I;16", (128, 128), 50_000)
    )
    brought = read(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert brought.image.mode == "RGB"
    level = brought.image.getpixel((64, 64))
    assert isinstance(level, tuple)
    assert 150 < level[0] <= 255


def test_of_what_moves_the_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (128, 128), color) for color in ("red", "blue", "green")]
    brought = read(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert brought.moves
    assert brought.image.getpixel((0, 0)) == (255, 0, 0)


def test_sizes_keep_their_shape_and_get_no_more_pixels_than_is_usual() -> None:
    assert kept_size((256, 128), LIMITS) == (256, 128)
    assert kept_size((4000, 3000), LIMITS) == (128, 128)
    assert kept_size((4000, 3000), replace(LIMITS, area=1024**2, longest=2048)) == (1152, 896)
    assert kept_size((1, 9000), LIMITS) == (64, 512)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"no picture", "refused-picture-format"),
        (png()[:60], "refused-picture-damaged"),
        (saved(Image.new("1", (10_000, 6000)), "PNG"), "refused-picture-pixels"),
        (png(canvas="x" * 5_000_000), "refused-picture-damaged"),
        (saved(Image.new("RGB", (64, 64)), "PPM"), "refused-picture-format"),
    ],
)
def test_what_cannot_be_opened_is_refused_by_name(content: bytes, word: str) -> None:
    with pytest.raises(InputError) as refused:
        read(content)
    assert getattr(refused.value.wording, "id", "") == word


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(InputError):
        read_picture(Upload("a.png", LARGEST_PICTURE + 1, None), LIMITS)


@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(png(parameters=A1111))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        read(bytes(content))


def test_a_picture_s_colour_is_its_canvas() -> None:
    image = Image.new("RGB", (128, 128), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, 128, 32))
    brought = BroughtPicture(image, image.size)
    assert main_color(image) == (0, 0, 255)
    assert brought.start.scene.color == "blue"
    assert brought.start.regions == ()


def bringing(content: bytes, text: str = "", place: Place = PLACE, message: str = "m1") -> Said:
    return Said(place, ANN, text, message, file=Upload("a.png", len(content), content))


async def drawn(bot: Bot, count: int) -> Outgoing:
    """The newest of so many messages with a picture."""

    def finished() -> list[Outgoing]:
        return [each for each in bot.chat.shown.values() if any(b.action is Action.CODE for b in each.buttons)]

    await until(lambda: len(finished()) == count)
    return finished()[-1]


@pytest.mark.slow
async def test_any_picture_is_shown_as_the_start_and_words_are_drawn_into_it(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        assert await bot.handle(bringing(png())) is None
        start, shown = await bot.head(), await drawn(bot, 1)
        assert "I start from your picture" in shown.text
        assert {each.action for each in shown.buttons}.isdisjoint({Action.REROLL, Action.EDIT})
        assert models.drawn == []
        assert await bot.handle(bringing(png(), message="m1")) is None  # the same message, once more
        assert await bot.head() == start
        await bot.say("a cat")
        await drawn(bot, 2)
        (edit,) = models.edits
        assert (edit.brought, edit.remains, edit.picture.size) == (True, b"", (128, 128))
        assert edit.canvas.scene == canvas_for("a cat").scene
        assert edit.canvas.regions == ()
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert turn.parent == start
        await bot.say("now with a hat")
        await drawn(bot, 3)
        assert not models.edits[-1].brought


async def test_a_picture_with_words_is_one_answer(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        assert await bot.handle(bringing(png(), "a cat in it")) is None
        assert (await drawn(bot, 1)).words == "a cat in it"
        assert models.edits[0].brought
        await bot.press(Action.UNDO)
        assert "I start from your picture" in (await drawn(bot, 2)).text


@pytest.mark.slow
async def test_a_picture_of_ours_goes_on_elsewhere(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("a lonely lighthouse")
        await drawn(bot, 1)
        content = next((tmp_path / "pictures").glob("*.png")).read_bytes()
        other = Place("test", "another room")
        assert await bot.handle(bringing(content, place=other)) is None
        turn, shown = await bot.store.turn(await bot.head(other)), await drawn(bot, 2)
        assert turn is not None
        assert turn.words == "a lonely lighthouse"
        assert turn.canvas == canvas_for("a lonely lighthouse")
        assert turn.draft.seed == 100
        assert "I know this picture" in shown.text
        assert Action.REROLL in {each.action for each in shown.buttons}
        (kept,) = await bot.store.pictures(turn.id)
        with Image.open(tmp_path / kept.path) as image, Image.open(io.BytesIO(content)) as original:
            assert image.convert("RGB").tobytes() == original.convert("RGB").tobytes()
            assert image.info["canvas"] == canvas_to_code(turn.canvas)
        await bot.say("and a boat", place=other)
        await drawn(bot, 3)
        assert models.edits[-1].brought
        assert models.edits[-1].canvas == turn.canvas


async def test_another_program_s_picture_is_drawn_anew_by_its_prompt(tmp_path: Path) -> None:
    models = FakeModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        answer = await bot.handle(bringing(png(parameters=FOOOCUS)))
        await drawn(bot, 1)
        assert isinstance(answer, Notice)
        assert "Fooocus" in answer.text
        ((_, words),) = models.composed
        assert words == "a red house"
        ((_, options),) = models.drawn
        assert (options.seed, options.width, options.height, options.negative_prompt) == (7, 256, 192, "people")


async def test_a_damaged_picture_changes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        answer = await bot.handle(bringing(b"rubbish", "a cat"))
        assert isinstance(answer, Notice)
        assert "a.png" in answer.text
        assert await bot.store.conversation(PLACE) is None
        assert not list((tmp_path / "pictures").glob("*"))


@pytest.mark.usefixtures("either_database")
async def test_a_picture_that_cannot_be_written_is_told_of_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Folder, name: str, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Folder, "write", full)
    async with opened(tmp_path) as bot:
        answer = await bot.handle(bringing(png()))
        assert isinstance(answer, Notice)
        assert "could not save the picture" in answer.text
        assert await bot.store.conversation(PLACE) is None


async def test_files_that_do_not_answer_hold_up_who_writes_for_a_moment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = threading.Event()

    def hanging(self: Folder, name: str, content: bytes) -> None:
        answering.wait(PATIENCE)

    monkeypatch.setattr(Folder, "write", hanging)
    monkeypatch.setattr("bot.requests.execution.WRITING", 0.05)
    try:
        async with opened(tmp_path) as bot, asyncio.timeout(PATIENCE / 2):
            answer = await bot.handle(bringing(png()))
            assert isinstance(answer, Notice)
            assert "could not save the picture" in answer.text
            assert await bot.store.conversation(PLACE) is None
    finally:
        answering.set()


async def test_indecent_words_in_a_picture_are_refused(tmp_path: Path) -> None:
    rule = RuleSettings(words=("lighthouse",), reason="not here")
    wanted = Settings(data_dir=tmp_path, decency=DecencySettings(rules=(rule,)))
    content = png(canvas=canvas_to_code(canvas_for("a lighthouse")), words="a lighthouse")
    async with opened(tmp_path, settings=wanted) as bot:
        assert isinstance(await bot.handle(bringing(content)), Notice)
        assert await bot.store.conversation(PLACE) is None


def test_own_pictures_are_told_by_their_texts_alone() -> None:
    made = read(png(canvas=canvas_to_code(canvas_for("x")), words="x", seed="5")).made
    assert made == OwnPicture(canvas_for("x"), "x", 5)

"""Canvases that people bring as files: drawn as they are, refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.messages import LARGEST_UPLOAD, UPLOADS, Answer, Notice, Rewritten, Said, Upload
from omost_pipeline.canvas import files
from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_json
from omost_pipeline.canvas.comfyui import canvas_to_comfyui, read_comfyui
from omost_pipeline.canvas.elements import Canvas
from tests.bot_parts import ANN, PLACE, Bot, opened, working
from tests.fakes import canvas_for, until

HOUSE = canvas_for("red house")


def upload(name: str, text: str) -> Upload:
    return Upload(name, len(text.encode()), text.encode())


async def sent(bot: Bot, file: Upload, text: str = "", message: str = "") -> Answer:
    return await bot.handle(Said(PLACE, ANN, text, message, file=file))


async def drawn(bot: Bot, count: int) -> None:
    await until(lambda: len(bot.chat.finished()) == count)


@pytest.mark.parametrize(
    ("name", "text", "canvas"),
    [
        ("house.json", canvas_to_json(HOUSE), HOUSE),
        ("HOUSE.JSON", canvas_to_comfyui(HOUSE), read_comfyui(canvas_to_comfyui(HOUSE))[0]),
        ("house.py", canvas_to_code(HOUSE), HOUSE),
    ],
)
async def test_a_canvas_is_drawn_without_the_language_model(
    tmp_path: Path, name: str, text: str, canvas: object
) -> None:
    async with opened(tmp_path) as bot, working(bot):
        assert await sent(bot, upload(name, text)) is None
        await drawn(bot, 1)
        [(shown, options)] = bot.engine.drawn
        assert (shown, options.seed) == (canvas, 100)
        assert bot.engine.composed == []
        assert bot.chat.finished()[0].words == "A meadow."


@pytest.mark.sampled(2)
@pytest.mark.parametrize("form", [canvas_to_code, canvas_to_json, canvas_to_comfyui])
@pytest.mark.parametrize("around", ["{}", "/imagine {}", "Look at this:\n```\n{}\n```"])
async def test_one_that_is_pasted_as_words_is_drawn_as_it_is(
    tmp_path: Path, form: Callable[[Canvas], str], around: str
) -> None:
    canvas = read_comfyui(form(HOUSE))[0] if form is canvas_to_comfyui else HOUSE
    async with opened(tmp_path) as bot, working(bot):
        assert await bot.handle(Said(PLACE, ANN, around.format(form(HOUSE)), "7")) is None
        await drawn(bot, 1)
        assert (bot.engine.drawn[0][0], bot.engine.composed) == (canvas, [])
        assert bot.chat.finished()[0].words == "A meadow."
        other = replace(canvas, scene=replace(canvas.scene, description="A beach."))
        await bot.handle(Rewritten(PLACE, ANN, around.format(form(other)), "7"))
        await drawn(bot, 2)
        assert (bot.engine.drawn[1][0].scene.description, bot.engine.composed) == ("A beach.", [])
        told = await bot.handle(
            Said(PLACE, ANN, "canvas = Canvas()\ncanvas.add_local_description(location='on the left')")
        )
        assert isinstance(told, Notice), "a broken one is told of and not drawn as words"


@pytest.mark.slow
async def test_it_follows_what_is_there_and_what_follows_builds_on_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("/imagine --size 128x64 --style ink a castle")
        await drawn(bot, 1)
        assert await sent(bot, upload("house.json", canvas_to_json(HOUSE)), "my house") is None
        await drawn(bot, 2)
        assert (bot.engine.drawn[-1][1].width, bot.engine.drawn[-1][1].height) == (128, 64)
        await bot.say("make it night")
        await drawn(bot, 3)
        history, words = bot.engine.composed[-1]
        assert (history[-1].words, history[-1].canvas, words) == ("my house", HOUSE, "make it night")
        await bot.say("/undo")
        await bot.say("/undo")
        await until(lambda: any("castle" in each.words for each in bot.chat.finished()[3:]))


async def test_options_hold_and_imagine_begins_anew(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a castle")
        await drawn(bot, 1)
        await sent(bot, upload("house.py", canvas_to_code(HOUSE)), "/imagine --seed 7 --count 2")
        await drawn(bot, 2)
        assert (bot.engine.drawn[-1][1].seed, bot.engine.drawn[-1][1].images) == (7, 2)
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert turn.parent is None


async def test_a_file_that_comes_again_is_drawn_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        for _ in range(2):
            assert await sent(bot, upload("house.json", canvas_to_json(HOUSE)), message="m7") is None
        await drawn(bot, 1)
        assert len(bot.chat.posts) == 1


async def test_what_was_put_right_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        code = canvas_to_code(HOUSE).replace("'in the center'", "'in the centre'")
        await sent(bot, upload("house.py", code))
        await drawn(bot, 1)
        assert "in the centre" in bot.chat.finished()[0].text


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (upload("a.json", "{"), "a.json: line 1: this is not JSON"),
        (
            upload("a.json", '[{"prefixes": [], "color": [1, 2, 3]}, {"color": [1, 2, 3], "rect": 3}]'),
            "a.json: [1].rect",
        ),
        (upload("a.py", "print('hello')"), "a.py: "),
        (upload("photo.HEIC", "ftypheic"), "I can't open “photo.HEIC”. I read pictures (PNG, JPEG"),
        (Upload("a.json", 2, b"\xff{"), "a.json is not UTF-8 text (byte 0)"),
        (Upload("big.json", 3 * 2**20, None), "“big.json” is 3 MiB; files of this kind can be at most 2 MiB."),
        (Upload("a.json", LARGEST_UPLOAD, b"[".ljust(LARGEST_UPLOAD)), "524288 is the limit"),
    ],
)
async def test_a_bad_file_is_named_with_the_reason(tmp_path: Path, file: Upload, why: str) -> None:
    async with opened(tmp_path) as bot:
        answer = await sent(bot, file)
        assert isinstance(answer, Notice)
        assert why in answer.text
        assert bot.chat.posts == []


async def test_thanks_beside_a_file_are_no_title(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        assert await sent(bot, upload("house.json", canvas_to_json(HOUSE)), "Thanks!") is None
        await drawn(bot, 1)
        assert bot.chat.finished()[0].words == "A meadow."


async def test_a_message_for_people_or_another_command_draws_no_file(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        file = upload("house.json", canvas_to_json(HOUSE))
        assert await sent(bot, file, "// not for you") is None
        assert isinstance(await sent(bot, file, "/help"), Notice)
        assert bot.chat.posts == []


def test_what_chats_take_the_pipeline_reads() -> None:
    assert files.MAX_BYTES == LARGEST_UPLOAD
    for ending in UPLOADS:
        content = canvas_to_json(HOUSE) if ending == ".json" else canvas_to_code(HOUSE)
        assert files.parse_file(f"house{ending}", content.encode()).canvas == HOUSE

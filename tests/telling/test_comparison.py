"""Two pictures beside each other, and what changed in words."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.catalogues.catalogue import say
from bot.messages import COMPARISON, Notice
from bot.messages import COMPARISON_GAP as GAP
from bot.telling.comparison import changes_in_words, side_by_side
from bot.turns.conversation import Draft, Model, TurnRecord
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.renderer.spec import SEED, SIZE, Spec
from tests.bot_parts import ANN, opened, working
from tests.fakes import until

HOUSE = Region("in the center", "no offset", "a small square area", 5.0, "A red house.", color="red")
SUN = Region("on the top-right", "no offset", "a small square area", 9.0, "A yellow sun.", color="yellow")
CANVAS = Canvas(GlobalDescription("A meadow.", color="lightskyblue"), (HOUSE, SUN))


def turn(canvas: Canvas, seed: int = 1) -> TurnRecord:
    spec = Spec().having(SEED, seed).having(SIZE, (64, 64))
    return TurnRecord("t", 1, ANN, 0.0, Draft(None, "words", canvas, spec, Model("tiny", "tiny")))


def told(before: Canvas, after: Canvas, language: str = "en") -> list[str]:
    return say(changes_in_words(turn(before), turn(after)), language).splitlines()


@pytest.mark.parametrize(
    ("regions", "lines"),
    [
        ((HOUSE, SUN), ["Nothing changed: both have the same canvas and the same seed."]),
        ((HOUSE,), ["Gone: A yellow sun"]),
        (
            (replace(HOUSE, location="on the left", distance_to_viewer=3.0), SUN),
            ["A red house: moved, nearer"],
        ),
        (
            (replace(HOUSE, description="A blue house.", color="blue"), SUN),
            ["A red house: red → blue"],
        ),
    ],
)
def test_what_changed_is_told_thing_by_thing(regions: tuple[Region, ...], lines: list[str]) -> None:
    assert told(CANVAS, replace(CANVAS, regions=regions)) == lines


def test_what_is_new_another_scene_and_another_seed_are_told() -> None:
    assert told(replace(CANVAS, regions=(SUN,)), CANVAS) == ["New: A red house"]
    (scene, *_) = told(CANVAS, replace(CANVAS, scene=GlobalDescription("A dark cave.", color="black")))
    assert scene == "The scene: “A meadow.” → “A dark cave.”"
    assert say(changes_in_words(turn(CANVAS), turn(CANVAS, 2)), "fr") == "Graine : 1 → 2"


def test_both_halves_have_one_size() -> None:
    files = []
    for size in ((64, 64), (32, 16)):
        file = io.BytesIO()
        Image.new("RGB", size, "red").save(file, "PNG")
        files.append(file.getvalue())
    with Image.open(io.BytesIO(side_by_side(*files))) as both:
        assert both.size == (64 + GAP + 64, 64)
        assert both.getpixel((64 + GAP + 32, 32)) == (255, 0, 0)


@pytest.mark.slow
async def test_two_pictures_are_compared_by_their_numbers(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a house")
        await until(lambda: len(bot.chat.finished()) == 1)
        alone = await bot.say("/compare")
        assert isinstance(alone, Notice)
        assert "no picture before" in alone.text
        await bot.say("a boat")
        await until(lambda: len(bot.chat.finished()) == 2)
        for command in ("/compare", "/compare 1 2"):
            shown = await bot.say(command)
            assert isinstance(shown, Notice)
            assert [each.name for each in shown.attachments] == [COMPARISON]
        wrong = await bot.say("/compare 1 7")
        assert isinstance(wrong, Notice)
        assert "from 1 to 2" in wrong.text

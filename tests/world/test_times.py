"""Day and night, summer and winter: the whole picture in another time, and nothing else."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.kinds import BACKGROUNDS, MORE_BACKGROUNDS
from omost_pipeline.world.times import at_another_time
from tests.world.test_in_view import DOG


def scene(name: str) -> Canvas:
    """A dog in one of the world's scenes, as a comic."""
    background = BACKGROUNDS.get(name) or MORE_BACKGROUNDS[name]
    return Canvas(GlobalDescription(background.description, tags="comic", color=background.color), (DOG,))


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("Day instead of night", "night", "meadow"),
        ("make it day!", "night", "meadow"),
        ("change the night to day", "night", "meadow"),
        ("not night but day", "night", "meadow"),
        ("replace it with a day", "night", "meadow"),
        ("daytime please", "sunset", "meadow"),
        ("make it a sunny day", "rain", "meadow"),
        ("make it night", "city", "night"),
        ("it should be night now", "meadow", "night"),
        ("night, not day", "meadow", "night"),
        ("winter instead of summer", "meadow", "snow"),
        ("in winter please", "desert", "snow"),
        ("summer rather than winter", "snow", "meadow"),
        ("no, spring", "snow", "meadow"),
        ("make it autumn", "meadow", "autumn"),
        ("i want it in the evening", "meadow", "sunset"),
        ("make it day", "city", "city"),
        ("make it summer", "beach", "beach"),
    ],
)
def test_the_scene_is_that_of_the_time(words: str, before: str, after: str) -> None:
    assert at_another_time(words, scene(before)) == scene(after)


@pytest.mark.parametrize(
    "words",
    [
        "make it red",
        "a winter coat for the dog",
        "night",
        "add a night owl",
        "make the dog a summer hat",
        "make it rain",
        "day and night",
        "",
    ],
)
def test_other_words_are_the_composers(words: str) -> None:
    expected = scene("night") if words == "night" else None
    assert at_another_time(words, scene("meadow")) == expected


@pytest.mark.parametrize("piece", ["make it ", "night ", "instead of ", "not ", "day, "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    at_another_time(piece * (190 // len(piece)), scene("meadow"))
    assert at_another_time(piece * 10_000, scene("meadow")) is None
    assert time.process_time() - begun < 10.0


def test_the_bundled_composer_knows_day_and_who_stands_on_the_moon() -> None:
    composer, history = Models(PROFILES["tiny-world"]).composer(), list[Turn]()
    for words in ("a girl and a dog at night", "day instead of night", "put her on the moon"):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    night, day, moon = (turn.canvas for turn in history)
    assert day == replace(night, scene=replace(scene("meadow").scene, tags=""))
    assert [each.description for each in moon.regions] == ["A girl.", "A brown dog.", "A white moon."]
    girl, _, under = moon.regions
    assert girl == day.regions[0]
    assert under.box.bottom > girl.box.bottom

"""A vase is no place, and a boat on the sea floats."""

from __future__ import annotations

from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.kinds import BACKGROUNDS
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of
from omost_pipeline.world.whereabouts import OPEN_SEA, on_the_sea, out_of_no_thing

FLOWER = canvas_of(add(Scene(()), Mention("flower", "flower")))
DEEP = replace(FLOWER, scene=GlobalDescription(BACKGROUNDS["sea"].description, tags="comic", color="teal"))


def test_the_larger_worlds_boats_float_and_the_small_worlds_are_where_its_model_was_taught() -> None:
    for profile, scene in (("tiny-world", OPEN_SEA.description), ("tiny", BACKGROUNDS["sea"].description)):
        composer = Models(PROFILES[profile]).composer()
        news = compose_canvas(composer, [], "a boat on the sea", ComposeOptions(temperature=0.0))
        [canvas] = [each.parsed.canvas for each in news if isinstance(each, Composition)]
        assert canvas.scene.description == scene


def test_a_scene_that_is_a_thing_is_one() -> None:
    in_vase = Canvas(GlobalDescription("A vase."), FLOWER.regions)
    found = out_of_no_thing(in_vase, "flowers in a vase")
    assert [each.description for each in found.regions] == [FLOWER.regions[0].description, "A vase."]
    assert found.scene == FLOWER.scene
    for there in (FLOWER, Canvas(GlobalDescription("A forest."), FLOWER.regions)):
        assert out_of_no_thing(there, "flowers in a vase") == there
    assert out_of_no_thing(in_vase, "flowers") == in_vase


def test_what_is_on_the_sea_is_not_deep_in_it() -> None:
    for words in ("a boat on the sea", "a boat on the open ocean", "a boat on a stormy sea", "a duck on the water"):
        found = on_the_sea(DEEP, words)
        assert found.scene == replace(OPEN_SEA, tags="comic")
        assert found.regions == DEEP.regions
    for words in ("a fish in the sea", "a fish under the sea", "a boat on the bottom of the sea", "on the sea " * 30):
        assert on_the_sea(DEEP, words) == DEEP
    assert on_the_sea(FLOWER, "a boat on the sea") == FLOWER

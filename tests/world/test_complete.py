"""A first canvas holds what was asked for, as often as that: what a composer forgot comes, what is too much goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.complete import MOST, complete, complete_addition
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of


def canvas(*names: str) -> Canvas:
    """What a composer writes of things by name, each perhaps with a colour: ``blue car``."""
    mentions = (name.rpartition(" ") for name in names)
    return canvas_of(add(Scene(()), *(Mention(name, name, color or None) for color, _, name in mentions)))


def descriptions(canvas: Canvas) -> list[str]:
    return [each.description.lower().rstrip(".").partition(" ")[2] for each in canvas.regions]


@pytest.mark.parametrize(
    ("words", "written", "wanted"),
    [
        ("a cat, a dog and a sun", ["cat", "dog"], ["orange cat", "brown dog", "yellow sun"]),
        ("two cats", ["cat", "cat", "cat"], ["orange cat"] * 2),
        ("three pears and a cow", ["pear", "cow"], ["pear"] * 3 + ["cow"]),
        ("a red car and a blue car", ["red car", "red car"], ["red car", "blue car"]),
        ("a blue car and a car", ["red car", "blue car"], ["red car", "blue car"]),
        ("two penguins and a polar bear", ["penguin"] * 3, ["penguin", "penguin", "polar bear"]),
        ("a cake and five balloons", ["cake", "fish"], ["cake"] + ["red balloon"] * 5),
        ("an apple pie and an apple", ["apple", "apple"], ["red apple", "apple pie"]),
        ("a black and white cat", ["cat"], ["black and white cat"]),
        ("a small green bench and a dog", ["dog"], ["green bench", "brown dog"]),
        ("trees and a dog", ["dog"], ["green tree"] * 3 + ["brown dog"]),
    ],
)
def test_what_is_missing_comes_and_what_is_too_much_goes(words: str, written: list[str], wanted: list[str]) -> None:
    assert descriptions(complete(canvas(*written), words)) == wanted


def test_a_size_that_was_said_is_that_of_each_of_them() -> None:
    found = complete(canvas("fish", "fish", "fish"), "one big and two small fish")
    assert [each.area.split()[1] for each in found.regions] == ["large", "small", "small"]


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("a cat on the beach", ["cat"]),
        ("trees and a dog", ["tree", "tree", "dog"]),
        ("some apples", ["apple", "apple"]),
        ("a house with a red roof", ["house"]),
        ("a cat and friends", ["cat", "dog"]),
        ("a cat like a tiger", ["cat"]),
        ("a kid", ["kid"]),
        ("something nice", ["cat"]),
    ],
)
def test_a_canvas_that_is_right_stays_as_it_is(words: str, written: list[str]) -> None:
    assert complete(canvas(*written), words) == canvas(*written)


def test_what_is_told_in_a_description_or_is_the_scene_is_there() -> None:
    ridden = canvas("cat")
    ridden = replace(ridden, regions=(replace(ridden.regions[0], description="A cat with a castle on top."),))
    assert complete(ridden, "a cat with a castle on top") == ridden
    worn = replace(ridden, regions=(replace(ridden.regions[0], description="A green sin wearing glasses."),))
    assert complete(worn, "a green sin wearing glasses") == worn
    scene = replace(canvas("cat"), scene=replace(ridden.scene, description="A volcano."))
    assert complete(scene, "a cat and a volcano") == scene


def test_what_comes_is_as_large_and_where_it_was_said_and_no_canvas_grows_for_ever() -> None:
    *_, bench = complete(canvas("dog"), "a dog and a huge bench on the left").regions
    assert (bench.location, bench.area) == ("on the left", "a large square area")
    many = complete(canvas("dog"), "nine dogs, nine cats and nine birds")
    assert len(many.regions) == MOST


@pytest.mark.parametrize(
    ("words", "came", "wanted"),
    [
        ("add nine balloons", ["balloon"] * 3, ["red balloon"] * 9),
        ("add a cat, a tree and a sun", ["cat", "sun"], ["orange cat", "green tree", "yellow sun"]),
        ("add a tree next to the dog", ["tree"], ["green tree"]),
        ("please add two cats", ["cat", "cat", "cat"], ["orange cat"] * 2),
        ("add another dog", ["dog"], ["brown dog"]),
    ],
)
def test_an_edit_adds_all_that_it_names(words: str, came: list[str], wanted: list[str]) -> None:
    before, new = canvas("dog", "house"), canvas(*came)
    written = replace(before, regions=(*before.regions, *new.regions))
    found = complete_addition(written, before, words)
    assert found.regions[:2] == before.regions
    assert descriptions(found)[2:] == wanted


def test_a_number_is_no_part_of_a_name() -> None:
    two = canvas("balloon", "balloon")
    misread = replace(two, regions=tuple(replace(each, description="A red two balloon.") for each in two.regions))
    assert complete(misread, "two balloons") == two


def test_an_edit_that_changes_what_was_there_is_the_composers_and_a_scene_that_nobody_asked_for_goes() -> None:
    before = canvas("dog", "house")
    less = replace(before, regions=before.regions[:1])
    assert complete_addition(less, before, "add a cat") == less
    odd = replace(canvas("dog", "house", "cat"), scene=replace(before.scene, description="A flower."))
    assert complete_addition(odd, before, "add a cat").scene == before.scene
    forest = replace(odd, scene=replace(before.scene, description="A forest."))
    assert complete_addition(forest, before, "add a cat in a forest") == forest


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ("nine balloons over a castle", {"balloon": 9, "castle": 1}),
        (
            "a red house, a tree, a cat, a dog, a blue car and a sun",
            dict.fromkeys("house tree cat dog car sun".split(), 1),
        ),
        ("neuf ballons et un château", {"balloon": 9, "castle": 1}),
        ("五只猫和六只狗", {"cat": 5, "dog": 6}),
    ],
)
def test_the_bundled_composer_forgets_nothing_of_long_lists(words: str, counts: dict[str, int]) -> None:
    *_, last = compose_canvas(Models(PROFILES["tiny-world"]).composer(), (), words, ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    found = last.parsed.canvas
    nouns = [each.split()[-1] for each in descriptions(found)]
    assert {noun: nouns.count(noun) for noun in nouns} == counts
    order = found.far_to_near()
    for number, each in enumerate(order):
        assert visible_share(each.box, [nearer.box for nearer in order[number + 1 :]]) > 0.4

"""What the words have between two things is in the middle of them."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.between import moved_between, set_between
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of


def canvas(*names: str) -> Canvas:
    return canvas_of(add(Scene(()), *(Mention(name, name) for name in names)))


def across(thing: Region) -> float:
    return (thing.box.left + thing.box.right) / 2


@pytest.mark.parametrize(
    ("words", "names", "middle"),
    [
        ("a house between two trees", ("house", "tree", "tree"), 0),
        ("an old house stands between two tall trees", ("house", "tree", "tree"), 0),
        ("between two mountains there is a castle", ("mountain", "mountain", "castle"), 2),
        ("a cat between a dog and a mouse", ("dog", "cat", "mouse"), 1),
        ("a dog, a mouse and a cat between them", ("dog", "mouse", "cat"), 2),
        ("a sun and a house between two trees", ("sun", "house", "tree", "tree"), 1),
        ("a sun and a dog between two houses and a cat", ("sun", "dog", "house", "house", "cat"), 1),
    ],
)
def test_a_first_canvas_has_it_in_the_middle(words: str, names: tuple[str, ...], middle: int) -> None:
    found = set_between(canvas(*names), words)
    assert found is not None
    one, *_, other = sorted(
        across(each)
        for number, each in enumerate(found.regions)
        if number != middle and names[number] not in ("sun", "cat" if "cat between" not in words else "")
    )
    assert one < across(found.regions[middle]) < other
    for each in found.regions:
        assert visible_share(each.box, [other.box for other in found.regions if other is not each]) > 0.3


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("a house and two trees", ("house", "tree", "tree")),
        ("a house between trees", ("house", "tree", "tree", "tree")),
        ("two houses between two trees", ("house", "house", "tree", "tree")),
        ("a bird between the branches", ("bird",)),
        ("between", ()),
    ],
)
def test_what_is_not_plain_is_left_alone(words: str, names: tuple[str, ...]) -> None:
    assert set_between(canvas(*names), words) is None


def test_an_edit_puts_it_there_and_moves_nothing_else() -> None:
    before = canvas("cat", "dog", "mouse")
    cat, dog, mouse = before.regions
    after = moved_between(before, before, "put the dog between the cat and the mouse")
    assert (after.regions[0], after.regions[2]) == (cat, mouse)
    assert across(after.regions[1]) == pytest.approx((across(cat) + across(mouse)) / 2, abs=1)
    assert moved_between(before, before, "put the dog behind the cat") == before
    assert moved_between(before, replace(before, regions=(dog,)), "the dog between the cat and the mouse") == before


@pytest.mark.parametrize("piece", ["between ", "a dog ", "the two ", "and the cat "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    set_between(canvas("cat", "dog", "mouse"), f"a dog between {piece * (170 // len(piece))}")
    assert time.process_time() - begun < 5.0


@pytest.mark.parametrize(
    "words",
    ["a house between two trees", "une maison entre deux arbres", "ein Haus zwischen zwei Bäumen", "两棵树之间的房子"],
)
def test_a_bundled_composer_puts_the_house_between_the_trees(words: str) -> None:
    composer = Models(PROFILES["tiny-world"]).composer()
    *_, last = compose_canvas(composer, (), words, ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    house, one, other = sorted(last.parsed.canvas.regions, key=lambda each: "house" not in each.description)
    assert sorted((across(one), across(house), across(other)))[1] == across(house)
    history = [Turn(words, last.parsed.canvas)]
    *_, last = compose_canvas(composer, history, "put a cat between the trees", ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    cat = next(each for each in last.parsed.canvas.regions if "cat" in each.description)
    assert across(cat) == pytest.approx((across(one) + across(other)) / 2, abs=1)

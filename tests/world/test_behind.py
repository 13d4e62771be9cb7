"""What is put behind a thing is seen beside it, and stands where that stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.behind import box_behind
from omost_pipeline.world.in_view import in_view
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.stage import head_of
from tests.world.test_in_view import DOG, HOUSE, canvas

TREE = replace(
    HOUSE, location="on the left", area="a small vertical area", description="A green tree.", distance_to_viewer=4.0
)
HIDDEN = replace(DOG, location="on the left", area="a small square area", distance_to_viewer=5.0)


@pytest.mark.parametrize("offset", ["no offset", "slightly to the right"])
def test_what_went_behind_something_larger_is_half_beside_it(offset: str) -> None:
    tree = replace(TREE, offset=offset)
    there, dog = in_view(canvas(tree, HIDDEN), canvas(tree)).regions
    assert there == tree
    assert 0.35 <= visible_share(dog.box, [tree.box]) <= 0.7
    assert abs(dog.box.bottom - tree.box.bottom) <= 10
    assert dog.distance_to_viewer == HIDDEN.distance_to_viewer


def test_who_stood_there_and_what_takes_their_place_stays() -> None:
    assert in_view(canvas(TREE, HIDDEN), canvas(TREE, HIDDEN)) == canvas(TREE, HIDDEN)
    cat = replace(HIDDEN, description="A cat.")
    assert in_view(canvas(TREE, cat), canvas(TREE, HIDDEN)) == canvas(TREE, cat)
    tree, large = replace(TREE, offset="slightly to the right"), replace(HIDDEN, area="a large square area")
    assert in_view(canvas(tree, HIDDEN), canvas(tree, large)) == canvas(tree, HIDDEN)


def test_the_side_is_that_which_is_free_and_in_the_picture() -> None:
    near = Box(30, 20, 60, 70)
    assert box_behind(20, 20, near, [Box(15, 40, 35, 70)]).left == 50
    assert box_behind(20, 20, near, [Box(55, 40, 75, 70)]).left == 20
    at_the_edge = box_behind(30, 20, Box(0, 20, 30, 70), [])
    assert (at_the_edge.left, at_the_edge.right) == (15, 45)
    assert box_behind(200, 20, near, []).width == GRID


@pytest.mark.parametrize(
    ("first", "words", "far", "near"),
    [
        ("a dog and a tree", "put the dog behind the tree", "dog", "tree"),
        ("a tree and a cat", "the cat should be behind the tree", "cat", "tree"),
        ("a dog, a cat, a house, a sun and a tree", "move the dog behind the house", "dog", "house"),
        ("a dog, a cat, a house, a sun and a tree", "add a horse behind the tree", "horse", "tree"),
    ],
)
def test_an_edit_puts_one_thing_behind_another(first: str, words: str, far: str, near: str) -> None:
    composer, history = Models(PROFILES["tiny-world"]).composer(), list[Turn]()
    for said in (first, words):
        *_, last = compose_canvas(composer, history, said, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(said, last.parsed.canvas))
    found = history[-1].canvas
    behind, front = by_name(found, far), by_name(found, near)
    assert behind.distance_to_viewer > front.distance_to_viewer
    assert 0.3 <= visible_share(behind.box, [front.box]) <= 0.8


def by_name(found: Canvas, name: str) -> Region:
    return next(each for each in found.regions if head_of(each) == name)

"""What an edit's words say of the things that they name is so in the canvas, whatever a small model wrote."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.world.told import as_told

CAT = Region("on the left", "no offset", "a medium-sized square area", 3.0, "An orange cat.", color="orange")
DOG = replace(CAT, location="on the bottom", distance_to_viewer=2.0, description="A brown dog.", color="brown")
OTHER = replace(CAT, location="on the right", offset="slightly to the upper", area="a large square area")
TREE = replace(CAT, location="in the center", area="a small vertical area", description="A green tree.", color="green")


def canvas(*regions: Region) -> Canvas:
    return Canvas(GlobalDescription("A meadow.", color="green"), regions)


def at(region: Region, location: str, distance: float | None = None) -> Region:
    distance = region.distance_to_viewer if distance is None else distance
    return replace(region, location=location, offset="no offset", distance_to_viewer=distance)


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("add a tree to the left of the dog", at(TREE, "on the bottom-left")),
        ("can we have a tree over the dog?", at(TREE, "in the center")),
        ("a tree next to brown dog, please", at(TREE, "on the bottom-right")),
        ("Put a tree behind the dog", at(TREE, "on the bottom", 3.0)),
        ("put a tree in front of the dog", at(TREE, "on the bottom", 1.0)),
        ("add a tree above it", at(TREE, "in the center")),
    ],
)
def test_what_came_stands_by_the_thing_that_it_was_put_to(words: str, there: Region) -> None:
    wrong = at(TREE, "on the top-right")
    assert as_told(canvas(CAT, DOG, wrong), canvas(CAT, DOG), words, it=DOG) == canvas(CAT, DOG, there)


@pytest.mark.parametrize("words", ["move the cat under the tree", "the cat should stand below the green tree"])
@pytest.mark.parametrize("wrong", [CAT, at(CAT, "on the top"), None])
def test_what_was_to_be_moved_stands_there_wherever_it_was_left(words: str, wrong: Region | None) -> None:
    written = canvas(TREE) if wrong is None else canvas(wrong, TREE)
    assert as_told(written, canvas(CAT, TREE), words) == canvas(at(CAT, "on the bottom"), TREE)


def test_of_two_alike_the_one_that_is_named_has_changed() -> None:
    before = canvas(CAT, OTHER, DOG)
    blue = replace(CAT, description="A blue cat.", color="blue")
    meant = replace(OTHER, description="A blue cat.", color="blue")
    assert as_told(canvas(blue, OTHER, DOG), before, "make the cat on the right blue") == canvas(CAT, meant, DOG)
    assert as_told(canvas(OTHER, DOG), before, "remove the cat on the right") == canvas(CAT, DOG)
    fox = replace(CAT, description="A fox.", color="gray")
    there = replace(OTHER, description="A fox.", color="gray", area=CAT.area)
    assert as_told(canvas(fox, OTHER, DOG), before, "the cat on the right is a fox") == canvas(CAT, there, DOG)
    lower = replace(CAT, location="on the bottom-left")
    moved = as_told(canvas(lower, OTHER, DOG), before, "the cat at the right goes to the lower left")
    assert moved == canvas(CAT, at(OTHER, "on the bottom-left"), DOG)


def test_it_is_what_was_spoken_of_last() -> None:
    before, red = canvas(CAT, TREE, DOG), replace(CAT, description="A red cat.", color="red")
    meant = replace(TREE, description="A red tree.", color="red")
    assert as_told(canvas(red, TREE, DOG), before, "now make it red", it=TREE) == canvas(CAT, meant, DOG)
    assert as_told(canvas(red, TREE, DOG), before, "now make it red") == canvas(red, TREE, DOG)


@pytest.mark.parametrize(
    "words", ["replace the cat with a fox", "draw a fox instead of the cat", "turn cat into a fox"]
)
def test_what_stands_in_for_a_thing_has_its_place_and_size(words: str) -> None:
    fox = replace(CAT, location="in the center", description="A fox.", color="gray", area="a large square area")
    there = replace(CAT, description="A fox.", color="gray")
    assert as_told(canvas(fox, DOG), canvas(CAT, DOG), words) == canvas(there, DOG)
    assert as_told(canvas(CAT, DOG, fox), canvas(CAT, DOG), words) == canvas(there, DOG)
    painted = replace(CAT, description="A gray cat.", color="gray")
    assert as_told(canvas(painted, DOG, fox), canvas(CAT, DOG), words) == canvas(there, DOG)
    assert as_told(canvas(fox, DOG), canvas(CAT, DOG), f"{words}, a huge one") == canvas(
        replace(there, area="a large square area"), DOG
    )


@pytest.mark.parametrize(
    "words", ["make everything blue", "please paint all things blue!", "turn them all blue, please"]
)
def test_everything_gets_the_color_that_is_said(words: str) -> None:
    before = canvas(CAT, DOG)
    wrong = replace(before, scene=replace(before.scene, description="A blue background.", color="blue"))
    found = as_told(wrong, before, words)
    assert found.scene == before.scene
    assert [(each.description, each.color) for each in found.regions] == [
        ("A blue cat.", "blue"),
        ("A blue dog.", "blue"),
    ]
    kept = "make everything blue but the cat"
    assert as_told(wrong, before, kept).scene == wrong.scene, "more is said"


def test_several_go_or_are_replaced_together() -> None:
    before = canvas(CAT, OTHER, DOG)
    assert as_told(canvas(OTHER, DOG), before, "remove the cats") == canvas(DOG)
    assert as_told(canvas(CAT), before, "take all the cats away, please") == canvas(DOG)
    for words in ("there shouldn't be the cats", "the picture does not need cats", "we can do without the cats"):
        assert as_told(canvas(OTHER), before, words) == canvas(DOG)
    more = canvas(CAT, OTHER, at(CAT, "on the top"), DOG)
    assert as_told(canvas(DOG), more, "remove two cats") == canvas(CAT, DOG)
    assert as_told(canvas(DOG), more, "remove the three cats") == canvas(DOG)
    pears = replace(CAT, description="A yellow pears.", color="yellow")
    one, other = (replace(each, description="A yellow pear.", color="yellow") for each in (CAT, OTHER))
    for words in ("replace the cats with yellow pears", "replace all the cats with yellow pears"):
        assert as_told(canvas(pears, OTHER, DOG), before, words) == canvas(one, other, DOG)


@pytest.mark.parametrize(
    "words",
    ["swap the cat and the tree", "exchange the cat with the tree", "let the cat and the tree trade places"],
)
def test_two_are_exchanged(words: str) -> None:
    before = canvas(CAT, TREE, DOG)
    assert as_told(canvas(DOG), before, words) == canvas(
        replace(CAT, location=TREE.location), replace(TREE, location=CAT.location), DOG
    )


@pytest.mark.parametrize(
    "words",
    ["swap the cat's and the dog's colors", "switch the cat and dog colors", "exchange the colours of the cat and dog"],
)
def test_two_exchange_their_colors_alone(words: str) -> None:
    before = canvas(CAT, TREE, DOG)
    assert as_told(canvas(at(DOG, CAT.location), TREE, CAT), before, words) == canvas(
        replace(CAT, description="A brown cat.", color="brown"),
        TREE,
        replace(DOG, description="An orange dog.", color="orange"),
    )


def test_what_exchanges_its_color_keeps_how_else_it_looks() -> None:
    young = replace(DOG, description="A small dark brown dog.")
    old = replace(TREE, description="An old red boat.", color="red", free_rgb=(250, 40, 9))
    before = canvas(CAT, young, old)
    assert as_told(before, before, "swap the colours of the dog and the boat") == canvas(
        CAT,
        replace(young, description="A red small dog.", color="red", free_rgb=(250, 40, 9)),
        replace(old, description="A brown old boat.", color="brown", free_rgb=None),
    )


def test_of_two_alone_they_need_no_name() -> None:
    before, moved = canvas(CAT, DOG), canvas(at(CAT, "in the center"), DOG)
    there = canvas(at(CAT, DOG.location), at(DOG, CAT.location))
    assert [as_told(moved, before, words) for words in ("swap them", "now switch places!")] == [there, there]
    assert as_told(before, before, "swap their colors").regions[1].color == "orange"
    assert as_told(moved, canvas(CAT, DOG, TREE), "swap them") == moved
    assert as_told(moved, before, "swap them for horses") == moved


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (
            "make the cat left of the tree blue",
            canvas(replace(CAT, description="A blue cat.", color="blue"), TREE, DOG),
        ),
        ("give the cat next to the dog a hat", canvas(CAT, TREE, DOG, replace(CAT, description="A hat."))),
        ("replace the cat with a fox and put it on the right", canvas(at(OTHER, "on the right"), TREE, DOG)),
        ("remove one of the cats", canvas(TREE, DOG)),
        ("don't remove the cats", canvas(CAT, TREE, DOG)),
        ("make it rain", canvas(CAT, TREE, DOG)),
        ("swap the cat for a fox and change the dog's color", canvas(TREE, DOG)),
        ("move the cat to the right of the picture", canvas(at(CAT, "on the right"), TREE, DOG)),
        ("make the cats blue, remove the dog", canvas(CAT, TREE)),
        ("a tree of the cat's size", canvas(CAT, TREE, DOG, at(TREE, "on the top"))),
    ],
)
def test_what_else_is_said_is_left_as_it_was_written(words: str, written: Canvas) -> None:
    assert as_told(written, canvas(CAT, TREE, DOG), words) == written


def test_a_box_drawn_by_hand_is_a_place_too() -> None:
    boxed = replace(CAT, free_box=Box(1, 2, 30, 40))
    fox = replace(TREE, description="A fox.", color="gray")
    told = as_told(canvas(fox, DOG), canvas(boxed, DOG), "replace the cat with a fox")
    assert told.regions[0].free_box == boxed.free_box
    assert as_told(canvas(boxed, DOG), canvas(boxed, DOG), "put the cat above the dog").regions[0].free_box is None


def test_names_with_signs_in_them_and_long_words_are_no_trouble() -> None:
    odd = replace(CAT, description="A c++ (robot*.")
    assert as_told(canvas(odd, DOG), canvas(odd, DOG), "remove the (robot*s") == canvas(odd, DOG)
    begun = time.process_time()
    as_told(canvas(CAT), canvas(CAT, DOG), "the cat on the " * 13 + "dog")
    as_told(canvas(CAT), canvas(CAT, DOG), "the cat left of the dog " * 1000)
    assert time.process_time() - begun < 60.0


def test_of_one_thing_that_is_only_to_go_nothing_else_changes() -> None:
    before, wrong = canvas(CAT, DOG, TREE), canvas(replace(DOG, area="a large square area"))
    for words in ("please remove the cat", "get rid of the orange cat from the picture, thanks", "take the cat away!"):
        assert as_told(wrong, before, words) == canvas(DOG, TREE)
    for words in ("remove the cat's tail", "remove the cat with the dog", "remove the color of the cat"):
        assert TREE not in as_told(wrong, before, words).regions


def test_what_nobody_speaks_of_stays_where_it_was() -> None:
    before, blue = canvas(CAT, DOG), replace(DOG, description="A blue dog.", color="blue")
    assert as_told(canvas(at(CAT, "on the top", 9.0), blue), before, "paint the dog blue") == canvas(CAT, blue)
    for words in ("move the cat up", "move everything up", "put the dog where the others are"):
        moved = canvas(at(CAT, "on the top"), DOG)
        assert as_told(moved, before, words) == moved

"""What is in front of something leaves it in view, and nothing else moves."""

from __future__ import annotations

from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.world.in_view import in_view, side_by_side, whole
from omost_pipeline.world.scenes import visible_share

HOUSE = Region("in the center", "no offset", "a medium-sized square area", 5.0, "A red house.", color="red")
DOG = replace(HOUSE, description="A dog.", distance_to_viewer=4.0, color="brown")
LOWER = replace(DOG, location="on the bottom")
HAT = replace(
    DOG, description="A hat.", offset="slightly to the upper", area="a small square area", distance_to_viewer=3.0
)


def canvas(*regions: Region) -> Canvas:
    return Canvas(GlobalDescription("A meadow.", color="green"), regions)


def test_who_would_hide_what_is_behind_stands_a_step_lower() -> None:
    assert in_view(canvas(DOG, HOUSE)) == canvas(LOWER, HOUSE)
    assert in_view(canvas(HOUSE, DOG), canvas(HOUSE)) == canvas(HOUSE, LOWER)
    assert in_view(canvas(LOWER, HOUSE)) == canvas(LOWER, HOUSE)


def test_what_belongs_in_the_sky_is_not_hidden_behind_what_was_there() -> None:
    tree = replace(HOUSE, location="on the right", offset="slightly to the left", description="A green tree.")
    moon = replace(HOUSE, location="on the right", distance_to_viewer=10.0, description="A white moon.")
    risen = replace(moon, location="on the top-right")
    assert in_view(canvas(tree, moon), canvas(tree)) == canvas(tree, risen)
    hill = replace(moon, description="A gray mountain.")
    for there in ((tree, hill), (tree, moon, replace(HOUSE, location="on the top-right"))):
        assert in_view(canvas(*there), canvas(tree)) == canvas(*there)


def test_who_is_set_on_what_is_at_the_top_leaves_it_in_view() -> None:
    moon = replace(HOUSE, location="on the top", distance_to_viewer=10.0, description="A white moon.")
    girl = replace(DOG, location="on the top", description="A girl.")
    moved, there = in_view(canvas(girl, moon), canvas(replace(girl, location="in the center"), moon)).regions
    assert there == moon
    assert visible_share(moon.box, [moved.box]) > 0.3
    assert moved.distance_to_viewer == girl.distance_to_viewer
    bird = replace(girl, description="A bird.")
    assert in_view(canvas(bird, moon), canvas(moon)) == canvas(bird, moon)


def test_what_is_carried_is_beside_who_carries_it_and_a_rider_above_the_mount() -> None:
    worn = replace(HAT, location="on the top")
    assert in_view(canvas(DOG, HAT)) == canvas(DOG, worn)
    assert in_view(canvas(DOG, HAT), canvas(DOG)) == canvas(DOG, worn)
    assert in_view(canvas(DOG, HAT), canvas(DOG, HAT)) == canvas(DOG, HAT)
    ball = replace(HAT, description="A ball.", offset="slightly to the right")
    assert in_view(canvas(DOG, ball)) == canvas(DOG, replace(ball, location="on the right", offset="no offset"))
    rider = replace(HAT, description="A girl.", area="a medium-sized square area")
    above = replace(rider, location="on the top", offset="slightly to the lower", area="a small square area")
    assert in_view(canvas(rider, DOG)) == canvas(above, DOG)


def test_two_things_alone_stand_side_by_side() -> None:
    small = "a small square area"
    left = replace(DOG, location="on the left", offset="slightly to the right", area=small)
    right = replace(HOUSE, location="on the right", offset="slightly to the left", area=small)
    for one, other in (
        (DOG, replace(HOUSE, location="on the left")),
        (DOG, replace(HOUSE, location="on the right")),
        (replace(DOG, location="on the left"), replace(HOUSE, location="on the right")),
    ):
        assert side_by_side(canvas(one, other)) == canvas(left, right)
    assert side_by_side(canvas(replace(HOUSE, location="on the right"), DOG)) == canvas(right, left)
    for others in (
        (DOG,),
        (DOG, HOUSE),
        (DOG, replace(HOUSE, location="on the left"), HAT),
        (DOG, replace(HOUSE, location="on the left"), replace(HOUSE, location="on the left", description="A well.")),
        (LOWER, replace(HOUSE, location="on the top")),
        (DOG, replace(HOUSE, location="on the left", area="a large square area")),
        (DOG, replace(HOUSE, free_box=Box(1, 2, 30, 40), location="on the left")),
    ):
        assert side_by_side(canvas(*others)) == canvas(*others)


def test_what_is_on_something_and_what_it_is_on_are_both_whole() -> None:
    up, down = replace(DOG, location="on the top"), replace(HOUSE, location="on the bottom")
    for each in whole(canvas(up, down)).regions:
        assert (each.box.width, each.box.height) == (50, 50)
    for others in ((up,), (up, DOG), (up, replace(down, area="a large square area")), (up, down, HAT)):
        assert whole(canvas(*others)) == canvas(*others)


def test_of_three_things_the_nearest_or_last_is_in_front() -> None:
    cats = [
        replace(DOG, location=location, description="A cat.", distance_to_viewer=distance)
        for location, distance in (("in the center", 2.0), ("on the left", 2.0), ("on the right", 2.0))
    ]
    one, two, three = side_by_side(canvas(*cats)).regions
    assert [each.location for each in (one, two, three)] == ["on the left", "on the right", "on the bottom"]
    assert three.distance_to_viewer < one.distance_to_viewer
    assert three.box.height == three.box.width == 50  # all of it, nothing cut off
    near = side_by_side(canvas(replace(cats[0], distance_to_viewer=1.0), *cats[1:])).regions
    assert [each.location for each in near] == ["on the bottom", "on the left", "on the right"]


def test_nobody_else_moves() -> None:
    small = replace(DOG, area="a small square area")
    elsewhere = replace(HOUSE, location="on the bottom", description="A well.")
    by_hand = replace(DOG, free_box=Box(15, 15, 75, 75))
    for regions in (
        (small, HOUSE),
        (replace(DOG, offset="slightly to the lower"), HOUSE),
        (replace(HAT, location="on the top"), replace(DOG, location="on the top")),
        (HAT, replace(DOG, distance_to_viewer=2.0)),
        (by_hand, HOUSE),
        (replace(DOG, distance_to_viewer=2.0), HOUSE),
        (DOG, HOUSE, elsewhere),
        (replace(DOG, location="on the bottom"), replace(HOUSE, location="on the bottom")),
    ):
        assert in_view(canvas(*regions)) == canvas(*regions)


def test_who_stood_there_before_stays() -> None:
    higher = replace(HOUSE, location="on the top")
    assert in_view(canvas(DOG, HOUSE), canvas(DOG)) == canvas(DOG, higher)
    taken = replace(higher, description="A sun.", distance_to_viewer=10.0)
    dog, house, sun = in_view(canvas(DOG, HOUSE, taken), canvas(DOG, taken)).regions
    assert (dog, sun) == (DOG, taken)
    assert visible_share(house.box, [dog.box]) > 0.25
    by_hand = replace(DOG, free_box=Box(16, 15, 75, 74))
    blue = replace(DOG, description="A blue dog.", color="blue")
    assert in_view(canvas(blue, HOUSE), canvas(by_hand, HOUSE)) == canvas(blue, HOUSE)

"""Of many things each can be seen, stands where it belongs, and is as large as beside the others it would be."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, in_names
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.world.kinds import BACKGROUNDS, KINDS, kind_of
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.spread import BEHIND, MANY, in_a_row_by_size, spread
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of, head_of

MEADOW, SEA = BACKGROUNDS["meadow"], BACKGROUNDS["sea"]


def canvas(*names: str, scene: Scene | None = None) -> Canvas:
    """What the bundled composer writes where nobody says more."""
    return canvas_of(add(scene or Scene(()), *(Mention(name, name) for name in names)))


def by_name(found: Canvas) -> dict[str, Region]:
    return {head_of(region): region for region in found.regions}


def least_seen(found: Canvas) -> float:
    order = found.far_to_near()
    return min(visible_share(each.box, [n.box for n in order[i + 1 :]]) for i, each in enumerate(order))


def test_each_of_many_things_is_in_view_and_on_the_ground_or_in_the_sky() -> None:
    rng = Random(7)
    for number in range(200):
        some = rng.choices(list(KINDS), k=MANY + number % 5)
        crowd = canvas(*some)
        found = spread(crowd, "")
        assert least_seen(found) >= 0.45, some
        assert least_seen(found) > least_seen(crowd), some
        assert len({(each.location, each.offset) for each in found.regions}) == len(some), "names tell them apart"
        all_fly = all(kind_of(name).habitat == "sky" for name in some)
        for was, each in zip(crowd.regions, found.regions, strict=True):
            assert 0 <= each.box.left < each.box.right <= GRID
            assert 0 <= each.box.top < each.box.bottom <= GRID
            assert min(each.box.width, each.box.height) >= 14, some
            assert replace(was, location=each.location, offset=each.offset, free_box=each.free_box) == each
            if kind_of(head_of(each)).habitat == "ground":
                assert each.box.bottom >= BEHIND, "feet on the ground"
            elif not all_fly:
                assert each.box.bottom <= BEHIND, "in the sky"


def test_sizes_go_together_and_the_farther_stands_behind() -> None:
    found = by_name(spread(canvas("cat", "house", "ball", "castle", "sun"), "a cat, a house, a ball, a castle, a sun"))
    house, cat, sun = (found[name].box for name in ("house", "cat", "sun"))
    assert house.width * house.height > 0.9 * cat.width * cat.height, "which is much nearer"
    assert house.bottom == found["castle"].box.bottom < cat.bottom == found["ball"].box.bottom
    assert sun.bottom < (house.top + house.bottom) / 2
    found = by_name(spread(canvas("cat", "house", "ball", "castle"), "a cat, a house, a ball, a castle"))
    house, cat = found["house"].box, found["cat"].box
    assert house.width * house.height > 1.3 * cat.width * cat.height
    large = canvas("cat", "dog", "ball", "apple")
    large = replace(large, regions=(replace(large.regions[0], area="a large square area"), *large.regions[1:]))
    cat, dog = (by_name(spread(large, "a large cat, a dog, a ball and an apple"))[name].box for name in ("cat", "dog"))
    assert cat.width * cat.height > 1.2 * dog.width * dog.height


def test_where_nobody_stands_on_anything_the_whole_picture_is_used() -> None:
    for found in (
        spread(canvas("fish", "fish", "fish", "fish", "fish", "fish", scene=Scene((), SEA)), "six fish in the sea"),
        spread(canvas("star", "star", "star", "star", "star", "moon"), "five stars and a moon"),
    ):
        assert min(each.box.top for each in found.regions) < 10
        assert max(each.box.bottom for each in found.regions) > GRID - 10
        assert max(each.box.width * each.box.height for each in found.regions) < GRID * GRID / 4


def test_where_somebody_said_where_it_is_there() -> None:
    words = "a cat on the right, a dog on the left, a house and a tree"
    said = canvas("house", "tree", scene=add(Scene(()), Mention("cat", "cat", location="on the right")))
    said = replace(
        said, regions=(*said.regions, replace(said.regions[0], location="on the left", description="A dog."))
    )
    found = by_name(spread(said, words))
    assert found["cat"].box.left >= GRID / 2 > found["dog"].box.right - 5
    below = canvas("house", "tree", "cat")
    sun = replace(below.regions[0], location="on the bottom", description="A yellow sun.", distance_to_viewer=10.0)
    found = by_name(
        spread(replace(below, regions=(*below.regions, sun)), "a house, a tree, a cat, a sun at the bottom")
    )
    assert found["sun"].box.bottom > BEHIND


def test_a_rider_goes_along_with_a_horse_that_stands_in_front_of_something() -> None:
    some = canvas("castle", "tree", "cat")
    castle = some.regions[0]
    horse = replace(castle, description="A horse.", distance_to_viewer=castle.distance_to_viewer - 1)
    upon = replace(horse, description="A knight.", offset="slightly to the upper", area="a medium-sized square area")
    knight = replace(upon, distance_to_viewer=horse.distance_to_viewer - 1)
    together = replace(some, regions=(knight, horse, *some.regions))
    found = by_name(spread(together, "a knight riding a horse in front of a castle, a tree and a cat"))
    rider, carrier = found["knight"].box, found["horse"].box
    assert carrier.left <= rider.left < rider.right <= carrier.right
    assert rider.top < carrier.top < rider.bottom < carrier.bottom


def test_what_is_carried_stays_with_who_carries_it_and_what_is_in_front_in_front() -> None:
    few = canvas("cat", "house", "tree")
    cat = few.regions[0]
    hat = replace(
        cat,
        description="A hat.",
        offset="slightly to the upper",
        area="a small square area",
        distance_to_viewer=cat.distance_to_viewer - 1,
    )
    found = by_name(spread(replace(few, regions=(*few.regions, hat)), "a cat wearing a hat, a house and a tree"))
    head, worn = found["cat"].box, found["hat"].box
    assert head.left <= worn.left < worn.right <= head.right
    assert worn.top < head.top < worn.bottom < head.bottom
    ball = replace(hat, description="A ball.", offset="no offset", area="a medium-sized square area")
    crowd = replace(few, regions=(*few.regions, ball))
    behind, front = (
        by_name(spread(crowd, "a ball in front of a cat, a house, a tree"))[n].box for n in ("cat", "ball")
    )
    assert 0.5 < visible_share(behind, [front]) < 1
    assert front.bottom > behind.bottom


def test_a_few_things_and_boxes_that_somebody_drew_stay() -> None:
    few, many = canvas("cat", "dog", "house"), canvas("cat", "dog", "house", "tree")
    by_hand = replace(many, regions=(replace(many.regions[0], free_box=Box(1, 2, 30, 40)), *many.regions[1:]))
    for each in (few, by_hand, Canvas(GlobalDescription(MEADOW.description))):
        assert spread(each, "") == each
    assert in_names(spread(many, "")) != many


def test_two_or_three_of_other_sizes_stand_in_a_row_each_as_large_as_it_was_said() -> None:
    big = Mention("dog", "dog", size="large", location="in the center")
    small = Mention("cat", "cat", size="small", location="on the left")
    before = canvas_of(add(Scene(()), big, small))
    dog, cat = in_a_row_by_size(before, "a big dog and a small cat").regions
    for one, other in ((dog, cat), (cat, dog)):
        assert visible_share(one.box, [other.box]) > 0.7
    assert dog.box.height > 1.4 * cat.box.height
    usual = canvas_of(add(Scene(()), Mention("dog", "dog"), Mention("cat", "cat")))
    on_it = canvas_of(add(Scene(()), big, replace(small, location="in the center")))
    for each in (usual, on_it, canvas_of(add(Scene(()), big))):
        assert in_a_row_by_size(each, "as it is") == each

"""What is on, in or under something rests there, as large as goes with it, and is seen."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.resting import filled, in_its_stead, resting, set_down
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.spread import spread
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of


def canvas(*names: str) -> Canvas:
    return canvas_of(add(Scene(()), *(Mention(name, name) for name in names)))


def middle(box: Box) -> float:
    return (box.left + box.right) / 2


@pytest.mark.parametrize(
    ("words", "names", "least", "most"),
    [
        ("a cat on a sofa", ("cat", "sofa"), 0.35, 0.7),
        ("a cup on a table", ("cup", "table"), 0.2, 0.5),
        ("a dog sleeping on a bed", ("dog", "bed"), 0.4, 0.8),
        ("a monkey riding an elephant", ("monkey", "elephant"), 0.2, 0.6),
        ("a bird in a tree", ("bird", "tree"), 0.2, 0.6),
    ],
)
def test_what_is_on_something_stands_on_it_nearer_and_in_its_size(
    words: str, names: tuple[str, str], least: float, most: float
) -> None:
    upon, below = spread(canvas(*names), words).regions
    there = filled(below.box, names[1])
    assert there.top < upon.box.bottom < there.bottom - there.height / 4
    assert abs(middle(upon.box) - middle(there)) <= 1
    assert least < upon.box.width / there.width < most
    assert upon.distance_to_viewer < below.distance_to_viewer
    assert below.box.bottom > 0.8 * GRID


def test_what_is_in_a_box_stands_out_of_it_behind_its_wall() -> None:
    cat, box = spread(canvas("cat", "box"), "a cat in a box").regions
    assert cat.distance_to_viewer > box.distance_to_viewer
    assert cat.box.top < box.box.top < cat.box.bottom
    bowl, fruit = spread(canvas("bowl", "fruit"), "a bowl of fruit").regions
    assert fruit.distance_to_viewer > bowl.distance_to_viewer
    assert bowl.box.top < fruit.box.bottom < bowl.box.bottom
    apple, tree = spread(canvas("apple", "tree"), "an apple in a tree").regions
    assert apple.distance_to_viewer < tree.distance_to_viewer


def test_what_is_under_a_tree_or_table_stands_at_its_foot_before_it() -> None:
    for name in ("tree", "table", "umbrella"):
        dog, there = spread(canvas("dog", name), f"a dog under the {name}").regions
        foot = filled(there.box, name).bottom
        assert abs(dog.box.bottom - foot) < 6
        assert dog.box.top < foot - 8
        assert dog.distance_to_viewer < there.distance_to_viewer


def test_two_on_one_stand_beside_each_other_and_one_upon_another_on_that() -> None:
    cat, dog, sofa = spread(canvas("cat", "dog", "sofa"), "a cat and a dog on a sofa").regions
    assert middle(cat.box) < middle(sofa.box) < middle(dog.box)
    apples = spread(canvas("basket", *["apple"] * 4), "a basket of four apples").regions[1:]
    for one, other in pairwise(apples):
        assert visible_share(one.box, [other.box]) > 0.5
    bowl, fruit, table = spread(canvas("bowl", "fruit", "table"), "a bowl of fruit on a table").regions
    assert bowl.distance_to_viewer < fruit.distance_to_viewer < table.distance_to_viewer
    candle, cake, table = spread(canvas("candle", "cake", "table"), "a candle on a cake on a table").regions
    assert candle.box.top < cake.box.top < table.box.top
    assert candle.distance_to_viewer <= cake.distance_to_viewer < table.distance_to_viewer


def test_what_else_is_there_stands_beside_them_and_what_flies_above() -> None:
    found = spread(canvas("cat", "sofa", "lamp"), "a cat on a sofa and a lamp")
    cat, sofa, lamp = found.regions
    assert sofa.box.left < middle(cat.box) < sofa.box.right
    assert lamp.box.left >= sofa.box.right - 10 or lamp.box.right <= sofa.box.left + 10
    *_, sun = spread(canvas("cat", "sofa", "sun"), "a cat on a sofa and a sun").regions
    assert sun.box.bottom <= cat.box.bottom - 20


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("a shark under a boat", ("shark", "boat")),
        ("a house under a rainbow", ("house", "rainbow")),
        ("a girl in a dress", ("girl", "dress")),
        ("a scarf on a man", ("scarf", "man")),
        ("a cat and a sofa", ("cat", "sofa")),
        ("a cat on a sofa at the top", ("cat", "sofa")),
    ],
)
def test_any_other_canvas_stays_as_it_is(words: str, names: tuple[str, ...]) -> None:
    there = canvas(*names)
    assert resting(there.regions, words) == []
    assert spread(there, words) == there
    assert set_down(there, canvas(names[1]), words) == there


def test_an_edit_sets_something_down_on_what_stays() -> None:
    before = canvas("table")
    after = replace(before, regions=(*before.regions, *canvas("hat").regions))
    table, hat = set_down(after, before, "put a hat on the table").regions
    assert table == before.regions[0]
    there = filled(table.box, "table")
    assert there.top < hat.box.bottom < there.top + there.height / 3
    assert hat.box.width < there.width / 2
    assert hat.distance_to_viewer < table.distance_to_viewer
    for words in ("make the hat on the table red", "make the hat on the table bigger"):
        bigger = replace(hat, area="a large square area", color="red")
        changed = Canvas(before.scene, (table, bigger))
        assert set_down(changed, Canvas(before.scene, (table, hat)), words) == changed
    moved = Canvas(before.scene, (replace(table, location="on the left"), after.regions[1]))
    assert set_down(moved, before, "put a hat on the table") == moved


def test_what_was_put_into_something_is_not_there_twice() -> None:
    before = canvas("ball", "box")
    ball, box = before.regions
    twice = replace(before, regions=(ball, box, replace(ball, location="on the top")))
    [now, there] = set_down(twice, before, "put the ball in the box").regions
    assert (now.description, there) == (ball.description, box)
    assert len(set_down(twice, before, "put another ball in the box").regions) == 3


def test_what_stands_in_for_another_is_as_near_as_that_was() -> None:
    before = spread(canvas("bird", "tree"), "a bird in a tree")
    bird, tree = before.regions
    owl = replace(bird, description="An owl.", distance_to_viewer=5.0)
    after = replace(before, regions=(owl, tree))
    assert in_its_stead(after, before).regions == (replace(owl, distance_to_viewer=bird.distance_to_viewer), tree)
    nearer = replace(before, regions=(replace(bird, distance_to_viewer=0.5), tree))
    assert in_its_stead(nearer, before) == nearer
    named = replace(canvas("bird", "tree"), regions=(replace(owl, free_box=None), tree))
    assert in_its_stead(named, canvas("bird", "tree")) == named


def composed(words: list[str]) -> Canvas:
    """What the larger world's composer makes of a conversation."""
    composer, history, found = Models(PROFILES["tiny-world"]).composer(), list[Turn](), Canvas(canvas("cat").scene)
    for each in words:
        for news in compose_canvas(composer, history, each, ComposeOptions(temperature=0.0)):
            if isinstance(news, Composition):
                found = news.parsed.canvas
        history.append(Turn(each, found))
    return found


def test_the_bundled_composer_sets_a_cup_on_a_table_and_a_hat_beside_the_sofa_on_it() -> None:
    def are_together(upon: Region, below: Region) -> None:
        assert below.box.left <= middle(upon.box) <= below.box.right
        assert below.box.top < upon.box.bottom < below.box.bottom
        assert upon.distance_to_viewer < below.distance_to_viewer

    are_together(*composed(["a cup of coffee on a table"]).regions)
    below, upon = composed(["a table", "put a hat on the table"]).regions
    are_together(upon, below)
    upon, below, other = composed(["a cat on a sofa", "add a dog"]).regions
    are_together(upon, below)
    assert other.box.bottom > GRID / 2


def test_what_others_rest_on_is_small_only_if_the_words_say_so() -> None:
    there = canvas("hat", "table")
    small = replace(there, regions=tuple(replace(each, area="a small square area") for each in there.regions))
    assert spread(small, "a hat on a table").regions[1].area == "a medium-sized square area"
    assert spread(small, "a hat on a small table").regions[1].area == "a small square area"

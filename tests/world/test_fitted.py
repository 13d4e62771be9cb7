"""What an edit moves, resizes or adds among many things stands among them, and nothing else moves without need."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.fitted import fitted, unstacked
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.spread import spread
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of, head_of

NAMES = ("house", "tree", "cat", "dog", "car")
BEFORE = spread(canvas_of(add(Scene(()), *(Mention(name, name) for name in NAMES))), ", ".join(NAMES))


def named(canvas: Canvas, name: str) -> Region:
    return next(each for each in canvas.regions if head_of(each) == name)


def after(words: str, *changed: Region) -> Canvas:
    """The canvas with things as an edit writes them, in Omost's words, in place of those of their name, or added."""
    names = {head_of(each): each for each in changed}
    regions = [names.pop(head_of(each), each) for each in BEFORE.regions]
    return fitted(replace(BEFORE, regions=(*regions, *names.values())), BEFORE, words)


def moved(found: Canvas) -> set[str]:
    return {head_of(each) for each in found.regions if each not in BEFORE.regions}


def test_what_moves_keeps_its_size_and_what_it_would_hide_takes_its_place() -> None:
    cat = named(BEFORE, "cat")
    found = after("move the cat to the left", replace(cat, location="on the left", free_box=None))
    now = named(found, "cat")
    assert now.box.left < 15
    assert (now.box.width, now.box.height) == (cat.box.width, cat.box.height)
    assert named(found, "car").box.left > now.box.left
    assert moved(found) == {"cat", "car"}
    order = found.far_to_near()
    assert all(visible_share(each.box, [n.box for n in order[i + 1 :]]) > 0.4 for i, each in enumerate(order))


def test_what_grows_stands_where_it_stood() -> None:
    dog = named(BEFORE, "dog")
    found = after("make the dog bigger", replace(dog, area="a large square area", free_box=None))
    assert moved(found) == {"dog"}
    now = named(found, "dog")
    assert now.box.bottom == dog.box.bottom
    assert 1.1 < now.box.width / dog.box.width < 1.4


def test_what_comes_is_as_large_as_the_others_and_hides_nobody() -> None:
    bird = Region("on the top", "no offset", "a medium-sized square area", 6.0, "A blue bird.", color="blue")
    found = after("add a bird", bird)
    assert moved(found) == {"bird"}
    box = named(found, "bird").box
    assert box.bottom < 50
    assert box.width < 45
    right = after("add a bird on the right", replace(bird, location="on the right"))
    assert named(right, "bird").box.left > 40
    ball = replace(named(BEFORE, "house"), description="A ball.", distance_to_viewer=4.0, free_box=None)
    front, house = named(after("put a ball in front of the house", ball), "ball").box, named(BEFORE, "house").box
    assert house.left < front.left < house.right < front.right
    assert front.bottom > house.bottom


def test_a_crowd_that_comes_is_small_and_in_view() -> None:
    castle = Region("in the center", "no offset", "a medium-sized square area", 6.0, "A gray castle.", color="gray")
    before = replace(BEFORE, regions=(castle,))
    balloon = replace(castle, location="on the top", description="A red balloon.", color="red")
    found = fitted(replace(before, regions=(castle, *[balloon] * 9)), before, "add nine balloons")
    assert found.regions[0] == castle
    order = found.far_to_near()
    assert all(visible_share(each.box, [n.box for n in order[i + 1 :]]) > 0.5 for i, each in enumerate(order))
    four = replace(before, regions=(castle, *[balloon] * 4))
    assert fitted(four, before, "add four balloons") == four


def test_what_comes_into_an_empty_scene_is_spread_out() -> None:
    empty, many = replace(BEFORE, regions=()), canvas_of(add(Scene(()), *(Mention(each, each) for each in _FOUR)))
    assert fitted(many, empty, "add a dog, a cat, a tree and a sun") == spread(many, "")


_FOUR = ("dog", "cat", "tree", "sun")


def test_where_boxes_are_named_nothing_is_fitted() -> None:
    plain = replace(BEFORE, regions=tuple(replace(each, free_box=None) for each in BEFORE.regions))
    change = replace(plain, regions=(replace(plain.regions[0], location="on the top"), *plain.regions[1:]))
    assert fitted(change, plain, "move the house to the top") == change


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Models(PROFILES["tiny"], "cpu").composer()


def test_a_conversation_about_many_things_moves_only_what_it_is_about(composer: Composer) -> None:
    history = list[Turn]()

    def say(words: str) -> tuple[set[str], set[str], Canvas]:
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        before, now = history[-1].canvas.regions if history else (), last.parsed.canvas
        assert not history or not last.parsed.corrections
        history.append(Turn(words, now))
        gone, came = (each for each in before if each not in now.regions), (e for e in now.regions if e not in before)
        return set(map(head_of, gone)), set(map(head_of, came)), now

    _, came, first = say("a red house, a tree, a cat, a dog and a blue car")
    assert came == set(NAMES)
    assert all(each.free_box is not None for each in first.regions)
    assert say("remove the tree")[:2] == ({"tree"}, set())
    assert say("make the car yellow")[:2] == ({"car"}, {"car"})
    gone, came, now = say("add a bird")
    assert (gone, came) == (set(), {"bird"})
    assert named(now, "bird").free_box is not None
    gone, came, now = say("move the cat to the left")
    assert "cat" in came
    assert named(now, "cat").box.left < 15
    assert say("make it night")[:2] == (set(), set())


def test_what_comes_where_another_of_its_name_stands_gets_a_place_of_its_own_and_nothing_else_does() -> None:
    sun = Region("on the top", "no offset", "a medium-sized square area", 10.0, "A yellow sun.", color="yellow")
    before = replace(BEFORE, regions=(sun, sun))
    came = unstacked(replace(before, regions=(sun, sun, sun)), before)
    assert came.regions == (sun, sun, sun), "it is one of those that stood there"
    other = replace(sun, description="A red sun.", color="red")
    *stood, new = unstacked(replace(before, regions=(sun, sun, other)), before).regions
    assert (stood, new.description) == ([sun, sun], "A red sun.")
    assert new.box != sun.box
    painted = replace(before, regions=(other, other))
    assert unstacked(painted, before) == painted, "they were there"
    mixed = replace(before, regions=(other, other, other))
    assert unstacked(mixed, before) == mixed, "which of them came is not known"

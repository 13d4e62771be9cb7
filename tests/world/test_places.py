"""A place that the words name is the scene, and no thing on the canvas; and an edit goes there."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.kinds import BACKGROUNDS
from omost_pipeline.world.places import at_another_place, at_its_place
from omost_pipeline.world.stage import Mention, Scene, add, canvas_of, head_of


def canvas(*names: str, background: str = "meadow") -> Canvas:
    scene = Scene((), BACKGROUNDS[background])
    return canvas_of(add(scene, *(Mention(name, name) for name in names)))


CAT = canvas("cat")


@pytest.mark.parametrize(
    ("words", "written", "scene"),
    [
        ("a cat on a dark street", canvas("cat", "street"), "A dark street."),
        ("a cat on the road", canvas("cat", "road"), "A street."),
        ("a cat in the street at night", canvas("cat", "street", background="night"), "A dark street."),
        ("a cat in a dark room", canvas("cat", background="room"), "A dark room."),
        ("a cat by a lake", canvas("cat", "lake"), "A lake."),
        ("a cat in an enchanted forest", CAT, "An enchanted forest."),
        ("a garden with a cat", canvas("cat", "garden"), "A garden."),
    ],
)
def test_a_place_is_where_everything_is(words: str, written: Canvas, scene: str) -> None:
    found = at_its_place(written, words)
    assert found.scene.description == scene
    assert found.regions == CAT.regions


def test_what_stood_on_the_place_stands_where_that_is_no_thing() -> None:
    on_it = canvas("cat", "horse", "street")
    cat, horse, street = on_it.regions
    written = replace(
        on_it, regions=(replace(cat, location="on the bottom"), replace(horse, location="on the top"), street)
    )
    assert at_its_place(written, "a cat and a horse on a street").regions == canvas("cat", "horse").regions


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("a cat on the beach", canvas("cat", background="beach")),
        ("a cat and a lake", canvas("cat", "lake")),
        ("a lake and a cat", canvas("lake", "cat")),
        ("a garden gnome", canvas("gnome")),
        ("a cat under a street lamp", canvas("cat", "lamp")),
        ("a cat on an island", canvas("cat", "island")),
        ("a cat on a bridge", canvas("cat", "bridge")),
        ("a boat on a lake at sunset", canvas("boat", "lake", background="sunset")),
        ("a photo of the king of the forest people", canvas("king")),
        ("a cat", CAT),
    ],
)
def test_what_may_be_something_else_is_left_alone(words: str, written: Canvas) -> None:
    assert at_its_place(written, words) == written


@pytest.mark.parametrize(
    ("words", "scene"),
    [
        ("make it a desert", BACKGROUNDS["desert"].description),
        ("turn it into a desert please", BACKGROUNDS["desert"].description),
        ("Make it a forest!", "A forest."),
        ("put the cat in a dark cave", "A dark cave."),
        ("put everything on the beach", BACKGROUNDS["beach"].description),
        ("on a dark street", "A dark street."),
        ("change the background to a kitchen", "A kitchen."),
        ("replace the scenery with a city", BACKGROUNDS["city"].description),
        ("a forest in the background", "A forest."),
        ("it should be in space", BACKGROUNDS["space"].description),
    ],
)
def test_an_edit_goes_to_another_place_and_changes_no_thing(words: str, scene: str) -> None:
    found = at_another_place(words, CAT)
    assert found is not None
    assert found.scene.description == scene
    assert found.regions == CAT.regions


@pytest.mark.parametrize(
    "words",
    [
        "make it a lion",
        "make it red",
        "put a castle in the background",
        "add a lake",
        "put it on an island",
        "make it night",
        "put it in the middle",
        "make the street wider",
        "put the cat in a forest and make it blue",
        "",
    ],
)
def test_other_edits_are_the_composers(words: str) -> None:
    assert at_another_place(words, CAT) is None
    assert at_another_place("make it a lake", canvas("cat", "lake")) is None


@pytest.mark.parametrize("piece", ["in a ", "make it ", "the dark ", "put it in "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    at_another_place(f"make it {piece * (180 // len(piece))}", CAT)
    at_its_place(CAT, f"a cat in {piece * (180 // len(piece))}")
    assert time.process_time() - begun < 5.0


def test_bundled_composers_know_what_it_is_after_a_castle_came_to_the_background() -> None:
    composer = Models(PROFILES["tiny-world"]).composer()
    history: list[Turn] = []
    for words in ("a knight", "put a castle in the background", "make it a desert", "make it red"):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    *_, castle, desert, red = (turn.canvas for turn in history)
    assert desert == replace(castle, scene=desert.scene)
    assert desert.scene.description == BACKGROUNDS["desert"].description
    assert [head_of(each) for each in red.regions] == ["knight", "castle"]


@pytest.mark.parametrize(
    ("words", "things"),
    [
        ("a cat on a dark street", ["An orange cat."]),
        ("no people, just a beach with a boat", ["A brown boat."]),
        ("a garden with no flowers", []),
        ("a dark street", []),
        ("our old grandmother knitting in a rocking chair", ["A grandmother.", "A rocking chair."]),
        ("a tree, another tree and a third tree", ["A green tree."] * 3),
        ("a dragon breathing fire over a castle", ["A dragon.", "A gray castle."]),
        ("a light blue house with a dark green door", ["A light blue house with a dark green door."]),
    ],
)
def test_first_requests_hold_what_was_said_and_nothing_that_was_not(words: str, things: list[str]) -> None:
    *_, last = compose_canvas(Models(PROFILES["tiny-world"]).composer(), (), words, ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    assert [each.description for each in last.parsed.canvas.regions] == things

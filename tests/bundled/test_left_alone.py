"""What an edit only asks about, or says is to stay, stays; and of "keep only the house" nothing else does."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.bundled.left_alone import left_alone
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES

HOUSE = Region("on the left", "no offset", "a medium-sized square area", 5.0, "A red house.", color="red")
DOG = replace(HOUSE, location="on the right", description="A brown dog.", color="brown")
CAT = replace(HOUSE, location="on the top", description="An orange cat.", color="orange")
OTHER = replace(HOUSE, location="on the bottom", description="A black cat.", color="black")
BEFORE = Canvas(GlobalDescription("A meadow.", color="green"), (HOUSE, DOG, CAT, OTHER))


@pytest.mark.parametrize(
    ("words", "stay"),
    [
        ("What is the dog doing?", (HOUSE, DOG, CAT, OTHER)),
        ("what colour is the house?", (HOUSE, DOG, CAT, OTHER)),
        ("wheres the sun", (HOUSE, DOG, CAT, OTHER)),
        ("is the cat black?", (HOUSE, DOG, CAT, OTHER)),
        ("how many things are there", (HOUSE, DOG, CAT, OTHER)),
        ("was macht die Katze?", (HOUSE, DOG, CAT, OTHER)),
        ("狗在做什么？", (HOUSE, DOG, CAT, OTHER)),
        ("Où est le chien ?", (HOUSE, DOG, CAT, OTHER)),
        ("Please don't remove the cats!", (HOUSE, DOG, CAT, OTHER)),
        ("no, don’t touch the house", (HOUSE, DOG, CAT, OTHER)),
        ("no, leave it", (HOUSE, DOG, CAT, OTHER)),
        ("keep the old house and the dog as they are, please", (HOUSE, DOG, CAT, OTHER)),
        ("leave the cats alone", (HOUSE, DOG, CAT, OTHER)),
        ("Entferne den Hund bitte nicht!", (HOUSE, DOG, CAT, OTHER)),
        ("n’enlève pas le chien", (HOUSE, DOG, CAT, OTHER)),
        ("no quites el perro", (HOUSE, DOG, CAT, OTHER)),
        ("不要去掉狗", (HOUSE, DOG, CAT, OTHER)),
        ("remove everything except the house", (HOUSE,)),
        ("delete everything but the dog and the black cat", (DOG, OTHER)),
        ("keep only the cats", (CAT, OTHER)),
        ("only the house please", (HOUSE,)),
        ("remove all things except the background", ()),
        ("now clear everything.", ()),
    ],
)
def test_what_is_to_stay_stays_alone(words: str, stay: tuple[Region, ...]) -> None:
    assert left_alone(words, BEFORE) == replace(BEFORE, regions=stay)


@pytest.mark.parametrize(
    "words",
    [
        "could you remove the dog?",
        "what about a tree?",
        "what if it is black?",
        "why don't you make it night?",
        "why not a tree?",
        "is it possible to remove the dog?",
        "is the dog too big? make it smaller",
        "is the dog a bit small?",
        "don't draw the dog",
        "don't make the dog so big",
        "don't replace the dog with a cat but with a horse",
        "don't forget the tree",
        "entferne nicht den Hund, sondern die Katze",
        "no quites el perro sino el gato",
        "entferne den Hund",
        "leave the dog out",
        "keep the house small",
        "let the dog be black",
        "keep only the tree",
        "remove everything but one cat",
        "remove everything except the green cat",
        "only the cat should be blue",
        "remove the house and all of the cats",
        "keep the dog and remove the house",
        "",
    ],
)
def test_what_asks_for_a_change_is_no_such_thing(words: str) -> None:
    assert left_alone(words, BEFORE) is None


@pytest.mark.parametrize("piece", ["please ", "the dog and ", "keep the ", "don't ", "what is ", "all ", "? "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    for lead in ("keep ", "keep only ", "don't remove ", ""):
        assert left_alone(f"{lead}{piece * (180 // len(piece))}!,", BEFORE) is None
    assert time.process_time() - begun < 20.0


@pytest.mark.slow
def test_a_bundled_composer_leaves_alone_what_is_to_stay() -> None:
    composer = Models(PROFILES["tiny-world"]).composer()
    first, *edits = (
        "a house, a dog and a cat",
        "don't remove the dog",
        "what is it?",
        "quita todo menos la casa",
    )
    history: list[Turn] = []
    for words in (first, *edits):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    assert history[0].canvas == history[1].canvas == history[2].canvas
    assert [each.description for each in history[3].canvas.regions] == ["A red house."]

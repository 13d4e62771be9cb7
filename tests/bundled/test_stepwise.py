"""Two edits in one message are done one after the other, where it is plain that they are two."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.bundled.stepwise import steps, wishes
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.knowledge import beyond_models
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES

HOUSE = Region("on the left", "no offset", "a medium-sized square area", 5.0, "A red house.", color="red")
DOG = replace(HOUSE, location="on the right", description="A brown dog.", color="brown")
CAT = replace(HOUSE, location="on the top", description="An orange cat.", color="orange")
BEFORE = Canvas(GlobalDescription("A meadow.", color="green"), (HOUSE, DOG, CAT))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("Remove the tree and make the Dog blue", ["Remove the tree", "make the Dog blue"]),
        ("please add a cat, then move it to the left.", ["please add a cat", "move it to the left."]),
        ("the sun should be red; delete the two birds", ["the sun should be red", "delete the two birds"]),
        ("take the cat away. add a dog and a horse", ["take the cat away", "add a dog and a horse"]),
        ("replace the cat with a dog and also put it on top", ["replace the cat with a dog", "put it on top"]),
        ("swap the cat and the sun, and make the sun red", ["swap the cat and the sun", "make the sun red"]),
        ("could you make it bigger and then the dog must go", ["could you make it bigger", "the dog must go"]),
        ("i'd like a sun and please add a cat instead of the dog", ["i'd like a sun", "add a cat instead of the dog"]),
        ("I don't like the cat, please make the dog blue", ["I don't like the cat", "make the dog blue"]),
        ("great, now make it night; all birds have to go", ["great, now make it night", "all birds have to go"]),
        (
            "that's perfect, now add a cat, then it would look better in blue",
            ["that's perfect, now add a cat", "it would look better in blue"],
        ),
        (
            "get the cat over there, then instead of the dog, draw a sun",
            ["get the cat over there", "instead of the dog, draw a sun"],
        ),
        (
            "take the cat from the picture. then convert the dog into a sun",
            ["take the cat from the picture", "convert the dog into a sun"],
        ),
        ("show a sun instead of the cat, also add a dog", ["show a sun instead of the cat", "add a dog"]),
        ("throw in a cat and please show a dog instead of it", ["throw in a cat", "show a dog instead of it"]),
        ("a butterfly too, and the sun could be bigger", ["a butterfly too", "the sun could be bigger"]),
        (
            "swap the places of the cat and the dog and the sun should be red",
            ["swap the places of the cat and the dog", "the sun should be red"],
        ),
    ],
)
def test_two_edits_are_two(words: str, wanted: list[str]) -> None:
    assert steps(words) == wanted


@pytest.mark.parametrize(
    "words",
    [
        "add a cat and a dog",
        "make it red and blue",
        "take the apple and make it a pear",
        "remove the cat and put a dog there",
        "remove the cat and add a dog instead",
        "replace the cat and put a dog",
        "add a cat and a dog and make them blue",
        "swap the cat and the dog",
        "I don't like the balloon, remove it",
        "take the apple, make it a cloud",
        "remove the sun, put a dog there.",
        "make the sun bigger. that should be enough",
        "instead of the cat, I would like a dog",
        "a knight who is ready, make it rain",
        "add a sign, make it red, turn the dog green",
        "mach den Hund blau und die Katze rot",
        "add " + "a very " * 40 + "old cat and remove the dog",
        "",
    ],
)
def test_what_is_one_or_may_be_is_one(words: str) -> None:
    assert steps(words) == [words]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("remove the dog and cat", ["remove the dog", "remove the cat"]),
        (
            "Please delete the dog, the cat and the house from the picture!",
            [f"please delete the {each} from the picture" for each in ("dog", "cat", "house")],
        ),
        ("make both the dog and the cats a bit bigger", ["make the dog a bit bigger", "make the cats a bit bigger"]),
        ("paint the dog and my cat red, then add a tree", ["paint the dog red", "paint the cat red", "add a tree"]),
        ("leave the dog as it is but make the cat black", ["make the cat black"]),
        ("make the cat black, but don't change the dog", ["make the cat black"]),
        ("keep the house and remove the dog and the cat", ["remove the dog", "remove the cat"]),
        ("enlève le chat et mets un oiseau en haut", ["enlève le chat", "mets un oiseau en haut"]),
        ("entferne den Hund und füge einen Baum hinzu", ["entferne den Hund", "füge einen Baum hinzu"]),
        ("quita el perro y el gato", ["remove the dog", "remove the cat"]),
        ("在右边加一棵树，再把狗去掉", ["在右边加一棵树", "把狗去掉"]),
        (
            "make the dog smaller, red and put it behind the house",
            ["make the dog smaller", "make the dog red", "put it behind the house"],
        ),
        ("please make it light blue and much bigger", ["make it light blue", "make it much bigger"]),
        ("a knight fights a dragon", ["add a knight", "add a dragon"]),
        ("Add an old girl wearing a red hat!", ["add an old girl", "the old girl wears a red hat"]),
        ("un chevalier combat un dragon", ["add a knight", "add a dragon"]),
    ],
)
def test_each_edit_is_of_one_thing(words: str, wanted: list[str]) -> None:
    assert wishes(words, BEFORE) == wanted


@pytest.mark.parametrize(
    "words",
    [
        "remove the dog and a cat",
        "make the dog and the cat friends",
        "turn the dog and the cat into horses",
        "swap the dog and the cat",
        "make everything black but leave the dog alone",
        "don't remove the dog, make it blue",
        "don't remove the dog and the cat",
        "remove the dog and the tree",
        "mach das Haus blau und den Hund größer",
        "make the dog red and blue",
        "make the dog bigger and happy",
        "a glass needs a straw",
        "a cat next to a dog",
        "ajoute un chat et un chien",
    ],
)
def test_what_is_of_one_thing_or_of_others_is_as_it_was_said(words: str) -> None:
    assert wishes(words, BEFORE) == [words]


@pytest.mark.parametrize("words", ["在右边加一棵树，再把狗去掉", "enlève le chat et mets un oiseau en haut"])
def test_two_edits_are_understood_if_each_of_them_is(words: str) -> None:
    beyond = beyond_models("tiny-world", words, BEFORE)
    assert beyond is not None
    assert not beyond.is_worth_saying


@pytest.mark.parametrize(
    "piece",
    [
        "please ",
        "and ",
        ", ",
        "the a ",
        "take a ",
        "i would like you to ",
        "it ",
        "the dog and ",
        "et la ",
        "a cat eats ",
    ],
)
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    for lead in ("add ", "make ", "keep the dog and "):
        wishes(lead + piece * (180 // len(piece)), BEFORE)
    wishes(piece * 10_000, BEFORE)
    assert time.process_time() - begun < 60.0


def test_the_second_edit_is_of_what_the_first_one_left() -> None:
    composer = Models(PROFILES["tiny-world"]).composer()
    history: list[Turn] = []
    for words in ("a cat and a dog", "remove the cat and put a tree to the right of the dog"):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    dog, tree = history[-1].canvas.regions
    assert (dog.description, tree.description) == ("A brown dog.", "A green tree.")
    *_, last = compose_canvas(composer, history, "make the dog and tree white", ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    assert [each.description for each in last.parsed.canvas.regions] == ["A white dog.", "A white tree."]

"""Edits as people write them: who is meant, what somebody is given, one more of a thing; and nothing goes for it."""

from __future__ import annotations

import pytest

from omost_pipeline.bundled.glossary import in_english
from omost_pipeline.bundled.glossary.next_words import adds, gift, is_emptied, meant, next_words
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.kinds import describe


def canvas(*things: str, at: str = "in the center") -> Canvas:
    regions = (Region(at, "no offset", "a medium-sized square area", 3.0, each) for each in things)
    return Canvas(GlobalDescription("A meadow."), tuple(regions))


HOUSE = canvas("A red house.", "A yellow sun.")
COUPLE = canvas("A king.", "A queen.", "A brown dog.")
THREE = Canvas(
    HOUSE.scene,
    tuple(canvas("A dog.", at=at).regions[0] for at in ("in the center", "on the right", "on the left")),
)
DOGS = Canvas(
    HOUSE.scene,
    (*canvas("A brown dog.").regions, *canvas("A brown dog.", at="on the left").regions, *HOUSE.regions),
)


@pytest.mark.parametrize(
    ("before", "words", "said"),
    [
        (HOUSE, "make it blue", "make the house blue"),
        (HOUSE, "Move it to the left", "Move the house to the left"),
        (HOUSE, "remove it", "remove the house"),
        (HOUSE, "make it night", "make it night"),
        (HOUSE, "put it on the beach", "put it on the beach"),
        (HOUSE, "give it a watercolor style", "give it a watercolor style"),
        (COUPLE, "make her bigger", "make the queen bigger"),
        (COUPLE, "he is too small", "the king is too small"),
        (COUPLE, "his dog should be black", "the dog should be black"),
        (canvas(), "make it blue", "make it blue"),
        (canvas("A red balloon."), "change the ballon to a kite", "change the balloon to a kite"),
        (HOUSE, "remove the horse", "remove the horse"),
        (canvas("A flower."), "send it to the lower right", "send it to the lower right"),
        (
            canvas("A tree.", at="on the right"),
            "I'd prefer the tree on the other side",
            "I'd prefer the tree on the left",
        ),
        (canvas("A tree.", at="on the right"), "other side", "move the tree to the left"),
        (canvas("A tree.", at="on the left"), "Put it on the other side please", "move the tree to the right"),
        (canvas("A tree.", at="on the bottom-right"), "other side", "move the tree to the left"),
        (canvas("A tree."), "other side", "other side"),
        (HOUSE, "change the color to green", "make the house green"),
        (HOUSE, "bigger please", "make the house bigger"),
        (HOUSE, "even bigger", "make the house even bigger"),
        (HOUSE, "to the left", "move the house to the left"),
        (THREE, "make the middle one red", "make the dog in the center red"),
        (THREE, "remove the leftmost one", "remove the dog on the left"),
        (THREE, "the right one should be black", "the dog on the right should be black"),
        (DOGS, "make the middle one red", "make the middle one red"),
        (HOUSE, "remove the left one", "remove the left one"),
        (canvas("A tree."), "move the tree to the other side", "move the tree to the other side"),
    ],
)
def test_who_is_meant_is_named(before: Canvas, words: str, said: str) -> None:
    assert meant(words, [before]) == said


def test_later_it_is_what_was_spoken_of_last_as_the_composers_know() -> None:
    after = canvas("A red house.", "A blue sun.")
    assert meant("make it bigger", [HOUSE, after]) == "make it bigger"
    assert meant("give it a hat", [HOUSE, after]) == "give the sun a hat"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("No, a dog!", "replace the king with a dog"),
        ("wait, I meant two dragons", "replace the king with two dragons"),
        ("rather a black cat", "replace the king with a black cat"),
        ("it's a knight, not a king", "replace the king with a knight"),
        ("hmm not a dog, a donkey", "replace the dog with a donkey"),
        ("no, a golden king", "make the king golden"),
        ("plutôt une voiture", "replace the king with a car"),
        ("nein, lieber ein Auto", "replace the king with a car"),
        ("不对，我要一只猫", "replace the king with a cat"),
    ],
)
def test_what_was_said_last_is_corrected(words: str, said: str) -> None:
    assert next_words(in_english(words), [COUPLE]) == said
    assert (
        meant("no, a cat", [HOUSE, canvas("A red house.", "A yellow sun.", "A dog.")]) == "replace the dog with a cat"
    )


@pytest.mark.parametrize(
    "words", ["no", "oh no, a bear", "no, a cat next to it", "I'd rather have a cat than the dog", "no, not like that"]
)
def test_what_says_more_is_no_such_correction(words: str) -> None:
    assert meant(words, [HOUSE]) == words
    assert meant("no, a cat", [DOGS]) == "no, a cat"


def test_nothing_is_emptied_by_words_that_have_nothing_go() -> None:
    empty = canvas()
    for words in ("can you make it cuter?", "ok perfect", "i dont like the colour", "no clouds please"):
        assert is_emptied(empty, [COUPLE], words) == ("no" not in words.split()), words
    for words in ("remove it", "kill it", "the king and the queen can go", "I don't like it", "leave it out"):
        assert not is_emptied(empty, [COUPLE], words), words
    assert not is_emptied(empty, [empty, COUPLE], "ok perfect")
    assert not is_emptied(HOUSE, [COUPLE], "ok perfect")


@pytest.mark.parametrize(
    ("before", "words", "said"),
    [
        (canvas("A red house."), "blue maybe?", "make the house blue"),
        (canvas("A red house."), "colour: white", "make the house white"),
        (COUPLE, "give the dog a red hat", "add a red hat"),
        (COUPLE, "please take the king off the dog", "please remove the king"),
        (COUPLE, "remove the king's dog", "remove the dog"),
        (COUPLE, "Take the dog out of the picture", "remove the dog"),
        (
            COUPLE,
            "remove the king from the dog and put him on the left",
            "remove the king from the dog and put the king on the left",
        ),
        (COUPLE, "remove the dog's tail", "remove the dog's tail"),
        (COUPLE, "make king taller please", "make king bigger please"),
        (COUPLE, "the dog is taller than the king", "the dog is taller than the king"),
        (COUPLE, "make the dog twice as big", "make the dog bigger"),
        (COUPLE, "make the dog 3 times smaller please", "make the dog smaller please"),
        (COUPLE, "the dog should be half its size", "the dog should be smaller"),
        (COUPLE, "make the dog twice the size of the king", "make the dog twice the size of the king"),
        (COUPLE, "she should wear a hat", "add a hat"),
        (COUPLE, "the king should have a red scarf", "add a red scarf"),
        (COUPLE, "take the dog away from him", "remove the dog"),
        (COUPLE, "add another dog", "add a dog"),
        (COUPLE, "another elephant", "an elephant"),
        (COUPLE, "add a second dog on the left", "add a dog on the left"),
        (COUPLE, "more dogs", "add more dogs"),
        (COUPLE, "make the dog more brown", "make the dog more brown"),
        (COUPLE, "put the dog on a sofa", "add a sofa below the dog"),
        (COUPLE, "please place the king in front of a castle", "please add a castle behind the king"),
        (COUPLE, "put the king on a hill", "put it on a hill"),
        (COUPLE, "put him in a dark cave", "put it in a dark cave"),
        (COUPLE, "put the queen in front of a mountain", "add a mountain behind the queen"),
        (COUPLE, "give the queen red shoes", "add a red shoes"),
        (COUPLE, "Bigger!", "make the king bigger"),
        (COUPLE, "blue", "make the king blue"),
        (COUPLE, "to the left", "move the king to the left"),
        (COUPLE, "thanks", "thanks"),
        (COUPLE, "put a volcano behind it", "put a volcano behind the king"),
        (COUPLE, "put a beach behind it", "put a beach behind it"),
        (COUPLE, "the sky should be pink", "make the background a pink sky"),
        (COUPLE, "add a tree in the background", "add a tree in the distance"),
        (COUPLE, "put the dog next to the king", "put the dog next to the king"),
        (DOGS, "make one of them black", "make the dog in the center black"),
        (DOGS, "remove one of the dogs", "remove the dog in the center"),
        (HOUSE, "one of them", "one of them"),
    ],
)
def test_edits_are_said_as_they_were_taught(before: Canvas, words: str, said: str) -> None:
    assert next_words(words, [before]) == said


@pytest.mark.parametrize(
    ("words", "whom", "hold", "what"),
    [
        ("give the queen a crown", "A queen.", "wearing", "a crown"),
        ("give a sword to the king", "A king.", "holding", "a sword"),
        ("put a hat on the dog", "A brown dog.", "wearing", "a hat"),
        ("the king should ride a horse", "A king.", "riding", "a horse"),
        ("the queen is holding some flowers", "A queen.", "holding", "some flowers"),
        ("donne un chapeau à la reine", "A queen.", "wearing", "a hat"),
        ("gib dem Hund einen Ball", "A brown dog.", "holding", "a ball"),
        ("ponle un sombrero al perro", "A brown dog.", "wearing", "a hat"),
        ("给狗一顶帽子", "A brown dog.", "wearing", "a hat"),
    ],
)
def test_what_somebody_is_given_is_understood(words: str, whom: str, hold: str, what: str) -> None:
    found = gift(in_english(words), COUPLE)
    assert found is not None
    assert (found.whom.description, found.hold, found.what) == (whom, hold, what)


def test_what_is_no_gift_is_none() -> None:
    for words in ("give the picture a frame", "give the dog a brown color", "make the king bigger", "add a hat"):
        assert gift(words, COUPLE) is None, words


def test_what_is_much_longer_than_an_edit_is_left_as_it_was_said() -> None:
    for piece in ("put the a ", "give the dog a ", "one of the dogs "):
        words = piece * 400
        assert next_words(words, [COUPLE]) == meant(words, [COUPLE]) == words
        assert gift(words, COUPLE) is None


def test_only_what_adds_takes_nothing_away() -> None:
    assert all(map(adds, ("add a dog", "please add a dog", "Draw a dog too", "draw a dog as well", "more dogs")))
    assert not any(
        map(
            adds,
            (
                "add a dog instead of the cat",
                "add a dog and the cat must be removed",
                "remove the dog",
                "put a dog where the cat is",
                "draw the cat as a dog",
                "undo",
            ),
        )
    )


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Models(PROFILES["tiny-world"]).composer()


def written(composer: Composer, *asked: str) -> Canvas:
    history: list[Turn] = []
    for words in asked:
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    return history[-1].canvas


def things(found: Canvas) -> list[str]:
    return sorted(region.description for region in found.regions)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (("a house under a sun", "make it blue"), ["A blue house.", "A yellow sun."]),
        (("a unicorn in a forest", "give it a hat", "make it pink"), ["A pink hat.", "A unicorn."]),
        (("a dog in a park", "add another dog"), ["A brown dog.", "A brown dog."]),
        (("two cats on a beach", "make one of them black"), ["A black cat.", "An orange cat."]),
        (("a birthday cake", "a candle", "more candles please"), ["A birthday cake.", *["A candle."] * 4]),
        (("a dog", "put it on a sofa"), ["A brown dog.", "A sofa."]),
        (("un chat sur un canapé", "donne-lui un chapeau"), ["A hat.", "A sofa.", "An orange cat."]),
        (("ein Ritter und ein Drache", "mach den Drachen grün"), ["A green dragon.", "A knight."]),
        (("robot", "blue", "add robot"), ["A blue robot.", "A robot."]),
        (("my grandmother baking cookies", "remove the cookies"), ["A grandmother."]),
        (("ein Hund und eine Katze", "gib dem Hund einen Hut"), ["A brown dog.", "A hat.", "An orange cat."]),
        (("a man next to a tree", "give the man next to the tree a hat"), ["A green tree.", "A hat.", "A man."]),
        (("a table with two apples", "replace the apples with pears"), ["A pear.", "A pear.", "A table."]),
        (
            ("two cats and a dog", "replace the cat on the right with a fox"),
            ["A brown dog.", "A fox.", "An orange cat."],
        ),
    ],
)
def test_conversations_end_as_they_were_meant(composer: Composer, asked: tuple[str, ...], wanted: list[str]) -> None:
    assert things(written(composer, *asked)) == wanted


def test_what_somebody_is_given_stands_where_they_do(composer: Composer) -> None:
    cat, crown = written(composer, "a cat", "move it to the left", "give it a crown").regions
    assert (cat.location, crown.location, crown.offset) == (
        "on the left",
        "on the top-left",
        "slightly to the upper-right",
    )
    assert crown.area.startswith("a small ")
    assert crown.distance_to_viewer < cat.distance_to_viewer
    rider, horse = written(composer, "a princess", "she should ride a horse").regions
    assert (rider.location, rider.offset) == ("on the top", "slightly to the lower")
    assert (rider.area, horse.location) == ("a small square area", "in the center")
    assert rider.distance_to_viewer < horse.distance_to_viewer


def test_two_things_are_side_by_side_unless_somebody_says_where(composer: Composer) -> None:
    king, queen = written(composer, "a king and a queen").regions
    assert (king.location, queen.location) == ("on the left", "on the right")
    assert king.box.right - queen.box.left <= 10
    cat, dog = written(composer, "a cat in the center and a dog on the right").regions
    assert (cat.location, dog.location, cat.offset) == ("in the center", "on the right", "no offset")


def test_an_edit_has_things_stand_where_its_words_do(composer: Composer) -> None:
    knight, dragon = written(composer, "a knight and a dragon", "swap the knight and the dragon").regions
    assert (knight.location, dragon.location) == ("on the right", "on the left")
    king, dog = written(composer, "a king", "put a dog to the left of the king").regions
    assert (king.location, dog.location) == ("in the center", "on the left")


def test_articles_go_by_the_sound() -> None:
    assert [describe(name, None) for name in ("unicorn", "umbrella", "owl", "dog")] == [
        "A unicorn.",
        "An umbrella.",
        "An owl.",
        "A dog.",
    ]

"""What a request names as things, how many and in what colour; and what only as a place, a part or a likeness."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.world.inventory import Item, inventory


def said(item: Item) -> str:
    """``2 red apple``, ``3+ tree`` where the words have no number."""
    return " ".join(filter(None, (f"{item.count}{'+' * item.at_least}", item.color, item.noun)))


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("nine balloons over a castle", ["9 balloon", "1 castle"]),
        ("a red house, a tree, a Blue car and a sun", ["1 red house", "1 tree", "1 blue car", "1 sun"]),
        ("three cats and two dogs", ["3 cat", "2 dog"]),
        ("apple, pear and 4 bananas", ["1+ apple", "1+ pear", "4 banana"]),
        ("a pair of shoes, a group of penguins and many mice", ["2 shoe", "5+ penguin", "4+ mouse"]),
        ("two wolves and some sheep", ["2 wolf", "3+ sheep"]),
        ("a red, a yellow and two blue balls", ["1 red ball", "1 yellow ball", "2 blue ball"]),
        ("a black and white cat", ["1 black and white cat"]),
        ("a dark blue car", ["1 dark blue car"]),
        ("a pair of sunglasses and fireworks", ["1 sunglasses", "1 fireworks"]),
        ("a knight fights two dragons", ["1 knight", "2 dragon"]),
        ("two dogs chase three cats", ["2 dog", "3 cat"]),
        ("an astronaut riding a horse", ["1 astronaut", "1 horse"]),
        ("a picture of a lighthouse at night", ["1 lighthouse"]),
        ("please draw me a dragon!", ["1 dragon"]),
        ("a wolf howling at the moon", ["1 wolf", "1 moon"]),
        ("a cat in a box on a bed", ["1 cat", "1 box", "1 bed"]),
        ("a mouse under a table and a cat on the table", ["1 mouse", "1 table", "1 cat"]),
    ],
)
def test_things_are_counted_as_they_are_named(words: str, asked: list[str]) -> None:
    assert [said(item) for item in inventory(words) if item.asked] == asked


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("a dog on the beach", ["1 dog"]),
        ("a cat in the kitchen and a dog", ["1 cat", "1 dog"]),
        ("a teacher in a school", ["1 teacher"]),
        ("a swan on a lake under the stars", ["1 swan"]),
        ("a house on fire", ["1 house"]),
        ("a house with a red roof, a door and a tree", ["1 house", "1 door", "1 tree"]),
        ("a snowman with a carrot nose", ["1 snowman"]),
        ("a castle with windows", ["1 castle"]),
        ("a cat like a tiger", ["1 cat"]),
        ("a dog as big as a house", ["1 dog"]),
        ("a castle made of cheese, shaped like a heart", ["1 castle"]),
        ("a cup of coffee", ["1 cup"]),
        ("a bowl of fruit: apple and pear", ["1+ apple", "1+ pear"]),
        ("a dog house and an apple pie", ["1 house", "1 pie"]),
        ("an orange shaggy dog and an orange", ["1 orange dog", "1 orange"]),
        ("a white phone booth", []),
        ("a fire breathing dragon", []),
        ("a 10 year old girl", []),
        ("a tree, but no dogs", ["1 tree"]),
        ("the earth from space", ["1 earth"]),
        ("an origami of a crane", ["1 crane"]),
        ("a quiet evening", []),
        ("", []),
    ],
)
def test_what_is_no_thing_of_its_own_is_not_asked_for(words: str, asked: list[str]) -> None:
    assert [said(item) for item in inventory(words) if item.asked] == asked


def test_a_thing_has_its_name_its_size_and_its_place() -> None:
    bear, dog = inventory("a huge white polar bear on the left and a small dog at the top")
    assert (bear.name, bear.size, bear.location) == ("polar bear", "large", "on the left")
    assert (dog.name, dog.size, dog.location) == ("dog", "small", "on the top")


@pytest.mark.parametrize("piece", ["a red and ", "a cat ", "cat ", "two ", "of ", "red and ", "one red, "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    inventory(piece * (190 // len(piece)))
    assert inventory("a cat, " * 10_000) == []
    assert time.process_time() - begun < 10.0

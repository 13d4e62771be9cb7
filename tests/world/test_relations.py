"""Which things the words have on, in or under which others."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.world.relations import Rest, related

ON = [Rest(0, "on", 1)]


@pytest.mark.parametrize(
    ("words", "heads", "expected"),
    [
        ("a cat on a sofa", ("cat", "sofa"), ON),
        ("A brown dog is sleeping on my big old bed.", ("dog", "bed"), ON),
        ("a cup of hot coffee on a wooden table", ("cup", "table"), ON),
        ("a frog sits on top of a rock", ("frog", "rock"), ON),
        ("a man riding a horse", ("man", "horse"), ON),
        ("put the table under the hat", ("hat", "table"), [Rest(1, "under", 0)]),
        ("a bird in a tree", ("bird", "tree"), [Rest(0, "in", 1)]),
        ("cat on sofa", ("cat", "sofa"), ON),
        ("on the table there is a cup", ("table", "cup"), [Rest(1, "on", 0)]),
        ("under the old tree sleeps a dog", ("tree", "dog"), [Rest(1, "under", 0)]),
        ("a dog with a red hat on a sofa", ("dog", "hat", "sofa"), [Rest(0, "on", 2)]),
        ("a girl holding a balloon on a horse", ("girl", "balloon", "horse"), [Rest(0, "on", 2)]),
        ("a cat and a red dog on a sofa", ("cat", "dog", "sofa"), [Rest(0, "on", 2), Rest(1, "on", 2)]),
        ("two cats on a sofa", ("cat", "cat", "sofa"), [Rest(0, "on", 2), Rest(1, "on", 2)]),
        ("a bowl of ripe fruit", ("bowl", "fruit"), [Rest(1, "in", 0)]),
        ("a box of apples on a table", ("box", "apple", "table"), [Rest(0, "on", 2), Rest(1, "in", 0)]),
        ("a cake on a plate on a table", ("cake", "plate", "table"), [Rest(0, "on", 1), Rest(1, "on", 2)]),
        (
            "a cat on a sofa and a cup of coffee on a table",
            ("cat", "sofa", "cup", "table"),
            [Rest(0, "on", 1), Rest(2, "on", 3)],
        ),
        ("a house and a bird in a tree under the tree", ("bird", "tree"), [Rest(0, "in", 1)]),
    ],
)
def test_what_is_on_in_or_under_another_is_told(words: str, heads: tuple[str, ...], expected: list[Rest]) -> None:
    assert related(heads, words) == expected


@pytest.mark.parametrize(
    ("words", "heads"),
    [
        ("a cat and a sofa", ("cat", "sofa")),
        ("a cat next to a sofa on a carpet", ("cat", "sofa")),
        ("a sun over a house", ("sun", "house")),
        ("a cat on a sofa on the left", ("cat", "sofa")),
        ("a cat at the top and a sofa", ("cat", "sofa")),
        ("a bird on trees", ("bird", "tree", "tree")),
        ("a bird on a tree", ("bird", "tree", "tree")),
        ("a cat on a cat", ("cat", "cat")),
        ("a picture of fruit", ("picture", "fruit")),
        ("on a sofa", ("sofa",)),
    ],
)
def test_other_words_tell_nothing(words: str, heads: tuple[str, ...]) -> None:
    assert related(heads, words) == []


def test_long_words_take_no_time() -> None:
    start = time.monotonic()
    for words in ("a cat " * 33, "a cat and " * 20, "a cat on a big " * 13, "big " * 50):
        related(("cat", "dog", "sofa"), words[:200])
    related(("cat", "dog"), "a cat on a dog " * 1000)
    assert time.monotonic() - start < 1

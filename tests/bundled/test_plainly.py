"""What is to stand in for what, in plain words."""

from __future__ import annotations

import pytest

from omost_pipeline.bundled.plainly import plainly

NAMES = ("cat", "bird", "pink snowman")


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("I'd rather have a gray dog than the bird at the top", "replace the bird at the top with a gray dog"),
        ("i prefer an owl over cat pls", "replace the cat with an owl pls"),
        ("great, i like a butterfly more than the pink snowman", "great, replace the pink snowman with a butterfly"),
        ("drop the cat for the orange house.", "replace the cat with an orange house."),
        ("instead of the cat, i would like a mountain, thank you", "replace the cat with a mountain, thank you"),
        ("in place of the cats, draw some clouds", "replace the cats with some clouds"),
    ],
)
def test_what_stands_in_for_a_thing_is_said_plainly(said: str, plain: str) -> None:
    assert plainly(said, NAMES) == plain


@pytest.mark.parametrize(
    "said",
    [
        "I'd like the cat more than before",
        "i like the house more than the tree",  # neither is there
        "drop the cat",
        "make the cat black instead of the dog",
        "i prefer a larger one",
        "i'd like a cat " * 2000,
    ],
)
def test_everything_else_stays_as_it_was_said(said: str) -> None:
    assert plainly(said, NAMES) == said

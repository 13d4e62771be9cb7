"""Conditions and bags, with words counted as tokens."""

from __future__ import annotations

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.renderer.subprompts import Bag, Condition, bags, bounded, conditions, plain_condition


def words(text: str) -> int:
    return len(text.split())


def test_a_canvas_becomes_the_paths_of_its_prefix_tree(canvas: Canvas) -> None:
    assert conditions(canvas) == (
        Condition(("A meadow.",), ("The grass is high.", "meadow, sky."), None),
        Condition(("A meadow.", "A red house."), ("It has two windows.", "house, red."), Box(0, 15, 35, 75)),
        Condition(("A meadow.", "A sun."), ("sharp.",), Box(50, 0, 90, 40)),
    )


def test_an_extra_prompt_is_said_last_in_every_condition(canvas: Canvas) -> None:
    plain, extra = conditions(canvas), conditions(canvas, "in ink")
    assert [each.suffixes for each in extra] == [(*each.suffixes, "in ink.") for each in plain]
    assert [(each.prefixes, each.box) for each in extra] == [(each.prefixes, each.box) for each in plain]


def test_every_sub_prompt_ends_with_one_full_stop() -> None:
    scene = GlobalDescription("A meadow, wide,", ("It is green..", " Bees hum"), "meadow, grass, ")
    [everywhere] = conditions(Canvas(scene))
    assert everywhere.prefixes == ("A meadow, wide.",)
    assert everywhere.suffixes == ("It is green.", "Bees hum.", "meadow, grass.")


def test_texts_without_words_are_skipped() -> None:
    scene = GlobalDescription("  ", ("", "One. ", "\n"), "")
    assert conditions(Canvas(scene)) == (Condition((), ("One.",), None),)


@pytest.mark.parametrize(
    ("prefixes", "suffixes", "expected"),
    [
        (("p p",), ("a a", "b b", "c c"), [("p p", "a a"), ("p p", "b b"), ("p p", "c c")]),
        (("p p",), ("a a", "b", "c c"), [("p p", "a a", "b"), ("p p", "c c")]),
        (("p",), ("a a", "b b", "c c"), [("p", "a a", "b b"), ("p", "c c")]),
        (("p",), ("a a", "b b b", "c"), [("p", "a a"), ("p", "b b b", "c")]),
        ((), ("a a a a a",), [("a a a a a",)]),
        (("p",), (), [("p",)]),
        ((), (), [()]),
        (("p",), ("a", "b b b b b b b", "c"), [("p", "a"), ("p", "b b b b b b b"), ("p", "c")]),
    ],
)
def test_bags_are_filled_greedily_to_five(prefixes: Bag, suffixes: Bag, expected: list[Bag]) -> None:
    assert list(bags(Condition(prefixes, suffixes, None), words, 5)) == expected


def test_a_prefix_without_room_loses_its_farther_parts() -> None:
    condition = Condition(("far far far", "near near"), ("a", "b"), None)
    assert bags(condition, words, 5) == (("near near", "a", "b"),)


def test_a_single_prefix_without_room_keeps_a_bag_and_the_rest_goes_without() -> None:
    condition = Condition(("far", "near near near near near"), ("a", "b b b b b"), None)
    assert bags(condition, words, 5) == (("near near near near near",), ("a",), ("b b b b b",))


def test_a_plain_prompt_is_split_at_its_commas_and_loses_nothing() -> None:
    prompt = "lowres, bad anatomy,bad hands"
    assert plain_condition(prompt) == Condition((), ("lowres,", "bad anatomy,", "bad hands"), None)
    assert plain_condition(" ") == Condition((), (), None)


def test_of_too_many_bags_every_condition_keeps_some_and_the_longest_lose() -> None:
    split: list[list[Bag]] = [[("all",)], [("a", str(i)) for i in range(5)], [("b", str(i)) for i in range(2)]]
    kept, lost = bounded(split, 6)
    assert [len(packed) for packed in kept] == [1, 3, 2]
    assert lost == ("3", "4")
    assert bounded(split, 8) == (tuple(tuple(packed) for packed in split), ())
    assert [len(packed) for packed in bounded(split, 2)[0]] == [1, 1, 1], "one of each at least"

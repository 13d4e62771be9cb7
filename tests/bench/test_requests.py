"""The benchmark of first requests: what counts as right, and the first few of its file with the bundled models."""

from __future__ import annotations

from omost_pipeline.bench.requests import Request, left_over, requests, run, summed


def test_each_thing_needs_a_region_of_its_own() -> None:
    assert left_over(("dog", "red ball"), ("A brown dog.", "A red ball.")) == 0
    assert left_over(("dog",), ("A brown dog.", "A red ball.")) == 1
    assert left_over(("dog", "dog"), ("A brown dog.", "A red ball.")) is None
    assert left_over(("dog", "brown dog"), ("A brown dog.", "A black dog.")) == 0
    assert left_over(("red ball",), ("A blue ball.",)) is None
    assert left_over((), ()) == 0


def test_what_is_missed_is_told() -> None:
    found = summed([(Request("a dog", ("dog",)), ["A cat."]), (Request("a cat", ("cat",)), ["A cat.", "A dog."])])
    assert (found["requests"], found["right"], found["exact"]) == (2, 0.5, 0.0)
    assert found["missed"] == [{"words": "a dog", "wanted": ["dog"], "found": ["A cat."]}]


def test_there_are_two_hundred_and_the_bundled_models_get_the_first_right() -> None:
    asked = [request.words for request in requests()]
    assert len(asked) == len(set(asked)) == 200
    assert run(first=6)["right"] == 1.0

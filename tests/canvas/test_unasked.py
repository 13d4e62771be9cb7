"""What an edit may change of what nobody named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.elements import NOTHING, Canvas, Correction, GlobalDescription, Region
from omost_pipeline.canvas.fields import MISSING
from omost_pipeline.canvas.unasked import without_unasked
from tests.canvas.test_round_trips import CANVASES

KNIGHT = Region("on the left", "no offset", "a medium-sized square area", 3.0, "A knight.", color="gray")
DRAGON = Region("on the right", "no offset", "a medium-sized square area", 5.0, "A dragon.", color="gray")
WOMAN = Region(
    "in the center", "no offset", "a small square area", 4.0, "A woman.", ("A long yellow dress.",), color="yellow"
)
CANVAS = Canvas(GlobalDescription("A green meadow under a blue sky.", color="lightskyblue"), (KNIGHT, DRAGON, WOMAN))


def green(region: Region) -> Region:
    return replace(region, color="green", description=region.description.replace("A ", "A green "))


GREEN = replace(CANVAS, regions=(green(KNIGHT), green(DRAGON), WOMAN))


def test_who_was_not_named_looks_as_before_and_it_is_noted() -> None:
    canvas, notes = without_unasked(CANVAS, GREEN, "make the dragon green")
    assert canvas.regions == (KNIGHT, green(DRAGON), WOMAN)
    assert notes == (Correction(0, "description", "A green knight", "A knight"),)
    painted = replace(CANVAS, regions=(replace(KNIGHT, color="green"), green(DRAGON), WOMAN))
    assert without_unasked(CANVAS, painted, "make the dragon green")[1] == (Correction(0, "color", "green", "gray"),)


def test_where_it_stands_now_may_follow_from_what_was_asked() -> None:
    aside = replace(green(KNIGHT), location="on the top-left", distance_to_viewer=7.0)
    bigger = replace(DRAGON, area="a large square area")
    canvas, _ = without_unasked(CANVAS, replace(CANVAS, regions=(aside, bigger, WOMAN)), "make the dragon bigger")
    assert canvas.regions == (replace(KNIGHT, location="on the top-left", distance_to_viewer=7.0), bigger, WOMAN)


def test_with_something_new_what_was_there_looks_as_before() -> None:
    tree = replace(DRAGON, description="A green tree.", color="green", location="on the top")
    after = replace(CANVAS, regions=(green(KNIGHT), DRAGON, WOMAN, tree))
    assert without_unasked(CANVAS, after, "add a green tree at the top")[0].regions == (*CANVAS.regions, tree)


def test_what_went_with_what_was_to_go_stays() -> None:
    dog = replace(WOMAN, description="A dog.", location="on the bottom", detailed_descriptions=(), color="gray")
    before = replace(CANVAS, regions=(dog, DRAGON, KNIGHT, WOMAN))
    after = replace(CANVAS, regions=(dog, WOMAN, WOMAN))
    canvas, [twin, note] = without_unasked(before, after, "the picture doesn't need the dragon")
    assert canvas.regions == (dog, KNIGHT, WOMAN)
    assert (note.wrong, note.right) == (MISSING, "A knight")
    assert (twin.wrong, twin.right) == ("A woman", NOTHING)


@pytest.mark.parametrize(
    "words",
    [
        "make the knight and the dragon green",
        "make both green",
        "everything green, the dragon first",
        "make the dragon green. The rest, too.",
        "make the dragon and the warrior green",  # who may be the knight
        "the dragon is green like the knight",
        "make it green, and the dragon",
        "make them green",
        "let the hero be green",
        "mach den Drachen grün",
        "rends le dragon vert et le chevalier aussi",
        "把龙变成绿色",
        "",
    ],
)
def test_what_may_have_been_meant_is_left_as_the_model_wrote_it(words: str) -> None:
    assert without_unasked(CANVAS, GREEN, words) == (GREEN, ())


def test_whatever_a_thing_is_described_with_names_it() -> None:
    red = replace(WOMAN, color="red", detailed_descriptions=("A long red dress.",))
    after = replace(CANVAS, regions=(KNIGHT, green(DRAGON), red))
    assert without_unasked(CANVAS, after, "make the dragon green and the dress red") == (after, ())


@pytest.mark.slow
@given(CANVASES, CANVASES, st.text(max_size=40))
def test_any_canvases_and_words_give_things_where_they_are_now(before: Canvas, after: Canvas, words: str) -> None:
    canvas, notes = without_unasked(before, after, words)
    stand = {(each.box, each.distance_to_viewer) for each in canvas.regions}
    assert stand >= {(each.box, each.distance_to_viewer) for each in after.regions}
    assert canvas.scene == after.scene
    assert bool(notes) <= (canvas != after)
    assert without_unasked(after, after, words) == (after, ())

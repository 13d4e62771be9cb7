"""What changed between two canvases: by what things are, not by their order, without the words that merely follow."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.difference import ChangeKind, Difference, RegionChange, difference
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, colored, in_names, placed_at
from omost_pipeline.canvas.free import carry_free
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.canvas.wording import head_of
from omost_pipeline.world.dialogues import IN_WORLD, converse
from tests.canvas.test_round_trips import CANVASES, FREE_CANVASES
from tests.places import TRANSCRIPTS

MEADOW = GlobalDescription("A meadow.", ("The grass is high.",), "meadow, grass", "green")
HOUSE = Region(
    "on the left", "no offset", "a small square area", 5.0, "A red house.", ("Red walls.",), "house, red", color="red"
)
DOG = Region(
    "on the right",
    "no offset",
    "a small square area",
    2.0,
    "A brown dog.",
    ("It looks at the red house.",),
    color="brown",
)
BALL = Region("on the bottom", "no offset", "a small square area", 1.0, "A ball.", color="blue")
CANVAS = Canvas(MEADOW, (HOUSE, DOG))


def kinds(before: Canvas, after: Canvas) -> dict[str, set[str]]:
    """The changed things by what they are called now, or were."""
    found = difference(before, after).changed
    return {(each.after or each.before or BALL).description: {str(kind) for kind in each.kinds} for each in found}


def changed(region: Region, **values: object) -> Canvas:
    """The canvas with the house changed."""
    return Canvas(MEADOW, (replace(region, **values), DOG))  # type: ignore[arg-type]  # the tests give sound values


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (changed(HOUSE, color="blue"), {"recolored"}),
        (
            changed(HOUSE, color="blue", description="A blue house.", detailed_descriptions=("Blue walls.",)),
            {"recolored"},
        ),
        (changed(HOUSE, location="in the center"), {"moved"}),
        (changed(HOUSE, offset="slightly to the right"), {"moved"}),
        (changed(HOUSE, area="a large square area"), {"resized"}),
        (changed(HOUSE, distance_to_viewer=1.0), {"nearer"}),
        (changed(HOUSE, distance_to_viewer=9.0), {"farther"}),
        (changed(HOUSE, detailed_descriptions=("Red walls.", "Smoke rises.")), {"redescribed"}),
        (changed(HOUSE, description="A stone castle.", tags="castle", detailed_descriptions=()), {"redescribed"}),
        (changed(placed_at(HOUSE, Box(0, 15, 40, 65))), {"moved"}),
        (changed(placed_at(HOUSE, Box(0, 15, 35.5, 65))), {"moved", "resized"}),
        (changed(colored(HOUSE, (254, 0, 0))), {"recolored"}),
    ],
)
def test_each_change_has_its_name_and_everything_else_is_unchanged(after: Canvas, expected: set[str]) -> None:
    assert list(kinds(CANVAS, after).values()) == [expected]
    assert not difference(CANVAS, after).scene


def test_what_comes_and_goes_is_told() -> None:
    more = Canvas(MEADOW, (BALL, *CANVAS.regions))
    assert difference(CANVAS, more).changed == (RegionChange(None, BALL, frozenset({ChangeKind.ADDED})),)
    assert difference(more, CANVAS).changed == (RegionChange(BALL, None, frozenset({ChangeKind.REMOVED})),)


def test_another_scene_is_told_and_a_reworded_one_that_names_the_change_is_not() -> None:
    assert difference(CANVAS, replace(CANVAS, scene=replace(MEADOW, color="lightgreen"))).scene
    assert difference(CANVAS, replace(CANVAS, scene=GlobalDescription("A beach.", color="green"))).scene
    renamed = Canvas(
        replace(MEADOW, description="A meadow with a castle.", tags="meadow, grass, castle"),
        (
            replace(HOUSE, description="A castle.", detailed_descriptions=("Tall towers.",), tags="castle"),
            replace(DOG, detailed_descriptions=("It looks at the castle.",)),
        ),
    )
    assert kinds(CANVAS, renamed) == {"A castle.": {"redescribed"}}
    assert not difference(CANVAS, renamed).scene


def test_a_new_name_does_not_hide_what_else_is_new() -> None:
    renamed = changed(HOUSE, description="A castle.", detailed_descriptions=(), tags="castle")
    also = replace(renamed, regions=(renamed.regions[0], replace(DOG, detailed_descriptions=("It wears a hat.",))))
    assert set(kinds(CANVAS, also)) == {"A castle.", "A brown dog."}


def test_of_things_called_alike_the_one_that_moved_is_found() -> None:
    balls = [replace(BALL, location=place) for place in ("on the left", "on the right", "on the top")]
    moved = replace(balls[1], location="in the center")
    found = difference(Canvas(MEADOW, tuple(balls)), Canvas(MEADOW, (moved, balls[2], balls[0])))
    assert found.changed == (RegionChange(balls[1], moved, frozenset({ChangeKind.MOVED})),)


@pytest.mark.parametrize(
    ("description", "head"),
    [
        ("A mighty dragon.", "dragon"),
        ("A group of fierce warriors.", "warrior"),
        ("A stormy sky with flashes of lightning", "sky"),
        ("A clown entertaining the children.", "clown"),
        ("A big flying bird", "bird"),
        ("A cat sleeping", "cat"),
        ("The king's red chair", "chair"),
        ("", ""),
    ],
)
def test_the_thing_in_a_description(description: str, head: str) -> None:
    assert head_of(description) == head


def test_in_a_recorded_conversation_only_what_was_named_changed() -> None:
    path = TRANSCRIPTS / "dragon.json"
    if not path.exists():
        pytest.skip("no transcripts beside this checkout")
    first, second = (parse_canvas(turn["assistant"]).canvas for turn in json.loads(path.read_text("utf-8"))["turns"])
    for before, after in ((first, second), (second, first)):
        found = difference(before, after)
        assert not found.scene
        assert [after.regions.index(each.after or BALL) for each in found.changed] == [1]
        assert found.changed[0].kinds == {ChangeKind.REDESCRIBED}


EXPECTED: dict[str, set[frozenset[str]]] = {
    "add": {frozenset({"added"})},
    "remove": {frozenset({"removed"})},
    "recolor": {frozenset({"recolored"})},
    "resize": {frozenset({"resized"})},
    "move": {
        frozenset(kinds) for kinds in ({"moved"}, {"nearer"}, {"farther"}, {"moved", "nearer"}, {"moved", "farther"})
    },
    "background": {frozenset({"scene"})},
}


@pytest.mark.slow
def test_in_the_bundled_composers_world_each_edit_is_what_it_is_called() -> None:
    rng = random.Random(5)
    seen: Counter[str] = Counter()
    for _ in range(150):
        conversation = converse(rng, IN_WORLD)
        for before, after in pairwise(conversation):
            found = difference(before.canvas, after.canvas)
            assert found.nothing == (
                Counter(before.canvas.regions) == Counter(after.canvas.regions) and not found.scene
            )
            said = frozenset(str(kind) for each in found.changed for kind in each.kinds)
            said |= {"scene"} if found.scene else set()
            if after.kind in EXPECTED and said:
                seen[after.kind] += 1
                assert said in EXPECTED[after.kind], (after.words, said)
    assert min(seen[kind] for kind in EXPECTED) > 5


ANY = CANVASES | FREE_CANVASES


@pytest.mark.slow
@given(ANY, st.randoms(use_true_random=False))
def test_what_is_equal_is_unchanged_in_any_order(canvas: Canvas, dice: random.Random) -> None:
    shuffled = Canvas(canvas.scene, tuple(dice.sample(canvas.regions, len(canvas.regions))))
    assert difference(canvas, shuffled).nothing
    assert len(difference(canvas, shuffled).regions) == len(canvas.regions)


_MIRRORED = {
    ChangeKind.ADDED: ChangeKind.REMOVED,
    ChangeKind.REMOVED: ChangeKind.ADDED,
    ChangeKind.NEARER: ChangeKind.FARTHER,
    ChangeKind.FARTHER: ChangeKind.NEARER,
}


def mirrored(found: Difference) -> tuple[bool, Counter[RegionChange]]:
    turned = (
        RegionChange(each.after, each.before, frozenset(_MIRRORED.get(kind, kind) for kind in each.kinds))
        for each in found.regions
    )
    return found.scene, Counter(turned)


@pytest.mark.slow
@given(ANY, ANY, st.randoms(use_true_random=False))
def test_neither_the_order_of_regions_nor_that_of_comparing_matters(
    one: Canvas, other: Canvas, dice: random.Random
) -> None:
    found = difference(one, other)
    first = Canvas(one.scene, tuple(dice.sample(one.regions, len(one.regions))))
    second = Canvas(other.scene, tuple(dice.sample(other.regions, len(other.regions))))
    assert Counter(difference(first, second).regions) == Counter(found.regions)
    assert mirrored(difference(other, one)) == (found.scene, Counter(found.regions))


@pytest.mark.slow
@given(FREE_CANVASES)
def test_what_a_model_leaves_as_it_was_keeps_its_free_box_and_colour(canvas: Canvas) -> None:
    assert carry_free(canvas, in_names(canvas)) == canvas


def test_what_a_model_moves_or_recolours_loses_them() -> None:
    free = colored(placed_at(HOUSE, Box(1, 20, 34, 66)), (250, 1, 1))
    told = in_names(Canvas(MEADOW, (free,)))
    moved = replace(told, regions=(replace(told.regions[0], location="on the right"),))
    recolored = replace(told, regions=(replace(told.regions[0], color="blue"),))
    assert carry_free(Canvas(MEADOW, (free,)), moved).regions[0].free_box is None
    shape = "vertical" if "vertical" not in free.area else "square"
    area = " ".join([*free.area.split()[:-2], shape, "area"])
    shaped = replace(told, regions=(replace(told.regions[0], area=area),))
    assert carry_free(Canvas(MEADOW, (free,)), shaped).regions[0].area == area, "that was asked for"
    both = replace(shaped, regions=(replace(shaped.regions[0], color="blue"),))
    assert carry_free(Canvas(MEADOW, (free,)), both).regions[0].free_box == free.free_box, "that was not"
    assert carry_free(Canvas(MEADOW, (free,)), moved).regions[0].free_rgb == (250, 1, 1)
    assert carry_free(Canvas(MEADOW, (free,)), recolored).regions[0].box == free.box
    assert carry_free(Canvas(MEADOW, (free,)), recolored).regions[0].rgb == (0, 0, 255)


@pytest.mark.parametrize("changes", [{"negative": "rain"}, {"method": "bounded"}, {"strength": 0.5}])
def test_what_is_held_otherwise_is_drawn_anew(changes: dict[str, Any]) -> None:
    canvas = Canvas(MEADOW, (HOUSE,))
    (change,) = difference(canvas, replace(canvas, regions=(replace(HOUSE, **changes),))).regions
    assert change.kinds == {ChangeKind.REDESCRIBED}
    assert difference(canvas, replace(canvas, scene=replace(MEADOW, **changes))).scene

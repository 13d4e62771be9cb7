"""Canvases of the ComfyUI port: written, read back, and read as its users have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.comfyui import canvas_to_comfyui, read_comfyui
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, colored, placed_at, sub_prompt
from omost_pipeline.canvas.files import read_canvas, write_canvas
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, LOCATIONS, OFFSETS, Box, box
from omost_pipeline.errors import CanvasError
from omost_pipeline.renderer.subprompts import conditions

THEIRS: list[dict[str, Any]] = [
    {"rect": [0, 90, 0, 90], "prefixes": ["A harbour."], "suffixes": ["Gulls.", "sea, port"], "color": [211, 211, 211]},
    {
        "color": [173, 216, 230],
        "rect": [20, 70, 5, 85],
        "prefixes": ["A harbour.", "A ferry."],
        "suffixes": ["It is white.", "ferry, ship"],
    },
    {"color": [100, 1, 1], "rect": [0, 41, 0, 40], "prefixes": ["A harbour.", "A crane."], "suffixes": []},
]
"""As the port itself writes: without distances, the far ones first."""


def changed(number: int, **values: object) -> str:
    entries = [{**entry, **(values if at == number else {})} for at, entry in enumerate(THEIRS)]
    return json.dumps(entries)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
edges = st.integers(0, 90) | st.floats(0, 90, allow_subnormal=False)
spans = st.tuples(edges, edges).filter(lambda ends: ends[0] != ends[1]).map(sorted)
boxes = st.builds(lambda across, down: Box(across[0], down[0], across[1], down[1]), spans, spans).filter(
    lambda place: max(place.right, place.bottom) > 1  # specks within the first cell are taken for parts of 1
)
rgbs = st.tuples(*[st.integers(0, 255)] * 3)
named = st.builds(
    Region,
    location=st.sampled_from(sorted(LOCATIONS)),
    offset=st.sampled_from(sorted(OFFSETS)),
    area=st.sampled_from(sorted(AREAS)),
    distance_to_viewer=st.floats(0.1, 100),
    description=texts,
    detailed_descriptions=st.lists(texts, max_size=2).map(tuple),
    tags=texts,
    style=texts,
    color=st.sampled_from(sorted(COLORS)),
)
regions = named | st.builds(lambda region, rgb, place: colored(placed_at(region, place), rgb), named, rgbs, boxes)
scenes = st.builds(GlobalDescription, description=texts, tags=texts, color=st.sampled_from(sorted(COLORS)))
canvases = st.builds(Canvas, scenes, st.lists(regions, max_size=3).map(tuple))


@pytest.mark.slow
@given(canvases)
def test_what_is_written_reads_back_to_the_same_picture(canvas: Canvas) -> None:
    back, corrections = read_comfyui(canvas_to_comfyui(canvas))
    far_first = Canvas(canvas.scene, canvas.far_to_near())
    assert corrections == ()
    assert [region.box for region in back.regions] == [region.box for region in far_first.regions]
    assert [region.rgb for region in back.regions] == [region.rgb for region in far_first.regions]
    assert back.far_to_near() == back.regions
    if sub_prompt(canvas.scene.description):
        assert conditions(back) == conditions(far_first), "the renderer is told the same"
    assert json.loads(canvas_to_comfyui(back)) == json.loads(canvas_to_comfyui(canvas))


def test_the_ports_own_files_are_read_with_the_nearest_names() -> None:
    canvas, corrections = read_comfyui(json.dumps(THEIRS))
    assert canvas.scene == GlobalDescription("A harbour.", ("Gulls.", "sea, port"), "", "lightgray")
    ferry, crane = canvas.regions
    assert (ferry.description, ferry.detailed_descriptions) == ("A ferry.", ("It is white.", "ferry, ship"))
    assert (ferry.location, ferry.offset, ferry.area) == (
        "in the center",
        "no offset",
        "a medium-sized horizontal area",
    )
    assert (ferry.color, crane.color) == ("lightblue", "maroon")
    assert ferry.distance_to_viewer > crane.distance_to_viewer
    assert crane.box == Box(0, 0, 40, 41)
    assert (ferry.rgb, crane.rgb) == ((173, 216, 230), (100, 1, 1))
    assert box(crane.location, crane.offset, crane.area) == Box(0, 0, 40, 40), "the nearest names stand beside it"
    assert corrections == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "line 1: this is not JSON"),
        ("[]", "it must be a list that begins with the global entry"),
        ("[7]", r"\[0\] is 7; it must be a JSON object"),
        (changed(1, rect=[0, 90, 0]), r"\[1\]\.rect is \[0, 90, 0\]; it must be \[top, bottom, left, right\]"),
        (changed(1, rect=[50, 20, 0, 90]), r"\[1\]\.rect is \[50, 20, 0, 90\]"),
        (
            changed(1, rect=[0, 91, 0, 90]),
            r"\[1\]\.rect is \[0, 91, 0, 90\]; it must be .* with numbers from 0 to 90\.",
        ),
        (changed(2, color=[0, 0]), r"\[2\]\.color is \[0, 0\]; it must be three numbers from 0 to 255, or a name"),
        (changed(2, color={}), r"\[2\]\.color is \{\}; write a colour's name"),
        (changed(2, color=[0, 0, 256]), r"\[2\]\.color is \[0, 0, 256\]"),
        (changed(0, prefixes="A harbour."), r"\[0\]\.prefixes is A harbour\.; it must be a list of texts"),
        (changed(1, suffixes=[1]), r"\[1\]\.suffixes is \[1\]"),
        (changed(1, distance_to_viewer=[]), r"\[1\]\.distance_to_viewer is \[\]; write a number above zero"),
        ("[" * 100_000, "this JSON cannot be read|this is not JSON"),
        ("[" + " " * 600_000, "has 600001 characters"),
    ],
)
def test_bad_lists_are_refused_by_key_and_value(text: str, message: str) -> None:
    with pytest.raises(CanvasError, match=message):
        read_comfyui(text)


def test_of_too_many_regions_the_nearest_are_kept_and_the_others_told() -> None:
    far_first = [{**THEIRS[1], "prefixes": [f"Ship {number}."]} for number in range(35)]
    canvas, corrections = read_comfyui(json.dumps([THEIRS[0], *far_first]))
    assert [region.description for region in canvas.regions] == [f"Ship {number}." for number in range(3, 35)]
    assert [(each.field, each.right) for each in corrections] == [(f"[{number}]", "nothing") for number in (1, 2, 3)]


@pytest.mark.parametrize("whole", [90, 1, None])
def test_rectangles_as_parts_of_one_are_no_specks_and_that_is_told(whole: int | None) -> None:
    parts = [{**THEIRS[1], "rect": [0.1, 0.5, 0, 1]}, {**THEIRS[2], "rect": [0, 1 / 3, 0.25, 0.75]}]
    scene = {**THEIRS[0], "rect": [0, whole, 0, whole]} if whole else {**THEIRS[0], "rect": None}
    canvas, corrections = read_comfyui(json.dumps([scene, *parts]))
    assert [region.box for region in canvas.regions] == [Box(0, 9, 90, 45), Box(22.5, 0, 67.5, 30)]
    assert [each.right for each in corrections] == [
        "0 to 90 across and 9 to 45 down, of 90",
        "22.5 to 67.5 across and 0 to 30 down, of 90",
    ]


def test_a_missing_colour_is_the_usual_one_and_told() -> None:
    canvas, corrections = read_comfyui(changed(0, color=None))
    assert canvas.scene.rgb == GlobalDescription("x").rgb
    assert [each.field for each in corrections] == ["[0].color"]


def test_a_missing_key_is_named() -> None:
    with pytest.raises(CanvasError, match=r"\[1\]\.rect is missing"):
        read_comfyui(json.dumps([THEIRS[0], {"color": [0, 0, 0]}]))


def test_files_of_both_forms_are_told_apart(tmp_path: Path) -> None:
    canvas, _ = read_comfyui(canvas_to_comfyui(read_comfyui(json.dumps(THEIRS))[0]))
    for name in ("a.py", "a.json", "a.comfyui.json"):
        write_canvas(canvas, tmp_path / name)
        assert read_canvas(tmp_path / name).canvas == canvas


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    canvas, _ = read_comfyui(json.dumps(THEIRS))
    with pytest.raises(CanvasError, match=r"a\.txt ends in '\.txt'; .* ends in .*\.comfyui\.json, \.json or \.py"):
        write_canvas(canvas, tmp_path / "a.txt")
    with pytest.raises(CanvasError, match=r"none.a\.py cannot be written"):
        write_canvas(canvas, tmp_path / "none" / "a.py")

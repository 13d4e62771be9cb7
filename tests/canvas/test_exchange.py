"""Ideogram's captions, FIBO's prompts and ComfyUI's box lists: boxes there and back, and what is lost is told."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, colored, placed_at
from omost_pipeline.canvas.exchange.fibo import canvas_to_fibo
from omost_pipeline.canvas.exchange.ideogram import canvas_to_elements, canvas_to_ideogram
from omost_pipeline.canvas.exchange.losses import Loss
from omost_pipeline.canvas.exchange.pixel_boxes import read_pixel_boxes
from omost_pipeline.canvas.fields import MAX_REGIONS
from omost_pipeline.canvas.files import parse_file, write_canvas
from omost_pipeline.canvas.other_json import read_other
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, LOCATIONS, OFFSETS, Box
from omost_pipeline.errors import CanvasError

CAPTION: dict[str, Any] = {
    "high_level_description": "A harbour at dusk.",
    "style_description": {
        "aesthetics": "calm, wide",
        "lighting": "last light",
        "medium": "painting",
        "art_style": "gouache",
        "color_palette": ["#335577", "#FFAA00"],
    },
    "compositional_deconstruction": {
        "background": "Low hills. A pale sky.",
        "elements": [
            {"type": "obj", "bbox": [222, 56, 778, 944], "desc": "A white ferry. Its windows are lit."},
            {"type": "text", "bbox": [40, 100, 130, 900], "text": "DEPARTURES", "desc": "Red neon.",
             "color_palette": ["#FF0000"]},
        ],
    },
}  # fmt: skip

FIBO: dict[str, Any] = {
    "short_description": "An owl on a branch at night.",
    "objects": [
        {"description": "A brown owl. It looks at the viewer.", "location": "center", "relationship": "On the branch.",
         "relative_size": "large within frame", "shape_and_color": "Round, brown.", "texture": "feathery",
         "appearance_details": "Big eyes.", "number_of_objects": 1, "orientation": "upright"},
        {"description": "A bare branch", "location": "bottom-right foreground", "relationship": "Carries the owl.",
         "relative_size": "medium", "shape_and_color": "Long and #4a3b2c", "texture": None,
         "appearance_details": "", "orientation": "horizontal"},
    ],
    "background_setting": "A dark forest.",
    "lighting": {"conditions": "moonlight", "direction": "from behind", "shadows": ""},
    "aesthetics": {"composition": "centered", "color_scheme": "dark blues", "mood_atmosphere": "silent",
                   "aesthetic_score": "very high"},
    "photographic_characteristics": {"depth_of_field": "shallow", "focus": "on the owl",
                                     "camera_angle": "eye-level", "lens_focal_length": "50mm"},
    "style_medium": "photograph",
    "text_render": [{"text": "HOOT", "location": "top", "size": "small", "color": "gold", "font": "serif",
                     "appearance_details": ""}],
    "context": "For a calendar.",
    "artistic_style": "realistic",
}  # fmt: skip

_WORDS = st.text("abcdefgh ,'\"é猫", min_size=1, max_size=12).map(str.strip).filter(bool)
_COLORED = st.builds(colored, st.just(GlobalDescription("A")), st.tuples(*[st.integers(0, 255)] * 3))


def _canvases(edges: st.SearchStrategy[float]) -> st.SearchStrategy[Canvas]:
    spans = st.tuples(edges, edges).filter(lambda ends: ends[0] != ends[1]).map(sorted)
    boxes = st.builds(lambda across, down: Box(across[0], down[0], across[1], down[1]), spans, spans)
    named = st.builds(
        Region,
        st.sampled_from(sorted(LOCATIONS)),
        st.sampled_from(sorted(OFFSETS)),
        st.sampled_from(sorted(AREAS)),
        st.floats(0.5, 50),
        _WORDS,
        st.lists(_WORDS, max_size=2).map(tuple),
        color=st.sampled_from(sorted(COLORS)),
    )
    free = st.builds(
        lambda region, place, rgb: colored(placed_at(region, place), rgb),
        named,
        boxes,
        st.tuples(*[st.integers(0, 255)] * 3),
    )
    scenes = st.builds(lambda scene, said: replace(scene, description=said), _COLORED, _WORDS)
    return st.builds(Canvas, scenes, st.lists(named | free, max_size=4).map(tuple))


def said(element: GlobalDescription | Region) -> str:
    return " ".join(f"{text.strip().rstrip('.')}." for text in (element.description, *element.detailed_descriptions))


@pytest.mark.slow
@settings(max_examples=30)
@given(_canvases(st.integers(0, 90)))
def test_boxes_of_whole_cells_go_to_ideogram_and_back_exactly(canvas: Canvas) -> None:
    written = canvas_to_ideogram(canvas)
    back, notes = read_other(json.loads(written.text))
    assert notes == ()
    assert set(written.losses) <= {Loss.ORDER}
    assert [region.box for region in back.regions] == [region.box for region in canvas.far_to_near()]
    assert [region.rgb for region in back.regions] == [region.rgb for region in canvas.far_to_near()]
    assert [said(region) for region in back.regions] == [said(region) for region in canvas.far_to_near()]
    assert (back.scene.rgb, said(back.scene)) == (canvas.scene.rgb, said(canvas.scene))
    assert back.far_to_near() == back.regions
    alone, _ = read_other(json.loads(canvas_to_elements(canvas).text)) if canvas.regions else (back, ())
    assert alone.regions == back.regions
    again = canvas_to_ideogram(back)
    assert (again.text, again.losses) == (written.text, ())


@pytest.mark.slow
@settings(max_examples=25)
@given(_canvases(st.floats(0, 90)))
def test_edges_between_cells_are_off_by_a_thousandth_at_most_and_told(canvas: Canvas) -> None:
    written = canvas_to_ideogram(canvas)
    back, _ = read_other(json.loads(written.text))
    boxes = [(one.box, other.box) for one, other in zip(canvas.far_to_near(), back.regions, strict=True)]
    assert (Loss.EDGES in written.losses) == any(one != other for one, other in boxes)
    for one, other in boxes:
        for side in ("left", "top", "right", "bottom"):
            slim = min(one.width, one.height) < 0.2
            assert abs(getattr(one, side) - getattr(other, side)) <= (0.2 if slim else 0.0901)


_BBOXES = st.tuples(st.integers(0, 999), st.integers(0, 999)).flatmap(
    lambda at: st.tuples(*map(st.just, at), *(st.integers(each + 1, 1000) for each in at)).map(list)
)


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(_BBOXES, min_size=1, max_size=5))
@example([[0, 0, 1, 1], [999, 999, 1000, 1000], [111, 333, 222, 334]])
def test_every_box_of_ideograms_comes_back_to_the_number(boxes: list[list[int]]) -> None:
    elements = [{"type": "obj", "bbox": box, "desc": f"Thing {n}"} for n, box in enumerate(boxes)]
    canvas, notes = read_other(elements)
    assert notes == ()
    again = canvas_to_elements(canvas)
    assert [each["bbox"] for each in json.loads(again.text)] == boxes
    assert again.losses == (Loss.SCENE,)


_PIXELS = st.tuples(st.integers(0, 900), st.integers(0, 600), st.integers(1, 300), st.integers(1, 200))


@given(st.lists(_PIXELS, min_size=1, max_size=5))
def test_boxes_in_pixels_are_read_to_the_pixel(boxes: list[tuple[int, int, int, int]]) -> None:
    listed = [
        {
            **dict(zip(("x", "y", "width", "height"), box, strict=True)),
            "metadata": {"type": "obj", "desc": f"Thing {n}"},
        }
        for n, box in enumerate(boxes)
    ]
    canvas, notes = read_pixel_boxes(listed, (1200, 800))
    assert notes == ()
    for (x, y, width, height), region in zip(boxes, canvas.regions, strict=True):
        place = region.box
        edges = [place.left * 1200 / 90, place.top * 800 / 90, place.right * 1200 / 90, place.bottom * 800 / 90]
        assert [round(edge) for edge in edges] == [x, y, x + width, y + height]


def test_a_caption_is_read_with_everything_that_a_canvas_can_say() -> None:
    canvas, notes = read_other(CAPTION)
    scene = canvas.scene
    assert (scene.description, scene.detailed_descriptions) == ("A harbour at dusk.", ("Low hills.", "A pale sky."))
    assert (scene.tags, scene.rgb) == ("calm, wide, last light, gouache, painting", (0x33, 0x55, 0x77))
    ferry, sign = canvas.regions
    assert (ferry.description, ferry.detailed_descriptions) == ("A white ferry.", ("Its windows are lit.",))
    assert ferry.box == Box(5, 20, 85, 70), "56 thousandths is the nearest number to five cells"
    assert (sign.description, sign.color) == ('Text "DEPARTURES"', "red")
    assert ferry.distance_to_viewer > sign.distance_to_viewer
    assert [(note.field, note.right) for note in notes] == [
        ("style_description", "tags of the scene"),
        ("style_description.color_palette", "#335577"),
    ]
    written = json.loads(canvas_to_ideogram(canvas).text)["compositional_deconstruction"]["elements"]
    assert written[1] == CAPTION["compositional_deconstruction"]["elements"][1]
    assert list(written[1]) == ["type", "bbox", "text", "desc", "color_palette"], "the order is part of the form"


@settings(max_examples=30)
@given(_canvases(st.integers(0, 90)))
def test_named_places_and_colours_go_to_fibo_and_back_exactly(canvas: Canvas) -> None:
    written = canvas_to_fibo(canvas)
    back, notes = read_other(json.loads(written.text))
    assert notes == () or all(note.field.endswith("color") for note in notes)
    assert (Loss.PLACES in written.losses) == any(region.free_box is not None for region in canvas.regions)
    expected = canvas.far_to_near()
    places = [(region.location, region.offset, region.area) for region in back.regions]
    assert places == [(region.location, region.offset, region.area) for region in expected]
    assert [region.rgb for region in back.regions] == [region.rgb for region in expected]
    assert [said(region) for region in back.regions] == [said(region) for region in expected]
    assert back.far_to_near() == back.regions
    assert back.scene.rgb == canvas.scene.rgb
    assert json.loads(canvas_to_fibo(back).text) == json.loads(written.text)


def test_fibos_own_words_are_read() -> None:
    canvas, notes = read_other(FIBO)
    by_name = {region.description: region for region in canvas.regions}
    owl, branch, writing = by_name["A brown owl."], by_name["A bare branch"], by_name['Text "HOOT"']
    assert (owl.location, owl.area, owl.color) == ("in the center", "a large square area", "brown")
    assert owl.detailed_descriptions[:2] == ("It looks at the viewer.", "Big eyes.")
    assert "Texture: feathery." in owl.detailed_descriptions
    assert (branch.location, branch.area) == ("on the bottom-right", "a medium-sized horizontal area")
    assert branch.free_rgb == (0x4A, 0x3B, 0x2C)
    assert branch.distance_to_viewer < owl.distance_to_viewer, "the foreground is before the rest"
    assert (writing.location, writing.area, writing.color) == ("on the top", "a small square area", "gold")
    assert {region.atmosphere for region in canvas.regions} == {"silent"}
    assert {region.style for region in canvas.regions} == {"realistic, photograph"}
    assert "Lighting: moonlight; from behind." in canvas.scene.detailed_descriptions
    assert notes == () or {note.field for note in notes} == {"objects[1].color"}


def test_a_box_node_of_a_workflow_is_a_canvas_with_its_size_and_words() -> None:
    box = {"x": 100, "y": 0, "width": 400, "height": 500, "metadata": {"type": "obj", "desc": "A cat", "palette": []}}
    prompt = {
        "4": {"class_type": "CreateBoundingBoxes", "inputs": {"width": 1000, "height": 500, "editor_state": [box]}},
        "5": {
            "class_type": "BuildJsonPromptIdeogram",
            "inputs": {"high_level_description": "A cat in a room", "background": "A blue wall.", "element": ["4", 2]},
        },
    }
    canvas, notes = read_other(prompt)
    assert notes == ()
    assert canvas.scene.description == "A cat in a room"
    assert canvas.scene.detailed_descriptions == ("A blue wall.",)
    assert canvas.regions[0].box == Box(9, 0, 45, 90)
    saved = {
        "nodes": [
            {"type": "CreateBoundingBoxes", "widgets_values": [1000, 500, [box], []]},
            {"type": "BuildJsonPromptIdeogram", "widgets_values": ["A cat in a room", "A blue wall.", "none"]},
        ],
        "links": [],
    }
    assert read_other(saved)[0] == canvas
    alone, told = read_other([[box]])
    assert alone.regions[0].box.top == 0
    assert [note.field for note in told] == ["size of the picture"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([{"x": 1, "y": 2, "width": 3, "height": 4}], "not what they are"),
        ([{"x": "a", "y": 2, "width": 3, "height": 4, "metadata": {"desc": "x"}}], r"\[0\] is .*numbers of pixels"),
        ({"compositional_deconstruction": {"elements": "none"}}, r"elements is none; it must be a list"),
        ({"compositional_deconstruction": {"elements": [7]}}, r"elements\[0\] is 7; it must be a JSON object"),
        ({"compositional_deconstruction": {"elements": [], "background": 5}}, "background is 5; it must be a text"),
        ({"short_description": "x", "objects": "y"}, "objects is y; it must be a list of objects"),
        ({"short_description": "x", "objects": [{"description": 3}]}, r"objects\[0\].description is 3"),
    ],
)
def test_what_means_nothing_is_refused_by_name(found: object, message: str) -> None:
    with pytest.raises(CanvasError, match=message):
        read_other(found)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "bbox", "desc", "text", "color_palette", "elements", "background", "description",
                         "location", "relative_size", "x", "y", "width", "height", "metadata"]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.slow
@given(_ANYTHING, _ANYTHING, _ANYTHING)
def test_anything_in_these_forms_is_a_canvas_or_a_sentence(one: object, two: object, three: object) -> None:
    for found in (
        {"compositional_deconstruction": {"elements": [one], "background": two}, "style_description": three},
        {"short_description": one, "objects": [two], "aesthetics": three, "text_render": [one]},
        [{"x": 0, "y": 0, "width": 5, "height": one, "metadata": two}],
        {"1": {"class_type": "CreateBoundingBoxes", "inputs": {"width": two, "height": 7, "editor_state": one}}},
    ):
        with suppress(CanvasError):
            canvas, _ = read_other(found)
            assert len(canvas.regions) <= MAX_REGIONS


def test_what_is_lost_is_told() -> None:
    region = replace(
        Region("in the center", "no offset", "a small square area", 7.5, "A cat.", tags="cat", negative="dog"),
        free_box=Box(1.03, 2, 30, 40),
    )
    canvas = Canvas(GlobalDescription("A room."), (region, replace(region, atmosphere="calm")))
    assert canvas_to_ideogram(canvas).losses == (Loss.EDGES, Loss.ORDER, Loss.WORDS, Loss.HELD)
    assert canvas_to_fibo(canvas).losses == (Loss.PLACES, Loss.ORDER, Loss.WORDS, Loss.SHARED, Loss.HELD)
    assert canvas_to_elements(canvas).losses[-2:] == (Loss.SCENE, Loss.HELD)


@pytest.mark.parametrize("ending", [".ideogram.json", ".fibo.json", ".boxes.json"])
def test_files_are_written_by_their_ending_and_read_by_what_is_in_them(tmp_path: Path, ending: str) -> None:
    cat = Region("in the center", "no offset", "a small square area", 1.0, "A cat.")
    canvas = Canvas(GlobalDescription("A room."), (cat,))
    path = tmp_path / f"a{ending}"
    losses = write_canvas(canvas, path)
    assert losses == ((Loss.SCENE,) if "boxes" in ending else ())
    read = parse_file(path.name, path.read_bytes())
    assert read.canvas.regions == (cat,)
    wrapped = json.dumps({"seed": 1, "structured_prompt" if "fibo" in ending else "json_prompt": path.read_text()})
    if "boxes" not in ending:
        assert parse_file("answer.json", wrapped.encode()).canvas == read.canvas

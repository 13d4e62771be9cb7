"""Canvases in JSON of other programs and models, and clear words for what holds none."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_reply
from omost_pipeline.canvas.comfyui import canvas_to_comfyui, read_comfyui
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.files import parse_file
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.errors import CanvasError
from tests.canvas.test_round_trips import CANVASES, FREE_CANVASES

HOUSE = Region("on the left", "no offset", "a small square area", 2.0, "A red house.", ("Two windows.",), color="red")
SUN = Region("on the top-right", "no offset", "a small square area", 9.0, "A sun.", tags="sun", color="yellow")
MEADOW = Canvas(GlobalDescription("A meadow.", ("Grass.",), "meadow", "lightgreen"), (HOUSE, SUN))


def calls_fields(element: GlobalDescription | Region) -> dict[str, Any]:
    """An element under the names of the calls' arguments."""
    named = {key: value for key, value in asdict(element).items() if not key.startswith("free")}
    return {"HTML_web_color_name" if key == "color" else key: value for key, value in named.items()}


SCENE, REGIONS = calls_fields(MEADOW.scene), [calls_fields(region) for region in MEADOW.regions]


def tool_call(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": method, "arguments": json.dumps(arguments)}}


NODES = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["2", 0]}},
    "7": {"class_type": "OmostLoadCanvasPythonCodeNode", "inputs": {"python_str": canvas_to_code(MEADOW)}},
}
GRAPH = {
    "last_node_id": 3,
    "nodes": [{"id": 3, "type": "OmostLoadCanvasPythonCodeNode", "widgets_values": [canvas_to_reply(MEADOW)]}],
    "links": [],
}
FORMS: dict[str, Any] = {
    "global and local descriptions": {"global_description": SCENE, "local_descriptions": REGIONS},
    "under a canvas": {"canvas": {"global_description": SCENE, "local_descriptions": REGIONS}},
    "ours without a version": {"scene": asdict(MEADOW.scene), "regions": [asdict(region) for region in MEADOW.regions]},
    "the scene's fields beside the regions": {**SCENE, "elements": REGIONS},
    "a list of elements": [SCENE, *REGIONS],
    "methods": [
        {"method": "set_global_description", "arguments": SCENE},
        *({"method": "canvas.add_local_description", "params": region} for region in REGIONS),
    ],
    "calls with their arguments beside the name": [
        {"call": "set_global_description", **SCENE},
        *({"name": "add_local_description", **region} for region in REGIONS),
    ],
    "tool calls": [
        tool_call("set_global_description", SCENE),
        *(tool_call("add_local_description", region) for region in REGIONS),
    ],
    "a prompt of ComfyUI": NODES,
    "a request to ComfyUI": {"client_id": "x", "prompt": NODES},
    "a workflow of ComfyUI": GRAPH,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("name", ["a.json", "a.txt"])
def test_a_canvas_is_read_in_every_form(name: str, form: object) -> None:
    assert parse_file(name, json.dumps(form, indent=2).encode()) == ParsedCanvas(MEADOW)


REPLY = canvas_to_reply(MEADOW)
OURS = json.dumps({"scene": asdict(MEADOW.scene), "regions": [asdict(region) for region in MEADOW.regions]})
WRITTEN: dict[str, tuple[str, bytes]] = {
    "in a fence": ("a.md", f"Here:\n```json\n{OURS}\n```\n".encode()),
    "among words": ("a.txt", f"Here it is: {OURS} Enjoy!".encode()),
    "with last commas": ("a.json", OURS.replace("}]}", "},]}").encode()),
    "with comments": ("a.json", f'// a canvas\n{OURS} /* of "ours" */'.encode()),
    "as Python writes it": ("a.json", repr(json.loads(OURS)).encode()),
    "an element a line": ("a.json", "\n".join(json.dumps(each) for each in (SCENE, *REGIONS)).encode()),
    "as a text": ("a.json", json.dumps(OURS).encode()),
    "code as a text": ("a.json", json.dumps(canvas_to_code(MEADOW)).encode()),
    "in a server's answer": ("a.json", json.dumps({"choices": [{"message": {"content": REPLY}}]}).encode()),
    "as calls in a server's answer": (
        "a.json",
        json.dumps({"choices": [{"message": {"content": None, "tool_calls": FORMS["tool calls"]}}]}).encode(),
    ),
    "in a conversation": (
        "a.json",
        json.dumps([{"role": "user", "content": "a house"}, {"role": "assistant", "content": REPLY}]).encode(),
    ),
    "in a list of pairs": ("a.json", json.dumps([["a house", REPLY]]).encode()),
    "in a notebook": (
        "a.json",
        json.dumps({"cells": [{"source": ["# hi"]}, {"source": canvas_to_code(MEADOW).splitlines(True)}]}).encode(),
    ),
    "as Windows calls Unicode": ("a.json", OURS.encode("utf-16")),
    "without a mark of its bytes' order": ("a.py", canvas_to_code(MEADOW).encode("utf-16-be")),
    "behind thoughts with a broken draft": (
        "a.txt",
        f"<think>```python\ncanvas = Canvas()\ncanvas.set_global_description(x('y'))</think>{REPLY}".encode(),
    ),
    "under names in camel case": (
        "a.json",
        json.dumps(
            {
                "globalDescription": {name.replace("_d", "D"): value for name, value in SCENE.items()},
                "LocalDescriptions": [
                    {name.title().replace("_", ""): value for name, value in region.items()} for region in REGIONS
                ],
            }
        ).encode(),
    ),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_a_canvas_is_read_however_it_is_kept(way: str) -> None:
    assert parse_file(*WRITTEN[way]) == ParsedCanvas(MEADOW)


PLACED: dict[str, Any] = {
    "one region by itself": {
        "scene": "A meadow.",
        "add_local_description": {"name": "A house.", "bbox": [9, 27, 36, 45]},
    },
    "words and box": {
        "prompt": "A meadow.",
        "layout": [["A house.", [51.2, 153.6, 204.8, 256]]],
        "width": 512,
        "height": 512,
    },
    "box and words": {"caption": "A meadow.", "objects": [[[0.1, 0.3, 0.4, 0.5], "A house."]]},
    "a place under another name": {
        "scene": "A meadow.",
        "version": None,
        "regions": [{"name": "A house.", "mask": {"x": 0.1, "y": 0.3, "w": 0.4, "h": 0.5}}],
    },
}


@pytest.mark.parametrize("form", PLACED)
def test_a_place_is_read_beside_its_words_or_under_any_name(form: str) -> None:
    read = parse_file("a.json", json.dumps(PLACED[form]).encode()).canvas
    assert [(region.description, region.box) for region in read.regions] == [("A house.", Box(9, 27, 45, 72))]
    empty = {"global_description": "A meadow.", "local_descriptions": None}
    assert parse_file("a.json", json.dumps(empty).encode()).canvas.regions == ()


def conditions(change: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**entry, **{key: made(entry) for key, made in change.items()}} for entry in PORT]


PORT = json.loads(canvas_to_comfyui(MEADOW))
SIDES = ("top", "bottom", "left", "right")
COUNTED: dict[str, Any] = {
    "parts": conditions({"rect": lambda entry: [side / 90 for side in entry["rect"]]}),
    "pixels": conditions({"rect": lambda entry: [side * 10 for side in entry["rect"]]}),
    "per cent": conditions({"rect": lambda entry: [side / 0.9 for side in entry["rect"]]}),
    "by name": conditions({"rect": lambda entry: dict(zip(SIDES, entry["rect"], strict=True))}),
    "wrapped": {"initial_latent": None, "bag_of_conditions": PORT},
}


@pytest.mark.parametrize("unit", COUNTED)
def test_the_ports_rectangles_count_in_what_the_whole_picture_s_says(unit: str) -> None:
    read = parse_file("a.json", json.dumps(COUNTED[unit]).encode()).canvas
    expected = read_comfyui(canvas_to_comfyui(MEADOW))[0]
    assert [region.box for region in read.regions] == [region.box for region in expected.regions]
    assert read == expected


@pytest.mark.parametrize("color", ["red", "#ff0000"])
def test_the_ports_colours_may_have_names(color: str) -> None:
    read = parse_file("a.json", json.dumps(conditions({"color": lambda _: color})).encode()).canvas
    assert {region.rgb for region in read.regions} == {(255, 0, 0)}


@pytest.mark.parametrize(
    "form",
    [
        {"prompt": "A meadow.", "regions": [{"prompt": "A house.", "box": [0, 0, 0.5, 0.5]}]},
        {"caption": "A meadow.", "annotations": [{"label": "A house.", "bbox": [0, 0, 45, 45]}]},
        {"prompt": "A meadow.", "phrases": ["A house."], "boxes": [[0, 0, 0.5, 0.5]]},
        {
            "background": "A meadow.",
            "width": 1024,
            "height": 2048,
            "objects": [{"prompt": "A house.", "x": 0, "y": 0, "width": 512, "height": 1024}],
        },
    ],
    ids=["regions", "annotations", "phrases", "pixels of a known size"],
)
def test_layouts_of_other_programs_say_what_stands_where(form: dict[str, Any]) -> None:
    read = parse_file("a.json", json.dumps(form).encode()).canvas
    assert (read.scene.description, read.regions[0].description) == ("A meadow.", "A house.")
    assert read.regions[0].box == Box(0, 0, 45, 45)


def test_settings_of_another_program_are_no_canvas() -> None:
    with pytest.raises(CanvasError, match="its keys are prompt, negative_prompt, steps"):
        parse_file("a.json", json.dumps({"prompt": "a house", "negative_prompt": "bad", "steps": 20}).encode())


def test_a_workflow_with_the_ports_conditions_gives_their_canvas() -> None:
    conditions = canvas_to_comfyui(MEADOW)
    node = {"type": "OmostLoadCanvasConditioningNode", "widgets_values": [conditions]}
    found = parse_file("a.json", json.dumps({"nodes": [node], "links": []}).encode())
    assert found.canvas == read_comfyui(conditions)[0]


def test_of_two_canvases_in_a_workflow_the_first_is_taken_and_the_other_told() -> None:
    other = canvas_to_code(Canvas(GlobalDescription("A beach.")))
    nodes = [{"type": "x", "widgets_values": [canvas_to_code(MEADOW), other, canvas_to_code(MEADOW)]}]
    found = parse_file("a.json", json.dumps({"nodes": nodes, "links": []}).encode())
    assert found.canvas == MEADOW
    assert [(note.wrong, note.right) for note in found.corrections] == [("A beach.", "nothing")]


def test_loose_names_and_rectangles_are_read_and_what_means_nothing_is_told() -> None:
    form = {
        "background": "A meadow",
        "objects": [
            {"name": "A red house", "bbox": [0, 0, 512, 1024], "color": "#ff0000", "seed": 7},
            {"name": "A sun", "bbox": [512, 0, 512, 512]},
        ],
    }
    found = parse_file("a.json", json.dumps(form).encode())
    house, sun = found.canvas.regions
    assert (found.canvas.scene.description, house.description, sun.description) == ("A meadow", "A red house", "A sun")
    assert (house.box, house.color) == (Box(0, 0, 45, 90), "red")
    assert ("objects[0].seed", "7", "nothing") in [(each.field, each.wrong, each.right) for each in found.corrections]


@pytest.mark.slow
@given(CANVASES | FREE_CANVASES)
def test_any_canvas_is_read_under_other_names(canvas: Canvas) -> None:
    elements: list[GlobalDescription | Region] = [canvas.scene, *canvas.regions]
    scene, *regions = (
        {"HTML_web_color_name" if key == "color" else key: value for key, value in asdict(each).items()}
        for each in elements
    )
    form = {"global_description": scene, "local_descriptions": regions}
    assert parse_file("a.json", json.dumps(form).encode()) == ParsedCanvas(canvas)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["scene", "regions", "canvas", "nodes", "links", "bbox", "color", "description", "name"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused_by_name(found: object) -> None:
    with suppress(CanvasError):
        parse_file("a.json", json.dumps(found).encode())


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"nodes": [{"type": "KSampler"}], "links": []}, "ComfyUI workflow without a canvas in it"),
        ({"3": {"class_type": "KSampler", "inputs": {}}}, "ComfyUI workflow without a canvas in it"),
        (
            {"3": {"class_type": "x", "inputs": {"text": "canvas.set_global_description(description=open('x'))"}}},
            r"a canvas that cannot be read: line 1: 'open\('",
        ),
        ({"steps": 20, "sampler": "euler"}, "holds no canvas: its keys are steps, sampler. A canvas has a scene"),
        ({}, "holds no canvas: it is empty"),
        ("A meadow", "the JSON is A meadow; a canvas is an object or a list"),
        (7, "the JSON is 7"),
        ({"global_description": 7}, "global_description is 7; it must be a JSON object"),
        ({"global_description": SCENE, "local_descriptions": [7]}, r"local_descriptions\[0\] is 7"),
        ({"global_description": SCENE, "local_descriptions": [{"location": 5}]}, r"\[0\]\.location is 5"),
        ([tool_call("add_local_description", REGIONS[0])], "holds no set_global_description"),
        ({"version": 2, "scene": SCENE}, "version is 2; this program reads version 1"),
    ],
)
def test_what_holds_no_canvas_is_told_in_clear_words(found: object, message: str) -> None:
    with pytest.raises(CanvasError, match=message):
        parse_file("a.json", json.dumps(found).encode())


def test_a_list_of_regions_alone_asks_for_a_scene() -> None:
    regions = [
        {"description": "a cat", "location": "on the left"},
        {"description": "a dog", "location": "on the right"},
    ]
    with pytest.raises(CanvasError, match=r"has a place \(location\), so it is a region, and no scene is there"):
        parse_file("regions.json", json.dumps(regions).encode())
    scene = {"description": "a meadow"}
    assert parse_file("regions.json", json.dumps([scene, *regions]).encode()).canvas.scene.description == "a meadow"

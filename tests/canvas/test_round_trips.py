"""Canvas ↔ code and canvas ↔ JSON lose nothing, and the borders of pieces do not matter."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omost_pipeline.canvas.codec import (
    MAX_JSON,
    canvas_from_json,
    canvas_to_code,
    canvas_to_json,
    canvas_to_reply,
    read_json,
)
from omost_pipeline.canvas.elements import (
    Canvas,
    Correction,
    GlobalDescription,
    Region,
    colored,
    held_as,
    in_names,
    placed_at,
)
from omost_pipeline.canvas.fields import MAX_REGIONS
from omost_pipeline.canvas.free import carry_free
from omost_pipeline.canvas.keywords import HELD
from omost_pipeline.canvas.parser import CanvasReader, ParsedCanvas, parse_canvas
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, LOCATIONS, METHODS, OFFSETS, Box, MethodName, box
from omost_pipeline.errors import CanvasError

_AWKWARD = st.sampled_from(
    ["'", '"', "'\"", "\\", "\\'", "```", "\n```\n", "#", "''' \"\"\"", "\r\n", "\0", "\x85\u2028", "{x}", "猫"]
)
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | _AWKWARD, max_size=4).map("".join)
LISTS = st.lists(TEXTS, max_size=3).map(tuple)
DISTANCES = st.floats(min_value=0, exclude_min=True, allow_infinity=False, allow_nan=False)
COLOR_NAMES = st.sampled_from(sorted(COLORS))
SCENES = st.builds(GlobalDescription, TEXTS, LISTS, TEXTS, COLOR_NAMES)
REGIONS = st.builds(
    Region,
    st.sampled_from(sorted(LOCATIONS)),
    st.sampled_from(sorted(OFFSETS)),
    st.sampled_from(sorted(AREAS)),
    DISTANCES,
    TEXTS,
    LISTS,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    COLOR_NAMES,
)
_EDGES = st.integers(0, 90) | st.floats(0, 90)
BOXES = (
    st.tuples(_EDGES, _EDGES, _EDGES, _EDGES)
    .filter(lambda edges: edges[0] != edges[2] and edges[1] != edges[3])
    .map(lambda e: Box(min(e[0], e[2]), min(e[1], e[3]), max(e[0], e[2]), max(e[1], e[3])))
)
RGBS = st.tuples(*[st.integers(0, 255)] * 3)
FREE = st.builds(lambda region, place, rgb: colored(placed_at(region, place), rgb), REGIONS, BOXES, RGBS)
FREE_CANVASES = st.builds(
    lambda scene, rgb, regions: Canvas(colored(scene, rgb), tuple(regions)), SCENES, RGBS, st.lists(FREE, max_size=3)
)
CANVASES = st.builds(Canvas, SCENES, st.lists(REGIONS, max_size=3).map(tuple))

BALL = Region("on the left", "no offset", "a small square area", 2.0, "A ball that's red")
BEACH = Canvas(GlobalDescription("A beach", ("Sand.", 'It says "hi".'), "sand, sea", "skyblue"), (BALL,))
BEACH_CODE = """\
# Initialize the canvas
canvas = Canvas()

# Set a global description for the canvas
canvas.set_global_description(
    description='A beach',
    detailed_descriptions=[
        'Sand.',
        'It says "hi".',
    ],
    tags='sand, sea',
    HTML_web_color_name='skyblue',
)

# Add a ball that's red.
canvas.add_local_description(
    location='on the left',
    offset='no offset',
    area='a small square area',
    distance_to_viewer=2.0,
    description="A ball that's red",
    detailed_descriptions=[],
    tags='',
    atmosphere='',
    style='',
    quality_meta='',
    HTML_web_color_name='gray',
)
"""


def test_code_is_written_exactly_as_the_models_write_it() -> None:
    assert canvas_to_code(BEACH) == BEACH_CODE
    assert canvas_to_reply(BEACH) == f"```python\n{BEACH_CODE}```"


def test_quotes_are_double_where_an_apostrophe_stands_and_the_comment_stays_on_its_line() -> None:
    scene = GlobalDescription('It\'s "big"\nand\0 ```', tags='"quoted"')
    code = canvas_to_code(
        Canvas(scene, (Region("on the left", "no offset", "a small square area", 1.0, "A\n```\0b."),))
    )
    assert 'description="It\'s \\"big\\"\\nand\\x00 ```",' in code
    assert "tags='\"quoted\"'," in code
    assert "\n# Add a ``` b.\n" in code


@pytest.mark.parametrize(
    ("description", "color", "comment"),
    [
        ("A red cat.", "red", "a cat, red."),
        ("A red apple tree", "red", "an apple tree, red."),
        ("A dark blue house.", "darkblue", "a house, dark blue."),
        ("A red cat.", "blue", "a red cat."),
        ("An orange.", "orange", "an orange."),
        ("Red cats on a wall.", "red", "red cats on a wall."),
    ],
)
def test_the_comment_names_a_thing_before_its_color(description: str, color: str, comment: str) -> None:
    region = Region("on the left", "no offset", "a small square area", 1.0, description, color=color)
    assert f"\n# Add {comment}\n" in canvas_to_code(Canvas(GlobalDescription("A beach"), (region,)))


@example(replace(BEACH, regions=(replace(BALL, distance_to_viewer=1e-05),)))
@given(CANVASES)
def test_code_round_trips(canvas: Canvas) -> None:
    for text in (canvas_to_reply(canvas), canvas_to_code(canvas)):
        parsed = parse_canvas(text)
        assert parsed.canvas == canvas
        assert parsed.corrections == ()
        assert not parsed.cut


@given(CANVASES)
def test_json_round_trips(canvas: Canvas) -> None:
    assert read_json(canvas_to_json(canvas)) == (canvas, ())


@pytest.mark.slow
@given(FREE_CANVASES)
def test_any_box_and_any_colour_is_held_exactly_and_told_models_in_the_nearest_names(canvas: Canvas) -> None:
    assert parse_canvas(canvas_to_code(canvas)) == ParsedCanvas(canvas)
    assert read_json(canvas_to_json(canvas)) == (canvas, ())
    assert parse_canvas(canvas_to_reply(canvas)) == ParsedCanvas(in_names(canvas))
    for region in canvas.regions:
        near = _shared(region.box, box(region.location, region.offset, region.area))
        assert near == max(_shared(region.box, box(*names)) for names in product(LOCATIONS, OFFSETS, AREAS))


def _shared(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(across, 0) * max(down, 0)
    return shared / (other.width * other.height + one.width * one.height - shared)


def test_canvases_stored_before_there_were_free_boxes_are_read() -> None:
    region = {key: value for key, value in asdict(BALL).items() if not key.startswith("free")}
    scene = {key: value for key, value in asdict(BEACH.scene).items() if not key.startswith("free")}
    assert canvas_from_json(json.dumps({"version": 1, "scene": scene, "regions": [region]})) == BEACH


def test_of_too_many_regions_in_json_the_nearest_are_kept() -> None:
    many = [{**asdict(BALL), "distance_to_viewer": 1 + number} for number in range(MAX_REGIONS + 2)]
    canvas, corrections = read_json(_beach_with("regions", many[::-1]))
    assert [region.distance_to_viewer for region in canvas.regions] == list(range(MAX_REGIONS, 0, -1))
    assert [each.field for each in corrections] == ["regions[0]", "regions[1]"]


def _outcome(pieces: list[str]) -> object:
    reader = CanvasReader()
    completed = 0
    try:
        for piece in pieces:
            completed += reader.feed(piece)
        return reader.finish()
    except CanvasError as error:
        return reader.canvas, reader.corrections, str(error), error.line


@pytest.mark.slow
@given(CANVASES, st.data())
def test_pieces_give_what_the_whole_gives_even_if_the_reply_is_damaged(canvas: Canvas, data: st.DataObject) -> None:
    text = f"Sure!\r\n{canvas_to_reply(canvas)}\nBye.".replace("\n", data.draw(st.sampled_from(["\n", "\r\n", "\r"])))
    start, length = data.draw(st.integers(0, len(text))), data.draw(st.sampled_from([0, 0, 1, 1, 5, 10_000]))
    text = text[:start] + data.draw(st.sampled_from(["", "'", ")", "`", "\n", "\\"])) + text[start + length :]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = _outcome([text])
    assert _outcome(pieces) == whole
    assert _outcome(list(text)) == whole


@given(st.text(max_size=300), st.sampled_from(["", "```python\n", "canvas.set_global_description("]))
def test_no_text_raises_anything_but_a_canvas_error(text: str, before: str) -> None:
    _outcome([before + text])


def test_json_is_versioned_and_plain() -> None:
    whole = json.loads(canvas_to_json(BEACH))
    assert whole["version"] == 1
    expected = asdict(BEACH.scene) | {"detailed_descriptions": ["Sand.", 'It says "hi".']}
    assert whole["scene"] == {name: value for name, value in expected.items() if name not in HELD}, "nothing is said"
    assert whole["regions"][0]["distance_to_viewer"] == 2.0


def _beach_with(path: str, value: object) -> str:
    whole = json.loads(canvas_to_json(BEACH))
    *parents, last = path.split(".")
    target = whole
    for key in parents:
        target = target[int(key) if key.isdigit() else key]
    target[last] = value
    return json.dumps(whole)


def test_json_is_put_right_as_llm_text_is_and_the_path_is_recorded() -> None:
    canvas, corrections = read_json(_beach_with("regions.0.location", "Upper left"))
    assert canvas.regions[0].location == "on the top-left"
    assert corrections == (Correction(0, "regions[0].location", "Upper left", "on the top-left"),)
    assert canvas_from_json(_beach_with("scene.color", "#f00")).scene.color == "red"
    assert (
        canvas_from_json(_beach_with("regions.0.distance_to_viewer", float("nan"))).regions[0].distance_to_viewer == 1
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ('{"version": 1,\n "scene"', "line 2: this is not JSON"),
        ("[]", "the text is"),
        ('{"scene": {}}', "version is None"),
        (_beach_with("version", 2), "version is 2"),
        (_beach_with("scene", "A beach"), "scene is A beach; it must be a JSON object"),
        (_beach_with("scene.description", {"a": 1}), "scene.description is {'a': 1}"),
        (_beach_with("regions", {}), "regions is"),
        (_beach_with("regions", [{}, 5]), r"regions\[1\] is 5"),
        (_beach_with("regions.0.location", 5), r"regions\[0\].location is 5"),
        (
            _beach_with("regions.0.detailed_descriptions", [["a"], {"b": 1}]),
            r"regions\[0\].detailed_descriptions is {'b': 1}",
        ),
        ("[" * 100_000, "cannot be read"),
        ("9" * 10_000, "cannot be read"),
        ("1" * (MAX_JSON + 1), "524289 characters"),
    ],
)
def test_bad_json_is_refused_by_key(text: str, message: str) -> None:
    with pytest.raises(CanvasError, match=message):
        canvas_from_json(text)


HELD_VALUES = st.tuples(
    TEXTS.map(lambda text: " ".join(text.split())),
    st.none() | st.sampled_from(METHODS),
    st.none() | st.floats(0, 1, exclude_min=True),
)


@pytest.mark.slow
@given(SCENES, REGIONS, HELD_VALUES, HELD_VALUES)
def test_how_elements_are_held_comes_through_code_and_json(
    scene: GlobalDescription,
    region: Region,
    of_scene: tuple[str, MethodName | None, float | None],
    of_region: tuple[str, MethodName | None, float | None],
) -> None:
    of_its_own, whole = (
        GlobalDescription("", negative=negative, method=method, strength=strength)
        for negative, method, strength in (of_region, of_scene)
    )
    canvas = Canvas(held_as(scene, whole), (held_as(region, of_its_own),))
    assert canvas_from_json(canvas_to_json(canvas)) == canvas
    assert parse_canvas(canvas_to_code(canvas)).canvas == canvas
    assert in_names(canvas) == Canvas(scene, (region,)), "no language model is told"
    assert carry_free(canvas, in_names(canvas)) == canvas, "what it leaves is held as before"


@pytest.mark.parametrize(
    ("argument", "held", "corrected"),
    [
        ("negative_prompt='rain,\\n hail'", ("rain, hail", None, None), {"negative_prompt"}),
        ("method='Bounded'", ("", "bounded", None), set()),
        ("method='layers'", ("", None, None), {"method"}),
        ("weight=3", ("", None, 1.0), {"weight", "strength"}),
        ("strength='0.5'", ("", None, 0.5), {"strength"}),
        ("strength=0", ("", None, None), {"strength"}),
    ],
)
def test_what_means_nothing_for_holding_is_put_right_or_left_out_and_said(
    argument: str, held: tuple[object, ...], corrected: set[str]
) -> None:
    parsed = parse_canvas(canvas_to_code(BEACH).replace("    tags=", f"    {argument},\n    tags=", 1))
    scene = parsed.canvas.scene
    assert (scene.negative, scene.method, scene.strength) == held
    assert {note.field for note in parsed.corrections} == corrected

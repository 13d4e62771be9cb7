"""Canvases among other code, in several blocks, behind marks, in other keyboards' signs: read, and the rest is told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.parser import CanvasReader, ParsedCanvas, ReplyReader, parse_canvas
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.errors import CanvasError
from tests.canvas.reply_parts import BALL, START, START_CANVAS, region_with, whole_region
from tests.canvas.test_round_trips import CANVASES

CALL = f"canvas.add_local_description({whole_region()})\n"
WITH_BALL = Canvas(START_CANVAS.scene, (BALL,))
CODE = canvas_to_code(WITH_BALL)
DRAFT = START.replace("beach", "forest") + 3 * CALL


def read(text: str) -> ParsedCanvas:
    """What a reply says, whatever the size of its pieces."""
    whole = parse_canvas(text)
    reader = CanvasReader()
    for character in text:
        reader.feed(character)
    assert reader.finish() == whole
    return whole


FOREIGN = {
    "import before it": (f"from lib_omost.canvas import Canvas\n\n{CODE}", ["from lib_omost.canvas import Canvas"]),
    "calls behind it": (f"{CODE}print(canvas)\ncanvas.process()\n", ["print(canvas) and 1 more line"]),
    "a chained call": (f"{CODE.rstrip()}.process()\n", [".process()"]),
    "an assignment": (f"{CODE}outputs = canvas.process()['bag']\n", ["outputs = canvas.process()['bag']"]),
    "a loop": (f"{CODE}for each in range(3):\n    print(each)\n", ["for each in range(3): and 1 more line"]),
    "a value behind a call": (f"{CODE.rstrip()} or exit()\n", ["or exit()"]),
    "prose in the block": (f"{CODE}And so on, it's `done`\n", ["And so on, it's `done`"]),
    "a main block": (f"{CODE}if __name__ == '__main__':\n    main()\n", ["if __name__ == '__main__': and 1 more line"]),
    "an open bracket": (f"print((\n{CODE}", ["print(("]),
}


@pytest.mark.parametrize(("code", "left_out"), FOREIGN.values(), ids=FOREIGN.keys())
def test_other_code_is_left_out_and_told(code: str, left_out: list[str]) -> None:
    parsed = read(f"```python\n{code}```\nEnjoy!")
    assert parsed == ParsedCanvas(WITH_BALL, parsed.corrections)
    assert [(note.field, note.wrong, note.right) for note in parsed.corrections] == [
        ("code", wrong, "nothing") for wrong in left_out
    ]
    without_block = read(code)
    assert without_block.canvas == WITH_BALL
    assert {note.right for note in without_block.corrections} <= {"nothing"}, "some of it may be taken for prose"


def test_a_function_around_the_canvas_is_left_out() -> None:
    body = "".join(f"    {line}" for line in CODE.splitlines(keepends=True))
    parsed = read(f"```python\ndef build():\n{body}    return canvas\n```")
    assert parsed.canvas == WITH_BALL
    assert [note.wrong for note in parsed.corrections] == ["def build():", "return canvas"]


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace("canvas", "c").replace("# Initialize the c\n", ""),
        CODE.replace("canvas = Canvas()", "self.canvas = omost.Canvas()").replace("canvas.add", "self.canvas.add"),
        CODE.replace("canvas = Canvas()", "canvas: Canvas = Canvas(width=1024)"),
        CODE.replace("add_local_description", "add_local_descripton").replace("set_global", "setGlobal"),
    ],
)
def test_the_canvas_may_have_another_name_and_its_methods_small_slips(code: str) -> None:
    for text in (code, f"```python\n{code}```"):
        assert read(text).canvas == WITH_BALL


BLOCKS = {
    "scene and regions apart": f"First:\n```python\n{START}```\nThen the ball:\n```python\n{CALL}```",
    "each in its own": f"```py\ncanvas = Canvas()\n```\n```py\n{START.partition(chr(10))[2]}```\n```py\n{CALL}```",
    "a shell before": f"```bash\npip install omost\n```\n```python\n{CODE}```",
    "a text before": f"```text\nA beach with a ball\n```\n\n```python\n{CODE}```",
    "a use behind": f"```python\n{CODE}```\nUse it:\n```python\nimage = render(canvas, 'a.png')\n```",
    "a template behind": f"```python\n{CODE}```\nMore:\n```\ncanvas.add_local_description(location=..., area=f())\n```",
    "tildes": f"~~~python\n{CODE}~~~\nEnjoy!",
    "long fences": f"````python\n{CODE}````\nEnjoy!",
    "closed too early": f"```python\n{START}```\n\n{CALL}\nEnjoy!",
    "not closed before the next": f"```python\n{START}```python\n{CALL}```",
    "begun anew with the regions": f"```python\n{START}```\n```python\ncanvas = Canvas()\n{CALL}```",
    "a draft before": f"A draft:\n```python\n{DRAFT}```\nFinal:\n```python\n{CODE}```",
    "a draft in the same block": f"```python\n{DRAFT}{CODE}```",
    "named in a sentence behind": f"```python\n{CODE}```\ncanvas.add_local_description(...) puts the ball there.",
}


@pytest.mark.parametrize("text", BLOCKS.values(), ids=BLOCKS.keys())
def test_all_blocks_together_are_one_canvas_and_of_two_the_later_holds(text: str) -> None:
    parsed = read(text)
    assert parsed.canvas == WITH_BALL
    assert not parsed.cut


def test_a_draft_stays_if_the_reply_is_cut_before_the_canvas_after_it_has_a_region() -> None:
    text = f"```python\n{CODE}```\nBetter:\n```python\n{START.replace('beach', 'forest')}canvas.add_local"
    assert read(text).canvas == WITH_BALL
    assert read(text).cut


PREFIXES = {
    "shell": ("```python\n", ">>> ", "... "),
    "quotation": ("", "> ", "> "),
    "nested quotation": ("", "> > ", ">> "),
    "bar": ("", "| ", "| "),
    "patch": ("```diff\n", "+", "+"),
}


@pytest.mark.parametrize(("before", "first", "next_ones"), PREFIXES.values(), ids=PREFIXES.keys())
def test_marks_in_front_of_lines_are_taken_away(before: str, first: str, next_ones: str) -> None:
    text = CODE if before else f"```python\n{CODE}```\n"
    marked = "".join(
        f"{next_ones if re.match(r' |[)]', line) else first}{line}" for line in text.splitlines(keepends=True)
    )
    parsed = read(before + marked + "```" * bool(before))
    assert parsed == ParsedCanvas(WITH_BALL)


def test_numbers_in_front_of_lines_are_taken_away() -> None:
    for form in ("{} {}", "{:3}: {}", "{:3} | {}", "{}. {}", "{:6}\t{}", "{}:{}"):
        marked = "\n".join(form.format(number, line).rstrip() for number, line in enumerate(CODE.splitlines(), 1))
        assert read(f"```\n{marked}\n```").canvas == WITH_BALL


VALUES = {
    "full-width comma": ("description='A red ball.'，\ntags", "description='A red ball.',\ntags"),
    "full-width brackets": ("add_local_description（", "add_local_description("),
    "joined texts": ("'A ' + 'red ' + 'ball.'", "'A red ball.'"),
    "typographic quotes": ("“A red ball.”", "'A red ball.'"),
    "typographic single quotes": ("‘ball, red’", "'ball, red'"),
    "a list for a place": ("['on the left']", "'on the left'"),
    "a tuple for a place": ("('on the left',)", "'on the left'"),
    "numbers for a place": ("[15, 45]", "'on the left'"),
    "parts of one for a place": ("(0.2, 0.5)", "'on the left'"),
    "per cent for a place": ("'20% 50%'", "'on the left'"),
    "a sentence for a place": ("'It lies on the left side of the beach'", "'on the left'"),
    "an enum's name": ("Location.ON_THE_LEFT", "'on the left'"),
    "another language": ("'左侧'", "'on the left'"),
    "words without quotes": ("location=on the left", "location='on the left'"),
    "hyphens without quotes": ("area=small-square", "area='a small square area'"),
    "a fraction": ("5/2", "2.5"),
    "a decimal comma": ("'2,5'", "2.5"),
    "a fraction in quotes": ("'5/2'", "2.5"),
    "a product": ("0.5 * 5", "2.5"),
    "a prefix": ("u'Flat.'", "'Flat.'"),
    "a raw text": ("r'Flat.'", "'Flat.'"),
    "a template without holes": ("f'Flat.'", "'Flat.'"),
    "colons": ("style: 'Flat.'", "style='Flat.'"),
    "another name": ("color='crimson'", "HTML_web_color_name='crimson'"),
    "a name for what it is": ("name='A red ball.'", "description='A red ball.'"),
    "digits without quotes": ("=#dc143c", "='crimson'"),
    "digits as a number": ("=0xdc143c", "='crimson'"),
    "a function": ("=rgb(220, 20, 60)", "='crimson'"),
}


@pytest.mark.parametrize(("written", "meant"), VALUES.values(), ids=VALUES.keys())
def test_values_in_other_forms_are_read_as_what_they_mean(written: str, meant: str) -> None:
    sound = f"```python\n{START}canvas.add_local_description({whole_region()})\n```".replace(
        "description='A red ball.', detailed", "description='A red ball.',\ndetailed"
    ).replace("detailed_descriptions=[], tags", "tags")
    assert meant in sound.replace("'A red ball.',\ntags", "'A red ball.',\ntags")
    parsed = read(sound.replace(meant, written))
    assert parsed.canvas == WITH_BALL
    assert not parsed.cut


@pytest.mark.parametrize("written", ["0", "0.0", "False", "None", "[]", "[0, 0]", "'0'"])
def test_nothing_in_an_offsets_place_is_no_offset(written: str) -> None:
    assert read(region_with(whole_region(offset=written))).canvas.regions[0].offset == "no offset"


def test_values_that_other_code_has_named_are_looked_up() -> None:
    named = CODE.replace("'A red ball.'", "what", 1).replace("2.5", "far")
    assert "what" in named
    for before in ("what = 'A red ball.'\nfar = 5 / 2\n", "what: str = 'A red ' + 'ball.'\nfar = 2.5\n"):
        assert read(f"{before}{named}").canvas == WITH_BALL
        assert read(f"```python\n{before}{named}```").canvas == WITH_BALL
    with pytest.raises(CanvasError, match="distance_to_viewer is far"):
        parse_canvas(f"```python\nwhat = open('x').read()\n{named}```")


@pytest.mark.parametrize(
    ("said", "far"), [("far away", 10.0), ("in the background", 10.0), ("near", 1.0), ("远", 10.0)]
)
def test_distances_in_words(said: str, far: float) -> None:
    (region,) = read(region_with(whole_region(distance_to_viewer=f"'{said}'"))).canvas.regions
    assert region.distance_to_viewer == far


@pytest.mark.parametrize(
    ("said", "area"),
    [
        ("tall and narrow", "a medium-sized vertical area"),
        ("the whole picture", "a large square area"),
        ("一个中等大小的正方形区域", "a medium-sized square area"),
        ("一个大的水平区域", "a large horizontal area"),
    ],
)
def test_areas_in_words(said: str, area: str) -> None:
    assert read(region_with(whole_region(area=f"'{said}'"))).canvas.regions[0].area == area


def boxes(*written: str) -> list[Box]:
    calls = [f"canvas.add_local_description(name='A ball.', {each})\n" for each in written]
    parsed = read(f"```python\n{START}{''.join(calls)}```")
    assert {region.description for region in parsed.canvas.regions} == {"A ball."}
    return [region.box for region in parsed.canvas.regions]


def test_rectangles_are_held_exactly_in_whatever_they_count() -> None:
    assert boxes("bbox=[10, 20, 31, 42]") == [Box(10, 20, 41, 62)]
    assert boxes("bbox=(0.1, 0.5, 0.2, 0.5)") == [Box(9, 45, 27, 90)]
    assert boxes("bbox=[512, 0, 512, 1024]", "bbox=[0, 0, 256, 512]") == [Box(45, 0, 90, 90), Box(0, 0, 22.5, 45)]
    assert boxes("bbox=[0, 0, 100, 50]", "bbox=[50, 50, 50, 50]") == [Box(0, 0, 90, 45), Box(45, 45, 90, 90)]
    assert boxes("bbox=[60, 60, 90, 90]", "bbox=[0, 0, 45, 90]") == [Box(60, 60, 90, 90), Box(0, 0, 45, 90)]
    assert boxes("bbox={'x': 10, 'y': 20, 'width': 31, 'height': 42}") == [Box(10, 20, 41, 62)]
    assert boxes("bounding_box='10, 20, 31, 42'") == [Box(10, 20, 41, 62)]
    assert boxes("rect=(10, 20, 31, 42)") == [Box(10, 20, 41, 62)]
    assert boxes("x=10, y=20, w=31, h=42") == [Box(10, 20, 41, 62)]
    assert boxes("left=10, top=20, right=41, bottom=62") == [Box(10, 20, 41, 62)]
    assert boxes("xyxy=[10, 20, 41, 62]") == boxes("ltrb='10 20 41 62'") == [Box(10, 20, 41, 62)]
    assert boxes("bbox=[0, 512, 256, 512]") == [Box(0, 45, 22.5, 90)], "a picture is a square, if nothing says more"
    assert boxes("bbox=[0, 0, 672, 700]", "bbox=[0, 0, 1344, 768]") == [Box(0, 0, 45, 82.03125), Box(0, 0, 90, 90)]
    assert boxes("bbox=[80, 80, 20, 20]") == [Box(80, 80, 90, 90)]


def test_a_rectangle_shows_while_it_is_written_and_one_in_other_units_is_told() -> None:
    reader = CanvasReader()
    reader.feed(f"```python\n{START}canvas.add_local_description(bbox=[10, 20, 31, 42],\n")
    assert reader.outline is not None
    assert reader.outline.pending is not None
    assert reader.outline.pending.box == Box(10, 20, 41, 62)
    parsed = read(region_with("bbox=[0, 0, 0.5, 1.0], " + whole_region(location="None")))
    assert ("bbox", "[0.0, 0.0, 0.5, 1.0]", "0 to 45 across and 0 to 90 down, of 90") in [
        (note.field, note.wrong, note.right) for note in parsed.corrections
    ]


@given(CANVASES, st.sampled_from(["import os\n", "x = {'a': [1]}\n", "print(canvas)\n", "def f(a):\n", "@wrap\n"]))
def test_nothing_beside_a_canvas_changes_it(canvas: Canvas, other: str) -> None:
    code = canvas_to_code(canvas)
    for text in (f"```python\n{other}{code}{other}```", f"{canvas_to_reply(canvas)}\n```sh\n{other}```"):
        parsed = parse_canvas(text)
        assert parsed.canvas == canvas
        assert {note.right for note in parsed.corrections} == {"nothing"}
        assert not parsed.cut


def test_other_code_alone_is_refused_by_its_first_line() -> None:
    with pytest.raises(CanvasError, match="line 2: 'import os' is not canvas code"):
        parse_canvas("```python\nimport os\nprint(os)\n```")


def test_many_lines_of_other_code_are_read_in_linear_time_and_few_words() -> None:
    parsed = parse_canvas(f"```python\n{'x = 1' + chr(10)}" * 1 + "y = 2\n" * 9000 + f"{CODE}```")
    assert parsed.canvas == WITH_BALL
    assert [note.wrong for note in parsed.corrections] == ["x = 1 and 9000 more lines"]


def test_a_canvas_of_a_scene_alone_may_be_the_later_one() -> None:
    assert read(f"```python\n{CODE}{START.replace('beach', 'forest')}```").canvas == Canvas(
        GlobalDescription("A forest", color="skyblue")
    )


BROKEN = (
    "canvas = Canvas()\ncanvas.set_global_description(description=os.system('x'))\n",
    "canvas = Canvas()\ncanvas.set_global_description(description='A draft')\ncanvas.add_local_description(f(x))\n",
    "canvas.add_local_description(location='on the left', description=f(x))\n",
)


@pytest.mark.parametrize("draft", BROKEN)
@pytest.mark.parametrize(("before", "after"), [("<musings>\n", "</musings>\n"), ("```python\n", "```\nBetter:\n")])
@pytest.mark.parametrize("size", [7, 10_000])
def test_a_draft_that_cannot_be_read_costs_no_answer_behind_it(draft: str, before: str, after: str, size: int) -> None:
    answer = canvas_to_reply(WITH_BALL)
    text, reader = before + draft + after + answer, ReplyReader()
    for start in range(0, len(text), size):
        reader.feed(text[start : start + size])
    parsed = reader.finish()
    assert parsed.canvas == WITH_BALL
    told = parsed.corrections[0]
    assert (told.field, told.right, told.line > 1) == ("canvas", "nothing", True)
    with pytest.raises(CanvasError, match=re.escape(told.wrong[:20])):
        parse_canvas(before + draft + after)

"""Reading LLM text: what is accepted, what is put right, what is refused, and when."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omost_pipeline.canvas.elements import Canvas, Correction, GlobalDescription, Region
from omost_pipeline.canvas.fields import MAX_REGIONS, MAX_STRING, MAX_TEXTS
from omost_pipeline.canvas.parser import MAX_TEXT, CanvasReader, parse_canvas
from omost_pipeline.errors import CanvasError
from tests.canvas.reply_parts import BALL, REPLY, SCENE, START, START_CANVAS, region_with, whole_region


def test_a_reply_with_prose_around_its_fence_is_read_whole() -> None:
    parsed = parse_canvas(REPLY)
    assert parsed.canvas == Canvas(SCENE, (BALL,))
    assert parsed.corrections == ()
    assert not parsed.cut


def test_code_needs_no_fence_and_prose_around_it_is_ignored() -> None:
    code = REPLY.partition("```python\n")[2].partition("```")[0]
    for text in (
        code,
        f"Sure! A canvas for you\n{code}\nI hope\nyou like it.",
        code.replace("\n", "\r\n"),
        f"{code}```",
    ):
        parsed = parse_canvas(text)
        assert parsed.canvas == Canvas(SCENE, (BALL,))
        assert not parsed.cut


def test_arguments_may_be_positional_in_the_published_order() -> None:
    arguments = (
        "'on the left', 'slightly to the right', 'a small square area', 2.5, 'A red ball.', [], 'ball, red', "
        "'Cheerful.', 'Flat.', quality_meta='Clean.', HTML_web_color_name='crimson'"
    )
    assert parse_canvas(region_with(arguments)).canvas == replace(START_CANVAS, regions=(BALL,))
    assert parse_canvas(region_with(arguments)).corrections == ()


def test_strings_hold_brackets_fences_hashes_and_escapes_without_ending_the_call() -> None:
    text = region_with(
        whole_region(description=r"""'a ) ] # ``` \' " \n \x41 é \u732b canvas = Canvas()'""", tags='""')
    )
    region = parse_canvas(text).canvas.regions[0]
    assert region.description == "a ) ] # ``` ' \" \n A é 猫 canvas = Canvas()"
    assert region.tags == ""


def test_escapes_that_python_warns_of_stand_for_themselves() -> None:
    region = parse_canvas(region_with(whole_region(description=r"'50\% \d'"))).canvas.regions[0]
    assert region.description == r"50\% \d"


def test_adjacent_and_triple_quoted_strings_are_one_text() -> None:
    region = parse_canvas(region_with(whole_region(description="('A ' 'red')", tags='"""a\n"b" c"""'))).canvas.regions[
        0
    ]
    assert (region.description, region.tags) == ("A red", 'a\n"b" c')


def test_each_element_is_reported_with_the_character_that_completes_it() -> None:
    reader = CanvasReader()
    completed = [end for end, character in enumerate(REPLY, 1) if reader.feed(character)]
    scene_end = REPLY.index("skyblue',\n)") + len("skyblue',\n)")
    ball_end = REPLY.index("crimson',\n)") + len("crimson',\n)")
    assert completed == [scene_end, ball_end]


def test_the_canvas_grows_while_the_reply_is_written() -> None:
    reader = CanvasReader()
    scene, ball, rest = REPLY.partition("# Add a red ball.")
    nothing_yet = reader.canvas
    assert nothing_yet is None
    assert reader.feed(scene)
    assert reader.canvas == Canvas(SCENE)
    assert not reader.feed(ball)
    assert reader.feed(rest)
    assert reader.canvas == Canvas(SCENE, (BALL,))


def test_a_reply_without_a_canvas_is_quoted() -> None:
    with pytest.raises(CanvasError, match="no canvas; it begins 'I am sorry, I cannot draw that"):
        parse_canvas("I am sorry,\nI cannot draw that.")


def test_a_canvas_without_a_global_description_is_refused() -> None:
    with pytest.raises(CanvasError, match="no global description"):
        parse_canvas(f"```python\ncanvas = Canvas()\ncanvas.add_local_description({whole_region()})\n```")


@pytest.mark.parametrize(
    ("field", "written", "read"),
    [
        ("location", "'Upper left'", "on the top-left"),
        ("location", "'on_the_bottom right'", "on the bottom-right"),
        ("location", "'On The Left'", "on the left"),
        ("location", "'on the lfet'", "on the left"),
        ("location", "'the middle'", "in the center"),
        ("location", "'xyzzy'", "in the center"),
        ("location", "None", "in the center"),
        ("offset", "'none'", "no offset"),
        ("offset", "'to the top right'", "slightly to the upper-right"),
        ("offset", "'???'", "no offset"),
        ("area", "'a big wide area'", "a large horizontal area"),
        ("area", "'a medium square area'", "a medium-sized square area"),
        ("area", "''", "a medium-sized square area"),
        ("HTML_web_color_name", "'Dark Slate Gray'", "darkslategray"),
        ("HTML_web_color_name", "'#ff8800'", "darkorange"),
        ("HTML_web_color_name", "'rgb(1, 2, 3)'", "black"),
        ("HTML_web_color_name", "'deep ocean blue'", "blue"),
        ("HTML_web_color_name", "'crimsn'", "crimson"),
        ("HTML_web_color_name", "[255, 0, 0]", "red"),
        ("HTML_web_color_name", "'%&/'", "gray"),
        ("distance_to_viewer", "0", 0.1),
        ("distance_to_viewer", "-3.5", 0.1),
        ("distance_to_viewer", "1e999", 1000.0),
        ("distance_to_viewer", "9" * 400, 1000.0),
        ("distance_to_viewer", "'2.5 metres'", 2.5),
        ("distance_to_viewer", "'near'", 1.0),
        ("description", "7", "7"),
        ("tags", "['a', 'b']", "a, b"),
        ("style", "['A.', 'B.']", "A. B."),
        ("style", r"'a\ud800b'", "a?b"),
        ("atmosphere", "None", ""),
        ("detailed_descriptions", "'One thing.'", ("One thing.",)),
        ("detailed_descriptions", "''", ()),
        ("detailed_descriptions", "('a', 2)", ("a", "2")),
    ],
)
def test_slips_are_put_right_and_recorded(field: str, written: str, read: object) -> None:
    text = region_with(whole_region(**{field: f"\n{written}"}))
    parsed = parse_canvas(text)
    region = parsed.canvas.regions[0]
    attribute = "color" if field == "HTML_web_color_name" else field
    assert getattr(region, attribute) == read
    if field != "detailed_descriptions" or "(" not in written:
        line = 4 + text[text.index("canvas.add") : text.index(field)].count("\n")
        assert {(note.field, note.line) for note in parsed.corrections} == {(field, line)}
        assert all(note.wrong for note in parsed.corrections) or written == "''"


def test_a_missing_argument_is_its_default_and_recorded() -> None:
    parsed = parse_canvas(region_with("description='A ball.'"))
    assert parsed.canvas.regions == (
        Region("in the center", "no offset", "a medium-sized square area", 1.0, "A ball."),
    )
    assert Correction(4, "area", "(missing)", "a medium-sized square area") in parsed.corrections
    assert len(parsed.corrections) == 10


def test_an_unknown_argument_is_dropped_and_a_misspelt_one_is_put_right() -> None:
    parsed = parse_canvas(region_with(whole_region().replace("atmosphere", "atmosphre") + ", mood='odd', tags='again'"))
    assert parsed.canvas.regions == (BALL,)
    assert [(note.wrong, note.right) for note in parsed.corrections] == [
        ("atmosphre", "atmosphere"),
        ("mood", "nothing"),
        ("tags", "nothing"),
    ]


def test_a_forgotten_first_line_is_recorded_and_regions_may_come_before_the_global_description() -> None:
    text = (
        f"canvas.add_local_description({whole_region()})\ncanvas.set_global_description('A beach', [], '', 'skyblue')"
    )
    parsed = parse_canvas(text)
    assert parsed.canvas == replace(START_CANVAS, regions=(BALL,))
    assert parsed.corrections == (Correction(1, "canvas", "(missing)", "canvas = Canvas()"),)


def test_of_two_global_descriptions_the_later_holds() -> None:
    parsed = parse_canvas(START + "canvas.set_global_description('A forest', [], '', 'green')")
    assert parsed.canvas == Canvas(GlobalDescription("A forest", color="green"))
    assert parsed.corrections == (Correction(3, "set_global_description", "A beach", "A forest"),)


def test_sizes_are_bounded_and_what_exceeds_them_is_recorded() -> None:
    long = f"'{'a' * (MAX_STRING + 1)}'"
    many = "[" + "'', " * (MAX_TEXTS + 1) + "]"
    parsed = parse_canvas(region_with(whole_region(description=long, detailed_descriptions=many)))
    region = parsed.canvas.regions[0]
    assert len(region.description) == MAX_STRING
    assert len(region.detailed_descriptions) == MAX_TEXTS
    assert [note.field for note in parsed.corrections] == ["description", "detailed_descriptions"]
    parsed = parse_canvas(START + f"canvas.add_local_description({whole_region()})\n" * (MAX_REGIONS + 2))
    assert len(parsed.canvas.regions) == MAX_REGIONS
    assert [note.line for note in parsed.corrections] == [MAX_REGIONS + 3, MAX_REGIONS + 4]


@pytest.mark.slow
@settings(max_examples=20)  # a hundred canvases of forty regions would take ten seconds
@given(st.permutations(range(1, MAX_REGIONS + 9)))
def test_of_too_many_regions_the_nearest_are_kept_in_their_order_and_the_others_told(distances: list[int]) -> None:
    calls = [whole_region(distance_to_viewer=str(each), description=f"'Ball {each}.'") for each in distances]
    parsed = parse_canvas(START + "".join(f"canvas.add_local_description({call})\n" for call in calls))
    kept = [each for each in distances if each <= MAX_REGIONS]
    assert [region.distance_to_viewer for region in parsed.canvas.regions] == kept
    lost = [(3 + number, f"Ball {each}.") for number, each in enumerate(distances) if each > MAX_REGIONS]
    assert [(note.line, note.wrong) for note in parsed.corrections] == lost
    assert {note.right for note in parsed.corrections} == {"nothing"}


HOSTILE = {
    "import": ("```python\nimport os\n```", "line 2: 'import os'"),
    "builtin": ("```python\n__import__('os').system('true')\n```", "line 2: '__import__"),
    "dunder": ("```python\ncanvas.__class__()\n```", "line 2: 'canvas.__class__"),
    "other method": ("```python\ncanvas.process()\n```", "line 2: 'canvas.process"),
    "attribute set": ("```python\ncanvas.x = 1\n```", "line 2: 'canvas.x = 1'"),
    "subscript": ("```python\ncanvas['x']()\n```", r"line 2: 'canvas\['"),
    "constructor with arguments": ("```python\ncanvas = Canvas('x')\n```", "no global description"),
    "call as argument": (region_with("description=open('x')"), r"line 4: 'open\('"),
    "call chain": (region_with("description=f" + "()" * 500), r"line 4: 'f\('"),
    "attribute": (region_with("description='a'.upper"), "line 4: description is 'a'.upper"),
    "attribute chain": (region_with("description=a" + ".b" * 900), "line 4: description is a.b.b"),
    "subscript chain": (region_with("description='a'" + "[0]" * 500), "line 4: description is 'a'"),
    "name": (region_with("\ndescription=\nlocation"), "line 6: description is location"),
    "f-string": (region_with("description=f'{1}'"), "line 4: a word .*: f';"),
    "bytes": (region_with("description=b'a'"), "line 4: a word .*: b';"),
    "operator": (region_with("distance_to_viewer=9**9**9"), r"line 4: distance_to_viewer is 9\*\*9\*\*9"),
    "many operators": (region_with("distance_to_viewer=1" + "+1" * 900), r"line 4: distance_to_viewer is 1\+1"),
    "powers": (region_with("distance_to_viewer=1" + "**1" * 600), "line 4: distance_to_viewer is"),
    "minus": (region_with("distance_to_viewer=" + "-" * 1900 + "1"), "line 4: distance_to_viewer is -"),
    "more minus": (region_with("distance_to_viewer=" + "-" * 60000 + "1"), "line 4: 'canvas.add_local.*too long"),
    "not": (region_with("distance_to_viewer=" + "not " * 600 + "1"), "line 4: distance_to_viewer is not not"),
    "lambda": (region_with("description=" + "lambda:" * 250 + "1"), "line 4: description is lambda"),
    "conditional": (region_with("description=1" + " if 1 else 1" * 200), "line 4: description is 1 if"),
    "comprehension": (region_with("detailed_descriptions=[x for x in y]"), "line 4: detailed_descriptions is"),
    "dict": (region_with("description={'a': 1}"), "line 4: description is {'a': 1}"),
    "set": (region_with("tags={'a'}"), "line 4: tags is {'a'}"),
    "walrus": (region_with("description=(x:=1)"), "line 4: description is"),
    "star": (region_with("*['a']"), r"line 4: location is \*\['a'\]"),
    "double star": (region_with("**{'a': 1}"), r"line 4: '\*\*{'a': 1}'"),
    "nested list": (region_with("detailed_descriptions=[['a']]"), "line 4: detailed_descriptions is"),
    "truth value": (region_with("distance_to_viewer=True"), "line 4: distance_to_viewer is True"),
    "ellipsis": (region_with("description=..."), r"line 4: description is \.\.\."),
    "complex": (region_with("distance_to_viewer=1j"), "line 4: distance_to_viewer is 1j"),
    "number for a list": (region_with("detailed_descriptions=5"), "line 4: detailed_descriptions is 5"),
    "number for a name": (region_with("location=5"), "line 4: location is 5"),
    "parentheses": (region_with("description=" + "(" * 60000), "line 4: .*more than 8 brackets"),
    "brackets": (region_with("description=" + "[" * 60000), "line 4: .*more than 8 brackets"),
    "NUL": (region_with("tags='\0'"), "line 4: "),
    "lone surrogate": (region_with("tags='\ud800'"), "line 4: "),
    "long number": (region_with("distance_to_viewer=" + "9" * 60000), "line 4: 'canvas.add_local.*too long"),
    "huge text": ("a" * 10_000_000, f"longer than {MAX_TEXT} characters"),
    "huge string": (region_with(f"tags='{'a' * 10_000_000}'"), f"longer than {MAX_TEXT} characters"),
    "nothing": ("", "no canvas"),
    "blank lines": ("```python\n" + "#\n" * 30000, "cut before"),
    "semicolons": ("```python\n" + ";" * 60000, "cut before"),
    "backticks": ("`" * 60000, "cut before"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_anything_else_is_refused_at_once_by_line_and_value(text: str, message: str) -> None:
    before = time.process_time()
    with pytest.raises(CanvasError, match=message):
        parse_canvas(text)
    assert time.process_time() - before < 5.0  # 0.2 s at most; quadratic work would take minutes


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE.values() if len(text) < 5000])
def test_a_refusal_is_the_same_whatever_the_pieces(text: str) -> None:
    with pytest.raises(CanvasError) as whole:
        parse_canvas(text)
    reader = CanvasReader()
    with pytest.raises(CanvasError) as pieces:  # noqa: PT012 -- it may come while feeding or at the end
        for character in text:
            reader.feed(character)
        reader.finish()
    assert str(pieces.value) == str(whole.value)


def test_elements_before_a_fault_stay_readable() -> None:
    reader = CanvasReader()
    with pytest.raises(CanvasError):
        reader.feed(f"```python\n{START}canvas.add_local_description(location=5)\n")
    assert reader.canvas == START_CANVAS


@pytest.mark.slow
def test_single_characters_cost_no_more_than_linear_time() -> None:
    text = f"{START}canvas.add_local_description(tags='{'a' * 60000}')"
    before = time.process_time()
    reader = CanvasReader()
    for character in text:
        reader.feed(character)
    assert reader.finish().canvas.regions[0].tags == "a" * MAX_STRING
    assert time.process_time() - before < 5.0  # 0.1 s; quadratic work would take minutes

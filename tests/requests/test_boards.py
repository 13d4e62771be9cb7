"""A canvas taken in hand: what a page is told, and what becomes of what it sends back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogues.catalogue import say
from bot.messages import Action, Notice, Place, Pressed, Submitted
from bot.requests.boards import board_json, canvas_from_board
from bot.requests.limits import InputError, Limits
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.keywords import HELD
from omost_pipeline.canvas.vocabulary import Box
from tests.bot_parts import ANN, BOB, PLACE, opened, working
from tests.fakes import canvas_for, until

LIMITS = Limits()
HOUSE = Region(
    "in the center", "no offset", "a small square area", 5.0, "A red house.", ("The red walls.",), "house", color="red"
)
SUN = Region("on the top-right", "no offset", "a small square area", 9.0, "A yellow sun.", color="yellow")
CANVAS = Canvas(GlobalDescription("A meadow.", color="lightskyblue"), (HOUSE, SUN))


def board() -> dict[str, Any]:
    told = json.loads(board_json(CANVAS, "t", "t", (192, 192)))
    assert isinstance(told, dict)
    return told


def sent(**changes: object) -> str:
    """What a page sends that has changed the house."""
    house, sun = board()["regions"]
    return json.dumps([house | changes, sun])


def test_a_page_is_told_boxes_colours_and_every_named_box() -> None:
    told = board()
    assert [each["box"] for each in told["regions"]] == [[20, 20, 70, 70], [50, 0, 90, 40]]
    assert [each["color"] for each in told["regions"]] == ["#ff0000", "#ffff00"]
    assert [20, 20, 70, 70] in told["named"]
    assert all(0 <= left < right <= 90 and 0 <= top < bottom <= 90 for left, top, right, bottom in told["named"])


def test_a_named_box_gets_its_names_and_a_free_one_is_held_exactly() -> None:
    named = canvas_from_board(CANVAS, sent(box=[0, 20, 40, 70]), LIMITS).canvas.regions[0]
    assert (named.location, named.free_box) == ("on the left", None)
    free = canvas_from_board(CANVAS, sent(box=[3, 20.5, 41, 70]), LIMITS).canvas.regions[0]
    assert free.box == Box(3, 20.5, 41, 70)
    assert free.location == "on the left"


def test_what_only_moved_is_not_said_to_have_another_size() -> None:
    corner = canvas_from_board(CANVAS, sent(box=[40, 40, 90, 90]), LIMITS)
    assert corner.canvas.regions[0].area != HOUSE.area, "its box is named after the nearest one that has a name"
    assert corner.words == "move a red house: on the bottom-right"
    wider = canvas_from_board(CANVAS, sent(box=[10, 20, 80, 70]), LIMITS)
    assert "give a red house" in wider.words


def test_how_a_region_is_held_is_told_and_taken() -> None:
    told = board()
    assert told["methods"][:2] == ["usual", "score"]
    assert [told["regions"][0][name] for name in HELD] == ["", "usual", "", "", ""]
    held = sent(negative=" smoke ", method="bounded", strength="0,4", reference="ab12-1", control="Pose ab12-1  1")
    change = canvas_from_board(CANVAS, held, LIMITS)
    house = change.canvas.regions[0]
    assert (house.negative, house.method, house.strength, house.reference) == ("smoke", "bounded", 0.4, "ab12-1")
    assert house.control == "pose ab12-1"
    assert change.words == (
        "show no smoke in a red house; hold a red house in another way; make a red house look like ab12-1; "
        "let a red house follow pose ab12-1"
    )
    for wrong in (
        {"method": "layers"},
        {"strength": "2"},
        {"strength": "much"},
        {"negative": 3},
        {"strength": "nan"},
        {"control": "dance"},
    ):
        with pytest.raises(InputError):
            canvas_from_board(CANVAS, sent(**wrong), LIMITS)


def test_a_colour_goes_into_the_words_and_nothing_else_changes() -> None:
    change = canvas_from_board(CANVAS, sent(color="#0000ff"), LIMITS)
    house = change.canvas.regions[0]
    assert (house.color, house.description, house.detailed_descriptions) == (
        "blue", "A blue house.", ("The blue walls.",),
    )  # fmt: skip
    assert change.canvas.regions[1] == SUN
    assert change.words == "turn a red house into a blue house"


def test_other_words_take_the_details_of_the_old_thing_away() -> None:
    house = canvas_from_board(CANVAS, sent(description="A lighthouse."), LIMITS).canvas.regions[0]
    assert (house.description, house.detailed_descriptions, house.tags) == ("A lighthouse.", (), "")


def test_regions_are_removed_added_and_brought_nearer() -> None:
    _, sun = board()["regions"]
    new = {"key": "", "box": [30, 30, 60, 60], "nearness": 1.0, "description": "A cat.", "color": "#ffffff"}
    change = canvas_from_board(CANVAS, json.dumps([sun | {"nearness": 3.0}, new]), LIMITS)
    assert [each.description for each in change.canvas.regions] == ["A yellow sun.", "A cat."]
    assert change.canvas.far_to_near()[-1].description == "A cat."
    assert change.words == "remove a red house; bring a yellow sun nearer; add a cat in the center"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"box": [0, 0, 0, 40]}, "0, 0, 0, 40"),
        ({"box": [0, 0, 40]}, "[0, 0, 40]"),
        ({"box": ["a", 0, 40, 40]}, "['a', 0, 40, 40]"),
        ({"box": [0, 0, 1e300, 40]}, "1e+300"),
        ({"color": "red; }"}, "red; }"),
        ({"nearness": -1}, "-1"),
        ({"nearness": True}, "True"),
        ({"key": "17"}, "no longer in the picture"),
        ({"key": "1"}, "form"),
        ({"description": " "}, "Say what"),
        ({}, "nothing"),
    ],
)
def test_what_cannot_be_used_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as refused:
        canvas_from_board(CANVAS, sent(**changes), LIMITS)
    assert words.lower() in say(refused.value.wording, "en").lower()


@pytest.mark.parametrize("text", ["", "{}", "[1]", "null", "[" * 100_000, json.dumps([{}] * 40)])
def test_what_is_no_list_of_regions_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        canvas_from_board(CANVAS, text, LIMITS)


@given(
    st.tuples(*[st.floats(0, 90) for _ in range(4)]),
    st.tuples(*[st.integers(0, 255) for _ in range(3)]),
    st.floats(0.01, 1000),
)
def test_what_a_page_sends_is_what_it_is_told_next(
    edges: tuple[float, ...], rgb: tuple[int, ...], nearness: float
) -> None:
    left, right = sorted(edges[:2])
    top, bottom = sorted(edges[2:])
    wanted = [round(each, 3) for each in (left, top, right, bottom)]
    if wanted[2] - wanted[0] < 1 or wanted[3] - wanted[1] < 1:
        return
    color = "#{:02x}{:02x}{:02x}".format(*rgb)
    try:
        after = canvas_from_board(CANVAS, sent(box=wanted, color=color, nearness=nearness), LIMITS).canvas
    except InputError:  # it was so already
        assert (wanted, color, nearness) == ([20, 20, 70, 70], "#ff0000", 5.0)
        return
    told = json.loads(board_json(after, "t", "t", (192, 192)))["regions"][0]
    assert (told["box"], told["color"], told["nearness"]) == (wanted, color, nearness)


@pytest.mark.slow
async def test_a_changed_canvas_is_drawn_as_a_turn_and_a_second_person_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a red house")
        await until(lambda: len(bot.chat.finished()) == 1)
        first = await bot.head()
        shown = await bot.handle(Pressed(PLACE, ANN, Action.CANVAS, first))
        assert isinstance(shown, Notice)
        assert [file.name.rpartition(".")[2] for file in shown.attachments] == ["json", "png"]
        told = json.loads(shown.attachments[0].content)
        told["regions"][0]["box"] = [0, 20, 40, 70]
        values = {"regions": json.dumps(told["regions"]), "newest": told["newest"]}
        assert await bot.handle(Submitted(PLACE, ANN, Action.CANVAS, first, values)) is None
        await until(lambda: len(bot.chat.finished()) == 2)
        assert bot.engine.drawn[-1][0].regions[0].location == "on the left"
        assert bot.engine.drawn[-1][0].regions[1] == canvas_for("red house").regions[1]
        late = await bot.handle(Submitted(PLACE, BOB, Action.CANVAS, first, values))
        assert isinstance(late, Notice)
        assert "Ann" in late.text
        assert await bot.handle(Submitted(PLACE, BOB, Action.CANVAS, first, values | {"anyway": "yes"})) is None
        await until(lambda: len(bot.chat.finished()) == 3)
        assert len(bot.engine.drawn) == 3


async def test_a_canvas_of_another_place_is_not_opened(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a red house")
        await until(lambda: len(bot.chat.finished()) == 1)
        elsewhere = Place("test", "elsewhere")
        refused = await bot.handle(Pressed(elsewhere, ANN, Action.CANVAS, await bot.head()))
        assert isinstance(refused, Notice)
        assert refused.attachments == ()

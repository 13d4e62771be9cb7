"""Changing a canvas by hand: forms, what comes of them, and how it is put in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.catalogues.catalogue import say
from bot.messages import Action, Attachment
from bot.requests import regions
from bot.requests.limits import InputError, Limits
from bot.requests.regions import NEW, changed, choices, form, reference, split_reference
from bot.telling import replies
from omost_pipeline.canvas.elements import Canvas, colored, placed_at
from omost_pipeline.canvas.fields import MAX_REGIONS
from omost_pipeline.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS, Box
from tests.fakes import canvas_for

LIMITS = Limits()
CANVAS = canvas_for("red house")
LAYOUT = Attachment("layout.png", b"")


def filled(which: str = "0", canvas: Canvas = CANVAS, **values: str) -> dict[str, str]:
    """What comes back when some fields of a form are changed."""
    return {field.name: field.value for field in form("t", canvas, which).fields} | values


def test_the_regions_and_one_more_are_offered() -> None:
    offered = choices("t", CANVAS, LAYOUT)
    assert [(option.value, say(option.label)) for option in offered.options] == [
        ("0", "A red house"),
        ("1", "A yellow sun"),
        (NEW, "Add a region"),
    ]
    assert (offered.action, offered.turn, offered.attachments) == (Action.REGION, "t", (LAYOUT,))
    assert "• A red house in the center (small square area, red)" in say(offered.text)
    full = replace(CANVAS, regions=CANVAS.regions[:1] * MAX_REGIONS)
    assert NEW not in [option.value for option in choices("t", full, LAYOUT).options]
    with pytest.raises(InputError, match="this one is full"):
        form("t", full, NEW)


def test_a_form_shows_what_is_there_and_offers_the_nine_of_each() -> None:
    shown = form("t", CANVAS, "1")
    fields = {field.name: field for field in shown.fields}
    assert shown.turn == "t-1"
    assert {name: field.value for name, field in fields.items()} == {
        "description": "A yellow sun.",
        "place": "on the top",
        "offset": "no offset",
        "size": "a small square area",
        "colour": "yellow",
        "nearness": "9",
        "negative": "",
        "method": "usual",
        "strength": "",
        "reference": "",
        "control": "",
        "remove": "keep",
    }
    for name, table in (("place", LOCATIONS), ("offset", OFFSETS), ("size", AREAS)):
        assert [option.value for option in fields[name].options] == list(table)
    assert "remove" not in [field.name for field in form("t", CANVAS, NEW).fields]


@pytest.mark.parametrize("which", ["2", "-1", "", "x", "²", "9999"])
def test_a_region_that_is_not_there_is_refused(which: str) -> None:
    with pytest.raises(InputError, match="no longer in the picture"):
        form("t", CANVAS, which)


def test_moving_changes_the_place_alone() -> None:
    done = changed(CANVAS, "0", filled(place="on the left", offset="slightly to the upper"), LIMITS)
    house = replace(CANVAS.regions[0], location="on the left", offset="slightly to the upper")
    assert done.canvas == replace(CANVAS, regions=(house, CANVAS.regions[1]))
    assert done.words == "move a red house: on the left, slightly to the upper"


def test_several_changes_are_all_told() -> None:
    done = changed(CANVAS, "1", filled("1", size="a large square area", nearness="1,5"), LIMITS)
    assert done.words == "give a yellow sun a large square area; bring a yellow sun nearer"
    assert done.canvas.regions[1].distance_to_viewer == 1.5


def test_another_thing_loses_the_details_of_the_old_one() -> None:
    detailed = replace(CANVAS.regions[0], detailed_descriptions=("its red door",), tags="house", style="flat")
    canvas = replace(CANVAS, regions=(detailed,))
    done = changed(canvas, "0", filled(canvas=canvas, description="A green boat.", colour="green"), LIMITS)
    assert done.canvas.regions[0] == replace(
        detailed, description="A green boat.", color="green", detailed_descriptions=(), tags=""
    )
    assert done.words == "turn a red house into a green boat"


def test_another_colour_is_also_told_in_the_texts() -> None:
    detailed = replace(CANVAS.regions[0], detailed_descriptions=("Red walls, a reddish roof",), tags="red, house")
    done = changed(replace(CANVAS, regions=(detailed,)), "0", {"colour": " Blue "}, LIMITS)
    assert done.canvas.regions[0] == replace(
        detailed,
        color="blue",
        description="A blue house.",
        detailed_descriptions=("Blue walls, a reddish roof",),
        tags="blue, house",
    )
    assert done.words == "turn a red house into a blue house"


@pytest.mark.parametrize(
    ("entered", "color"),
    [("sky blue", "skyblue"), ("#ff0001", "red"), ("deep blue", "blue"), ("grey", "grey"), ("#808080", "gray")],
)
def test_colours_are_read_leniently(entered: str, color: str) -> None:
    assert changed(CANVAS, "1", {"colour": entered}, LIMITS).canvas.regions[1].color == color


@pytest.mark.parametrize(
    ("entered", "name", "said"),
    [
        ("light blue", "lightblue", "A light blue sun."),
        ("Dark Green", "darkgreen", "A dark green sun."),
        ("navy blue", "navyblue", "A navy blue sun."),
        ("bleu clair", "cornflowerblue", "A cornflowerblue sun."),
        ("orange", "orange", "An orange sun."),
        ("oragne", "orange", "An orange sun."),
    ],
)
def test_colours_of_two_words_are_told_in_two(entered: str, name: str, said: str) -> None:
    there = changed(CANVAS, "1", {"colour": entered}, LIMITS).canvas
    assert (there.regions[1].color, there.regions[1].description) == (name, said)
    back = changed(there, "1", {"colour": "yellow"}, LIMITS).canvas
    assert back.regions[1].description == "A yellow sun."


def test_places_may_be_typed() -> None:
    assert changed(CANVAS, "0", {"place": "upper left"}, LIMITS).canvas.regions[0].location == "on the top-left"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, say(replies.UNCHANGED)),
        ({"colour": "xyzzy"}, "I don't know the colour “xyzzy”"),
        ({"colour": "foo"}, "I don't know the colour “foo”. Use a name such as light blue, or a code such as #87ceeb."),
        ({"colour": "warm"}, "I don't know the colour “warm”"),
        ({"colour": "#zzz"}, "I don't know the colour “#zzz”"),
        ({"colour": "rgb(1, 2)"}, "I don't know the colour “rgb(1, 2)”"),
        ({"place": "zzzzzz"}, "“zzzzzz” isn't a valid choice for “Position”. Choose one of: in the center"),
        ({"nearness": "0"}, "“0” isn't a distance"),
        ({"nearness": "nan"}, "“nan” isn't a distance"),
        ({"nearness": "near"}, "“near” isn't a distance"),
        ({"nearness": "1e9"}, "up to 1,000"),
        ({"description": "  "}, say(replies.EMPTY)),
        ({"description": "x" * 4001}, "4,001 characters"),
    ],
)
def test_what_cannot_be_used_is_named(values: dict[str, str], named: str) -> None:
    with pytest.raises(InputError) as raised:
        changed(CANVAS, "0", filled() | values, LIMITS)
    assert named in str(raised.value)


def test_removing_and_adding() -> None:
    gone = changed(CANVAS, "0", filled(remove="remove", place="on the left"), LIMITS)
    assert (gone.canvas, gone.words) == (replace(CANVAS, regions=CANVAS.regions[1:]), "remove a red house")
    added = changed(CANVAS, NEW, filled(NEW, description="A cat.", place="on the left", colour="orange"), LIMITS)
    assert added.canvas.regions[:2] == CANVAS.regions
    assert added.words == "add a cat on the left"
    cat = added.canvas.regions[2]
    assert (cat.color, cat.location, cat.distance_to_viewer) == ("orange", "on the left", 2.0)
    with pytest.raises(InputError, match="Say what the new region shows"):
        changed(CANVAS, NEW, filled(NEW), LIMITS)


def test_references_fit_a_button_and_come_apart_again() -> None:
    assert split_reference(reference("abcdefghij", NEW)) == ("abcdefghij", NEW)
    assert split_reference("abcdefghij.2") == ("abcdefghij", "2")
    assert split_reference("abcdefghij") == ("abcdefghij", "")
    assert regions.reference("a", "1") == "a-1"


def test_a_free_box_and_a_free_colour_stay_until_others_are_entered() -> None:
    free = colored(placed_at(CANVAS.regions[0], Box(1, 2, 33.5, 44)), (1, 2, 250))
    canvas = replace(CANVAS, regions=(free,))
    shown = {field.name: field.value for field in form("t", canvas, "0").fields}
    assert shown["colour"] == "#0102fa"
    nearer = changed(canvas, "0", shown | {"nearness": "0.5"}, LIMITS)
    assert nearer.canvas.regions == (replace(free, distance_to_viewer=0.5),)
    moved = changed(canvas, "0", shown | {"place": "on the right"}, LIMITS)
    assert moved.canvas.regions[0].free_box is None
    assert moved.canvas.regions[0].rgb == free.rgb
    recolored = changed(canvas, "0", shown | {"colour": "red"}, LIMITS)
    assert recolored.canvas.regions[0].rgb == (255, 0, 0)
    assert recolored.canvas.regions[0].box == free.box
    exact = changed(CANVAS, "1", {"colour": "#123456"}, LIMITS)
    assert exact.canvas.regions[1].rgb == (0x12, 0x34, 0x56)

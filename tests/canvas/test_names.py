"""Lenient names: whatever is said, the answer is a name of the table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.colors import closest_color, exact_color, nearest_color, oklab
from omost_pipeline.canvas.names import closest_name
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, LOCATIONS, OFFSETS


def test_every_name_is_its_own_closest_in_any_spelling() -> None:
    for table, default in ((LOCATIONS, "in the center"), (OFFSETS, "no offset"), (AREAS, "a medium-sized square area")):
        for name in table:
            for said in (
                name,
                name.upper(),
                name.replace("-", " "),
                name.replace(" ", "_"),
                f" {name.replace(' ', '-')} ",
            ):
                assert closest_name(said, table, default) == name


def test_every_colour_is_its_own_closest_in_any_spelling() -> None:
    for name in COLORS:
        assert closest_color(name.upper()) == name
        assert closest_color(f" {name[:3]} {name[3:]} ") == name


def test_every_colours_digits_lead_back_to_it() -> None:
    for name, rgb in COLORS.items():
        assert COLORS[closest_color("#{:02x}{:02X}{:02x}".format(*rgb))] == rgb, name
        assert COLORS[nearest_color(rgb)] == rgb


@given(st.text(max_size=200))
def test_any_text_at_all_has_a_closest_name_and_colour(said: str) -> None:
    assert closest_name(said, LOCATIONS, "in the center") in LOCATIONS
    assert closest_color(said) in COLORS


@pytest.mark.parametrize(
    ("said", "location", "offset"),
    [
        ("bottom center", "on the bottom", "slightly to the lower"),
        ("Center-Left", "on the left", "slightly to the left"),
        ("the middle of the right side", "on the right", "slightly to the right"),
        ("top middle left", "on the top-left", "slightly to the upper-left"),
        ("left of the centre", "on the left", "slightly to the left"),
        ("左侧", "on the left", "slightly to the left"),
        ("右上角", "on the top-right", "slightly to the upper-right"),
        ("画面正中间", "in the center", "no offset"),
        ("en haut à droite", "on the top-right", "slightly to the upper-right"),
        ("unten links", "on the bottom-left", "slightly to the lower-left"),
    ],
)
def test_a_side_counts_beside_the_centre_and_in_other_languages(said: str, location: str, offset: str) -> None:
    assert closest_name(said, LOCATIONS, "in the center") == location
    assert closest_name(said, OFFSETS, "no offset") == offset


def test_the_centre_beside_any_side_is_that_side() -> None:
    for name in LOCATIONS:
        for word in ("center", "middle", "centre", "中"):
            assert closest_name(f"{word} {name}", LOCATIONS, "in the center") == name
            assert closest_name(f"{name} {word}", LOCATIONS, "in the center") == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("pale blue", "lightblue"),
        ("silver gray", "darkgray"),
        ("charcoal", "darkslategray"),
        ("mauve", "plum"),
        ("olive green", "olivedrab"),
        ("dark red and white", "darkred"),
        ("burgundy", "maroon"),
        ("红色", "red"),
        ("浅绿", "lightgreen"),
        ("rouge", "red"),
        ("ff8c00", "darkorange"),
        ("rgb(1.0, 0.0, 0.0)", "red"),
    ],
)
def test_colours_that_css_does_not_know_have_a_near_name(said: str, name: str) -> None:
    assert closest_color(said) == name


def test_lightness_goes_where_the_word_says() -> None:
    for color in ("red", "green", "blue", "orange", "purple", "brown"):
        plain = oklab(COLORS[closest_color(color)])[0]
        assert oklab(COLORS[closest_color(f"pale {color}")])[0] > plain
        assert oklab(COLORS[closest_color(f"dark {color}")])[0] < plain + 0.02


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_any_colour_in_digits_is_itself_and_no_other_name_is_nearer(rgb: tuple[int, int, int]) -> None:
    assert exact_color("#{:02x}{:02x}{:02x}".format(*rgb)) == rgb
    assert exact_color("rgb({}, {}, {})".format(*rgb)) == rgb
    nearest = math.dist(oklab(rgb), oklab(COLORS[nearest_color(rgb)]))
    assert all(nearest <= math.dist(oklab(rgb), oklab(other)) for other in COLORS.values())


@pytest.mark.parametrize("said", ["none", "Transparent", "rainbow", "N/A"])
def test_what_names_no_colour_is_gray_and_not_what_it_is_spelt_like(said: str) -> None:
    assert closest_color(said) == "gray"

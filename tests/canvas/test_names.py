"""Lenient names: whatever is said, the answer is a name of the table."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from omost_pipeline.canvas.names import closest_color, closest_name, nearest_color
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


@settings(deadline=None)  # other work may hold the processor
@given(st.text(max_size=200))
def test_any_text_at_all_has_a_closest_name_and_colour(said: str) -> None:
    assert closest_name(said, LOCATIONS, "in the center") in LOCATIONS
    assert closest_color(said) in COLORS

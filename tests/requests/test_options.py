"""What a request may ask for besides its words, and what is said where it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.requests.limits import ASPECTS, InputError, Limits, limits_for, read_size
from bot.requests.options import Options, of_defaults, read_defaults, read_options, size_options, style_options
from bot.store.preferences import Defaults
from bot.turns.conversation import MAX_SEED, first_request
from bot.turns.styles import STYLES, styled
from omost_pipeline.profiles import PROFILES

TINY = limits_for(PROFILES["tiny"])
OMOST = limits_for(PROFILES["omost"])


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        (TINY, {"square": (192, 192), "portrait": (192, 256), "wide": (256, 128), "tall": (128, 256)}),
        (OMOST, {"square": (1024, 1024), "portrait": (896, 1152), "landscape": (1152, 896), "wide": (1344, 768)}),
    ],
)
def test_a_shape_has_about_the_profiles_area(limits: Limits, sizes: dict[str, tuple[int, int]]) -> None:
    for name, size in sizes.items():
        found = read_size(name, limits)
        assert (found.width, found.height) == size, name
        assert found.asked is None, "nothing to tell of"


def test_shapes_differ_and_keep_to_the_limits() -> None:
    for limits in (TINY, OMOST):
        found = {name: read_size(name, limits) for name in ASPECTS}
        assert len(set(found.values())) == len(ASPECTS)
        for size in found.values():
            assert size.width % limits.unit == size.height % limits.unit == 0
            assert limits.shortest <= min(size.width, size.height) <= max(size.width, size.height) <= limits.longest


def test_ratios_are_shapes_too_and_whole_sizes_stay_sizes() -> None:
    assert read_size("16:9", OMOST) == read_size(" Wide ", OMOST)
    assert (read_size("512x512", OMOST).width, read_size("256 192", TINY).height) == (512, 192)
    with pytest.raises(InputError, match="99:1"):
        read_size("99:1", OMOST)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"size": "enormous"}, "“enormous” is not a size"),
        ({"style": "cubist"}, "I don't know the style “cubist”; I know photo"),
        ({"count": "13"}, "“13” is not a number of pictures; I draw 1 to 12 at once."),
        ({"count": "0"}, "“0” is not a number of pictures"),
        ({"count": "²"}, "“²” is not a number of pictures"),
        ({"seed": ""}, "“” is not a seed"),
        ({"seed": str(MAX_SEED), "count": "2"}, f"it may be 0 to {MAX_SEED - 1}"),
        ({"negative": "x" * 1001}, "1,001 characters; I can read 1,000"),
        ({"steps": "101"}, "“101” is not right for steps; write a whole number from 1 to 100."),
        ({"steps": "7.5"}, "“7.5” is not right for steps"),
        ({"guidance": "nan"}, "“nan” is not right for guidance; write a number from 1 to 32."),
        ({"guidance": "strong"}, "“strong” is not right for guidance"),
        ({"initial": "0.5"}, "“0.5” is not right for initial; write a number from 0.95 to 0.99."),
    ],
)
def test_wrong_values_are_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(InputError) as raised:
        read_options(given, TINY)
    assert named in str(raised.value)


def test_options_change_a_draft_only_where_they_were_given() -> None:
    draft = replace(first_request("a quay", PROFILES["tiny"], 5), negative="cars", style="ink")
    assert Options().applied(draft) == draft
    given = read_options({"size": "wide", "style": "Watercolour", "count": "3", "unknown": "x"}, TINY)
    assert given.applied(draft) == replace(draft, width=256, height=128, style="watercolor", images=3)
    drawn = read_options({"steps": "30", "guidance": "6,5", "initial": "0.97"}, TINY)
    assert drawn.applied(draft) == replace(draft, steps=30, guidance=6.5, initial=0.97)
    assert read_options({"initial": "Off"}, TINY).applied(replace(draft, initial=0.97)) == replace(draft, initial=0)
    assert read_options({"style": "none", "negative": ""}, TINY).applied(draft) == replace(
        draft, style=None, negative=""
    )


def test_a_styles_words_follow_the_request() -> None:
    assert styled("a quay.", "ink") == f"a quay, {STYLES['ink'].words}"
    assert styled("a quay.", None) == styled("a quay.", "forgotten") == "a quay."


def test_defaults_that_no_longer_fit_are_passed_over() -> None:
    assert of_defaults(Defaults("2048x2048", "cars", "forgotten"), TINY) == Options(negative="cars")
    assert of_defaults(Defaults("wide", "", "none"), TINY) == Options(size=read_size("wide", TINY), style="")


def test_a_form_of_defaults_is_checked_and_empty_values_stay_empty() -> None:
    assert read_defaults({"size": " WIDE ", "negative": " ", "style": "Ink drawing"}, TINY) == Defaults(
        "wide", "", "ink"
    )
    assert read_defaults({}, TINY) == Defaults()
    with pytest.raises(InputError, match="out of range"):
        read_defaults({"size": "4096x4096"}, TINY)


def test_everything_to_choose_from_is_understood() -> None:
    read_options({"size": size_options(TINY)[0].value}, TINY)
    for option in style_options():
        assert read_options({"style": option.value}, TINY).style == read_options({"style": option.label}, TINY).style
    assert len(style_options()) <= 25, "as many as one menu of Discord's holds"

"""What a request may ask for besides its words, and what is said where it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.catalogues.catalogue import say
from bot.catalogues.text import Wording
from bot.messages import Field
from bot.requests.limits import ASPECTS, InputError, Limits, limits_for, read_size
from bot.requests.options import (
    Asked,
    changed_values,
    choices_of,
    edit_fields,
    of_defaults,
    preference_fields,
    read_defaults,
    read_options,
)
from bot.turns.conversation import Draft, first_request
from bot.turns.styles import STYLE, STYLES, styled
from omost_pipeline.renderer.option import Choice, DrawingOption, OptionKind
from omost_pipeline.renderer.spec import LARGEST_SEED, SIZE, Spec
from tests import fakes

TINY = limits_for(fakes.TINY)
OMOST = limits_for(fakes.info_of("omost"))


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        (TINY, {"square": (192, 192), "portrait": (160, 224), "wide": (288, 160), "tall": (160, 288)}),
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
        ({"size": "enormous"}, "“enormous” isn't a size"),
        ({"style": "cubist"}, "“cubist” isn't a style I know. Choose one of: photo"),
        ({"count": "13"}, "“13” isn't a valid value for count. Use a whole number from 1 to 12."),
        ({"count": "0"}, "“0” isn't a valid value for count"),
        ({"count": "²"}, "“²” isn't a valid value for count"),
        ({"seed": ""}, "“” isn't a valid value for seed"),
        ({"seed": str(LARGEST_SEED), "count": "2"}, f"Use a whole number from 0 to {LARGEST_SEED - 1}."),
        ({"negative": "x" * 1001}, "1,001 characters long; the limit is 1,000"),
        ({"steps": "101"}, "“101” isn't a valid value for steps. Use a whole number from 1 to 100."),
        ({"steps": "7.5"}, "“7.5” isn't a valid value for steps"),
        ({"guidance": "nan"}, "“nan” isn't a valid value for guidance. Use a number from 1 to 32."),
        ({"guidance": "strong"}, "“strong” isn't a valid value for guidance"),
        ({"initial": "0.5"}, "“0.5” isn't a valid value for initial. Use a number from 0.95 to 0.99."),
    ],
)
def test_wrong_values_are_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(InputError) as raised:
        read_options(given, TINY)
    assert named in str(raised.value)


def test_options_change_a_draft_only_where_they_were_given() -> None:
    def having(draft: Draft, **values: object) -> Draft:
        return replace(draft, spec=draft.spec | Spec(values))

    draft = having(first_request("a quay", fakes.TINY, 5), negative="cars", style="ink")
    assert Asked().applied(draft, TINY) == draft
    given = read_options({"size": "wide", "style": "Watercolour", "count": "3", "unknown": "x"}, TINY)
    assert given.applied(draft, TINY) == having(draft, size=(288, 160), style="watercolor", count=3)
    drawn = read_options({"steps": "30", "guidance": "6,5", "initial": "0.97"}, TINY)
    assert drawn.applied(draft, TINY) == having(draft, steps=30, guidance=6.5, initial=0.97)
    off = read_options({"initial": "Off"}, TINY).applied(having(draft, initial=0.97), TINY)
    assert off == having(draft, initial=0.0)
    none = read_options({"style": "none", "negative": ""}, TINY).applied(draft, TINY)
    assert none.spec == having(draft, negative="").spec.without(STYLE)


def test_a_seed_that_leaves_no_room_for_all_pictures_is_moved_down() -> None:
    last = first_request("a quay", fakes.TINY, LARGEST_SEED)
    assert read_options({"count": "3"}, TINY).applied(last, TINY).seed == LARGEST_SEED - 2


def test_a_styles_words_follow_the_request() -> None:
    assert styled("a quay.", "ink") == f"a quay, {STYLES['ink'].words}"
    assert styled("a quay.", None) == styled("a quay.", "forgotten") == "a quay."


def test_defaults_that_no_longer_fit_are_passed_over() -> None:
    assert of_defaults({"size": "2048x2048", "negative": "cars", "style": "forgotten"}, TINY).spec.values == {
        "negative": "cars"
    }
    assert of_defaults({"size": "wide", "style": "none"}, TINY).spec == Spec({"size": (288, 160), "style": ""})


def test_a_form_of_defaults_is_checked_and_empty_values_stay_empty() -> None:
    given = {"size": " WIDE ", "negative": " ", "style": "Ink drawing", "steps": "7"}
    assert read_defaults(given, TINY) == {"size": "wide", "style": "ink"}, "steps are no default of a person's"
    assert read_defaults({"style": "None"}, TINY) == {"style": "none"}
    assert read_defaults({}, TINY) == {}
    with pytest.raises(InputError, match="out of range"):
        read_defaults({"size": "4096x4096"}, TINY)


def test_everything_to_choose_from_is_understood() -> None:
    read_options({"size": choices_of(SIZE, TINY)[0].value}, TINY)
    for described in TINY.options:
        for option in choices_of(described, TINY):
            assert read_options({described.name: option.value}, TINY).spec.values, option
        if described.asked:
            assert described.example, "it stands in the help"
    styles = choices_of(STYLE, TINY)
    assert all(STYLE.read(say(option.label)) == option.value for option in styles)
    assert len(styles) <= 25, "as many as one menu of Discord's holds"


def test_a_choice_in_a_form_may_be_left_switched_off_and_taken_back() -> None:
    look: DrawingOption[str] = DrawingOption(
        "look",
        OptionKind.CHOICE,
        "Look",
        "How warm it is",
        choices=(Choice("warm", "Warm"), Choice("cold", "Cold")),
        off=True,
        form=True,
        preference=True,
    )
    limits = replace(TINY, options=(*TINY.options, look))

    def field(spec: Spec) -> Field[Wording]:
        return next(each for each in edit_fields(spec, limits) if each.name == "look")

    assert (field(Spec()).value, [each.value for each in field(Spec()).options]) == ("", ["", "none", "warm", "cold"])
    warm = Spec({"look": "warm"})
    assert (field(warm).value, [each.value for each in field(warm).options]) == ("warm", ["none", "warm", "cold"])
    assert changed_values({"look": "warm"}, warm, limits) == {}
    different = changed_values({"look": "none"}, warm, limits)
    draft = first_request("a quay", fakes.TINY, 5)
    draft = replace(draft, spec=draft.spec | warm)
    assert look not in read_options(different, limits).applied(draft, limits).spec
    (asked,) = (each for each in preference_fields({"look": "cold"}, limits) if each.name == "look")
    assert (asked.value, [each.value for each in asked.options]) == ("cold", ["", "none", "warm", "cold"])

"""The descriptions of options and what is asked for of them: reading, bounds, and what later versions wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.option import DrawingOption, EnteredError, Kept, OptionKind, Problem
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import RenderOptions
from omost_pipeline.renderer.spec import (
    COUNT,
    GUIDANCE,
    HIGHRES_STEPS,
    INITIAL,
    LARGER,
    NEGATIVE,
    OPTIONS,
    SEED,
    SIZE,
    STEPS,
    Spec,
    kept,
    work_of,
)

COMPLETE = Spec({"size": (896, 1152), "steps": 25, "guidance": 5.0})

KEEP: DrawingOption[str] = DrawingOption(
    "keep", OptionKind.CHOICE, "Keep", "What of the picture stays", choices=INITIAL.choices, off=True
)


def test_names_and_keys_are_unique() -> None:
    names = [option.name for option in OPTIONS]
    keys = [key for option in OPTIONS for key in option.settings]
    flags = [option.flag for option in OPTIONS if option.flag]
    for each in (names, keys, flags):
        assert len(each) == len(set(each))


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (STEPS, " 30 ", 30),
        (SEED, "1,000", 1000),
        (SEED, "4294967295", 2**32 - 1),
        (GUIDANCE, "6,5", 6.5),
        (INITIAL, "OFF", 0.0),
        (SIZE, "896 x 1152", (896, 1152)),
        (SIZE, "896×1152px", (896, 1152)),
        (NEGATIVE, "  people \n and cars ", "people and cars"),
        (KEEP, "none", ""),
        (KEEP, "0.97", "0.97"),
    ],
)
def test_values_are_read_as_people_write_them_and_shown_as_they_can_be_read(
    option: DrawingOption[Any], text: str, value: object
) -> None:
    assert option.read(text) == value
    assert option.read(option.shown(option.read(text))) == value


@pytest.mark.parametrize(
    ("option", "text", "problem"),
    [
        (STEPS, "7.5", Problem.NOT_ONE),
        (STEPS, "7,5", Problem.NOT_ONE),
        (STEPS, "²", Problem.NOT_ONE),
        (STEPS, "", Problem.NOT_ONE),
        (STEPS, "101", Problem.OUT_OF_RANGE),
        (SEED, "-1", Problem.OUT_OF_RANGE),
        (SEED, "9" * 5000, Problem.NOT_ONE),
        (GUIDANCE, "nan", Problem.NOT_ONE),
        (GUIDANCE, "inf", Problem.OUT_OF_RANGE),
        (INITIAL, "0.5", Problem.OUT_OF_RANGE),
        (LARGER, "1", Problem.OUT_OF_RANGE),
        (NEGATIVE, "x" * 1001, Problem.TOO_LONG),
        (KEEP, "some", Problem.NOT_ONE),
    ],
)
def test_what_cannot_be_used_is_named(option: DrawingOption[Any], text: str, problem: Problem) -> None:
    with pytest.raises(EnteredError) as caught:
        option.read(text)
    assert (caught.value.option, caught.value.entered, caught.value.problem) == (option, text, problem)
    assert option.name in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1) | st.sampled_from([option.name for option in OPTIONS]), JSON, max_size=6))
def test_whatever_a_later_version_wrote_survives(stored: dict[str, Any]) -> None:
    spec = Spec.from_json(json.dumps(stored))
    assert json.loads(spec.to_json()) == json.loads(json.dumps(stored))
    for option in OPTIONS:
        value = spec.get(option)
        assert value is None or option.holds(value)


def test_a_spec_cannot_be_changed() -> None:
    spec = Spec({"keep": {"mode": "region"}})
    with pytest.raises(TypeError):
        spec.values["steps"] = 3  # type: ignore[index]
    with pytest.raises(TypeError):
        spec.values["keep"]["mode"] = "all"  # type: ignore[index]


def test_later_values_win_and_absent_ones_leave_what_was() -> None:
    both = COMPLETE | Spec({"steps": 30, "negative": ""})
    assert (both.get(STEPS), both.get(GUIDANCE), both.get(NEGATIVE)) == (30, 5.0, "")
    assert both.having(NEGATIVE, None) == both.without(NEGATIVE)
    assert COMPLETE.of(COUNT) == 1, "the default"
    with pytest.raises(LookupError):
        Spec().of(STEPS)


def test_what_is_kept_goes_by_the_description() -> None:
    once = replace(STEPS, name="once", kept=Kept.NEVER)
    spec = COMPLETE | Spec({"once": 3, "strange": 1})
    options = (*OPTIONS, once)
    assert kept(spec, options, same_model=True) == COMPLETE | Spec({"strange": 1})
    assert kept(spec, options, same_model=False) == Spec({"size": (896, 1152), "strange": 1})


def test_a_renderer_is_told_everything_that_was_asked_for() -> None:
    assert options_of(COMPLETE) == RenderOptions(896, 1152)
    asked = COMPLETE | Spec({"seed": 7, "count": 3, "negative": "", "initial": 0.0, "larger": 1.5, "method": "couple"})
    options = options_of(asked)
    assert (options.seed, options.images, options.negative_prompt, options.initial_strength) == (7, 3, "", None)
    assert options.highres is not None
    assert (options.highres.scale, options.highres.steps, options.regions.method) == (1.5, 20, "couple")
    with pytest.raises(OptionsError, match="size"):
        options_of(Spec({"steps": 3}))


def test_work_grows_with_pixels_steps_and_pictures() -> None:
    one = work_of(COMPLETE)
    assert one == pytest.approx(896 * 1152 * 25 / 1e6)
    assert work_of(COMPLETE.having(COUNT, 12)) == pytest.approx(12 * one)
    assert work_of(COMPLETE.having(STEPS, 100)) == pytest.approx(4 * one)
    assert work_of(COMPLETE.having(SIZE, (1792, 2304))) == pytest.approx(4 * one)
    larger = COMPLETE.having(LARGER, 2.0).having(HIGHRES_STEPS, 25)
    assert work_of(larger) == pytest.approx(4 * one)

"""What people can do, the same on every platform: through its real client and a strict server, or a real browser."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.codec import canvas_to_json
from omost_pipeline.canvas.comfyui import canvas_to_comfyui
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.fields import MAX_REGIONS, MAX_TEXTS
from tests.fakes import canvas_for
from tests.platforms.behaviour.stage import Shown, Stage, pictures, says

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def first_picture(stage: Stage, words: str = "red house") -> Shown:
    await stage.ask(words)
    [shown] = await pictures(stage, 1)
    return shown


async def test_a_request_becomes_a_layout_and_a_picture_in_one_message(stage: Stage) -> None:
    stage.engine.hold_after = 4
    stage.engine.writing.shut()
    stage.engine.drawing.shut()
    await stage.ask("red house")
    composing = await says(stage, "Composing:")
    assert "A meadow." in composing.text
    assert (composing.pictures, composing.buttons) == (1, ("Cancel",))
    stage.engine.writing.open()
    drawing = await says(stage, "Drawing: step 1")
    assert (drawing.id, drawing.pictures, drawing.buttons) == (composing.id, 1, ("Cancel",))
    stage.engine.drawing.open()
    [done] = await pictures(stage, 1)
    assert (done.id, done.pictures) == (composing.id, 1)
    assert "Seed 100" in done.text
    assert set(done.buttons) >= {"Edit", "Reroll", "Variations", "Undo", "Layout", "Code"}
    assert [each.id for each in await stage.shown()] == [done.id]


async def test_more_words_change_the_picture(stage: Stage) -> None:
    before = await first_picture(stage)
    await stage.say("make it night")
    shown = await pictures(stage, 2)
    assert shown[0].id == before.id
    history, words = stage.engine.composed[-1]
    assert ([turn.words for turn in history], words) == (["red house"], "make it night")


async def test_the_edit_button_opens_a_form_that_draws(stage: Stage) -> None:
    await stage.press(await first_picture(stage), "Edit")
    await stage.fill(What_to_draw="blue boat", Seed="7")
    shown = await pictures(stage, 2)
    assert "Seed 7" in shown[-1].text
    assert stage.engine.composed[-1] == ((), "blue boat")


@pytest.mark.slow
async def test_of_several_pictures_one_is_picked(stage: Stage) -> None:
    await stage.press(await first_picture(stage), "Variations")
    four = (await pictures(stage, 2))[-1]
    assert four.pictures == 4
    await stage.press(four, "2")
    picked = (await pictures(stage, 3))[-1]
    assert picked.pictures == 1
    assert "Seed 102" in picked.text


async def test_undo_goes_back_and_the_next_words_go_on_from_there(stage: Stage) -> None:
    await first_picture(stage)
    await stage.say("make it night")
    await pictures(stage, 2)
    await stage.command("undo")
    again = (await pictures(stage, 3))[-1]
    assert "red house" in again.text
    await stage.say("add a boat")
    await pictures(stage, 4)
    assert [turn.words for turn in stage.engine.composed[-1][0]] == ["red house"]


async def test_cancel_stops_and_retry_goes_on(stage: Stage) -> None:
    stage.engine.drawing.shut()
    await stage.ask("red house")
    await stage.press(await says(stage, "Drawing: step 1"), "Cancel")
    await stage.told("Stopping…")
    stage.engine.drawing.open()
    cancelled = await says(stage, "Cancelled.")
    await stage.press(cancelled, "Retry")
    await pictures(stage, 1)


async def test_only_who_asked_can_stop_it(stage: Stage) -> None:
    stage.engine.drawing.shut()
    await stage.ask("red house")
    drawing = await says(stage, "Drawing: step 1")
    await stage.press(drawing, "Cancel", other=True)
    if not stage.alone:
        await stage.told("Only the person who asked for that picture", other=True)
        await stage.command("cancel")
    await stage.told("Stopping…", other=stage.alone)
    stage.engine.drawing.open()
    await says(stage, "Cancelled.")


async def test_a_region_is_changed_by_a_form(stage: Stage) -> None:
    await stage.press(await first_picture(stage), "Layout")
    await stage.choose("A yellow sun")
    await stage.fill(Position="On the left", Colour="orange")
    await pictures(stage, 2)
    canvas, _ = stage.engine.drawn[-1]
    sun = canvas.regions[1]
    assert (sun.location, sun.color) == ("on the left", "orange")


@pytest.mark.slow
async def test_own_settings_hold_for_the_next_new_picture(stage: Stage) -> None:
    await first_picture(stage)
    await stage.command("settings")
    await stage.fill(What_pictures_should_not_show="people")
    await stage.told("people")
    await stage.open()
    await first_picture(stage)
    _, options = stage.engine.drawn[-1]
    assert "people" in options.negative_prompt
    await stage.command("settings")
    await stage.fill(What_pictures_should_not_show="")
    await stage.told("the bot's own defaults")


async def test_bad_input_is_named_and_nothing_is_drawn(stage: Stage) -> None:
    shown = await first_picture(stage)
    await stage.press(shown, "Edit")
    await stage.fill(Seed="lucky")
    await stage.told("lucky")
    assert len(await stage.shown()) <= 3
    assert len(await pictures(stage, 1)) == 1


@pytest.mark.slow
async def test_buttons_and_conversations_outlive_a_restart(stage: Stage) -> None:
    shown = await first_picture(stage)
    await stage.restart()
    await stage.press(shown, "Reroll")
    second = (await pictures(stage, 2))[-1]
    assert "Seed 101" in second.text
    await stage.say("make it night")
    await pictures(stage, 3)
    assert [turn.words for turn in stage.engine.composed[-1][0]] == ["red house"]


@pytest.mark.slow
async def test_rewritten_words_are_drawn_as_a_branch(stage: Stage) -> None:
    await first_picture(stage)
    said = await stage.say("make it night")
    await pictures(stage, 2)
    await stage.rewrite(said, "make it morning")
    shown = await pictures(stage, 3)
    assert "make it morning" in shown[-1].text
    history, words = stage.engine.composed[-1]
    assert ([turn.words for turn in history], words) == (["red house"], "make it morning")


async def test_words_in_quick_succession_are_one_edit(stage: Stage) -> None:
    await first_picture(stage)
    with stage.pauses.held():
        await stage.say("make it night")
        await stage.say("add a moon")
        await stage.say("/queue")
        await pictures(stage, 2)
    assert stage.engine.composed[-1][1].split("\n") == ["make it night", "add a moon"]
    assert len(await pictures(stage, 2)) == 2


@pytest.mark.slow
async def test_one_line_of_an_old_request_is_rewritten_after_a_restart(stage: Stage) -> None:
    await first_picture(stage)
    with stage.pauses.held():
        await stage.say("make it night")
        second = await stage.say("add a moon")
        await stage.say("/queue")
        await pictures(stage, 2)
    await stage.restart()
    await stage.rewrite(second, "add two moons")
    await pictures(stage, 3)
    history, words = stage.engine.composed[-1]
    assert ([turn.words for turn in history], words) == (["red house"], "make it night\nadd two moons")


@pytest.mark.slow
async def test_a_picture_is_made_larger(stage: Stage) -> None:
    await stage.press(await first_picture(stage), "Variations")
    four = (await pictures(stage, 2))[-1]
    await stage.press(four, "Larger")
    await stage.choose("3")
    larger = (await pictures(stage, 3))[-1]
    assert larger.pictures == 1
    assert "Seed 103 · 288 × 288" in larger.text
    original = stage.engine.enlarged[-1]
    assert original is not None
    assert original.size == (192, 192)
    await stage.press(larger, "Larger")
    again = (await pictures(stage, 4))[-1]
    assert "432 × 432" in again.text


@pytest.mark.slow
async def test_what_an_edit_kept_is_told_and_shown_and_all_of_it_is_redrawn(stage: Stage) -> None:
    first = await first_picture(stage)
    assert not set(first.buttons) & {"What changes", "Redraw all"}
    stage.engine.drawing.shut()
    await stage.say("make it night")
    drawing = await says(stage, "Drawing: step 1")
    await stage.press(drawing, "What changes")
    await stage.told("In colour is what this edit may change")
    stage.engine.drawing.open()
    edit = (await pictures(stage, 2))[-1]
    assert "kept 50% of the picture" in edit.text
    await stage.restart()
    await stage.press(edit, "What changes")
    await stage.told("The grey 50% are exactly as they were")
    edits = len(stage.engine.edits)
    await stage.press(edit, "Redraw all")
    whole = (await pictures(stage, 3))[-1]
    assert "kept" not in whole.text
    assert len(stage.engine.edits) == edits
    assert "Seed 100" in whole.text


@pytest.mark.slow
async def test_a_region_is_drawn_anew_and_the_rest_kept(stage: Stage) -> None:
    first = await first_picture(stage)
    for seed in (101, 102):
        await stage.press(first, "Vary a region")
        await stage.choose("A yellow sun")
        varied = (await pictures(stage, seed - 99))[-1]
        assert f"Seed {seed}" in varied.text
        assert "new: A yellow sun" in varied.text
        assert "kept 50% of the picture" in varied.text
        assert stage.engine.edits[-1].again == (1,)
    await stage.say("make it night")
    await pictures(stage, 4)
    assert [turn.words for turn in stage.engine.composed[-1][0]] == ["red house"]


@pytest.mark.slow
async def test_why_a_picture_is_drawn_whole_is_told(stage: Stage) -> None:
    await first_picture(stage)
    await stage.say("/edit --size 64x128 make it night")
    shown = (await pictures(stage, 2))[-1]
    assert "drawn whole, because the previous picture has another size" in shown.text


@pytest.mark.slow
async def test_a_canvas_in_a_file_is_drawn_as_it_is(stage: Stage) -> None:
    await first_picture(stage)
    composed = len(stage.engine.composed)
    boat = canvas_for("white boat")
    await stage.bring("boat.json", canvas_to_comfyui(boat).encode(), "a boat of mine")
    assert (await pictures(stage, 2))[-1].pictures == 1
    canvas, _ = stage.engine.drawn[-1]
    assert [each.description for each in canvas.regions] == ["A yellow sun.", "A white boat."]
    assert len(stage.engine.composed) == composed
    await stage.say("make it night")
    await pictures(stage, 3)
    history, _ = stage.engine.composed[-1]
    assert [turn.words for turn in history] == ["red house", "a boat of mine"]
    await stage.bring("broken.py", b"canvas = 3")
    await stage.told("broken.py: ")
    assert len(await pictures(stage, 3)) == 3


@pytest.mark.slow
async def test_a_canvas_at_every_limit_at_once_is_drawn_and_shown(stage: Stage) -> None:
    """As many regions as there can be, with as many and as long texts, hostile ones."""
    long = "@everyone `x` <b>&</b> ||y|| " * 130
    texts = (long,) * MAX_TEXTS
    region = Region("on the left", "no offset", "a small square area", 1.0, long, texts, long, long, long, long, "red")
    deep = Canvas(GlobalDescription(long, (long,) * 8, long), (region,))
    wide = replace(
        deep, regions=(Region(*("on the left", "no offset", "a small square area"), 1.0, long),) * MAX_REGIONS
    )
    await first_picture(stage)
    for number, each in enumerate((deep, wide), 2):
        await stage.bring(f"limit{number}.json", canvas_to_json(each).encode())
        shown = (await pictures(stage, number))[-1]
        assert shown.pictures == 1
    await stage.press(shown, "Layout")

"""Buttons, menus and forms: alive on old messages, after restarts, whatever they lead to."""

from __future__ import annotations

import asyncio

from bot.messages import Action, Field, Form
from tests.platforms.discord.interactions import DEFER_UPDATE, MODAL
from tests.platforms.discord.player import finished, form_labels, form_values, put_off
from tests.platforms.discord.rules import Json
from tests.platforms.discord.stage import IMPATIENT, Stage
from tests.platforms.discord.world import PERMISSIONS


async def test_every_button_is_passed_on_with_its_turn(stage: Stage) -> None:
    thread = await stage.imagine()
    [picture] = stage.pictures(thread)
    for label in ("Reroll", "Variations", "Larger", "Undo", "Delete"):
        pressed = await stage.bob.press(picture, label)
        assert pressed.answer == DEFER_UPDATE
    came = stage.handler.pressed()
    assert [each.action for each in came] == [
        Action.REROLL,
        Action.VARIATIONS,
        Action.LARGER,
        Action.UNDO,
        Action.DELETE,
    ]
    assert {(each.turn, each.place, each.author.name) for each in came} == {("t1", stage.place(thread), "Bob")}


async def test_buttons_carry_action_and_turn_only(stage: Stage) -> None:
    thread = await stage.imagine()
    [picture] = stage.pictures(thread)
    assert picture.buttons[0]["custom_id"] == "edit:t1"
    assert [len(row["components"]) for row in picture.components] == [5, 3]


async def test_buttons_of_old_messages_work_after_three_restarts(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
    [picture] = bare.pictures(thread)
    for _ in range(3):
        bare.discord.skip(2 * 24 * 3600)
        async with bare.running():
            await bare.ann.press(picture, "Reroll")
            opened = await bare.ann.press(picture, "Edit")
            assert opened.modal is not None
    assert len(bare.handler.pressed()) == 6


async def test_a_form_that_was_open_during_a_restart_is_still_taken(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        opened = await bare.ann.press(bare.pictures(thread)[0], "Edit")
    async with bare.running():
        sent = await bare.ann.submit(opened, words="a blue house")
        assert (await finished(sent)).content.startswith("Got")
    assert bare.handler.submitted()[0].values["words"] == "a blue house"


async def test_edit_opens_the_last_words_size_and_seed(stage: Stage) -> None:
    thread = await stage.imagine()
    opened = await stage.ann.press(stage.pictures(thread)[0], "Edit")
    assert opened.answer == MODAL
    assert form_labels(opened) == ["What to draw", "Size", "Seed"]
    assert form_values(opened) == {"words": "a red house", "size": "32x32", "seed": "7"}
    await stage.ann.submit(opened, words="a blue house", Size="Landscape")
    [submitted] = stage.handler.submitted()
    assert submitted.values == {"words": "a blue house", "size": "48x32", "seed": "7"}
    assert submitted.place == stage.place(thread)


async def test_layout_leads_over_a_menu_of_regions_to_a_form_for_one(stage: Stage) -> None:
    thread = await stage.imagine()
    shown = await finished(await stage.ann.press(stage.pictures(thread)[0], "Layout"))
    assert shown.ephemeral
    assert [meta["description"] for meta, _ in shown.files] == ["The layout"]
    assert [option["label"] for option in shown.buttons[0]["options"]] == ["a red house", "a tree"]
    opened = await stage.ann.choose(shown, "a tree")
    assert stage.handler.pressed()[-1].value == "1"
    assert form_labels(opened) == ["What it is", "Place", "Colour", "Distance", "Size · Shift · Keep or remove it"]
    await stage.ann.submit(opened, place="On the left", colour="blue", Distance="9")
    [submitted] = stage.handler.submitted()
    assert submitted.action is Action.REGION
    assert submitted.values == {
        "description": "a red house",
        "place": "on the left",
        "size": "a small square area",
        "colour": "blue",
        "offset": "no offset",
        "nearness": "9",
        "remove": "keep",
    }


async def test_fields_that_share_a_menu_are_chosen_from_lists_too(stage: Stage) -> None:
    thread = await stage.imagine()
    shown = await finished(await stage.ann.press(stage.pictures(thread)[0], "Layout"))
    menu = "Size · Shift · Keep or remove it"
    opened = await stage.ann.choose(shown, "a tree")
    await stage.ann.submit(opened, **{menu: ("Small square", "Large square", "No offset", "Slightly to the left")})
    chosen = stage.handler.submitted()[-1].values
    assert (chosen["size"], chosen["offset"]) == ("a large square area", "slightly to the left"), "what is new counts"
    assert "remove" not in chosen, "nothing was chosen for it, so it stays as it is"
    opened = await stage.ann.choose(shown, "a tree")
    await stage.ann.submit(opened, **{menu: ("Remove it",)})
    assert stage.handler.submitted()[-1].values["remove"] == "remove"


async def test_more_than_menus_can_share_stands_as_lines(stage: Stage) -> None:
    thread = await stage.imagine()
    fields = tuple(Field(f"f{number}", f"Field {number}", str(number)) for number in range(7))
    stage.handler.answers["/edit"] = Form("Many", Action.EDIT, "t1", fields)
    opened = await stage.ann.slash(thread, "edit")
    assert form_labels(opened) == ["Field 0", "Field 1", "Field 2", "Field 3", "More"]
    await stage.ann.submit(opened, More="f4: 40\nf6: 60")
    assert stage.handler.submitted()[0].values == {"f0": "0", "f1": "1", "f2": "2", "f3": "3", "f4": "40", "f6": "60"}


async def test_moderators_are_known_as_such(stage: Stage) -> None:
    thread = await stage.imagine()
    [picture] = stage.pictures(thread)
    await stage.bob.press(picture, "Delete")
    await stage.mo.press(picture, "Delete")
    assert [each.author.moderator for each in stage.handler.pressed()] == [False, True]
    await stage.mo.say(thread, "make it night")
    await stage.until(lambda: len(stage.handler.said()) == 2)
    assert stage.handler.said()[-1].author.moderator


async def test_a_slow_button_is_acknowledged_in_time_and_leaves_nothing_behind(bare: Stage) -> None:
    async with bare.running(pace=IMPATIENT):
        thread = await bare.imagine()
        bare.handler.held = asyncio.Event()
        pressed = await bare.ann.press(bare.pictures(thread)[0], "Reroll")
        assert put_off(pressed)
        waiting = pressed.original
        assert waiting is not None
        bare.handler.held.set()
        await bare.until(lambda: waiting.deleted)


async def test_a_button_where_the_bot_may_no_longer_write_names_the_permission(stage: Stage) -> None:
    thread = await stage.imagine()
    stage.channel.denied = PERMISSIONS["send_messages_in_threads"]
    answer = await finished(await stage.ann.press(stage.pictures(thread)[0], "Reroll"))
    assert answer.ephemeral
    assert "Send Messages in Threads" in answer.content
    assert not stage.handler.pressed()


async def test_somebody_elses_component_is_left_alone(stage: Stage) -> None:
    thread = await stage.imagine()
    [picture] = stage.pictures(thread)
    stranger: Json = {"type": 2, "style": 1, "label": "Odd", "custom_id": "explode:t1"}
    picture.components.append({"type": 1, "components": [stranger]})
    begun = await stage.ann.press(picture, "Odd", answered=False)
    await stage.ann.press(picture, "Undo")
    assert begun.answer is None
    assert [each.action for each in stage.handler.pressed()] == [Action.UNDO]

"""Buttons, questions and keyboards with pages."""

from __future__ import annotations

import asyncio

import pytest

from bot.messages import Action, Notice, Page
from tests.platforms.telegram.stage import Stage, region_form, status


async def test_edit_asks_for_a_reply_and_takes_its_parts(stage: Stage) -> None:
    stage.ann.say("/imagine a house", stage.group)
    shown = await stage.picture(stage.group)
    query = await stage.ann.pressed(shown, "Edit")
    question = await stage.newest(stage.group, 2)
    assert query.text is None
    assert question.asks()
    assert question.entities[0]["type"] == "text_mention"
    stage.ann.say("a castle | Landscape |", stage.group, to=question)
    await stage.until(stage.handler.submitted)
    sent = stage.handler.submitted()[0]
    assert sent.values == {"words": "a castle", "size": "48x32", "seed": "7"}
    assert (sent.action, sent.turn) == (Action.EDIT, stage.handler.pressed()[0].turn)
    assert sent.place == stage.handler.said()[0].place


@pytest.mark.slow
async def test_choices_have_pages_and_lead_to_a_form_that_is_filled_in(stage: Stage) -> None:
    stage.ann.say("a house")
    shown = await stage.picture(stage.ann.private)
    await stage.ann.pressed(shown, "Layout")
    choices = await stage.newest(stage.ann.private, 2)
    assert choices.file is not None
    assert all(len(data) <= 64 for data in choices.data())
    await stage.ann.pressed(choices, "1/2")
    await stage.until(lambda: "Region 10" in choices.labels())
    await stage.ann.pressed(choices, "Region 10")
    assert stage.handler.pressed()[-1].value == "10"

    form = await stage.newest(stage.ann.private, 3)
    await stage.ann.pressed(form, "Where")
    await stage.until(lambda: "✓ Place 0" in form.labels())
    await stage.ann.pressed(form, "›")
    await stage.until(lambda: "Place 11" in form.labels())
    await stage.ann.pressed(form, "Place 11")
    await stage.until(lambda: "Where: Place 11" in form.labels())
    await stage.ann.pressed(form, "Colour")
    question = await stage.newest(stage.ann.private, 4)
    assert question.asks()
    stage.ann.say("green", to=question)
    await stage.until(lambda: "Colour: green" in form.labels())
    await stage.ann.pressed(form, "Send")
    await stage.until(stage.handler.submitted)
    values = stage.handler.submitted()[0].values
    expected = {each.name: each.value for each in region_form("t").fields}
    assert values == expected | {"location": "place 11", "color": "green"}
    await stage.until(lambda: not form.labels())


async def test_buttons_and_forms_live_through_a_restart(bare: Stage) -> None:
    async with bare.running():
        bare.ann.say("/imagine a house", bare.group)
        shown = await bare.picture(bare.group)
        await bare.ann.pressed(shown, "Layout")
        choices = await bare.newest(bare.group, 2)
    async with bare.running():
        await bare.ann.pressed(choices, "Region 1")
        await bare.ann.pressed(shown, "Reroll")
    assert [each.value for each in bare.handler.pressed()] == ["", "1", ""]
    assert {each.place for each in bare.handler.pressed()} == {bare.handler.said()[0].place}


@pytest.mark.slow
async def test_short_notices_are_toasts_and_long_ones_messages(stage: Stage) -> None:
    stage.handler.answers["code"] = Notice("x" * 5000)
    stage.ann.say("/imagine a tree", stage.group)
    shown = await stage.picture(stage.group)
    stage.handler.answers["hello"] = Notice("That was not a wish.")
    stage.ann.say("hello", stage.group, to=shown)
    answer = await stage.newest(stage.group, 2)
    assert answer.text == "That was not a wish."
    assert answer.reply_to is not None
    assert answer.reply_to.text == "hello"
    stage.ann.say("code", stage.group, to=shown)
    await stage.newest(stage.group, 4)
    assert "".join(each.text for each in stage.telegram.messages(stage.group)[2:]).count("x") == 5000


@pytest.mark.slow
async def test_who_may_not_press_is_told_by_a_toast(stage: Stage) -> None:
    stage.handler.draws = False
    stage.ann.say("/imagine a house", stage.group)
    await stage.until(stage.handler.said)
    assert stage.chat is not None
    await stage.chat.post(stage.handler.said()[0].place, status("t1", "a house"))
    waiting = await stage.newest(stage.group)
    query = await stage.bob.pressed(waiting, "Cancel")
    assert query.text == "Only Ann may do that."
    assert len(stage.telegram.messages(stage.group)) == 1


async def test_full_quality_is_a_document_beside_the_code(stage: Stage) -> None:
    stage.ann.say("a house")
    shown = await stage.picture(stage.ann.private)
    await stage.ann.pressed(shown, "Code")
    await stage.newest(stage.ann.private, 4)
    code, png, source = stage.telegram.messages(stage.ann.private)[1:]
    assert code.entities == [{"type": "pre", "offset": 0, "length": len(code.text), "language": "python"}]
    assert png.file is not None
    assert source.file is not None
    assert (png.file.kind, png.file.name, source.file.name) == ("document", "t.png", "t.py")


@pytest.mark.slow
async def test_a_slow_answer_to_a_press_still_comes(stage: Stage) -> None:
    stage.ann.say("a house")
    shown = await stage.picture(stage.ann.private)
    stage.handler.held = asyncio.Event()
    query = stage.ann.press(shown, "Edit")
    await stage.until(lambda: query.answered)
    stage.handler.held.set()
    assert len(stage.telegram.messages(stage.ann.private)) == 1
    assert (await stage.newest(stage.ann.private, 2)).asks()


async def test_a_page_for_one_person_is_a_button_that_opens_it_within_telegram(stage: Stage) -> None:
    page = Page("https://draw.example.org/canvas/app/t", "Open the canvas", app=True)
    stage.handler.answers["/page"] = Notice("Take it in hand.", page=page)
    stage.ann.say("/page")
    shown = await stage.newest(stage.ann.private, 1)
    assert shown.text == "Take it in hand."
    assert shown.keyboard() == [[{"text": "Open the canvas", "web_app": {"url": page.url}}]]

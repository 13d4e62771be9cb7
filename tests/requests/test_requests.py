"""Requests with options and defaults, messages that are changed afterwards, regions and waiting, over a database."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.catalogues.catalogue import say
from bot.catalogues.durations import duration
from bot.messages import Action, Answer, Author, Choices, Form, Notice, Place, Pressed, Rewritten, Said, Submitted
from bot.telling import replies
from bot.turns.conversation import TurnRecord
from bot.turns.styles import STYLE, STYLES
from omost_pipeline.renderer.spec import NEGATIVE
from tests.bot_parts import ANN, BOB, PLACE, Bot, opened, working
from tests.fakes import canvas_for, until

MODERATOR = replace(BOB, moderator=True)


async def newest(bot: Bot, place: Place = PLACE) -> TurnRecord:
    turn = await bot.store.turn(await bot.head(place))
    assert turn is not None
    return turn


async def asked(bot: Bot, text: str, message: str = "", **options: str) -> Answer:
    return await bot.handle(Said(PLACE, ANN, text, message, options))


async def changed(bot: Bot, text: str, message: str, author: Author = ANN, place: Place = PLACE) -> Answer:
    return await bot.handle(Rewritten(place, author, text, message))


def told(answer: Answer) -> str:
    assert isinstance(answer, Notice)
    return answer.text


# Options


@pytest.mark.slow
async def test_a_commands_options_shape_the_picture(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        options = {"size": "256x128", "style": "ink", "seed": "7", "count": "2", "negative": "people"}
        assert await asked(bot, "/imagine a quay", **options) is None
        await until(bot.chat.finished)
        _, drawn = bot.engine.drawn[0]
        assert (drawn.width, drawn.height, drawn.seed, drawn.images) == (256, 128, 7, 2)
        assert drawn.negative_prompt == "people"
        assert bot.engine.composed[0][1] == f"a quay, {STYLES['ink'].words}"
        shown = bot.chat.shown["m1"]
        assert shown.words == "a quay"
        assert shown.footer == "Seeds 7 to 8 · 256 × 128 · Ink drawing · tiny"
        assert [button.label for button in shown.buttons if button.action is Action.PICK] == ["1", "2"]


async def test_how_a_picture_is_drawn_can_be_asked_for_and_holds_for_what_follows(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        assert await bot.say("/imagine --steps 5 --guidance 6.5 --initial 0.97 a quay") is None
        await until(lambda: len(bot.chat.finished()) == 1)
        assert await bot.say("at night") is None
        await until(lambda: len(bot.chat.finished()) == 2)
        assert await bot.say("/edit --initial off") is None
        await until(lambda: len(bot.chat.finished()) == 3)
        asked_for = [(each.steps, each.guidance, each.initial_strength) for _, each in bot.engine.drawn]
        assert asked_for == [(5, 6.5, 0.97), (5, 6.5, 0.97), (5, 6.5, None)]
        assert "Use a whole number from 1 to 100" in told(await bot.say("/imagine --steps many a quay"))


async def test_more_pictures_than_a_message_holds_are_shown_on_one_sheet(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        assert await bot.say("/imagine --count 12 --size 64x128 a quay") is None
        await until(bot.chat.finished)
        shown = bot.chat.shown["m1"]
        assert [len(shown.attachments), shown.attachments[0].name] == [1, f"{await bot.head()}-sheet.png"]
        with Image.open(io.BytesIO(shown.attachments[0].content)) as sheet:
            assert sheet.size == (4 * (64 + 8) + 8, 3 * (128 + 8) + 8)
            middles = [
                sheet.getpixel((8 + 32 + 72 * column, 8 + 64 + 136 * row)) for row in range(3) for column in range(4)
            ]
        assert middles == [(seed, 0, 0) for seed in range(100, 112)]
        picks = [button.turn for button in shown.buttons if button.action is Action.PICK]
        assert len(shown.buttons) <= 25, "as many as a message of Discord's has"
        assert await bot.press(Action.PICK, picks[11]) is None
        assert bot.chat.shown["m2"].footer.startswith("Seed 111 · 64 × 128")


async def test_options_in_the_text_mean_the_same(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        assert await bot.say("/imagine --size 256x128 --seed 7 --style ink a quay") is None
        turn = await newest(bot)
        assert (turn.words, turn.draft.width, turn.draft.seed, turn.draft.spec.get(STYLE)) == ("a quay", 256, 7, "ink")
        assert "became 256 × 128" in told(await bot.say("/edit --size 250x130 at night"))
        assert (await newest(bot)).parent == turn.id
        assert told(await bot.say("/imagine --sise wide x")).startswith("I don't know --sise")
        assert "isn't a valid value for seed" in told(await asked(bot, "/imagine a quay", seed="many"))
        assert len(bot.chat.posts) == 2


async def test_an_edit_keeps_what_was_not_to_be_seen_and_asks_for_the_style_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await asked(bot, "/imagine a quay", style="ink", negative="people")
        await bot.say("at night")
        draft = (await newest(bot)).draft
        assert (draft.spec.get(STYLE), draft.spec.get(NEGATIVE)) == (None, "people"), (
            "the style is in the canvas already"
        )


async def test_edit_with_options_alone_draws_the_same_canvas_otherwise(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("red house")
        await until(bot.chat.finished)
        assert await bot.say("/edit --seed 7") is None
        await until(lambda: len(bot.engine.drawn) == 2)
        assert (bot.engine.drawn[1][0], bot.engine.drawn[1][1].seed) == (canvas_for("red house"), 7)
        assert len(bot.engine.composed) == 1


# Defaults


async def test_the_request_comes_before_the_person_the_place_and_the_bot(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        chain = replace(PLACE, key="group/topic#1")

        async def drawn(**options: str) -> tuple[int, str | None, str | None]:
            await bot.handle(Said(chain, ANN, "/imagine a quay", "", options))
            draft = (await newest(bot, chain)).draft
            return draft.width, draft.spec.get(NEGATIVE), draft.spec.get(STYLE)

        async def save(whose: str, author: Author, **values: str) -> None:
            saved = await bot.handle(Submitted(chain, author, Action.SETTINGS, whose, values))
            assert told(saved).startswith("Saved"), saved

        assert await drawn() == (192, None, None)
        await save("all", MODERATOR, size="256x256", negative="cars", style="oil")
        assert await drawn() == (256, "cars", "oil")
        await save("here", MODERATOR, size="128x128")
        assert await drawn() == (128, "cars", "oil")
        await save("me", ANN, negative="people", style="none")
        assert await drawn() == (128, "people", None)
        assert await drawn(size="320x320", style="ink", negative="") == (320, "", "ink")
        await save("me", ANN, size="", negative="", style="")
        assert await drawn() == (128, "cars", "oil")
        assert (await bot.store.conversation(PLACE)) is None, "other places have their own"


async def test_settings_are_a_form_with_what_is_saved(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        form = await bot.say("/settings")
        assert isinstance(form, Form)
        assert {field.name: field.value for field in form.fields} == {
            "size": "",
            "negative": "",
            "style": "",
            "draft": "",
        }
        values = {"size": "wide", "negative": "cars", "style": "ink"}
        saved = await bot.handle(Submitted(PLACE, ANN, form.action, form.turn, values))
        assert told(saved) == "Saved. Your new pictures will use: size wide, negative cars, style ink."
        form = await bot.say("/settings")
        assert isinstance(form, Form)
        assert {field.name: field.value for field in form.fields} == {**values, "draft": ""}
        style = next(field for field in form.fields if field.name == STYLE.name)
        assert {option.value for option in style.options} == {"", "none", *STYLES}


async def test_a_places_defaults_are_for_moderators(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        assert await bot.say("/settings here") == Notice(say(replies.MODERATORS_ONLY))
        sent = Submitted(PLACE, ANN, Action.SETTINGS, "here", {"style": "ink"})
        assert await bot.handle(sent) == Notice(say(replies.MODERATORS_ONLY))
        assert isinstance(await bot.say("/settings here", author=MODERATOR), Form)
        wrong = Submitted(PLACE, MODERATOR, Action.SETTINGS, "here", {"size": "4096x4096"})
        assert "out of range" in told(await bot.handle(wrong))
        assert "I don't know the settings “moon”" in told(await bot.say("/settings moon"))
        strange = Submitted(PLACE, ANN, Action.SETTINGS, "abcdefghij", {})
        assert await bot.handle(strange) == Notice(say(replies.BAD_FORM))


async def test_a_channels_defaults_hold_in_its_threads_and_a_threads_in_no_other(tmp_path: Path) -> None:
    thread, other = Place("test", "1/2/3"), Place("test", "1/2/4")
    async with opened(tmp_path) as bot:

        async def settled(scope: str, style: str) -> None:
            form = await bot.say(f"/settings {scope}", thread, MODERATOR)
            assert isinstance(form, Form)
            sent = Submitted(thread, MODERATOR, form.action, form.turn, {"style": style})
            assert "Saved. New pictures" in told(await bot.handle(sent))

        async def style(place: Place) -> str | None:
            await bot.say("/imagine a quay", place)
            return (await newest(bot, place)).draft.spec.get(STYLE)

        await settled("server", "oil")
        assert [await style(each) for each in (thread, other, Place("test", "1/5/6"))] == ["oil"] * 3
        await settled("channel", "ink")
        assert [await style(each) for each in (thread, other, Place("test", "1/5/6"))] == ["ink", "ink", "oil"]
        await settled("thread", "comic")
        assert [await style(each) for each in (thread, other, Place("test", "1/2"))] == ["comic", "ink", "ink"]


# Messages that are changed afterwards


@pytest.mark.slow
async def test_new_words_do_the_turn_again_beside_the_old_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await asked(bot, "red house", "1")
        await asked(bot, "/imagine a quay", "2", seed="7", style="ink", count="2")
        old = await newest(bot)
        await asked(bot, "at night", "3")
        await until(lambda: len(bot.chat.finished()) == 3)
        assert await changed(bot, "/imagine a pier", "2") is None
        await until(lambda: len(bot.chat.finished()) == 4)
        new = await newest(bot)
        assert replace(new.draft, canvas=None) == replace(old.draft, words="a pier", canvas=None)
        assert bot.engine.composed[-1] == ((), f"a pier, {STYLES['ink'].words}")
        await changed(bot, "/imagine a dock", "2")
        assert (await newest(bot)).words == "a dock", "and again"


async def test_work_on_the_old_words_stops(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await asked(bot, "red house", "1")
        assert await changed(bot, "blue house", "1") is None
        assert "Cancelled" in bot.chat.shown["m1"].text
        async with working(bot):
            await until(bot.chat.finished)
        assert [words for _, words in bot.engine.composed] == ["blue house"]


@pytest.mark.parametrize("text", ["red house", "/undo", "// never mind", "/imagine"])
async def test_a_change_that_asks_for_nothing_new_changes_nothing(tmp_path: Path, text: str) -> None:
    async with opened(tmp_path) as bot:
        await asked(bot, "red house", "1")
        assert await changed(bot, text, "1") is None
        assert await changed(bot, "blue house", "2") is None, "an unknown message"
        assert await changed(bot, "blue house", "1", author=BOB) is None, "somebody else's"
        assert await changed(bot, "blue house", "1", place=Place("test", "elsewhere")) is None
        assert [text for _, _, text in bot.chat.posts] == [bot.chat.shown["m1"]]


async def test_drawing_again_is_not_what_a_message_is_changed_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await asked(bot, "red house", "1")
        await until(bot.chat.finished)
        await bot.press(Action.REROLL)
        await until(lambda: len(bot.chat.finished()) == 2)
        await changed(bot, "blue house", "1")
        draft = (await newest(bot)).draft
        assert (draft.words, draft.seed) == ("blue house", 100), "the turn of the message, not its reroll"


# Regions


async def test_a_region_is_changed_without_composing(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("red house")
        await until(bot.chat.finished)
        first = await newest(bot)
        listed = await bot.press(Action.LAYOUT)
        assert isinstance(listed, Choices)
        assert listed.attachments[0].content.startswith(b"\x89PNG")
        assert await bot.say("/layout") == listed
        form = await bot.handle(Pressed(PLACE, ANN, listed.action, listed.turn, listed.options[0].value))
        assert isinstance(form, Form)
        values = {field.name: field.value for field in form.fields}
        unchanged = Submitted(PLACE, ANN, form.action, form.turn, values)
        assert await bot.handle(unchanged) == Notice(say(replies.UNCHANGED))
        moved = Submitted(PLACE, ANN, form.action, form.turn, values | {"place": "on the left"})
        assert await bot.handle(moved) is None
        await until(lambda: len(bot.engine.drawn) == 2)
        turn = await newest(bot)
        assert (turn.parent, turn.words) == (first.id, "move a red house: on the left")
        assert bot.engine.drawn[1][0].regions[0].location == "on the left"
        assert bot.engine.drawn[1][1].seed == first.draft.seed
        assert len(bot.engine.composed) == 1
        await bot.say("add a tree")
        await until(lambda: len(bot.engine.composed) == 2)
        assert [each.words for each in bot.engine.composed[1][0]] == ["red house", "move a red house: on the left"]


async def test_a_region_form_of_another_place_or_a_gone_region_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("red house")
        await until(bot.chat.finished)
        turn = await bot.head()
        elsewhere = Submitted(Place("test", "elsewhere"), ANN, Action.REGION, f"{turn}-0", {})
        assert await bot.handle(elsewhere) == Notice(say(replies.UNKNOWN_TURN))
        gone = Submitted(PLACE, ANN, Action.REGION, f"{turn}-9", {})
        assert await bot.handle(gone) == Notice(say(replies.UNKNOWN_REGION))


# Waiting


async def test_whoever_waits_learns_about_how_long(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        now = 1000.0
        bot.queue._clock = lambda: now
        async with working(bot):
            bot.engine.drawing.shut()
            await bot.say("red house")
            await until(bot.engine.drawing.reached.is_set)
            now += 120
            bot.engine.drawing.open()
            await until(bot.chat.finished)
            await bot.at_rest()
        await bot.say("a quay", Place("test", "a"), BOB)
        await bot.say("a pier", Place("test", "b"), ANN)
        assert "You're next." in bot.chat.shown["m2"].text
        assert "Waiting: 1 picture ahead of you, about 2 minutes." in bot.chat.shown["m3"].text
        queue = await bot.say("/queue", author=ANN)
        assert told(queue) == "2 pictures are waiting. Ahead of yours: 1 (about 2 minutes)."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "less than a minute"), (60, "about 1 minute"), (170, "about 3 minutes"), (7200, "about 2 hours")],
)
def test_durations_are_told_as_people_tell_them(seconds: float, words: str) -> None:
    assert say(duration(seconds)) == words

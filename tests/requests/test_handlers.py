"""What messages, buttons and forms do; the worker draws where a picture is needed."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.catalogues.catalogue import say
from bot.jobs import failures
from bot.jobs.job import Allowance
from bot.messages import Action, Answer, Author, Form, Notice, Place, Said, Submitted
from bot.requests.limits import Limits
from bot.requests.options import examples
from bot.telling import replies
from omost_pipeline.canvas.codec import canvas_from_json
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.spec import LARGEST_SEED
from tests.bot_parts import ANN, BOB, PLACE, Bot, opened, working
from tests.fakes import FakeChat, FakeModels, canvas_for, until

ELSEWHERE = Place("test", "elsewhere")


async def drawn(bot: Bot, words: str = "red house", place: Place = PLACE) -> str:
    """Say something, wait for its picture and give its turn."""
    count = len(bot.chat.finished())
    assert await bot.say(words, place) is None
    await until(lambda: len(bot.chat.finished()) > count)
    return await bot.head(place)


async def settled(bot: Bot, pictures: int) -> None:
    await until(lambda: len(bot.chat.finished()) == pictures)


def notice(answer: Answer) -> str:
    assert isinstance(answer, Notice)
    return answer.text


async def test_the_first_message_is_a_request_and_the_next_one_edits_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot, "make it blue")
        second = await drawn(bot, "add a tree")
        turn = await bot.store.turn(second)
        assert turn is not None
        assert turn.parent == first
        assert turn.draft.seed == 100


async def test_imagine_starts_anew_in_the_same_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await drawn(bot)
        await drawn(bot, "/imagine@omost_bot a fish")
        assert bot.engine.composed[1] == ((), "a fish")
        assert notice(await bot.say("/imagine")) == say(replies.NO_WORDS)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("// just talking", None),
        ("", say(replies.EMPTY)),
        ("  \n ", say(replies.EMPTY)),
        ("/help", say(replies.help_text(examples(Limits())))),
        ("/start", say(replies.help_text(examples(Limits())))),
        ("/dance now", "I don't know /dance. Send /help to see what I can do."),
        ("/undo", say(replies.NOTHING_HERE)),
        ("/edit", say(replies.NOTHING_HERE)),
        ("/canvas", say(replies.NOTHING_HERE)),
        ("/cancel", say(replies.NOTHING_TO_CANCEL)),
        ("/queue", say(replies.QUEUE_EMPTY)),
        ("x" * 4001, "That message is 4,001 characters long; the limit is 4,000. Please shorten it."),
        ("/imagine " + "x" * 4001, "That message is 4,001 characters long; the limit is 4,000. Please shorten it."),
    ],
)
async def test_messages_that_draw_nothing(tmp_path: Path, text: str, answer: str | None) -> None:
    async with opened(tmp_path) as bot:
        expected = Notice(answer) if answer is not None else None
        assert await bot.say(text) == expected
        assert await bot.admit(Said(PLACE, ANN, text)) == expected
        assert bot.chat.posts == []
        assert await bot.store.conversation(PLACE) is None


async def test_before_a_place_is_made_for_words_it_is_known_whether_they_would_be_refused(tmp_path: Path) -> None:
    limits = Limits(shortest=64, longest=512, allowance=Allowance(1, 100, 1000))
    async with opened(tmp_path, limits=limits) as bot:
        asked = Said(PLACE, ANN, "/imagine a red house")
        assert await bot.admit(asked) is None
        assert "500" in notice(await bot.admit(replace(asked, options={"steps": "500"})))
        assert bot.chat.posts == []
        await bot.handle(asked)
        assert await bot.admit(asked) == await bot.handle(asked)
        assert len(bot.chat.posts) == 1


async def test_four_thousand_characters_and_odd_ones_are_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        assert await bot.say("x" * 4000) is None
        assert await bot.say("house \ud83d \0") is None
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert turn.words == "house ? ?"


async def test_the_edit_button_gives_a_form_with_what_is_there(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        for form in (await bot.press(Action.EDIT), await bot.say("/edit")):
            assert isinstance(form, Form)
            assert (form.action, form.turn) == (Action.EDIT, turn)
            assert {field.name: field.value for field in form.fields} == {
                "words": "red house",
                "size": "192x192",
                "seed": "100",
            }


@pytest.mark.slow
async def test_editing_the_words_composes_a_sibling_from_the_same_parent(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot)
        second = await drawn(bot, "add a tree")
        await drawn(bot, "add a cat")
        assert await bot.submit(second, words="add a dog", size="192x192", seed="100") is None
        await settled(bot, 4)
        sibling = await bot.store.turn(await bot.head())
        assert sibling is not None
        assert sibling.parent == first
        assert [turn.words for turn in bot.engine.composed[-1][0]] == ["red house"]
        old = await bot.store.turn(second)
        assert old is not None
        assert old.words == "add a tree", "nothing is overwritten"


async def test_editing_size_and_seed_alone_draws_the_same_canvas_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        assert await bot.submit(turn, words=" red house ", size="256 × 128", seed="7") is None
        await settled(bot, 2)
        assert len(bot.engine.composed) == 1
        canvas, options = bot.engine.drawn[-1]
        assert canvas == canvas_for("red house")
        assert (options.width, options.height, options.seed) == (256, 128, 7)


async def test_a_rounded_size_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await drawn(bot)
        told = notice(await bot.submit(size="250x150"))
        assert told == "Sizes come in steps of 64 pixels, so 250 × 150 became 256 × 128."
        await settled(bot, 2)
        assert (bot.engine.drawn[-1][1].width, bot.engine.drawn[-1][1].height) == (256, 128)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"seed": "-1"}, "“-1” isn't a valid value for seed. Use a whole number from 0 to 4294967295."),
        (
            {"seed": str(LARGEST_SEED + 1)},
            "“4294967296” isn't a valid value for seed. Use a whole number from 0 to 4294967295.",
        ),
        ({"seed": "9" * 5000}, "isn't a valid value for seed"),
        ({"seed": "lucky"}, "“lucky” isn't a valid value for seed"),
        ({"seed": "1.5"}, "“1.5” isn't a valid value for seed"),
        ({"size": "huge"}, "“huge” isn't a size"),
        ({"size": "0x192"}, "0 pixels is out of range; each side must be 64 to 512 pixels."),
        ({"size": "192x100000"}, "100000 pixels is out of range"),
        ({"size": "192x" + "9" * 5000}, "isn't a size"),
        ({"words": "  "}, say(replies.EMPTY)),
        ({"words": "x" * 4001}, "4,001 characters"),
        ({}, say(replies.UNCHANGED)),
        ({"size": "190x190"}, f"so 190 × 190 became 192 × 192. {say(replies.UNCHANGED)}"),
    ],
)
async def test_bad_form_values_are_named_and_draw_nothing(tmp_path: Path, values: dict[str, str], named: str) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        turn = await bot.head()
        submitted = Submitted(PLACE, ANN, Action.EDIT, turn, values)
        assert named in notice(await bot.handle(submitted))
        assert len(bot.chat.posts) == 1
        assert await bot.head() == turn


async def test_rerolling_draws_the_same_canvas_with_the_next_unused_seed(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        assert await asyncio.gather(*(bot.press(Action.REROLL, turn) for _ in range(2))) == [None, None]
        await settled(bot, 3)
        assert len(bot.engine.composed) == 1
        assert [options.seed for _, options in bot.engine.drawn] == [100, 101, 102]
        reroll = await bot.store.turn(await bot.head())
        assert reroll is not None
        assert (reroll.parent, reroll.draft.seed) == (None, 102)


async def test_variations_are_four_pictures_in_one_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        await bot.press(Action.VARIATIONS, turn)
        await settled(bot, 2)
        result = bot.chat.shown["m2"]
        assert len(result.attachments) == 4
        assert "Seeds 101 to 104" in result.footer
        reds = [Image.open(io.BytesIO(each.content)).convert("RGB").getpixel((0, 0)) for each in result.attachments]
        assert reds == [(101, 0, 0), (102, 0, 0), (103, 0, 0), (104, 0, 0)]
        assert [picture.seed for picture in await bot.store.pictures(await bot.head())] == [101, 102, 103, 104]


async def test_undo_goes_to_the_parent_and_shows_its_picture_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot)
        second = await drawn(bot, "add a tree")
        original = bot.chat.shown["m1"]
        assert await bot.press(Action.UNDO, second) is None
        assert await bot.head() == first
        assert replace(bot.chat.shown["m3"], nonce="", fresh=False) == original
        assert await bot.press(Action.UNDO, first) == Notice(say(replies.NOTHING_TO_UNDO))
        await drawn(bot, "add a cat")
        assert [turn.words for turn in bot.engine.composed[-1][0]] == ["red house"]


async def test_a_plain_undo_stops_what_is_being_made(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot)
        bot.engine.drawing.shut()
        await bot.say("add a tree")
        await until(bot.engine.drawing.reached.is_set)
        assert await bot.say("/undo") is None
        assert "Cancelled" in bot.chat.shown["m2"].text
        assert await bot.head() == first


@pytest.mark.slow
async def test_a_plain_undo_passes_over_a_failed_turn(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot)
        await drawn(bot, "add a tree")
        bot.engine.error = ZeroDivisionError()
        await bot.say("add a cat")
        await until(lambda: say(failures.UNEXPECTED) in bot.chat.shown["m3"].text)
        assert await bot.say("/undo") is None
        assert await bot.head() == first


async def test_the_code_is_a_notice_with_files(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        for code in (await bot.press(Action.CODE), await bot.say("/canvas")):
            assert isinstance(code, Notice)
            ends = (".py", ".json", ".comfyui.json", "-masks.zip", "-1.png")
            assert [each.name for each in code.attachments] == [f"{turn}{end}" for end in ends]
            assert parse_canvas(code.attachments[0].content.decode()).canvas == canvas_for("red house")
            assert canvas_from_json(code.attachments[1].content.decode()) == canvas_for("red house")
            assert json.loads(code.attachments[1].content)
            assert json.loads(code.attachments[2].content)[0]["color"] == [135, 206, 250]
            with ZipFile(io.BytesIO(code.attachments[3].content)) as archive:
                assert archive.namelist() == ["layout.png", "01-a-red-house.png", "02-a-yellow-sun.png"]
            assert code.attachments[4].content == bot.chat.finished()[-1].attachments[0].content


async def test_a_turn_that_is_not_composed_has_no_layout_code_or_reroll(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        turn = await bot.head()
        for action in (Action.LAYOUT, Action.CODE, Action.REROLL, Action.VARIATIONS):
            assert await bot.press(action, turn) == Notice(say(replies.NOT_COMPOSED))


async def test_only_its_author_or_a_moderator_stops_a_job(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        assert await bot.press(Action.CANCEL, author=BOB) == Notice(say(replies.NOT_YOURS_TO_STOP))
        assert await bot.say("/cancel", author=BOB) == Notice(say(replies.NOT_YOURS_TO_STOP))
        assert await bot.press(Action.CANCEL, author=replace(BOB, moderator=True)) is None
        assert "Cancelled" in bot.chat.shown["m1"].text


async def test_a_waiting_job_can_be_cancelled_and_retried(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        turn = await bot.head()
        assert await bot.press(Action.CANCEL) is None
        assert "Cancelled" in bot.chat.shown["m1"].text
        assert await bot.press(Action.CANCEL, turn) == Notice(say(replies.NOTHING_TO_CANCEL))
        assert await bot.press(Action.RETRY, turn) is None
        assert await bot.press(Action.RETRY, turn) == Notice(say(replies.NOT_RETRIED))
        async with working(bot):
            await settled(bot, 1)
        assert await bot.press(Action.RETRY, turn) == Notice(say(replies.NOT_RETRIED))
        assert len(bot.chat.posts) == 2


async def test_the_cancel_command_cancels_the_newest_job_of_the_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        await bot.say("add a tree")
        await bot.say("a fish", ELSEWHERE)
        assert await bot.say("/cancel") is None
        assert ["Cancelled" in bot.chat.shown[name].text for name in ("m1", "m2", "m3")] == [False, True, False]


async def test_the_queue_command_tells_where_ones_own_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house", Place("test", "a"), ANN)
        await bot.say("red house", Place("test", "b"), BOB)
        assert notice(await bot.say("/queue", author=BOB)) == "2 pictures are waiting. Ahead of yours: 1."
        assert "none of them are yours" in notice(await bot.say("/queue", author=Author("3", "Cy")))


@pytest.mark.sampled(8)
@pytest.mark.parametrize("action", list(Action))
async def test_buttons_of_unknown_turns_and_of_other_places_are_refused(tmp_path: Path, action: Action) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        turn = await bot.head()
        assert await bot.press(action, "nosuchturn") == Notice(say(replies.UNKNOWN_TURN))
        assert await bot.press(action, turn, ELSEWHERE) == Notice(say(replies.UNKNOWN_TURN))
        assert await bot.submit(turn, ELSEWHERE, words="x") == Notice(say(replies.UNKNOWN_TURN))


async def test_a_form_nobody_gave_out_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        strange = Submitted(PLACE, ANN, Action.UNDO, await bot.head(), {})
        assert await bot.handle(strange) == Notice(say(replies.BAD_FORM))


async def test_what_this_version_does_not_know_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        assert await bot.press(Action.SETTINGS, await bot.head()) == Notice(say(replies.UNKNOWN_BUTTON))
        assert len(bot.chat.posts) == 1


async def test_old_buttons_work_after_a_restart(tmp_path: Path) -> None:
    chat = FakeChat()
    async with opened(tmp_path, chat) as bot, working(bot):
        turn = await drawn(bot)
        await drawn(bot, "add a tree")
    async with opened(tmp_path, chat) as bot, working(bot):
        assert await bot.press(Action.REROLL, turn) is None
        await settled(bot, 3)
        assert bot.engine.composed == []


async def test_too_many_waiting_pictures_are_refused_with_the_limit(tmp_path: Path) -> None:
    limits = Limits(allowance=Allowance(waiting_per_author=1))
    async with opened(tmp_path, limits=limits) as bot:
        await bot.say("red house")
        assert "already have 1 picture waiting" in notice(await bot.say("add a tree"))
        assert len(bot.chat.posts) == 1


async def test_a_missing_picture_file_is_made_up_for_by_its_layout(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot)
        second = await drawn(bot, "add a tree")
        (tmp_path / "pictures" / f"{first}-1.png").unlink()
        await bot.press(Action.UNDO, second)
        shown = bot.chat.shown["m3"]
        assert "Press Reroll to draw it again" in shown.text
        assert shown.attachments[0].name == f"{first}-layout.png"


async def test_the_bundled_models_admit_what_they_cannot_draw(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await drawn(bot, "red house")
        await drawn(bot, "green dragon")
        assert "omost" not in bot.chat.shown["m1"].text
        assert "They don't know “A green dragon”, so that's only a guess" in bot.chat.shown["m2"].text
        assert 'profile = "omost"' in bot.chat.shown["m2"].text


async def test_other_profiles_say_nothing_of_the_kind(tmp_path: Path) -> None:
    engine = FakeModels(replace(PROFILES["omost"], width=192, height=192))
    async with opened(tmp_path, engine=engine) as bot, working(bot):
        await drawn(bot, "green dragon")
        assert "guess" not in bot.chat.shown["m1"].text


async def test_corrections_are_shown_quietly(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.replies["red house"] = (
            "```python\ncanvas = Canvas()\ncanvas.set_global_description(description='A meadow.', "
            "detailed_descriptions=[], tags='', HTML_web_color_name='lightskyblu')\n```"
        )
        await drawn(bot)
        assert "Small fixes: lightskyblu → lightskyblue." in bot.chat.shown["m1"].text


async def test_a_message_that_comes_again_is_drawn_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        for _ in range(2):
            await bot.handle(Said(PLACE, ANN, "red house", message="7"))
        await bot.handle(Said(PLACE, ANN, "red house", message="8"))
        assert len(await bot.queue.positions()) == 2

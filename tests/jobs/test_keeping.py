"""An edit begins with the picture before it: its pixels, its latents and its canvas go to the engine."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import Action, Notice, Pressed, Rewritten, Said, Submitted
from bot.turns.conversation import Edited, TurnRecord
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import GlobalDescription
from omost_pipeline.renderer.keep.earlier import Whole
from tests.bot_parts import ANN, PLACE, Bot, opened, working
from tests.fakes import EditingModels, canvas_for, until


def made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


async def drawn(bot: Bot, count: int) -> None:
    await until(lambda: len(bot.chat.finished()) == count)


def seeds(models: EditingModels) -> list[bytes]:
    return [edit.remains for edit in models.edits]


@pytest.mark.slow
async def test_what_follows_begins_with_the_picture_before_it(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 red house")
        await drawn(bot, 1)
        assert models.edits == []
        assert (tmp_path / "pictures" / f"{await bot.head()}-1.latents").read_bytes() == b"7"
        await bot.say("blue house")
        await drawn(bot, 2)
        [edit] = models.edits
        assert (edit.canvas, edit.remains) == (canvas_for("red house"), b"7")
        assert edit.picture.getpixel((0, 0)) == (7, 0, 0)
        await bot.press(Action.REROLL)
        await drawn(bot, 3)
        assert seeds(models) == [b"7", b"7"], "another try of the edit begins with the same picture"


async def newest(bot: Bot) -> TurnRecord:
    turn = await bot.store.turn(await bot.head())
    assert turn is not None
    return turn


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("options", "why"),
    [("--keep off", None), ("--guidance 9", Whole.SETTINGS), ("--size 128x64", Whole.SIZE)],
)
async def test_what_is_drawn_otherwise_is_drawn_whole_and_why_is_stored(
    tmp_path: Path, options: str, why: Whole | None
) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("red house")
        await drawn(bot, 1)
        assert (await newest(bot)).edited is None
        await bot.say(f"/edit {options} blue house")
        await drawn(bot, 2)
        assert models.edits == []
        assert (await newest(bot)).edited == (None if why is None else Edited(whole=why))
        await bot.say("green house")
        await drawn(bot, 3)
        assert len(models.edits) == 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize("ending", ["latents", "png"])
async def test_where_a_file_is_gone_the_picture_is_drawn_whole(tmp_path: Path, ending: str) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine red house")
        await drawn(bot, 1)
        (tmp_path / "pictures" / f"{await bot.head()}-1.{ending}").unlink()
        await bot.say("blue house")
        await drawn(bot, 2)
        assert models.edits == []
        assert (await newest(bot)).edited == Edited(whole=Whole.MISSING)


@pytest.mark.slow
async def test_what_was_kept_is_stored_with_the_turn_and_so_is_a_changed_scene(tmp_path: Path) -> None:
    models = EditingModels()
    night = replace(canvas_for("house"), scene=GlobalDescription("A dark night."))
    models.replies["at night"] = canvas_to_reply(night)
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("red house")
        await drawn(bot, 1)
        await bot.say("blue house")
        await drawn(bot, 2)
        kept = (await newest(bot)).edited
        assert kept is not None
        assert (kept.kept, kept.whole) == (0.5, None)
        with Image.open(io.BytesIO(kept.mask)) as mask:
            assert (mask.mode, mask.getpixel((0, 0)), mask.getpixel((mask.width - 1, 0))) == ("1", 0, 255)
        assert len(kept.mask) < 300
        await bot.say("at night")
        await drawn(bot, 3)
        assert (await newest(bot)).edited == Edited(whole=Whole.SCENE)
    async with opened(tmp_path) as bot:
        assert (await newest(bot)).edited == Edited(whole=Whole.SCENE), "also after a restart"


@pytest.mark.slow
async def test_after_a_cancelled_turn_an_edit_begins_with_the_picture_before_it(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 red house")
        await drawn(bot, 1)
        models.writing.shut()
        await bot.say("blue house")
        await until(lambda: any(each.action is Action.CANCEL for m in bot.chat.shown.values() for each in m.buttons))
        await bot.press(Action.CANCEL)
        models.writing.open()
        await bot.say("green house")
        await drawn(bot, 2)
        assert seeds(models) == [b"7"]


@pytest.mark.slow
async def test_a_style_does_not_keep_edits_from_the_first_picture(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --style ink --seed 7 red house")
        await drawn(bot, 1)
        await bot.say("blue house")
        await drawn(bot, 2)
        assert seeds(models) == [b"7"]


@pytest.mark.slow
async def test_an_edit_after_larger_begins_with_the_original_and_larger_is_of_the_edited_picture(
    tmp_path: Path,
) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 red house")
        await drawn(bot, 1)
        await bot.say("blue house")
        await drawn(bot, 2)
        [edited] = await bot.store.pictures(await bot.head())
        await bot.press(Action.LARGER)
        await drawn(bot, 3)
        original = models.enlarged[-1]
        assert original is not None
        stored = Image.open(tmp_path / edited.path)
        assert original.tobytes() == stored.convert("RGB").tobytes(), "the edited one, as it is stored"
        assert (await newest(bot)).edited is None, "making larger is no edit"
        await bot.say("green house")
        await drawn(bot, 4)
        assert models.edits[-1].picture.tobytes() == stored.convert("RGB").tobytes()
        assert models.edits[-1].canvas == canvas_for("blue house")


@pytest.mark.slow
async def test_of_several_pictures_an_edit_begins_with_the_one_that_was_picked(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 --count 3 red house")
        await drawn(bot, 1)
        await bot.press(Action.PICK, f"{await bot.head()}-2")
        await drawn(bot, 2)
        await bot.say("/edit --count 2 blue house")
        await drawn(bot, 3)
        assert seeds(models) == [b"8"]
        assert len(await bot.store.pictures(await bot.head())) == 2


async def test_undo_is_exact_and_the_next_edit_begins_there(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 red house")
        await drawn(bot, 1)
        first = bot.chat.finished()[0].attachments[0].content
        await bot.say("blue house")
        await drawn(bot, 2)
        await bot.press(Action.UNDO)
        await drawn(bot, 3)
        assert bot.chat.finished()[-1].attachments[0].content == first, "to the byte"
        await bot.say("green house")
        await drawn(bot, 4)
        assert [edit.canvas for edit in models.edits] == [canvas_for("red house")] * 2


@pytest.mark.slow
async def test_a_rewritten_message_and_a_branch_begin_with_their_own_parents_picture(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.handle(Said(PLACE, ANN, "red house", "1"))
        await drawn(bot, 1)
        await bot.handle(Said(PLACE, ANN, "blue house", "2"))
        await drawn(bot, 2)
        await bot.handle(Said(PLACE, ANN, "green house", "3"))
        await drawn(bot, 3)
        await bot.handle(Rewritten(PLACE, ANN, "white house", "2"))
        await drawn(bot, 4)
        await bot.handle(Rewritten(PLACE, ANN, "black house", "1"))
        await drawn(bot, 5)
        begun = [edit.canvas for edit in models.edits]
        assert begun == [canvas_for("red house"), canvas_for("blue house"), canvas_for("red house")]
        assert (await newest(bot)).edited is None, "the first message begins with nothing"


@pytest.mark.slow
async def test_a_form_of_a_region_begins_with_the_picture_and_tells_how_to_keep_it(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("red house")
        await drawn(bot, 1)
        form = Submitted(PLACE, ANN, Action.REGION, f"{await bot.head()}-0", {"colour": "blue"})
        await bot.handle(form)
        await drawn(bot, 2)
        await bot.say("/edit --strength 0.5 --margin 0.1 green house")
        await drawn(bot, 3)
        await bot.say("white house")
        await drawn(bot, 4)
        told = [(edit.options.strength, edit.options.margin) for edit in models.edits]
        assert told == [(1.0, 0.03), (0.5, 0.1), (1.0, 0.03)], "for that edit alone"


@pytest.mark.slow
async def test_one_region_is_drawn_anew_with_a_seed_of_its_own_each_time(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 red house")
        await drawn(bot, 1)
        first = await bot.head()
        for count in (2, 3):
            assert await bot.handle(Pressed(PLACE, ANN, Action.VARY, first, "1")) is None
            await drawn(bot, count)
        await bot.press(Action.REROLL)
        await drawn(bot, 4)
        drawings = [(canvas == canvas_for("red house"), options.seed) for canvas, options in models.drawn]
        assert drawings == [(True, 7), (True, 8), (True, 9), (True, 10)]
        assert [edit.again for edit in models.edits] == [(1,)] * 3
        assert seeds(models) == [b"7"] * 3
        refused = await bot.handle(Pressed(PLACE, ANN, Action.VARY, first, "7"))
        assert isinstance(refused, Notice)


@pytest.mark.slow
async def test_all_of_an_edit_is_redrawn_with_the_same_canvas_and_seed(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await bot.say("/imagine --seed 7 red house")
        await drawn(bot, 1)
        await bot.say("blue house")
        await drawn(bot, 2)
        await bot.say("/redraw")
        await drawn(bot, 3)
        assert models.drawn[-1] == models.drawn[-2]
        assert len(models.edits) == 1
        assert (await newest(bot)).edited is None
        await bot.say("green house")
        await drawn(bot, 4)
        assert len(models.edits) == 2, "what follows is an edit again"


@pytest.mark.slow
async def test_an_edit_that_was_stopped_by_the_end_of_the_bot_is_drawn_exactly_as_it_would_have_been(
    tmp_path: Path,
) -> None:
    models, whole = EditingModels(), EditingModels()
    async with opened(made(tmp_path / "whole"), engine=whole) as bot, working(bot):
        await bot.say("red house")
        await drawn(bot, 1)
        await bot.say("blue house")
        await drawn(bot, 2)
        expected = bot.chat.finished()[-1].attachments[0].content
    async with opened(made(tmp_path / "cut"), engine=models) as bot:
        async with working(bot):
            await bot.say("red house")
            await drawn(bot, 1)
            models.drawing.shut()
            await bot.say("blue house")
            await until(models.drawing.reached.is_set)
        chat = bot.chat
    async with opened(tmp_path / "cut", chat, engine=models) as bot, working(bot):
        await drawn(bot, 2)
        found = bot.chat.finished()[-1].attachments[0].content
    with Image.open(io.BytesIO(found)) as one, Image.open(io.BytesIO(expected)) as other:
        assert one.tobytes() == other.tobytes()
    assert {edit.remains for edit in models.edits} == {b"100"}


@pytest.mark.slow
async def test_the_buttons_of_an_edit_with_as_many_pictures_as_can_be_fit_every_platform(tmp_path: Path) -> None:
    async with opened(tmp_path, engine=EditingModels()) as bot, working(bot):
        await bot.say("red house")
        await drawn(bot, 1)
        await bot.say("/edit --count 12 blue house")
        await drawn(bot, 2)
        buttons = bot.chat.finished()[-1].buttons
        assert {Action.CHANGES, Action.REDRAW, Action.DELETE} <= {each.action for each in buttons}
        assert len(buttons) <= 25, "five rows of five on Discord"
        assert max(len(each.data) for each in buttons) <= 64, "bytes of a callback on Telegram"

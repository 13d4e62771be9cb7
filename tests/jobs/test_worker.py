"""The worker from a message to the posted picture: statuses, cancelling, errors, order."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import threading
from collections.abc import Collection
from pathlib import Path

import pytest
from PIL import Image

from bot.catalogues.catalogue import say
from bot.jobs import failures
from bot.jobs.job import Job, State
from bot.messages import Action, Notice, Place, shown_size
from bot.store.assets import Pictures
from bot.store.files import Folder
from bot.telling import replies
from bot.turns.conversation import Picture, TurnRecord
from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.events import Part
from omost_pipeline.errors import ComposerError, DeviceLostError
from tests.bot_parts import ANN, BOB, PLACE, opened, working
from tests.fakes import PATIENCE, FakeModels, canvas_for, until


async def test_a_message_becomes_one_picture_in_the_one_message_about_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        assert await bot.say("red house") is None
        await until(bot.chat.finished)
        assert [place for _, place, _ in bot.chat.posts] == [PLACE]
        result = bot.chat.shown["m1"]
        assert result.words == "red house"
        assert (result.footer, result.parent) == ("Seed 100 · 192 × 192 · tiny", "")
        assert [button.action for button in result.buttons] == [
            Action.EDIT,
            Action.REROLL,
            Action.VARIATIONS,
            Action.LARGER,
            Action.UNDO,
            Action.LAYOUT,
            Action.CODE,
            Action.DELETE,
            Action.VARY,
        ]
        assert result.progress is None
        assert "A red house in the center." in result.attachments[0].description
        image = Image.open(io.BytesIO(result.attachments[0].content))
        assert image.size == (192, 192)
        assert image.text["words"] == "red house"  # type: ignore[attr-defined]  # a PNG's images have it
        assert image.text["canvas"] == canvas_to_code(canvas_for("red house"))  # type: ignore[attr-defined]  # as above
        assert bot.engine.threads == {"torch_0"}


async def test_the_status_tells_what_is_composed_and_how_far_the_drawing_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.writing.shut()
        bot.engine.drawing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(bot.engine.writing.reached.is_set)
            bot.engine.writing.open()
            await until(lambda: any("step 1 of 3" in message.text for _, message in bot.chat.edits))
            status = bot.chat.shown["m1"]
            assert [button.action for button in status.buttons] == [Action.CANCEL]
            assert status.attachments[0].name.endswith("-preview.jpg")
            seen = Image.open(io.BytesIO(status.attachments[0].content)).size
            assert seen == shown_size(192, 192) == (384, 384), "as large as the picture that is coming"
            assert status.progress is not None
            assert 0.4 < status.progress < 1
            bot.engine.drawing.open()
            await until(bot.chat.finished)


async def test_composed_elements_are_shown_with_their_layout(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.hold_after = 3  # the global description, one region and the place of another are written by then
        bot.engine.writing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(lambda: "sun" in bot.chat.shown["m1"].text)
            status = bot.chat.shown["m1"]
            assert "A meadow.\n• A red house in the center\n" in status.text
            assert status.text.endswith("\n• A yellow sun on the top …")
            image = Image.open(io.BytesIO(status.attachments[0].content))
            assert image.getpixel((373, 80)) == (135, 206, 250), "the box that is being written is a frame alone"
            assert status.attachments[0].name.endswith("-layout.png")
            assert status.attachments[0].content.startswith(b"\x89PNG")
            bot.engine.writing.open()
            await until(bot.chat.finished)


async def test_the_next_message_is_composed_with_the_history_before_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.writing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(bot.engine.writing.reached.is_set)
            await bot.say("blue house", author=BOB)  # while the first is still being composed
            bot.engine.writing.open()
            await until(lambda: len(bot.chat.finished()) == 2)
    assert [words for _, words in bot.engine.composed] == ["red house", "blue house"]
    history = bot.engine.composed[1][0]
    assert [(turn.words, turn.canvas) for turn in history] == [("red house", canvas_for("red house"))]


@pytest.mark.slow
async def test_a_waiting_job_learns_when_it_moves_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.writing.shut()
        async with working(bot):
            await bot.say("first", Place("test", "a"))
            await until(bot.engine.writing.reached.is_set)
            await bot.say("second", Place("test", "b"), BOB)
            await bot.say("third", Place("test", "c"))
            assert "2 pictures ahead" in bot.chat.shown["m3"].text
            await bot.press(Action.CANCEL, bot.chat.shown["m2"].buttons[0].turn, Place("test", "b"), BOB)
            await until(lambda: "1 picture ahead" in bot.chat.shown["m3"].text)
            assert "Cancelled" in bot.chat.shown["m2"].text
            bot.engine.writing.open()
            await until(lambda: len(bot.chat.finished()) == 2)
    assert "second" not in [words for _, words in bot.engine.composed]


async def test_cancelling_a_running_job_closes_the_model_and_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.drawing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(lambda: bot.engine.drawing.reached.is_set() and bot.chat.edits)
            assert await bot.press(Action.CANCEL) == Notice(say(replies.STOPPING))
            assert "Cancelled" in bot.chat.shown["m1"].text  # at once, though the model is still at its step
            bot.engine.drawing.open()
            await until(lambda: bot.engine.closed == ["render"])
            await bot.press(Action.RETRY)
            await until(bot.chat.finished)
        assert "Cancelled" in bot.chat.shown["m1"].text
        assert len(bot.engine.composed) == 1, "the canvas was there already"


async def test_an_error_for_users_is_shown_in_its_own_words_and_can_be_retried(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.error = ComposerError("the model lost its thread.")
        await bot.say("red house")
        await until(lambda: "I couldn't finish this: the model lost its thread." in bot.chat.shown["m1"].text)
        assert bot.chat.shown["m1"].buttons[0].action is Action.RETRY
        await bot.press(Action.RETRY)
        await until(bot.chat.finished)
        assert bot.chat.finished() == [bot.chat.shown["m2"]]


async def test_an_unexpected_error_neither_kills_the_worker_nor_leaks_its_text(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.error = ZeroDivisionError("secret detail")
        await bot.say("red house")
        await until(lambda: say(failures.UNEXPECTED) in bot.chat.shown["m1"].text)
        assert "secret" not in bot.chat.shown["m1"].text
        await bot.say("blue house")
        await until(bot.chat.finished)
        assert bot.engine.composed[1][0] == (), "a failed turn is no history"


async def test_a_preview_that_cannot_be_shown_does_not_stop_the_picture(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.preview_mode = "CMYK"  # no PNG can hold it
        bot.engine.drawing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(bot.engine.drawing.reached.is_set)
            bot.engine.drawing.open()
            await until(bot.chat.finished)


async def test_a_picture_that_cannot_be_stored_can_be_retried(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.drawing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(bot.engine.drawing.reached.is_set)
            (tmp_path / "pictures").write_text("a file where the folder should be")
            bot.engine.drawing.open()
            await until(lambda: say(failures.NOT_SAVED) in bot.chat.shown["m1"].text)
            (tmp_path / "pictures").unlink()
            await bot.press(Action.RETRY)
            await until(bot.chat.finished)


async def test_trouble_with_the_database_does_not_end_the_worker(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(old: str, new: str) -> None:
        database = sqlite3.connect(tmp_path / "omost.db")
        database.execute(f"ALTER TABLE {old} RENAME TO {new}")
        database.close()

    async with opened(tmp_path) as bot, working(bot):
        await bot.say("red house")
        await until(bot.chat.finished)
        await asyncio.to_thread(rename, "job", "mislaid")
        bot.queue.wake()
        await until(lambda: "the queue could not be used" in caplog.text)
        assert "I can't use my database" in str(await bot.say("blue house"))
        assert "lacks its tables" in caplog.text
        await asyncio.to_thread(rename, "mislaid", "job")
        await bot.say("blue house")
        await until(lambda: len(bot.chat.finished()) == 2)


@pytest.mark.parametrize("turns", range(6))
async def test_a_job_that_is_claimed_as_the_bot_stops_is_put_back(tmp_path: Path, turns: int) -> None:
    async with opened(tmp_path) as bot:
        claim, stored = bot.queue.claim, asyncio.Event()

        async def slow(besides: Collection[int] = ()) -> Job | None:
            job = await claim(besides)
            if job is not None:
                stored.set()
                await asyncio.sleep(0)
            return job

        bot.queue.claim = slow  # type: ignore[method-assign]
        await bot.say("red house")
        running = asyncio.create_task(bot.worker.run())
        await stored.wait()
        for _ in range(turns):  # from within the claim to within the work
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
        [position] = await bot.queue.positions()
        assert position.job.state is State.QUEUED
        assert bot.chat.finished() == []


@pytest.mark.slow
async def test_the_language_model_writes_as_a_request_asks_and_then_as_usual_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("/imagine --temperature 1.5 --top_p 0.5 --tokens 2048 a boat")
        await until(bot.chat.finished)
        await bot.say("a red boat")
        await until(lambda: len(bot.chat.finished()) == 2)
        asked = [(each.temperature, each.top_p, each.max_new_tokens) for each in bot.engine.composing]
    usual = ComposeOptions()
    assert asked == [(1.5, 0.5, 2048), (bot.engine.profile.temperature, usual.top_p, usual.max_new_tokens)]


async def test_text_that_is_no_canvas_is_written_once_more_without_a_word(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.broken = 1
        await bot.say("red house")
        await until(bot.chat.finished)
        assert [options.seed for options in bot.engine.composing] == [100, 101]
        assert bot.engine.drawn[0][0] == canvas_for("red house")
        assert bot.engine.drawn[0][1].seed == 100, "the picture's own seed stays"


async def test_text_that_is_no_canvas_twice_fails_with_a_sentence_and_can_be_retried(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.broken = 2
        await bot.say("red house")
        await until(lambda: "I couldn't read what the language model wrote" in bot.chat.shown["m1"].text)
        assert "location is 5 + 'in the center'" in bot.chat.shown["m1"].text
        assert bot.chat.shown["m1"].buttons[0].action is Action.RETRY
        await bot.press(Action.RETRY)
        await until(bot.chat.finished)
        assert [options.seed for options in bot.engine.composing] == [100, 101, 102]


@pytest.mark.slow
async def test_a_long_conversation_says_quietly_how_much_of_it_is_remembered(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.memory = 2
        for number, words in enumerate(("red house", "blue house", "green house", "white house"), 1):
            await bot.say(words)
            await until(lambda number=number: len(bot.chat.finished()) == number)  # type: ignore[misc]
        assert ["remembering" in message.footer for message in bot.chat.finished()] == [False, False, False, True]
        assert bot.chat.finished()[3].footer.endswith("remembering the last 2 edits")
        await bot.press(Action.REROLL, await bot.head())
        await until(lambda: len(bot.chat.finished()) == 5)
        assert bot.chat.finished()[4].footer.endswith("remembering the last 2 edits"), "the canvas is the same"


async def test_a_deleted_status_message_keeps_the_result_and_posts_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        bot.chat.gone.add("m1")
        turn = await bot.head()
        async with working(bot):
            job = await bot.queue.newest(turn)
            assert job is not None
            await until(lambda: bot.engine.drawn)
            await bot.say("another", Place("test", "b"))
            await until(bot.chat.finished)
            await bot.at_rest()
        assert len(await bot.store.pictures(turn)) == 1
        assert len(bot.chat.posts) == 2


async def test_a_platform_that_fails_for_a_moment_gets_the_result_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        bot.engine.drawing.shut()
        async with working(bot):
            await until(bot.engine.drawing.reached.is_set)
            bot.chat.fail = [OSError("network")] * 4
            bot.engine.drawing.open()
            await until(bot.chat.finished)
        assert len(bot.chat.posts) == 1


async def test_a_closed_place_ends_the_job_before_any_work(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.chat.closed = True
        assert await bot.say("red house") == Notice(say(replies.CANNOT_POST))
        job = await bot.queue.newest(await bot.head())
        assert job is not None
        assert job.state is State.CANCELLED
        assert await bot.queue.claim() is None
        assert await bot.queue.untold() == []


async def test_a_status_that_could_not_be_posted_is_posted_by_the_worker(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.chat.fail = [OSError("network")]
        assert await bot.say("red house", author=ANN) is None
        assert bot.chat.posts == []
        async with working(bot):
            await until(bot.chat.finished)
        assert len(bot.chat.posts) == 1


async def test_stopping_in_good_order_leaves_the_job_for_the_next_start(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.engine.drawing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(bot.engine.drawing.reached.is_set)
        assert bot.engine.closed == ["render"]
        chat = bot.chat
    async with opened(tmp_path, chat) as bot, working(bot):
        await until(bot.chat.finished)
        assert bot.engine.composed == [], "the canvas had been kept"
        assert len(chat.posts) == 1


async def test_a_lost_device_ends_the_program_and_the_job_is_taken_up_by_the_next(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        bot.engine.error = RuntimeError("CUDA error: an illegal memory access was encountered")
        with pytest.raises(DeviceLostError, match="graphics card stopped responding"):
            await asyncio.wait_for(bot.worker.run(), 20)
        assert bot.engine.unloaded
    async with opened(tmp_path, bot.chat) as bot, working(bot):
        await until(bot.chat.finished)
        assert len(bot.chat.posts) == 1


async def test_a_job_that_computes_for_too_long_is_ended_and_the_next_one_begins(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.worker._longest = 0.3
        bot.engine.drawing.shut()
        async with working(bot):
            await bot.say("red house")

            def stopped() -> bool:
                return any("I stopped this after" in message.text for message in bot.chat.shown.values())

            # On a busy machine it may be too long before anything is drawn.
            await until(lambda: bot.engine.drawing.reached.is_set() or stopped())
            await asyncio.sleep(0.4)  # it really takes longer than it may
            bot.engine.drawing.open()
            await until(stopped)
            assert bot.chat.shown["m1"].buttons[0].action is Action.RETRY
            bot.worker._longest = PATIENCE
            await bot.say("blue house", Place("test", "b"))
            await until(bot.chat.finished)


async def test_a_finished_picture_keeps_nobody_from_the_engine(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        storing = threading.Event()

        class SlowDisk(Pictures):
            def keep(
                self, turn: TurnRecord, canvas: Canvas, number: int, seed: int, content: bytes, *, attempt: int = 1
            ) -> Picture:
                assert storing.wait(PATIENCE)
                return super().keep(turn, canvas, number, seed, content, attempt=attempt)

        bot.worker._maker._pictures = SlowDisk(Folder(tmp_path / "pictures"))
        async with working(bot):
            await bot.say("red house")
            await bot.say("blue house", Place("test", "b"), BOB)
            await until(lambda: len(bot.engine.drawn) == 2, "the second was drawn while the first was being stored")
            assert bot.chat.finished() == []
            storing.set()
            await until(lambda: len(bot.chat.finished()) == 2)


async def test_a_model_on_its_way_is_a_state_that_people_see(tmp_path: Path) -> None:
    class Coming(FakeModels):
        def ready(self, part: Part) -> bool:
            return part is not Part.RENDERER

        def renderer(self) -> FakeModels:
            self.drawing()
            return self

    async with opened(tmp_path, engine=Coming()) as bot:
        bot.engine.drawing.shut()
        async with working(bot):
            await bot.say("red house")
            await until(lambda: "Loading the image model" in bot.chat.shown["m1"].text)
            assert [button.action for button in bot.chat.shown["m1"].buttons] == [Action.CANCEL]
            bot.engine.drawing.open()
            await until(bot.chat.finished)

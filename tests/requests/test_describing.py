"""Pictures that people have described: the words for it, the picture that stays, the edits that go on, and refusals."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import Action, Notice, Said, Upload
from bot.requests.describing import asks_to_describe
from bot.requests.limits import Limits
from omost_pipeline.errors import ComposerError
from tests.bot_parts import ANN, GENEROUS, PLACE, Bot, opened, working
from tests.fakes import EditingModels, until

SEES = Limits(shortest=64, longest=512, allowance=GENEROUS, describes=True)
BLIND = Limits(shortest=64, longest=512, allowance=GENEROUS)


def photo() -> Upload:
    file = io.BytesIO()
    Image.effect_noise((192, 128), 90).convert("RGB").save(file, "PNG")
    return Upload("cat.png", len(file.getvalue()), file.getvalue())


async def bring(bot: Bot, text: str, file: Upload | None = None, answers: str = "") -> str:
    """What the bot says at once, if anything."""
    answer = await bot.handle(Said(PLACE, ANN, text, file=file, answers=answers))
    return answer.text if isinstance(answer, Notice) else ""


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.slow
async def test_a_picture_is_described_stays_as_it_is_and_is_gone_on_from(tmp_path: Path) -> None:
    models, file = EditingModels(), photo()
    async with opened(tmp_path, engine=models, limits=SEES) as bot, working(bot):
        assert await bring(bot, "Describe this picture, please!", file) == ""
        await until(bot.chat.finished)
        (shown,) = bot.chat.finished()
        assert file.content is not None
        assert pixels(shown.attachments[0].content) == pixels(file.content)
        assert "I have looked at your picture" in shown.text
        assert not models.drawn
        assert [each.size for each in models.seen] == [(192, 128)]
        assert not models.composed[-1][0], "no earlier words"
        layout = await bot.press(Action.LAYOUT)
        assert "Describe this picture" in str(layout)
        await bot.say("make it night")
        await until(lambda: len(bot.chat.finished()) == 2)
        assert models.composed[-1][0][-1].canvas.regions, "the next words are told what the picture shows"
        assert models.edits[-1].brought
        assert pixels(file.content) == models.edits[-1].picture.tobytes()
        await bot.press(Action.UNDO)
        await until(lambda: len(bot.chat.finished()) == 3)


@pytest.mark.slow
async def test_a_picture_that_was_brought_before_is_described_by_a_command_or_a_reply(tmp_path: Path) -> None:
    models = EditingModels()
    async with opened(tmp_path, engine=models, limits=SEES) as bot, working(bot):
        assert "Attach the picture" in await bring(bot, "/describe")
        await bring(bot, "", photo())
        await until(lambda: "I start from your picture" in str(bot.chat.shown))
        models.error = ComposerError("The vision model is away.")
        await bring(bot, "décris cette image")
        await until(lambda: any(b.action is Action.RETRY for each in bot.chat.shown.values() for b in each.buttons))
        await bot.press(Action.RETRY, await bot.head())
        await until(bot.chat.finished)
        assert len(models.seen) == 2
        assert "known already" in await bring(bot, "/describe")


async def test_without_a_model_that_sees_it_is_said_how_there_is_one(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=BLIND) as bot, working(bot):
        assert "vision.model" in await bring(bot, "描述这张图片", photo())
        await bring(bot, "", photo())
        await until(lambda: "I start from your picture" in str(bot.chat.shown))
        assert "vision.model" in await bring(bot, "what is in this photo?")


@pytest.mark.parametrize(
    "text",
    ["describe it", "Describe this picture", "please describe the photo", "What's in this image?", "décris l’image"]
    + ["Décrivez cette photo", "décris-la", "描述一下这张图", "这张图片里有什么？", "请描述图片"],
)
def test_these_words_ask_for_a_description(text: str) -> None:
    assert asks_to_describe(text)


@pytest.mark.parametrize(
    "text", ["describe a red house", "a picture of a house", "décris une maison", "描述一座房子", ""]
)
def test_these_do_not(text: str) -> None:
    assert not asks_to_describe(text)

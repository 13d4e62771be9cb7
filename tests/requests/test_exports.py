"""/export: a canvas for other programs as a file, with what its form cannot say, and back as what was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.discord.commands import EXPORTS
from bot.messages import Action, Choices, Notice, Pressed, Said, Upload
from bot.requests.exports import LAYER_FORMS
from omost_pipeline.canvas.exchange.forms import FORMS
from omost_pipeline.canvas.files import parse_file
from tests.bot_parts import ANN, PLACE, opened, working
from tests.fakes import canvas_for, until


@pytest.mark.slow
async def test_a_canvas_goes_out_in_every_form_and_comes_in_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a red house")
        await until(lambda: len(bot.chat.finished()) == 1)
        which = await bot.say("/export")
        assert isinstance(which, Choices)
        assert tuple(option.value for option in which.options) == tuple(FORMS) == EXPORTS[: -len(LAYER_FORMS)]
        assert EXPORTS[len(FORMS) :] == LAYER_FORMS, "which pictures may have; these have none"
        far = canvas_for("a red house").far_to_near()
        for form in FORMS:
            answer = await bot.handle(Pressed(PLACE, ANN, Action.EXPORT, which.turn, form))
            assert isinstance(answer, Notice)
            (file,) = answer.attachments
            assert answer.text
            read = parse_file(file.name, file.content).canvas
            assert [each.description for each in read.far_to_near()] == [each.description for each in far]
        upload = Upload(file.name, len(file.content), file.content)
        assert await bot.handle(Said(PLACE, ANN, "", "m9", file=upload)) is None
        await until(lambda: len(bot.chat.finished()) == 2)


async def test_an_unknown_form_is_named_with_those_there_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("a red house")
        await until(lambda: len(bot.chat.finished()) == 1)
        answer = await bot.say("/export svg")
        assert isinstance(answer, Notice)
        assert "“svg”" in answer.text
        assert "ideogram, fibo" in answer.text
        assert not any(form in answer.text for form in LAYER_FORMS)

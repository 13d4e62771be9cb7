"""A whole bot in three languages: each person is answered in theirs, and posts are in that of whoever asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.messages import Action, Author, Notice, Place
from tests.bot_parts import opened, working
from tests.fakes import until

ANNE = Author("1", "Anne", "fr-CA")
LI = Author("2", "Li", "zh-CN")
MO = Author("3", "Mo", "en-US", moderator=True)
HERE, THERE = Place("test", "here"), Place("test", "there")


@pytest.mark.slow
async def test_posts_are_in_the_language_of_whose_turn_it_is_also_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house", HERE, ANNE)
        await bot.say("blue house", THERE, LI)
        assert bot.chat.shown["m1"].text == "Votre image est la prochaine."
        assert bot.chat.shown["m1"].buttons[0].label == "Arrêter"
        assert bot.chat.shown["m2"].text == "排队中：前面还有 1 张图。"
        chat = bot.chat
    async with opened(tmp_path, chat) as bot, working(bot):
        await until(lambda: len(chat.finished()) == 2)
        assert [chat.shown[name].footer for name in ("m1", "m2")] == [
            "Graine 100 · 192 × 192 · tiny",
            "种子 100 · 192 × 192 · tiny",
        ]
        assert [chat.shown[name].buttons[1].label for name in ("m1", "m2")] == ["Redessiner", "重画"]


@pytest.mark.slow
async def test_answers_are_in_the_language_of_whoever_asks(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("red house", HERE, ANNE)
        await until(bot.chat.finished)
        turn = await bot.head(HERE)
        refused = await bot.press(Action.DELETE, turn, HERE, LI)
        assert refused == Notice("只有要求画这张图的人或管理员才能删除它。")
        assert await bot.press(Action.UNDO, turn, HERE, MO) == Notice(
            "There's nothing to undo: this is the first picture."
        )
        too_large = await bot.say("/imagine --size 9000x9000 x", HERE, ANNE)
        assert isinstance(too_large, Notice)
        assert too_large.text.startswith("9000 pixels, c’est hors limites")
        await bot.press(Action.DELETE, turn, HERE, MO)
        assert bot.chat.shown["m1"].text == "Supprimé par Mo."


async def test_a_failure_is_told_in_the_language_of_whose_turn_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.error = ZeroDivisionError("secret detail")
        await bot.say("red house", HERE, ANNE)
        await until(lambda: bot.chat.shown["m1"].text.startswith("Quelque chose a mal tourné de mon côté."))

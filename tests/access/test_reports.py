"""Reports of pictures: who is shown them, who decides, and what becomes of the picture and its author."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.errors import UnreachableError
from bot.messages import Action, Answer, Author, Notice, Outgoing, Place, Pressed, Said
from bot.settings.config import Settings
from bot.settings.sections import DecencySettings, ReportSettings
from bot.store.rulings import RulingKind, Rulings
from bot.store.turns import Store
from bot.telling import replies
from tests.bot_parts import ANN, BOB, Bot, new_store, put_together, working
from tests.fakes import FakeChat, FakeModels, until

pytestmark = pytest.mark.usefixtures("either_database")

ROOM, ELSEWHERE, MODS = Place("discord", "7/8/9"), Place("discord", "5/6"), Place("discord", "99")
INSIDE = Place("discord", "7/99")
CAT = Author("3", "Cat")
EVE = Author("4", "Eve", moderator=True)


@asynccontextmanager
async def reporting(folder: Path, remove_after: int = 0) -> AsyncGenerator[Bot]:
    policy = ReportSettings(to="discord:channel:99", places=("discord:server:7",), remove_after=remove_after)
    settings = Settings(data_dir=folder, decency=DecencySettings(reports=(policy,)))
    chat, models = FakeChat("discord"), FakeModels()
    async with new_store(folder) as store:
        whole = put_together(folder, store, models, [lambda _: chat], settings=settings)
        parts = whole.store, whole.queue, chat, models, whole.handlers, whole.worker, whole.announcer
        bot = Bot(*parts, folder, whole)
        async with working(bot):
            yield bot


async def picture(bot: Bot, place: Place = ROOM) -> str:
    await bot.say("a house", place, BOB)
    await until(bot.chat.finished)
    return bot.chat.button(Action.REROLL)


async def report(bot: Bot, turn: str, author: Author = ANN, place: Place = ROOM) -> Answer:
    return await bot.handle(Pressed(place, author, Action.REPORT, turn))


def told(answer: Answer) -> str:
    assert isinstance(answer, Notice)
    return answer.text


def cases(bot: Bot) -> list[Outgoing]:
    return [bot.chat.shown[name] for name, place, _ in bot.chat.posts if place == MODS]


async def logged(store: Store) -> list[tuple[str, str, str]]:
    return [(entry.by, entry.action, entry.subject) for entry in await Rulings(store).newest(10)]


@pytest.mark.slow
async def test_moderators_see_a_reported_picture_and_remove_it_and_ban_its_author(tmp_path: Path) -> None:
    async with reporting(tmp_path) as bot:
        turn = await picture(bot)
        assert told(await report(bot, turn)) == say(Text("report-thanks"))
        [case] = cases(bot)
        assert "Bob (discord:2)" in case.text
        assert case.words == "a house"
        assert [file.spoiler for file in case.attachments] == [True]
        assert "Ann" not in case.whole
        assert [each.action for each in case.buttons] == [Action.TAKE_DOWN, Action.BAN, Action.DISMISS]
        assert await bot.handle(Pressed(INSIDE, EVE, Action.TAKE_DOWN, turn)) is None
        assert await bot.handle(Pressed(INSIDE, EVE, Action.BAN, turn)) is None
        [case] = cases(bot)
        assert (case.attachments, case.buttons, case.words) == ((), (), "")
        shown = [bot.chat.shown[name] for name, place, _ in bot.chat.posts if place == ROOM]
        assert not any(each.attachments for each in shown)
        assert not list((tmp_path / "pictures").iterdir())
        assert told(await bot.say("a tree", ROOM, BOB)) == say(Text("refused-banned"))
        assert await bot.say("a tree", ELSEWHERE, BOB) is None, "a ban reaches as far as the server"
        assert await logged(bot.store) == [
            ("discord:4", "ban", "discord:2"),
            ("discord:4", "remove", "discord:2"),
            ("discord:1", "report", "discord:2"),
        ]
        assert await Rulings(bot.store).count(RulingKind.BAN, "discord:place:7") == 1


@pytest.mark.slow
async def test_nobody_else_decides(tmp_path: Path) -> None:
    async with reporting(tmp_path) as bot:
        turn = await picture(bot)
        await report(bot, turn)
        plain = replace(EVE, moderator=False)
        assert told(await bot.handle(Pressed(INSIDE, plain, Action.BAN, turn))) == say(replies.MODERATORS_ONLY)
        for action in (Action.TAKE_DOWN, Action.BAN, Action.DISMISS):
            answer = await bot.handle(Pressed(ROOM, EVE, action, turn))
            assert told(answer) == say(replies.UNKNOWN_TURN), "a button that was forged outside the channel"
        assert await Rulings(bot.store).count(RulingKind.BAN) == 0
        assert bot.chat.finished()


@pytest.mark.slow
async def test_several_reports_are_one_case_and_many_remove_a_picture_at_once(tmp_path: Path) -> None:
    async with reporting(tmp_path, remove_after=2) as bot:
        turn = await picture(bot)
        await report(bot, turn)
        assert told(await report(bot, turn)) == say(Text("report-known"))
        await report(bot, turn, CAT)
        [case] = cases(bot)
        assert "2 people" in case.text
        assert say(Text("report-removed")) in case.text
        found = await bot.store.turn(turn)
        assert found is not None
        assert found.removed == say(Text("report-moderator"))


@pytest.mark.slow
async def test_a_dismissed_case_is_closed_and_the_picture_stays(tmp_path: Path) -> None:
    async with reporting(tmp_path) as bot:
        turn = await picture(bot)
        assert told(await bot.handle(Said(ROOM, ANN, "/report"))) == say(Text("report-thanks"))
        assert await bot.handle(Pressed(INSIDE, EVE, Action.DISMISS, turn)) is None
        [case] = cases(bot)
        assert case.buttons == ()
        assert say(Text("report-dismissed")) in case.text
        assert bot.chat.finished()


@pytest.mark.slow
async def test_a_report_of_another_place_or_of_one_without_moderators_is_answered(tmp_path: Path) -> None:
    async with reporting(tmp_path) as bot:
        turn = await picture(bot)
        assert told(await report(bot, turn, place=Place("discord", "7/8/10"))) == say(replies.UNKNOWN_TURN)
        await bot.say("a boat", ELSEWHERE, BOB)
        await until(lambda: len(bot.chat.finished()) == 2)
        assert told(await bot.handle(Said(ELSEWHERE, ANN, "/report"))) == say(Text("report-nowhere"))
        assert cases(bot) == []


async def test_a_report_outlasts_a_platform_that_does_not_answer(tmp_path: Path) -> None:
    async with reporting(tmp_path) as bot:
        turn = await picture(bot)
        await bot.at_rest()
        bot.chat.fail.append(UnreachableError("away"))
        assert told(await report(bot, turn)) == say(Text("report-thanks"))
        assert cases(bot) == []
        await report(bot, turn, CAT)
        assert len(cases(bot)) == 1


@pytest.mark.slow
async def test_forgetting_takes_a_picture_out_of_its_case(tmp_path: Path) -> None:
    async with reporting(tmp_path) as bot:
        turn = await picture(bot)
        await report(bot, turn)
        await bot.handle(Said(ROOM, BOB, "/forget everything"))
        await bot.whole.reports.tell()
        [case] = cases(bot)
        assert case.attachments == ()
        assert "Bob" not in case.whole
        assert "house" not in case.whole

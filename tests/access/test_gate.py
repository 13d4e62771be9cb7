"""Who is let in, what the others are told in their language, and what admins rule: over a real database."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.access.lists import AccessLists
from bot.catalogues.catalogue import languages, say
from bot.catalogues.text import Text
from bot.messages import Action, Answer, Author, Notice, Place, Pressed, Rewritten, Said
from bot.requests.limits import Changing
from bot.store.rulings import Rulings
from bot.telling import replies
from tests.bot_parts import ANN, BOB, Bot, opened, working
from tests.fakes import FakeChat, until

pytestmark = pytest.mark.usefixtures("either_database")

SERVER = Place("test", "77/88/99")
OTHER = Place("test", "66/55")
OWNER = Author("9", "Olga")
ADMIN = Author("8", "Mo", moderator=True, admin=True)
"""Manages the server."""


@asynccontextmanager
async def open_bot(folder: Path, **lists: set[str]) -> AsyncGenerator[Bot]:
    async with opened(folder) as bot:
        named = {name: frozenset(each) for name, each in lists.items()}
        bot.whole.lists.now = AccessLists(owners=frozenset({"test:9"}), **named)
        yield bot


def told(answer: Answer) -> str:
    assert isinstance(answer, Notice)
    return answer.text


@pytest.mark.parametrize("blocked", ["test:1", "test:role:5", "test:place:77", "test:place:88", "test:place:99"])
async def test_who_is_blocked_by_person_role_or_place_is_told_so_and_nothing_is_stored(
    tmp_path: Path, blocked: str
) -> None:
    ann = replace(ANN, roles=("4", "5"), language="fr")
    async with open_bot(tmp_path, block={blocked}) as bot:
        assert told(await bot.say("red house", SERVER, ann)) == say(Text("refused-blocked"), "fr")
        assert told(await bot.admit(Said(SERVER, ann, "red house"))) == say(Text("refused-blocked"), "fr")
        assert await bot.handle(Rewritten(SERVER, ann, "a blue house", "1")) is None
        assert await bot.store.conversation(SERVER) is None
        assert await bot.say("red house", OTHER, replace(BOB, roles=("4",))) is None


async def test_with_an_allow_list_only_those_on_it_come_in(tmp_path: Path) -> None:
    async with open_bot(tmp_path, allow={"test:2", "test:role:5", "test:place:66"}) as bot:
        assert "test:1" in told(await bot.say("red house", SERVER, ANN))
        assert await bot.say("red house", SERVER, BOB) is None
        assert await bot.say("red house", SERVER, replace(ANN, roles=("5",))) is None
        assert await bot.say("red house", OTHER, ANN) is None
        assert await bot.say("red house", SERVER, OWNER) is None, "owners need not be on it"


async def test_a_name_that_only_looks_like_another_is_not_it(tmp_path: Path) -> None:
    """A person's id that is a role's or a place's, and an id of another platform."""
    async with open_bot(tmp_path, block={"test:77", "test:role:1", "other:1", "test:place:1"}) as bot:
        assert await bot.say("red house", SERVER, ANN) is None


async def test_a_banned_person_may_still_stop_and_remove_their_own(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        assert await bot.say("red house", SERVER, ANN) is None
        turn = await bot.head(SERVER)
        assert told(await bot.say("/admin ban 1 flooding", SERVER, OWNER)) == "test:1 can no longer use me here."
        assert "flooding" in told(await bot.say("blue house", SERVER, ANN))
        assert "flooding" in told(await bot.press(Action.REROLL, turn, SERVER, ANN))
        assert await bot.press(Action.CANCEL, turn, SERVER, ANN) is None
        assert await bot.press(Action.DELETE, turn, SERVER, ANN) is None
        assert told(await bot.say("/admin unban <@1>", SERVER, OWNER)) == "test:1 can use me again."
        assert await bot.say("blue house", SERVER, ANN) is None


async def test_a_servers_admin_rules_there_and_nowhere_else(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        assert "test:1" in told(await bot.say("/admin ban 1", SERVER, ADMIN))
        assert told(await bot.say("red house", SERVER, ANN)) == say(Text("refused-banned"))
        assert await bot.say("red house", OTHER, ANN) is None
        for about in ("test:place:66", "other:1", "everything"):
            assert "know who or what" in told(await bot.say(f"/admin ban {about}", SERVER, ADMIN)), about
        assert told(await bot.say("/admin pause", SERVER, ADMIN)) == say(Text("admin-paused-here"))
        assert told(await bot.say("red house", SERVER, BOB)) == say(Text("refused-paused-here"))
        assert await bot.say("red house", OTHER, BOB) is None
        assert told(await bot.say("/admin resume", SERVER, ADMIN)) == say(Text("admin-resumed"))
        assert await bot.say("red house", SERVER, BOB) is None


@pytest.mark.parametrize("command", ["", " status", " ban 9", " pause", " quota 1 5", " log", " frobnicate"])
async def test_nobody_else_rules_anything(tmp_path: Path, command: str) -> None:
    moderator = replace(BOB, moderator=True)
    async with open_bot(tmp_path) as bot:
        assert told(await bot.say(f"/admin{command}", SERVER, moderator)) == say(Text("refused-not-admin"))
        assert await Rulings(bot.store).newest(5) == []


async def test_a_pause_holds_what_waits_and_a_drain_finishes_it_also_after_a_restart(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        await bot.say("red house", SERVER, ANN)
        assert told(await bot.say("/admin pause", OTHER, OWNER)) == say(Text("admin-paused"))
        assert told(await bot.say("blue house", SERVER, ANN)) == say(Text("refused-paused"))
        assert await bot.queue.claim() is None
    async with open_bot(tmp_path) as bot:
        assert await bot.queue.claim() is None, "a restart changes nothing"
        await bot.say("/admin resume", OTHER, OWNER)
        await bot.say("/admin drain", OTHER, OWNER)
        assert told(await bot.say("blue house", SERVER, ANN)) == say(Text("refused-paused"))
        async with working(bot):
            await until(bot.chat.finished)


async def test_status_and_log_tell_what_was_ruled_and_by_whom(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        await bot.say("red house", SERVER, ANN)
        await bot.say("/admin ban 1 flooding", SERVER, ADMIN)
        await bot.say("/admin quota discord:role:7 30 200", OTHER, OWNER)
        await bot.say("/admin drain here", SERVER, OWNER)
        status = told(await bot.say("/admin status", SERVER, OWNER))
        assert "1 picture waits, 0 are being drawn." in status
        assert "This place is draining" in status
        assert "Bans: 1. Quotas of their own: 1." in status
        log = told(await bot.say("/admin log", OTHER, OWNER)).splitlines()
        assert [line.split(" ", 2)[2] for line in log] == [
            "test:9: drain test:place:77",
            'test:9: quota discord:role:7 {"hour": 30.0, "day": 200.0}',
            "test:8: ban test:1 flooding",
        ]
        own = told(await bot.say("/admin log", SERVER, ADMIN))
        assert "ban test:1" in own
        assert "role:7" not in own, "what holds elsewhere is no business of a server's"


@pytest.mark.slow
async def test_pictures_of_others_change_only_where_that_is_allowed(tmp_path: Path) -> None:
    rules: tuple[tuple[Changing, set[str]], ...] = (
        ("own", {"Mo"}),
        ("thread", {"Mo", "Ann"}),
        ("all", {"Mo", "Ann", "Bob"}),
    )
    for changing, allowed in rules:
        folder = tmp_path / changing
        folder.mkdir()
        async with opened(folder, chat := FakeChat()) as bot:
            decisions = bot.handlers._decisions
            decisions._limits = replace(decisions._limits, changing=changing)
            await bot.say("a first picture", SERVER, ANN)
            await bot.say("/imagine red house", SERVER, BOB)
            others = Author("3", "Cy")
            await bot.say("/imagine a tree", SERVER, others)
            turn = await bot.head(SERVER)
            for author in (ANN, BOB, ADMIN):
                answer = await bot.handle(Pressed(SERVER, author, Action.UNDO, turn))
                refused = answer in {Notice(say(replies.NOT_YOURS_TO_CHANGE)), Notice(say(replies.NOT_YOUR_THREAD))}
                assert refused is (author.name not in allowed), (changing, author)
                said = await bot.say("bigger", SERVER, author)
                assert isinstance(said, Notice) is (author.name not in allowed), (changing, author)
                if author.name in allowed:  # the head is theirs now
                    await bot.store.set_head(1, turn)
            assert await bot.press(Action.UNDO, turn, SERVER, others) != Notice(say(replies.NOT_YOURS_TO_CHANGE))
            assert chat.posts


@pytest.mark.parametrize("language", languages())
async def test_every_refusal_is_a_sentence_in_the_persons_language(tmp_path: Path, language: str) -> None:
    ann = replace(ANN, language=language)
    async with open_bot(tmp_path, allow={"test:5"}) as bot:
        text = told(await bot.say("red house", SERVER, ann))
        assert text == say(Text("refused-not-allowed", id="test:1"), language)
        assert text.rstrip().endswith((".", "。"))

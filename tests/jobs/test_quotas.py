"""Quotas: whose holds, what counts, and what is said; in a queue whose time the test tells."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.catalogues.catalogue import say
from bot.jobs.admission import QueueFullError
from bot.jobs.job import Allowance
from bot.jobs.queue import Queue
from bot.jobs.quotas import Quota, Quotas, quota_of, quota_text
from bot.messages import Author, Place
from bot.store.rulings import Ruling, RulingKind, Rulings
from bot.subjects import Subjects, read_subject, subjects_of
from bot.turns.conversation import Draft, first_request
from omost_pipeline.renderer.spec import COUNT, SIZE
from tests.bot_parts import ANN, BOB, new_store
from tests.fakes import TINY

pytestmark = pytest.mark.usefixtures("either_database")

HOUR = 3600.0
HERE = Place("test", "7/8/9")
NEXT_DOOR = Place("test", "7/5")
ELSEWHERE = Place("test", "6/4")


@dataclass
class Line:
    """A queue, its clock and who asks for what."""

    queue: Queue
    rulings: Rulings
    now: float = 1_000_000.0

    def time(self) -> float:
        return self.now

    async def ask(
        self,
        quotas: Mapping[str, Quota],
        author: Author = ANN,
        place: Place = HERE,
        count: int = 1,
        size: tuple[int, int] | None = None,
    ) -> str:
        """What is said in place of storing a job; empty where it is stored."""

        def draft(_: object) -> Draft:
            first = first_request("a house", TINY, 5)
            spec = first.spec.having(COUNT, count)
            return replace(first, spec=spec.having(SIZE, size) if size else spec)

        allowance = Allowance(1000, 1000, 1000, lambda each: each.images, Quotas(quotas))
        try:
            await self.queue.enqueue(place, author, draft, allowance)
        except QueueFullError as error:
            return say(error.wording)
        return ""


@asynccontextmanager
async def line(folder: Path) -> AsyncGenerator[Line]:
    async with new_store(folder) as store:
        found = Line(Queue(store, lambda: found.now), Rulings(store))
        yield found


async def test_an_hours_quota_is_refused_honestly_and_there_is_room_again_when_it_says(tmp_path: Path) -> None:
    quotas = {"person": Quota(hour=2)}
    async with line(tmp_path) as asking:
        assert await asking.ask(quotas) == ""
        asking.now += 1200
        assert await asking.ask(quotas) == ""
        refused = await asking.ask(quotas)
        assert refused.startswith("You can have 2 pictures an hour, and this would be more.")
        assert await asking.ask(quotas, BOB) == "", "it is each person's own"
        minutes = int(refused.rpartition("about ")[2].split()[0])
        asking.now += 60 * (minutes - 11)
        assert await asking.ask(quotas) != ""
        asking.now += 60 * 12
        assert await asking.ask(quotas) == ""


async def test_what_is_asked_for_at_once_counts_by_what_it_costs(tmp_path: Path) -> None:
    quotas = {"person": Quota(day=5)}
    async with line(tmp_path) as asking:
        assert await asking.ask(quotas, count=4) == ""
        assert "5 pictures a day" in await asking.ask(quotas, count=2)
        assert await asking.ask(quotas, count=1) == ""
        asking.now += 24 * HOUR
        assert await asking.ask(quotas, count=8) == "", "who has used nothing may ask for one thing of any size"


async def test_a_channel_and_a_server_have_quotas_of_their_own(tmp_path: Path) -> None:
    quotas = {"channel": Quota(hour=1), "test:place:7": Quota(hour=2)}
    async with line(tmp_path) as asking:
        assert await asking.ask(quotas, ANN) == ""
        assert "This place can have 1 picture an hour" in await asking.ask(quotas, BOB)
        assert await asking.ask(quotas, BOB, NEXT_DOOR) == ""
        assert "This place can have 2 pictures" in await asking.ask(quotas, BOB, Place("test", "7/3"))
        assert await asking.ask(quotas, BOB, ELSEWHERE) == ""


async def test_a_cooldown_is_told_in_seconds(tmp_path: Path) -> None:
    quotas = {"person": Quota(cooldown=30)}
    async with line(tmp_path) as asking:
        assert await asking.ask(quotas) == ""
        asking.now += 10.5
        assert await asking.ask(quotas) == "Please wait 20 seconds before your next picture."
        asking.now += 20
        assert await asking.ask(quotas) == ""


async def test_the_largest_picture_and_the_most_at_once_are_named(tmp_path: Path) -> None:
    quotas = {"person": Quota(pixels=256 * 256, pictures=2)}
    async with line(tmp_path) as asking:
        assert await asking.ask(quotas, size=(256, 256)) == ""
        assert "you can have up to 65,536" in await asking.ask(quotas, size=(320, 256))
        assert "You asked for 3 pictures at once; you can have up to 2." in await asking.ask(quotas, count=3)


async def test_what_an_admin_gives_goes_before_the_settings_and_a_servers_only_tightens(tmp_path: Path) -> None:
    quotas = {"person": Quota(hour=1)}
    async with line(tmp_path) as asking:
        await asking.rulings.rule(Ruling(RulingKind.QUOTA, "test:1", "", quota_text(Quota(hour=3))), "test:9", "O")
        await asking.rulings.rule(
            Ruling(RulingKind.QUOTA, "test:1", "test:place:7", quota_text(Quota(hour=9))), "test:8", "M"
        )
        for _ in range(3):
            assert await asking.ask(quotas) == ""
        assert "3 pictures an hour" in await asking.ask(quotas), "nine would have been more than three"
        await asking.rulings.rule(
            Ruling(RulingKind.QUOTA, "test:2", "test:place:7", quota_text(Quota(hour=0))), "test:8", "M"
        )
        assert "0 pictures an hour" in await asking.ask(quotas, BOB)
        assert await asking.ask(quotas, BOB, ELSEWHERE) == ""


def test_of_several_roles_the_most_generous_holds_and_ones_own_goes_before() -> None:
    rules = {
        "person": Quota(hour=1, day=10, cooldown=60, pixels=100),
        "test:role:1": Quota(hour=5, cooldown=30),
        "test:role:2": Quota(hour=3, day=50, cooldown=5),
        "test:7": Quota(day=7),
    }
    [own, *_] = Quotas(rules).of(Subjects("test:7", ("test:role:1", "test:role:2")))
    assert own.quota == Quota(hour=5, day=7, cooldown=5, pixels=100)
    assert quota_of(quota_text(own.quota)) == own.quota


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("discord:12", "discord:12"),
        ("discord:role:12", "discord:role:12"),
        ("discord:server:12", "discord:place:12"),
        ("telegram:chat:-1001", "telegram:place:-1001"),
        ("web:anna", "web:anna"),
        ("<@!12>", "test:12"),
        ("<@&12>", "test:role:12"),
        ("<#12>", "test:place:12"),
        ("12", "test:12"),
        ("-1001", "test:place:-1001"),
        ("here", "test:place:7"),
        ("nobody", None),
        ("a:b:c:d", None),
        ("discord:wizard:12", None),
        ("discord:", None),
        ("x" * 1000, None),
    ],
)
def test_subjects_are_read_as_people_write_them(written: str, name: str | None) -> None:
    assert read_subject(written, "test", "test:place:7") == name


def test_a_chain_of_replies_has_the_names_of_its_chat() -> None:
    found = subjects_of(Place("telegram", "-100/5#33"), Author("4", "Ann"))
    assert found.places == ("telegram:place:-100", "telegram:place:5")
    assert (found.server, found.channel) == ("telegram:place:-100", "telegram:place:5")

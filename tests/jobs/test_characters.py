"""Characters: a region of a picture kept by a name, in the next picture and in another conversation."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image

from bot.access.personal import Person, gather
from bot.messages import Answer, Author, Notice, Place
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.protocol import Renderer
from tests.bot_parts import ANN, BOB, PLACE, Bot, opened, working
from tests.fakes import FakeModels, canvas_for, until

pytestmark = pytest.mark.usefixtures("either_database")

ELSEWHERE = Place(PLACE.platform, "elsewhere")
WITH_ADAPTER = replace(PROFILES["omost"], ip_adapter="some/adapter.safetensors")


@dataclass
class ReferringModels(FakeModels):
    """Remembers the size of each picture that it is told."""

    told: list[dict[str, tuple[int, int]]] = field(default_factory=list)

    def referring(self, pictures: Mapping[str, Image.Image]) -> Renderer:
        self.told.append({name: picture.size for name, picture in pictures.items()})
        return self


async def drawn(bot: Bot, words: str, count: int, place: Place = PLACE, author: Author = ANN) -> Canvas:
    await bot.say(words, place, author)
    await until(lambda: len(bot.chat.finished()) == count)
    return bot.engine.drawn[-1][0]


def told(answer: Answer) -> str:
    assert isinstance(answer, Notice)
    return answer.text


@pytest.mark.slow
async def test_the_same_character_is_in_the_next_picture_and_conversation(tmp_path: Path) -> None:
    models = ReferringModels(profile=WITH_ADAPTER)
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await drawn(bot, "red cat with a ribbon", 1)
        assert "which one" in told(await bot.say("/character save Mimi the horse")).lower()
        assert "Mimi is a red cat" in told(await bot.say("/character save Mimi = the cat"))
        assert "Mimi: A red cat with a ribbon." in told(await bot.say("/character"))

        models.replies["a red cat with a ribbon on a beach"] = canvas_to_reply(canvas_for("blue cat"))
        new = await drawn(bot, "/imagine mimi on a beach", 2, ELSEWHERE)
        cat, sun = new.regions
        assert (cat.description, cat.color, cat.reference) == ("A red cat with a ribbon.", "red", "Mimi")
        assert sun == canvas_for("blue cat").regions[1]
        size = bot.engine.drawn[0][1].width
        assert [[*each] for each in models.told] == [["Mimi"]]
        assert max(models.told[0]["Mimi"]) < size, "what was cut out of the picture, not all of it"

        models.replies["make the red cat with a ribbon blue"] = canvas_to_reply(
            replace(new, regions=(replace(cat, description="A blue cat with a ribbon.", color="blue"), sun))
        )
        edited = await drawn(bot, "make Mimi blue", 3, ELSEWHERE)
        assert [(each.color, each.reference) for each in edited.regions] == [("blue", "Mimi"), ("yellow", "")]
        models.replies["remove the blue cat with a ribbon"] = canvas_to_reply(replace(new, regions=(sun,)))
        history, words = models.composed[-1]
        assert [each.words for each in history] == ["a red cat with a ribbon on a beach"]
        assert words == "make the red cat with a ribbon blue"
        assert (await drawn(bot, "remove Mimi", 4, ELSEWHERE)).regions == (sun,), "nobody puts it back"


@pytest.mark.slow
async def test_a_composition_that_leaves_a_character_out_gets_it_as_a_region(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await drawn(bot, "red cat", 1)
        await bot.say('/character save "Old Tom" 1')
        bot.engine.replies["a red cat and the moon"] = canvas_to_reply(replace(canvas_for("x"), regions=()))
        [tom] = (await drawn(bot, "/imagine Old Tom and the moon", 2)).regions
        assert (tom.description, tom.color) == ("A red cat.", "red")
        assert len((await drawn(bot, "/imagine Tommy", 3)).regions) == 2, "that is not his name"


@pytest.mark.slow
async def test_where_no_picture_can_be_looked_at_words_are_drawn_and_it_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await drawn(bot, "red cat", 1)
        assert "IP-Adapter" in told(await bot.say("/character save Mimi cat"))
        bot.engine.replies["a red cat on a beach"] = canvas_to_reply(canvas_for("cat"))
        answer = await bot.say("/imagine Mimi on a beach")
        assert "IP-Adapter" in told(answer)
        await until(lambda: len(bot.chat.finished()) == 2)
        assert all(not each.reference for each in bot.engine.drawn[-1][0].elements), "else the renderer would refuse it"
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert turn.canvas is not None
        assert [each.reference for each in turn.canvas.regions] == ["Mimi", ""], "for a model that can, later"
        assert await bot.say("Mimi at night") is None, "it is said once"
        await until(lambda: len(bot.chat.finished()) == 3)


@pytest.mark.slow
async def test_a_character_is_its_persons_own_and_goes_with_them(tmp_path: Path) -> None:
    models = ReferringModels(profile=WITH_ADAPTER)
    async with opened(tmp_path, engine=models) as bot, working(bot):
        await drawn(bot, "red cat", 1)
        await bot.say("/character save Mimi cat")
        models.replies["a red cat"] = canvas_to_reply(canvas_for("red cat"))
        await drawn(bot, "/imagine Mimi", 2, ELSEWHERE)
        await drawn(bot, "Mimi", 3, Place(PLACE.platform, "bob's"), BOB)
        assert models.composed[-1][1] == "Mimi", "Bob has no such character"
        assert len(models.told) == 1
        models.replies |= dict.fromkeys(("at night", "at dawn"), canvas_to_reply(canvas_for("red cat")))
        await drawn(bot, "at night", 4, ELSEWHERE, BOB)
        assert [[*each] for each in models.told] == [["Mimi"], ["Mimi"]], "Ann had it drawn here"

        async with bot.store.reading() as connection:
            [kept] = (await gather(connection, Person(PLACE.platform, ANN.id)))["characters"]
            assert (await gather(connection, Person(PLACE.platform, BOB.id)))["characters"] == []
        assert kept["name"] == "Mimi"
        with Image.open(io.BytesIO(base64.b64decode(kept["picture"]))) as picture:
            assert picture.getpixel((0, 0)) == (100, 0, 0)
        assert "no character" in told(await bot.say("/character forget Mimi", author=BOB))
        await bot.say("/forget everything")
        await bot.at_rest()
        shown = len(bot.chat.finished())
        assert await bot.say("at dawn", ELSEWHERE, BOB) is None
        await until(lambda: len(bot.chat.finished()) == shown + 1)
        assert len(models.told) == 2
        assert not models.drawn[-1][0].regions[0].reference, "else nobody could go on"
        assert "no characters" in told(await bot.say("/character list"))

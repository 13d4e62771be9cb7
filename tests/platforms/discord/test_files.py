"""Files and forwarded messages that people send: canvases, words, and what cannot be read."""

from __future__ import annotations

import discord
import pytest

from bot.messages import LARGEST_UPLOAD, Upload
from omost_pipeline.canvas.codec import canvas_to_json
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from tests.platforms.discord.player import finished
from tests.platforms.discord.rules import File
from tests.platforms.discord.stage import Stage, picture
from tests.platforms.discord.world import Channel

HOUSE = b'{"version": 1}'


def files(stage: Stage) -> list[tuple[str, Upload | None]]:
    return [(each.text, each.file) for each in stage.handler.said()]


async def test_a_canvas_beside_a_mention_opens_a_thread_and_one_in_it_goes_on(stage: Stage) -> None:
    await stage.ann.bring(stage.channel, "house.json", HOUSE, f"<@{stage.discord.world.bot.id}>")
    thread = await stage.thread()
    await stage.bob.bring(thread, "House.PY", b"canvas", "my house")
    await stage.until(lambda: len(stage.pictures(thread)) == 2)
    house, python = Upload("house.json", len(HOUSE), HOUSE), Upload("House.PY", 6, b"canvas")
    assert files(stage) == [("", house), ("my house", python)]
    assert thread.name == "house.json"


async def test_other_files_are_left_alone_and_large_ones_not_fetched(stage: Stage) -> None:
    thread = await stage.imagine()
    await stage.ann.bring(thread, "house.zip", b"PK")
    await stage.ann.bring(thread, "large.json", b" " * (LARGEST_UPLOAD + 1))
    await stage.until(lambda: len(stage.handler.said()) == 2)
    assert files(stage)[1:] == [("", Upload("large.json", LARGEST_UPLOAD + 1, None))]
    assert not stage.discord.calls_to("GET", "/attachments/")


@pytest.mark.slow
async def test_one_that_cannot_be_fetched_is_told(stage: Stage) -> None:
    thread = await stage.imagine()
    stage.discord.fail("GET", "/attachments/", status=404)
    await stage.ann.bring(thread, "house.json", HOUSE)
    await stage.until(lambda: any("send it again" in each.content for each in stage.bots(thread)))
    await stage.ann.bring(thread, "house.json", HOUSE)
    await stage.until(lambda: len(stage.pictures(thread)) == 2)


@pytest.mark.slow
async def test_one_that_came_while_the_bot_was_away_is_taken_up(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
    message = await bare.ann.bring(thread, "house.json", HOUSE, "a house")
    async with bare.running():
        await bare.until(lambda: len(bare.pictures(thread)) == 2)
        await bare.ann.rewrite(message, "a castle")  # the words beside a file are its name, and change nothing
        await bare.ann.say(thread, "make it night")
        await bare.until(lambda: len(bare.pictures(thread)) == 3)
    house = Upload("house.json", len(HOUSE), HOUSE)
    assert files(bare)[1:] == [("a house", house), ("make it night", None)]
    assert len(bare.handler.received) == 3


async def test_what_the_app_makes_a_text_file_of_is_read_as_words(stage: Stage) -> None:
    long = "a harbour at dawn with many boats. " * 60
    await stage.ann.bring(stage.channel, "message.txt", long.encode(), f"<@{stage.discord.world.bot.id}> please draw")
    thread = await stage.thread()
    await stage.bob.bring(thread, "message.txt", "make it n\u00efght".encode())
    await stage.until(lambda: len(stage.pictures(thread)) == 2)
    assert files(stage) == [(f"please draw\n{long.strip()}", None), ("make it n\u00efght", None)]


async def test_a_canvas_in_a_text_file_is_a_canvas(stage: Stage) -> None:
    thread = await stage.imagine()
    code = b"canvas = Canvas()\ncanvas.set_global_description(description='A meadow.')"
    await stage.bob.bring(thread, "message.txt", code)
    await stage.until(lambda: len(stage.pictures(thread)) == 2)
    assert files(stage)[1:] == [("", Upload("message.txt", len(code), code))]


@pytest.mark.slow
async def test_of_several_files_words_are_joined_and_the_first_other_is_kept_and_the_rest_is_told(stage: Stage) -> None:
    thread = await stage.imagine()
    boat, moon = ("message.txt", b"a boat"), ("message2.txt", "and a moon".encode("utf-16"))
    canvas = canvas_to_json(Canvas(GlobalDescription("A meadow."))).encode()
    await stage.ann.bring(thread, "a.png", picture(), "draw", boat, ("b.png", picture()), moon, ("c.mp4", b"x"))
    await stage.until(lambda: len(stage.pictures(thread)) == 2)
    await stage.ann.bring(thread, "a.png", picture(), "", ("message.txt", canvas))
    await stage.until(lambda: len(stage.pictures(thread)) == 3)
    await stage.ann.bring(thread, "notes.log", b"a castle", kind="text/plain; charset=utf-8")
    await stage.until(lambda: len(stage.pictures(thread)) == 4)
    await stage.ann.bring(thread, "message.txt", canvas)
    await stage.until(lambda: len(stage.pictures(thread)) == 5)
    shown = Upload("a.png", len(picture()), picture())
    assert files(stage)[1:] == [
        ("draw\na boat\nand a moon", shown),
        ("", shown),
        ("a castle", None),
        ("", Upload("message.txt", len(canvas), canvas)),
    ]
    told = [each.content.partition("Left out: ")[2] for each in stage.bots(thread) if "Left out" in each.content]
    assert told == ["b.png, c.mp4", "message.txt"]


async def test_forwarded_words_and_canvases_are_read(stage: Stage) -> None:
    direct = stage.discord.world.direct(stage.ann.user)
    words = await stage.bob.say(stage.channel, "a boat on a lake")
    canvas = await stage.bob.bring(stage.channel, "house.json", HOUSE)
    await stage.ann.forward(words, direct)
    await stage.until(lambda: len(stage.pictures(direct)) == 1)
    await stage.ann.forward(canvas, direct)
    await stage.until(lambda: len(stage.pictures(direct)) == 2)
    assert files(stage) == [("a boat on a lake", None), ("", Upload("house.json", len(HOUSE), HOUSE))]
    thread = await stage.imagine()
    await stage.ann.forward(words, thread)
    await stage.until(lambda: len(stage.pictures(thread)) == 2)


async def test_what_cannot_be_read_gets_one_friendly_word(bare: Stage) -> None:
    def told(channel: Channel) -> int:
        return sum("only text, pictures and canvases" in each.content for each in bare.bots(channel))

    async with bare.running():
        direct = bare.discord.world.direct(bare.ann.user)
        await bare.ann.bring(direct, "cat.tiff", b"II")
        await bare.until(lambda: told(direct) == 1)
        await bare.bob.bring(bare.channel, "cat.tiff", b"II")  # to nobody
        await bare.bob.bring(bare.channel, "cat.tiff", b"II", f"<@{bare.discord.world.bot.id}>")
        await bare.until(lambda: told(bare.channel) == 1)
    async with bare.running():
        await bare.ann.say(direct, "a cat")
        await bare.until(lambda: bare.pictures(direct))
        assert (told(direct), told(bare.channel)) == (1, 1)


async def test_a_message_s_menu_begins_with_its_picture_and_a_person_s_with_the_avatar(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.Asset, "BASE", stage.discord.api_url)  # where avatars are
    shown = await stage.bob.bring(stage.channel, "cat.png", b"pixels", "look")
    await stage.ann.menu(shown, "Start from picture")
    await stage.until(lambda: files(stage))
    assert files(stage) == [("/imagine", Upload("cat.png", 6, b"pixels"))]
    assert "cat.png" in {each.name for each in stage.discord.world.channels.values() if each.is_thread}
    plain = await stage.bob.say(stage.channel, "no picture")
    told = await stage.ann.menu(plain, "Start from picture")
    assert "no picture in that message" in (await finished(told)).content
    await stage.ann.person_menu(stage.channel, stage.bob.user, "Start from avatar")
    await stage.until(lambda: len(files(stage)) == 2)
    assert files(stage)[1] == ("/imagine", Upload("Bob.png", 6, b"avatar"))


async def test_a_picture_goes_with_the_command_that_describes_it(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "describe", picture=File("cat.png", b"pixels"))
    await stage.until(lambda: files(stage))
    assert files(stage) == [("/describe", Upload("cat.png", 6, b"pixels"))]
    [thread] = [each for each in stage.discord.world.channels.values() if each.is_thread]
    await stage.ann.slash(thread, "describe")
    await stage.until(lambda: len(stage.handler.said()) == 2)
    assert (stage.handler.said()[1].text, stage.handler.said()[1].file) == ("/describe", None)


async def test_a_picture_that_is_replied_to_is_the_start(stage: Stage) -> None:
    shown = await stage.bob.bring(stage.channel, "cat.png", b"pixels", "look")
    await stage.ann.say(stage.channel, f"<@{stage.discord.world.bot.id}> with a hat", reply_to=shown)
    thread = await stage.thread()
    await stage.until(lambda: len(stage.pictures(thread)) == 1)
    assert files(stage) == [("with a hat", Upload("cat.png", 6, b"pixels"))]

"""Canvases that people send as documents."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.messages import LARGEST_UPLOAD, Rewritten, Upload
from bot.store.database import connect
from bot.store.telegram_messages import StoredThreads
from bot.store.turns import Store
from tests.platforms.handler import picture
from tests.platforms.telegram.stage import Stage

PIXELS = picture()
HOUSE = b'{"version": 1}'


def files(stage: Stage) -> list[tuple[str, Upload | None]]:
    return [(each.text, each.file) for each in stage.handler.said()]


async def test_a_document_in_private_is_a_request_of_its_own_in_its_order(stage: Stage) -> None:
    stage.ann.send_file("house.json", HOUSE)
    stage.ann.say("make it night")
    stage.ann.send_file("House.PY", b"canvas", "my house")
    await stage.picture(stage.ann.private, 3)
    house, python = Upload("house.json", len(HOUSE), HOUSE), Upload("House.PY", 6, b"canvas")
    assert files(stage) == [("", house), ("make it night", None), ("my house", python)]


async def test_in_groups_a_caption_or_a_reply_addresses_the_bot(stage: Stage) -> None:
    stage.ann.send_file("house.json", HOUSE, "for Bob", stage.group)
    stage.ann.send_file("house.json", HOUSE, "// for Bob", stage.group)
    stage.ann.send_file("house.json", HOUSE, "/imagine a house | 7", stage.group)
    shown = await stage.picture(stage.group)
    stage.bob.send_file("house.json", HOUSE, chat=stage.group, to=shown)
    await stage.picture(stage.group, 2)
    assert [text for text, _ in files(stage)] == ["/imagine a house --seed 7", ""]
    assert len({each.place for each in stage.handler.said()}) == 1


async def test_other_documents_get_one_friendly_word_and_large_ones_are_not_fetched(stage: Stage) -> None:
    stage.ann.send_file("house.zip", b"PK")
    refusal = await stage.newest(stage.ann.private)
    assert refusal.text.startswith("I can't read that yet")
    stage.ann.send_file("large.json", b" " * (LARGEST_UPLOAD + 1))
    await stage.until(stage.handler.said)
    assert files(stage) == [("", Upload("large.json", LARGEST_UPLOAD + 1, None))]
    assert not stage.telegram.calls_to("getFile")


async def test_a_document_that_cannot_be_fetched_is_told(stage: Stage) -> None:
    stage.telegram.fail("getFile", code=400, description="Bad Request: file is temporarily unavailable")
    stage.ann.send_file("house.json", HOUSE)
    told = await stage.newest(stage.ann.private)
    assert "send it again" in told.text
    stage.ann.send_file("house.json", HOUSE)
    await stage.picture(stage.ann.private)


async def test_one_that_was_not_yet_passed_on_when_the_bot_was_killed_is_not_lost(bare: Stage) -> None:
    asked = bare.ann.send_file("house.json", HOUSE, "a house")
    [update] = bare.telegram.updates
    bare.telegram.updates.clear()  # as it was confirmed, it does not come again
    engine = connect(bare.database)
    memory, chat = StoredThreads(Store(engine)), bare.ann.private.id
    await memory.remember(chat, asked.id, str(chat), "held", json.dumps(update))
    await engine.dispose()
    async with bare.running():
        await bare.picture(bare.ann.private)
        bare.ann.rewrite(asked, "a castle")  # the words beside a file are its name, and change nothing
        bare.ann.say("make it night")
        await bare.picture(bare.ann.private, 2)
    assert files(bare) == [("a house", Upload("house.json", len(HOUSE), HOUSE)), ("make it night", None)]
    assert len(bare.handler.received) == 2


async def test_words_in_a_text_file_are_words(stage: Stage) -> None:
    stage.ann.send_file("message.txt", b"a harbour at dawn", "please draw")
    await stage.picture(stage.ann.private)
    code = b"canvas = Canvas()"
    stage.ann.send_file("canvas.txt", code)
    await stage.picture(stage.ann.private, 2)
    assert files(stage) == [("please draw\na harbour at dawn", None), ("", Upload("canvas.txt", len(code), code))]


@pytest.mark.slow
async def test_a_photo_is_a_picture_in_private_with_a_mention_or_as_what_is_replied_to(stage: Stage) -> None:
    stage.ann.send_photo(PIXELS, "a boat on it")
    await stage.picture(stage.ann.private)
    stage.ann.send_file("IMG.PNG", PIXELS)
    await stage.picture(stage.ann.private, 2)
    shown = stage.bob.send_photo(PIXELS, "look", stage.group)
    stage.ann.say("/imagine a boat on it", stage.group, to=shown)
    await stage.picture(stage.group)
    photo = Upload("photo.jpg", len(PIXELS), PIXELS)
    png = replace(photo, name="IMG.PNG")
    assert files(stage) == [("a boat on it", photo), ("", png), ("/imagine a boat on it", photo)]


async def test_other_words_below_a_photo_are_another_request(stage: Stage) -> None:
    sent = stage.ann.send_photo(PIXELS, "a boat on it")
    await stage.picture(stage.ann.private)
    stage.ann.rewrite(sent, "a castle on it")
    await stage.until(lambda: len(stage.handler.received) == 2)
    changed = stage.handler.received[-1]
    assert isinstance(changed, Rewritten)
    assert changed.text == "a castle on it"

"""One status message from queue to picture: its edits, its files, its limits, and that it is never posted twice."""

from __future__ import annotations

import asyncio
import functools
import io
import random
from dataclasses import replace

import pytest
from PIL import Image

from bot.errors import MessageGoneError, UnreachableError
from bot.messages import Action, Attachment, Button, Outgoing, Place
from tests.platforms.discord.rate_limits import Window
from tests.platforms.discord.stage import IMPATIENT, PACE, Stage, picture, result, status
from tests.platforms.discord.world import PERMISSIONS


@functools.cache
def noise(size: int) -> bytes:
    """A PNG that cannot be compressed: 3 bytes for each pixel."""
    file = io.BytesIO()
    Image.frombytes("RGB", (size, size), random.Random(1).randbytes(size * size * 3)).save(
        file, "PNG", compress_level=0
    )
    return file.getvalue()


async def opened(stage: Stage) -> Place:
    """A thread without anything in it yet."""
    stage.handler.draws = False
    await stage.ann.slash(stage.channel, "imagine", prompt="a boat")
    await stage.until(lambda: stage.handler.received)
    return stage.place(stage.discord.world.threads(stage.guild)[0])


async def test_one_message_carries_the_whole_course(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    shown = stage.discord.world.messages[int(message)]
    assert shown.content == "“a boat”\nDrawing.\n▱▱▱▱▱▱▱▱▱▱▱▱ 0%"
    assert shown.labels() == ["Cancel"]
    await stage.chat.edit(place, message, status("t1", "a boat", 0.5, preview=True))
    assert shown.content.endswith("▰▰▰▰▰▰▱▱▱▱▱▱ 50%")
    assert [meta["filename"] for meta, _ in shown.files] == ["t1-preview.png"]
    await stage.chat.edit(place, message, result("t1", "a boat"))
    assert [meta["filename"] for meta, _ in shown.files] == ["t1.png"]
    assert "Cancel" not in shown.labels()
    assert len(stage.bots(stage.channel_at(place))) == 1


async def test_the_footer_is_quiet_and_links_to_the_picture_before(stage: Stage) -> None:
    place = await opened(stage)
    first = await stage.chat.post(place, result("t1", "a boat"))
    assert stage.discord.world.messages[int(first)].content == "“a boat”\n-# Seed 7, 32 × 32, tiny"
    note = replace(result("t2", "at night"), text="Small fixes: blu → blue.", parent=first)
    second = await stage.chat.post(place, note)
    link = f"https://discord.com/channels/{place.key.split('/')[0]}/{place.key.split('/')[2]}/{first}"
    assert stage.discord.world.messages[int(second)].content == (
        f"“at night”\n-# Small fixes: blu → blue.\n-# Seed 7, 32 × 32, tiny, from [the previous one]({link})"
    )


async def test_in_direct_messages_the_link_names_no_server(stage: Stage) -> None:
    direct = stage.discord.world.direct(stage.ann.user)
    message = await stage.chat.post(stage.place(direct), replace(result("t2", "at night"), parent="123"))
    link = f"https://discord.com/channels/@me/{direct.id}/123"
    assert stage.discord.world.messages[int(message)].content.endswith(f"({link})")


async def test_nothing_depends_on_the_interactions_token(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    stage.discord.skip(16 * 60)
    await stage.chat.edit(place, message, result("t1", "a boat"))
    assert stage.pictures(stage.channel_at(place))


async def test_the_same_nonce_never_makes_a_second_message(stage: Stage) -> None:
    place = await opened(stage)
    first = await stage.chat.post(place, status("t1", "a boat"))
    assert await stage.chat.post(place, status("t1", "a boat")) == first
    assert len(stage.bots(stage.channel_at(place))) == 1


async def test_a_message_of_an_earlier_life_is_found_again_even_hours_later(bare: Stage) -> None:
    async with bare.running():
        place = await opened(bare)
        first = await bare.chat.post(place, status("t1", "a boat"))
    bare.discord.skip(5 * 3600)  # the platform has long forgotten the nonce
    async with bare.running() as chat:
        assert await chat.post(place, status("t1", "a boat", 0.5)) == first
    [shown] = bare.bots(bare.channel_at(place))
    assert shown.content.endswith("50%")


async def test_only_what_may_have_been_posted_before_is_looked_for(stage: Stage) -> None:
    place = await opened(stage)
    looked = len(stage.discord.calls_to("GET", "/messages$"))
    await stage.chat.post(place, replace(status("t1", "a boat"), fresh=True))
    assert len(stage.discord.calls_to("GET", "/messages$")) == looked
    await stage.chat.post(place, status("t2", "a boat"))
    assert len(stage.discord.calls_to("GET", "/messages$")) == looked + 1


async def test_a_discord_that_hangs_is_unreachable_in_the_end_and_the_message_comes_once(bare: Stage) -> None:
    async with bare.running(pace=replace(PACE, send=0.3)) as chat:
        place = await opened(bare)
        hold = bare.discord.hold("POST", r"/channels/\d+/messages$")
        with pytest.raises(UnreachableError, match="Discord has not answered"):
            await chat.post(place, status("t1", "a boat"))
        hold.released.set()
        message = await chat.post(place, status("t1", "a boat"))
        assert [str(each.id) for each in bare.bots(bare.channel_at(place))] == [message]


async def test_a_lost_answer_or_a_server_error_posts_once(stage: Stage) -> None:
    place = await opened(stage)
    stage.discord.fail("POST", "/messages$", status=502, after=True)
    message = await stage.chat.post(place, status("t1", "a boat"))
    thread = stage.channel_at(place)
    assert [str(each.id) for each in stage.bots(thread)] == [message]


async def test_a_long_nonce_is_shortened_and_still_the_same(stage: Stage) -> None:
    place = await opened(stage)
    long = Outgoing("Hello", nonce="n" * 60)
    assert await stage.chat.post(place, long) == await stage.chat.post(place, long)


@pytest.mark.slow
async def test_pictures_over_the_limit_are_encoded_again_until_they_fit(stage: Stage) -> None:
    place = await opened(stage)
    original = noise(1900)
    assert len(original) > 10 * 2**20
    file = Attachment("big.png", original, "Noise")
    message = await stage.chat.post(place, result("t1", "a boat", (file,)))
    [(meta, sent)] = stage.discord.world.messages[int(message)].files
    assert len(sent.content) <= 10 * 2**20
    assert Image.open(io.BytesIO(sent.content)).size == (1900, 1900)
    assert meta["description"] == "Noise"
    assert file.content is original


@pytest.mark.slow
async def test_four_large_pictures_fit_one_request(stage: Stage) -> None:
    place = await opened(stage)
    files = tuple(Attachment(f"{number}.png", noise(1900), "Noise") for number in range(4))
    assert sum(len(file.content) for file in files) > 25 * 2**20
    message = await stage.chat.post(place, result("t1", "a boat", files))
    assert len(stage.discord.world.messages[int(message)].files) == 4


@pytest.mark.slow
async def test_what_discord_finds_too_large_is_made_smaller(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    stage.discord.fail("PATCH", "/messages/", status=413, code=40005, times=2)
    await stage.chat.edit(place, message, result("t1", "a boat", (Attachment("a.png", noise(1900), "Noise"),)))
    [(_, sent)] = stage.discord.world.messages[int(message)].files
    assert len(sent.content) <= 2.5 * 2**20


async def test_long_texts_are_cut_and_attached_whole(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, Outgoing("word " * 1000))
    shown = stage.discord.world.messages[int(message)]
    assert len(shown.content) <= 2000
    assert shown.files[0][1].content == ("word " * 1000).encode()


async def test_words_do_not_format_and_nobody_is_pinged(stage: Stage) -> None:
    place = await opened(stage)
    words = f"# **bold** @everyone <@{stage.ann.user.id}>"
    message = await stage.chat.post(place, Outgoing(words))
    shown = stage.discord.world.messages[int(message)]
    assert shown.content.startswith(r"\# \*\*bold\*\*")
    assert not shown.mentions


async def test_code_is_a_block_of_code(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, Outgoing("canvas = Canvas()\ncanvas.set_global_description()"))
    assert stage.discord.world.messages[int(message)].content.startswith("```python\ncanvas = Canvas()")


async def test_while_discord_makes_us_wait_the_newest_state_wins(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    hold = stage.discord.hold("PATCH", "/messages/")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stage.chat.edit(place, message, status("t1", "a boat", 0.1)))
        await hold.reached.wait()
        for step in range(2, 9):
            tasks.create_task(stage.chat.edit(place, message, status("t1", "a boat", step / 10)))
        await asyncio.sleep(0)  # all of them have begun
        hold.released.set()
    versions = [each["content"][-3:] for each in stage.discord.world.messages[int(message)].versions]
    assert versions == [" 0%", "10%"]
    assert stage.discord.world.messages[int(message)].content.endswith("80%")


async def test_the_result_waits_out_a_429_and_then_stands(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    stage.discord.fail("PATCH", "/messages/", status=429, retry_after=0.2, times=2)
    await stage.chat.edit(place, message, result("t1", "a boat"))
    first, second, third = (call.at for call in stage.discord.calls_to("PATCH", "/messages/"))
    assert second - first >= 0.2
    assert third - second >= 0.2
    assert "Reroll" in stage.discord.world.messages[int(message)].labels()


async def test_many_edits_never_meet_the_rate_limit_unprepared(stage: Stage) -> None:
    stage.discord.messages = Window(5, 0.5)
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    for step in range(8):
        await stage.chat.edit(place, message, status("t1", "a boat", step / 8))
    await stage.chat.edit(place, message, result("t1", "a boat"))
    refused = [call for call in stage.discord.calls if call.status == 429]
    assert not refused


async def test_a_passing_state_does_not_hold_up_its_sender(bare: Stage) -> None:
    async with bare.running(pace=IMPATIENT) as chat:
        place = await opened(bare)
        message = await chat.post(place, status("t1", "a boat"))
        hold = bare.discord.hold("PATCH", "/messages/")
        await chat.edit(place, message, status("t1", "a boat", 0.5))  # returns, though Discord has not answered
        hold.released.set()
        await chat.edit(place, message, result("t1", "a boat"))
        assert bare.pictures(bare.channel_at(place))


@pytest.mark.parametrize("what", ["message", "thread", "channel", "guild"])
async def test_where_nobody_can_be_told_the_work_is_told_so(stage: Stage, what: str) -> None:
    place = await opened(stage)
    thread = stage.channel_at(place)
    message = await stage.chat.post(place, status("t1", "a boat"))
    if what == "message":
        await stage.ann.delete(stage.discord.world.messages[int(message)])
    elif what == "thread":
        del stage.discord.world.channels[thread.id]
    elif what == "channel":
        stage.channel.denied = PERMISSIONS["view_channel"]
    else:
        stage.guild.bot_rights = None
    with pytest.raises(MessageGoneError, match=place.key):
        await stage.chat.edit(place, message, result("t1", "a boat"))
    if what != "message":
        with pytest.raises(MessageGoneError, match=place.key):
            await stage.chat.post(place, result("t2", "a boat"))


@pytest.mark.slow
async def test_where_no_files_are_allowed_the_words_still_arrive(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    stage.channel.denied = PERMISSIONS["attach_files"]
    await stage.chat.edit(place, message, status("t1", "a boat", 0.5, preview=True))
    await stage.chat.edit(place, message, result("t1", "a boat"))
    shown = stage.discord.world.messages[int(message)]
    assert "won't let me show everything" in shown.content
    assert (shown.files, shown.labels()[0]) == ([], "Edit"), "no Cancel stays behind"


@pytest.mark.sampled(1)
@pytest.mark.parametrize("code", [20009, 200000, 240000, 50035])
async def test_what_discord_will_never_take_ends_in_a_sentence(stage: Stage, code: int) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    stage.discord.fail("PATCH", "/messages/", status=400, code=code)
    await stage.chat.edit(place, message, result("t1", "a boat"))
    shown = stage.discord.world.messages[int(message)]
    assert ("a boat" in shown.content, len(shown.files), shown.labels()[0]) == (False, 1, "Edit")
    before = len(stage.discord.calls_to("PATCH", "/messages/"))
    stage.discord.fail("PATCH", "/messages/", status=400, code=code, times=9)
    with pytest.raises(MessageGoneError):
        await stage.chat.edit(place, message, result("t1", "a boat"))
    assert len(stage.discord.calls_to("PATCH", "/messages/")) == before + 4, "and is not tried for ever"


@pytest.mark.parametrize(("code", "status"), [(20009, 400), (240000, 400), (50013, 403), (160002, 400)])
async def test_an_answer_that_discord_will_never_take_ends_in_a_sentence(stage: Stage, code: int, status: int) -> None:
    refused = stage.discord.fail("POST", "/callback$", status=status, code=code)
    await stage.ann.slash(stage.channel, "imagine", prompt="a boat")
    thread = await stage.thread()
    assert refused.hits == 1, "its words were not taken"
    shown = stage.pictures(thread)[-1]
    stage.discord.fail("POST", "/callback$", status=status, code=code)
    told = await stage.ann.press(shown, "Code")
    assert told.original is not None
    assert ("won't let me show everything" in told.original.content, told.original.files) == (True, [])
    said = len(stage.bots(thread))
    stage.discord.fail("POST", r"/channels/\d+/messages$", status=status, code=code)
    await stage.ann.bring(thread, "a.pdf", b"%PDF")
    await stage.until(lambda: len(stage.bots(thread)) > said)
    words = "won't let me show everything" if code != 160002 else "can't read that yet"
    assert words in stage.bots(thread)[-1].content


async def test_an_archived_thread_is_opened_for_the_picture(stage: Stage) -> None:
    place = await opened(stage)
    thread = stage.channel_at(place)
    message = await stage.chat.post(place, status("t1", "a boat"))
    thread.archived = True
    await stage.chat.edit(place, message, result("t1", "a boat"))
    assert not thread.archived
    assert stage.pictures(thread)


async def test_a_locked_thread_is_closed_to_the_bot(stage: Stage) -> None:
    place = await opened(stage)
    thread = stage.channel_at(place)
    message = await stage.chat.post(place, status("t1", "a boat"))
    thread.archived = thread.locked = True
    with pytest.raises(MessageGoneError, match="locked"):
        await stage.chat.edit(place, message, result("t1", "a boat"))
    with pytest.raises(MessageGoneError):
        await stage.chat.post(place, result("t1", "a boat"))


async def test_a_server_error_that_lasts_is_raised_for_a_later_try(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    stage.discord.fail("PATCH", "/messages/", status=503)  # the one that the library does not try again
    with pytest.raises(Exception, match="503"):
        await stage.chat.edit(place, message, result("t1", "a boat"))
    await stage.chat.edit(place, message, result("t1", "a boat"))
    assert "Reroll" in stage.discord.world.messages[int(message)].labels()


async def test_more_buttons_than_a_row_holds_take_another(stage: Stage) -> None:
    place = await opened(stage)
    buttons = tuple(Button(Action.PICK, f"t{number}", str(number)) for number in range(12))
    message = await stage.chat.post(place, Outgoing("Which?", (Attachment("a.png", picture()),), buttons))
    rows = stage.discord.world.messages[int(message)].components
    assert [len(row["components"]) for row in rows] == [5, 5, 2]


async def test_nothing_is_remembered_of_messages_that_were_posted(stage: Stage) -> None:
    place = await opened(stage)
    message = await stage.chat.post(place, status("t1", "a boat"))
    await stage.chat.edit(place, message, result("t1", "a boat"))
    client = stage.chat._delivery._client
    assert client is not None
    assert not client._connection._view_store._views

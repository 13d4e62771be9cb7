"""How pictures arrive: pace, limits, albums, and every failure on the way."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.chat.telegram.chat import Webhook
from bot.errors import MessageGoneError, TokenRefusedError
from bot.messages import Attachment, Notice, Outgoing, Place
from tests.platforms.telegram.rules import LONGEST_CAPTION
from tests.platforms.telegram.stage import SPEED, Stage, picture, result, status


def private(stage: Stage) -> Place:
    return Place("telegram", str(stage.ann.user.id))


def chain(stage: Stage, root: int = 1) -> Place:
    return Place("telegram", f"{stage.group.id}#{root}")


@pytest.mark.slow
async def test_edits_in_a_group_are_four_seconds_apart_and_never_stale(stage: Stage) -> None:
    assert stage.chat is not None
    name = await stage.chat.post(chain(stage), status("t1", "a house"))
    for number in range(60):
        await stage.chat.edit(chain(stage), name, status("t1", "a house", number / 60, preview=number > 5))
        await asyncio.sleep(0.02)
    await stage.chat.edit(chain(stage), name, result("t1", "a house"))
    other = await stage.chat.post(chain(stage), status("t2", "a tree"))
    await stage.chat.edit(chain(stage), other, status("t2", "a tree", 0.5))
    shown, below = stage.telegram.messages(stage.group)
    await stage.until(lambda: len(below.versions) == 2)  # in its turn, after all that was to be said before
    times = [at * SPEED for at, _, _ in shown.versions]
    gaps = [after - before for before, after in pairwise(times[1:])]
    assert 3 <= len(shown.versions) <= 9
    assert min(gaps) >= 3.8
    assert shown.labels()[0] == "Edit"
    shares = [text.split()[-1] for _, text, _ in shown.versions[:-1]]
    assert shares == sorted(shares, key=lambda share: int(share[:-1]))


async def test_after_a_refusal_the_chat_rests_and_only_the_newest_is_shown(stage: Stage) -> None:
    assert stage.chat is not None
    name = await stage.chat.post(private(stage), status("t1", "a house"))
    stage.telegram.fail("editMessageText", code=429, description="Too Many Requests", retry_after=1.0)
    for number in range(1, 5):
        await stage.chat.edit(private(stage), name, status("t1", "a house", number / 10))
        await asyncio.sleep(0.1)
    await stage.chat.edit(private(stage), name, result("t1", "a house"))
    shown = stage.telegram.messages(stage.ann.private)[0]
    assert [kind for _, _, kind in shown.versions] == ["text", "photo"]


async def test_a_long_rest_of_one_chat_holds_up_nobody_else(stage: Stage) -> None:
    from telegram.error import RetryAfter

    assert stage.chat is not None
    name = await stage.chat.post(private(stage), status("t1", "a house"))
    stage.telegram.fail("editMessageMedia", code=429, description="Too Many Requests", retry_after=600)
    async with asyncio.timeout(8):
        with pytest.raises(RetryAfter):
            await stage.chat.edit(private(stage), name, result("t1", "a house"))
        other = Place("telegram", str(stage.bob.user.id))
        await stage.chat.post(other, result("t2", "a tree"))
    assert len(stage.telegram.calls_to("editMessageMedia")) == 1


async def test_server_errors_and_lost_answers_neither_lose_nor_double_a_picture(stage: Stage) -> None:
    stage.telegram.fail("sendMessage", code=502, description="Bad Gateway")
    stage.telegram.fail("editMessageMedia", code=500)
    stage.telegram.fail("editMessageMedia", after=True, cut=True)
    stage.ann.say("a house")
    await stage.picture(stage.ann.private)
    stage.ann.say("a tree")  # what is sent in one chat comes in its order, so nothing more of the first comes after
    await stage.picture(stage.ann.private, 2)
    assert len(stage.telegram.messages(stage.ann.private)) == 2
    assert len(stage.telegram.calls_to("editMessageMedia")) == 5  # three faults, one of which was carried out


async def test_a_picture_whose_message_was_removed_is_posted_anew_once(stage: Stage) -> None:
    assert stage.chat is not None
    name = await stage.chat.post(private(stage), status("t1", "a house"))
    stage.telegram.messages(stage.ann.private)[0].deleted = True
    for _ in range(2):
        await stage.chat.edit(private(stage), name, result("t1", "a house"))
    assert len(stage.telegram.messages(stage.ann.private)) == 1
    assert stage.pictures(stage.ann.private)


async def test_the_same_nonce_is_one_message_also_after_a_restart(bare: Stage) -> None:
    async with bare.running() as chat:
        first = await chat.post(private(bare), status("t1", "a house"))
    async with bare.running() as chat:
        assert await chat.post(private(bare), status("t1", "a house")) == first
    assert len(bare.telegram.messages(bare.ann.private)) == 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize("how", ["cut", "hold"])
async def test_a_message_whose_number_was_never_learnt_is_found_again(bare: Stage, how: str) -> None:
    bare.telegram.fail("sendMessage", after=True, **{how: True})
    asked = bare.ann.say("a house", bare.group)  # which the bot does not hear
    async with bare.running() as chat:
        first = asyncio.create_task(chat.post(chain(bare, asked.id), status("t1", "a house")))
        await bare.newest(bare.group)
        first.cancel()
        await asyncio.wait({first})
    bare.bob.say("how nice", bare.group)
    async with bare.running() as chat:
        name = await chat.post(chain(bare, asked.id), status("t1", "a house"))
        await chat.edit(chain(bare, asked.id), name, result("t1", "a house"))
        await chat.post(chain(bare, asked.id), status("t2", "a tree"))
    shown = bare.telegram.messages(bare.group)
    assert [each.labels()[0] for each in shown] == ["Edit", "Cancel"]


async def test_an_album_is_found_again_and_not_sent_twice(bare: Stage) -> None:
    files = tuple(Attachment(f"{n}.png", picture(color=color), "") for n, color in enumerate(("red", "blue", "lime")))
    async with bare.running() as chat:
        name = await chat.post(private(bare), status("t1", "a house"))
        bare.telegram.fail("sendMediaGroup", after=True, hold=True)
        ending = asyncio.create_task(chat.edit(private(bare), name, result("t1", "a house", files)))
        await bare.newest(bare.ann.private, 4)
        ending.cancel()
        await asyncio.wait({ending})
    async with bare.running() as chat:
        await chat.edit(private(bare), name, result("t1", "a house", files))
        shown = bare.telegram.messages(bare.ann.private)
        assert [bool(each.album) for each in shown] == [True, True, True, False]
        await chat.edit(private(bare), name, Outgoing("Removed."))
    assert [each.text for each in bare.telegram.messages(bare.ann.private)] == ["Removed."]


async def test_variations_are_an_album_and_below_it_the_buttons(stage: Stage) -> None:
    assert stage.chat is not None
    files = tuple(Attachment(f"{n}.png", picture(color=color), "") for n, color in enumerate(("red", "blue", "lime")))
    name = await stage.chat.post(chain(stage), status("t1", "a house"))
    stage.telegram.fail("sendMessage", code=400, description="Bad Request: something new", times=1)
    with pytest.raises(Exception, match="omething new"):
        await stage.chat.edit(chain(stage), name, result("t1", "a house", files))
    for _ in range(2):  # as the announcer does after a failure
        await stage.chat.edit(chain(stage), name, result("t1", "a house", files))
    shown = stage.telegram.messages(stage.group)
    assert [bool(each.album) for each in shown] == [True, True, True, False]
    assert shown[-1].labels()[0] == "Edit"
    await stage.chat.edit(chain(stage), name, Outgoing("Gone."))
    assert shown[-1].text == "Gone."


@pytest.mark.slow
async def test_a_removed_picture_is_gone_from_the_chat(stage: Stage) -> None:
    assert stage.chat is not None
    name = await stage.chat.post(private(stage), status("t1", "a house"))
    await stage.chat.edit(private(stage), name, result("t1", "a house"))
    for _ in range(2):
        await stage.chat.edit(private(stage), name, Outgoing("Ann has removed this picture."))
    assert [each.text for each in stage.telegram.messages(stage.ann.private)] == ["Ann has removed this picture."]
    files = tuple(Attachment(f"{n}.png", picture(color=color), "") for n, color in enumerate(("red", "blue")))
    other = await stage.chat.post(private(stage), status("t2", "a house"))
    await stage.chat.edit(private(stage), other, result("t2", "a house", files))
    stage.telegram.fail("deleteMessage", code=400, description="Bad Request: message can't be deleted for everyone")
    await stage.chat.edit(private(stage), name, result("t1", "a tree"))
    await stage.chat.edit(private(stage), other, Outgoing("Gone too."))
    await stage.chat.edit(private(stage), name, Outgoing("Gone as well."))
    left = stage.telegram.messages(stage.ann.private)
    assert [(each.text, bool(each.album)) for each in left] == [
        ("", True),
        ("Gone too.", False),
        ("Gone as well.", False),
    ]


async def test_an_album_whose_answer_was_lost_is_not_sent_again(stage: Stage) -> None:
    assert stage.chat is not None
    files = tuple(Attachment(f"{n}.png", picture(color=color), "") for n, color in enumerate(("red", "blue")))
    stage.telegram.fail("sendMediaGroup", after=True, cut=True)
    await stage.chat.post(private(stage), result("t1", "a house", files))
    shown = stage.telegram.messages(stage.ann.private)
    assert [bool(each.album) for each in shown] == [True, True, False]


async def test_long_words_follow_below_the_picture_once(stage: Stage) -> None:
    assert stage.chat is not None
    words = " ".join(f"word{number} 🏠" for number in range(300))
    name = await stage.chat.post(private(stage), status("t1", words))
    for _ in range(2):
        await stage.chat.edit(private(stage), name, result("t1", words))
    first, *rest = stage.telegram.messages(stage.ann.private)
    assert len(first.text.encode("utf-16-le")) // 2 <= LONGEST_CAPTION
    whole = " ".join([first.text.rstrip("…"), *(each.text for each in rest)])
    assert all(f"word{number} " in f"{whole} " for number in range(300))
    assert len(rest) == 1


async def test_pictures_that_telegram_would_refuse_are_made_to_fit(stage: Stage) -> None:
    assert stage.chat is not None
    files = (Attachment("wide.png", picture((2100, 16)), ""),)
    await stage.chat.post(private(stage), result("t1", "a line", files))
    assert stage.pictures(stage.ann.private)


async def test_where_the_bot_is_not_wanted_it_is_told_so_quietly(stage: Stage) -> None:
    assert stage.chat is not None
    name = await stage.chat.post(chain(stage), status("t1", "a house"))
    stage.ann.kick_bot(stage.group)
    stage.bob.user.blocked = True
    with pytest.raises(MessageGoneError):
        await stage.chat.edit(chain(stage), name, result("t1", "a house"))
    with pytest.raises(MessageGoneError):
        await stage.chat.post(Place("telegram", str(stage.bob.user.id)), status("t2", "a tree"))
    stage.ann.say("a house")
    await stage.picture(stage.ann.private)


@pytest.mark.slow
async def test_a_conversation_moves_along_when_its_group_becomes_a_supergroup(bare: Stage) -> None:
    group = bare.telegram.world.add_group("Small", bare.ann.user, super_=False)
    async with bare.running() as chat:
        bare.handler.draws = False
        bare.ann.say("/imagine a house", group)
        await bare.until(bare.handler.said)
        place = bare.handler.said()[0].place
        name = await chat.post(place, status("t1", "a house"))
        new = bare.ann.upgrade(group)
        await chat.edit(place, name, result("t1", "a house"))
        shown = await bare.picture(new)
        bare.handler.draws = True
        bare.ann.say("make it night", new, to=shown)
        await bare.picture(new, 2)
    assert bare.handler.said()[1].place == place
    assert len(bare.telegram.messages(new)) == 2


@pytest.mark.slow
async def test_two_pollers_are_told_apart_and_neither_dies(bare: Stage, caplog: pytest.LogCaptureFixture) -> None:
    bare.telegram.fail("getUpdates", code=409, description="Conflict: terminated by other getUpdates request", times=2)
    with caplog.at_level(logging.ERROR):
        async with bare.running():
            bare.ann.say("a house")
            await bare.picture(bare.ann.private)
    told = [record for record in caplog.records if "another program receives" in record.getMessage()]
    assert len(told) == 1


async def test_a_wrong_token_says_what_to_do(bare: Stage) -> None:
    with pytest.raises(TokenRefusedError, match="@BotFather"):
        async with bare.running(token="1:wrong"):
            pass


async def test_telegram_may_be_down_when_the_bot_starts(bare: Stage) -> None:
    bare.telegram.fail("getMe", code=502, description="Bad Gateway")
    async with bare.running():
        bare.ann.say("a house")
        await bare.picture(bare.ann.private)


async def test_updates_come_by_webhook_with_its_secret(bare: Stage, unused_tcp_port: int) -> None:
    hook = Webhook(f"http://127.0.0.1:{unused_tcp_port}", port=unused_tcp_port, path="own", secret="s3cret")
    async with bare.running(webhook=hook):
        assert bare.telegram.webhook.url.endswith("/own")
        good, bare.telegram.webhook.secret = bare.telegram.webhook.secret, "wrong"
        bare.bob.say("a house")
        await bare.until(lambda: bare.telegram.webhook.refused)
        bare.telegram.webhook.secret = good
        bare.ann.say("a tree")
        await bare.picture(bare.ann.private)
        assert good == "s3cret"
    assert not bare.telegram.calls_to("getUpdates")
    assert [each.author.name for each in bare.handler.said()] == ["Ann"]


@pytest.mark.slow
async def test_an_error_in_the_handler_is_answered_and_harms_nothing(stage: Stage) -> None:
    stage.handler.error = ValueError("a bug")
    stage.ann.say("a house")
    assert (await stage.newest(stage.ann.private)).text.startswith("Something went wrong")
    stage.handler.error = None
    stage.ann.say("a house")
    await stage.picture(stage.ann.private)


async def test_the_last_line_is_quiet_and_leads_to_the_picture_before(stage: Stage) -> None:
    assert stage.chat is not None
    before = await stage.chat.post(chain(stage), result("t1", "a house"))
    name = await stage.chat.post(chain(stage), status("t2", "make it night"))
    shown = replace(result("t2", "make it night"), text="", words="make it night", footer="Seed 7", parent=before)
    await stage.chat.edit(chain(stage), name, shown)
    message = stage.telegram.messages(stage.group)[1]
    assert message.text == "“make it night”\nSeed 7 · from this picture"
    italic, link = message.entities
    assert (italic["type"], italic["offset"], italic["length"]) == ("italic", 16, 26)
    assert (link["type"], link["offset"], link["length"]) == ("text_link", 25, 17)
    number = stage.telegram.messages(stage.group)[0].id
    assert link["url"] == f"https://t.me/c/{-stage.group.id - 10**12}/{number}"


async def test_where_photos_are_not_allowed_the_picture_comes_as_a_file(stage: Stage) -> None:
    stage.group.forbidden = {"photo"}
    stage.ann.say("/imagine a house", stage.group)
    shown = await stage.picture(stage.group)
    assert shown.file is not None
    assert (shown.file.kind, shown.file.content) == ("document", picture())
    assert "a house" in shown.text


async def test_where_no_files_are_allowed_either_the_words_still_arrive(stage: Stage) -> None:
    assert stage.chat is not None
    stage.group.forbidden = {"photo", "document"}
    name = await stage.chat.post(chain(stage), status("t1", "a house"))
    await stage.chat.edit(chain(stage), name, status("t1", "a house", 0.5, preview=True))
    await stage.chat.edit(chain(stage), name, result("t1", "a house"))
    [shown] = stage.telegram.messages(stage.group)
    assert shown.text.startswith("I can't send pictures in this chat.")
    assert "a house" in shown.text
    assert shown.labels()[0] == "Edit", "no Cancel stays behind"


async def test_where_words_alone_are_not_allowed_they_stand_below_a_picture(stage: Stage) -> None:
    assert stage.chat is not None
    stage.group.forbidden = {"text message"}
    name = await stage.chat.post(chain(stage), status("t1", "a house"))
    await stage.chat.edit(chain(stage), name, result("t1", "a house"))
    [shown] = stage.telegram.messages(stage.group)
    assert shown.file is not None
    assert (shown.file.content, shown.labels()[0]) == (picture(), "Edit")


@pytest.mark.slow
async def test_where_words_alone_are_not_allowed_answers_and_questions_stand_below_one_too(stage: Stage) -> None:
    stage.group.forbidden = {"text message"}
    lines = [f"line {number}" for number in range(200)]
    stage.handler.answers["/help"] = Notice("\n".join(lines))
    stage.ann.say("/help@PaintBot", stage.group)
    await stage.until(lambda: any("line 199" in each.text for each in stage.telegram.messages(stage.group)))
    told = "\n".join(each.text.rstrip("…") for each in stage.telegram.messages(stage.group))
    assert told.split() == " ".join(lines).split()
    stage.ann.say("/imagine a house", stage.group)
    shown = await stage.picture(stage.group)
    await stage.ann.pressed(shown, "Edit")
    await stage.until(lambda: any(each.asks() for each in stage.telegram.messages(stage.group)))
    question = stage.telegram.messages(stage.group)[-1]
    assert question.file is not None
    stage.ann.say("a red house | | 9", stage.group, to=question)
    await stage.until(stage.handler.submitted)
    assert stage.handler.submitted()[0].values["words"] == "a red house"


async def test_albums_come_as_files_or_are_told_of(stage: Stage) -> None:
    assert stage.chat is not None
    files = tuple(Attachment(f"{n}.png", picture(color=color), "") for n, color in enumerate(("red", "blue")))
    for forbidden, kinds in (({"photo"}, ["document"] * 2), ({"photo", "document"}, [])):
        stage.group.forbidden = forbidden
        before = len(stage.telegram.messages(stage.group))
        await stage.chat.post(chain(stage), result("t1", "a house", files))
        new = stage.telegram.messages(stage.group)[before:]
        assert [each.file.kind for each in new[:-1] if each.file is not None] == kinds
        assert ("I can't send pictures" in new[-1].text) == (not kinds)


async def test_what_telegram_will_never_take_is_told_once_and_not_tried_for_ever(stage: Stage) -> None:
    assert stage.chat is not None
    name = await stage.chat.post(private(stage), status("t1", "a house"))
    for method in ("editMessageMedia", "editMessageMedia"):
        stage.telegram.fail(method, code=400, description="Bad Request: IMAGE_PROCESS_FAILED")
    await stage.chat.edit(private(stage), name, result("t1", "a house"))
    [shown] = stage.telegram.messages(stage.ann.private)
    assert shown.labels()[0] == "Edit"
    stage.telegram.fail("sendMessage", code=413, description="Request Entity Too Large")
    stage.telegram.fail("sendPhoto", code=400, description="Bad Request: message too strange")
    with pytest.raises(MessageGoneError, match="too strange"):
        await stage.chat.post(private(stage), Outgoing("a bear"))
    assert len(stage.telegram.calls_to("sendMessage")) == 2


async def test_a_private_topic_that_is_refused_is_done_without(stage: Stage) -> None:
    topic = stage.telegram.world.add_topic(stage.ann.private, "pictures")
    stage.ann.say("a house", topic=topic)
    del stage.ann.private.topics[topic]
    stage.ann.private.closed.add(topic)
    shown = await stage.picture(stage.ann.private)
    assert shown.topic is None


@pytest.mark.parametrize(
    "words", ["the chat is not a forum", "TOPIC_ID_INVALID", "invalid message thread ID specified"]
)
async def test_whatever_the_words_are_in_which_it_is_refused(stage: Stage, words: str) -> None:
    topic = stage.telegram.world.add_topic(stage.ann.private, "pictures")
    for method in ("sendMessage", "sendPhoto"):
        stage.telegram.fail(method, code=400, description=f"Bad Request: {words}")
    stage.ann.say("/help", topic=topic)
    await stage.until(lambda: any("/help" in each.text for each in stage.telegram.messages(stage.ann.private)))
    assert stage.telegram.messages(stage.ann.private)[-1].topic is None

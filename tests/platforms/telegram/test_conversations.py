"""Where conversations are on Telegram, and what in them is for the bot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.chat.telegram.words import COMMANDS
from bot.messages import Rewritten, Said, Upload
from tests.platforms.handler import picture
from tests.platforms.telegram.player import Player
from tests.platforms.telegram.stage import Stage, staged

PIXELS = picture()


async def test_private_words_become_a_picture_in_the_same_message(stage: Stage) -> None:
    stage.ann.say("a harbour at dawn")
    shown = await stage.picture(stage.ann.private)
    said = stage.handler.said()[0]
    assert (said.place.key, said.text, said.author.name) == (str(stage.ann.user.id), "a harbour at dawn", "Ann")
    assert said.author.moderator
    assert len(stage.telegram.messages(stage.ann.private)) == 1
    assert [kind for _, _, kind in shown.versions] == ["text", "photo"]
    assert shown.text.startswith("“a harbour at dawn”")
    assert all(len(data) <= 64 and data.count(":") == 1 for data in shown.data())


async def test_group_request_and_reply_are_one_conversation(stage: Stage) -> None:
    asked = stage.bob.say("/imagine a harbour at dawn", stage.group)
    shown = await stage.picture(stage.group)
    assert shown.reply_to is asked
    wish = stage.bob.say("make it night", stage.group, to=shown)
    second = await stage.picture(stage.group, 2)
    assert second.reply_to is wish
    stage.ann.say("add a boat", stage.group, to=second)
    await stage.picture(stage.group, 3)
    said = stage.handler.said()
    assert [each.text for each in said] == ["/imagine a harbour at dawn", "make it night", "add a boat"]
    assert {each.place.key for each in said} == {f"{stage.group.id}#{asked.id}"}
    assert [each.author.moderator for each in said] == [False, False, True]


async def test_two_chains_of_replies_are_two_conversations(stage: Stage) -> None:
    stage.ann.say("/imagine a house", stage.group)
    first = await stage.picture(stage.group)
    stage.bob.say("/imagine a tree", stage.group)
    await stage.picture(stage.group, 2)
    stage.bob.say("make it blue", stage.group, to=first)
    await stage.picture(stage.group, 3)
    keys = [each.place.key for each in stage.handler.said()]
    assert keys[2] == keys[0] != keys[1]


async def test_a_bare_command_is_about_the_writers_last_conversation(stage: Stage) -> None:
    stage.ann.say("/imagine a house", stage.group)
    await stage.picture(stage.group)
    stage.bob.say("/imagine a tree", stage.group)
    await stage.picture(stage.group, 2)
    stage.ann.say(f"/undo@{stage.telegram.world.bot.username}", stage.group)
    await stage.until(lambda: len(stage.handler.said()) == 3)
    said = stage.handler.said()
    assert (said[2].text, said[2].place) == ("/undo", said[0].place)


@pytest.mark.slow
async def test_topics_are_conversations_and_everything_stays_in_them(bare: Stage) -> None:
    forum = bare.telegram.world.add_group("Forum", bare.ann.user, forum=True)
    one, two = (bare.telegram.world.add_topic(forum, name) for name in ("One", "Two"))
    async with bare.running():
        bare.ann.say("/imagine a house", forum, topic=one)
        first = await bare.picture(forum)
        bare.ann.say("/imagine a tree", forum, topic=two)
        await bare.picture(forum, 2)
        bare.ann.say("/help", forum)
        await bare.newest(forum, 3)
        bare.ann.say("bigger", forum, to=first)
        await bare.picture(forum, 3)
    keys = [each.place.key for each in bare.handler.said()]
    assert keys == [f"{forum.id}/{one}", f"{forum.id}/{two}", str(forum.id), f"{forum.id}/{one}"]
    assert [each.topic for each in bare.telegram.messages(forum)] == [one, two, None, one]


async def test_talk_between_people_is_left_alone(folder: Path) -> None:
    async with staged(folder, privacy=False) as stage, stage.running():
        hello = stage.ann.say("hello Bob", stage.group)
        stage.bob.say("hello Ann", stage.group, to=hello)
        stage.bob.say("// a note", stage.group)
        stage.bob.say("/imagine@OtherBot a cat", stage.group)
        stage.ann.say("// not for you")
        stage.ann.say(f"@{stage.telegram.world.bot.username} a house, please", stage.group)
        await stage.picture(stage.group)
        assert [each.text for each in stage.handler.said()] == ["a house, please"]


async def test_changed_words_do_the_turn_again(stage: Stage) -> None:
    asked = stage.ann.say("/imagine a house", stage.group)
    await stage.picture(stage.group)
    stage.ann.rewrite(asked, "/imagine a castle")
    await stage.picture(stage.group, 2)
    again = stage.handler.received[-1]
    said = stage.handler.said()[0]
    assert isinstance(again, Rewritten)
    assert (again.text, again.message, again.place) == ("/imagine a castle", said.message, said.place)


async def test_what_is_written_in_one_go_is_one_request_and_is_rewritten_as_one(bare: Stage) -> None:
    async with bare.running(pause=0.5):
        asked = bare.ann.say("a house")
        also = bare.ann.say("and a tree")
        await bare.picture(bare.ann.private)
        bare.ann.rewrite(also, "and two trees")
        await bare.picture(bare.ann.private, 2)
    said, again = bare.handler.received
    assert isinstance(said, Said)
    assert isinstance(again, Rewritten)
    assert (said.text, again.text) == ("a house\nand a tree", "a house\nand two trees")
    assert said.message == again.message == f"{bare.ann.user.id}:{asked.id}"


async def test_what_was_not_yet_passed_on_when_the_bot_stopped_is_not_lost(bare: Stage) -> None:
    async with bare.running(pause=600.0):
        asked = bare.ann.say("a house")
        bare.ann.rewrite(asked, "a castle")
        bare.bob.say("/imagine a tree", bare.group)
        await bare.picture(bare.group)
        await bare.until(lambda: not bare.telegram.updates)  # Telegram will not send them again
    async with bare.running():
        await bare.picture(bare.ann.private)
    assert [each.text for each in bare.handler.said()] == ["/imagine a tree", "a castle"]


async def test_of_an_album_the_first_picture_is_taken_and_a_sticker_gets_one_friendly_word(stage: Stage) -> None:
    for _ in range(3):
        stage.ann.send_photo(PIXELS, media_group_id="77")
    await stage.picture(stage.ann.private)
    sticker = {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 8, "height": 8}
    stage.ann.send(sticker=sticker | {"is_animated": False, "is_video": False})
    stage.ann.send_photo(PIXELS, chat=stage.group)
    private = stage.ann.private
    await stage.until(lambda: any(each.text.startswith("I can't") for each in stage.telegram.messages(private)))
    assert not stage.telegram.messages(stage.group)
    assert [each.file for each in stage.handler.said()] == [Upload("photo.jpg", len(PIXELS), PIXELS)]
    told = [each.text for each in stage.telegram.messages(private) if "take the first" in each.text]
    assert len(told) == 1, "once, and not for each picture that is left out"


async def test_deep_links_and_settings_of_a_command(stage: Stage) -> None:
    stage.ann.say("/start draw_a_red_house")
    await stage.picture(stage.ann.private)
    stage.ann.say("/start")
    stage.ann.say("/start help")
    stage.ann.say("/imagine a cat | 64x32 | 7 | no dogs")
    await stage.picture(stage.ann.private, 2)
    said = stage.handler.said()
    cat = '/imagine a cat --size 64x32 --seed 7 --negative "dogs"'
    assert [each.text for each in said] == ["/imagine a red house", "/start", "/help", cat]


async def test_conversations_go_on_after_a_restart(bare: Stage) -> None:
    async with bare.running():
        asked = bare.ann.say("/imagine a house", bare.group)
        shown = await bare.picture(bare.group)
    bare.ann.say("make it night", bare.group, to=shown)  # while the bot is down
    async with bare.running():
        await bare.picture(bare.group, 2)
    said = bare.handler.said()
    assert said[1].place.key == said[0].place.key == f"{bare.group.id}#{asked.id}"


@pytest.mark.slow
async def test_a_message_that_comes_twice_is_taken_once(stage: Stage) -> None:
    asked = stage.ann.say("a house")
    await stage.picture(stage.ann.private)
    stage.telegram.deliver(asked)
    stage.ann.say("a tree")
    await stage.picture(stage.ann.private, 2)
    assert [each.text for each in stage.handler.said()] == ["a house", "a tree"]


async def test_commands_are_registered_in_three_languages(stage: Stage) -> None:
    commands = stage.telegram.commands
    names = [each["command"] for each in commands[""]]
    assert names == list(COMMANDS)
    assert {"imagine", "edit", "undo", "history", "help"} <= set(names)
    assert set(commands) == {"", "zh", "fr"}
    assert commands["fr"][0]["description"].startswith("Dessiner")


async def test_strangers_are_told_once_and_draw_nothing(bare: Stage) -> None:
    async with bare.running(users=[bare.ann.user.id], chats=[bare.group.id]):
        bare.bob.say("a house")
        bare.bob.say("a house, please")
        refusal = await bare.newest(bare.bob.private)
        bare.ann.say("a tree")
        await bare.picture(bare.ann.private)
        bare.bob.say("/imagine a fish", bare.group)
        await bare.picture(bare.group)
    assert str(bare.bob.user.id) in refusal.text
    assert len(bare.telegram.messages(bare.bob.private)) == 1
    assert [each.text for each in bare.handler.said()] == ["a tree", "/imagine a fish"]


async def test_imagine_alone_asks_what_to_draw_and_its_reply_begins_anew(stage: Stage) -> None:
    stage.bob.say("/imagine", stage.group)
    question = await stage.newest(stage.group)
    assert question.asks()
    stage.bob.say("a cat | 7", stage.group, to=question)
    await stage.picture(stage.group)
    stage.ann.say("/imagine")
    question = await stage.newest(stage.ann.private)
    stage.ann.say("a dog", to=question)
    await stage.picture(stage.ann.private)
    assert [each.text for each in stage.handler.said()] == ["/imagine a cat --seed 7", "/imagine a dog"]


async def test_a_group_is_greeted_and_a_strange_one_told_its_number(bare: Stage) -> None:
    ours, strange = (bare.telegram.world.add_group(name, bare.ann.user) for name in ("Ours", "Strange"))
    async with bare.running(chats=[ours.id]):
        for chat in (ours, strange):
            bare.ann.kick_bot(chat)
            bare.ann.add_bot(chat)
        hello, stranger = [await bare.newest(chat) for chat in (ours, strange)]
    assert "/imagine" in hello.text
    assert str(strange.id) in stranger.text
    assert not bare.handler.received


async def test_who_writes_in_the_name_of_a_channel_is_answered(stage: Stage) -> None:
    channel = {"id": -1_000_000_777_777, "type": "channel", "title": "The Harbour"}
    through = stage.telegram.world.add_user("Channel Bot")
    through.is_bot = True
    someone = Player(stage.telegram, through)
    # The channel's own posts, which Telegram copies into its group, are no request.
    someone.say("/imagine a post", stage.group, sender_chat=channel, is_automatic_forward=True)
    someone.say("/imagine a house", stage.group, sender_chat=channel)
    shown = await stage.picture(stage.group)
    [said] = stage.handler.said()
    assert (said.author.name, said.author.moderator) == ("The Harbour", False)
    someone.say("make it night", stage.group, sender_chat=channel, to=shown)
    await stage.picture(stage.group, 2)
    assert {each.author.id for each in stage.handler.said()} == {f"chat{channel['id']}"}


@pytest.mark.slow
async def test_an_answer_that_telegram_keeps_back_does_not_hold_up_what_is_said_next(stage: Stage) -> None:
    stage.telegram.fail("sendMessage", about="What should I draw", hold=True)
    stage.ann.say("/imagine")
    await stage.until(lambda: stage.telegram.calls_to("sendMessage"))
    stage.ann.say("a house")
    await stage.until(stage.handler.said)


async def test_a_sign_of_life_comes_before_the_time_for_more_words_is_over(bare: Stage) -> None:
    stage, never = bare, asyncio.Event()

    async def waiting(seconds: float) -> None:
        del seconds
        await never.wait()

    async with stage.running(sleep=waiting):
        stage.ann.say("a harbour at dawn")
        await stage.until(lambda: stage.telegram.calls_to("sendChatAction"))
        assert stage.telegram.calls_to("sendChatAction")[0].values["action"] == "typing"
        assert stage.telegram.messages(stage.ann.private) == []
        never.set()
        await stage.picture(stage.ann.private)

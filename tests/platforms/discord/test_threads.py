"""Talking in threads: which messages are edits, which are for people, and what editing or deleting one does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.messages import Answer, Choices, Incoming, Notice, Option, Rewritten, Said
from tests.platforms.discord.player import Player, finished
from tests.platforms.discord.stage import PACE, PATIENCE, Stage, edit_form
from tests.platforms.discord.world import PERMISSIONS, Channel


def requests(stage: Stage) -> list[Said]:
    """What the handler was told but for the commands of :func:`all_heard`."""
    return [each for each in stage.handler.said() if each.text != "/queue"]


async def heard(stage: Stage, count: int) -> list[Said]:
    """What the handler was told, once there is so much."""
    await stage.until(lambda: len(requests(stage)) >= count)
    assert len(requests(stage)) == count
    return requests(stage)


async def all_heard(stage: Stage, thread: Channel, *writers: Player) -> list[Said]:
    """What the handler was told in the end: a command waits for nothing, but for what its writer has written before."""
    stage.handler.answers["/queue"] = None
    for writer in writers:
        await commanded(stage, thread, writer)
    return requests(stage)


async def commanded(stage: Stage, thread: Channel, writer: Player) -> None:
    """Type a command, and wait until the handler was told."""
    before = len(stage.handler.said()) - len(requests(stage))
    await writer.say(thread, f"<@{stage.discord.world.bot.id}> /queue")
    await stage.until(lambda: len(stage.handler.said()) - len(requests(stage)) > before)


async def test_what_anyone_writes_in_the_thread_is_an_edit(stage: Stage) -> None:
    thread = await stage.imagine()
    message = await stage.bob.say(thread, "make it night")
    said = (await heard(stage, 2))[-1]
    assert (said.text, said.place, said.author.name) == ("make it night", stage.place(thread), "Bob")
    assert said.message == str(message.id)
    await stage.until(lambda: len(stage.pictures(thread)) == 2)


async def test_a_burst_is_one_edit(bare: Stage) -> None:
    async with bare.running(pace=replace(PACE, burst=PATIENCE)):
        thread = await bare.imagine()
        first = await bare.bob.say(thread, "make it night")
        await bare.bob.say(thread, "with a moon")
        await bare.ann.say(thread, "and a boat")
        await bare.bob.say(thread, "and stars")
        said = {each.author.name: each for each in (await all_heard(bare, thread, bare.ann, bare.bob))[1:]}
        assert len(requests(bare)) == 3
    assert said["Bob"].text == "make it night\nwith a moon\nand stars"
    assert said["Bob"].message == str(first.id)
    assert said["Ann"].text == "and a boat"


async def test_a_typed_command_joins_nothing_and_keeps_its_order(stage: Stage) -> None:
    thread = await stage.imagine()
    await stage.bob.say(thread, "make it night")
    await stage.bob.say(thread, "/undo")
    assert [each.text for each in await heard(stage, 3)][1:] == ["make it night", "/undo"]
    await stage.until(lambda: any("You said /undo" in each.content for each in stage.bots(thread)))


async def test_slashes_are_for_people_only(stage: Stage) -> None:
    thread = await stage.imagine()
    await stage.bob.say(thread, "// I like the boat")
    await stage.bob.say(thread, f"<@{stage.discord.world.bot.id}> // not this either")
    assert len(await all_heard(stage, thread, stage.bob)) == 1


async def test_talk_between_people_is_not_for_the_bot(stage: Stage) -> None:
    thread = await stage.imagine()
    words = await stage.bob.say(thread, "// what do you think?")
    await stage.ann.say(thread, "lovely", reply_to=words)
    await stage.bob.say(thread, f"<@{stage.ann.user.id}> look at this")
    assert len(await all_heard(stage, thread, stage.ann, stage.bob)) == 1


async def test_in_a_channel_only_a_mention_or_a_reply_counts(stage: Stage) -> None:
    await stage.ann.say(stage.channel, "good morning")
    await stage.ann.say(stage.channel, f"<@{stage.discord.world.bot.id}> a harbour at dawn")
    thread = await stage.thread()
    said = await heard(stage, 1)
    assert (said[0].text, said[0].place) == ("a harbour at dawn", stage.place(thread))
    assert thread.name == "a harbour at dawn"


async def test_a_reply_to_the_first_answer_goes_on_in_its_thread(stage: Stage) -> None:
    thread = await stage.imagine()
    [understood] = stage.bots(stage.channel)
    await stage.bob.say(stage.channel, "make it night", reply_to=understood)
    said = (await heard(stage, 2))[-1]
    assert (said.text, said.place) == ("make it night", stage.place(thread))
    assert len(stage.discord.world.threads(stage.guild)) == 1


async def test_a_reply_to_a_picture_names_it_so_that_it_is_the_one_to_change(stage: Stage) -> None:
    thread = await stage.imagine()
    first = stage.pictures(thread)[0]
    await stage.bob.say(thread, "make it night")
    await stage.until(lambda: len(stage.pictures(thread)) == 2)
    await stage.bob.say(thread, "make it snow", reply_to=first)
    assert [said.answers for said in await heard(stage, 3)] == ["", "", str(first.id)]


async def test_when_it_gets_lively_only_mentions_count_until_it_is_calm(stage: Stage) -> None:
    thread = await stage.imagine()
    for player, words in ((stage.ann, "a"), (stage.bob, "b"), (stage.mo, "c"), (stage.ann, "d"), (stage.bob, "e")):
        await player.say(thread, f"// {words}")
    await stage.bob.say(thread, "make it night")
    await stage.ann.say(thread, "make it day")
    assert len(await all_heard(stage, thread, stage.ann, stage.bob)) == 1
    assert sum("It's busy here" in each.content for each in stage.bots(thread)) == 1
    await stage.bob.say(thread, f"<@{stage.discord.world.bot.id}> make it night")
    assert (await heard(stage, 2))[-1].text == "make it night"


async def test_the_threads_switch_survives_a_restart(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        told = await finished(await bare.ann.slash(thread, "listen", to="Only mentions, replies and commands"))
        assert told.ephemeral
        await bare.bob.say(thread, "make it night")
        assert len(await all_heard(bare, thread, bare.bob)) == 1
    async with bare.running():
        await bare.bob.say(thread, "make it night")
        assert len(await all_heard(bare, thread, bare.bob)) == 1
        await bare.bob.say(thread, "make it day", reply_to=bare.pictures(thread)[0])
        await heard(bare, 2)
        await bare.ann.slash(thread, "listen", to="Everything written here")
        await bare.bob.say(thread, "make it night")
        await heard(bare, 3)
        elsewhere = await finished(await bare.ann.slash(bare.channel, "listen", to="Everything written here"))
        assert "threads I opened" in elsewhere.content


async def test_editing_a_message_does_its_turn_again(stage: Stage) -> None:
    thread = await stage.imagine()
    message = await stage.bob.say(thread, "make it night")
    await heard(stage, 2)
    await stage.bob.rewrite(message, "make it a stormy night")
    await stage.until(lambda: isinstance(stage.handler.received[-1], Rewritten))
    change = stage.handler.received[-1]
    assert isinstance(change, Rewritten)
    assert (change.text, change.message) == ("make it a stormy night", str(message.id))
    assert change.place == stage.place(thread)


async def test_editing_one_of_a_burst_changes_the_whole_request(stage: Stage) -> None:
    thread = await stage.imagine()
    first = await stage.bob.say(thread, "make it night")
    second = await stage.bob.say(thread, "with a moon")
    await heard(stage, 2)
    await stage.bob.rewrite(second, "with two moons")
    await stage.until(lambda: isinstance(stage.handler.received[-1], Rewritten))
    change = stage.handler.received[-1]
    assert isinstance(change, Rewritten)
    assert (change.text, change.message) == ("make it night\nwith two moons", str(first.id))


async def test_editing_before_it_was_heard_only_changes_the_words(stage: Stage) -> None:
    thread = await stage.imagine()
    message = await stage.bob.say(thread, "make it nihgt")
    await stage.bob.rewrite(message, "make it night")
    assert (await heard(stage, 2))[-1].text == "make it night"
    assert not any(isinstance(each, Rewritten) for each in stage.handler.received)


async def test_editing_after_a_restart_still_names_the_message(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        message = await bare.bob.say(thread, "make it night")
        assert len(await all_heard(bare, thread, bare.bob)) == 2
    async with bare.running():
        await bare.bob.rewrite(message, "make it day")
        await bare.until(lambda: isinstance(bare.handler.received[-1], Rewritten))
        change = bare.handler.received[-1]
        assert isinstance(change, Rewritten)
        assert change.message == str(message.id)


async def test_deleting_a_message_or_reacting_does_nothing(stage: Stage) -> None:
    thread = await stage.imagine()
    message = await stage.bob.say(thread, "make it night")
    await heard(stage, 2)
    before = len(stage.handler.received)
    await stage.bob.react(stage.pictures(thread)[0], "❤")
    await stage.bob.delete(message)
    await all_heard(stage, thread, stage.bob)
    assert len(stage.handler.received) == before + 1


async def test_without_the_content_intent_mentions_replies_buttons_and_edit_still_work(
    bare: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    bare.discord.gateway.content_allowed = False
    async with bare.running():
        assert "message content intent is not granted" in caplog.text
        thread = await bare.imagine()
        await bare.bob.say(thread, "make it night")
        assert len(await all_heard(bare, thread, bare.bob)) == 1
        await bare.bob.say(thread, f"<@{bare.discord.world.bot.id}> make it night")
        await heard(bare, 2)
        await bare.bob.say(thread, "make it day", reply_to=bare.pictures(thread)[-1])
        await heard(bare, 3)
        await bare.bob.slash(thread, "edit", words="add a boat")
        await bare.bob.press(bare.pictures(thread)[-1], "Reroll")
        assert [each.text for each in requests(bare)][1:] == ["make it night", "make it day", "/edit add a boat"]


async def test_direct_messages_are_a_conversation_of_their_own(stage: Stage) -> None:
    direct = stage.discord.world.direct(stage.ann.user)
    await stage.ann.say(direct, "a red house")
    said = await heard(stage, 1)
    assert said[0].place == stage.place(direct)
    assert said[0].author.moderator
    await stage.until(lambda: stage.pictures(direct))


async def test_a_word_for_the_writer_is_a_reply_that_pings_nobody(stage: Stage) -> None:
    thread = await stage.imagine()
    stage.handler.answers["too much"] = Notice("That is too long, @everyone.")
    stage.handler.answers["form"] = edit_form("t1")
    stage.handler.answers["which"] = Choices("Which?", edit_form("t1").action, "t1", (Option("1", "One"),))
    words = await stage.bob.say(thread, "too much")
    await stage.until(lambda: any("too long" in each.content for each in stage.bots(thread)))
    answer = next(each for each in stage.bots(thread) if "too long" in each.content)
    assert answer.reference is words
    assert not answer.mentions
    await stage.bob.say(thread, "form")
    await stage.until(lambda: any("Open the form" in each.labels() for each in stage.bots(thread)))
    await stage.bob.say(thread, "which")
    await stage.until(lambda: any(each.content == "Which?" for each in stage.bots(thread)))


async def test_a_mention_that_begins_no_picture_is_answered_without_a_thread(bare: Stage) -> None:
    async def admit(incoming: Incoming) -> Answer:
        return Notice(f"Not {incoming.text} here.") if isinstance(incoming, Said) else None

    async with bare.running(admit=admit):
        await bare.ann.say(bare.channel, f"<@{bare.discord.world.bot.id}> a bear")
        await bare.until(lambda: bare.bots(bare.channel))
        assert [each.content for each in bare.bots(bare.channel)] == ["Not a bear here."]
        assert not bare.discord.world.threads(bare.guild)
        assert not bare.handler.received


async def test_a_mention_where_threads_are_forbidden_is_answered_with_the_permission(stage: Stage) -> None:
    stage.channel.denied = PERMISSIONS["create_public_threads"]
    await stage.ann.say(stage.channel, f"<@{stage.discord.world.bot.id}> a boat")
    await stage.until(lambda: stage.bots(stage.channel))
    assert "Create Public Threads" in stage.bots(stage.channel)[0].content
    assert not stage.handler.received


async def test_spoilers_stay_hidden_and_age_restriction_is_told(stage: Stage) -> None:
    adult = stage.discord.world.add_channel(stage.guild, "adults", nsfw=True)
    await stage.discord.gateway.dispatch(
        "CHANNEL_CREATE", {**adult.json(), "guild_id": str(stage.guild.id)}, stage.guild
    )
    await stage.ann.slash(adult, "imagine", prompt="the ||butler|| did it")
    thread = await stage.thread()
    assert await stage.chat.age_restricted(stage.place(thread))
    assert not await stage.chat.age_restricted(stage.place(stage.channel))
    assert not await stage.chat.age_restricted(stage.place(stage.discord.world.direct(stage.ann.user)))
    assert "butler" not in thread.name
    [picture] = stage.pictures(thread)
    assert "||butler||" in picture.content
    assert picture.files[0][0]["filename"].startswith("SPOILER_")


async def test_an_answer_that_discord_keeps_back_holds_up_no_other_channel(stage: Stage) -> None:
    thread = await stage.imagine()
    hold = stage.discord.hold("POST", r"/messages$", "busy here")
    for player, words in ((stage.ann, "a"), (stage.bob, "b"), (stage.mo, "c")):
        await player.say(thread, f"// {words}")
    await stage.ann.say(thread, "make it night")
    await stage.until(hold.reached.is_set)
    await stage.bob.say(stage.discord.world.direct(stage.bob.user), "a boat")
    await stage.until(lambda: [each.text for each in requests(stage)] == ["/imagine a harbour at dawn", "a boat"])
    await stage.mo.say(thread, f"<@{stage.discord.world.bot.id}> make it day")
    await stage.until(lambda: requests(stage)[-1].text == "make it day")
    hold.released.set()


async def test_a_sign_of_life_comes_before_the_time_for_more_words_is_over(bare: Stage) -> None:
    never = asyncio.Event()

    async def waiting(seconds: float) -> None:
        del seconds
        await never.wait()

    async with bare.running(sleep=waiting):
        await bare.ann.say(bare.channel, f"<@{bare.discord.world.bot.id}> a harbour at dawn")
        await bare.until(lambda: bare.discord.calls_to("POST", "/typing$"))
        assert bare.bots(bare.channel) == []
        never.set()
        await bare.thread()

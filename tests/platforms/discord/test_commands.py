"""Commands through the real client: understood at once, in a thread, in three languages, with choices."""

from __future__ import annotations

import asyncio

import pytest

from bot.catalogues.catalogue import say
from bot.catalogues.text import Wording
from bot.messages import Action, Author, Chat, Choices, Notice, Option
from bot.ops.age_limit import AdultsOnly
from bot.telling.edge import WordedChat, in_words
from bot.telling.replies import ADULTS_ONLY
from bot.turns.styles import STYLES
from omost_pipeline.renderer.spec import COUNT, GUIDANCE, INITIAL, SEED, STEPS
from tests.platforms.discord.interactions import MESSAGE, MODAL
from tests.platforms.discord.player import Player, finished, form_values, put_off
from tests.platforms.discord.stage import IMPATIENT, Stage, edit_form
from tests.platforms.discord.world import PERMISSIONS


async def test_imagine_is_understood_within_a_second_and_its_picture_arrives_in_a_thread(stage: Stage) -> None:
    asked = await stage.ann.slash(stage.channel, "imagine", prompt="a harbour at dawn")
    assert asked.answer == MESSAGE
    assert asked.answered_after < 1
    assert asked.original is not None
    assert not asked.original.ephemeral
    assert asked.original.content == "Got it: a harbour at dawn"
    thread = await stage.thread()
    assert (thread.parent, thread.id, thread.name) == (stage.channel, asked.original.id, "a harbour at dawn")
    [said] = stage.handler.said()
    assert said.place == stage.place(thread)
    assert said.text == "/imagine a harbour at dawn"
    assert said.author == Author(
        str(stage.ann.user.id), "Ann", "en-US", moderator=False, roles=(str(stage.guild.member_role),)
    )
    [picture] = stage.pictures(thread)
    assert [meta["description"] for meta, _ in picture.files] == ["A picture of a harbour at dawn"]
    assert picture.content == "“a harbour at dawn”\n-# Seed 7, 32 × 32, tiny"


async def test_options_come_through_by_name(stage: Stage) -> None:
    asked: dict[str, str | float] = {"size": "Wide", "style": "ink", "seed": 12, "count": 4, "negative": "people"}
    await stage.imagine("a boat", **asked, steps=30, guidance=6.5, initial="0.97: from colours")
    [said] = stage.handler.said()
    assert said.options == {
        "size": "wide",
        "style": "ink",
        "seed": "12",
        "count": "4",
        "negative": "people",
        "steps": "30",
        "guidance": "6.5",
        "initial": "0.97",
    }


async def test_numbers_have_the_bounds_of_the_renderer(stage: Stage) -> None:
    imagine = next(each for each in stage.discord.commands if each["name"] == "imagine")
    options = {each["name"]: each for each in imagine["options"]}
    for option in (SEED, STEPS, GUIDANCE):
        assert (options[option.name]["min_value"], options[option.name]["max_value"]) == (option.low, option.high)
    counts = [choice["value"] for choice in options["count"]["choices"]]
    assert (counts[0], counts[-1]) == (COUNT.low, COUNT.high)
    for choice in options["initial"]["choices"]:
        INITIAL.read(choice["value"])


async def test_styles_are_completed_while_they_are_typed(stage: Stage) -> None:
    all_styles = await stage.ann.complete(stage.channel, "imagine", "style", "")
    assert all_styles == [style.label for style in STYLES.values()]
    assert await stage.ann.complete(stage.channel, "imagine", "style", "PI") == ["Pixel art"]


async def test_every_command_is_there_in_english_chinese_and_french(stage: Stage) -> None:
    commands = [each for each in stage.discord.commands if each["type"] == 1]
    names = {each["name"] for each in commands}
    assert names >= {"imagine", "edit", "undo", "canvas", "settings", "queue", "cancel", "help", "admin", "forget"}
    options = [option for each in commands for option in each.get("options", [])]
    for thing in [*commands, *options]:
        assert {"fr", "zh-CN"} <= set(thing["description_localizations"]), thing["name"]
    choices = [choice for option in options for choice in option.get("choices", []) if isinstance(choice["value"], str)]
    menus = [each for each in stage.discord.commands if each["type"] == 3]
    assert len(choices) > 10
    for thing in [*commands, *options, *choices, *menus]:
        assert {"fr", "zh-CN", "zh-TW"} <= set(thing["name_localizations"]), thing["name"]
    imagine = next(each for each in commands if each["name"] == "imagine")
    assert imagine["name_localizations"]["zh-CN"] == "画"
    assert imagine["name_localizations"]["fr"] == "imaginer"
    assert [each["name"] for each in stage.discord.commands if each["type"] == 3] == [
        "Edit this picture",
        "Show layout",
        "Report this picture",
        "Start from picture",
    ]
    assert [each["name"] for each in stage.discord.commands if each["type"] == 2] == ["Start from avatar"]
    assert all(set(each["integration_types"]) == {0, 1} for each in stage.discord.commands)


@pytest.mark.parametrize(
    ("command", "options", "text"),
    [
        ("undo", {}, "/undo"),
        ("queue", {}, "/queue"),
        ("cancel", {}, "/cancel"),
        ("help", {}, "/help"),
        ("settings", {}, "/settings"),
        ("settings", {"scope": "This server's"}, "/settings server"),
        ("canvas", {}, "/layout"),
        ("canvas", {"show": "Code and JSON"}, "/canvas"),
        ("edit", {}, "/edit"),
    ],
)
async def test_a_command_is_words_for_the_handler_and_its_answer_is_private(
    stage: Stage, command: str, options: dict[str, str], text: str
) -> None:
    asked = await stage.bob.slash(stage.channel, command, **options)
    [said] = stage.handler.said()
    assert (said.text, said.place) == (text, stage.place(stage.channel))
    answer = await finished(asked)
    assert answer.ephemeral
    assert answer.content == f"You said {text}"


async def test_edit_with_words_works_in_the_thread_without_any_privilege(stage: Stage) -> None:
    thread = await stage.imagine()
    asked = await stage.bob.slash(thread, "edit", words="make it night")
    await stage.until(lambda: len(stage.pictures(thread)) == 2)
    assert stage.handler.said()[-1].text == "/edit make it night"
    assert (await finished(asked)).ephemeral


async def test_edit_in_a_channel_whose_pictures_are_in_threads_says_so(stage: Stage) -> None:
    await stage.imagine()
    told = await finished(await stage.bob.slash(stage.channel, "edit", words="make it night"))
    assert told.ephemeral
    assert told.content.startswith("There's no picture in this channel itself.")
    assert [each.text for each in stage.handler.said()] == ["/imagine a harbour at dawn", "/edit"]
    stage.handler.answers["/edit"] = edit_form("t1")
    await stage.bob.slash(stage.channel, "edit", words="make it night")
    await stage.until(lambda: stage.pictures(stage.channel))


async def test_edit_without_words_opens_a_form(stage: Stage) -> None:
    stage.handler.answers["/edit"] = edit_form("t9")
    opened = await stage.ann.slash(stage.channel, "edit")
    assert opened.answer == MODAL
    assert form_values(opened) == {"words": "a red house", "size": "32x32", "seed": "7"}
    sent = await stage.ann.submit(opened, words="a blue house", size="Landscape")
    [submitted] = stage.handler.submitted()
    assert (submitted.action, submitted.turn) == (Action.EDIT, "t9")
    assert submitted.values == {"words": "a blue house", "size": "48x32", "seed": "7"}
    assert (await finished(sent)).ephemeral


async def test_a_slow_form_becomes_a_button_that_opens_it(bare: Stage) -> None:
    bare.handler.answers["/edit"] = edit_form("t9")
    bare.handler.held = asyncio.Event()
    async with bare.running(pace=IMPATIENT):
        asked = await bare.ann.slash(bare.channel, "edit")
        assert put_off(asked)
        bare.handler.held.set()
        opened = await bare.ann.press(await finished(asked), "Open the form")
        assert opened.modal is not None


async def test_the_language_of_the_app_is_the_language_of_the_answer(stage: Stage) -> None:
    chloe = Player(stage.discord, stage.discord.world.add_user("Chloé", locale="fr"))
    asked = await chloe.slash(stage.channel, "imagine", prompt="un port à l'aube")
    assert asked.original is not None
    assert asked.original.content == "Bien compris\N{NO-BREAK SPACE}: un port à l'aube"
    await stage.thread()
    assert stage.handler.said()[0].author.language == "fr"


async def test_a_message_menu_edits_and_shows_the_layout(stage: Stage) -> None:
    thread = await stage.imagine()
    [picture] = stage.pictures(thread)
    opened = await stage.bob.menu(picture, "Edit this picture")
    assert opened.modal is not None
    shown = await finished(await stage.bob.menu(picture, "Show layout"))
    assert [(each.action, each.turn) for each in stage.handler.pressed()] == [
        (Action.EDIT, "t1"),
        (Action.LAYOUT, "t1"),
    ]
    assert [meta["filename"] for meta, _ in shown.files] == ["layout.png"]
    words = await stage.bob.say(stage.channel, "hello")
    answer = await finished(await stage.ann.menu(words, "Show layout"))
    assert "no picture of mine" in answer.content


async def test_a_missing_permission_is_named_and_nothing_begins(stage: Stage) -> None:
    stage.channel.denied = PERMISSIONS["create_public_threads"] | PERMISSIONS["attach_files"]
    asked = await stage.ann.slash(stage.channel, "imagine", prompt="a boat")
    answer = await finished(asked)
    assert answer.ephemeral
    assert "Create Public Threads, Attach Files" in answer.content
    assert not stage.handler.received
    assert not stage.discord.world.threads(stage.guild)


async def test_what_would_be_refused_opens_no_thread(bare: Stage) -> None:
    adult = bare.discord.world.add_channel(bare.guild, "adults", nsfw=True)
    chats: dict[str, Chat[Wording]] = {}
    admit = in_words(AdultsOnly(bare.handler.admit, chats))
    async with bare.running(admit=admit) as chat:
        chats[chat.platform] = WordedChat(chat)
        refused = await finished(await bare.ann.slash(bare.channel, "imagine", prompt="a boat"))
        assert refused.ephemeral
        assert refused.content == say(ADULTS_ONLY)
        assert not bare.bots(bare.channel)
        assert not bare.discord.world.threads(bare.guild)
        await bare.ann.slash(adult, "imagine", prompt="a boat")
        assert (await bare.thread()).parent is adult


async def test_a_locked_thread_is_called_so(stage: Stage) -> None:
    thread = await stage.imagine()
    await stage.mo.lock(thread)
    answers = (
        await stage.ann.press(stage.pictures(thread)[0], "Reroll"),
        await stage.ann.slash(thread, "edit", words="make it night"),
        await stage.ann.slash(thread, "imagine", prompt="a boat"),
    )
    for answer in answers:
        told = await finished(answer)
        assert told.ephemeral
        assert told.content.startswith("This thread is locked")
    assert len(stage.handler.received) == 1


async def test_a_command_that_posts_names_a_missing_permission(stage: Stage) -> None:
    thread = await stage.imagine()
    stage.channel.denied = PERMISSIONS["send_messages_in_threads"]
    for command, options in (("edit", {"words": "make it night"}), ("undo", {})):
        told = await finished(await stage.ann.slash(thread, command, **options))
        assert "Send Messages in Threads" in told.content
    assert len(stage.handler.received) == 1
    assert (await finished(await stage.ann.slash(thread, "help"))).content == "You said /help"


async def test_where_the_bot_is_no_member_it_draws_in_direct_messages(bare: Stage) -> None:
    bare.guild.bot_rights = None
    async with bare.running():
        home = bare.discord.world.add_guild("Home", bare.ann.user)  # only so that the event finds its way
        elsewhere = bare.discord.world.add_channel(home, "far")
        home.bot_rights = None
        asked = await bare.ann.slash(elsewhere, "imagine", prompt="a boat")
        answer = await finished(asked)
        direct = bare.discord.world.direct(bare.ann.user)
        assert answer.ephemeral
        assert f"<#{direct.id}>" in answer.content
        await bare.until(lambda: bare.pictures(direct))


async def test_a_thread_that_is_there_already_is_used(stage: Stage) -> None:
    stage.discord.fail("POST", r"/messages/\d+/threads$", status=400, code=160004)
    world = stage.discord.world
    asked = await stage.ann.slash(stage.channel, "imagine", prompt="a boat")
    assert asked.original is not None
    await stage.until(stage.handler.said)
    assert stage.handler.said()[0].place.key.endswith(f"/{asked.original.id}")
    assert not world.threads(stage.guild)


async def test_an_answer_that_comes_too_late_for_discord_is_not_lost(stage: Stage) -> None:
    stage.discord.fail("POST", "/callback$", status=404, code=10062)
    await stage.ann.slash_at_once(stage.channel, "imagine", {"prompt": "a boat"})
    thread = await stage.thread()
    [understood] = stage.bots(stage.channel)
    assert understood.content == "Got it: a boat"
    assert thread.id == understood.id


async def test_a_refusal_after_the_acknowledgement_is_told_in_private(stage: Stage) -> None:
    stage.handler.answers["/imagine a boat"] = Notice("You have five pictures waiting already.")
    asked = await stage.ann.slash(stage.channel, "imagine", prompt="a boat")
    await stage.until(lambda: asked.followups)
    assert asked.followups[0].ephemeral
    assert asked.followups[0].content == "You have five pictures waiting already."


async def test_an_unexpected_error_is_answered_in_words(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.handler.error = RuntimeError("a secret detail")
    answer = await finished(await stage.ann.slash(stage.channel, "queue"))
    assert answer.ephemeral
    assert answer.content == "Something went wrong on my side. Please try again."
    assert "a secret detail" in caplog.text


async def test_long_choices_are_several_menus(stage: Stage) -> None:
    options = tuple(Option(str(number), f"region {number}") for number in range(30))
    stage.handler.answers["/layout"] = Choices("Which?", Action.REGION, "t1", options)
    shown = await finished(await stage.ann.slash(stage.channel, "canvas"))
    assert [len(menu["options"]) for menu in shown.buttons] == [25, 5]
    await stage.ann.choose(shown, "region 29")
    assert stage.handler.pressed()[-1].value == "29"


async def test_two_people_at_once_get_a_thread_each(stage: Stage) -> None:
    await asyncio.gather(
        stage.ann.slash(stage.channel, "imagine", prompt="a boat"),
        stage.bob.slash(stage.channel, "imagine", prompt="a bear"),
    )
    await stage.thread(2)
    assert {each.name for each in stage.discord.world.threads(stage.guild)} == {"a boat", "a bear"}

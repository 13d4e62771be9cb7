"""The edge: what the core says by id is said in each reader's language, and nothing else of a message changes."""

from __future__ import annotations

from dataclasses import fields

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text, Wording
from bot.messages import (
    Action,
    Answer,
    Attachment,
    Author,
    Button,
    Choices,
    Field,
    Form,
    Incoming,
    Notice,
    Option,
    Outgoing,
    Place,
    Reply,
    Said,
)
from bot.telling.edge import WordedChat, answer_in, in_words, message_in
from tests.fakes import FakeChat

PLACE = Place("test", "room")
CANCEL, SEED = Text("button-cancel"), Text("footer-seed", seed="7")
MESSAGE: Outgoing[Wording] = Outgoing(
    text=Text("status-waiting", ahead=2),
    attachments=(Attachment("a.png", b"x", Text("alt-masks")),),
    buttons=(Button(Action.CANCEL, "aaaaaaaaaa", CANCEL),),
    progress=0.5,
    nonce="n",
    words="a quay",
    footer=SEED,
    parent="m1",
    fresh=True,
    language="en-GB",
)


def test_a_message_is_put_into_words_and_keeps_everything_else() -> None:
    worded = message_in(MESSAGE)
    assert worded.whole == "“a quay”\nWaiting: 2 pictures ahead of you.\nSeed 7"
    assert worded.buttons == (Button(Action.CANCEL, "aaaaaaaaaa", "Cancel"),)
    assert worded.attachments == (Attachment("a.png", b"x", say(Text("alt-masks"))),)
    in_words_now = {"text", "attachments", "buttons", "footer"}
    kept = [each.name for each in fields(Outgoing) if each.name not in in_words_now]
    assert {name: getattr(worded, name) for name in kept} == {name: getattr(MESSAGE, name) for name in kept}
    default = Outgoing("")
    assert all(getattr(MESSAGE, name) != getattr(default, name) for name in kept), "the message tells them all apart"


async def test_a_chat_is_given_words() -> None:
    chat = FakeChat()
    name = await WordedChat(chat).post(PLACE, MESSAGE)
    assert chat.shown[name].text == "Waiting: 2 pictures ahead of you."
    await WordedChat(chat).edit(PLACE, name, Outgoing(Text("status-next")))
    assert chat.shown[name].text == "You're next."


async def test_an_answer_is_in_the_language_of_whoever_asks() -> None:
    async def handler(incoming: Incoming) -> Reply:
        del incoming
        return Notice(Text("bundled-guess", thing="A quay"))

    async def asked(language: str) -> Answer:
        return await in_words(handler)(Said(PLACE, Author("1", "Ann", language), "/help"))

    expected = {
        "": "They don't know “A quay”",
        "de": "They don't know “A quay”",
        "en-US": "They don't know “A quay”",
        "fr": "Ils ne connaissent pas «\N{NO-BREAK SPACE}A quay\N{NO-BREAK SPACE}»",
        "fr-CA": "Ils ne connaissent pas «\N{NO-BREAK SPACE}A quay\N{NO-BREAK SPACE}»",
        "zh-hans": "它们没见过“A quay”",
        "zh_TW": "它们没见过“A quay”",
    }
    for language, words in expected.items():
        answer = await asked(language)
        assert isinstance(answer, Notice)
        assert answer.text.startswith(words), language


def test_forms_and_choices_are_put_into_words() -> None:
    options = (Option("1", CANCEL, SEED),)
    form: Form[Wording] = Form(CANCEL, Action.EDIT, "t", (Field("size", CANCEL, "1x1", True, options),))
    said = (Option("1", "Cancel", "Seed 7"),)
    assert answer_in(form, "") == Form("Cancel", Action.EDIT, "t", (Field("size", "Cancel", "1x1", True, said),))
    files: tuple[Attachment[Wording], ...] = (Attachment("a.png", b"x", CANCEL),)
    choices: Choices[Wording] = Choices(CANCEL, Action.LARGER, "t", options, files)
    assert answer_in(choices, "") == Choices("Cancel", Action.LARGER, "t", said, (Attachment("a.png", b"x", "Cancel"),))
    assert answer_in(None, "fr") is None

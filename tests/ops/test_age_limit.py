"""A language model without filtering serves only places that are marked for adults."""

from __future__ import annotations

import pytest

from bot.catalogues.catalogue import say
from bot.messages import (
    Action,
    Answer,
    Attachment,
    Author,
    Button,
    Incoming,
    Notice,
    Outgoing,
    Place,
    Pressed,
    Rewritten,
    Said,
    Submitted,
)
from bot.ops.age_limit import AdultsOnly, Discreet
from bot.telling import replies
from bot.telling.edge import WordedChat, in_words
from tests.fakes import FakeChat

HERE = Place("test", "room")
ANN = Author("1", "Ann")
REFUSED = Notice(say(replies.ADULTS_ONLY))


class Listening:
    """Takes everything in."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []

    async def __call__(self, incoming: Incoming) -> Answer:
        self.heard.append(incoming)
        return None


@pytest.mark.parametrize(
    ("incoming", "answer"),
    [
        (Said(HERE, ANN, "a red house"), REFUSED),
        (Said(HERE, ANN, "/settings"), REFUSED),
        (Pressed(HERE, ANN, Action.REROLL, "aaaaaaaaaa"), REFUSED),
        (Pressed(HERE, ANN, Action.LAYOUT, "aaaaaaaaaa"), REFUSED),
        (Submitted(HERE, ANN, Action.EDIT, "aaaaaaaaaa", {"words": "a boat"}), REFUSED),
        (Rewritten(HERE, ANN, "a boat", "m1"), None),
    ],
)
async def test_nothing_gets_in_from_an_unmarked_place(incoming: Incoming, answer: Answer) -> None:
    handle, chat = Listening(), FakeChat()
    gate = AdultsOnly(handle, {"test": WordedChat(chat)})
    assert await in_words(gate)(incoming) == answer
    assert not handle.heard
    chat.for_adults = True
    assert await gate(incoming) is None
    assert handle.heard == [incoming]


@pytest.mark.parametrize(
    "incoming",
    [
        Said(HERE, ANN, "/cancel"),
        Pressed(HERE, ANN, Action.CANCEL, "aaaaaaaaaa"),
        Pressed(HERE, ANN, Action.DELETE, "aaaaaaaaaa"),
    ],
)
async def test_stopping_and_removing_is_served_everywhere(incoming: Incoming) -> None:
    handle = Listening()
    await AdultsOnly(handle, {"test": WordedChat(FakeChat())})(incoming)
    assert handle.heard == [incoming]


async def test_a_picture_from_before_the_mark_was_taken_away_is_not_shown() -> None:
    chat = FakeChat(for_adults=True)
    shown = Discreet(WordedChat(chat))
    result = Outgoing("Seed 7", (Attachment("a.png", b"x"),), (Button(Action.REROLL, "aaaaaaaaaa", "Reroll"),))
    message = await shown.post(HERE, result)
    assert chat.shown[message] == result
    chat.for_adults = False
    await shown.edit(HERE, message, result)
    assert chat.shown[message] == Outgoing(say(replies.ADULTS_ONLY))
    await shown.edit(HERE, message, Outgoing("You are next."))
    assert chat.shown[message].text == "You are next."

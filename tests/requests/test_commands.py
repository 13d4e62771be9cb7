"""What texts want, and the options that stand among their words."""

from __future__ import annotations

import pytest

from bot.requests.commands import Command, Wish, read_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/imagine a harbour", Command(Wish.IMAGINE, "a harbour")),
        ("/imagine --size wide --seed 7 a harbour", Command(Wish.IMAGINE, "a harbour", {"size": "wide", "seed": "7"})),
        ("/imagine a harbour —size=16:9", Command(Wish.IMAGINE, "a harbour", {"size": "16:9"})),
        ('/imagine --negative "people, cars" a quay', Command(Wish.IMAGINE, "a quay", {"negative": "people, cars"})),
        ("/imagine --negative “people” a quay", Command(Wish.IMAGINE, "a quay", {"negative": "people"})),
        ("/imagine a quay --SEED", Command(Wish.IMAGINE, "a quay", {"seed": ""})),
        ("/imagine a quay -- at night — and rain", Command(Wish.IMAGINE, "a quay -- at night — and rain")),
        ("/imagine a quay —red", Command(Wish.IMAGINE, "a quay —red")),
        ("/imagine --colour red a quay", Command(Wish.UNKNOWN, "--colour")),
        ("/imagine --seed 7", Command(Wish.IMAGINE, "", {"seed": "7"})),
        ("/edit make it night", Command(Wish.SAY, "make it night")),
        ("/edit --seed 7", Command(Wish.EDIT, "", {"seed": "7"})),
        ("make it night --seed 7", Command(Wish.SAY, "make it night", {"seed": "7"})),
        ("--seed 7", Command(Wish.EDIT, "", {"seed": "7"})),
        ("a quay --colour red", Command(Wish.SAY, "a quay --colour red")),
        ("a quay --colour red --seed 7", Command(Wish.UNKNOWN, "--colour")),
        ("/settings here", Command(Wish.SETTINGS, "here")),
    ],
)
def test_options_stand_apart_from_the_words_of_a_command(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize("text", ["Hello!", "hi there :)", "Bonjour !", "你好！", "Guten Tag", "¡Hola!"])
def test_a_greeting_is_greeted(text: str) -> None:
    assert read_command(text).wish is Wish.HELLO


@pytest.mark.parametrize("text", ["help", "What can you do?", "Hilfe!", "帮助", "??"])
def test_a_call_for_help_gets_help(text: str) -> None:
    assert read_command(text) == Command(Wish.HELP)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Thanks!!",
            "thank you 🙏",
            "Merci",
            "谢谢！",
            "danke",
            "gracias",
            "👍",
            "❤️ 🎉",
            "OK.",
            "Perfect, love it! 😍",
        ),
        *(
            "thanks, that looks great!",
            "C’est super, merci",
            "谢谢，很好看！",
            "¡Gracias, qué bonito!",
            "wow... 😍 danke",
        ),
    ],
)
def test_thanks_are_not_drawn(text: str) -> None:
    assert read_command(text).wish is Wish.THANKS


@pytest.mark.parametrize(
    "text",
    [
        "hello kitty",
        "a thank you card",
        "🐉",
        "good dog",
        "a greeting: hello",
        "super mario",
        "好人",
        "thanks, now a dog",
        "great, but make it blue",
        "ok, at night",
        "thanks, 🐉",
        ",,",
    ],
)
def test_words_to_draw_may_begin_like_a_greeting_or_thanks(text: str) -> None:
    assert read_command(text) == Command(Wish.SAY, text)

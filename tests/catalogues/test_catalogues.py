"""The catalogues: every message that is said is there in every language, with the same arguments, and no other is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import BaseNode, Junk, Message, VariableReference

from bot.catalogues.catalogue import DEFAULT, languages, say
from bot.catalogues.text import Named, Text
from bot.messages import Attachment
from bot.requests import regions
from bot.requests.limits import Limits
from bot.requests.options import choices_of, edit_fields, parameters, preference_fields
from bot.telling import replies
from omost_pipeline.renderer.spec import NOTHING_ASKED
from tests.fakes import canvas_for
from tests.places import ROOT

CATALOGUES = ROOT / "bot" / "catalogues"
OTHERS = [language for language in languages() if language != DEFAULT]


def messages(language: str) -> dict[str, set[str]]:
    """Id → names of arguments."""
    resource = FluentParser().parse((CATALOGUES / f"{language}.ftl").read_text(encoding="utf-8"))
    junk = [each.content for each in resource.body if isinstance(each, Junk)]
    assert not junk, "every line can be read"
    entries = [each for each in resource.body if isinstance(each, Message)]
    assert len({each.id.name for each in entries}) == len(entries), "no message stands twice"
    return {each.id.name: set(variables(each)) for each in entries}


def variables(node: object) -> Iterator[str]:
    if isinstance(node, VariableReference):
        yield node.id.name
    elif isinstance(node, BaseNode):
        for value in vars(node).values():
            yield from variables(value)
    elif isinstance(node, list):
        for each in node:
            yield from variables(each)


def texts() -> Iterator[tuple[str, set[str], str]]:
    """Each ``Text(id, …)`` of the program: its id, its arguments, and where it stands."""
    for file in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                yield from text_of(node, file)


def text_of(call: ast.Call, file: Path) -> Iterator[tuple[str, set[str], str]]:
    where = f"{file.relative_to(ROOT)}:{call.lineno}"
    if file.parent.name == "cli" or not call.args:  # rich's own Text
        return
    first = call.args[0]
    if file.name == "text.py" and isinstance(first, ast.Name):  # one that is read back
        return
    ids = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
    for name in ids:
        assert isinstance(name, ast.Constant), f"{where}: an id is written out, so that it can be found"
        assert isinstance(name.value, str), where
        names = {each.arg for each in call.keywords if each.arg is not None}
        assert len(names) == len(call.keywords), f"{where}: so are the arguments"
        yield name.value, names, where


def names_written_out() -> Iterator[str]:
    """The ids of each ``Named("…", …)`` of the program; others are made from an option's name."""
    for file in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Named"), args=[ast.Constant(value=str(name)), *_]):
                    yield name


def named(thing: object) -> Iterator[str]:
    """The ids of everything whose English stands elsewhere."""
    if isinstance(thing, Named):
        yield thing.id
    elif is_dataclass(thing):
        for each in fields(thing):
            yield from named(getattr(thing, each.name))
    elif isinstance(thing, tuple | list):
        for each in thing:
            yield from named(each)


def every_named() -> set[str]:
    limits, canvas = Limits(), canvas_for("house")
    shown: list[object] = [parameters(limits), edit_fields(NOTHING_ASKED, limits), preference_fields({}, limits)]
    shown += [choices_of(option, limits) for option in limits.options if option.asked or option.preference]
    shown += [regions.form("t", canvas, "0"), regions.choices("t", canvas, Attachment("a.png", b""))]
    return {*named(shown), *names_written_out()}


def test_every_message_that_is_said_is_in_the_english_catalogue_with_its_arguments() -> None:
    known = messages(DEFAULT)
    for name, arguments, where in texts():
        assert name in known, f"{where}: en.ftl has no message {name}"
        assert arguments == known[name], f"{where}: {name} is given {arguments} and says {known[name]}"


def test_no_message_is_there_that_nobody_says() -> None:
    assert set(messages(DEFAULT)) - {name for name, _, _ in texts()} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_the_same_with_the_same_arguments(language: str) -> None:
    english, own, elsewhere = messages(DEFAULT), messages(language), every_named()
    assert set(english) - set(own) == set(), "messages that are missing"
    assert elsewhere - set(own) == set(), "names that are missing"
    assert set(own) - set(english) - elsewhere == set(), "messages that nobody says"
    assert {name: own[name] for name in english} == english


@pytest.mark.parametrize("language", languages())
def test_every_message_can_be_said(language: str, caplog: pytest.LogCaptureFixture) -> None:
    for name, arguments in messages(DEFAULT).items():
        for number in (0, 1, 2, 1234):
            assert say(Text(name, **dict.fromkeys(arguments, number)), language).strip(" ,、") or name.endswith(
                "separator"
            )
    assert not caplog.records, "nothing was wrong"


def test_plurals_are_those_of_the_language() -> None:
    said = {
        language: [say(Text("status-waiting", ahead=number), language) for number in (1, 2)] for language in languages()
    }
    assert said["fr"] == [
        "En attente\N{NO-BREAK SPACE}: 1 image avant la vôtre.",
        "En attente\N{NO-BREAK SPACE}: 2 images avant la vôtre.",
    ]
    assert said["zh"] == ["排队中：前面还有 1 张图。", "排队中：前面还有 2 张图。"]


def test_what_has_no_translation_yet_is_said_in_english() -> None:
    assert say(Named("option-made-up", "Made up"), "fr") == "Made up"
    assert say(Named("option-seed", "Seed"), "fr") == "Graine"
    assert say(replies.help_text("--size wide"), "xx").startswith("Tell me what to draw")

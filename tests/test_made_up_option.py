"""An option that is only described shows everywhere: what it takes to add one is its description and its use.

The option is handed in; nothing global knows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import typer
from nicegui import core
from nicegui.client import Client
from nicegui.page import page
from typer.testing import CliRunner

from bot.chat.telegram import forms
from bot.chat.web.dialogs import open_form
from bot.cli.drawing import with_drawing
from bot.cli.program import program
from bot.messages import Action, Form, Notice, Submitted
from bot.requests.commands import read_command
from bot.requests.limits import Limits
from bot.requests.options import parameters
from bot.settings.config import ConfigError, load_settings, settings_with
from bot.turns.conversation import TurnRecord
from bot.turns.styles import REQUEST_OPTIONS
from omost_pipeline.renderer.option import DrawingOption, OptionKind
from omost_pipeline.renderer.spec import Spec
from tests.bot_parts import ANN, GENEROUS, PLACE, Bot, opened
from tests.platforms.discord.stage import staged

GRAIN: DrawingOption[float] = DrawingOption(
    "grain",
    OptionKind.NUMBER,
    "Film grain",
    "How grainy the picture is",
    low=0.5,
    high=2,
    example="1.5",
    settings=("film_grain",),
    flag="--film-grain",
    asked=True,
    form=True,
    preference=True,
)
OPTIONS = (*REQUEST_OPTIONS, GRAIN)
LIMITS = Limits(shortest=64, longest=512, allowance=GENEROUS, options=OPTIONS)


async def newest(bot: Bot) -> TurnRecord:
    turn = await bot.store.turn(await bot.head())
    assert turn is not None
    return turn


def told(answer: object) -> str:
    assert isinstance(answer, Notice)
    return str(answer.text)


def test_in_the_settings_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[render]\nfilm_grain = 1.5\n", encoding="utf-8")
    assert load_settings(file, {}, OPTIONS).renderer_info().usual.get(GRAIN) == 1.5
    both = load_settings(file, {"OMOST_RENDER__FILM_GRAIN": "0.75"}, OPTIONS)
    assert both.renderer_info().usual.get(GRAIN) == 0.75
    with pytest.raises(ConfigError, match=r"OMOST_RENDER__FILM_GRAIN: found 3; .* less than or equal to 2"):
        load_settings(file, {"OMOST_RENDER__FILM_GRAIN": "3"}, OPTIONS)
    with pytest.raises(ConfigError, match=r"render\.film_grain: there is no such setting"):
        load_settings(file, {})


def test_on_the_command_line() -> None:
    for command in ("imagine", "render"):
        shown = CliRunner().invoke(program(OPTIONS), [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        assert "--film-grain" in shown.output
        assert "How grainy the picture is: a number from 0.5 to 2." in shown.output
    given: list[Spec] = []

    def draw(*, drawing: Spec) -> None:
        given.append(drawing)

    app = typer.Typer()
    app.command()(with_drawing(draw, OPTIONS))
    assert CliRunner().invoke(app, ["--film-grain", "1.5", "--size", "64x128"]).exit_code == 0
    assert given == [Spec({"grain": 1.5, "size": (64, 128)})]
    assert CliRunner().invoke(app, ["--film-grain", "3"]).exit_code == 2


def test_in_a_message() -> None:
    command = read_command("/imagine --grain 1.5 --size wide a quay", OPTIONS)
    assert (command.words, command.options) == ("a quay", {"grain": "1.5", "size": "wide"})


async def test_in_a_picture_its_follow_ups_and_the_database(tmp_path: Path) -> None:
    settings = settings_with(OPTIONS)(data_dir=tmp_path)
    async with opened(tmp_path, limits=LIMITS, settings=settings) as bot:
        assert "--grain 1.5" in told(await bot.say("/help"))
        assert await bot.say("/imagine --grain 1,5 a quay") is None
        assert (await newest(bot)).draft.spec.get(GRAIN) == 1.5
        refused = told(await bot.say("/imagine --grain 3 a quay"))
        assert "“3”" in refused
        assert "0.5 to 2" in refused
    async with opened(tmp_path, limits=LIMITS, settings=settings) as bot:
        assert await bot.say("at night") is None
        assert (await newest(bot)).draft.spec.get(GRAIN) == 1.5
    async with opened(tmp_path) as bot:
        assert await bot.say("with a moon") is None
        assert (await newest(bot)).draft.spec.values["grain"] == 1.5, "also where an earlier version goes on"


async def test_in_the_form_that_edits_a_picture(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=LIMITS) as bot:
        await bot.say("/imagine --grain 1.5 a quay")
        form = await bot.say("/edit")
        assert isinstance(form, Form)
        values = {field.name: field.value for field in form.fields}
        assert values["grain"] == "1.5"
        assert await bot.submit(form.turn, words=values["words"], grain="0.75") is None
        assert (await newest(bot)).draft.spec.get(GRAIN) == 0.75


async def test_among_the_defaults_of_a_person(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=LIMITS) as bot:
        form = await bot.say("/settings")
        assert isinstance(form, Form)
        assert "grain" in {field.name for field in form.fields}
        sent = Submitted(PLACE, ANN, Action.SETTINGS, form.turn, {"grain": "0,75"})
        assert "grain 0.75" in told(await bot.handlers.handle(sent))
        await bot.say("/imagine a quay")
        assert (await newest(bot)).draft.spec.get(GRAIN) == 0.75


async def test_in_discords_command(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, stage.running(parameters=parameters(LIMITS)):
        imagine = next(each for each in stage.discord.commands if each["name"] == "imagine")
        option = next(each for each in imagine["options"] if each["name"] == "grain")
        assert (option["min_value"], option["max_value"]) == (0.5, 2.0)
        assert option["description"] == "How grainy the picture is"
        await stage.imagine("a quay", grain=1.5)
        assert stage.handler.said()[0].options == {"grain": "1.5"}


async def edit_form_of(folder: Path) -> Form:
    async with opened(folder, limits=LIMITS) as bot:
        await bot.say("/imagine --grain 1.5 a quay")
        form = await bot.say("/edit")
        assert isinstance(form, Form)
        return form


async def test_in_telegrams_question_and_keyboard(tmp_path: Path) -> None:
    question = forms.opened(await edit_form_of(tmp_path))
    assert "Film grain: 1.5" in forms.question(question, "en")
    assert forms.entered(question, "a quay | 64x64 | 7 | 0.75")["grain"] == "0.75"
    async with opened(tmp_path, limits=LIMITS) as bot:
        settings = await bot.say("/settings")
        assert isinstance(settings, Form)
    keyboard = forms.keyboard(forms.opened(settings), "en")
    assert any(button.text.startswith("Film grain") for row in keyboard.inline_keyboard for button in row)


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Client]:
    """A page to build on, which no browser has asked for."""
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
    client = Client(page("/"))
    yield client
    client.delete()


async def test_in_the_form_on_the_web(tmp_path: Path, client: Client) -> None:
    async def submit(values: dict[str, str]) -> None:
        del values

    form = await edit_form_of(tmp_path)
    with client:
        open_form(form, submit)
    (box,) = (each for each in client.elements.values() if each.props.get("name") == "grain")
    assert box.props["defaultValue"] == "1.5"

"""The commands and context menus as Discord shows them: names, options, choices. What they do is the reception's part.

Every value that comes from a list is chosen or completed. Names and descriptions come from the catalogues.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Optional

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.catalogues.catalogue import say
from bot.catalogues.text import Named, Text, Wording
from bot.chat.discord.answers import Answers
from bot.chat.discord.listening import Switch, Switches
from bot.chat.discord.reception import Reception
from bot.chat.discord.words import localized
from bot.messages import Action, Notice, Option, Parameter

_SCOPES = (
    ("mine", Text("scope-mine")),
    ("thread", Text("scope-thread")),
    ("channel", Text("scope-channel")),
    ("server", Text("scope-server")),
)
_SHOWN = (("/layout", Text("show-layout")), ("/canvas", Text("show-code")))
_HEARD = (
    (Switch.AUTO, Text("listen-auto")),
    (Switch.ALL, Text("listen-all")),
    (Switch.MENTIONS, Text("listen-mentions")),
)
_NOW = {
    Switch.AUTO: Text("listening-auto"),
    Switch.ALL: Text("listening-all"),
    Switch.MENTIONS: Text("listening-mentions"),
}
_ADMIN = (
    ("status", Text("admin-do-status")),
    ("pause", Text("admin-do-pause")),
    ("resume", Text("admin-do-resume")),
    ("drain", Text("admin-do-drain")),
    ("ban", Text("admin-do-ban")),
    ("unban", Text("admin-do-unban")),
    ("quota", Text("admin-do-quota")),
    ("log", Text("admin-do-log")),
)
_CHARACTER = (
    ("save", Text("character-do-save")),
    ("list", Text("character-do-list")),
    ("forget", Text("character-do-forget")),
)
EXPORTS = ("ideogram", "fibo", "boxes", "comfyui", "json", "code", "openraster", "psd")
"""The forms in which a canvas, and a picture in layers, go to other programs."""
_CHOICES = 25
"""As many as an option can have."""

_Command = app_commands.Command[app_commands.Group, ..., None]
_Callback = Callable[..., Coroutine[Any, Any, None]]


_POSTS = ("undo", "redraw", "vary", "enhance")
"""Plain commands that are answered by a message in the place."""


class Commands:
    """Adds the commands to a client's tree."""

    def __init__(
        self,
        reception: Reception,
        answers: Answers,
        switches: Switches,
        parameters: Sequence[Parameter] = (),
    ) -> None:
        self._reception = reception
        self._answers = answers
        self._switches = switches
        self._parameters = parameters

    def add_to(self, tree: app_commands.CommandTree) -> None:
        """Add every command and menu."""
        for command in (
            self._imagine(),
            self._edit(),
            self._canvas(),
            self._compare(),
            self._export(),
            self._describe(),
            self._character(),
            self._settings(),
            self._listen(),
            self._admin(),
            self._forget(),
        ):
            tree.add_command(_everywhere(command))
        for name, shown, description in (
            ("undo", Named("command-undo", "undo"), Text("command-undo-help")),
            ("changes", Named("command-changes", "changes"), Text("command-changes-help")),
            ("redraw", Named("command-redraw", "redraw"), Text("command-redraw-help")),
            ("vary", Named("command-vary", "vary"), Text("command-vary-help")),
            ("enhance", Named("command-enhance", "enhance"), Text("command-enhance-help")),
            ("history", Named("command-history", "history"), Text("command-history-help")),
            ("queue", Named("command-queue", "queue"), Text("command-queue-help")),
            ("cancel", Named("command-cancel", "cancel"), Text("command-cancel-help")),
            ("help", Named("command-help", "help"), Text("command-help-help")),
        ):
            tree.add_command(_everywhere(self._plain(name, shown, description)))
        for label, action in (
            (Named("menu-edit", "Edit this picture"), Action.EDIT),
            (Named("menu-layout", "Show layout"), Action.LAYOUT),
            (Named("menu-report", "Report this picture"), Action.REPORT),
        ):
            tree.add_command(_menu_everywhere(self._menu(label, action)))
        tree.add_command(_menu_everywhere(self._picture_menu()))
        tree.add_command(_menu_everywhere(self._avatar_menu()))

    def _imagine(self) -> _Command:
        async def imagine(interaction: discord.Interaction, prompt: str, **given: Any) -> None:  # noqa: ANN401
            options = {name: str(value) for name, value in given.items() if value is not None}
            await self._reception.imagine(interaction, prompt, options)

        # What discord.py looks at: one parameter for each option of a request.
        own = list(inspect.signature(imagine, eval_str=True).parameters.values())[:1]
        prompt = _parameter("prompt", app_commands.Range[str, 1, 4000])
        optional = [_parameter(each.name, Optional[_kind(each)], None) for each in self._parameters]  # noqa: UP045
        imagine.__signature__ = inspect.Signature([*own, prompt, *optional])  # type: ignore[attr-defined]
        command = _command(Named("command-imagine", "imagine"), Text("command-imagine-help"), imagine)
        own_words = Named("parameter-prompt", "prompt"), Text("parameter-prompt-help")
        others = {each.name: (each.label, each.description) for each in self._parameters}
        _tell(command, {"prompt": own_words} | others)
        for each in self._parameters:
            if each.completed:
                command.autocomplete(each.name)(self._completion(each.options))
            elif each.options:
                choices: list[Choice[str | int | float]] = [_choice(each, option) for option in each.options[:_CHOICES]]
                app_commands.choices(**{each.name: choices})(command)
        return command

    def _completion(self, options: Sequence[Option[Wording]]) -> Callable[..., Coroutine[Any, Any, list[Choice[str]]]]:
        async def complete(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
            language = interaction.locale.value
            wanted = typed.casefold().strip()
            shown = ((each, say(each.label, language)) for each in options)
            found = [
                (each, label) for each, label in shown if wanted in label.casefold() or wanted in each.value.casefold()
            ]
            found.sort(key=lambda pair: not pair[1].casefold().startswith(wanted))
            return [Choice(name=label[:100], value=each.value[:100]) for each, label in found[:_CHOICES]]

        return complete

    def _edit(self) -> _Command:
        async def edit(interaction: discord.Interaction, words: app_commands.Range[str, 1, 4000] | None = None) -> None:
            if words is None:
                await self._reception.command(interaction, "/edit")
            else:
                await self._reception.edit(interaction, words)

        command = _command(Named("command-edit", "edit"), Text("command-edit-here-help"), edit)
        _tell(command, {"words": (Named("parameter-words", "words"), Text("parameter-words-help"))})
        return command

    def _canvas(self) -> _Command:
        async def canvas(interaction: discord.Interaction, show: str = _SHOWN[0][0]) -> None:
            await self._reception.command(interaction, show)

        command = _command(Named("command-canvas", "canvas"), Text("command-layout-or-code-help"), canvas)
        _tell(command, {"show": (Named("parameter-show", "show"), Text("parameter-show-help"))})
        app_commands.choices(show=[Choice(name=localized(name), value=value) for value, name in _SHOWN])(command)
        return command

    def _compare(self) -> _Command:
        async def compare(interaction: discord.Interaction, pictures: app_commands.Range[str, 1, 20] = "") -> None:
            await self._reception.command(interaction, f"/compare {pictures}".strip())

        command = _command(Named("command-compare", "compare"), Text("command-compare-help"), compare)
        _tell(command, {"pictures": (Named("parameter-pictures", "pictures"), Text("parameter-pictures-help"))})
        return command

    def _export(self) -> _Command:
        async def export(interaction: discord.Interaction, form: str = "") -> None:
            await self._reception.command(interaction, f"/export {form}".strip())

        command = _command(Named("command-export", "export"), Text("command-export-help"), export)
        _tell(command, {"form": (Named("parameter-form", "form"), Text("export-which"))})
        choices = [Choice(name=localized(Text("export-form", form=name)), value=name) for name in EXPORTS]
        app_commands.choices(form=choices)(command)
        return command

    def _describe(self) -> _Command:
        async def describe(interaction: discord.Interaction, picture: discord.Attachment | None = None) -> None:
            if picture is None:
                await self._reception.command(interaction, "/describe", posts=True)
            else:
                await self._reception.attached(interaction, picture, "/describe")

        command = _command(Named("command-describe", "describe"), Text("command-describe-help"), describe)
        _tell(command, {"picture": (Named("parameter-picture", "picture"), Text("parameter-picture-help"))})
        return command

    def _character(self) -> _Command:
        async def character(
            interaction: discord.Interaction,
            do: str,
            name: app_commands.Range[str, 1, 32] | None = None,
            region: app_commands.Range[str, 1, 200] = "",
        ) -> None:
            quoted = "" if name is None else '"' + name.replace('"', "") + '"'
            await self._reception.command(interaction, f"/character {do} {quoted} {region}".strip())

        command = _command(Named("command-character", "character"), Text("command-character-help"), character)
        shown = {
            "do": (Named("parameter-do", "do"), Text("parameter-do-help")),
            "name": (Named("parameter-name", "name"), Text("parameter-name-help")),
            "region": (Named("parameter-region", "region"), Text("parameter-region-help")),
        }
        _tell(command, shown)
        app_commands.choices(do=[Choice(name=localized(name), value=value) for value, name in _CHARACTER])(command)
        return command

    def _settings(self) -> _Command:
        async def settings(interaction: discord.Interaction, scope: str = "mine") -> None:
            text = "/settings" if scope == "mine" else f"/settings {scope}"
            await self._reception.command(interaction, text)

        command = _command(Named("command-settings", "settings"), Text("command-settings-help"), settings)
        _tell(command, {"scope": (Named("parameter-scope", "scope"), Text("parameter-scope-help"))})
        app_commands.choices(scope=[Choice(name=localized(name), value=value) for value, name in _SCOPES])(command)
        return command

    def _listen(self) -> _Command:
        async def listen(interaction: discord.Interaction, to: str) -> None:
            await self._answers.show(interaction, await self._switched(interaction, Switch(to)))

        command = _command(Named("command-listen", "listen"), Text("command-listen-help"), listen)
        _tell(command, {"to": (Named("parameter-to", "to"), Text("command-listen-help"))})
        app_commands.choices(to=[Choice(name=localized(name), value=value.value) for value, name in _HEARD])(command)
        return command

    def _admin(self) -> _Command:
        async def admin(
            interaction: discord.Interaction, do: str, about: app_commands.Range[str, 1, 300] | None = None
        ) -> None:
            await self._reception.command(interaction, f"/admin {do} {about or ''}".strip())

        command = _command(Named("command-admin", "admin"), Text("command-admin-help"), admin)
        shown = {
            "do": (Named("parameter-do", "do"), Text("parameter-do-help")),
            "about": (Named("parameter-about", "about"), Text("parameter-about-help")),
        }
        _tell(command, shown)
        app_commands.choices(do=[Choice(name=localized(name), value=value) for value, name in _ADMIN])(command)
        return command

    def _forget(self) -> _Command:
        async def forget(interaction: discord.Interaction, sure: str = "") -> None:
            await self._reception.command(interaction, f"/forget {sure}".strip())

        command = _command(Named("command-forget", "forget"), Text("command-forget-help"), forget)
        _tell(command, {"sure": (Named("parameter-sure", "sure"), Text("parameter-sure-help"))})
        app_commands.choices(sure=[Choice(name=localized(Text("forget-everything")), value="everything")])(command)
        return command

    async def _switched(self, interaction: discord.Interaction, switch: Switch) -> Notice:
        language = interaction.locale.value
        channel = interaction.channel
        if not isinstance(channel, discord.Thread) or channel.owner_id != interaction.application_id:
            return Notice(say(Text("not-my-thread"), language))
        await self._switches.turn(channel.id, switch)
        return Notice(say(_NOW[switch], language))

    def _plain(self, name: str, shown: Named, description: Text) -> _Command:
        async def plain(interaction: discord.Interaction) -> None:
            await self._reception.command(interaction, f"/{name}", posts=name in _POSTS)

        return _command(shown, description, plain)

    def _menu(self, name: Named, action: Action) -> app_commands.ContextMenu:
        async def menu(interaction: discord.Interaction, message: discord.Message) -> None:
            await self._reception.menu(interaction, message, action)

        return app_commands.ContextMenu(name=localized(name), callback=menu)

    def _picture_menu(self) -> app_commands.ContextMenu:
        async def menu(interaction: discord.Interaction, message: discord.Message) -> None:
            await self._reception.picture_menu(interaction, message)

        return app_commands.ContextMenu(name=localized(Named("menu-begin", "Start from picture")), callback=menu)

    def _avatar_menu(self) -> app_commands.ContextMenu:
        async def menu(interaction: discord.Interaction, user: discord.User | discord.Member) -> None:
            await self._reception.avatar_menu(interaction, user)

        return app_commands.ContextMenu(name=localized(Named("menu-avatar", "Start from avatar")), callback=menu)


def _parameter(name: str, kind: Any, default: object = inspect.Parameter.empty) -> inspect.Parameter:  # noqa: ANN401
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)


def _kind(parameter: Parameter) -> Any:  # noqa: ANN401 - a type, as discord.py takes it
    """What discord.py asks for: a whole number or a text where it is chosen from a list, else within bounds."""
    kind = int if parameter.kind == "whole" else str
    if parameter.options:
        return kind
    if parameter.kind == "text":
        return app_commands.Range[str, int(parameter.low), int(min(parameter.high, 6000))]
    number = float if parameter.kind == "number" else int
    return app_commands.Range[number, number(parameter.low), number(parameter.high)]


def _choice(parameter: Parameter, option: Option[Wording]) -> Choice[str | int | float]:
    if parameter.kind == "whole":
        return Choice(name=say(option.label), value=int(option.value))
    return Choice(name=localized(option.label), value=option.value)


def _command(name: Named, description: Text, callback: _Callback) -> _Command:
    return app_commands.Command(name=localized(name), description=localized(description), callback=callback)


def _tell(command: _Command, parameters: Mapping[str, tuple[Wording, Wording]]) -> None:
    """The parameters' names and descriptions as people see them."""
    app_commands.describe(**{name: localized(text) for name, (_, text) in parameters.items()})(command)
    app_commands.rename(**{name: localized(shown) for name, (shown, _) in parameters.items()})(command)


def _menu_everywhere(menu: app_commands.ContextMenu) -> app_commands.ContextMenu:
    app_commands.allowed_installs(guilds=True, users=True)(menu)
    app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(menu)
    return menu


def _everywhere(command: _Command) -> _Command:
    """For servers that added the bot and for people who did, in servers and in direct messages."""
    app_commands.allowed_installs(guilds=True, users=True)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)

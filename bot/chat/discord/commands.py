"""The commands and context menus as Discord shows them: names, options, choices. What they do is the reception's part.

Every value that comes from a list is chosen or completed. Names and descriptions are translated by the one table.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str

from bot.chat.discord.answers import Answers
from bot.chat.discord.listening import Switch, Switches
from bot.chat.discord.reception import Reception
from bot.chat.discord.words import said
from bot.messages import Action, Notice, Option

SIZES = tuple(
    Option(ratio, f"{name} {ratio}")
    for name, ratio in (
        ("Square", "1:1"),
        ("Portrait", "2:3"),
        ("Portrait", "3:4"),
        ("Tall", "9:16"),
        ("Landscape", "3:2"),
        ("Landscape", "4:3"),
        ("Wide", "16:9"),
    )
)
"""Shapes of pictures by name; how many pixels they have is for the models to say."""

_SCOPES = (
    ("mine", "Mine"),
    ("thread", "This thread's"),
    ("channel", "This channel's, for all its threads"),
    ("server", "This server's"),
)
_SHOWN = (("/layout", "Layout"), ("/canvas", "Code and JSON"))
_HEARD = (
    (Switch.AUTO, "As lively as it is: everything while it is calm"),
    (Switch.ALL, "Everything that is written here"),
    (Switch.MENTIONS, "Only mentions, replies and commands"),
)
_NOW = {
    Switch.AUTO: "From now on I take everything as a change while it is calm here.",
    Switch.ALL: "From now on I take everything that is written here as a change.",
    Switch.MENTIONS: "From now on I only heed mentions, replies and commands here.",
}
_INITIAL = (
    ("off", "From noise alone"),
    ("0.95", "0.95: from strong colours"),
    ("0.97", "0.97: from colours"),
    ("0.99", "0.99: from a hint of colours"),
)
_MAX_SEED = 2**32 - 1

_Command = app_commands.Command[app_commands.Group, ..., None]
_Callback = Callable[..., Coroutine[Any, Any, None]]


class Commands:
    """Adds the commands to a client's tree."""

    def __init__(
        self,
        reception: Reception,
        answers: Answers,
        switches: Switches,
        sizes: Sequence[Option] = SIZES,
        styles: Sequence[Option] = (),
        pictures: int = 12,
    ) -> None:
        self._reception = reception
        self._answers = answers
        self._switches = switches
        self._sizes = sizes
        self._styles = styles
        self._pictures = pictures

    def add_to(self, tree: app_commands.CommandTree) -> None:
        """Add every command and menu."""
        for command in (self._imagine(), self._edit(), self._canvas(), self._settings(), self._listen()):
            tree.add_command(_everywhere(command))
        for name, description in (
            ("undo", "Go back to the picture before"),
            ("queue", "Show who is waiting"),
            ("cancel", "Stop what I am drawing for you here"),
            ("help", "What I can do"),
        ):
            tree.add_command(_everywhere(self._plain(name, description)))
        for name, action in (("Edit this picture", Action.EDIT), ("Show layout", Action.LAYOUT)):
            menu = self._menu(name, action)
            app_commands.allowed_installs(guilds=True, users=True)(menu)
            app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(menu)
            tree.add_command(menu)

    def _imagine(self) -> _Command:
        async def imagine(
            interaction: discord.Interaction,
            prompt: app_commands.Range[str, 1, 4000],
            size: str | None = None,
            style: str | None = None,
            seed: app_commands.Range[int, 0, _MAX_SEED] | None = None,
            count: int | None = None,
            negative: app_commands.Range[str, 1, 1000] | None = None,
            steps: app_commands.Range[int, 1, 100] | None = None,
            guidance: app_commands.Range[float, 1, 32] | None = None,
            initial: str | None = None,
        ) -> None:
            asked = {"size": size, "style": style, "seed": seed, "count": count, "negative": negative}
            given = {**asked, "steps": steps, "guidance": guidance, "initial": initial}
            options = {name: str(value) for name, value in given.items() if value is not None}
            await self._reception.imagine(interaction, prompt, options)

        command = _command("imagine", "Draw a new picture from your words", imagine)
        _describe(
            command,
            prompt="What to draw",
            size="The picture's shape",
            style="How it should look",
            seed="The same words with the same seed give the same picture",
            count="How many pictures",
            negative="What the picture should not show",
            steps="How many steps to draw in",
            guidance="How closely to follow the canvas",
            initial="Whether to begin with the layout's coarse colours",
        )
        counts = [Choice(name=str(number), value=number) for number in range(1, self._pictures + 1)]
        app_commands.choices(
            size=[Choice(name=locale_str(each.label), value=each.value) for each in self._sizes[:25]],
            initial=[Choice(name=locale_str(name), value=value) for value, name in _INITIAL],
        )(command)
        app_commands.choices(count=counts)(command)
        command.autocomplete("style")(self._complete_style)
        return command

    async def _complete_style(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        language = interaction.locale.value
        wanted = typed.casefold().strip()
        shown = ((each, said(each.label, language)) for each in self._styles)
        found = [
            (each, label) for each, label in shown if wanted in label.casefold() or wanted in each.value.casefold()
        ]
        found.sort(key=lambda pair: not pair[1].casefold().startswith(wanted))
        return [Choice(name=label[:100], value=each.value[:100]) for each, label in found[:25]]

    def _edit(self) -> _Command:
        async def edit(interaction: discord.Interaction, words: app_commands.Range[str, 1, 4000] | None = None) -> None:
            if words is None:
                await self._reception.command(interaction, "/edit")
            else:
                await self._reception.edit(interaction, words)

        command = _command("edit", "Change the newest picture here", edit)
        _describe(command, words="What to change; leave it out for a form")
        return command

    def _canvas(self) -> _Command:
        async def canvas(interaction: discord.Interaction, show: str = _SHOWN[0][0]) -> None:
            await self._reception.command(interaction, show)

        command = _command("canvas", "Show the newest picture's layout, or its code", canvas)
        _describe(command, show="What to show")
        app_commands.choices(show=[Choice(name=locale_str(name), value=value) for value, name in _SHOWN])(command)
        return command

    def _settings(self) -> _Command:
        async def settings(interaction: discord.Interaction, scope: str = "mine") -> None:
            text = "/settings" if scope == "mine" else f"/settings {scope}"
            await self._reception.command(interaction, text)

        command = _command("settings", "Your own defaults, or those of this thread, channel or server", settings)
        _describe(command, scope="Whose defaults")
        app_commands.choices(scope=[Choice(name=locale_str(name), value=value) for value, name in _SCOPES])(command)
        return command

    def _listen(self) -> _Command:
        async def listen(interaction: discord.Interaction, to: str) -> None:
            await self._answers.show(interaction, await self._switched(interaction, Switch(to)))

        command = _command("listen", "Which messages in this thread are for me", listen)
        _describe(command, to="Which messages in this thread are for me")
        app_commands.choices(to=[Choice(name=locale_str(name), value=value.value) for value, name in _HEARD])(command)
        return command

    async def _switched(self, interaction: discord.Interaction, switch: Switch) -> Notice:
        language = interaction.locale.value
        channel = interaction.channel
        if not isinstance(channel, discord.Thread) or channel.owner_id != interaction.application_id:
            return Notice(said("This is for threads that I opened.", language))
        await self._switches.turn(channel.id, switch)
        return Notice(said(_NOW[switch], language))

    def _plain(self, name: str, description: str) -> _Command:
        async def plain(interaction: discord.Interaction) -> None:
            await self._reception.command(interaction, f"/{name}", posts=name == "undo")

        return _command(name, description, plain)

    def _menu(self, name: str, action: Action) -> app_commands.ContextMenu:
        async def menu(interaction: discord.Interaction, message: discord.Message) -> None:
            await self._reception.menu(interaction, message, action)

        return app_commands.ContextMenu(name=locale_str(name), callback=menu)


def _command(name: str, description: str, callback: _Callback) -> _Command:
    return app_commands.Command(name=locale_str(name), description=locale_str(description), callback=callback)


def _describe(command: _Command, **descriptions: str) -> None:
    app_commands.describe(**{name: locale_str(text) for name, text in descriptions.items()})(command)
    app_commands.rename(**{name: locale_str(name) for name in descriptions})(command)


def _everywhere(command: _Command) -> _Command:
    """For servers that added the bot and for people who did, in servers and in direct messages."""
    app_commands.allowed_installs(guilds=True, users=True)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)

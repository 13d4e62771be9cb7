"""Forms as Discord's modals, and what was entered in them.

A modal's id is ``action:turn`` and its inputs' ids are the fields' names, so a form that was opened before a restart
can still be sent after it. A modal holds five inputs; what a form has beyond that stands as ``name: value`` lines in
the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.chat.discord.shapes import decoded, menu_options
from bot.chat.discord.words import said
from bot.messages import Field, Form

_MOST = 5
_MENU = 25
_REST = "…"
"""The id of the input that holds what found no input of its own."""


def modal(form: Form, language: str) -> discord.ui.Modal:
    """The form, filled with what stands in it."""
    shown = discord.ui.Modal(title=form.title[:45], custom_id=f"{form.action}:{form.turn}")
    own = form.fields if len(form.fields) <= _MOST else form.fields[: _MOST - 1]
    for field in own:
        shown.add_item(discord.ui.Label(text=field.label[:45], component=_input(field)))
    if rest := form.fields[len(own) :]:
        text = "\n".join(f"{field.name}: {field.value}" for field in rest)
        lines: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
            custom_id=_REST, style=discord.TextStyle.paragraph, default=text[:4000], required=False
        )
        shown.add_item(discord.ui.Label(text=said("More", language), component=lines))
    # What is sent back is read from the event itself, so the library need not remember this modal.
    shown.stop()
    return shown


def _input(field: Field) -> discord.ui.TextInput[discord.ui.View] | discord.ui.Select[discord.ui.View]:
    if 0 < len(field.options) <= _MENU:
        return discord.ui.Select(
            custom_id=field.name, options=menu_options(field.options, field.value), required=bool(field.value)
        )
    return discord.ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if field.multiline else discord.TextStyle.short,
        default=field.value[:4000],
        required=False,
    )


def entered(components: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The values of a modal that was sent back, by the fields' names."""
    values: dict[str, str] = {}
    for part in _inputs(components):
        name = str(part.get("custom_id", ""))
        if "values" in part:
            values[name] = decoded(part["values"][0]) if part["values"] else ""
        elif "value" in part:
            values[name] = str(part["value"] or "")
    for line in values.pop(_REST, "").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            values[name.strip()] = value.strip()
    return values


def _inputs(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in components:
        inner = part.get("component")
        if isinstance(inner, Mapping):
            yield inner
        elif "components" in part:
            yield from _inputs(part["components"])
        else:
            yield part

"""Forms as Discord's modals, and what was entered in them.

A modal's id is ``action:turn`` and its inputs' ids are the fields' names, so a form that was opened before a restart
can still be sent after it. A modal holds five inputs. Where a form has more fields, the last of those that are chosen
from lists share one menu, in which several options can be chosen; what has no room even then stands as ``name: value``
lines in the last input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord.shapes import decoded, menu_options
from bot.messages import Field, Form, Option

_MOST = 5
_MENU = 25
_REST = "…"
"""The id of the input that holds what found no input of its own."""
_SHARED = "…menu"
"""The id of the menu that several fields share."""
_SHARE = re.compile(r"(?P<name>\w+)(?P<mark>[=~])(?P<value>.*)")
"""A value of that menu; ``~`` marks what stood in the field when the form was opened."""

_Input = discord.ui.TextInput[discord.ui.View] | discord.ui.Select[discord.ui.View]


def modal(form: Form, language: str) -> discord.ui.Modal:
    """The form, filled with what stands in it."""
    shown = discord.ui.Modal(title=form.title[:45], custom_id=f"{form.action}:{form.turn}")
    shared = _sharing(form.fields)
    single = [field for field in form.fields if field not in shared]
    room = _MOST - bool(shared)
    own = single if len(single) <= room else single[: room - 1]
    for field in own:
        shown.add_item(discord.ui.Label(text=field.label[:45], component=_input(field)))
    if shared:
        names = " · ".join(field.label for field in shared)
        shown.add_item(discord.ui.Label(text=names[:45], component=_menu(shared)))
    if rest := single[len(own) :]:
        shown.add_item(discord.ui.Label(text=say(Text("more-fields"), language), component=_lines(rest)))
    # What is sent back is read from the event itself, so the library need not remember this modal.
    shown.stop()
    return shown


def _sharing(fields: Sequence[Field]) -> Sequence[Field]:
    """The fields that share a menu: as few as make room for the others, none where that makes no room."""
    chosen: list[Field] = []
    for field in reversed(fields):
        if len(fields) - max(0, len(chosen) - 1) <= _MOST:
            break
        if field.options and len(field.options) + sum(len(each.options) for each in chosen) <= _MENU:
            chosen.insert(0, field)
    return chosen if len(chosen) > 1 else ()


def _input(field: Field) -> _Input:
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


def _menu(fields: Sequence[Field]) -> _Input:
    """One menu for all the options of ``fields``; what stands in each is chosen at first."""
    options: list[discord.SelectOption] = []
    for field in fields:
        marked = [(each, "~" if each.value == field.value else "=") for each in field.options]
        named = [Option(f"{field.name}{mark}{each.value}", each.label, field.label) for each, mark in marked]
        options += menu_options(named, f"{field.name}~{field.value}")
    return discord.ui.Select(custom_id=_SHARED, options=options, min_values=0, max_values=len(options), required=False)


def _lines(fields: Sequence[Field]) -> _Input:
    text = "\n".join(f"{field.name}: {field.value}" for field in fields)
    return discord.ui.TextInput(custom_id=_REST, style=discord.TextStyle.paragraph, default=text[:4000], required=False)


def entered(components: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The values of a modal that was sent back, by the fields' names.

    Of a shared menu what was newly chosen counts, whether or not what had stood there is still chosen too.
    """
    values: dict[str, str] = {}
    for part in _inputs(components):
        name = str(part.get("custom_id", ""))
        if name == _SHARED:
            values |= _chosen(part["values"])
        elif "values" in part:
            values[name] = decoded(part["values"][0]) if part["values"] else ""
        elif "value" in part:
            values[name] = str(part["value"] or "")
    for line in values.pop(_REST, "").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            values[name.strip()] = value.strip()
    return values


def _chosen(options: Sequence[str]) -> dict[str, str]:
    """The fields' values among the chosen options of a shared menu; the new ones come last, so that they stay."""
    found = [part for part in map(_SHARE.fullmatch, options) if part is not None]
    return {part["name"]: part["value"] for part in sorted(found, key=lambda part: part["mark"] == "=")}


def _inputs(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in components:
        inner = part.get("component")
        if isinstance(inner, Mapping):
            yield inner
        elif "components" in part:
            yield from _inputs(part["components"])
        else:
            yield part

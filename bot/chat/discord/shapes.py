"""From the bot's messages to Discord's: words within 2,000 characters, files, rows of buttons, select menus.

Pure. A button's or menu's id is ``action:turn``, so that it works after any restart; pressing is not decided here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import discord

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord.pictures import all_fitted
from bot.chat.shared.fitting import Sign, unsigned
from bot.chat.shared.text import bar, shorten
from bot.messages import Action, Attachment, Button, Choices, Notice, Option, Outgoing, Page

LONGEST = 2000
PATTERN = r"(?P<action>[a-z]+):(?P<turn>[\w.-]+)(?::(?P<page>\d))?"
"""A component's id. ``page`` tells apart the menus of one long list."""

_CODE = "canvas = Canvas("
_ROW = 5
_MENU = 25
_DANGEROUS = (Action.CANCEL, Action.DELETE, Action.TAKE_DOWN, Action.BAN)
_FIRST = (Action.EDIT, Action.PICK)


@dataclass(frozen=True)
class Shape:
    """What a message is made of. ``files`` fit the place's limits; ``items`` makes its buttons and menus."""

    content: str
    files: tuple[Attachment, ...]
    items: Callable[[], discord.ui.View | None]

    @property
    def view(self) -> discord.ui.View | None:
        """The buttons and menus, anew. Must be taken on the event loop's thread.

        The library need not remember it, as every item's id says what it is for; so memory does not grow.
        """
        made = self.items()
        if made is not None:
            made.stop()
        return made

    def uploads(self) -> list[discord.File]:
        """The files, to be sent once."""
        return [
            discord.File(
                io.BytesIO(file.content),
                filename=file.name,
                description=file.description[:1024] or None,
                spoiler=file.spoiler or "||" in self.content,
            )
            for file in self.files
        ]


def shaped(message: Outgoing, limit: int, before: str = "", sign: Sign = unsigned) -> Shape:
    """A message of the bot's for a place where a file may have ``limit`` bytes.

    ``before`` is the address of the message with the picture that this one came from.
    """
    parts = [written(f"“{message.words}”")] if message.words else []
    if message.text:
        parts.append(written(message.text, quiet=bool(message.footer)))
    if message.footer:
        link = f", {say(Text('from-picture', link=before), message.language)}" if before else ""
        parts.append(f"{written(message.footer, quiet=True)}{link}")
    if message.progress is not None:
        parts.append(bar(message.progress))
    return _shape("\n".join(parts), message.whole, message.attachments, limit, partial(buttons, message.buttons), sign)


def versions(message: Outgoing) -> list[Outgoing]:
    """A message as it is, then with ever less of what Discord may refuse: the request's words, the files, all text."""
    not_all = say(Text("not-all-shown"), message.language)
    told = replace(message, text="\n".join(part for part in (not_all, message.text) if part))
    found = [message]
    if message.words:
        found.append(replace(told, words=""))
    if message.attachments:
        found.append(replace(told, attachments=()))
    return [*found, replace(message, text=not_all, words="", footer="", attachments=())]


def lessened(notice: Notice, language: str) -> list[Notice]:
    """An answer as it is, then with ever less of what Discord may refuse: the files, all text."""
    not_all = say(Text("not-all-shown"), language)
    told = [replace(notice, text=f"{not_all}\n{notice.text}", attachments=())] if notice.attachments else []
    return [notice, *told, Notice(not_all)]


def notice(
    text: str,
    files: Sequence[Attachment],
    limit: int,
    view: discord.ui.View | None = None,
    sign: Sign = unsigned,
) -> Shape:
    """Words for one person, with files."""
    return _shape(written(text), text, files, limit, lambda: view, sign)


def _shape(
    shown: str,
    whole: str,
    files: Sequence[Attachment],
    limit: int,
    items: Callable[[], discord.ui.View | None],
    sign: Sign,
) -> Shape:
    if len(shown) > LONGEST:
        shown = _cut(shown)
        files = (*files[:9], Attachment("text.txt", whole.encode(), "The whole text"))
    return Shape(shown, all_fitted(files, limit, sign), items)


def _cut(shown: str) -> str:
    """The beginning that fits, with a spoiler or a block of code closed that was open there."""
    if shown.startswith("```"):
        return f"{shown[: LONGEST - 5]}…\n```"
    kept = f"{shown[: LONGEST - 3]}…"
    return f"{kept}||" if kept.count("||") % 2 else kept


def written(text: str, *, quiet: bool = False) -> str:
    """Plain words as Discord's markup: nothing in them formats, except spoilers, which stay hidden.

    With ``quiet`` they are small print. Canvas code becomes a block of code.
    """
    if _CODE in text:
        return f"```python\n{text.replace('```', '` ` `')}\n```"
    escaped = discord.utils.escape_markdown(text).replace(r"\|\|", "||")
    if escaped.count("||") % 2:  # a spoiler that was cut off
        escaped += "||"
    escaped = re.sub(r"^(\s*)(#{1,3}|-#|>{1,3}|[-*+]|\d+\.)(\s)", r"\1\\\2\3", escaped, flags=re.MULTILINE)
    if not quiet:
        return escaped
    return "\n".join(f"-# {line}" for line in escaped.split("\n") if line.strip())


def buttons(given: Sequence[Button]) -> discord.ui.View | None:
    """Rows of five buttons, or None if there are none."""
    if not given:
        return None
    view = discord.ui.View(timeout=None)
    for number, each in enumerate(given[: _ROW * _ROW]):
        view.add_item(
            discord.ui.Button(
                label=shorten(each.label, 80), custom_id=each.data, style=_style(each.action), row=number // _ROW
            )
        )
    return view


def _style(action: Action) -> discord.ButtonStyle:
    if action in _DANGEROUS:
        return discord.ButtonStyle.danger
    return discord.ButtonStyle.primary if action in _FIRST else discord.ButtonStyle.secondary


def menus(choices: Choices, placeholder: str) -> discord.ui.View:
    """Select menus of 25 options each, five of them at most."""
    view = discord.ui.View(timeout=None)
    pages = [choices.options[start : start + _MENU] for start in range(0, len(choices.options), _MENU)]
    for page, options in enumerate(pages[:_ROW]):
        name = f"{choices.action}:{choices.turn}" + (f":{page}" if page else "")
        view.add_item(
            discord.ui.Select(custom_id=name, placeholder=placeholder, options=menu_options(options), row=page)
        )
    return view


def menu_options(options: Sequence[Option], chosen: str | None = None) -> list[discord.SelectOption]:
    """A menu's options; ``chosen`` is the value that stands in it."""
    return [
        discord.SelectOption(
            label=shorten(each.label or each.value, 100) or "—",
            value=coded(each.value),
            description=shorten(each.description, 100) or None,
            default=each.value == chosen,
        )
        for each in options[:_MENU]
    ]


_NOTHING = "∅"  # Discord has no empty values


def coded(value: str) -> str:
    """An option's value as Discord can carry it."""
    return value[:100] or _NOTHING


def decoded(value: str) -> str:
    """The value that :func:`coded` was given."""
    return "" if value == _NOTHING else value


def one_button(action: Action, turn: str, label: str) -> discord.ui.View:
    """A single button."""
    view = buttons((Button(action, turn, label),))
    assert view is not None, "it has one button"
    return view


_LONGEST_LINK = 512


def link_button(page: Page | None) -> discord.ui.View | None:
    """A button that opens a page; None where there is none, or its address is longer than Discord takes."""
    if page is None or len(page.url) > _LONGEST_LINK:
        return None
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(style=discord.ButtonStyle.link, url=page.url, label=shorten(page.label, 80)))
    return view


def turns_of(message: discord.Message) -> list[str]:
    """The turns that a message's buttons and menus stand for, in their order."""
    ids = [
        part.custom_id or ""
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for part in row.children
        if isinstance(part, discord.Button | discord.SelectMenu)
    ]
    found = [re.fullmatch(PATTERN, each) for each in ids]
    return list(dict.fromkeys(each["turn"] for each in found if each is not None))

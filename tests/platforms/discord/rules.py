"""What Discord accepts: limits on messages, components, forms, threads and commands. Pure; knows no world and no HTTP.

The limits are those of the platform's documentation (API version 10). A broken rule is an :class:`ApiError` with the
platform's own status and code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

MIB = 2**20
REQUEST_BYTES = 25 * MIB
ACTION_ROW, BUTTON, SELECT, TEXT_INPUT, TEXT, LABEL = 1, 2, 3, 4, 10, 18
LOCALES = frozenset(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja "
    "zh-TW ko".split()
)
COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")


class ApiError(Exception):
    """An answer other than success: HTTP ``status``, Discord's JSON ``code`` and words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def refuse(why: str) -> ApiError:
    """The error for a body that breaks a rule."""
    return ApiError(400, 50035, f"Invalid Form Body: {why}")


def within(what: str, text: object, least: int, most: int) -> str:
    """The text, if it is one of ``least`` to ``most`` characters."""
    if not isinstance(text, str) or not least <= len(text) <= most:
        raise refuse(f"{what} must have {least} to {most} characters: {str(text)[:60]!r}")
    return text


@dataclass(frozen=True)
class File:
    """An uploaded file."""

    name: str
    content: bytes


ATTACHMENT = 11
OPTION_TYPES = {3: str, 4: int, 5: bool, 10: float, ATTACHMENT: File}


def check_message(body: Json, files: Sequence[File], file_limit: int, *, kept: int = 0) -> None:
    """A message to be made or the result of an edit. ``kept`` is how many older attachments stay."""
    content = body.get("content") or ""
    within("content", content, 0, 2000)
    check_embeds(body.get("embeds") or [])
    check_components(body.get("components") or [])
    check_files(body, files, file_limit)
    if not (content.strip() or files or kept or body.get("embeds") or body.get("components")):
        raise ApiError(400, 50006, "Cannot send an empty message")
    if body.get("nonce") is not None:
        within("nonce", body["nonce"], 1, 25)


def check_files(body: Json, files: Sequence[File], file_limit: int) -> None:
    """Sizes, names and alternative texts of attachments."""
    if len(files) > 10:
        raise refuse(f"{len(files)} attachments, 10 are allowed")
    if (
        any(len(file.content) > file_limit for file in files)
        or sum(len(each.content) for each in files) > REQUEST_BYTES
    ):
        raise ApiError(413, 40005, "Request entity too large")
    described = body.get("attachments") or []
    for each in described:
        within("attachment description", each.get("description") or "", 0, 1024)
    new = [each for each in described if int(each["id"]) < 1000]
    if files and described and len(new) != len(files):
        raise refuse(f"{len(files)} files but {len(new)} described")


def check_embeds(embeds: Sequence[Json]) -> None:
    """At most ten embeds of 6,000 characters in all."""
    if len(embeds) > 10:
        raise refuse(f"{len(embeds)} embeds, 10 are allowed")
    total = 0
    for embed in embeds:
        within("embed title", embed.get("title") or "", 0, 256)
        within("embed description", embed.get("description") or "", 0, 4096)
        if len(embed.get("fields") or []) > 25:
            raise refuse("an embed has at most 25 fields")
        total += sum(len(str(embed.get(key) or "")) for key in ("title", "description"))
    if total > 6000:
        raise ApiError(400, 50035, "embeds have more than 6000 characters in all")


def check_components(rows: Sequence[Json]) -> None:
    """Rows of buttons and selects under a message (components version 1)."""
    if len(rows) > 5:
        raise refuse(f"{len(rows)} rows, 5 are allowed")
    seen: set[str] = set()
    for row in rows:
        if row.get("type") != ACTION_ROW:
            raise refuse(f"a message's component of type {row.get('type')} stands outside a row")
        parts = row.get("components") or []
        selects = [part for part in parts if part["type"] == SELECT]
        if not parts or len(parts) > 5 or (selects and len(parts) > 1):
            raise refuse(f"a row holds one select or 1 to 5 buttons, not {len(parts)} components")
        for part in parts:
            _check_component(part)
            if part.get("style") != 5:
                _unique(part["custom_id"], seen)


def _check_component(part: Json) -> None:
    if part["type"] == BUTTON:
        if part.get("style") not in range(1, 7):
            raise refuse(f"button style {part.get('style')}")
        within("button label", part.get("label") or "", 0 if part.get("emoji") else 1, 80)
        if part["style"] != 5:
            within("custom_id", part.get("custom_id"), 1, 100)
    elif part["type"] == SELECT:
        _check_select(part)
    else:
        raise refuse(f"component type {part['type']} cannot stand in a row")


def _check_select(part: Json) -> None:
    within("custom_id", part.get("custom_id"), 1, 100)
    within("placeholder", part.get("placeholder") or "", 0, 150)
    options = part.get("options") or []
    if not 1 <= len(options) <= 25:
        raise refuse(f"a select has 1 to 25 options, not {len(options)}")
    seen: set[str] = set()
    for option in options:
        within("option label", option.get("label"), 1, 100)
        within("option description", option.get("description") or "", 0, 100)
        _unique(within("option value", option.get("value"), 1, 100), seen)
    if sum(bool(option.get("default")) for option in options) > (part.get("max_values") or 1):
        raise refuse("more defaults than values that can be chosen")


def check_modal(modal: Json) -> None:
    """A form: title, 1 to 5 labelled inputs."""
    within("modal title", modal.get("title"), 1, 45)
    within("custom_id", modal.get("custom_id"), 1, 100)
    parts = modal.get("components") or []
    if not 1 <= len(parts) <= 5:
        raise refuse(f"a modal has 1 to 5 components, not {len(parts)}")
    seen: set[str] = set()
    for part in parts:
        if part["type"] == TEXT:
            continue
        if part["type"] != LABEL:
            raise refuse(f"a modal's inputs stand in labels, not in components of type {part['type']}")
        within("label", part.get("label"), 1, 45)
        within("label description", part.get("description") or "", 0, 100)
        inner = part["component"]
        _unique(within("custom_id", inner.get("custom_id"), 1, 100), seen)
        if inner["type"] == TEXT_INPUT:
            within("text input value", inner.get("value") or "", 0, min(4000, inner.get("max_length") or 4000))
            within("placeholder", inner.get("placeholder") or "", 0, 100)
        elif inner["type"] == SELECT:
            _check_select(inner)
        else:
            raise refuse(f"a modal cannot hold a component of type {inner['type']}")


def check_thread(body: Json) -> None:
    """Name and archiving of a new thread."""
    within("thread name", body.get("name"), 1, 100)
    if body.get("auto_archive_duration", 1440) not in {60, 1440, 4320, 10080}:
        raise refuse(f"auto_archive_duration {body['auto_archive_duration']}")


def check_choices(choices: Sequence[Json]) -> None:
    """The answer to an autocompletion, or an option's fixed choices."""
    if len(choices) > 25:
        raise refuse(f"{len(choices)} choices, 25 are allowed")
    for choice in choices:
        within("choice name", choice.get("name"), 1, 100)
        _localized("choice name", choice.get("name_localizations"), 1, 100)
        if isinstance(choice.get("value"), str):
            within("choice value", choice["value"], 1, 100)


def check_commands(commands: Sequence[Json]) -> None:
    """The whole list of an application's commands."""
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        if sum(command.get("type", 1) == kind for command in commands) > most:
            raise ApiError(400, 30032, f"at most {most} commands of type {kind}")
    seen: set[tuple[int, str]] = set()
    for command in commands:
        key = command.get("type", 1), command["name"]
        if key in seen:
            raise refuse(f"two commands are called {command['name']}")
        seen.add(key)
        _check_command(command)


def _check_command(command: Json) -> None:
    if command.get("type", 1) != 1:
        within("menu name", command["name"], 1, 32)
        _localized("menu name", command.get("name_localizations"), 1, 32)
        if command.get("description") or command.get("options"):
            raise refuse("a context menu has neither description nor options")
        return
    _named(command)
    options = command.get("options") or []
    if len(options) > 25:
        raise refuse(f"/{command['name']} has more than 25 options")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        raise refuse(f"/{command['name']}: required options come first")
    for option in options:
        _named(option)
        check_choices(option.get("choices") or [])
        if option.get("choices") and option.get("autocomplete"):
            raise refuse(f"{option['name']} has both choices and autocompletion")
        if option["type"] not in OPTION_TYPES:
            raise refuse(f"option type {option['type']} is not part of this server")
    lengths = sum(len(each["name"]) + len(each.get("description") or "") for each in [command, *options])
    if lengths > 8000:
        raise refuse(f"/{command['name']} has more than 8000 characters")


def _named(thing: Json) -> None:
    for name in (thing["name"], *(thing.get("name_localizations") or {}).values()):
        if COMMAND_NAME.fullmatch(name) is None or name != name.lower():
            raise refuse(f"{name!r} is no name for a command")
    within("description", thing.get("description"), 1, 100)
    _localized("name", thing.get("name_localizations"), 1, 32)
    _localized("description", thing.get("description_localizations"), 1, 100)


def _localized(what: str, texts: Mapping[str, str] | None, least: int, most: int) -> None:
    for locale, text in (texts or {}).items():
        if locale not in LOCALES:
            raise refuse(f"{locale} is no locale")
        within(f"{what} ({locale})", text, least, most)


def inputs(components: Iterable[Json]) -> Iterable[Json]:
    """The inputs and buttons among components, however deep."""
    for part in components:
        if part["type"] == LABEL:
            yield part["component"]
        elif part["type"] == ACTION_ROW:
            yield from part["components"]
        else:
            yield part


def _unique(value: str, seen: set[str]) -> None:
    if value in seen:
        raise refuse(f"{value!r} occurs twice")
    seen.add(value)

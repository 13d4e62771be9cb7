"""Plays a person on the local Discord: commands, menus, buttons, choices, forms, messages, edits, reactions.

Does only what the platform's own app would let a person do: a button must be there, a command registered, an option
valid, a form filled within its limits.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from tests.platforms.discord.interactions import (
    ANSWER_WITHIN,
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    DEFER,
    DEFER_UPDATE,
    MODAL_SUBMIT,
    Interaction,
)
from tests.platforms.discord.rules import MIB, OPTION_TYPES, SELECT, TEXT_INPUT, File, Json, inputs
from tests.platforms.discord.server import LocalDiscord
from tests.platforms.discord.world import Channel, Message, User


class Player:
    """One person."""

    def __init__(self, server: LocalDiscord, user: User) -> None:
        self._server = server
        self.user = user

    async def slash(self, channel: Channel, command: str, /, **options: str | float | File) -> Interaction:
        """Use a slash command and wait for the bot's first answer."""
        return await self.slash_at_once(channel, command, options, answered=True)

    async def slash_at_once(
        self, channel: Channel, command: str, options: Mapping[str, str | float | File], *, answered: bool = False
    ) -> Interaction:
        """The same, without waiting."""
        known = self._command(1, command)
        given = [self._option(known, name, value) for name, value in options.items()]
        missing = {each["name"] for each in known.get("options", []) if each.get("required")} - set(options)
        assert not missing, f"/{command} needs {missing}"
        attached = {meta["id"]: meta for meta, _ in self._server.uploads}
        resolved = {
            "attachments": {each["value"]: attached[each["value"]] for each in given if each["value"] in attached}
        }
        data: Json = {"id": known["id"], "name": command, "type": 1, "options": given, "resolved": resolved}
        return await self._do(self._begin(COMMAND, channel), data, answered=answered)

    async def complete(self, channel: Channel, command: str, option: str, typed: str) -> list[str]:
        """What the bot offers while an option is typed."""
        known = self._command(1, command)
        about = next(each for each in known["options"] if each["name"] == option)
        assert about.get("autocomplete"), f"{option} is not completed by the bot"
        typing = {"name": option, "type": about["type"], "value": typed, "focused": True}
        data: Json = {"id": known["id"], "name": command, "type": 1, "options": [typing]}
        done = await self._do(self._begin(AUTOCOMPLETE, channel), data)
        return [choice["name"] for choice in done.choices]

    async def menu(self, message: Message, name: str) -> Interaction:
        """Use a message's context menu."""
        known = self._command(3, name)
        resolved = {"messages": {str(message.id): message.json()}}
        data = {"id": known["id"], "name": name, "type": 3, "target_id": str(message.id), "resolved": resolved}
        return await self._do(self._begin(COMMAND, message.channel), data)

    async def person_menu(self, channel: Channel, person: User, name: str) -> Interaction:
        """Use a person's context menu."""
        known = self._command(2, name)
        resolved = {"users": {str(person.id): person.json()}}
        data = {"id": known["id"], "name": name, "type": 2, "target_id": str(person.id), "resolved": resolved}
        return await self._do(self._begin(COMMAND, channel), data)

    async def press(self, message: Message, label: str, *, answered: bool = True) -> Interaction:
        """Press the button that says ``label``."""
        self._sees(message)
        found = [part for part in message.buttons if part.get("label") == label]
        assert found, f"no button says {label!r}: {message.labels()}"
        data: Json = {"custom_id": found[0]["custom_id"], "component_type": 2}
        return await self._do(self._begin(COMPONENT, message.channel, message), data, answered=answered)

    async def choose(self, message: Message, label: str) -> Interaction:
        """Choose the option that says ``label`` in a select menu."""
        self._sees(message)
        menus = [part for part in message.buttons if part["type"] == SELECT]
        found = [(menu, option) for menu in menus for option in menu["options"] if option["label"] == label]
        assert found, f"no option says {label!r}"
        menu, option = found[0]
        data: Json = {"custom_id": menu["custom_id"], "component_type": SELECT, "values": [option["value"]]}
        return await self._do(self._begin(COMPONENT, message.channel, message), data)

    async def submit(self, opened: Interaction, **values: str | tuple[str, ...]) -> Interaction:
        """Send the form that ``opened`` showed, with ``values`` in place of what stood in it, by the inputs' labels
        or ids; several of a menu's options are a tuple."""
        modal = opened.modal
        assert modal is not None, f"no form was opened: {opened}"
        left = dict(values)
        components = [self._filled(part, left) for part in modal["components"] if part["type"] == 18]
        assert not left, f"the form has no {list(left)}"
        begun = self._begin(MODAL_SUBMIT, opened.channel, opened.message)
        return await self._do(begun, {"custom_id": modal["custom_id"], "components": components})

    def _filled(self, part: Json, values: dict[str, str | tuple[str, ...]]) -> Json:
        inner = part["component"]
        name = next((each for each in (inner["custom_id"], part["label"]) if each in values), None)
        if inner["type"] == TEXT_INPUT:
            text = str(values.pop(name)) if name else inner.get("value") or ""
            assert text or not inner.get("required", True), f"{part['label']} must be filled"
            assert len(text) <= (inner.get("max_length") or 4000)
            shown = {"type": TEXT_INPUT, "custom_id": inner["custom_id"], "value": text}
        else:
            standing = [option["value"] for option in inner["options"] if option.get("default")]
            given = values.pop(name) if name else ()
            labels = (given,) if isinstance(given, str) else given
            chosen = [self._value(inner, each) for each in labels] if name else standing
            least = inner.get("min_values", 1) if inner.get("required", True) else 0
            assert least <= len(chosen) <= inner.get("max_values", 1), f"{part['label']}: {chosen}"
            shown = {"type": SELECT, "custom_id": inner["custom_id"], "values": chosen}
        return {"type": 18, "id": 1, "component": shown}

    def _value(self, menu: Json, label: str) -> str:
        found = [str(option["value"]) for option in menu["options"] if label in {option["label"], option["value"]}]
        assert found, f"{label!r} is not offered: {[option['label'] for option in menu['options']]}"
        return found[0]

    async def say(
        self, channel: Channel, text: str, *, reply_to: Message | None = None, extra: Json | None = None
    ) -> Message:
        """Write a message, perhaps with more fields."""
        message = Message(
            self._server.world.snowflake(), channel, self.user, text, reference=reply_to, extra=extra or {}
        )
        message.mentions = [user for user in self._server.world.users.values() if f"<@{user.id}>" in text]
        if reply_to is not None:
            message.mentions.append(reply_to.author)
        if channel.is_thread:
            await self._server.posting.open(channel)
        await self._server.posting.publish(message)
        return message

    async def bring(
        self, channel: Channel, name: str, content: bytes, text: str = "", *more: tuple[str, bytes], kind: str = ""
    ) -> Message:
        """Write a message with files; ``kind`` is what the platform takes them for."""
        files = [self._attached(File(*each), kind) for each in ((name, content), *more)]
        message = Message(self._server.world.snowflake(), channel, self.user, text, files=files)
        message.mentions = [user for user in self._server.world.users.values() if f"<@{user.id}>" in text]
        await self._server.posting.publish(message)
        return message

    def _attached(self, file: File, kind: str) -> tuple[Json, File]:
        number = self._server.world.snowflake()
        url = f"{self._server.api_url}/attachments/{number}"
        meta: Json = {"id": str(number), "filename": file.name, "size": len(file.content)}
        return meta | {"url": url, "proxy_url": url} | ({"content_type": kind} if kind else {}), file

    async def forward(self, message: Message, channel: Channel) -> Message:
        """Forward a message: the new one has no words and no files of its own."""
        sent = Message(self._server.world.snowflake(), channel, self.user, forwarded=message)
        await self._server.posting.publish(sent)
        return sent

    async def rewrite(self, message: Message, text: str) -> None:
        """Edit an own message."""
        assert message.author is self.user
        message.content, message.edited = text, datetime.now(UTC).isoformat()
        await self._server.posting._tell("MESSAGE_UPDATE", message)

    async def delete(self, message: Message) -> None:
        """Delete a message."""
        await self._server.posting.remove(message)

    async def lock(self, thread: Channel) -> None:
        """Lock a thread, as whoever manages them may."""
        thread.locked = True
        await self._server.posting._dispatch("THREAD_UPDATE", thread.json(), thread)

    async def react(self, message: Message, emoji: str) -> None:
        """React to a message."""
        data: Json = {
            "user_id": str(self.user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "type": 0,
            "burst": False,
        }
        await self._server.posting._dispatch("MESSAGE_REACTION_ADD", data, message.channel)

    def _sees(self, message: Message) -> None:
        assert not message.deleted, "the message is gone"
        assert not message.ephemeral or message.nonce is None

    def _command(self, kind: int, name: str) -> Json:
        found = [each for each in self._server.commands if each["type"] == kind and each["name"] == name]
        assert found, f"no command {name!r}: {[each['name'] for each in self._server.commands]}"
        return found[0]

    def _option(self, command: Json, name: str, value: str | float | File) -> Json:
        known = next((each for each in command.get("options", []) if each["name"] == name), None)
        assert known is not None, f"/{command['name']} has no option {name}"
        assert isinstance(value, OPTION_TYPES[known["type"]]), f"{name}: {value!r}"
        if isinstance(value, File):
            self._server.uploads.append(self._attached(value, ""))
            value = str(self._server.uploads[-1][0]["id"])
        if known.get("choices"):
            by_name = {choice["name"]: choice["value"] for choice in known["choices"]}
            value = by_name.get(str(value), value)
            assert value in by_name.values(), f"{name}: {value!r} is not one of {list(by_name)}"
        if isinstance(value, str):
            assert len(value) <= known.get("max_length", 6000)
        elif "max_value" in known:
            assert known.get("min_value", 0) <= value <= known["max_value"]
        return {"name": name, "type": known["type"], "value": value}

    def _begin(self, kind: int, channel: Channel, message: Message | None = None) -> Interaction:
        begun = Interaction(
            self._server.world.snowflake(), secrets.token_hex(12), kind, self.user, channel, self._server.now(), message
        )
        self._server.interactions[begun.token] = begun
        return begun

    async def _do(self, begun: Interaction, data: Json, *, answered: bool = True) -> Interaction:
        await self._server.gateway.dispatch("INTERACTION_CREATE", self._event(begun, data), begun.channel.guild)
        if not answered:
            return begun
        try:
            async with asyncio.timeout(ANSWER_WITHIN + 0.5):
                await begun.news.wait()
        except TimeoutError:
            self._server.violations.append(f"no answer within 3 s to {data}")
        return begun

    def _event(self, begun: Interaction, data: Json) -> Json:
        channel, guild = begun.channel, begun.channel.guild
        event: Json = {
            "id": str(begun.id),
            "application_id": str(self._server.world.bot.id),
            "type": begun.kind,
            "data": data,
            "token": begun.token,
            "version": 1,
            "locale": self.user.locale,
            "entitlements": [],
            "channel_id": str(channel.id),
            "channel": channel.json(),
            "attachment_size_limit": guild.file_limit if guild else 10 * MIB,
            "app_permissions": str(channel.bot_rights()),
            "context": 0 if guild else 1,
            "authorizing_integration_owners": {"1": str(self.user.id)},
        }
        if guild is not None:
            event["guild_id"] = str(guild.id)
            event["guild"] = {"id": str(guild.id), "locale": "en-US", "features": []}
            event["guild_locale"] = "en-US"
            event["member"] = guild.member(self.user)
            if guild.bot_rights is not None:
                event["authorizing_integration_owners"] = {"0": str(guild.id)}
        else:
            event["user"] = self.user.json()
        if begun.message is not None:
            event["message"] = begun.message.json()
        return event


async def finished(interaction: Interaction) -> Message:
    """The message that answers an interaction, also after it was put off."""
    async with asyncio.timeout(30):
        while interaction.shown is None:
            interaction.news.clear()
            await interaction.news.wait()
    return interaction.shown


def put_off(interaction: Interaction) -> bool:
    """Whether the answer was only an acknowledgement."""
    return interaction.answer in {DEFER, DEFER_UPDATE}


def form_labels(interaction: Interaction) -> list[str]:
    """The labels of the form an interaction opened."""
    assert interaction.modal is not None
    return [part["label"] for part in interaction.modal["components"]]


def form_values(interaction: Interaction) -> dict[str, str]:
    """What stands in the form an interaction opened, by the inputs' ids."""
    assert interaction.modal is not None
    found: dict[str, str] = {}
    for inner in inputs(interaction.modal["components"]):
        if inner["type"] == TEXT_INPUT:
            found[inner["custom_id"]] = inner.get("value") or ""
        else:
            found[inner["custom_id"]] = next((each["value"] for each in inner["options"] if each.get("default")), "")
    return found


def plain(text: str) -> str:
    """A message's words without the markup of small print and escapes."""
    return re.sub(r"\\(.)", r"\1", re.sub(r"^-# ", "", text, flags=re.MULTILINE))

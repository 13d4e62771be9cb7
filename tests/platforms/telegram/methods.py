"""The Bot API's methods, as far as the bot may want them, on a local world. Refusals are worded as Telegram's are."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.platforms.telegram import rules
from tests.platforms.telegram.rules import ApiError, bad
from tests.platforms.telegram.world import Chat, File, Json, Message

if TYPE_CHECKING:  # the server makes the methods
    from tests.platforms.telegram.server import LocalTelegram


@dataclass(frozen=True)
class Request:
    """A call's values: strings, and files as (name, content)."""

    method: str
    values: dict[str, Any]

    def text(self, name: str) -> str:
        return str(self.values.get(name, ""))

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        return int(value) if value is not None else None

    def json(self, name: str) -> Any:  # noqa: ANN401 - whatever it holds
        value = self.values.get(name)
        return json.loads(value) if value else None

    def file(self, reference: str) -> tuple[str, bytes]:
        """An upload: ``attach://name``, or the part of that name itself."""
        part = self.values.get(reference.removeprefix("attach://"))
        if not isinstance(part, tuple):
            raise bad("wrong file identifier/HTTP URL specified")
        return part


class Methods:
    """Calls by name."""

    def __init__(self, server: LocalTelegram) -> None:
        self._server = server
        self._world = server.world
        self._albums = 0

    async def call(self, method: str, request: Request) -> Any:  # noqa: ANN401 - the result's JSON
        kind = method[0].upper() + method[1:]
        name = "".join(f"_{each.lower()}" if each.isupper() else each for each in kind)
        found: Callable[[Request], Awaitable[Any]] = getattr(self, name)
        return await found(request)

    async def _get_me(self, _: Request) -> Json:
        return self._world.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self._server.privacy,
            "supports_inline_queries": False,
        }

    async def _get_updates(self, request: Request) -> list[Json]:
        return await self._server.take_updates(request.number("offset") or 0, float(request.text("timeout") or 0))

    async def _set_webhook(self, request: Request) -> bool:
        self._server.webhook.url = request.text("url")
        self._server.webhook.secret = request.text("secret_token")
        return True

    async def _delete_webhook(self, _: Request) -> bool:
        self._server.webhook.url = ""
        return True

    async def _set_my_commands(self, request: Request) -> bool:
        commands = request.json("commands")
        for each in commands:
            if not 1 <= len(each["command"]) <= 32 or not 1 <= len(each["description"]) <= 256:
                raise bad("BOT_COMMAND_INVALID")
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        self._server.commands[request.text("language_code")] = commands
        return True

    async def _send_message(self, request: Request) -> Json:
        return self._sent(request, [(rules.check_text(request.text("text")), None)])[0]

    async def _send_photo(self, request: Request) -> Json:
        return self._sent(request, [(rules.check_caption(request.text("caption")), self._file(request, "photo"))])[0]

    async def _send_document(self, request: Request) -> Json:
        file = self._file(request, "document")
        return self._sent(request, [(rules.check_caption(request.text("caption")), file)])[0]

    async def _send_media_group(self, request: Request) -> list[Json]:
        media = request.json("media")
        if not 2 <= len(media) <= 10:
            raise bad("an album holds 2 to 10 files")
        if len({each["type"] for each in media}) > 1:
            raise bad("documents and photos do not mix")
        parts = [
            (rules.check_caption(each.get("caption", "")), self._uploaded(request, each["type"], each["media"]))
            for each in media
        ]
        return self._sent(request, parts)

    async def _send_chat_action(self, request: Request) -> bool:
        self._chat(request)
        return True

    async def _edit_message_text(self, request: Request) -> Json:
        message = self._own(request)
        if message.file is not None:
            raise bad("there is no text in the message to edit", routine=True)
        return self._edited(request, message, rules.check_text(request.text("text")), None)

    async def _edit_message_caption(self, request: Request) -> Json:
        message = self._own(request)
        if message.file is None:
            raise bad("there is no caption in the message to edit")
        return self._edited(request, message, rules.check_caption(request.text("caption")), message.file)

    async def _edit_message_media(self, request: Request) -> Json:
        message = self._own(request)
        media = request.json("media")
        caption = rules.check_caption(media.get("caption", ""))
        return self._edited(request, message, caption, self._uploaded(request, media["type"], media["media"]))

    async def _edit_message_reply_markup(self, request: Request) -> Json:
        message = self._own(request)
        return self._edited(request, message, message.text, message.file)

    async def _delete_message(self, request: Request) -> bool:
        message = self._own(request, "message to delete not found")
        message.deleted = True
        return True

    async def _answer_callback_query(self, request: Request) -> bool:
        query = self._server.queries.get(request.text("callback_query_id"))
        text = request.text("text")
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        late = query is not None and self._server.pace.now() - query.at > 15 * self._server.pace.speed
        if query is None or late:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if query.answered:
            raise bad("the query has been answered already")
        query.answered, query.text, query.alert = True, text or None, request.text("show_alert") == "true"
        return True

    async def _get_chat_administrators(self, request: Request) -> list[Json]:
        chat = self._chat(request)
        if not chat.is_group:
            raise bad("there are no administrators in the private chat")
        return [_administrator(self._world.users[each].json()) for each in sorted(chat.admins)]

    async def _get_file(self, request: Request) -> Json:
        file = self._world.files.get(request.text("file_id"))
        if file is None:
            raise bad("invalid file_id")
        if len(file.content) > rules.LARGEST_DOWNLOAD:
            raise bad("file is too big")
        return {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_path": file.id}

    def _chat(self, request: Request) -> Chat:
        chat = self._world.chats.get(request.number("chat_id") or 0)
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, routine=True, migrate_to_chat_id=chat.migrated_to)
        if not chat.is_group and self._world.users[chat.id].blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user", routine=True)
        if not chat.is_group and not self._world.users[chat.id].started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if not chat.bot_here:
            raise ApiError(403, f"Forbidden: bot was kicked from the {chat.type} chat", routine=True)
        topic = request.number("message_thread_id")
        if topic is not None and topic not in chat.topics:
            raise bad("message thread not found", routine=topic in chat.closed)
        if topic in chat.closed:
            raise bad("TOPIC_CLOSED", routine=True)
        return chat

    def _file(self, request: Request, kind: str) -> File:
        value = request.values.get(kind)
        return self._uploaded(request, kind, value if isinstance(value, str) else kind)

    def _uploaded(self, request: Request, kind: str, reference: str) -> File:
        known = self._world.files.get(reference)
        if known is not None:
            return known
        name, content = request.file(reference)
        rules.check_file(content)
        if kind == "photo":
            rules.check_photo(content)
        return self._world.add_file(kind, name, content)

    def _sent(self, request: Request, parts: Sequence[tuple[str, File | None]]) -> list[Json]:
        chat = self._chat(request)
        markup = request.json("reply_markup")
        rules.check_markup(markup, private=not chat.is_group)
        self._server.pace.take(chat.id, edit=False, count=len(parts))
        for _, file in parts:
            _check_kind(chat, file)
        self._albums += 1
        return [
            self._world.add(
                chat,
                self._world.bot,
                text,
                file=file,
                topic=request.number("message_thread_id"),
                reply_to=self._replied(request, chat),
                markup=markup,
                album=f"album{self._albums}" if len(parts) > 1 else "",
                entities=_marks(request, text),
            ).json()
            for text, file in parts
        ]

    def _replied(self, request: Request, chat: Chat) -> Message | None:
        parameters = request.json("reply_parameters")
        if parameters is None:
            return None
        found = chat.messages.get(parameters["message_id"])
        if (found is None or found.deleted) and not parameters.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        if found is not None and found.topic != request.number("message_thread_id") and chat.forum:
            raise bad("a reply into another topic")
        return found

    def _own(self, request: Request, gone: str = "message to edit not found") -> Message:
        chat = self._chat(request)
        message = chat.messages.get(request.number("message_id") or 0)
        if message is None or message.deleted:
            raise bad(gone, routine=True)
        if message.sender is not self._world.bot:
            raise bad("message can't be edited", routine=True)
        return message

    def _edited(self, request: Request, message: Message, text: str, file: File | None) -> Json:
        markup = request.json("reply_markup")
        rules.check_markup(markup, private=not message.chat.is_group)
        if markup is not None and "inline_keyboard" not in markup:
            raise bad("only an inline keyboard can be edited")
        if message.album and markup:
            raise bad("an album has no keyboard")
        same_file = file is message.file or (file and message.file and file.content == message.file.content)
        if text == message.text and same_file and markup == message.markup:
            raise bad("message is not modified: new content and reply markup are the same", routine=True)
        self._server.pace.take(message.chat.id, edit=True)
        _check_kind(message.chat, file)
        message.text, message.file, message.markup, message.edited = text, file, markup, time.time()
        message.entities = _marks(request, text)
        message.versions.append((time.monotonic(), text, file.kind if file is not None else "text"))
        return message.json()


def _check_kind(chat: Chat, file: File | None) -> None:
    """Whether the chat allows this kind of message."""
    kind = file.kind if file is not None else "text message"
    if kind in chat.forbidden:
        raise bad(f"not enough rights to send {kind}s to the chat", routine=True)


def _marks(request: Request, text: str) -> list[Json]:
    """How the text or caption of a message is marked; of an album nothing is."""
    media = request.json("media")
    beside = media.get("caption_entities") if isinstance(media, dict) else None
    found: list[Json] = request.json("entities") or request.json("caption_entities") or beside or []
    rules.check_entities(text, found)
    return found


def _administrator(user: Json) -> Json:
    rights = [
        "can_be_edited",
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
    ]
    return {"status": "administrator", "user": user} | dict.fromkeys(rights, False)

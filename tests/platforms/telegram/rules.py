"""Telegram's rules: what a request may hold, and how many there may be. A broken rule is an :class:`ApiError`."""

from __future__ import annotations

import io
import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from tests.platforms.telegram.world import Json, units

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_DATA = 64
LARGEST_PHOTO = 10 * 2**20
LARGEST_FILE = 50 * 2**20
LARGEST_DOWNLOAD = 20 * 2**20

_COMMON = {"chat_id", "message_thread_id", "reply_parameters", "reply_markup", "disable_notification"}
_TARGET = {"chat_id", "message_id", "reply_markup"}
PARAMETERS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "max_connections", "drop_pending_updates"},
    "deleteWebhook": {"drop_pending_updates"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "sendMessage": _COMMON | {"text", "entities", "link_preview_options"},
    "sendPhoto": _COMMON | {"photo", "caption", "caption_entities"},
    "sendDocument": _COMMON | {"document", "caption", "caption_entities", "disable_content_type_detection"},
    "sendMediaGroup": _COMMON - {"reply_markup"} | {"media"},
    "sendChatAction": {"chat_id", "message_thread_id", "action"},
    "editMessageText": _TARGET | {"text", "entities", "link_preview_options"},
    "editMessageCaption": _TARGET | {"caption", "caption_entities"},
    "editMessageMedia": _TARGET | {"media"},
    "editMessageReplyMarkup": _TARGET,
    "deleteMessage": {"chat_id", "message_id"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert"},
    "getChatAdministrators": {"chat_id"},
    "getChatMember": {"chat_id", "user_id"},
    "leaveChat": {"chat_id"},
    "getFile": {"file_id"},
}


class ApiError(Exception):
    """A refusal. ``routine`` ones the world brings about; any other is the bot's own fault."""

    def __init__(self, code: int, description: str, *, routine: bool = False, **parameters: float) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.routine = routine
        self.parameters = parameters


def bad(description: str, *, routine: bool = False) -> ApiError:
    return ApiError(400, f"Bad Request: {description}", routine=routine)


def check_text(text: str) -> str:
    if not text.strip():
        raise bad("message text is empty")
    if units(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return text


def check_caption(text: str) -> str:
    if units(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return text


def check_entities(text: str, entities: list[Json]) -> None:
    for each in entities:
        if each["offset"] < 0 or each["length"] < 1 or each["offset"] + each["length"] > units(text):
            raise bad("entity beyond the text")


def check_markup(markup: Json | None, *, private: bool) -> None:
    rows = (markup or {}).get("inline_keyboard", [])
    if any(len(row) > 8 or not row for row in rows) or sum(map(len, rows)) > 100:
        raise bad("reply markup has too many buttons")
    for button in (button for row in rows for button in row):
        if not button.get("text") or units(button["text"]) > 64:
            raise bad("BUTTON_TEXT_INVALID")
        data = button.get("callback_data")
        if data is not None and not 1 <= len(data.encode()) <= LONGEST_DATA:
            raise bad("BUTTON_DATA_INVALID")
        app = button.get("web_app")
        if app is not None and not (private and app["url"].startswith("https://")):
            raise bad("BUTTON_TYPE_INVALID")
    if rows and (markup or {}).get("force_reply"):
        raise bad("a message cannot have a keyboard and force a reply")


def check_photo(content: bytes) -> None:
    if len(content) > LARGEST_PHOTO:
        raise bad("file is too big")
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
    except UnidentifiedImageError:
        raise bad("IMAGE_PROCESS_FAILED") from None
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def check_file(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise ApiError(413, "Request Entity Too Large")
    if not content:
        raise bad("file must be non-empty")


def read(value: str | None) -> Json | None:
    return json.loads(value) if value else None


@dataclass
class Pace:
    """How much is borne: messages a second for each chat (after a small burst) and in all; in groups also 20 a minute
    and 4 seconds between edits. ``speed`` lets time pass faster for tests."""

    speed: float = 1.0
    burst: int = 3
    edit_gap: float = 3.8

    def __post_init__(self) -> None:
        self._sent: defaultdict[int, deque[float]] = defaultdict(deque)
        self._minute: defaultdict[int, deque[float]] = defaultdict(deque)
        self._all: deque[float] = deque()
        self._edited: dict[int, float] = {}
        self._shut: dict[int, float] = {}

    def now(self) -> float:
        return time.monotonic() * self.speed

    def take(self, chat: int, *, edit: bool, count: int = 1) -> None:
        """Count a request.

        Raises:
            ApiError: 429 if it is one too many.
        """
        now = self.now()
        group = chat < 0
        self._refuse_until(self._shut.get(chat, 0.0), now)
        if edit and chat in self._edited:
            gap = self.edit_gap if group else 0.9
            self._refuse_until(self._edited[chat] + gap, now)
        if not edit:
            self._refuse_until(_free(self._sent[chat], now, self.burst, float(self.burst)), now)
        if group:
            self._refuse_until(_free(self._minute[chat], now, 20 - count + 1, 60.0), now)
        self._refuse_until(_free(self._all, now, 30, 1.0), now)
        self._all.append(now)
        self._minute[chat].extend([now] * count)
        if edit:
            self._edited[chat] = now
        else:
            self._sent[chat].append(now)

    def shut(self, chat: int, seconds: float) -> None:
        """Refuse everything for a while."""
        self._shut[chat] = self.now() + seconds

    def _refuse_until(self, moment: float, now: float) -> None:
        if moment > now:
            wait = (moment - now) / self.speed
            raise ApiError(429, f"Too Many Requests: retry after {wait:.3f}", retry_after=round(wait, 3) or 0.001)


def _free(times: deque[float], now: float, limit: int, seconds: float) -> float:
    """When the next one may come."""
    while times and times[0] <= now - seconds:
        times.popleft()
    return times[len(times) - limit] + seconds if len(times) >= limit else 0.0

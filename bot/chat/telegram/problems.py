"""What an error of Telegram's means for the bot. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

_GONE_PLACE = (
    "chat not found",
    "user is deactivated",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "need administrator rights",
    "peer_id_invalid",
)
_GONE_MESSAGE = ("message to edit not found", "message can't be edited", "message_id_invalid", "message not found")
_FORBIDDEN_KIND = re.compile(r"not enough rights to send \w+|chat_send_\w+_forbidden")
_ABOUT_TOPIC = re.compile(r"topic|thread|forum", re.IGNORECASE)
"""What every refusal of a topic has in it, whatever its words."""
_CODE = re.compile(r"\((4\d\d)\)$")
"""How the library ends what it has no class for: with the status of the answer."""

_NEVER_LEFT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks the bot to wait."""
    rest = error.retry_after
    return rest.total_seconds() if isinstance(rest, timedelta) else float(rest)


def is_unchanged(error: TelegramError) -> bool:
    """Whether the message says already what it was to say."""
    return isinstance(error, BadRequest) and "message is not modified" in error.message.lower()


def is_place_gone(error: TelegramError) -> bool:
    """Whether the bot cannot write there any more: removed, blocked, closed."""
    if is_forbidden_kind(error):
        return False
    return isinstance(error, Forbidden) or (isinstance(error, BadRequest) and _says(error, _GONE_PLACE))


def is_forbidden_kind(error: TelegramError) -> bool:
    """Whether the chat allows the bot no messages of this kind: no photos, no files, no words."""
    return _FORBIDDEN_KIND.search(error.message.lower()) is not None


def is_topic_gone(error: TelegramError) -> bool:
    """Whether the bot cannot write in the topic."""
    return isinstance(error, BadRequest) and _ABOUT_TOPIC.search(error.message) is not None


def is_refusal(error: TelegramError) -> bool:
    """Whether Telegram will never take this message as it is, although another one might arrive."""
    if is_forbidden_kind(error):
        return True
    if any(other(error) for other in (is_unchanged, is_place_gone, is_message_gone, has_no_text)):
        return False
    return isinstance(error, BadRequest) or _has_status_of_refusal(error)


def _has_status_of_refusal(error: TelegramError) -> bool:
    if not isinstance(error, NetworkError):
        return False
    found = _CODE.search(error.message)
    return _says(error, ("request entity too large",)) or (found is not None and found[1] != "429")


def is_message_gone(error: TelegramError) -> bool:
    """Whether the message that was to be edited is not there any more."""
    return isinstance(error, BadRequest) and _says(error, _GONE_MESSAGE)


def has_no_text(error: TelegramError) -> bool:
    """Whether the message is a picture, whose words are a caption."""
    return isinstance(error, BadRequest) and "there is no text in the message" in error.message.lower()


def is_passing(error: TelegramError) -> bool:
    """Whether trying again may help: the server failed or the network did."""
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest) and not _has_status_of_refusal(error)


def may_have_arrived(error: TelegramError) -> bool:
    """Whether the request may have been carried out all the same: only its answer was lost."""
    if not is_passing(error) or isinstance(error, RetryAfter):
        return False
    if type(error.__cause__).__name__ in _NEVER_LEFT:
        return False
    return isinstance(error, TimedOut) or error.__cause__ is not None


def _says(error: TelegramError, sentences: tuple[str, ...]) -> bool:
    message = error.message.lower()
    return any(sentence in message for sentence in sentences)

"""What an error of Telegram's means for the bot. Pure."""

from __future__ import annotations

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
    return isinstance(error, Forbidden) or (isinstance(error, BadRequest) and _says(error, _GONE_PLACE))


def is_message_gone(error: TelegramError) -> bool:
    """Whether the message that was to be edited is not there any more."""
    return isinstance(error, BadRequest) and _says(error, _GONE_MESSAGE)


def has_no_text(error: TelegramError) -> bool:
    """Whether the message is a picture, whose words are a caption."""
    return isinstance(error, BadRequest) and "there is no text in the message" in error.message.lower()


def is_passing(error: TelegramError) -> bool:
    """Whether trying again may help: the server failed or the network did."""
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


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

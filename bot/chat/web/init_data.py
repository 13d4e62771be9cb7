"""What Telegram tells a Mini App of whoever opened it, and whether it is true.

The text comes from the person's own device, signed by Telegram with the bot's token (core.telegram.org/bots/webapps,
"Validating data received via the Mini App"): it is theirs, of this bot, and not older than a link. Text that has
opened one link opens no other. Knows no page and no bot.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bot.chat.web.board_links import LINK_MINUTES, LinkExpiredError, NotTheirsError
from bot.chat.web.first_use import FirstUse

LONGEST = 8_000
"""Characters; Telegram's are a few hundred."""

_AHEAD = 60
"""Seconds by which Telegram's clock may be before this one."""


@dataclass(frozen=True)
class Opener:
    """Whoever opened an app: the person's id and name, what a direct link started it with, and the text's signature."""

    id: str
    name: str
    start: str
    hash: str


class InitData:
    """Checks such texts for one bot. Remembers which link each has opened."""

    def __init__(self, token: str, minutes: float = LINK_MINUTES, now: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
        self._seconds = 60 * minutes
        self._now = now
        self._opened = FirstUse(self._seconds + _AHEAD, now)

    def opened_by(self, text: str) -> Opener:
        """Who has just opened an app, as Telegram says.

        Raises:
            LinkExpiredError: if they opened it too long ago.
            NotTheirsError: if it is not signed for this bot.
        """
        fields = self._signed(text)
        since = self._now() - _whole(fields.get("auth_date"))
        if since > self._seconds:
            raise LinkExpiredError("opened too long ago")
        if since < -_AHEAD:
            raise NotTheirsError("opened in the future")
        return _opener(fields)

    def check(self, text: str, person: str, link: str) -> Opener:
        """Who has just opened the app that ``link`` is for, where Telegram says that it is ``person``, by their id.

        Raises:
            LinkExpiredError: if they opened it too long ago.
            NotTheirsError: if it is not signed for this bot, is another person's, or has opened another link.
        """
        opener = self.opened_by(text)
        if opener.id != person:
            raise NotTheirsError("somebody else's")
        if not self._opened.by(opener.hash, link):
            raise NotTheirsError("used for another link")
        return opener

    def _signed(self, text: str) -> dict[str, str]:
        if len(text) > LONGEST:
            raise NotTheirsError("too long")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, encoding="utf-8", errors="strict")
        except ValueError:
            raise NotTheirsError("no fields") from None
        fields = dict(pairs)
        if len(fields) != len(pairs) or "hash" not in fields:
            raise NotTheirsError("no signature")
        lines = "\n".join(f"{name}={value}" for name, value in sorted(pairs) if name != "hash")
        right = hmac.digest(self._key, lines.encode(), hashlib.sha256).hex()
        if not hmac.compare_digest(right.encode(), fields["hash"].encode()):
            raise NotTheirsError("another signature")
        return fields


def _whole(text: str | None) -> int:
    if text is None or not text.isdecimal() or len(text) > 12:
        raise NotTheirsError("no time")
    return int(text)


def _opener(fields: dict[str, str]) -> Opener:
    try:
        user = json.loads(fields.get("user", ""))
    except (ValueError, RecursionError):
        raise NotTheirsError("nobody") from None
    found = user.get("id") if isinstance(user, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise NotTheirsError("nobody")
    names = " ".join(str(user[part]) for part in ("first_name", "last_name") if user.get(part))
    return Opener(str(found), names, fields.get("start_param", ""), fields["hash"])

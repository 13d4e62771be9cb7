"""Who is logged in: a signed cookie, good until it is too old or the person's password changes. No memory is needed.

Knows accounts; knows no page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import time
from collections.abc import Callable
from pathlib import Path

from bot.chat.web.accounts import Accounts

COOKIE = "omost"
_LONGEST = 512


def session_key(path: Path) -> bytes:
    """The key that cookies are signed with, made where there is none yet, for its owner's eyes alone."""
    try:
        key = path.read_bytes()
        if len(key) == 32:
            return key
    except FileNotFoundError:
        pass
    key = os.urandom(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key)
    return key


class Sessions:
    """Makes cookies and reads them."""

    def __init__(self, key: bytes, accounts: Accounts, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._accounts = accounts
        self.seconds = seconds
        self._clock = clock

    def cookie_for(self, name: str) -> str:
        """What somebody's browser is to bring from now on."""
        ends = int(self._clock() + self.seconds)
        said = f"{name}|{ends}"
        return base64.urlsafe_b64encode(f"{said}|{self._signature(said, name)}".encode()).decode()

    def name_in(self, cookie: str) -> str | None:
        """Who is logged in with this cookie; None for one that is forged, too old, or of an earlier password."""
        if not cookie or len(cookie) > _LONGEST:
            return None
        try:
            name, ends, signature = base64.urlsafe_b64decode(cookie.encode()).decode().split("|")
            alive = int(ends) > self._clock()
        except (ValueError, binascii.Error, UnicodeError):
            return None
        expected = self._signature(f"{name}|{ends}", name)
        return name if expected and hmac.compare_digest(expected, signature) and alive else None

    def _signature(self, said: str, name: str) -> str:
        """Empty for nobody's name."""
        secret = self._accounts.secret_of(name)
        if secret is None:
            return ""
        return hmac.new(self._key, said.encode() + b"|" + secret, hashlib.sha256).hexdigest()

"""Accounts of the web chat: a file with a line for each person, ``name:scrypt:salt:hash``, and who guesses too often.

Knows no page. Passwords are never kept; the file is read again when it has changed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.chat.shared.recent import Recent
from bot.errors import ChatError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_LINE = re.compile(rf"({_NAME.pattern}):scrypt:([0-9a-f]{{32}}):([0-9a-f]{{64}})")
_N, _R, _P = 2**14, 8, 1
"""scrypt's costs: 16 MiB and some hundredths of a second."""

LONGEST_PASSWORD = 1024
SHORTEST_PASSWORD = 8


class AccountsError(ChatError):
    """The file of accounts cannot be used; names it and the line."""


def is_name(text: str) -> bool:
    """Whether somebody may be called so."""
    return _NAME.fullmatch(text) is not None


def line_for(name: str, password: str) -> str:
    """A person's line in the file."""
    salt = secrets.token_bytes(16)
    return f"{name}:scrypt:{salt.hex()}:{_hash(password, salt).hex()}"


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=_N, r=_R, p=_P, dklen=32)


def with_line(text: str, name: str, line: str | None) -> str:
    """The file's text with somebody's line in place of an earlier one; None takes it out."""
    lines = [each for each in text.splitlines() if each.partition(":")[0] != name]
    return "".join(f"{each}\n" for each in (*lines, *([line] if line is not None else [])))


def write_accounts(path: Path, text: str) -> None:
    """Write the file whole, for its owner's eyes alone."""
    partial = path.with_name(f"{path.name}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


class Accounts:
    """Who may log in, by a file that may change at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._lines: Mapping[str, tuple[bytes, bytes]] = {}

    def read(self) -> None:
        """Read the file, if it is new.

        Raises:
            AccountsError: if it cannot be read, or a line of it is none.
        """
        try:
            stat = self._path.stat()
            if (stat.st_mtime_ns, stat.st_size) == self._seen:
                return
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AccountsError(
                f"the accounts of the web chat cannot be read from {self._path}; make some with "
                "`omost-bot account NAME`, or correct web.accounts"
            ) from error
        lines: dict[str, tuple[bytes, bytes]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = _LINE.fullmatch(line.strip())
            if found is None:
                raise AccountsError(
                    f"{self._path}, line {number}: this is no account; make it with `omost-bot account`"
                )
            lines[found[1]] = bytes.fromhex(found[2]), bytes.fromhex(found[3])
        self._seen, self._lines = (stat.st_mtime_ns, stat.st_size), lines

    def verify(self, name: str, password: str) -> bool:
        """Whether somebody has this password; takes its time, and as long for names that nobody has. Blocking."""
        self.read()
        salt, expected = self._lines.get(name, (b"\0" * 16, b""))
        return hmac.compare_digest(_hash(password[:LONGEST_PASSWORD], salt), expected) and name in self._lines

    def secret_of(self, name: str) -> bytes | None:
        """What changes whenever somebody's password does; None for nobody."""
        self.read()
        line = self._lines.get(name)
        return line[1] if line is not None else None


@dataclass(frozen=True)
class Patience:
    """So many wrong passwords in so many seconds are borne: for one account, and from one address."""

    account: int = 8
    address: int = 24
    seconds: float = 900.0


class Attempts:
    """Counts wrong passwords lately."""

    def __init__(self, patience: Patience | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience or Patience()
        self._clock = clock
        self._wrong: Recent[str, deque[float]] = Recent(20_000)

    def wait(self, name: str, address: str) -> float:
        """Seconds until another attempt is taken; 0 if one is now."""
        pairs = ((f"name {name}", self._patience.account), (f"at {address}", self._patience.address))
        return max(self._rest(key, most) for key, most in pairs)

    def wrong(self, name: str, address: str) -> None:
        """An attempt, before it is known to be right: so that many at once are counted, too."""
        for key in (f"name {name}", f"at {address}"):
            times = self._wrong.get(key, deque[float]())
            times.append(self._clock())
            self._wrong[key] = times

    def right(self, name: str, address: str) -> None:
        """It was right: the account's wrong ones are forgotten, and this one of the address's."""
        self._wrong.pop(f"name {name}", None)
        times = self._wrong.get(f"at {address}")
        if times:
            times.pop()

    def _rest(self, key: str, most: int) -> float:
        times, now = self._wrong.get(key, deque[float]()), self._clock()
        while times and times[0] <= now - self._patience.seconds:
            times.popleft()
        return times[-most] + self._patience.seconds - now if len(times) >= most else 0.0

"""What an examination of an installation says: one thing looked at, what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``WRONG`` keeps the bot from working; ``NOTE`` is worth knowing."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and what to do about it where something is to be done."""

    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""

"""How a glossary is written down and looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable


def entries(text: str) -> dict[str, str]:
    """``foreign = english`` for each entry between semicolons; several foreign ones stand with commas."""
    pairs = (entry.split("=") for entry in text.split(";"))
    return {foreign.strip(): english.strip() for said, english in pairs for foreign in said.split(",")}


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))

"""The table of what people can send, in ``docs/messages.md``: read back, to be held against what the bot does."""

from __future__ import annotations

import re
from pathlib import Path

_DOCS = Path(__file__).parents[2] / "docs" / "messages.md"

DRAWN = "drawn"
TOLD = "a friendly word"
NOTHING = "nothing"
NOT_THERE = "cannot come"


def rows(heading: str) -> dict[str, str]:
    """What is sent → what the bot does, as the section of that name says."""
    sections = re.split(r"^## ", _DOCS.read_text("utf-8"), flags=re.MULTILINE)
    section = next(each for each in sections if each.startswith(f"{heading}\n"))
    return {
        re.sub(r"^`(\w+)`$", r"\1", name): done
        for name, done in re.findall(r"^\| (.+?) +\| (.+?) +\|$", section, re.MULTILINE)
        if done != "the bot"
    }

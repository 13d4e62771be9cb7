"""Text cut to a length. Pure."""

from __future__ import annotations


def shortened(text: str, most: int) -> str:
    """A text on one line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"

"""Lengths of time as people say them. Pure."""

from __future__ import annotations

from bot.catalogues.text import Text


def duration(seconds: float) -> Text:
    """About how long, as people say it."""
    if seconds < 50:
        return Text("duration-short")
    minutes = max(1, round(seconds / 60))
    return (
        Text("duration-minutes", minutes=minutes) if minutes < 90 else Text("duration-hours", hours=round(minutes / 60))
    )

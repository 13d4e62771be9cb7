"""Databases that earlier versions filled."""

from pathlib import Path

OLDER = Path(__file__).parent / "older" / "0007.sql"
"""What the version before specs wrote: an ink drawing with options, edits, variations, a larger one, three cats."""

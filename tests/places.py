"""Where tests find what lies in the repository and beside it. Knows folders, nothing else."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The repository."""

TRANSCRIPTS = ROOT.parent / "shared" / "reference" / "transcripts"
"""Recorded conversations of a published model, where they lie beside the repository."""

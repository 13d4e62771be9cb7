"""By which picture an element's shapes are led: a kind, the picture's name, how strongly and until when, as one text.

``pose ab12cd-1``, or with a strength and the share of the steps: ``depth ab12cd-1 0.8 until 0.6``. Knows no model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

KINDS = ("pose", "depth", "lines", "edges", "scribble", "normal", "segments", "tile")
"""What a picture shows: a skeleton, nearness, white lines on black, anything whose edges are found first, coarse white
strokes on black, surfaces, areas of things, anything that is followed as it is."""

_TEXT = re.compile(r"(\w+)\s+(\S+)(?:\s+(\d+(?:[.,]\d+)?))?(?:\s+until\s+(\d+(?:[.,]\d+)?))?", re.IGNORECASE)
_STRONGEST = 2.0


@dataclass(frozen=True)
class Control:
    """What leads the shapes of an element, in the ``end`` share of the steps, those with most noise."""

    kind: str
    picture: str
    strength: float = 1.0
    end: float = 1.0

    def __str__(self) -> str:
        strength = f" {self.strength:g}" if self.strength != 1 else ""
        return f"{self.kind} {self.picture}{strength}" + (f" until {self.end:g}" if self.end != 1 else "")


def read_control(text: str) -> Control | None:
    """What a text asks for; None where it is none of this form."""
    found = _TEXT.fullmatch(" ".join(text.split()))
    if found is None or found[1].lower() not in KINDS:
        return None
    strength, end = (float(each.replace(",", ".")) if each else 1.0 for each in found.groups()[2:])
    if not (0 < strength <= _STRONGEST and 0 < end <= 1):
        return None
    return Control(found[1].lower(), found[2], strength, end)

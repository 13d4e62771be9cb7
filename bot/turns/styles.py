"""The styles a picture can be asked for by name: one table, and the words each adds to a request.

A style is an option of the words and not of the renderer, so it joins the others here. Knows no conversation and no
platform.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from omost_pipeline.renderer.option import Choice, DrawingOption, Kept, OptionKind
from omost_pipeline.renderer.spec import OPTIONS, SIZE


@dataclass(frozen=True)
class Style:
    """A style: what people see, and what the composer is told."""

    label: str
    words: str


STYLES: MappingProxyType[str, Style] = MappingProxyType(
    {
        "photo": Style("Photograph", "as a photograph with natural light and sharp focus"),
        "cinematic": Style("Film still", "as a film still with dramatic light"),
        "watercolor": Style("Watercolour", "as a watercolour with soft washes"),
        "oil": Style("Oil painting", "as an oil painting with visible brush strokes"),
        "ink": Style("Ink drawing", "as an ink drawing with bold black lines"),
        "pencil": Style("Pencil sketch", "as a pencil sketch on paper"),
        "comic": Style("Comic", "as a comic panel with clean outlines and flat colours"),
        "anime": Style("Anime", "in anime style with clean lines and bright colours"),
        "storybook": Style("Storybook", "as a warm storybook illustration"),
        "pixel": Style("Pixel art", "as pixel art with a small palette"),
        "render": Style("3D rendering", "as a 3D rendering with soft studio light"),
        "papercut": Style("Paper cut", "as layers of cut paper"),
    }
)
"""Name → style. A name is stored with the turns that use it, so none may change its meaning."""

STYLE: DrawingOption[str] = DrawingOption(
    "style",
    OptionKind.CHOICE,
    "Style",
    "How it should look",
    choices=tuple(Choice(name, style.label) for name, style in STYLES.items()),
    off=True,
    example="watercolor",
    asked=True,
    preference=True,
    kept=Kept.NEVER,  # it is in the canvas by then
)

REQUEST_OPTIONS: tuple[DrawingOption[Any], ...] = (
    SIZE,
    STYLE,
    *(option for option in OPTIONS if option is not SIZE),
)
"""Every option of a request: those of drawing, and the style."""


def styled(words: str, style: str | None) -> str:
    """A request with a style's words added; as it is without a style, or with one that is no longer known."""
    known = STYLES.get(style or "")
    return f"{words.rstrip().rstrip('.,;')}, {known.words}" if known is not None else words

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
    """A style: what people see, and what the composer is told; in few words, of which a small one makes no things."""

    label: str
    words: str


STYLES: MappingProxyType[str, Style] = MappingProxyType(
    {
        "photo": Style("Photograph", "as a photograph"),
        "cinematic": Style("Film still", "as a film still"),
        "watercolor": Style("Watercolour", "as a watercolour"),
        "oil": Style("Oil painting", "as an oil painting"),
        "ink": Style("Ink drawing", "as an ink drawing"),
        "pencil": Style("Pencil sketch", "as a pencil sketch"),
        "comic": Style("Comic", "as a comic"),
        "anime": Style("Anime", "in anime style"),
        "storybook": Style("Storybook", "as a storybook illustration"),
        "pixel": Style("Pixel art", "as pixel art"),
        "render": Style("3D rendering", "as a 3D rendering"),
        "papercut": Style("Paper cut", "as a paper cut"),
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

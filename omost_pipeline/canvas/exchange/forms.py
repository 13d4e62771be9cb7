"""Every form in which a canvas leaves, each by its name and the ending of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_json
from omost_pipeline.canvas.comfyui import canvas_to_comfyui
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.exchange.fibo import canvas_to_fibo
from omost_pipeline.canvas.exchange.ideogram import canvas_to_elements, canvas_to_ideogram
from omost_pipeline.canvas.exchange.losses import Written


@dataclass(frozen=True)
class Form:
    """``ending`` begins with a stop; ``write`` says what is lost, which is nothing for this project's own forms."""

    ending: str
    write: Callable[[Canvas], Written]


def _whole(write: Callable[[Canvas], str]) -> Callable[[Canvas], Written]:
    return lambda canvas: Written(write(canvas))


FORMS: MappingProxyType[str, Form] = MappingProxyType(
    {
        "ideogram": Form(".ideogram.json", canvas_to_ideogram),
        "fibo": Form(".fibo.json", canvas_to_fibo),
        "boxes": Form(".boxes.json", canvas_to_elements),
        "comfyui": Form(".comfyui.json", _whole(canvas_to_comfyui)),
        "json": Form(".json", _whole(canvas_to_json)),
        "code": Form(".py", _whole(canvas_to_code)),
    }
)
"""Name → form. Of two endings that a file has, the longer one stands first."""


def form_of(name: str) -> Form | None:
    """The form that a file's name says."""
    return next((form for form in FORMS.values() if name.lower().endswith(form.ending)), None)

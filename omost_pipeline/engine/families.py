"""Which family a renderer is of, told by its name or its files' headers, and what differs by it before it is loaded.

The one place that knows all families; their libraries are imported only where a renderer is loaded.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omost_pipeline.errors import WeightsError
from omost_pipeline.memory import Placement
from omost_pipeline.profiles import BUNDLED, Profile
from omost_pipeline.renderer.flux2 import sizes as flux2_sizes
from omost_pipeline.renderer.option import DrawingOption
from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.protocol import Keeping, Renderer
from omost_pipeline.renderer.sdxl import sizes as sdxl_sizes
from omost_pipeline.renderer.sdxl.drawing import Drawing, drawing_of
from omost_pipeline.renderer.spec import GUIDANCE, HIGHRES_GUIDANCE, NEGATIVE
from omost_pipeline.renderer.styled.drawing import Styled

if TYPE_CHECKING:
    from omost_pipeline.renderer.flux2.text import TextEncoder


class Family(StrEnum):
    """A kind of renderer."""

    SDXL = "sdxl"
    FLUX2 = "flux2"


_FLUX2_NAME = re.compile(r"flux[._-]?2|klein", re.IGNORECASE)
_FLUX2_TENSOR = b"double_blocks."
_HEADER = 2**20
"""Bytes of a file's beginning in which the names of its tensors stand."""

_WITHOUT_GUIDANCE = (GUIDANCE, NEGATIVE, HIGHRES_GUIDANCE)
"""Options that a distilled model does not have."""


def family_of(source: str) -> Family:
    """The family of a folder, a file or a hub name; SDXL where nothing says otherwise."""
    path = Path(source).expanduser()
    if path.is_dir():
        return Family.FLUX2 if _class_of(path) == "Flux2Transformer2DModel" else Family.SDXL
    if path.is_file():
        with path.open("rb") as file:
            return Family.FLUX2 if _FLUX2_TENSOR in file.read(_HEADER) else Family.SDXL
    return Family.FLUX2 if _FLUX2_NAME.search(source) else Family.SDXL


def sizes_of(source: str) -> SizeLimits:
    """Which sizes a renderer draws."""
    return flux2_sizes.sizes_of(source) if family_of(source) is Family.FLUX2 else sdxl_sizes.sizes_of(source)


def options_of_family(source: str, options: tuple[DrawingOption[Any], ...]) -> tuple[DrawingOption[Any], ...]:
    """Those of the options that a renderer has."""
    if family_of(source) is Family.SDXL:
        return options
    without = {option.name for option in _WITHOUT_GUIDANCE}
    return tuple(option for option in options if option.name not in without)


def usual_guidance(source: str, guidance: float) -> float:
    """The guidance that a profile asks for, or 1, none, where the renderer is distilled."""
    return guidance if family_of(source) is Family.SDXL else 1.0


def drawing_of_source(source: str) -> Drawing:
    """The sampler, steps and guidance that suit a renderer, as far as its files say before it is loaded."""
    return drawing_of(source) if family_of(source) is Family.SDXL else Drawing("euler", 4)


def check_file(path: Path) -> None:
    """Refuse a file that is visibly no picture model; reads no weights.

    Raises:
        WeightsError: naming the file and what it is.
    """
    if family_of(str(path)) is Family.FLUX2:
        return
    if path.suffix != ".safetensors":
        raise WeightsError(f"{path} ends in {path.suffix!r}; a picture model's file ends in '.safetensors'.")
    from omost_pipeline.renderer.sdxl.single_file import read_single_file  # deferred: torch

    read_single_file(path)


def load_renderer(profile: Profile, device: str, placement: Placement, text: TextEncoder | None = None) -> Renderer:
    """A profile's renderer, with a text encoder that is loaded already; its own loader says what it raises.

    A bundled one knows no styles: its pictures get them when they are finished.
    """
    renderer = _of_family(profile, device, placement, text)
    return Styled(renderer) if Path(profile.renderer).is_relative_to(BUNDLED) else renderer


def _of_family(profile: Profile, device: str, placement: Placement, text: TextEncoder | None) -> Keeping:
    if family_of(profile.renderer) is Family.FLUX2:
        from omost_pipeline.renderer.flux2.weights import Recipe  # deferred: torch and diffusers
        from omost_pipeline.renderer.flux2.weights import load_renderer as load_flux2

        recipe = Recipe(profile.loras, profile.sampler, profile.base, profile.precision)
        return load_flux2(profile.renderer, device, recipe, placement, text)
    if profile.precision != "half":
        raise WeightsError(
            f'models.precision is "{profile.precision}", which is for FLUX.2-klein: leave it at "half" for '
            f"{profile.renderer}."
        )
    from omost_pipeline.renderer.sdxl.weights import load_renderer as load_sdxl  # deferred: torch and diffusers

    more = profile.ip_adapter, profile.controlnet, profile.grounding
    return load_sdxl(profile.renderer, device, profile.loras, profile.sampler, placement, *more)


def load_text(profile: Profile, device: str) -> TextEncoder:
    """The text encoder of a profile's renderer, on the CPU, in the numbers that it computes in on ``device``."""
    from omost_pipeline.renderer.flux2.weights import load_text as load_flux2  # deferred: torch and diffusers

    return load_flux2(profile.text_source, device, profile.precision)


def _class_of(folder: Path) -> str:
    try:
        config = json.loads((folder / "transformer" / "config.json").read_text("utf-8"))
        return str(config.get("_class_name"))
    except (OSError, ValueError, AttributeError):  # what is wrong with it is told when it is loaded
        return ""

"""The highres fix: a finished picture, enlarged, denoised once more so that its new pixels get details.

Models draw well at the size they were trained at; drawn much larger, people get two heads. So a picture is drawn small,
enlarged by Lanczos, encoded, and goes through the last part of the noise schedule again (omost-facts §4). Says which
sizes and options that takes; knows no model.
"""

from __future__ import annotations

from dataclasses import replace

from PIL.Image import Image, Resampling

from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.protocol import Highres, RenderOptions


def larger_size(size: tuple[int, int], scale: float, sizes: SizeLimits) -> tuple[int, int]:
    """A picture's width and height ``scale`` times as large, as near as the model's sizes allow.

    Where a side would be too long, both get smaller by the same share.

    Raises:
        OptionsError: if the picture is as large as the model can draw it already; names its size.
    """
    scale = min(scale, *(sizes.largest / side for side in size))
    width, height = (sizes.nearest(side * scale) for side in size)
    if width * height <= size[0] * size[1]:
        raise OptionsError(
            f"A picture of {size[0]} × {size[1]} pixels cannot be made larger: this model draws sides of at most "
            f"{sizes.largest} pixels, in steps of {sizes.unit}."
        )
    return width, height


def second_pass(
    options: RenderOptions, highres: Highres, sizes: SizeLimits, picture: Image | None = None
) -> RenderOptions:
    """The options of the pass that makes ``picture`` larger, or what the options draw.

    Raises:
        OptionsError: as :func:`larger_size`.
    """
    size = (options.width, options.height) if picture is None else picture.size
    width, height = highres.size or larger_size(size, highres.scale, sizes)
    guidance = options.guidance if highres.guidance is None else highres.guidance
    return replace(options, width=width, height=height, steps=highres.steps, guidance=guidance)


def enlarged(picture: Image, options: RenderOptions) -> Image:
    """The picture at the options' size, by Lanczos."""
    return picture.resize((options.width, options.height), Resampling.LANCZOS)

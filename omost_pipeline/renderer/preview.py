"""A cheap look at latents: the linear map to RGB that fits a VAE best.

Fitted once for each VAE on what its decoder makes of a picture of colour patches, so it works for any checkpoint of any
family and needs no table. Knows neither sampling nor models.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor, nn

_PATCHES = 8
"""Patches of colour along a side."""

_FEW = 64
"""Channels up to which patches of 16 pixels tell enough; with more, they have two cells along a side."""

_LONGEST = 256
"""Previews are enlarged by whole factors to at most this many pixels, if they are smaller."""


@torch.inference_mode()
def fit_preview(
    encode: Callable[[Tensor], Tensor], decode: Callable[[Tensor], Tensor], cell: int, channels: int = 4
) -> Tensor:
    """Least-squares map [C + 1, 3] from a latent cell (as the model sees it, then 1) to its mean RGB of −1…1.

    ``encode``: pixels [n, 3, H, W] of −1…1 to latents [n, C, h, w] of the model's scale; ``decode``: back. ``cell``:
    pixels along a latent cell's side, of ``channels`` numbers.
    """
    generator = torch.Generator().manual_seed(0)
    colors = torch.rand(1, 3, _PATCHES, _PATCHES, generator=generator) * 2 - 1
    patch = 16 if channels <= _FEW else 2 * cell
    smooth = nn.functional.interpolate(colors, scale_factor=patch, mode="bicubic").clamp(-1, 1)
    seen = encode(torch.cat([colors.repeat_interleave(patch, -1).repeat_interleave(patch, -2), smooth]))
    decoded = decode(seen).float().cpu().clamp(-1, 1)  # not the patches: what is drawn
    known = nn.functional.avg_pool2d(decoded, cell).permute(0, 2, 3, 1).flatten(0, 2)  # [cells, 3]
    rows = _with_one(seen.float().cpu().permute(0, 2, 3, 1).flatten(0, 2)).double()
    # A little ridge: channels that colours alone do not move stay unused instead of guessed.
    normal = rows.T @ rows + 1e-2 * len(rows) * torch.eye(rows.shape[1], dtype=torch.float64)
    solution: Tensor = torch.linalg.solve(normal, rows.T @ known.double())
    return solution.float()


def preview_image(latents: Tensor, to_rgb: Tensor, places: int = 1) -> Image.Image:
    """Latents [n, C, h, w] through the map [C + 1, 3] to small pictures side by side, large enough to be seen.

    A picture has about one pixel a cell before it is enlarged; of ``places`` the last ones may still be empty.
    """
    n, _, h, w = latents.shape
    places = max(places, n)
    across = min(range(1, places + 1), key=lambda columns: (max(columns * w, -(-places // columns) * h), columns))
    rgb = torch.full((-(-places // across) * across, h, w, 3), -1.0)
    rgb[:n] = _with_one(latents.float().cpu().movedim(1, -1)) @ to_rgb
    sheet = rgb.unflatten(0, (-1, across)).permute(4, 0, 2, 1, 3).flatten(3).flatten(1, 2)  # [3, rows · h, across · w]
    image = to_image(sheet)
    factor = max(_LONGEST // max(image.size), 1)
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.BICUBIC)


def to_image(pixels: Tensor) -> Image.Image:
    """[3, H, W] of −1…1 → picture; values outside are cut."""
    values = ((pixels.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).cpu().numpy())


def _with_one(cells: Tensor) -> Tensor:
    return torch.cat([cells, torch.ones_like(cells[..., :1])], -1)

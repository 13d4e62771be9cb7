"""What of a drawn picture is the thing's own: a small network that gives it its alpha, its colours, and sharp edges.

A model draws a thing upon a scene; which pixels are its own, :mod:`matte` tells by how they differ from the scene.
Where a model's folder has an ``alpha_head``, that network tells instead, in pictures twice as large. The idea is
LayerDiffuse's (Zhang and Agrawala 2024), whose decoder of transparent pictures sees the latents; this one sees the
scene beside the picture, and is told what the thing is and where its box lies, so that it can finish what is drawn
roughly: what its name says is laid into its box, as coarsely as latents are. It is a U-Net of convolutions without
attention, so pictures may have any size; it is told places as CoordConv is (Liu et al. 2018).
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.layered.matte import Pixels

LARGER = 2
"""How many times as large as the picture what it gives is."""

FOLDER, FILE = "alpha_head", "model.safetensors"
"""Where a model's folder has it."""

_SHUFFLED = 2
"""Pixels of the picture along the side of a cell of the first layer."""

_WORDS = 128
"""Width of what the blocks are told of the words."""

_HIDDEN, _KNOWN, _CELLS = 256, 16, 12
"""Of what is known of a thing by its name: width on the way to it, channels, and cells along the sides of its box."""

_BEYOND = 1.5
"""How far from the middle of a box places are told apart, in halves of its sides."""

_UNSURE = 0.42
"""Alpha up to which there is none, and that is missing from which on it is all: between lies doubt, and no mist."""

_WIDTHS = "widths"


class Block(nn.Module):
    """Two convolutions, added to what they are given, [B, C, h, w]; words, [B, W], scale and shift between them."""

    def __init__(self, width: int, words: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.said = nn.Linear(words, 2 * width)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor, words: Tensor) -> Tensor:
        """[B, C, h, w], as given."""
        scale, shift = self.said(words)[..., None, None].chunk(2, 1)
        between = self.first(functional.silu(x)) * (1 + scale) + shift
        result: Tensor = x + self.second(functional.silu(between))
        return result


class AlphaHead(nn.Module):
    """From a picture with a thing, the picture without it and words about the thing to the thing."""

    mean: Tensor
    scale: Tensor

    def __init__(self, widths: tuple[int, ...], words: int) -> None:
        """``widths``: channels of each level, the finest first, each half as fine as the one before. ``words``: width
        of what stands for words, which are seen less a mean and scaled.
        """
        super().__init__()
        self.widths = widths
        self.register_buffer("mean", torch.zeros(words))
        self.register_buffer("scale", torch.ones(words))
        self.told_words = nn.Linear(words, _WORDS)
        self.known = nn.Sequential(nn.Linear(words, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, _KNOWN * _CELLS**2))
        self.laid = nn.Conv2d(_KNOWN, widths[0], 1)
        self.into = nn.Conv2d(8 * _SHUFFLED**2, widths[0], 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in itertools.pairwise(widths))
        self.seen = nn.ModuleList(Block(width, _WORDS) for width in widths)
        self.up = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in itertools.pairwise(widths))
        self.told = nn.ModuleList(Block(width, _WORDS) for width in widths)
        self.out = nn.Conv2d(widths[0], 4 * (_SHUFFLED * LARGER) ** 2, 3, padding=1)

    @property
    def unit(self) -> int:
        """Pixels that must divide both sides of a picture."""
        return int(_SHUFFLED * 2 ** (len(self.widths) - 1))

    def forward(self, drawn: Tensor, bare: Tensor, places: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures [B, 3, H, W] of −1…1, with and without the thing, where their pixels lie in its box [B, 2, H, W]
        (:func:`places_in`), and words [B, W] to its colours and its alpha.

        Returns:
            [B, 3, LARGER · H, LARGER · W] of about −1…1, and logits [B, 1, LARGER · H, LARGER · W].
        """
        words = (words - self.mean) * self.scale
        said = functional.silu(self.told_words(words))
        x = self.into(functional.pixel_unshuffle(torch.cat((drawn, bare, places), 1), _SHUFFLED))
        x = x + self.laid(self._known_of(words, functional.avg_pool2d(places, _SHUFFLED)))
        left: list[Tensor] = []
        for level, block in enumerate(self.seen):
            x = block(self.down[level - 1](x) if level else x, said)
            left.append(x)
        x = self.told[-1](x, said)
        for level in reversed(range(len(self.up))):
            coarse = functional.interpolate(self.up[level](x), scale_factor=2.0, mode="nearest")
            x = self.told[level](left[level] + coarse, said)
        found = functional.pixel_shuffle(self.out(functional.silu(x)), _SHUFFLED * LARGER)
        large = functional.interpolate(drawn, scale_factor=float(LARGER), mode="bilinear")
        return large + found[:, :3], found[:, 3:]

    def _known_of(self, words: Tensor, places: Tensor) -> Tensor:
        """[B, C, h, w]: what is known of things by their names, laid into their boxes."""
        known = self.known(words).unflatten(1, (_KNOWN, _CELLS, _CELLS))
        return functional.grid_sample(known, places.permute(0, 2, 3, 1), align_corners=False)

    @torch.inference_mode()
    def thing(self, drawn: Pixels, bare: Pixels, box: Box, words: Tensor) -> Pixels:
        """[LARGER · H, LARGER · W, 4]: what ``drawn`` has before ``bare``, [H, W, 3] both; ``words``: [1, W]."""
        height, width = drawn.shape[:2]
        device = self.into.weight.device
        pictures = torch.from_numpy(np.stack((drawn, bare))).permute(0, 3, 1, 2).to(device, self.into.weight.dtype)
        beside = 0, -width % self.unit, 0, -height % self.unit
        pictures = functional.pad(pictures / 127.5 - 1, beside, mode="replicate")
        places = places_in(box, height, width, self.unit)[None].to(pictures)
        colors, logits = self(pictures[:1], pictures[1:], places, words.to(pictures))
        found = torch.cat(((colors + 1) / 2, logits.sigmoid()), 1)[0, :, : LARGER * height, : LARGER * width]
        found[3] = (found[3] - _UNSURE) / (1 - 2 * _UNSURE)
        values = (found.float().clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
        thing: Pixels = values.cpu().numpy()
        return thing


def places_in(box: Box, height: int, width: int, unit: int = 1) -> Tensor:
    """[2, height, width]: how far right and down of a box's middle the pixels of a picture lie, 1 at its edges.

    They go on beyond the picture to sides that ``unit`` divides.
    """
    right = (torch.arange(width + -width % unit) + 0.5) * (GRID / width) - (box.left + box.right) / 2
    down = (torch.arange(height + -height % unit) + 0.5) * (GRID / height) - (box.top + box.bottom) / 2
    found = torch.meshgrid(down * 2 / box.height, right * 2 / box.width, indexing="ij")
    return torch.stack((found[1], found[0])).clamp(-_BEYOND, _BEYOND)


def load_alpha_head(folder: Path, words: int) -> AlphaHead | None:
    """That of a model in diffusers' layout, whose words have that width; None where it has none.

    Raises:
        WeightsError: if its file is damaged, or another model's.
    """
    path = folder / FOLDER / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            widths = tuple(int(each) for each in (file.metadata() or {})[_WIDTHS].split())
            head = AlphaHead(widths, len(file.get_tensor("mean")))
            head.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(f"The alpha head {path} is damaged ({error}): download the model again.") from error
    if len(head.mean) != words:
        raise WeightsError(
            f"The alpha head {path} takes words of width {len(head.mean)}, but the text encoder writes {words}: "
            "it is for another model."
        )
    return head.float().eval().requires_grad_(requires_grad=False)


def save_alpha_head(folder: Path, head: AlphaHead) -> None:
    """Write it into a model's folder, in float16."""
    path = folder / FOLDER / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().half().contiguous() for name, tensor in head.state_dict().items()}
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata={"format": "pt", _WIDTHS: " ".join(map(str, head.widths))})
    partial.replace(path)

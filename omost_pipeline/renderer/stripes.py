"""A VAE's encoder and decoder for large pictures: layer by layer in stripes, in a quarter of the memory.

Tiles, the usual way, are each normalised on their own and attend to themselves alone, so that the picture changes with
them. Here each layer is done for the whole picture before the next: normalisation sees all of it, a convolution
its stripe and the rows beside it. The result is the whole picture's but for rounding. Which way is taken follows from
the picture's size alone, so a seed means one picture whatever the memory. Knows diffusers' convolutional encoders and
decoders, and no family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, pad

WHOLE_PIXELS = 512 * 512
"""Up to this many pixels a picture is done in one go: a GiB in 16 bits for SDXL's decoder."""

_ELEMENTS = 2**23
"""Numbers of a stripe, channels × rows × width."""

_Module: TypeAlias = Any
"""One of diffusers' modules, whose parts have no types."""

_Rows = Callable[[int, int], Tensor]
"""(first, last + 1) → these rows [n, C, rows, W] of what a layer reads."""


def decode(decoder: nn.Module, latents: Tensor) -> Tensor:
    """[n, C, h, w] → pixels [n, 3, H, W], as ``decoder(latents)``."""
    parts: _Module = decoder
    x: Tensor = parts.mid_block(parts.conv_in(latents))
    for block in parts.up_blocks:
        for resnet in block.resnets:
            x = _resnet(resnet, x)
        for upsampler in block.upsamplers or ():
            x = _upsampled(upsampler.conv, x)
    return _out(parts, x)


def encode(encoder: nn.Module, pixels: Tensor) -> Tensor:
    """Pixels [n, 3, H, W] → moments [n, 2C, h, w], as ``encoder(pixels)``."""
    parts: _Module = encoder
    x = _convolved(parts.conv_in, _of(pixels), pixels.shape[-2])
    for block in parts.down_blocks:
        for resnet in block.resnets:
            x = _resnet(resnet, x)
        for downsampler in block.downsamplers or ():
            x = _downsampled(downsampler.conv, x)
    return _out(parts, parts.mid_block(x))


def fits(coder: nn.Module) -> bool:
    """Whether an encoder or decoder is of the kind that this module goes through."""
    blocks = [block for name in ("up_blocks", "down_blocks") for block in getattr(coder, name, ())]
    return all(type(block).__name__ in {"UpDecoderBlock2D", "DownEncoderBlock2D"} for block in blocks)


def _out(parts: _Module, x: Tensor) -> Tensor:
    norm = _Norm(parts.conv_norm_out, x)
    return _convolved(parts.conv_out, lambda first, end: parts.conv_act(norm(x[:, :, first:end])), x.shape[-2])


def _resnet(resnet: _Module, x: Tensor) -> Tensor:
    norm = _Norm(resnet.norm1, x)
    hidden = _convolved(resnet.conv1, lambda a, b: resnet.nonlinearity(norm(x[:, :, a:b])), x.shape[-2])
    beside = x if resnet.conv_shortcut is None else resnet.conv_shortcut(x)
    norm_2 = _Norm(resnet.norm2, hidden)
    changed = _convolved(resnet.conv2, lambda a, b: resnet.nonlinearity(norm_2(hidden[:, :, a:b])), x.shape[-2])
    return changed.add_(beside).div_(resnet.output_scale_factor)


def _upsampled(conv: nn.Conv2d, x: Tensor) -> Tensor:
    def rows(first: int, end: int) -> Tensor:
        source = x[:, :, first // 2 : (end + 1) // 2]
        return interpolate(source, scale_factor=2.0, mode="nearest")[:, :, first % 2 : first % 2 + end - first]

    return _convolved(conv, rows, 2 * x.shape[-2])


def _downsampled(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Every second row and column, of a picture with one of zeros behind its last."""
    height = x.shape[-2]
    stripes = []
    for first, end in _stripes(height // 2, x.shape[1] * x.shape[-1] * 2):
        below = 2 * end + 1
        stripe = pad(x[:, :, 2 * first : min(below, height)], (0, 1, 0, max(below - height, 0)))
        stripes.append(conv2d(stripe, conv.weight, conv.bias, stride=2))
    return torch.cat(stripes, -2)


def _convolved(conv: nn.Conv2d, rows: _Rows, height: int) -> Tensor:
    """A 3 × 3 convolution of ``height`` rows, zeros around them."""
    width = rows(0, 1).shape[-1]
    output: Tensor | None = None
    for first, end in _stripes(height, max(conv.in_channels, conv.out_channels) * width):
        above, below = max(first - 1, 0), min(end + 1, height)
        stripe = pad(rows(above, below), (0, 0, above - first + 1, end + 1 - below))
        done = conv2d(stripe, conv.weight, conv.bias, padding=(0, 1))
        if output is None:
            output = done.new_empty(*done.shape[:2], height, done.shape[-1])
        output[:, :, first:end] = done
    assert output is not None, "a picture has rows"
    return output


def _of(x: Tensor) -> _Rows:
    return lambda first, end: x[:, :, first:end]


def _stripes(height: int, row: int) -> Iterator[tuple[int, int]]:
    """The first row and the one behind the last of each stripe; ``row`` is how many numbers one row has."""
    rows = max(_ELEMENTS // row, 1)
    for first in range(0, height, rows):
        yield first, min(first + rows, height)


class _Norm:
    """Group normalisation by the mean and variance of a whole picture, for any of its rows."""

    def __init__(self, norm: nn.GroupNorm, x: Tensor) -> None:
        n, channels, height, width = x.shape
        counts, means, squares = [], [], []
        for first, end in _stripes(height, channels * width):
            stripe = x[:, :, first:end].unflatten(1, (norm.num_groups, -1)).flatten(2).float()  # [n, groups, …]
            variance, mean = torch.var_mean(stripe, -1, correction=0)
            counts.append(float(stripe.shape[-1]))
            means.append(mean)
            squares.append(variance * stripe.shape[-1])
        weights = torch.tensor(counts, device=x.device)[:, None, None]
        total = weights.sum()
        mean = (torch.stack(means) * weights).sum(0) / total
        spread = (torch.stack(squares) + (torch.stack(means) - mean) ** 2 * weights).sum(0) / total  # Chan et al. 1979
        scale = torch.rsqrt(spread + norm.eps).repeat_interleave(channels // norm.num_groups, 1)  # [n, C]
        if norm.affine:
            scale = scale * norm.weight.float()
        shift = -mean.repeat_interleave(channels // norm.num_groups, 1) * scale
        if norm.affine:
            shift = shift + norm.bias.float()
        self._scale, self._shift = scale.view(n, channels, 1, 1), shift.view(n, channels, 1, 1)

    def __call__(self, rows: Tensor) -> Tensor:
        return torch.addcmul(self._shift, rows.float(), self._scale).to(rows.dtype)

"""A thing as a layer: which pixels are its own, how far, and in which colours, from the picture without and with it.

The alpha comes from what really changed. Where the picture with the thing looks like what is behind it is no thing;
inside it is opaque; along its edge its alpha is how far the pixel lies from what is behind towards the thing's own
colour nearby. Then the colour is solved for, so that the layer over what is behind gives back the drawn pixel. Pure
numpy; knows no model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omost_pipeline.renderer.keep.masks import filled, reached

Pixels = NDArray[np.uint8]
"""[H, W, 3], or with an alpha [H, W, 4]."""

_Flags = NDArray[np.bool_]
_Values = NDArray[np.float32]

_SEEN, _UNLIKE = 20, 12
"""Difference, of 255, from which a pixel is surely another one, and from which one may be a thing's."""

_GAP = 1 / 24
"""Of a picture's side, half of what may be open of an outline that closes something in."""

_CLEARLY, _MOST = 0.25, 50
"""The same as a share of how far a thing stands out, and at most."""

_BETWEEN = 0.12
"""The share that is enough between clearer parts of a thing: for grey armour between a red plume and a blue shield."""

_FULL, _FAINT = 255, 8
"""Alpha of what is opaque, and below which nothing is kept of a pixel."""

_CRUMB = 1 / 48
"""Of a picture's side, half of what is broad."""

_AROUND = 4000
"""Pixels at most of what is around a thing that are compared with it."""


def matte(behind: Pixels, drawn: Pixels, mask: _Flags) -> Pixels:
    """[H, W, 4]: the thing that ``drawn`` has inside the mask [H, W] before ``behind``.

    Composited over ``behind`` (:func:`over`), a pixel with any alpha is the drawn one to within 1 of 255.
    """
    reach = round(max(mask.shape) * _GAP)
    solid = _clearly(_difference(drawn, behind), mask, _UNLIKE)
    found, _ = _alpha(behind, drawn, _whole_thing(solid, _edge(mask), reach) & mask, mask)
    found = np.where(found > 0, np.maximum(found, _least_alpha(behind, drawn)), 0)
    return np.dstack((_colors(behind, drawn, found), found.astype(np.uint8)))


def cut_out(drawn: Pixels, mask: _Flags, reach: int) -> Pixels:
    """[H, W, 4]: the thing that ``drawn`` has inside the mask [H, W], to be set before something else.

    What it is drawn before is taken from around it (:func:`backdrop`), and its edge has its own colour alone.
    """
    around = backdrop(drawn, mask, reach)
    changed = _difference(drawn, around)
    solid = _clearly(changed, mask, _UNLIKE)
    solid |= _clearly(changed, mask, _UNLIKE, _BETWEEN) & _between(solid)
    alpha, own = _alpha(around, drawn, _whole_thing(solid, _edge(mask), reach) & mask, mask)
    colors = np.where(alpha[..., None] == _FULL, drawn, own.round().clip(0, 255)).astype(np.uint8)
    return np.dstack((np.where(alpha[..., None] > 0, colors, 0), alpha.astype(np.uint8)))


def within(thing: Pixels, mask: _Flags) -> Pixels:
    """[n · H, n · W, 4]: what of a thing, so large, is inside the mask [H, W]; black where there is none of it.

    Crumbs, which are small and hang together with nothing broad, are none of it.
    """
    times = len(thing) // len(mask)
    alpha = np.where(np.kron(mask, np.ones((times, times), np.bool_)), thing[..., 3], 0)
    solid = alpha > _FULL // 2
    broad = _grown(solid, -round(max(solid.shape) * _CRUMB))
    if broad.any():
        alpha = np.where(reached(broad, _grown(solid, times)), alpha, 0)
    return np.where(alpha[..., None] > 0, np.dstack((thing[..., :3], alpha)), 0).astype(np.uint8)


def resized(thing: Pixels, width: int, height: int) -> Pixels:
    """[height, width, 4]: a thing in another size; what is not its own lends its edge no colour."""
    alpha = thing[..., 3:].astype(np.float32) / 255
    weighted = np.dstack((thing[..., :3] * alpha, alpha)).astype(np.float32)
    resampling = Image.Resampling.BOX if width <= thing.shape[1] else Image.Resampling.BICUBIC
    channels = [Image.fromarray(np.ascontiguousarray(weighted[..., each])) for each in range(4)]
    small = np.dstack([np.asarray(each.resize((width, height), resampling), np.float32) for each in channels])
    share = small[..., 3:]
    seen = np.dstack((small[..., :3] / np.maximum(share, 1e-3), share * 255)).round().clip(0, 255).astype(np.uint8)
    seen[seen[..., 3] == 0] = 0
    return seen


def _alpha(behind: Pixels, drawn: Pixels, solid: _Flags, mask: _Flags) -> tuple[NDArray[np.int32], _Values]:
    """[H, W] of 0…255, how far each pixel is the solid thing's; and [H, W, 3], the thing's own colour nearby."""
    edge = _edge(mask)
    core = _grown(solid, -edge)
    rim = _grown(solid, edge) & ~core & mask
    own = _nearby(drawn, core + np.float32(0.01) * solid, 2 * edge)
    alpha = np.where(rim, _towards(own, behind, drawn, solid), core.astype(np.float32))
    found = np.rint(alpha * _FULL).astype(np.int32)
    found[found < _FAINT] = 0
    return found, own


def stands_out(picture: Pixels, mask: _Flags, reach: int) -> _Flags:
    """[H, W]: the pixels inside the mask [H, W] that do not look like what is along its edge."""
    changed = _difference(picture, backdrop(picture, mask, reach))
    return _over_threshold(changed, mask, _SEEN)


def unlike(one: Pixels, other: Pixels) -> _Flags:
    """[H, W]: the pixels that are surely others."""
    return _difference(one, other) > _SEEN


def backdrop(drawn: Pixels, mask: _Flags, reach: int) -> Pixels:
    """[H, W, 3]: what is drawn around a thing, continued behind it inside the mask [H, W].

    Each pixel there looks like one within ``reach`` of the mask's edge, on either side of it: the one most like it in
    colour, and not far. So what is drawn around a thing is no part of it, and what looks like nothing around it is.
    """
    rows, columns = np.nonzero(mask & ~_grown(mask, -reach // 2))
    keep = np.random.default_rng(0).permutation(len(rows))[:_AROUND]
    rows, columns = rows[keep], columns[keep]
    found = drawn.copy()
    if len(rows) == 0:
        return found
    near = reach / 8
    around = np.column_stack((drawn[rows, columns], rows / near, columns / near)).astype(np.float32)
    for row in np.flatnonzero(mask.any(1)):
        inside = np.flatnonzero(mask[row])
        asked = np.column_stack((drawn[row, inside], np.full(len(inside), row / near), inside / near))
        distance = np.square(around).sum(1) - 2 * asked.astype(np.float32) @ around.T
        chosen = distance.argmin(1)
        found[row, inside] = drawn[rows[chosen], columns[chosen]]
    return found


def over(layer: Pixels, behind: Pixels) -> Pixels:
    """[H, W, 3]: a layer [H, W, 4] composited over what is behind it, rounded."""
    alpha = layer[..., 3:].astype(np.int32)
    mixed = alpha * layer[..., :3] + (255 - alpha) * behind
    result: Pixels = ((mixed + 127) // 255).astype(np.uint8)
    return result


def _clearly(changed: NDArray[np.int16], mask: _Flags, least: float, share: float = _CLEARLY) -> _Flags:
    """[H, W]: the pixels inside the mask that differ from their backdrop, without what is one pixel thin."""
    return _grown(_grown(_over_threshold(changed, mask, least, share), -1), 1) & mask


def _over_threshold(changed: NDArray[np.int16], mask: _Flags, least: float, share: float = _CLEARLY) -> _Flags:
    """[H, W]: the pixels inside the mask that differ by ``least``, or by a share of how far the thing stands out."""
    clear = float(np.percentile(changed[mask], 90)) if mask.any() else 0.0
    found: _Flags = (changed > min(max(least, clear * share), _MOST)) & mask
    return found


def _between(mask: _Flags) -> _Flags:
    """[H, W]: what has pixels of the mask on its left and right, and above and below."""
    found = np.ones_like(mask)
    for axis in (0, 1):
        back = np.flip(mask, axis)
        found &= np.logical_or.accumulate(mask, axis) & np.flip(np.logical_or.accumulate(back, axis), axis)
    return found


def _edge(mask: _Flags) -> int:
    """Pixels, half of a thing's soft edge in a picture of the mask's size."""
    longer: int = max(mask.shape)
    return max(2, round(longer / 256))


def _difference(one: Pixels, other: Pixels) -> NDArray[np.int16]:
    """[H, W]: the largest difference of any channel."""
    found: NDArray[np.int16] = np.abs(one.astype(np.int16) - other).max(-1)
    return found


def _towards(own: _Values, behind: Pixels, drawn: Pixels, solid: _Flags) -> _Values:
    """[H, W], 0…1: how far each drawn pixel lies from what is behind towards the thing's own colour."""
    whole = own - behind
    length = np.square(whole).sum(-1)
    share = (whole * (drawn.astype(np.float32) - behind)).sum(-1) / np.maximum(length, 1)
    told = length > _SEEN**2
    found: _Values = np.where(told, share.clip(0, 1), solid).astype(np.float32)
    return found


def _least_alpha(behind: Pixels, drawn: Pixels) -> NDArray[np.int32]:
    """[H, W]: the smallest alpha with which any colour over what is behind can give the drawn pixel."""
    b, d = behind.astype(np.int32), drawn.astype(np.int32)
    brighter = 255 * (d - b) / np.maximum(255 - b, 1)
    darker = 255 * (b - d) / np.maximum(b, 1)
    least: NDArray[np.int32] = np.ceil(np.maximum(brighter, darker).clip(0, 255).max(-1)).astype(np.int32)
    return least


def _colors(behind: Pixels, drawn: Pixels, alpha: NDArray[np.int32]) -> Pixels:
    """[H, W, 3]: what composited with this alpha gives the drawn pixels; black where there is none."""
    share = alpha[..., None]
    solved = (255.0 * drawn - (255.0 - share) * behind) / np.maximum(share, 1)
    return np.where(share > 0, solved.round().clip(0, 255), 0).astype(np.uint8)


def _nearby(pixels: Pixels, weights: _Values, radius: int) -> _Values:
    """[H, W, 3]: the mean colour of what has weight within ``radius`` of each pixel; the pixel's own where nothing."""
    weighted = _box_sum(np.dstack((pixels * weights[..., None], weights)), radius)
    known = weighted[..., 3:] > 1e-4
    return np.where(known, weighted[..., :3] / np.maximum(weighted[..., 3:], 1e-4), pixels).astype(np.float32)


def _box_sum(values: _Values, radius: int) -> NDArray[np.float64]:
    """Sums over squares of ``2 · radius + 1`` pixels along a side."""
    summed: NDArray[np.float64] = values.astype(np.float64)
    for axis in (0, 1):
        padding = [(radius + 1, radius) if each == axis else (0, 0) for each in range(summed.ndim)]
        running = np.pad(summed, padding).cumsum(axis)
        count = running.shape[axis]
        later = np.take(running, range(2 * radius + 1, count), axis)
        summed = later - np.take(running, range(count - 2 * radius - 1), axis)
    return summed


def _grown(mask: _Flags, by: int) -> _Flags:
    """The mask and all pixels within ``by`` of it; shrunk where ``by`` is negative, the picture's edge being none."""
    if by < 0:
        return ~_grown(~mask, -by)
    found: _Flags = _box_sum(mask.astype(np.float32), by) > 0.5
    return found


def _whole_thing(solid: _Flags, edge: int, gap: int) -> _Flags:
    """The solid pixels that hang together with something broad, and the holes that they close in but for a ``gap``.

    What lies apart and is small is no thing; what a thing closes in on all sides is its own, whatever it shows.
    """
    broad = _grown(solid, -2 * edge)
    found = solid & reached(broad, _grown(solid, 1)) if broad.any() else solid
    beside = 2 * gap
    whole = _grown(_grown(np.pad(found, beside), gap), -gap)
    height, width = solid.shape
    return filled(whole[beside : beside + height, beside : beside + width])

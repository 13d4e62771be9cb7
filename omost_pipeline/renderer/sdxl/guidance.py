"""Classifier-free guidance over regional conditioning: the UNet's calls of one denoising step.

Everything that stays the same between steps (text, masks, text keys and values) is held here for one render. Which
words are seen where, and in how many calls, is a region method's matter (:mod:`methods`). Knows no noise schedule, no
VAE and no canvas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from omost_pipeline.renderer.regions.bounded import strangers
from omost_pipeline.renderer.regions.choice import method_for
from omost_pipeline.renderer.regions.options import RegionOptions, RegionSharing
from omost_pipeline.renderer.regions.protocol import Method, alone, everywhere, shared
from omost_pipeline.renderer.regions.spans import View, box_mask
from omost_pipeline.renderer.sdxl.attention import Regions, TextMemory
from omost_pipeline.renderer.sdxl.controls import Controls, Steered
from omost_pipeline.renderer.sdxl.gradients import LAST_MOVED, Moving
from omost_pipeline.renderer.sdxl.grounding import Grounded
from omost_pipeline.renderer.sdxl.pictures import Pictured, Pictures
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText

_JOINED_CELLS = 8192
"""Up to this many latent cells in all, one UNet call beats several: small calls are mostly overhead."""

_USUAL = RegionOptions()
_EVEN = RegionSharing("average", global_strength=1, region_strength=1)
"""How a region and the background share a call of their own."""


@dataclass(frozen=True)
class Frame:
    """What part of a picture is drawn, as SDXL was told it in training: the whole's size and where the part begins."""

    width: int
    height: int
    left: int = 0
    top: int = 0


@dataclass(frozen=True)
class Call:
    """What one UNet call reads: b texts, each for a copy of the picture.

    ``hidden``: [b, K, D]. ``pooled``: [b, P]. ``sizes``: [b, 6], SDXL's original size, crop and target size in pixels.
    ``tokens``: what its ``position_net`` makes grounding tokens of, down to the timestep ``until``.
    """

    hidden: Tensor
    pooled: Tensor
    sizes: Tensor
    regions: Regions
    memory: TextMemory
    pictures: Pictures | None = None
    controls: Controls | None = None
    tokens: dict[str, Tensor] | None = None
    until: float = 0.0

    def output(self, unet: UNet2DConditionModel, latents: Tensor, timestep: float) -> Tensor:
        """The UNet's predictions [b, C, h, w] in float32 for latents [1, C, h, w]."""
        x = latents.to(self.hidden.dtype).expand(len(self.hidden), -1, -1, -1)
        added = {"text_embeds": self.pooled, "time_ids": self.sizes}
        across, middle = None, None
        if self.controls is not None:
            led = self.controls.residuals(x, timestep, self.hidden, added, self.regions, self.memory)
            across, middle = led if led is not None else (None, None)
        told = {"regions": self.regions, "memory": self.memory, "pictures": self.pictures}
        if self.tokens is not None and timestep >= self.until:
            told["gligen"] = self.tokens
        prediction: Tensor = unet(
            x,
            torch.tensor(timestep, device=latents.device),
            self.hidden,
            cross_attention_kwargs=told,
            added_cond_kwargs=added,
            down_block_additional_residuals=across,
            mid_block_additional_residual=middle,
            return_dict=False,
        )[0]
        return prediction.float()


_Memories = defaultdict[tuple[object, ...], TextMemory]
"""Of calls that read so many negative and so many positive texts, by such methods, which scale keys: keys and values do
not depend on what is seen."""


@dataclass
class Guidance:
    """Predictions for one picture, led away from the negative prompt; a strength of 1 needs no negative prompt at all.

    ``size``: the picture's width and height in pixels. ``cells``: the latent's height and width.
    """

    negative: EncodedText
    positive: EncodedText
    strength: float
    size: tuple[int, int]
    cells: tuple[int, int]
    options: RegionOptions
    frame: Frame | None = None
    pictured: Pictured | None = None
    steered: Steered | None = None
    grounded: Grounded | None = None
    _memories: _Memories = field(default_factory=lambda: defaultdict(TextMemory))

    def __post_init__(self) -> None:
        view, device = self.positive.spans[0], self.positive.hidden.device
        self._method: Method = method_for(self.options, view, self.cells, device)
        self._views: tuple[View, ...] = ()
        self._calls: tuple[Call, ...] = ()

    @classmethod
    def of(
        cls,
        negative: EncodedText,
        positive: EncodedText,
        strength: float,
        width: int,
        height: int,
        latents: Tensor,
        options: RegionOptions = _USUAL,
        frame: Frame | None = None,
        pictured: Pictured | None = None,
        steered: Steered | None = None,
        grounded: Grounded | None = None,
    ) -> Guidance:
        """Guidance by one sample of each text, for latents [1, C, h, w] of ``width`` × ``height`` pixels."""
        cells = (latents.shape[-2], latents.shape[-1])
        return cls(negative, positive, strength, (width, height), cells, options, frame, pictured, steered, grounded)

    def anew(self) -> Guidance:
        """For another picture of the same render: with the same text keys and values."""
        return replace(self)

    def apart(self, unet: UNet2DConditionModel, latents: Tensor, timestep: float) -> tuple[Tensor, list[int]]:
        """Predictions [1 + V, C, h, w] of the bare background and of regions before it, and which call shows each."""
        view = self.positive.spans[0]
        groups = strangers(view)
        views = alone(view, _EVEN, groups)
        texts = [replace(self.positive, spans=(each,)) for each in views]
        calls = [self._call(text, (0, 1)) for text in texts]
        shown = {number: call for call, group in enumerate(groups, start=1) for number in group}
        predictions = torch.cat([call.output(unet, latents, timestep) for call in calls])
        return predictions, [shown[number] for number in range(1, len(view))]

    def output(self, unet: UNet2DConditionModel, latents: Tensor, timestep: float) -> Tensor:
        """The guided prediction [1, C, h, w] in float32. Steps are asked for in their order."""
        views = self._method.views(timestep)
        if views is not self._views:
            self._views, self._calls = views, self._prepared(views)
        predictions = torch.cat([call.output(unet, latents, timestep) for call in self._calls])
        if self.strength == 1:
            return self._method.merged(predictions)
        negative, positive = predictions[:1], self._method.merged(predictions[1:])
        return negative + self.strength * (positive - negative)

    def nudged(self, unet: UNet2DConditionModel, latents: Tensor, timestep: float) -> Tensor:
        """The latents [1, C, h, w] after a gradient step, where one is taken; else they themselves."""
        if self._moving is None or timestep < LAST_MOVED:
            return latents
        return self._moving.moved(unet, latents, timestep)

    @cached_property
    def _moving(self) -> Moving | None:
        view = self.positive.spans[0]
        numbers = self.options.guided([span.method for span in view[1:]])
        if not numbers:
            return None
        guided = all(span.method in (None, "guided") for span in view[1:]) and self.options.method == "guided"
        sharing = self.options.sharing
        named = (replace(view[0], method="guided" if guided else "score"), *view[1:])
        attended = everywhere(named, sharing) if guided else shared(named, sharing)
        strength = 1.0 if self.options.gradients is None else self.options.gradients
        return Moving.of(self.positive, attended, numbers, self.cells, self._sizes(self.positive), strength)

    def _prepared(self, views: tuple[View, ...]) -> tuple[Call, ...]:
        """The calls that make a prediction for the negative prompt, if it counts, and then one for each view."""
        negatives = () if self.strength == 1 else (self.negative,)
        texts = (*negatives, *(replace(self.positive, spans=(view,)) for view in views))
        if len(texts) * self.cells[0] * self.cells[1] <= _JOINED_CELLS:
            return (self._call(joined(*texts), (len(negatives), len(views))),)
        kinds = [(1, 0)] * len(negatives) + [(0, 1)] * len(views)
        return tuple(self._call(text, kind) for text, kind in zip(texts, kinds, strict=True))

    def _call(self, text: EncodedText, kind: tuple[int, int]) -> Call:
        regions = Regions.of(text.spans, *self.cells, text.hidden.device)
        sizes = self._sizes(text).expand(len(text.hidden), -1)
        methods = (spans[0].method for spans in text.spans)
        pictures = self._pictures(text.spans, kind)
        memory, controls = self._memories[(*kind, *methods)], self._controls(text.spans, kind)
        tokens, until = self._tokens(text.spans, kind), self.grounded.until if self.grounded is not None else 0.0
        return Call(text.hidden, text.pooled, sizes, regions, memory, pictures, controls, tokens, until)

    def _tokens(self, views: Sequence[View], kind: tuple[int, int]) -> dict[str, Tensor] | None:
        """The grounding tokens of such a call: of the regions that each sample sees; a negative text has none."""
        if self.grounded is None:
            return None
        numbers, rows = self.grounded.numbers, [0] * kind[0] + [1] * kind[1]
        shown = [
            [bool(row) and bool(view[number].mask.any()) for number in numbers]
            for view, row in zip(views, rows, strict=True)
        ]
        return self.grounded.tokens(torch.tensor(shown))

    def _pictures(self, views: Sequence[View], kind: tuple[int, int]) -> Pictures | None:
        """What pictures add in a call of so many negative and so many positive texts: each where its span is seen."""
        if self.pictured is None:
            return None
        rows = [0] * kind[0] + [1] * kind[1]
        masks = torch.stack([self._seen_in(views, kind, shown.number) for shown in self.pictured.shown])
        device = self.positive.hidden.device
        return Pictures(self.pictured.adapter, self.pictured.shown, rows, masks.to(device), self.cells)

    def _controls(self, views: Sequence[View], kind: tuple[int, int]) -> Controls | None:
        """What leads shapes in such a call: all of the picture's, and each region's where its span is seen."""
        if self.steered is None:
            return None
        device = self.positive.hidden.device
        masks = [
            self._seen_in(views, kind, led.number)[:, None].to(device) if led.number else None
            for led in self.steered.led
        ]
        return Controls(self.steered, self._hints, masks)

    @cached_property
    def _hints(self) -> tuple[Tensor, ...]:
        assert self.steered is not None, "it is asked for then alone"
        frame = self.frame or Frame(*self.size)
        hints = self.steered.hints((frame.width, frame.height), frame.left, frame.top, self.size)
        return tuple(each.to(self.positive.hidden) for each in hints)

    def _seen_in(self, views: Sequence[View], kind: tuple[int, int], number: int) -> Tensor:
        """[B, G, G], where a span is seen in each sample of a call of so many negative and so many positive texts."""
        rows = [0] * kind[0] + [1] * kind[1]
        return torch.stack([self._seen(view, row, number) for view, row in zip(views, rows, strict=True)])

    def _seen(self, view: View, row: int, number: int) -> Tensor:
        box = box_mask(self.positive.spans[0][number].box)
        return box & view[number].mask if row else box

    def _sizes(self, text: EncodedText) -> Tensor:
        """[1, 6], what SDXL is told of the picture."""
        width, height = self.size
        frame = self.frame or Frame(width, height)
        told = [frame.height, frame.width, frame.top, frame.left, height, width]
        return torch.tensor([told], dtype=text.hidden.dtype, device=text.hidden.device)


def joined(*texts: EncodedText) -> EncodedText:
    """Several encoded batches as one; the shorter are padded with tokens that no pixel sees."""
    rows = [row for text in texts for row in text.hidden]
    hidden = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    pooled = torch.cat([text.pooled for text in texts])
    return EncodedText(hidden, pooled, tuple(spans for text in texts for spans in text.spans))

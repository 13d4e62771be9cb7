"""Classifier-free guidance over regional conditioning: the UNet's calls of one denoising step.

Everything that stays the same between steps (text, masks, text keys and values) is held here for one render.
Knows no noise schedule, no VAE and no canvas.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from omost_pipeline.renderer.attention import Regions, TextMemory
from omost_pipeline.renderer.text_encoder import EncodedText

_DOUBLED_CELLS = 4096
"""Up to this many latent cells in a batch, one doubled UNet call beats two: small calls are mostly overhead."""


@dataclass(frozen=True)
class Prompt:
    """What one UNet call reads: a batch of b texts, each serving n / b consecutive pictures of n.

    ``hidden``: [b, K, D]. ``pooled``: [b, P]. ``sizes``: [1, 6], SDXL's original size, crop and target size in pixels.
    """

    hidden: Tensor
    pooled: Tensor
    sizes: Tensor
    regions: Regions
    memory: TextMemory = field(default_factory=TextMemory)

    @classmethod
    def of(cls, text: EncodedText, width: int, height: int, latent: tuple[int, int]) -> Prompt:
        """For pictures of ``width`` × ``height`` pixels and ``latent`` (height, width) cells."""
        sizes = torch.tensor([[height, width, 0, 0, height, width]], dtype=text.hidden.dtype)
        device = text.hidden.device
        return cls(text.hidden, text.pooled, sizes.to(device), Regions.of(text.spans, *latent, device))

    def output(self, unet: UNet2DConditionModel, latents: Tensor, timestep: float) -> Tensor:
        """The UNet's prediction in float32 for latents [n, C, h, w]."""
        n = len(latents)
        added = {
            "text_embeds": self.pooled.repeat_interleave(n // len(self.pooled), 0),
            "time_ids": self.sizes.expand(n, -1),
        }
        kwargs = {"regions": self.regions, "memory": self.memory}
        prediction: Tensor = unet(
            latents.to(self.hidden.dtype),
            torch.tensor(timestep, device=latents.device),
            self.hidden,
            cross_attention_kwargs=kwargs,
            added_cond_kwargs=added,
            return_dict=False,
        )[0]
        return prediction.float()


@dataclass(frozen=True)
class Guidance:
    """Predictions led away from the negative prompt; a strength of 1 needs no negative prompt at all."""

    strength: float
    prompts: tuple[Prompt, ...]
    """The positive one; the negative and the positive; or both as one batch of two."""

    @classmethod
    def of(
        cls, negative: EncodedText, positive: EncodedText, strength: float, width: int, height: int, latents: Tensor
    ) -> Guidance:
        """Guidance for latents [n, C, h, w] of pictures of ``width`` × ``height`` pixels."""
        texts: tuple[EncodedText, ...] = (negative, positive)
        if strength == 1:
            texts = (positive,)
        elif latents[:, 0].numel() <= _DOUBLED_CELLS:
            texts = (joined(negative, positive),)
        cells = (latents.shape[-2], latents.shape[-1])
        return cls(strength, tuple(Prompt.of(text, width, height, cells) for text in texts))

    def output(self, unet: UNet2DConditionModel, latents: Tensor, timestep: float) -> Tensor:
        """The guided prediction [n, C, h, w] in float32."""
        if self.strength == 1:
            return self.prompts[0].output(unet, latents, timestep)
        if len(self.prompts) == 1:
            negative, positive = self.prompts[0].output(unet, torch.cat([latents, latents]), timestep).chunk(2)
        else:
            negative, positive = (prompt.output(unet, latents, timestep) for prompt in self.prompts)
        return negative + self.strength * (positive - negative)


def joined(*texts: EncodedText) -> EncodedText:
    """Several encoded batches as one; the shorter are padded with tokens that no pixel sees."""
    rows = [row for text in texts for row in text.hidden]
    hidden = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    pooled = torch.cat([text.pooled for text in texts])
    return EncodedText(hidden, pooled, tuple(spans for text in texts for spans in text.spans))

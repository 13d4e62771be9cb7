"""Words → what SDXL's UNet reads: both CLIPs' penultimate hidden states side by side, and the pooled vector.

Stable Diffusion 1 has one CLIP, and reads what its last layer gives, normed.
Bags come from :mod:`subprompts`; each is encoded as one window of both encoders, and the windows of a sample are joined
along the token axis. Knows no pixels: :class:`EncodedText` says how many tokens each box got, :mod:`attention` makes
masks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.models.clip.modeling_clip import CLIPEncoder

from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.subprompts import MOST_BAGS, Bag, Condition, bags, bounded

_AT_ONCE = 32
"""Bags that are encoded together."""


@dataclass(frozen=True)
class EncodedText:
    """A batch of encoded samples.

    ``hidden``: [B, K, D], K a multiple of the window (77 for CLIP); shorter samples end in zeros that no span counts.
    ``pooled``: [B, P], of each sample's first bag. ``spans``: for each sample, its conditions' boxes and token counts.
    ``left_out``: sub-prompts that were too many. ``window``: the tokens of a bag, the first of which is a mark.
    """

    hidden: Tensor
    pooled: Tensor
    spans: tuple[tuple[Span, ...], ...]
    left_out: tuple[str, ...] = ()
    window: int = 77


class TextEncoder:
    """SDXL's two tokenizers and text encoders, or the one of each that Stable Diffusion 1 has.

    Runs on the encoders' device; gradients flow to them.
    """

    def __init__(
        self,
        tokenizer: CLIPTokenizer,
        tokenizer_2: CLIPTokenizer | None,
        text_encoder: CLIPTextModel,
        text_encoder_2: CLIPTextModelWithProjection | None,
        reworded: Callable[[str], str] = str,
    ) -> None:
        """``reworded``: a sub-prompt in the words that the encoders were taught."""
        self._tokenizers = (tokenizer, tokenizer_2 or tokenizer)
        self.text_encoder, self.text_encoder_2 = text_encoder, text_encoder_2
        self._window = min(int(tokenizer.model_max_length), int(text_encoder.config.max_position_embeddings))
        self._reworded = reworded
        self._tokens = lru_cache(maxsize=4096)(self._tokenize)

    @property
    def encoders(self) -> tuple[CLIPTextModel | CLIPTextModelWithProjection, ...]:
        """Those that there are."""
        return (self.text_encoder,) if self.text_encoder_2 is None else (self.text_encoder, self.text_encoder_2)

    @property
    def pooled_width(self) -> int:
        """Of the pooled vector."""
        second = self.text_encoder_2
        return int(self.text_encoder.config.hidden_size if second is None else second.config.projection_dim or 0)

    @property
    def hidden_width(self) -> int:
        """Of the hidden states."""
        return sum(int(each.config.hidden_size) for each in self.encoders)

    @property
    def capacity(self) -> int:
        """Tokens of one bag besides its beginning and end marks: 75 for CLIP."""
        return self._window - 2

    def bags(self, condition: Condition) -> tuple[Bag, ...]:
        """The condition's bags, split by the first tokenizer; the second encodes the same ones, cut if it must."""
        return bags(condition, lambda text: len(self._tokens(0, text)), self.capacity)

    def ids(self, which: int, bag: Bag) -> list[int]:
        """Token ids of a bag for tokenizer ``which`` (0 or 1): begin, words, end, then that tokenizer's own pads.

        CLIP-L pads with its end mark, SDXL's CLIP-G with token 0: they differ, so each is asked.
        """
        tokenizer = self._tokenizers[which]
        words = [token for text in bag for token in self._tokens(which, text)][: self.capacity]
        marked = [_id(tokenizer.bos_token_id), *words, _id(tokenizer.eos_token_id)]
        return marked + [_id(tokenizer.pad_token_id)] * (self._window - len(marked))

    def encode(self, samples: Sequence[Sequence[Condition]]) -> EncodedText:
        """Encode a batch: for each sample its conditions, the global one first. Equal bags are encoded once."""
        split: list[tuple[tuple[Bag, ...], ...]] = []
        lost: list[str] = []
        for sample in samples:
            chosen, left_out = bounded([self.bags(condition) for condition in sample], MOST_BAGS)
            split.append(chosen)
            lost += left_out
        flat = [[bag for packed in sample for bag in packed] for sample in split]
        unique = {bag: row for row, bag in enumerate(dict.fromkeys(bag for sample in flat for bag in sample))}
        hidden, pooled = self._encode_bags(list(unique))
        rows = [torch.tensor([unique[bag] for bag in sample], device=hidden.device) for sample in flat]
        joined = [hidden[row].flatten(0, 1) for row in rows]  # [77 · bags, D] each
        spans = tuple(self._spans(sample, packed) for sample, packed in zip(samples, split, strict=True))
        first = torch.stack([row[0] for row in rows])
        hidden = torch.nn.utils.rnn.pad_sequence(joined, batch_first=True)
        return EncodedText(hidden, pooled[first], spans, tuple(lost), self._window)

    def pooled(self, texts: Sequence[str]) -> Tensor:
        """[n, P]: the vector of each short text by which SDXL's second CLIP, or the only one, pools it."""
        return self._encode_bags([(text,) for text in texts])[1]

    def averaged(self, texts: Sequence[str]) -> Tensor:
        """[n, D]: the mean of each short text's hidden states."""
        return self._encode_bags([(text,) for text in texts])[0].mean(1)

    def _spans(self, sample: Sequence[Condition], packed: Sequence[Sequence[Bag]]) -> tuple[Span, ...]:
        pairs = zip(sample, packed, strict=True)
        return tuple(
            Span(said.box, self._window * len(chosen), own_strength=said.strength, method=said.method)
            for said, chosen in pairs
        )

    def _encode_bags(self, chosen: Sequence[Bag]) -> tuple[Tensor, Tensor]:
        """n bags → hidden [n, 77, D], pooled [n, P]; a few at a time, because many would take much memory."""
        parts = [self._encode_few(chosen[at : at + _AT_ONCE]) for at in range(0, len(chosen), _AT_ONCE)]
        return torch.cat([hidden for hidden, _ in parts]), torch.cat([pooled for _, pooled in parts])

    def _encode_few(self, chosen: Sequence[Bag]) -> tuple[Tensor, Tensor]:
        device, second_encoder = self.text_encoder.device, self.text_encoder_2
        if second_encoder is None:
            found = self.text_encoder(torch.tensor([self.ids(0, bag) for bag in chosen], device=device))
            return found.last_hidden_state, found.pooler_output
        ids = [torch.tensor([self.ids(which, bag) for bag in chosen], device=device) for which in (0, 1)]
        with _penultimate(self.text_encoder) as first, _penultimate(second_encoder) as second:
            self.text_encoder(ids[0])
            pooled = second_encoder(ids[1]).text_embeds
        return torch.cat([*first, *second], -1), pooled

    def _tokenize(self, which: int, text: str) -> tuple[int, ...]:
        """A sub-prompt's tokens without marks, also where the text itself spells one out."""
        tokenizer = self._tokenizers[which]
        marks = (tokenizer.bos_token_id, tokenizer.eos_token_id)
        # verbose=False: no warning about long texts; bags cut them.
        ids = tokenizer(self._reworded(text), add_special_tokens=False, truncation=False, verbose=False).input_ids
        return tuple(token for token in ids if token not in marks)


@contextmanager
def _penultimate(encoder: CLIPTextModel | CLIPTextModelWithProjection) -> Iterator[list[Tensor]]:
    """Collects what enters an encoder's last layer, the one of its hidden states that SDXL reads."""
    found: list[Tensor] = []
    layers = next(module for module in encoder.modules() if isinstance(module, CLIPEncoder)).layers
    hook = layers[-1].register_forward_pre_hook(lambda _layer, entered: found.append(entered[0]))
    try:
        yield found
    finally:
        hook.remove()


def _id(token: object) -> int:
    assert isinstance(token, int)
    return token

"""What a causal language model can do for this program, judged by its configuration alone: no weights are read.

The loader, the decoder and ``omost-bot doctor`` ask the same function, so that what will not work is said beforehand.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from transformers import DynamicCache, PreTrainedConfig
from transformers.cache_utils import (
    DynamicLayer,
    DynamicSlidingWindowLayer,
    get_layer_types_and_kwargs,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

_WINDOWED = "sliding_attention"
_MASKED = frozenset({"full_attention", _WINDOWED})
"""Kinds of attention for which a mask can be drawn by hand."""
_OWN_CACHE = frozenset({"minimax"})
"""Kinds of models that take no cache but one of a class of their own."""


@dataclass(frozen=True)
class Abilities:
    """What a model can do.

    ``rewinds``: tokens can be taken out of its KV cache again, which speculative decoding and forks of a conversation
    need; recurrent states cannot. ``branches``: it can read a draft tree, whose mask is drawn by hand. ``windows`` says
    for each kind of attention layer how many tokens it looks back on, None without a limit. ``cache_argument`` is what
    its forward pass calls the cache. ``single_steps``: behind what it has read it takes tokens one by one.
    ``positions``: it is told where tokens stand behind what it has read, as some hybrids begin at 0 again.
    ``refusal`` is why the model cannot be used at all, in a sentence without a full stop; empty if it can.
    """

    rewinds: bool = True
    branches: bool = True
    windows: tuple[tuple[str, int | None], ...] = (("full_attention", None),)
    cache_argument: str = "past_key_values"
    single_steps: bool = False
    positions: bool = False
    refusal: str = ""

    @property
    def note(self) -> str:
        """What is worth knowing of a model that works with limits, in a sentence; empty if there are none."""
        if self.rewinds:
            return ""
        return (
            "its recurrent layers cannot take tokens back: it writes without speculative decoding, "
            "and a reroll reads its conversation again"
        )


def abilities_of(config: PreTrainedConfig) -> Abilities:
    """What the model with this configuration can do."""
    kind = str(getattr(config, "model_type", "")) or type(config).__name__
    if getattr(config, "is_encoder_decoder", False):
        return Abilities(refusal=f"{kind} reads with an encoder, and only decoders write canvases")
    try:
        model_class: Any = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    except KeyError:
        return Abilities(refusal=f"{kind} is not a language model that transformers can generate text with")
    arguments = inspect.signature(model_class.forward).parameters
    cache_argument = next((name for name in ("past_key_values", "cache_params") if name in arguments), "")
    if kind in _OWN_CACHE:
        return Abilities(refusal=f"{kind} keeps a cache of its own, which this program cannot use")
    if not cache_argument:
        return Abilities(refusal=f"{kind} keeps no KV cache between two passes of the kind that this program can use")
    return _cached(config, kind, cache_argument, "position_ids" in arguments)


def _cached(config: PreTrainedConfig, kind: str, cache_argument: str, takes_positions: bool) -> Abilities:
    try:
        cache = DynamicCache(config=config)
        types, options = get_layer_types_and_kwargs(config.get_text_config(decoder=True))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Abilities(refusal=f"{kind} has layers that transformers keeps no KV cache for ({error!r})")
    plain = all(type(layer) in {DynamicLayer, DynamicSlidingWindowLayer} for layer in cache.layers)
    windows = {name: option.get("sliding_window") for name, option in zip(types, options, strict=True)}
    return Abilities(
        rewinds=plain,
        branches=plain and set(types) <= _MASKED,
        windows=tuple(windows.items()),
        cache_argument=cache_argument,
        positions=takes_positions and not plain,
        single_steps=cache_argument == "cache_params",  # Mamba's convolution forgets its past before a longer piece
    )

"""Models of a given size that know nothing: their arithmetic takes as long as a trained one's."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedModel
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from omost_pipeline.errors import OmostError

VOCABULARY = 128_256
"""Llama 3's, whose token ids the recordings hold."""

_SPREAD = 0.02  # of random weights, as Llamas are initialised


def random_model(shape: str) -> PreTrainedModel:
    """A model of one of the :data:`SHAPES`.

    Raises:
        OmostError: if there is no such shape, or no device for it.
    """
    if shape not in SHAPES:
        raise OmostError(f"There is no shape {shape!r}; choose one of {', '.join(SHAPES)}.")
    torch.manual_seed(0)
    return SHAPES[shape]()


def half_billion() -> PreTrainedModel:
    """A Llama of 0.5 billion parameters in bfloat16, on the CPU."""
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16,
        num_key_value_heads=4, max_position_embeddings=8192, tie_word_embeddings=True, eos_token_id=None,
        rope_parameters={"rope_type": "default", "rope_theta": 500_000.0},
    )  # fmt: skip
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.eval()
    return model


def eight_billion() -> PreTrainedModel:
    """Llama 3's 8 billion parameters in 4 bits (nf4, bitsandbytes), on the GPU, of which it takes 6 GB.

    Raises:
        OmostError: if there is no CUDA device.
    """
    if not torch.cuda.is_available():
        raise OmostError("The shape 8b-4bit needs a CUDA GPU, and torch finds none: measure 0.5b here.")
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=4096, intermediate_size=14_336, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=8, max_position_embeddings=8192, eos_token_id=None,
        rope_parameters={"rope_type": "default", "rope_theta": 500_000.0},
    )  # fmt: skip
    return in_4_bits(config, "cuda")


SHAPES: Mapping[str, Callable[[], PreTrainedModel]] = {"0.5b": half_billion, "8b-4bit": eight_billion}


def in_4_bits(config: LlamaConfig, device: str) -> LlamaForCausalLM:
    """A random Llama whose linear layers are quantised one by one, so that the whole is never there in 16 bits.

    Raises:
        OmostError: if bitsandbytes is not installed.
    """
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    for name, part in list(model.named_modules()):
        if isinstance(part, nn.Linear) and name != "lm_head":
            model.set_submodule(name, _linear_4_bit(part, device))
        elif not list(part.children()):
            part.to_empty(device=device).bfloat16()
            for weight in part.parameters():
                nn.init.normal_(weight, std=_SPREAD) if weight.ndim > 1 else nn.init.ones_(weight)
    model.model.rotary_emb = LlamaRotaryEmbedding(config).to(device)
    model.eval()
    return model


def _linear_4_bit(plain: nn.Linear, device: str) -> nn.Module:
    try:
        parts: Any = importlib.import_module("bitsandbytes.nn")  # not everybody has it
    except ImportError:
        raise OmostError("The shape 8b-4bit needs bitsandbytes: run `pip install bitsandbytes`.") from None
    layer: nn.Module = parts.Linear4bit(
        plain.in_features, plain.out_features, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4", device="meta"
    )
    weight = torch.randn(plain.weight.shape, dtype=torch.bfloat16, device=device) * _SPREAD
    layer.weight = parts.Params4bit(weight, requires_grad=False, quant_type="nf4", module=layer).to(device)
    return layer

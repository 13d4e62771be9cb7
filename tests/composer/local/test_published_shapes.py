"""Language models as they are published, but narrow: layers, windows, ropes and multipliers of the real configurations.

With drafts the model's own distribution is drawn from, also behind more text than a window holds.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from transformers import PreTrainedModel

from omost_pipeline.composer.local.abilities import abilities_of
from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.tree import ROOT, TokenTree

pytestmark = pytest.mark.slow

WORDS = 64
NARROW: dict[str, Any] = {
    "vocab_size": WORDS, "hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 16, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 0,
}  # fmt: skip
LLAMA_3: dict[str, Any] = {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                           "original_max_position_embeddings": 8192, "rope_theta": 5e5}  # fmt: skip
GEMMA: dict[str, Any] = {
    "full_attention": {"rope_type": "default", "rope_theta": 1e6},
    "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
}
LONG: list[float] = [1.0 + number for number in range(6)]
FIVE_TO_ONE = ["sliding_attention"] * 5 + ["full_attention"]
THREE_TO_ONE = ["linear_attention"] * 3 + ["full_attention"]
CONV = {2, 5, 8, 10, 12, 14}
"""LFM2's layers with attention, of sixteen."""

REAL: dict[str, tuple[str, int, dict[str, Any]]] = {
    "Llama 3.2 1B": ("Llama", 60, {"num_hidden_layers": 16, "rope_parameters": LLAMA_3}),
    "Phi-3 mini 4k": ("Phi3", 2100, {"num_hidden_layers": 32, "sliding_window": 2047}),
    "Phi-4 mini": ("Phi3", 60, {"num_hidden_layers": 32, "sliding_window": 262144, "max_position_embeddings": 131072,
                   "original_max_position_embeddings": 4096,
                   "rope_parameters": {"rope_type": "longrope", "rope_theta": 1e4, "partial_rotary_factor": 0.75,
                                       "short_factor": [1.0] * 6, "long_factor": LONG,
                                       "original_max_position_embeddings": 4096}}),
    "Qwen 2.5 7B": ("Qwen2", 60, {"num_hidden_layers": 28, "use_sliding_window": False, "sliding_window": 131072,
                    "max_window_layers": 28, "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}),
    "Qwen 3 4B": ("Qwen3", 60, {"num_hidden_layers": 36, "rope_parameters": {"rope_type": "default", "rope_theta": 1e6},
                  "tie_word_embeddings": True}),
    "Qwen 3.5": ("Qwen3_5Text", 60, {"num_hidden_layers": 24, "layer_types": THREE_TO_ONE * 6,
                 "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8,
                 "linear_value_head_dim": 8, "linear_conv_kernel_dim": 4,
                 "rope_parameters": {"rope_type": "default", "rope_theta": 1e7, "partial_rotary_factor": 0.25,
                                     "mrope_section": [1, 1, 0], "mrope_interleaved": True}}),
    "Gemma 3 1B": ("Gemma3Text", 600, {"num_hidden_layers": 26, "sliding_window": 512, "query_pre_attn_scalar": 256,
                   "layer_types": (FIVE_TO_ONE * 5)[:26], "rope_parameters": GEMMA}),
    "Granite 3.3 2B": ("Granite", 60, {"num_hidden_layers": 40, "embedding_multiplier": 12.0, "logits_scaling": 0.25,
                       "residual_multiplier": 0.22, "attention_multiplier": 0.25,
                       "rope_parameters": {"rope_type": "default", "rope_theta": 1e7}}),
    "SmolLM 3 3B": ("SmolLM3", 60, {"num_hidden_layers": 36, "no_rope_layers": [1, 1, 1, 0] * 9,
                    "rope_parameters": {"rope_type": "default", "rope_theta": 5e6}}),
    "LFM2 1.2B": ("Lfm2", 60, {"num_hidden_layers": 16, "conv_L_cache": 3, "block_auto_adjust_ff_dim": False,
                  "layer_types": ["full_attention" if layer in CONV else "conv" for layer in range(16)]}),
    "gpt-oss 20B": ("GptOss", 200, {"num_hidden_layers": 24, "sliding_window": 128, "num_local_experts": 4,
                    "num_experts_per_tok": 2, "layer_types": ["sliding_attention", "full_attention"] * 12,
                    "rope_parameters": {"rope_type": "yarn", "rope_theta": 1.5e5, "factor": 32.0, "beta_fast": 32.0,
                                        "beta_slow": 1.0, "truncate": False,
                                        "original_max_position_embeddings": 4096}}),
    "Falcon-H1 0.5B": ("FalconH1", 60, {"num_hidden_layers": 36, "mamba_d_ssm": 64, "mamba_n_heads": 8,
                       "mamba_d_head": 8, "mamba_d_state": 16, "mamba_d_conv": 4,
                       "embedding_multiplier": 5.65, "lm_head_multiplier": 0.5, "key_multiplier": 0.39,
                       "attention_out_multiplier": 0.9375, "ssm_in_multiplier": 1.25, "ssm_out_multiplier": 0.2357,
                       "ssm_multipliers": [0.35, 0.25, 0.35, 0.5, 0.35], "mlp_multipliers": [0.88, 0.5],
                       "rope_parameters": {"rope_type": "default", "rope_theta": 1e11}}),
}  # fmt: skip
"""Name → class, tokens of the prompt (more than the window, where there is one), what the published file says."""

TEMPERATURE = 0.6
TREE = TokenTree((7, 8, 9, 10, 11, 12), (ROOT, 0, 1, 0, ROOT, 4))
BRANCHES: tuple[list[int], ...] = ([], [7], [7, 8], [7, 8, 9], [7, 10], [11], [11, 12])


def made(kind: str) -> tuple[PreTrainedModel, list[int]]:
    name, length, said = REAL[kind]
    library: Any = transformers
    config = getattr(library, f"{name}Config")(**{"max_position_embeddings": 8192, **NARROW, **said})
    torch.manual_seed(1)
    config._experts_implementation = "eager"  # the one that sums in double precision, too
    model: PreTrainedModel = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float64).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
    prompt = torch.randint(13, WORDS, (length,), generator=torch.Generator().manual_seed(2)).tolist()
    return model, prompt


def shares(logits: torch.Tensor) -> torch.Tensor:
    """What is drawn from at the temperature."""
    return torch.softmax(logits.float() / TEMPERATURE, -1)


def alone(model: PreTrainedModel, run: list[int], last: int = 1) -> torch.Tensor:
    """[last, words] the logits behind each of the last tokens of a run, read at once and without a cache."""
    with torch.inference_mode():
        output: Any = model(input_ids=torch.tensor([run]), use_cache=False, logits_to_keep=last)
    logits: torch.Tensor = output.logits[0, -last:]
    return logits


@pytest.mark.parametrize("kind", REAL)
def test_drafts_change_nothing_of_what_a_published_shape_writes(kind: str) -> None:
    """All places of a draft tree are drawn from the model's own distribution at 0.6; at 0 the text is its own."""
    model, prompt = made(kind)
    able = abilities_of(model.config)
    if able.rewinds:
        cache = KvCache(model)
        cache.advance(prompt[:-5])
        branched = shares(cache.read(prompt[-5:], TREE))
        exact = torch.stack([shares(alone(model, [*prompt, *branch])[0]) for branch in BRANCHES])
        assert float((branched - exact).abs().sum(-1).max()) < 1e-5
        cache.keep([0, 3])
        behind = shares(cache.advance([20]))
        assert float((behind - shares(alone(model, [*prompt, 7, 10, 20])[0])).abs().sum()) < 1e-5
    plain = list(decode(KvCache(model), prompt, Sampling(0.0, 1.0, 0), (), 6))
    own = alone(model, [*prompt, *plain[:-1]], 6)
    assert plain == own.argmax(-1).tolist()
    drafts = Drafts()
    drafts.extend([*prompt[-8:], *plain, *prompt[-8:]])
    cache = KvCache(model)
    assert list(decode(cache, prompt, Sampling(0.0, 1.0, 0), (), 6, drafts if able.rewinds else None)) == plain
    assert cache.passes < 6 if able.rewinds else cache.passes == 6

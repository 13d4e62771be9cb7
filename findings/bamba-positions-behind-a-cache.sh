#!/usr/bin/env bash
# transformers 5.23.0: a Bamba model called with a cache and without position_ids counts positions from 0 again.
# Expected: what Llama and other models do, which count on from the cache. Seen: other logits, and no word of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$folder" torch==2.13.0 transformers==5.23.0
PYTHONPATH=$folder python3 - <<'PYTHON'
import sys

import torch
import transformers
from transformers import BambaConfig, BambaForCausalLM, LlamaConfig, LlamaForCausalLM

transformers.logging.set_verbosity_error()
SIZES = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "pad_token_id": 0,
}  # fmt: skip
BAMBA = BambaConfig(
    **SIZES, attn_layer_indices=[1], mamba_n_heads=4, mamba_d_head=16, mamba_n_groups=1, mamba_d_state=16, mamba_expand=2
)
tokens = torch.arange(1, 13).unsqueeze(0)


@torch.no_grad()
def difference(model, told):
    """How far the last token's logits are from those of one call, when it comes behind a cache of the others."""
    torch.manual_seed(0)
    model = model.eval()
    whole = model(tokens).logits[:, -1]
    cache = model(tokens[:, :-1], use_cache=True).past_key_values
    where = {"position_ids": torch.tensor([[tokens.shape[1] - 1]])} if told else {}
    return float((model(tokens[:, -1:], past_key_values=cache, use_cache=True, **where).logits[:, -1] - whole).abs().max())


torch.manual_seed(0)
bamba, llama = BambaForCausalLM(BAMBA), LlamaForCausalLM(LlamaConfig(**SIZES))
# Random weights attend evenly; sharper ones, as trained models have, make it visible.
for name, weight in bamba.named_parameters():
    if "q_proj" in name or "k_proj" in name:
        weight.data.mul_(20)
seen = {
    "Llama without position_ids": difference(llama, told=False),
    "Bamba with position_ids": difference(bamba, told=True),
    "Bamba without position_ids": difference(bamba, told=False),
}
print("transformers", transformers.__version__, "- largest difference of the last token's logits from one whole call")
for name, value in seen.items():
    print(f"{name}: {value:.1e}")
*right, wrong = seen.values()
sys.exit(0 if max(right) < 1e-4 and wrong > 1e-3 else "this has changed")
PYTHON

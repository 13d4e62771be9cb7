"""A model that knows nothing, at a high temperature, held to the grammar: whatever it writes must be a canvas.

``python -m tests.fuzz.random_model 1000`` writes so many whole replies and reports.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.local.llm import LocalLlm
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.profiles import PROFILES


def random_llm() -> LocalLlm:
    """The smallest Llama there can be, as it is initialised, with the bundled model's tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(PROFILES["tiny"].composer)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        max_position_embeddings=8192,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LocalLlm(LlamaForCausalLM(config).eval(), tokenizer, grammar=True)


def replies(count: int, longest: int) -> Iterator[str]:
    """So many replies at temperature 1.5, each of at most ``longest`` tokens."""
    llm = random_llm()
    for seed in range(count):
        options = ComposeOptions(seed=seed, temperature=1.5, top_p=1.0, max_new_tokens=longest)
        yield "".join(llm.compose((), "a red ball", options))


if __name__ == "__main__":
    torch.set_num_threads(1)
    parsed = [parse_canvas(reply) for reply in replies(int(sys.argv[1]) if sys.argv[1:] else 1000, 4096)]
    cut = sum(each.cut for each in parsed)
    print(f"{len(parsed)} replies: {len(parsed)} canvases, {cut} of them ended early")  # noqa: T201 - a command reports

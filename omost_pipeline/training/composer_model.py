"""The bundled composer's model: a small Llama, its export in transformers' layout, and greedy replies with it.

Knows nothing of dialogues or training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.composer.samples import FILE
from omost_pipeline.profiles import BUNDLED
from omost_pipeline.training.composer_tokenizer import BOS, CONTEXT, END, PAD, token_id

Chat = Sequence[dict[str, str]]
"""Messages as chat templates take them: ``{"role": ..., "content": ...}``."""

WEIGHTS = BUNDLED / "composer"


def model_config(tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    """Six layers of 192: most of the work is copying, which wants depth and heads more than width."""
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=6,
        num_attention_heads=6,
        num_key_value_heads=6,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=token_id(tokenizer, BOS),
        eos_token_id=token_id(tokenizer, END),
        pad_token_id=token_id(tokenizer, PAD),
        initializer_range=0.03,
    )


def new_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """A model with random weights, the same for the same seed."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(model_config(tokenizer))


def export(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path, samples: Iterable[str] = ()
) -> None:
    """Write model (float16), generation settings and tokenizer to ``folder`` in transformers' layout.

    ``samples``: replies as it should write them, kept beside it for guesses (:mod:`omost_pipeline.composer.samples`).
    """
    half = LlamaForCausalLM(model.config)
    half.load_state_dict(model.state_dict())
    ends = {name: getattr(model.config, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    half.generation_config = GenerationConfig(**ends)
    folder.mkdir(parents=True, exist_ok=True)
    half.half().save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # safetensors writes it for its owner alone
    tokenizer.save_pretrained(folder)
    if texts := list(samples):
        (folder / FILE).write_text("".join(f"{text}\n\n" for text in texts), encoding="utf-8")


def greedy_reply(model: Any, tokenizer: PreTrainedTokenizerFast, most_tokens: int = 400) -> Callable[[Chat], str]:  # noqa: ANN401  # transformers types its auto classes loosely
    """A function from a conversation to the model's most likely reply, without sampling."""
    end = token_id(tokenizer, END)

    def reply(messages: Chat) -> str:
        prompt = tokenizer.apply_chat_template(
            [dict(message) for message in messages], add_generation_prompt=True, return_dict=False
        )
        ids = torch.tensor([prompt])
        with torch.inference_mode():
            whole = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=most_tokens, do_sample=False, eos_token_id=end
            )
        return str(tokenizer.decode(whole[0, ids.shape[1] :], skip_special_tokens=True))

    return reply

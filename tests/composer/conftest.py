"""A tiny random Llama with a byte-level BPE tokenizer, and a few canvases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.local.llm import LocalLlm, load_composer
from omost_pipeline.composer.prompt import SYSTEM_PROMPT
from omost_pipeline.composer.protocol import Turn

_TEMPLATE = (
    "<|begin|>{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SPECIAL = ["<|begin|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]


def canvas_of(*things: str) -> Canvas:
    regions = tuple(Region("on the left", "no offset", "a small square area", 2.0, f"A {thing}.") for thing in things)
    return Canvas(GlobalDescription("A meadow.", color="green"), regions)


def make_tokenizer() -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    corpus = [SYSTEM_PROMPT, canvas_to_reply(canvas_of("red ball", "green tree"))] * 4
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<|begin|>", eos_token="<|end|>", chat_template=_TEMPLATE
    )


def make_model(context: int = 4096, vocabulary: int = 500, width: int = 64) -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.4,  # far from uniform logits, so that greedy choices are clear
        bos_token_id=0,
        eos_token_id=4,
    )
    return LlamaForCausalLM(config)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small only lose time to a second thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def model_of() -> Callable[..., LlamaForCausalLM]:
    return make_model


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint folder as transformers saves it."""
    folder = tmp_path_factory.mktemp("composer")
    make_model().save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return make_tokenizer()


@pytest.fixture
def llm(weights: Path) -> LocalLlm:
    return load_composer(str(weights), grammar=False)


@pytest.fixture
def history() -> list[Turn]:
    return [Turn("a ball", canvas_of("red ball")), Turn("add a tree", canvas_of("red ball", "green tree"))]

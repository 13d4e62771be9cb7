"""The bundled model behind llama.cpp's own server, held to the Canvas language by its grammar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.local.weights import load_model
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.composer.served.llm import ServedLlm, server_abilities
from omost_pipeline.composer.served.server import Server
from omost_pipeline.profiles import PROFILES
from tests.composer.local.gguf_files import write_gguf
from tests.composer.served import llama_cpp_server
from tests.composer.served.real_servers import running

pytestmark = pytest.mark.slow

CONTEXT = 2048
WILD = ComposeOptions(temperature=1.8, top_p=1.0, max_new_tokens=150)


@pytest.fixture(scope="module")
def bundled() -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    model, tokenizer = load_model(PROFILES["tiny"].composer, "cpu")
    assert isinstance(model, LlamaForCausalLM)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return model, tokenizer


@pytest.fixture(scope="module")
def server(
    bundled: tuple[LlamaForCausalLM, PreTrainedTokenizerFast],
    tmp_path_factory: pytest.TempPathFactory,
    unused_tcp_port_factory: Callable[[], int],
) -> Iterator[Server]:
    """The bundled composer as a GGUF file; nothing tells us that its server knows grammars, so it has to be asked."""
    folder: Path = tmp_path_factory.mktemp("llama")
    write_gguf(folder / "tiny.gguf", *bundled)
    port = unused_tcp_port_factory()
    command = [sys.executable, llama_cpp_server.__file__, str(folder / "tiny.gguf"), str(port), str(CONTEXT)]
    with running(command, f"http://127.0.0.1:{port}/health", folder):
        yield Server(f"http://127.0.0.1:{port}/v1", timeout=60.0)


def write(composer: Composer, history: list[Turn], words: str, options: ComposeOptions) -> str:
    return "".join(composer.compose(history, words, options))


def test_it_says_itself_what_it_can_do(server: Server) -> None:
    assert server_abilities(server) == f"llama.cpp, {CONTEXT:,} tokens"


def test_what_a_wild_model_writes_is_a_canvas_all_the_same(server: Server) -> None:
    llm, history = ServedLlm(server), list[Turn]()
    for seed in range(2):
        parsed = parse_canvas(write(llm, history, "a dragon", replace(WILD, seed=seed)))
        assert parsed.cut or not parsed.corrections
        history.append(Turn("a dragon", parsed.canvas))
    assert len({turn.canvas for turn in history}) > 1


def test_without_the_grammar_it_writes_what_it_likes(server: Server) -> None:
    """So it was the grammar that held it."""
    beginning = "```python\n# Initialize the canvas\ncanvas = Canvas()\n\n# Set a global description for the canvas\n"
    more = (("top_k", 0), ("min_p", 0.0))
    free = replace(server, structured="none", request=more)
    for held, composer in ((True, ServedLlm(server)), (False, ServedLlm(free))):
        reply = write(composer, [], "a dragon", replace(WILD, temperature=9.0, max_new_tokens=40))
        assert reply.startswith(beginning) is held


def test_a_seed_means_the_same_text(server: Server) -> None:
    llm = ServedLlm(server)
    one, other, again = (write(llm, [], "a dragon", replace(WILD, seed=seed, max_new_tokens=60)) for seed in (1, 2, 1))
    assert one == again != other


def test_hanging_up_leaves_the_server_fit_for_the_next_reply(server: Server) -> None:
    llm = ServedLlm(server)
    with closing(llm.compose((), "a castle", replace(WILD, max_new_tokens=1000))) as pieces:
        assert next(piece for piece in pieces if piece)
    assert write(llm, [], "a castle", ComposeOptions(max_new_tokens=20)).startswith("```python")

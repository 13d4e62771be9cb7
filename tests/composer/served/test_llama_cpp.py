"""The bundled model behind llama.cpp's own server, held to the Canvas language by its grammar.

For those who have ``llama-server`` on their path; it is no Python package.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.local.weights import load_model
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.composer.served.llm import ServedLlm
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import CanvasError
from omost_pipeline.profiles import PROFILES
from tests.composer.local.gguf_files import write_gguf
from tests.composer.served.real_servers import running

PROGRAM = shutil.which("llama-server")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="llama-server is not on the path")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Callable[[], int]) -> Iterator[Server]:
    """``llama-server`` with the bundled composer; nothing says that it knows grammars, so it has to be asked."""
    assert PROGRAM is not None
    folder: Path = tmp_path_factory.mktemp("llama")
    model, tokenizer = load_model(PROFILES["tiny"].composer, "cpu")
    assert isinstance(model, LlamaForCausalLM)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    write_gguf(folder / "tiny.gguf", model, tokenizer)
    port = unused_tcp_port_factory()
    command = [PROGRAM, "-m", str(folder / "tiny.gguf"), "--port", str(port), "-t", "1", "-c", "2048", "--jinja"]
    with running(command, f"http://127.0.0.1:{port}/health", folder):
        yield Server(f"http://127.0.0.1:{port}/v1", timeout=60.0)


def test_what_a_wild_model_writes_is_a_canvas_all_the_same(server: Server) -> None:
    """Lost as it is: llama.cpp puts the system prompt, which this model never saw, into the first message."""
    llm, history = ServedLlm(server), list[Turn]()
    for seed in range(10):
        options = ComposeOptions(temperature=1.8, top_p=1.0, seed=seed, max_new_tokens=400)
        parsed = parse_canvas("".join(llm.compose(history, "a dragon", options)))
        assert parsed.cut or not parsed.corrections
        history.append(Turn("a dragon", parsed.canvas))
    assert len({turn.canvas for turn in history}) > 5


def test_without_the_grammar_it_writes_what_it_likes(server: Server) -> None:
    """So it was the grammar that held it."""
    llm = ServedLlm(replace(server, structured="none"))
    options = ComposeOptions(temperature=1.8, top_p=1.0, max_new_tokens=400)
    with pytest.raises(CanvasError):
        parse_canvas("".join(llm.compose((), "a dragon", options)))

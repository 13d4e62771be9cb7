"""The bundled model behind a real OpenAI-compatible server: transformers' own, on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.local.llm import load_composer
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.composer.served.llm import ServedLlm
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import ComposerError
from omost_pipeline.profiles import PROFILES
from tests.composer.served.real_servers import running

pytestmark = pytest.mark.slow

MODEL = PROFILES["tiny"].composer
GREEDY = ComposeOptions(temperature=0.0, max_new_tokens=600)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Callable[[], int]) -> Iterator[Server]:
    """``transformers serve`` with the bundled composer loaded."""
    port = unused_tcp_port_factory()
    options = ["--device", "cpu", "--dtype", "float32", "--port", str(port)]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", MODEL, *options]
    with running(command, f"http://localhost:{port}/health", tmp_path_factory.mktemp("serve")):
        yield Server(f"http://localhost:{port}/v1", MODEL, context=2048, timeout=60.0)


def write(composer: Composer, history: list[Turn], words: str) -> str:
    return "".join(composer.compose(history, words, GREEDY))


def test_a_conversation_is_the_same_as_with_the_model_in_this_process(server: Server) -> None:
    served, local = ServedLlm(server), load_composer(MODEL, grammar=False)
    history: list[Turn] = []
    for words in ("a red house on the left", "make it blue"):
        reply = write(served, history, words)
        assert reply == write(local, history, words)
        history.append(Turn(words, parse_canvas(reply).canvas))
    assert [turn.canvas.regions[0].color for turn in history] == ["red", "blue"]


def test_hanging_up_in_the_middle_leaves_the_server_fit_for_the_next_reply(server: Server) -> None:
    served = ServedLlm(server)
    with closing(served.compose((), "a castle and a cat and a tree", GREEDY)) as pieces:
        assert next(piece for piece in pieces if piece)
    assert parse_canvas(write(served, [], "a red house")).canvas.regions


def test_a_model_it_cannot_load_is_told_in_its_words(server: Server) -> None:
    strange = ServedLlm(Server(server.url, "nobody/no-such-model", structured="none"), pause=0.01)
    with pytest.raises(ComposerError, match=f"The language model's server {server.url} "):
        write(strange, [], "a red house")


@pytest.mark.parametrize("name", [MODEL, ""])
def test_seeds_and_temperature_count_and_the_model_need_not_be_named(server: Server, name: str) -> None:
    served = ServedLlm(Server(server.url, name, context=2048, timeout=60.0))
    options = [ComposeOptions(seed, temperature=4.0, top_p=1.0, max_new_tokens=60) for seed in (1, 2, 1)]
    one, other, again = ("".join(served.compose((), "a red house", each)) for each in options)
    assert one == again != other

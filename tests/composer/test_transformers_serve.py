"""The bundled model behind a real OpenAI-compatible server: transformers' own, on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.composer import ComposeOptions, Composer, Turn
from omost_pipeline.composer.local_llm import load_composer
from omost_pipeline.composer.served_llm import ServedLlm
from omost_pipeline.errors import ComposerError
from omost_pipeline.profiles import PROFILES, Server

MODEL = PROFILES["tiny"].composer
GREEDY = ComposeOptions(temperature=0.0, max_new_tokens=600)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``transformers serve`` with the bundled composer loaded."""
    folder = tmp_path_factory.mktemp("serve")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--device", "cpu", "--dtype", "float32", "--port", str(port)]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", MODEL, *options]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder), "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            _wait_for(f"http://localhost:{port}/health", process, folder / "log")
            yield Server(f"http://localhost:{port}/v1", MODEL, context=2048, timeout=60.0)
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


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

"""Language models by hub name: what is fetched of them, and quick clear refusals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.composer.local.llm import load_composer
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.errors import WeightsError
from tests.composer.local.gguf_files import write_gguf
from tests.renderer.hub_server import Hub, redirect, serving

pytestmark = pytest.mark.slow

MODEL = "somebody/small-llama"
NOBODY = "http://127.0.0.1:9"
"""Where no server listens."""


@pytest.fixture
def server(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one language model, and with the same weights once more under other names."""
    model = shutil.copytree(weights, tmp_path / "hub")
    for name in ("consolidated.safetensors", "model.fp16.safetensors", "pytorch_model.bin"):
        shutil.copy(model / "model.safetensors", model / name)
    with serving(Hub({MODEL: model}), tmp_path / "cache", monkeypatch) as found:
        yield found


def weights_of(server: Hub) -> set[str]:
    return {file for file in server.fetched if not file.endswith((".json", ".jinja"))}


def refused(name: str) -> str:
    with pytest.raises(WeightsError) as caught:
        load_composer(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_weights_are_fetched_once_and_then_used_without_the_hub(
    server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_composer(MODEL)
    assert weights_of(server) == {"model.safetensors"}
    redirect(monkeypatch, NOBODY, tmp_path / "cache")
    assert "".join(load_composer(MODEL).compose((), "a ball", ComposeOptions(max_new_tokens=4)))


def test_weights_in_several_files_are_fetched_all(server: Hub) -> None:
    model = server.models[MODEL]
    whole = AutoModelForCausalLM.from_pretrained(model)
    (model / "model.safetensors").unlink()
    (model / "model.fp16.safetensors").unlink()
    whole.save_pretrained(model, max_shard_size="100KB")
    load_composer(MODEL)
    shards = {file.name for file in model.glob("model-*.safetensors")}
    assert len(shards) > 1
    assert weights_of(server) == shards


def test_a_gguf_file_is_fetched_alone_and_a_missing_one_told_with_those_there_are(
    server: Hub, tmp_path: Path, model_of: Callable[[], LlamaForCausalLM], tokenizer: PreTrainedTokenizerFast
) -> None:
    files = tmp_path / "packed"
    files.mkdir()
    write_gguf(files / "tiny-f16.gguf", model_of(), tokenizer)
    shutil.copy(files / "tiny-f16.gguf", files / "other.gguf")
    server.models["somebody/packed"] = files
    load_composer("somebody/packed:tiny-f16.gguf")
    assert weights_of(server) == {"tiny-f16.gguf"}
    said = refused("somebody/packed:tiny-q4.gguf")
    assert said == "somebody/packed on the hub has no tiny-q4.gguf; it has other.gguf, tiny-f16.gguf."
    assert "one of its GGUF files, as somebody/packed:FILE.gguf" in refused("somebody/packed")


def test_a_model_that_cannot_chat_is_refused_before_its_weights_are_fetched(server: Hub) -> None:
    (server.models[MODEL] / "chat_template.jinja").unlink()
    assert refused(MODEL).startswith(f"The composer {MODEL} has no chat template")
    assert weights_of(server) == set()


def test_weights_that_may_hold_programs_are_not_fetched(server: Hub) -> None:
    for file in server.models[MODEL].glob("*.safetensors"):
        file.unlink()
    assert refused(MODEL).startswith(f"{MODEL} on the hub has no model*.safetensors")
    assert weights_of(server) == set()


def test_a_name_that_the_hub_does_not_know(server: Hub) -> None:
    assert refused("somebody/no-such-model").startswith("The hub has no model somebody/no-such-model, or a private one")


def test_no_network_is_told_at_once_and_without_trying_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    redirect(monkeypatch, NOBODY, tmp_path / "cache")
    said = refused("nobody-at-all/no-such-model")
    assert said.startswith("nobody-at-all/no-such-model is not on this computer and could not be downloaded")
    assert "Connection refused" in said
    assert "check the name and the network" in said
    assert waits == []

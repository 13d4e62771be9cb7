"""Hub names: what is fetched of a model, what a second start takes from the disk, and quick clear refusals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from omost_pipeline import hub
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.recipe import Lora
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.sources import find_lora
from tests.renderer.hub_server import Hub, redirect, serving
from tests.renderer.sdxl.test_adapters import KEYS, peft_lora

pytestmark = pytest.mark.slow

MODEL = "somebody/small-xl"
NOBODY = "http://127.0.0.1:9"
"""Where no server listens."""


@pytest.fixture
def server(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one SDXL model, whose UNet comes in float16 and float32 and whose other parts in float32 alone."""
    model = shutil.copytree(checkpoint, tmp_path / "hub")
    file = model / "unet" / "diffusion_pytorch_model.safetensors"
    halves = {name: value.half() for name, value in load_file(file).items()}
    save_file(halves, file.with_name("diffusion_pytorch_model.fp16.safetensors"), {"format": "pt"})
    (model / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"a pickle")
    with serving(Hub({MODEL: model}), tmp_path / "cache", monkeypatch) as found:
        yield found


def weights_of(server: Hub) -> set[str]:
    return {file for file in server.fetched if not file.endswith((".json", ".txt"))}


def test_of_each_part_one_file_is_fetched_the_float16_one_if_there_is_one(server: Hub) -> None:
    load_renderer(MODEL)
    assert weights_of(server) == {
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "text_encoder_2/model.safetensors",
    }


def test_what_was_fetched_is_used_without_the_hub(server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_renderer(MODEL)
    redirect(monkeypatch, NOBODY, tmp_path / "cache")
    load_renderer(MODEL)


def test_another_model_is_refused_before_its_weights_are_fetched(server: Hub) -> None:
    shutil.rmtree(server.models[MODEL] / "text_encoder_2")
    with pytest.raises(WeightsError, match="has no text_encoder_2 folder"):
        load_renderer(MODEL)
    assert weights_of(server) == set()


def refused(name: str) -> str:
    with pytest.raises(WeightsError) as caught:
        load_renderer(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_name_that_the_hub_does_not_know(server: Hub) -> None:
    assert refused("somebody/no-such-model").startswith("The hub has no model somebody/no-such-model, or a private one")


def test_a_model_behind_conditions_is_told_with_where_to_accept_them(server: Hub) -> None:
    server.gated.add(MODEL)
    assert f"do so at https://huggingface.co/{MODEL}" in refused(MODEL)


def test_a_name_that_no_hub_could_have() -> None:
    assert "'no body/what??' is not a valid hub name" in refused("no body/what??")


def test_no_network_is_told_at_once_and_without_trying_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    redirect(monkeypatch, NOBODY, tmp_path / "cache")
    message = refused("nobody-at-all/no-such-model")
    assert message.startswith("nobody-at-all/no-such-model is not on this computer and could not be downloaded")
    assert "Connection refused" in message
    assert "check the name and the network" in message
    assert waits == []


def test_loras_come_from_the_hub_by_model_or_by_file(server: Hub, tmp_path: Path) -> None:
    loras = tmp_path / "loras"
    loras.mkdir()
    server.models["somebody/loras"] = loras
    for name in ("one", "two"):
        peft_lora(loras / f"{name}.safetensors", f"unet.{KEYS}", 16, 20)
    with pytest.raises(WeightsError, match=r"somebody/loras holds one.safetensors, two.safetensors: name the LoRA's"):
        find_lora("somebody/loras")
    assert find_lora("somebody/loras/two.safetensors").read_bytes() == (loras / "two.safetensors").read_bytes()
    with pytest.raises(WeightsError, match=r"has no three.safetensors; it has one.safetensors, two.safetensors"):
        find_lora("somebody/loras/three.safetensors")
    assert weights_of(server) == {"two.safetensors"}
    (loras / "one.safetensors").rename(loras / "pytorch_lora_weights.safetensors")
    server.models["somebody/renamed"] = loras
    assert find_lora("somebody/renamed").name == "pytorch_lora_weights.safetensors"
    load_renderer(MODEL, loras=[Lora("somebody/renamed")])


def test_paths_and_hub_names_are_told_apart() -> None:
    assert hub.is_model("owner/model")
    assert hub.is_file("owner/model/folder/file.safetensors")
    assert not hub.is_file("owner/model/folder")
    for path in ("/models/xl", "./xl", "../xl", "~/xl", "xl", "xl.safetensors"):
        assert hub.is_path(path)
        assert not hub.is_model(path)

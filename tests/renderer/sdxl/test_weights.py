"""Checkpoints that cannot be used, each told in one sentence that names the path and what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.sdxl.weights import load_renderer


@pytest.fixture
def copy(checkpoint: Path, tmp_path: Path) -> Path:
    return shutil.copytree(checkpoint, tmp_path / "copy")


def refused(name_or_path: str) -> str:
    with pytest.raises(WeightsError) as caught:
        load_renderer(name_or_path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | values), "utf-8")


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nowhere", "nowhere"])
def test_a_path_that_is_not_there(name: str) -> None:
    assert refused(name).startswith(f"There is no model at {Path(name)}")


def test_a_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"weights")
    assert refused(str(file)).startswith(f"The checkpoint {file} is damaged")
    pickle = tmp_path / "model.ckpt"
    pickle.write_bytes(b"weights")
    assert refused(str(pickle)).startswith(f"{pickle} is not a .safetensors file")


@pytest.mark.parametrize("folder", ["text_encoder_2", "scheduler"])
def test_a_folder_of_another_kind_of_model(copy: Path, folder: str) -> None:
    shutil.rmtree(copy / folder)
    assert refused(str(copy)).startswith(f"The renderer's folder {copy} has no {folder} folder")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no weights": lambda path: (path / "unet/diffusion_pytorch_model.safetensors").unlink(),
    "cut weights": lambda path: (path / "unet/diffusion_pytorch_model.safetensors").write_bytes(b"\x10" * 50),
    "cut text weights": lambda path: (path / "text_encoder_2/model.safetensors").write_bytes(b""),
    "no text config": lambda path: (path / "text_encoder/config.json").unlink(),
    "broken tokenizer": lambda path: (path / "tokenizer_2/vocab.json").write_text("{", "utf-8"),
    "no tokenizer": lambda path: (path / "tokenizer/vocab.json").unlink(),
    "no schedule": lambda path: (path / "scheduler/scheduler_config.json").unlink(),
    "broken schedule": lambda path: (path / "scheduler/scheduler_config.json").write_text("x", "utf-8"),
    "broken config": lambda path: (path / "vae/config.json").write_text("[]", "utf-8"),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_named_with_what_to_do(copy: Path, damage: str) -> None:
    DAMAGES[damage](copy)
    message = refused(str(copy))
    assert str(copy) in message
    assert "download" in message


@pytest.mark.slow
def test_weights_that_lack_some_tensors_are_not_filled_with_noise(copy: Path) -> None:
    for file in (copy / "unet/diffusion_pytorch_model.safetensors", copy / "text_encoder/model.safetensors"):
        kept = load_file(file)
        tensors = dict(kept)
        tensors.pop(min(tensors))
        save_file(tensors, file, {"format": "pt"})
        assert "lacks 1 of its weights" in refused(str(copy))
        save_file(kept, file, {"format": "pt"})
    load_renderer(str(copy))


def test_a_schedule_that_cannot_be_followed(copy: Path) -> None:
    edit(copy / "scheduler/scheduler_config.json", prediction_type="sample")
    assert "prediction_type is 'sample'" in refused(str(copy))


def test_another_model_s_unet(copy: Path) -> None:
    edit(copy / "unet/config.json", _class_name="FluxTransformer2DModel")
    assert "describes a FluxTransformer2DModel" in refused(str(copy))


def test_half_precision_files_are_enough(copy: Path) -> None:
    for folder, name in (("unet", "diffusion_pytorch_model"), ("text_encoder", "model")):
        file = copy / folder / f"{name}.safetensors"
        halves = {key: value.half() for key, value in load_file(file).items()}
        save_file(halves, file.with_name(f"{name}.fp16.safetensors"), {"format": "pt"})
        file.unlink()
    renderer = load_renderer(str(copy))
    assert renderer._parts.unet.dtype == torch.float32


def test_nothing_is_printed(checkpoint: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_renderer(str(checkpoint))
    assert capfd.readouterr() == ("", "")

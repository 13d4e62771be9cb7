"""Whatever is wrong with a checkpoint comes back as one sentence that names it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaForCausalLM, LlamaModel
from transformers.utils import logging as transformers_logging

from omost_pipeline.composer.local.llm import load_composer
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.errors import WeightsError
from omost_pipeline.profiles import PROFILES


@pytest.fixture
def copy(weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(weights, tmp_path / "copy"))


def refusal(name: Path | str) -> str:
    with pytest.raises(WeightsError) as caught:
        load_composer(str(name))
    message = str(caught.value)
    assert str(name) in message
    assert "\n" not in message
    assert message.endswith(".")
    return message


def _cut(path: Path, part: float = 0.5) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])


def _edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "weights missing": lambda folder: (folder / "model.safetensors").unlink(),
    "weights cut short": lambda folder: _cut(folder / "model.safetensors"),
    "weights empty": lambda folder: _cut(folder / "model.safetensors", 0.0),
    "config missing": lambda folder: (folder / "config.json").unlink(),
    "config cut short": lambda folder: _cut(folder / "config.json"),
    "config of another size": lambda folder: _edit(folder / "config.json", hidden_size=128),
    "config of an unknown kind": lambda folder: _edit(folder / "config.json", model_type="abacus"),
    "config of an image model": lambda folder: _edit(folder / "config.json", model_type="vit"),
    "tokenizer missing": lambda folder: (folder / "tokenizer.json").unlink(),
    "tokenizer cut short": lambda folder: _cut(folder / "tokenizer.json"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_folder_is_refused(copy: Path, damage: Callable[[Path], None]) -> None:
    damage(copy)
    assert "download it again" in refusal(copy)


def test_sizes_that_differ_from_the_config_are_told_plainly(copy: Path) -> None:
    _edit(copy / "config.json", intermediate_size=64)
    assert "its tensors have other sizes than its config says" in refusal(copy)


def test_weights_without_a_head_are_refused_rather_than_filled_with_noise(
    copy: Path, model_of: Callable[[], LlamaForCausalLM]
) -> None:
    (copy / "model.safetensors").unlink()
    inner: LlamaModel = model_of().model
    inner.save_pretrained(copy)
    assert "lacks 1 of its weights (lm_head.weight first)" in refusal(copy)


def test_tokenizer_without_a_chat_template_is_refused(copy: Path) -> None:
    (copy / "chat_template.jinja").unlink()
    assert "no chat template" in refusal(copy)


def test_missing_folder_is_refused_without_asking_a_hub(tmp_path: Path) -> None:
    assert "There is no model folder" in refusal(tmp_path / "nowhere")


def test_file_in_place_of_a_folder_is_refused(weights: Path) -> None:
    assert f"with the model's config.json, {weights}." in refusal(weights / "model.safetensors")


def test_unreachable_hub_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "check the name and the network" in refusal("nobody/no-such-model")


def test_loading_leaves_the_librarys_settings_as_they_were(weights: Path) -> None:
    before = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    load_composer(str(weights))
    assert (transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()) == before


def test_loading_is_silent(weights: Path, capfd: pytest.CaptureFixture[str]) -> None:
    "".join(load_composer(str(weights)).compose((), "a ball", ComposeOptions(max_new_tokens=4)))
    assert capfd.readouterr() == ("", "")


def test_half_precision_checkpoint_runs_in_full_precision_on_a_cpu(copy: Path) -> None:
    AutoModelForCausalLM.from_pretrained(copy, dtype=torch.float16).save_pretrained(copy)
    assert load_composer(str(copy))._model.dtype == torch.float32


@pytest.mark.slow
def test_bundled_composer_loads_where_its_weights_are() -> None:
    bundled = Path(PROFILES["tiny"].composer)
    if not (bundled / "config.json").is_file():
        pytest.skip(f"no weights in {bundled.name} yet")
    text = "".join(load_composer(str(bundled)).compose((), "a red ball", ComposeOptions(max_new_tokens=16)))
    assert text

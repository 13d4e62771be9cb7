"""Checkpoints in one file: the same pictures as from a folder, and files that are something else."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable
from pathlib import Path

import diffusers
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.sdxl.checkpoints import FileCheckpoint, FolderCheckpoint
from omost_pipeline.renderer.sdxl.clip import tokenizers
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.schedule import Schedule
from omost_pipeline.renderer.sdxl.single_file import read_single_file, schedule_config
from omost_pipeline.renderer.sdxl.weights import load_renderer
from tests.renderer.sdxl.single_files import original, tensors_of, write_file, write_folder

pytestmark = pytest.mark.slow

SDXL_UNET = {
    "sample_size": 128,
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [320, 640, 1280],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "layers_per_block": 2,
    "transformer_layers_per_block": [1, 2, 10],
    "attention_head_dim": [5, 10, 20],
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
SDXL_VAE = {
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "block_out_channels": [128, 256, 512, 512],
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 1024,
    "scaling_factor": 0.13025,
}
CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
CLIP_G = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20}
"""Published configs of stable-diffusion-xl-base-1.0, as far as they differ from the libraries' defaults."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("single") / "folder")


@pytest.fixture(scope="module")
def tensors(folder: Path) -> dict[str, Tensor]:
    return tensors_of(folder)


def drawn(renderer: SdxlRenderer, canvas: Canvas) -> bytes:
    *_, last = renderer.render(canvas, RenderOptions(256, 256, steps=1))
    assert isinstance(last, Rendered)
    return last.images[0].tobytes()


def test_a_file_draws_what_its_folder_draws(
    folder: Path, tensors: dict[str, Tensor], tmp_path: Path, canvas: Canvas
) -> None:
    file = write_file(tmp_path / "model.safetensors", tensors)
    assert drawn(load_renderer(str(file)), canvas) == drawn(load_renderer(str(folder)), canvas)


def _config(**values: object) -> CLIPTextConfig:
    made = CLIPTextConfig.from_dict(values)
    assert isinstance(made, CLIPTextConfig)
    return made


def _original(states: Iterable[dict[str, Tensor]]) -> dict[str, Tensor]:
    unet, vae, text, text_2 = states
    return original(unet, vae, text, text_2, layers=2)


def test_real_sdxl_s_configs_follow_from_its_shapes(tmp_path: Path) -> None:
    with torch.device("meta"):
        unet, vae = UNet2DConditionModel(**SDXL_UNET), AutoencoderKL(**SDXL_VAE)
        text = CLIPTextModel(_config(vocab_size=49408, **CLIP_L))
        text_2 = CLIPTextModelWithProjection(_config(vocab_size=49408, projection_dim=1280, **CLIP_G))
    states = (dict(model.state_dict()) for model in (unet, vae, text, text_2))
    shapes = {name: tuple(value.shape) for name, value in _original(states).items()}
    assert shapes["model.diffusion_model.input_blocks.4.1.transformer_blocks.1.attn2.to_k.weight"] == (640, 2048)
    assert shapes["model.diffusion_model.output_blocks.2.2.conv.weight"] == (1280, 1280, 3, 3)
    assert shapes["conditioner.embedders.1.model.transformer.resblocks.31.attn.in_proj_weight"] == (3840, 1280)
    configs = read_single_file(header(tmp_path / "sdxl.safetensors", shapes)).configs
    assert {name: configs["unet"][name] for name in SDXL_UNET} == SDXL_UNET
    assert {name: configs["vae"][name] for name in SDXL_VAE} == SDXL_VAE
    assert {name: configs["text_encoder"][name] for name in CLIP_L} == CLIP_L
    assert {name: configs["text_encoder_2"][name] for name in CLIP_G} == CLIP_G
    assert configs["text_encoder_2"]["projection_dim"] == 1280


def header(path: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    """A file of those shapes whose numbers are a hole in the disk."""
    entries: dict[str, object] = {}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * math.prod(shape)
        entries[name] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(entries).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
    return path


def test_what_a_file_was_trained_to_predict_is_read_from_its_marks(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    plain = read_single_file(write_file(path, tensors))
    assert (plain.prediction, plain.zero_snr) == ("epsilon", False)
    velocity = read_single_file(write_file(path, tensors | {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}))
    assert (velocity.prediction, velocity.zero_snr) == ("v_prediction", True)
    schedule = Schedule.of(FileCheckpoint(path).schedule())
    assert schedule.prediction == "v_prediction"
    assert schedule.sigmas[-1] > 1000
    told = read_single_file(write_file(path, tensors, **{"modelspec.prediction_type": "v"}))
    assert told.prediction == "v_prediction"


def refused(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        load_renderer(str(path))
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cond_stage_model.transformer.text_model.final_layer_norm.weight", "is a Stable Diffusion 1 checkpoint"),
        ("cond_stage_model.model.ln_final.weight", "is a Stable Diffusion 2 checkpoint"),
        ("conditioner.embedders.0.model.ln_final.weight", "is the SDXL refiner"),
        ("lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", "is a LoRA; it goes under models.loras"),
        ("double_blocks.0.img_attn.proj.weight", "is a Flux checkpoint"),
        ("weight", "lacks a UNet, a VAE, CLIP-L, CLIP-G"),
    ],
)
def test_a_file_of_another_kind_is_told_by_its_name(tmp_path: Path, name: str, told: str) -> None:
    assert told in refused(write_file(tmp_path / "model.safetensors", {name: torch.zeros(1)}))


@pytest.mark.parametrize("key", ["modelspec.prediction_type", "modelspec.predict_key"])
@pytest.mark.parametrize("said", ["v", "v_prediction", "V-Prediction", "velocity"])
def test_a_velocity_model_is_known_by_its_header(
    tensors: dict[str, Tensor], tmp_path: Path, said: str, key: str
) -> None:
    told = read_single_file(write_file(tmp_path / "m.safetensors", tensors, **{key: said}))
    assert told.prediction == "v_prediction"


def test_kohya_s_header_is_believed(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    marks = {"ss_v_parameterization": "True", "ss_zero_terminal_snr": "True"}
    told = read_single_file(write_file(tmp_path / "m.safetensors", tensors, **marks))
    assert (told.prediction, told.zero_snr) == ("v_prediction", True)


def test_a_prediction_that_is_not_known_is_refused_by_name(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    file = write_file(tmp_path / "m.safetensors", tensors, **{"modelspec.prediction_type": "flow"})
    assert "predict 'flow'" in refused(file)


@pytest.mark.parametrize(
    "mark", ["edm_mean", "edm_std", "edm_vpred.sigma_max", "edm_vpred.sigma_data", "latents_mean", "flow"]
)
def test_another_noise_theory_is_refused(tensors: dict[str, Tensor], tmp_path: Path, mark: str) -> None:
    assert f"({mark})" in refused(write_file(tmp_path / "m.safetensors", tensors | {mark: torch.ones(4)}))


def test_noise_levels_that_a_file_states_are_sdxl_s_or_refused(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    def stating(name: str, levels: Tensor) -> bool:
        return read_single_file(write_file(tmp_path / "m.safetensors", tensors | {name: levels})).zero_snr

    for zero_snr in (False, True):
        sigmas = torch.tensor(Schedule.of(schedule_config("epsilon", zero_snr)).sigmas)
        kept = 1 / (1 + sigmas**2)
        assert stating("alphas_cumprod", kept.half()) is zero_snr
        assert stating("denoiser.sigmas", sigmas.flip(0).contiguous()) is zero_snr
        with pytest.raises(WeightsError, match=r"noise levels of its own \(alphas_cumprod\)"):
            stating("alphas_cumprod", kept**2)
        assert stating("model_sampling.log_sigmas", sigmas.log()) is zero_snr
        assert stating("betas", 1 - kept / torch.cat([torch.ones(1), kept[:-1]])) is zero_snr
        with pytest.raises(WeightsError, match=r"noise levels of its own \(denoiser\.sigmas\)"):
            stating("denoiser.sigmas", sigmas[:500])


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ({"prediction_type": "v_prediction"}, "v_prediction"),
        ({"ss_prediction_type": "v"}, "v_prediction"),
        ({"ss_v_parameterization": "1"}, "v_prediction"),
        ({"ss_v_parameterization": "False", "ss_flow_matching": "False"}, "epsilon"),
    ],
)
def test_other_headers_tell_the_prediction_too(
    tensors: dict[str, Tensor], tmp_path: Path, header: dict[str, str], kind: str
) -> None:
    assert read_single_file(write_file(tmp_path / "m.safetensors", tensors, **header)).prediction == kind


def test_a_header_that_tells_of_flow_matching_is_refused(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    file = write_file(tmp_path / "m.safetensors", tensors, ss_flow_matching="True")
    assert "flow matching (ss_flow_matching)" in refused(file)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("scale_factor", torch.tensor(0.5), "multiplies latents by 0.5"),
        ("conditioner.embedders.2.model.weight", torch.ones(1), "holds conditioner.embedders.2.model.weight"),
        ("lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", torch.ones(1, 1), "no use for"),
        ("model.diffusion_model.out.2.weight", torch.zeros(8, 64, 3, 3).half(), "a UNet that gives 8"),
        ("first_stage_model.post_quant_conv.weight", torch.zeros(16, 16, 1, 1).half(), "a VAE of 16 channels"),
        ("model.diffusion_model.time_embed.0.weight", torch.ones(4, 4, dtype=torch.int8), "whole numbers without a"),
    ],
)
def test_what_a_file_holds_beside_an_sdxl_is_refused_by_its_name(
    tensors: dict[str, Tensor], tmp_path: Path, name: str, value: Tensor, told: str
) -> None:
    assert told in refused(write_file(tmp_path / "m.safetensors", tensors | {name: value}))


def test_what_training_leaves_behind_does_no_harm(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    names = ("model_ema.decay", "model_ema.diffusion_modelx", "logvar", "lvlb_weights", "posterior_variance")
    left = {name: torch.ones(3) for name in (*names, "sqrt_alphas_cumprod", "alphas_cumprod_prev", "global_step")}
    file = write_file(tmp_path / "m.safetensors", tensors | left | {"scale_factor": torch.tensor(0.13025)})
    assert read_single_file(file).prediction == "epsilon"


@pytest.mark.parametrize("stored", [torch.float8_e4m3fn, torch.int8])
def test_weights_scaled_in_blocks_are_what_their_scales_make_of_them(
    tensors: dict[str, Tensor], tmp_path: Path, stored: torch.dtype
) -> None:
    name = "model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k"
    plain = tensors[f"{name}.weight"].float()  # 128 × 192, here in blocks of 128 × 128, of which the last is cut
    scale = torch.stack([part.abs().max() for part in plain.split(128, 1)])[None]
    scale /= 127 if stored == torch.int8 else 448
    whole = scale.repeat_interleave(128, 0).repeat_interleave(128, 1)[:, :192]
    kept = (plain / whole).round() if stored == torch.int8 else plain / whole
    parts = {f"{name}.weight": kept.to(stored), f"{name}.weight_scale": scale}
    loaded = FileCheckpoint(write_file(tmp_path / "m.safetensors", tensors | parts))._tensors[f"{name}.weight"]
    torch.testing.assert_close(loaded, kept.to(stored).float() * whole)


@pytest.mark.parametrize("suffix", ["scale_weight", "weight_scale"])
@pytest.mark.parametrize("by_row", [False, True])
def test_scaled_float8_weights_are_what_their_scales_make_of_them(
    tensors: dict[str, Tensor], tmp_path: Path, suffix: str, by_row: bool
) -> None:
    name = "model.diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q"
    plain = tensors[f"{name}.weight"].float()
    scale = (plain.abs().amax(1) if by_row else plain.abs().max()) / 448
    stored = (plain / scale.reshape(-1, 1)).to(torch.float8_e4m3fn)
    note = torch.tensor(list(b'{"format": "float8_e4m3fn"}'), dtype=torch.uint8)
    marks = {"scaled_fp8": torch.zeros(2), "model.diffusion_model.scaled_fp8": torch.zeros(2)}
    parts = {f"{name}.weight": stored, f"{name}.{suffix}": scale, f"{name}.comfy_quant": note, **marks}
    loaded = load_renderer(str(write_file(tmp_path / "m.safetensors", tensors | parts)))._parts.unet
    weight = loaded.get_submodule("mid_block.attentions.0.transformer_blocks.0.attn1.to_q").weight
    assert isinstance(weight, Tensor)
    torch.testing.assert_close(weight.detach(), stored.float() * scale.reshape(-1, 1))
    torch.testing.assert_close(weight.detach(), plain, rtol=0.07, atol=float(plain.abs().max()) / 200)


def test_weights_that_are_stored_in_an_unknown_way_are_refused(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    strange = "model.diffusion_model.middle_block.1.proj_in.weight.absmax"
    assert strange in refused(write_file(tmp_path / "m.safetensors", tensors | {strange: torch.zeros(4)}))


def test_numbers_of_another_format_are_refused(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    note = torch.tensor(list(b'{"format": "nvfp4"}'), dtype=torch.uint8)
    strange = "model.diffusion_model.middle_block.1.proj_in.comfy_quant"
    assert strange in refused(write_file(tmp_path / "m.safetensors", tensors | {strange: note}))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"layers": {"model.diffusion_model.middle_block.1.proj_in": {"format": "mxfp8"}}}, "the format mxfp8"),
        ({"layers": {"proj_in": {"format": "int8_tensorwise", "convrot": True}}}, "the format int8_tensorwise"),
        ({"layers": []}, "the format unknown"),
        ({"layers": {"proj_in": {"format": "float8_e4m3fn"}}}, "weight_scale in whole numbers"),
    ],
)
def test_numbers_of_another_format_are_refused_by_the_header_or_by_their_scales(
    tensors: dict[str, Tensor], tmp_path: Path, header: dict[str, object], told: str
) -> None:
    name = "model.diffusion_model.middle_block.1.proj_in"
    weight = tensors[f"{name}.weight"].to(torch.float8_e4m3fn)
    powers = torch.full((len(weight), weight.shape[1] // 32), 120, dtype=torch.uint8)  # of two, as mxfp8 has them
    parts = {f"{name}.weight": weight, f"{name}.weight_scale": powers}
    said = {"_quantization_metadata": json.dumps(header)}
    assert told in refused(write_file(tmp_path / "m.safetensors", tensors | parts, **said))


@pytest.mark.parametrize(
    "strange",
    [
        "model.diffusion_model.time_embed.cond_proj.weight",
        "model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k_ip.weight",
        "first_stage_model.decoder.other.weight",
        "conditioner.embedders.0.transformer.text_model.other.weight",
    ],
)
def test_weights_that_nobody_would_use_are_refused_by_name(
    tensors: dict[str, Tensor], tmp_path: Path, strange: str
) -> None:
    with pytest.raises(WeightsError, match="which SDXL has no use for"):
        load_renderer(str(write_file(tmp_path / "m.safetensors", tensors | {strange: torch.zeros(4, 4)})))


def test_a_folder_with_weights_that_nobody_would_use_is_refused(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    (file,) = (other / "unet").glob("*.safetensors")
    scale = {"mid_block.attentions.0.transformer_blocks.0.attn1.to_q.scale_weight": torch.ones(1)}
    save_file(load_file(file) | scale, file, {"format": "pt"})
    with pytest.raises(WeightsError, match=r"to_q\.scale_weight, which SDXL has no use for"):
        load_renderer(str(other))


@pytest.mark.parametrize(
    ("part", "change", "told"),
    [
        ("scheduler/scheduler_config.json", {"trained_betas": [0.1, 0.2]}, "trained_betas"),
        ("scheduler/scheduler_config.json", {"use_flow_sigmas": True}, "use_flow_sigmas"),
        ("scheduler/scheduler_config.json", {"_class_name": "CogVideoXDDIMScheduler"}, "snr_shift_scale"),
        ("scheduler/scheduler_config.json", {"_class_name": "UnCLIPScheduler"}, "UnCLIPScheduler"),
        ("vae/config.json", {"shift_factor": 0.1}, "latents with a mean"),
    ],
)
def test_what_a_folder_says_of_its_training_is_followed_or_refused(
    folder: Path, tmp_path: Path, part: str, change: dict[str, object], told: str
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    config = json.loads((other / part).read_text("utf-8"))
    (other / part).write_text(json.dumps({**config, **change}), "utf-8")
    with pytest.raises(WeightsError, match=told):
        load_renderer(str(other))


@pytest.mark.parametrize("name", ["LCMScheduler", "EulerDiscreteScheduler", "DDIMScheduler", "TCDScheduler"])
def test_what_a_scheduler_s_configuration_leaves_out_is_what_its_class_takes(
    folder: Path, tmp_path: Path, name: str
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    (other / "scheduler" / "scheduler_config.json").write_text(json.dumps({"_class_name": name}), "utf-8")
    theirs = getattr(diffusers, name)().alphas_cumprod.double()
    sigmas = torch.tensor(Schedule.of(FolderCheckpoint(other).schedule()).sigmas, dtype=torch.float64)
    torch.testing.assert_close(1 / (1 + sigmas**2), theirs, atol=1e-5, rtol=1e-4)


def test_a_unet_that_reads_its_guidance_is_refused(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    config = json.loads((other / "unet" / "config.json").read_text("utf-8"))
    unet = UNet2DConditionModel.from_config({**config, "time_cond_proj_dim": 8})
    shutil.rmtree(other / "unet")
    unet.save_pretrained(other / "unet")
    with pytest.raises(WeightsError, match="time_cond_proj_dim is 8"):
        load_renderer(str(other))


def test_a_folder_of_another_noise_theory_or_with_latents_of_its_own_is_refused(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    schedule = other / "scheduler" / "scheduler_config.json"
    schedule.write_text(json.dumps({"_class_name": "EDMDPMSolverMultistepScheduler", "sigma_data": 0.5}), "utf-8")
    with pytest.raises(WeightsError, match="EDMDPMSolverMultistepScheduler"):
        load_renderer(str(other))
    shutil.copy(folder / "scheduler" / "scheduler_config.json", schedule)
    config = json.loads((other / "vae" / "config.json").read_text("utf-8"))
    (other / "vae" / "config.json").write_text(json.dumps({**config, "latents_mean": [0.1] * 4}), "utf-8")
    with pytest.raises(WeightsError, match="latents with a mean"):
        load_renderer(str(other))


def test_a_checkpoint_that_lacks_a_part_or_some_weights(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_file(path, {name: value for name, value in tensors.items() if not name.startswith("first_stage_model.")})
    assert "lacks a VAE: choose an SDXL checkpoint that has everything in it" in refused(path)
    gone = "model.diffusion_model.middle_block.1.proj_in.weight"
    write_file(path, {name: value for name, value in tensors.items() if name != gone})
    assert "unet in" in refused(path)
    assert "lacks 1 of its weights (mid_block.attentions.0.proj_in.weight first)" in refused(path)


def test_an_inpainting_checkpoint_is_refused(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    first = "model.diffusion_model.input_blocks.0.0.weight"
    nine = {first: torch.zeros(64, 9, 3, 3, dtype=torch.float16)}
    assert "reads 9 channels in place of 4" in refused(write_file(tmp_path / "model.safetensors", tensors | nine))


def test_the_bundled_vocabulary_is_clip_s() -> None:
    first, second = tokenizers()
    assert first("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]  # known of CLIP since 2021
    assert (first.pad_token_id, second.pad_token_id) == (49407, 0)
    assert len(first) == len(second) == 49408
    assert first.model_max_length == 77

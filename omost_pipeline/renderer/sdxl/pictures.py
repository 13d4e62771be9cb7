"""Pictures that regions are to look like: IP-Adapter (Ye et al. 2023), each picture where its region is seen.

A picture becomes a few tokens, to which pixels attend beside the words, in keys and values of their own; what comes of
it is added to what comes of the words, inside the region's mask (as ``ip_adapter_masks`` do in diffusers). Knows
published files of two kinds: a projection of the picture's embedding, and the "plus" ones, which look at all of its
patches. Knows no canvas.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL.Image import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import interpolate, scaled_dot_product_attention
from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModelWithProjection

from omost_pipeline import hub
from omost_pipeline.errors import WeightsError
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.loading import check_whole, told
from omost_pipeline.renderer.sources import find_lora

_ENCODER = "image_encoder"
"""Where publishers keep the encoder: a folder beside the adapter's file, or beside the folder that it is in."""

_STRENGTH = 0.8
"""What a picture counts beside the words."""


@dataclass(frozen=True)
class PictureAdapter:
    """A loaded adapter. ``layers``: the keys' and the values' projection of each layer that attends to text."""

    encoder: CLIPVisionModelWithProjection
    processor: CLIPImageProcessorPil
    projection: nn.Module
    layers: Mapping[Attention, tuple[nn.Linear, nn.Linear]]
    patches: bool
    """Whether it looks at all patches of a picture, as the "plus" adapters do."""

    @torch.no_grad()
    def tokens(self, picture: Image) -> Tensor:
        """[2, n, D]: what stands for no picture, and what for this one."""
        weight = next(self.encoder.parameters())
        pixels = self.processor(images=picture.convert("RGB"), return_tensors="pt").pixel_values.to(weight)
        if self.patches:
            seen = self._penultimate(torch.cat([torch.zeros_like(pixels), pixels]))
        else:
            embedding = self.encoder(pixels).image_embeds
            seen = torch.cat([torch.zeros_like(embedding), embedding])
        tokens: Tensor = self.projection(seen.to(next(self.projection.parameters())))
        return tokens

    def _penultimate(self, pixels: Tensor) -> Tensor:
        states = self.encoder(pixels, output_hidden_states=True).hidden_states
        assert states is not None, "it was asked for"
        found: Tensor = states[-2]
        return found


@dataclass(frozen=True)
class Shown:
    """A picture for one span of a view: ``tokens`` [2, n, D], as :meth:`PictureAdapter.tokens`."""

    number: int
    tokens: Tensor


@dataclass(frozen=True)
class Pictured:
    """The pictures of one canvas."""

    adapter: PictureAdapter
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class Pictures:
    """What pictures add in one call of the UNet.

    ``rows``: for each sample of the call, 1 if it is told the pictures and 0 if what stands for none. ``masks``:
    [P, B, G, G] bool, where each picture is seen in each sample.
    """

    adapter: PictureAdapter
    shown: Sequence[Shown]
    rows: Sequence[int]
    masks: Tensor
    cells: tuple[int, int]
    _levels: dict[int, Tensor] = field(default_factory=dict)

    def added(self, layer: Attention, query: Tensor, attended: Tensor) -> Tensor:
        """What comes of words and pictures, from what comes of words, [B, heads, Q, d] like the query."""
        projections = self.adapter.layers.get(layer)
        if projections is None:
            return attended
        masks = self._level(query.shape[-2], query.dtype)  # [P, B, 1, Q, 1]
        for picture, mask in zip(self.shown, masks, strict=True):
            text = picture.tokens[list(self.rows)].to(query)  # [B, n, D]
            keys, values = (made(text).unflatten(-1, (layer.heads, -1)).transpose(1, 2) for made in projections)
            attended = attended + _STRENGTH * mask * scaled_dot_product_attention(query, keys, values)
        return attended

    def _level(self, queries: int, dtype: torch.dtype) -> Tensor:
        if queries not in self._levels:
            height, width = self.cells
            while height * width > queries:
                height, width = (height + 1) // 2, (width + 1) // 2
            grids = interpolate(self.masks.to(torch.uint8), (height, width), mode="nearest-exact")
            self._levels[queries] = grids.flatten(2)[:, :, None, :, None].to(dtype)
        return self._levels[queries]


def load_adapter(
    source: str, unet: UNet2DConditionModel, device: torch.device, dtype: torch.dtype, placement: Placement
) -> PictureAdapter:
    """An adapter by its file, a folder with one or a hub name, and its image encoder, which lies beside it.

    Raises:
        WeightsError: if files are missing or damaged, or were made for another model.
    """
    path = _find(source)
    tensors = _tensors(path)
    images = {name.removeprefix("image_proj."): value for name, value in tensors.items() if name.startswith("image_")}
    with told(path, "IP-Adapter"):
        # The library's own conversion of what publishers wrote; it has no public name.
        projection: Any = unet._convert_ip_adapter_image_proj_to_diffusers(images, low_cpu_mem_usage=False)  # noqa: SLF001
    layers = _layers(path, tensors, unet, dtype)
    patches = "latents" in images
    width = int(images["proj_in.weight" if patches else "proj.weight"].shape[1])
    encoder, processor = _encoder(path, width, "hidden_size" if patches else "projection_dim")
    for part in (encoder, projection, *(each for pair in layers.values() for each in pair)):
        part.eval().requires_grad_(False)
        stays = part is encoder and placement is not Placement.WHOLE  # it comes for the pictures alone
        nn.Module.to(part, "cpu" if stays else device, dtype)
    return PictureAdapter(encoder, processor, projection, layers, patches)


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"The IP-Adapter {path} is damaged ({error}): download it again.") from error
    known = {"image_proj.proj.weight", "image_proj.latents"}
    if not known & tensors.keys() or not any(name.startswith("ip_adapter.") for name in tensors):
        raise WeightsError(
            f"{path} is no IP-Adapter of a kind known here, plain or plus (it holds {next(iter(tensors), 'nothing')}): "
            "choose ip-adapter_sdxl or ip-adapter-plus_sdxl, as .safetensors."
        )
    return tensors


def _layers(
    path: Path, tensors: Mapping[str, Tensor], unet: UNet2DConditionModel, dtype: torch.dtype
) -> dict[Attention, tuple[nn.Linear, nn.Linear]]:
    """Each layer's projections: publishers number all attention layers in the UNet's order, those to text are odd."""
    found: dict[Attention, tuple[nn.Linear, nn.Linear]] = {}
    names = [name.removesuffix(".processor") for name in unet.attn_processors]
    for number, name in enumerate(each for each in names if each.endswith("attn2")):
        layer = unet.get_submodule(name)
        assert isinstance(layer, Attention)
        pair = []
        for kind, like in (("k", layer.to_k), ("v", layer.to_v)):
            key = f"ip_adapter.{2 * number + 1}.to_{kind}_ip.weight"
            weight = tensors.get(key)
            if weight is None or weight.shape != like.weight.shape:
                what = "lacks" if weight is None else f"has {tuple(weight.shape)} for"
                raise WeightsError(
                    f"The IP-Adapter {path} was made for another model: it {what} {key}, which belongs to {name}."
                )
            made = nn.Linear(weight.shape[1], weight.shape[0], bias=False, dtype=dtype)
            made.weight.data.copy_(weight)
            pair.append(made)
        found[layer] = pair[0], pair[1]
    return found


def _find(source: str) -> Path:
    """The adapter's file; from the hub with the image encoder that it was trained with."""
    if not hub.is_file(source) or Path(source).expanduser().exists():
        return find_lora(source)
    owner, model, file = source.split("/", 2)
    parent = "models" if "vit-h" in file else file.rpartition("/")[0]

    def choose(files: Sequence[str]) -> list[str]:
        return [file, *(each for each in hub.weights(files) if each.startswith(f"{parent}/{_ENCODER}/"))]

    return hub.fetch(f"{owner}/{model}", choose) / file


def _encoder(path: Path, width: int, named: str) -> tuple[CLIPVisionModelWithProjection, CLIPImageProcessorPil]:
    """The image encoder whose config has the ``width`` under this name."""
    places = [path.parent / _ENCODER, path.parent.parent / "models" / _ENCODER, path.parent.parent / _ENCODER]
    found = {place: _width(place, named) for place in places if (place / "config.json").is_file()}
    folder = next((place for place, has in found.items() if has == width), None)
    if folder is None:
        others = "".join(f"; that at {place} writes {has}" for place, has in found.items())
        raise WeightsError(
            f"The IP-Adapter {path} reads pictures of width {width}, and no image encoder that writes them is beside "
            f"it{others}: put its publisher's folder {_ENCODER} at {places[0]}."
        )
    load: Any = CLIPVisionModelWithProjection
    with told(folder, _ENCODER):
        encoder, report = load.from_pretrained(str(folder), use_safetensors=True, output_loading_info=True)
        preprocessing = folder / "preprocessor_config.json"
        described: dict[str, Any] = json.loads(preprocessing.read_text("utf-8")) if preprocessing.is_file() else {}
        side = int(encoder.config.image_size)
        usual: dict[str, Any] = {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}}
        processor = CLIPImageProcessorPil(**(usual | described))
    check_whole(folder, _ENCODER, report["missing_keys"])
    return encoder, processor


def _width(folder: Path, named: str) -> object:
    with told(folder, _ENCODER):
        config = CLIPVisionConfig.from_pretrained(folder)
    return getattr(config, named, None)

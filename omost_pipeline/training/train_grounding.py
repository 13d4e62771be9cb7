"""Trains the grounding layers of a bundled renderer: gated self-attention over words and boxes; all else stays.

Samples are conditioned as renders are (:mod:`renderer_samples`), by boxes, outlines or a plain caption, and beside that
by grounding tokens (:mod:`omost_pipeline.renderer.sdxl.grounding`). Needs the directory that the renderer was trained
in, or links to its latents, and goes on there when it is run again.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from omost_pipeline.canvas.elements import sub_prompt
from omost_pipeline.renderer.regions.spans import box_shares
from omost_pipeline.renderer.sdxl.grounding import Grounded, Grounding, add_layers
from omost_pipeline.renderer.sdxl.grounding_files import save_grounding
from omost_pipeline.training import larger_world
from omost_pipeline.training.course import held_out, write_sheet
from omost_pipeline.training.dataset import Source
from omost_pipeline.training.optimizing import load_average
from omost_pipeline.training.renderer_model import TinySdxl, load
from omost_pipeline.training.renderer_samples import NOTHING, Outline, Sample, alone, boxes, caption, outlines
from omost_pipeline.training.train_renderer import RendererCourse, RendererOptions, Trainee
from omost_pipeline.world.scenes import Scene, Thing

_FILE = "grounding.pt"
"""The checkpoint in a training's directory."""

TOKENS = 8
"""Grounding tokens of a sample: more than scenes have things."""

BLOCKS = tuple(
    f"{place}.transformer_blocks.0"
    for place in (
        *("down_blocks.0.attentions.0", "down_blocks.0.attentions.1", "down_blocks.1.attentions.1"),
        *("mid_block.attentions.0", "up_blocks.1.attentions.0", "up_blocks.1.attentions.1", "up_blocks.1.attentions.2"),
    )
)
"""Where gated layers stand: at every block of the finer level, and at two of the coarser, four times as large."""

_OPEN = 0.5
"""Where gates begin, before maps that give nothing yet: from a shut gate little would be learnt at first."""


@dataclass(frozen=True)
class GroundingShares:
    """How much of the training (0…1) is conditioned how, with grounding tokens; the rest is by nothing, without."""

    boxes: float = 0.42
    outlines: float = 0.15
    alone: float = 0.1
    caption: float = 0.18
    bare: float = 0.05
    """By boxes without grounding tokens."""


@dataclass(frozen=True)
class GroundingOptions(RendererOptions):
    """How grounding layers are trained."""

    minutes: float = 55.0
    rate: float = 2e-3
    batch: int = 32
    lateness: float = 0.6
    close: tuple[float, float] = (0.8, 0.4)
    show_every: float = 6.0
    seed: int = 17
    grounded: GroundingShares = field(default_factory=GroundingShares)


@dataclass(frozen=True)
class GroundedSample(Sample):
    """A sample with the things that have grounding tokens."""

    things: tuple[Thing, ...] = ()

    @classmethod
    def of(cls, sample: Sample, things: Sequence[Thing]) -> GroundedSample:
        return cls(sample.conditions, sample.seen, sample.shown, tuple(things))


def draw_grounded(scene: Scene, shares: GroundingShares, rng: Random, outline: Outline) -> Sample:
    """What one sample of ``scene`` sees, and which of its things have tokens."""
    draw = rng.random()
    if (draw := draw - shares.boxes) < 0:
        return GroundedSample.of(boxes(scene), scene.things)
    if (draw := draw - shares.outlines) < 0:
        return GroundedSample.of(outlines(scene, outline), scene.things)
    if (draw := draw - shares.alone) < 0:
        sample = alone(scene, rng)
        return GroundedSample.of(sample, sample.shown or ())
    if (draw := draw - shares.caption) < 0:
        return GroundedSample.of(caption(scene, rng), scene.things)
    return boxes(scene) if draw < shares.bare else Sample((NOTHING,))


@dataclass(frozen=True)
class GroundedTrainee(Trainee):
    """The model with grounding layers."""

    def more(self, samples: Sequence[Sample]) -> dict[str, Any]:
        """As :class:`Trainee` has it: each sample's grounding tokens."""
        things = [sample.things if isinstance(sample, GroundedSample) else () for sample in samples]
        said = sorted({sub_prompt(thing.description) for each in things for thing in each})
        width = _width(self.model)
        pooled = dict(zip(said, self.text.pooled(said), strict=True)) if said else {}
        batch = [_tokens(each, pooled, width) for each in things]
        return {"gligen": {name: torch.cat([each[name] for each in batch]) for name in batch[0]}}

    def shown(self, scene: Scene) -> Sample:
        """As :class:`Trainee` has it."""
        return GroundedSample.of(boxes(scene), scene.things)


def _tokens(things: Sequence[Thing], pooled: Mapping[str, Tensor], width: int) -> dict[str, Tensor]:
    words = torch.stack([pooled[sub_prompt(each.description)] for each in things]) if things else torch.zeros(0, width)
    places = torch.tensor([box_shares(each.box) for each in things]).view(-1, 4)
    grounded = Grounded(Grounding(TOKENS, width), words, places, tuple(range(1, len(things) + 1)))
    return grounded.tokens(torch.ones(1, len(things), dtype=torch.bool))


def _width(model: TinySdxl) -> int:
    """Of what stands for words in a token."""
    return int(model.text_encoder_2.config.projection_dim or 0)


def with_layers(model: TinySdxl) -> dict[str, nn.Module]:
    """The new layers of the model, by name. Their gates are open, and what comes through them is nothing yet."""
    added = add_layers(model.unet, BLOCKS, _width(model))
    for part in (model.unet, model.text_encoder, model.text_encoder_2):
        part.requires_grad_(requires_grad=False)
    for name, module in added.items():
        module.requires_grad_()
        if name.endswith("fuser"):
            layer: Any = module
            for gate in (layer.alpha_attn, layer.alpha_dense):
                nn.init.constant_(gate, _OPEN)
            for last in (layer.attn.to_out[0], layer.ff.net[2]):
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
    return added


class Training(RendererCourse):
    """One training of grounding layers in a directory."""

    def __init__(
        self, directory: Path, options: GroundingOptions, start: Path, source: Source, target: Path | None = None
    ) -> None:
        """For the exported model in ``start``; ``target`` is a file that gets the averaged layers with each sheet."""
        torch.manual_seed(options.seed)
        model = load(start)
        added = with_layers(model)
        super().__init__(directory / _FILE, GroundedTrainee.of(model), added, options, source)
        self._shares, self._start, self._target = options.grounded, start, target

    def conditioned(self, scene: Scene, rng: Random) -> Sample:
        """As :class:`RendererCourse` has it."""
        return draw_grounded(scene, self._shares, rng, self._source.outline)

    def show(self) -> None:
        """As :class:`Course` has it."""
        directory = self._file.parent
        model = load(self._start)
        added = with_layers(model)
        load_average(self._file, added, "train_grounding")
        if self._target is not None:
            width = _width(model)
            save_grounding(self._target, added, model.unet, Grounding(TOKENS, width), self._start.parent.name)
        scenes, drawn = held_out(self._source)
        made = GroundedTrainee.of(model).sample(scenes, seed=1)
        write_sheet(drawn, self.latents, made, directory / f"sheet-{self.step:06d}.png")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = GroundingOptions()
    parser.add_argument("--work-dir", type=Path, required=True, help="where latents and checkpoints are kept")
    parser.add_argument("--start", type=Path, required=True, help="exported model that gets grounding layers")
    parser.add_argument("--export", type=Path, help="file that gets the finished layers")
    parser.add_argument("--minutes", type=float, default=usual.minutes, help="training time over all runs")
    parser.add_argument("--rate", type=float, default=usual.rate, help="peak learning rate")
    parser.add_argument("--batch", type=int, default=usual.batch, help="scenes a step")
    parser.add_argument("--larger", action="store_true", help="the larger world's scenes, whose drawings are fetched")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    source = larger_world.source_in(arguments.work_dir, larger=arguments.larger)
    options = replace(usual, minutes=arguments.minutes, rate=arguments.rate, batch=arguments.batch)
    Training(arguments.work_dir, options, arguments.start, source, arguments.export).run()


if __name__ == "__main__":
    main()

"""Model profiles: which composer and renderer belong together, what they need and what they default to.

A profile is data; nothing is loaded here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from omost_pipeline.composer.describing import Vision
from omost_pipeline.composer.served.server import Server, is_unfiltered
from omost_pipeline.memory import Sharing
from omost_pipeline.renderer.recipe import Lora, MethodName, Precision, Sampler
from omost_pipeline.renderer.spec import DEFAULT_DENOISE


def is_transformer_file(renderer: str) -> bool:
    """Whether a renderer is one file, which in FLUX.2's family holds the transformer alone."""
    return renderer.endswith((".safetensors", ".gguf"))


BUNDLED = Path(__file__).parent / "bundled" / "weights"


@dataclass(frozen=True)
class Profile:
    """A pair of models. ``composer`` and ``renderer`` are hub names or local paths.

    ``width``, ``height``, ``steps`` and ``guidance`` are what a picture gets unless it is asked for otherwise.
    So is ``temperature``, what its composer samples at: the bundled one's world has one right answer to everything.
    ``download_gib`` and ``vram_gib`` are what a user is told before they choose.

    With a ``server`` that one's language model takes the composer's place; else a ``device_map`` spreads the composer
    over several devices. ``examples`` are told to a language model that was not trained on canvases.

    Where ``composer`` and ``renderer`` are the same, the renderer's text encoder is the composer: one model in memory.
    ``base`` has the parts that a renderer in a file of its own lacks, and ``precision`` is what weights are kept in.

    ``composer_gib`` and ``renderer_gib`` are what the models' weights take on a GPU; ``sharing`` is how they share it.
    ``loras`` are added to the renderer, and ``sampler`` is the one that it was trained for. By ``ip_adapter``, where
    there is one, regions look like pictures, by ``controlnet`` pictures lead shapes, and by ``grounding`` the renderer
    is told what stands in which box.
    ``method`` is how the regions of a canvas share a picture: the best of those that were measured with that renderer.
    With ``details`` small things are drawn enlarged, as by a renderer that is small itself, and if it is ``layered``
    each region is a layer, that an edit moves, turns or takes away without drawing it.
    ``highres_denoise`` is the share of the noise schedule over which a picture is made larger: as little as a renderer
    takes that draws badly beyond the size it was trained at.
    ``classifier`` is the name or folder of what looks at each finished picture; empty for none. ``vision`` is what
    describes pictures that people bring.
    """

    name: str
    composer: str
    renderer: str
    width: int
    height: int
    steps: int
    guidance: float
    download_gib: float
    vram_gib: float
    temperature: float = 0.6
    server: Server | None = None
    device_map: str = ""
    examples: bool = False
    composer_gib: float = 0.0
    renderer_gib: float = 0.0
    loras: tuple[Lora, ...] = ()
    sampler: Sampler = "dpmpp_2m"
    method: MethodName = "score"
    details: bool = False
    layered: bool = False
    highres_denoise: float = DEFAULT_DENOISE
    sharing: Sharing = "auto"
    base: str = ""
    precision: Precision = "half"
    classifier: str = ""
    ip_adapter: str = ""
    controlnet: str = ""
    grounding: str = ""
    vision: Vision | None = None

    @property
    def bundled(self) -> bool:
        """Whether its language model comes with the program, and knows the small world alone."""
        return self.server is None and Path(self.composer).is_relative_to(BUNDLED)

    @property
    def self_contained(self) -> bool:
        """Whether all that writes and draws comes with the program: it loads in seconds, and nothing is fetched."""
        others = self.loras or self.base or self.ip_adapter or self.controlnet or self.grounding
        return self.bundled and Path(self.renderer).is_relative_to(BUNDLED) and not others

    @property
    def one_model(self) -> bool:
        """Whether the renderer's text encoder writes the canvases, too."""
        return self.server is None and self.composer == self.text_source

    @property
    def text_source(self) -> str:
        """Where the renderer's text encoder is: beside its transformer, or in ``base``."""
        return self.base if self.base and is_transformer_file(self.renderer) else self.renderer

    @property
    def unfiltered(self) -> bool:
        """Whether the language model was trained without filtering, as far as its name tells."""
        return is_unfiltered(self.composer if self.server is None else f"{self.server.model} {self.server.url}")


_REALVIS = "SG161222/RealVisXL_V4.0"
_KLEIN = "black-forest-labs/FLUX.2-klein-4B"


def _bundled(name: str, folder: Path, side: int) -> Profile:
    models = str(folder / "composer"), str(folder / "renderer")
    drawn = Profile(name, *models, side, side, 16, 3.0, 0.0, 0.0, temperature=0.0, method="bounded")
    return replace(drawn, details=True, layered=True, highres_denoise=0.2)


def _bundled_klein() -> Profile:
    models = str(BUNDLED / "composer"), str(BUNDLED / "klein")
    names = "tiny-klein", *models
    return Profile(*names, 192, 192, 8, 1.0, 0.0, 0.0, temperature=0.0, sampler="euler", method="mask", details=True)


def _omost(name: str, composer: str, download_gib: float, composer_gib: float) -> Profile:
    names = name, f"lllyasviel/{composer}", _REALVIS
    return Profile(*names, 896, 1152, 25, 5.0, download_gib, 8.0, composer_gib=composer_gib, renderer_gib=6.5)


PROFILES: MappingProxyType[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            _bundled("tiny-world", BUNDLED / "world", 256),
            _bundled("tiny", BUNDLED, 192),
            _bundled_klein(),
            _omost("omost", "omost-llama-3-8b-4bits", 12.5, 5.6),
            _omost("omost-dolphin", "omost-dolphin-2.9-llama3-8b-4bits", 12.5, 5.6),
            _omost("omost-phi", "omost-phi-3-mini-128k-8bits", 11.0, 3.8),
            Profile(
                "klein",
                composer=_KLEIN,
                renderer=_KLEIN,
                width=1024,
                height=1024,
                steps=4,
                guidance=1.0,
                download_gib=15.0,
                vram_gib=12.0,
                examples=True,
                composer_gib=7.5,
                renderer_gib=15.0,
                sampler="euler",
                method="mask",
                base=_KLEIN,
            ),
        )
    }
)

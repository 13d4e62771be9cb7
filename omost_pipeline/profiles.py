"""Model profiles: which composer and renderer belong together, what they need and what they default to.

A profile is data; nothing is loaded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

BUNDLED = Path(__file__).parent / "tiny" / "weights"


@dataclass(frozen=True)
class Profile:
    """A pair of models. ``composer`` and ``renderer`` are hub names or local paths.

    ``width``, ``height``, ``steps`` and ``guidance`` are what a picture gets unless it is asked for otherwise.
    So is ``temperature``, what its composer samples at: the bundled one's world has one right answer to everything.
    ``download_gib`` and ``vram_gib`` are what a user is told before they choose.
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


_REALVIS = "SG161222/RealVisXL_V4.0"


def _omost(name: str, composer: str, download_gib: float) -> Profile:
    return Profile(name, f"lllyasviel/{composer}", _REALVIS, 896, 1152, 25, 5.0, download_gib, 8.0)


PROFILES: MappingProxyType[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile("tiny", str(BUNDLED / "composer"), str(BUNDLED / "renderer"), 192, 192, 16, 3.0, 0.0, 0.0, 0.0),
            _omost("omost", "omost-llama-3-8b-4bits", 12.5),
            _omost("omost-dolphin", "omost-dolphin-2.9-llama3-8b-4bits", 12.5),
            _omost("omost-phi", "omost-phi-3-mini-128k-8bits", 11.0),
        )
    }
)

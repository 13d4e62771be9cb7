"""What the renderer of a profile is, from its name and its configuration files, before any model is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from omost_pipeline.engine.families import Family, family_of, options_of_family, sizes_of, usual_guidance
from omost_pipeline.profiles import BUNDLED, PROFILES, Profile
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.option import DrawingOption
from omost_pipeline.renderer.recipe import Lora
from omost_pipeline.renderer.spec import DETAILS, GUIDANCE, HIGHRES_DENOISE, LAYERED, METHOD, OPTIONS, SIZE, STEPS, Spec


def renderer_info(profile: Profile, options: tuple[DrawingOption[Any], ...] = OPTIONS) -> RendererInfo:
    """The renderer of a profile, with the profile's size, steps, guidance and region method as what is usual."""
    return RendererInfo(
        profile.name,
        _shown(profile.renderer, profile.loras),
        fingerprint(profile),
        sizes_of(profile.renderer),
        usual_spec(profile),
        options_of_family(profile.renderer, options),
        refers=bool(profile.ip_adapter) and family_of(profile.renderer) is Family.SDXL,
        follows=bool(profile.controlnet) and family_of(profile.renderer) is Family.SDXL,
    )


def usual_spec(profile: Profile) -> Spec:
    """What a profile's pictures get unless they are asked for otherwise."""
    spec = Spec().having(SIZE, (profile.width, profile.height)).having(STEPS, profile.steps)
    guidance = usual_guidance(profile.renderer, profile.guidance)
    spec = spec.having(HIGHRES_DENOISE, profile.highres_denoise)
    spec = spec.having(GUIDANCE, guidance).having(METHOD, LAYERED if profile.layered else profile.method)
    return spec.having(DETAILS, "on") if profile.details else spec


def fingerprint(profile: Profile) -> str:
    """The same for two profiles exactly if the same renderer draws with the same sampler and LoRAs."""
    parts = (
        _stable(profile.renderer),
        profile.sampler,
        *([profile.base, profile.precision] if profile.base or profile.precision != "half" else []),
        *((_stable(lora.source), lora.weight) for lora in profile.loras),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _stable(source: str) -> str:
    """A model's name or path; a bundled one's is the same wherever the project lies."""
    path = Path(source)
    return f"bundled:{path.relative_to(BUNDLED)}" if path.is_relative_to(BUNDLED) else source


def _shown(renderer: str, loras: Iterable[Lora]) -> str:
    """A renderer's short name with its LoRAs', as "RealVisXL_V4.0 + ink"."""
    bundled = (profile.name for profile in PROFILES.values() if profile.renderer == renderer and profile.bundled)
    name = next(bundled, "") or _short(renderer)
    return " + ".join((name, *(_short(lora.source) for lora in loras)))


def _short(source: str) -> str:
    last = source.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return last.removesuffix(".safetensors")

"""Settings: what ``config.toml`` and the environment may say, and every mistake in them at once.

Reads one file and a few environment variables when asked to; knows nothing of what the settings are used for.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import Field, ValidationError, ValidationInfo, create_model, field_validator

from bot.settings.environment import FromEnvironment, put_in
from bot.settings.mistakes import did_you_mean, mistakes
from bot.settings.operating import C2paSettings, MetricsSettings, RaySettings, S3Settings, TracesSettings
from bot.settings.sections import (
    AccessSettings,
    ComposerSettings,
    ComposeSettings,
    DecencySettings,
    DiscordSettings,
    LimitSettings,
    ModelSettings,
    PrivacySettings,
    RenderTable,
    Section,
    TelegramSettings,
    VisionSettings,
    WebSettings,
    render_table,
)
from bot.store.addresses import POSTGRES_SERVER, SQLITE_FILE, on_postgres
from bot.turns.styles import REQUEST_OPTIONS
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.families import drawing_of_source, sizes_of
from omost_pipeline.engine.info import renderer_info, usual_spec
from omost_pipeline.errors import OmostError
from omost_pipeline.profiles import PROFILES, Profile, is_transformer_file
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.option import DrawingOption
from omost_pipeline.renderer.prompts import prompts_for
from omost_pipeline.renderer.protocol import Highres
from omost_pipeline.renderer.recipe import Lora, MethodName, Sampler
from omost_pipeline.renderer.spec import (
    GUIDANCE,
    HIGHRES_GUIDANCE,
    HIGHRES_STEPS,
    LAYERED,
    METHOD,
    PROMPTS,
    SIZE,
    STEPS,
)

DEFAULT_FILE = Path("config.toml")

RenderSettings = RenderTable
if not TYPE_CHECKING:
    RenderSettings = render_table(REQUEST_OPTIONS)  # with a key for each option


class ConfigError(OmostError):
    """The settings of ``source`` are wrong. ``mistakes`` are a sentence each: the key, what was found and expected."""

    def __init__(self, source: str, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join((f"{source}:", *(f"  {mistake}" for mistake in mistakes))))
        self.source = source
        self.mistakes = mistakes


class Settings(Section):
    """Everything a user can set."""

    profile: str = "tiny-world"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    engine: Literal["local", "ray"] = "local"
    data_dir: Path = Path("data")
    database_url: str = ""
    job_lease_seconds: float = Field(default=30, ge=1, le=3600)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    stop_within: float = Field(default=8, ge=0, le=3600)
    models: ModelSettings = ModelSettings()
    composer: ComposerSettings = ComposerSettings()
    vision: VisionSettings = VisionSettings()
    allow_unfiltered: bool = Field(default=False, validate_default=True)
    web: WebSettings = WebSettings()
    metrics: MetricsSettings = MetricsSettings()
    traces: TracesSettings = TracesSettings()
    c2pa: C2paSettings = C2paSettings()
    ray: RaySettings = RaySettings()
    s3: S3Settings = S3Settings()
    discord: DiscordSettings = DiscordSettings()
    telegram: TelegramSettings = TelegramSettings()
    access: AccessSettings = AccessSettings()
    privacy: PrivacySettings = PrivacySettings()
    decency: DecencySettings = DecencySettings()
    limits: LimitSettings = LimitSettings()
    render: RenderSettings = RenderSettings()
    compose: ComposeSettings = ComposeSettings()

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        if value not in PROFILES:
            raise ValueError(f"it should be one of {', '.join(PROFILES)}{did_you_mean(value, PROFILES)}")
        return value

    @field_validator("data_dir", mode="before")
    @classmethod
    def _path(cls, value: object) -> object:
        return Path(value).expanduser() if isinstance(value, str) and value else value

    @field_validator("database_url")
    @classmethod
    def _asynchronous(cls, value: str) -> str:
        if value and not value.startswith((SQLITE_FILE, POSTGRES_SERVER)):
            raise ValueError(f"it should be empty or start with {POSTGRES_SERVER} or {SQLITE_FILE}")
        return value

    @field_validator("allow_unfiltered")
    @classmethod
    def _asked_for(cls, value: bool, info: ValidationInfo) -> bool:  # after profile, models and composer
        name, models, composer = (info.data.get(key) for key in ("profile", "models", "composer"))
        if not (name and models and composer):
            return value  # one of them is wrong, which is told already
        if not value and _with_own_models(name, models, composer).unfiltered:
            raise ValueError(
                "it should be true, because the language model was trained without filtering; "
                "the bot then serves only chats that are marked age-restricted"
            )
        return value

    @property
    def database(self) -> str:
        """The database's URL: the set one, or a file in the data folder."""
        return self.database_url or f"{SQLITE_FILE}{self.data_dir / 'omost.db'}"

    @property
    def job_lease(self) -> float | None:
        """How long a claimed job is held before others may take it; None where no other process uses the database."""
        return self.job_lease_seconds if on_postgres(self.database) else None

    @property
    def platforms(self) -> list[str]:
        """The names of the platforms that are switched on."""
        switched = {"web": self.web.enabled, "discord": self.discord.enabled, "telegram": self.telegram.enabled}
        return [name for name, enabled in switched.items() if enabled]

    @property
    def torch_device(self) -> str | None:
        """The device to use; None leaves the choice to the pipeline."""
        return None if self.device == "auto" else self.device

    def chosen_profile(self) -> Profile:
        """The profile with the user's own models, size, steps, guidance, region method and temperature put in."""
        base = _with_own_models(self.profile, self.models, self.composer)
        spec = self.render.over(usual_spec(base))
        width, height = spec.of(SIZE)
        profile = replace(base, width=width, height=height, steps=spec.of(STEPS), guidance=spec.of(GUIDANCE))
        temperature = self.compose.temperature
        return replace(
            profile,
            method=base.method if spec.of(METHOD) == LAYERED else cast("MethodName", spec.of(METHOD)),
            layered=spec.of(METHOD) == LAYERED,
            temperature=base.temperature if temperature is None else temperature,
            classifier=self.decency.image_check,
            vision=self.vision.vision(),
        )

    def compose_options(self, seed: int = ComposeOptions.seed) -> ComposeOptions:
        """How the chosen profile's language model samples."""
        compose = self.compose
        return ComposeOptions(seed, self.chosen_profile().temperature, compose.top_p, compose.max_new_tokens)

    def renderer_info(self, profile: Profile | None = None) -> RendererInfo:
        """The renderer, and what a picture gets unless it is asked for otherwise: everything that is set.

        ``profile`` is by default the chosen one.
        """
        profile = profile or self.chosen_profile()
        info = renderer_info(profile, self.render.options)
        usual = info.with_its_own(self.render.over(info.usual))
        if usual.of(PROMPTS) == "auto":
            usual = usual.having(PROMPTS, prompts_for(profile.renderer))
        if profile.sampler != "dpmpp_2m":  # made for few steps: so many, and with that guidance, it makes larger, too
            few = usual.get(HIGHRES_STEPS) or min(profile.steps, Highres.steps)
            usual = usual.having(HIGHRES_STEPS, few).having(HIGHRES_GUIDANCE, profile.guidance)
        return replace(info, usual=info.with_its_own(usual))

    def with_changes(self, **changes: object) -> Settings:
        """These settings with some top-level keys replaced, checked again.

        Raises:
            ConfigError: if a new value is wrong.
        """
        values = {**{name: getattr(self, name) for name in type(self).model_fields}, **changes}
        return _checked(FromEnvironment(values, {}, ()), "arguments", type(self))


_FEW_STEPS: Mapping[str, tuple[Sampler, int, float]] = MappingProxyType(
    {"lightning": ("euler", 4, 1.0), "lcm": ("lcm", 6, 1.0)}
)
"""Sampler, steps and guidance that kinds of LoRAs are made for, where the settings say nothing else."""


def _with_loras(profile: Profile, models: ModelSettings) -> Profile:
    """With LoRAs, and drawn as the last one for few steps wants it."""
    profile = replace(profile, loras=tuple(Lora(lora.source, lora.weight) for lora in models.loras))
    for lora in models.loras:
        usual = _FEW_STEPS.get(lora.kind, (profile.sampler, profile.steps, profile.guidance))
        profile = replace(profile, sampler=usual[0], steps=lora.steps or usual[1], guidance=lora.guidance or usual[2])
    return profile if models.sampler == "auto" else replace(profile, sampler=models.sampler)


def _with_own_renderer(profile: Profile, renderer: str) -> Profile:
    """No larger than the renderer draws, and as its own files want it, where they say so."""
    if not renderer:
        return profile
    sizes = sizes_of(renderer)
    if max(profile.width, profile.height) > sizes.largest:
        side = sizes.nearest(sizes.largest / 2)  # of the pictures that it was trained on
        profile = replace(profile, width=side, height=side)
    if profile.sampler != Profile.sampler:
        return profile
    wanted = drawing_of_source(renderer)
    steps, guidance = wanted.steps or profile.steps, wanted.guidance or profile.guidance
    return replace(profile, sampler=wanted.sampler, steps=steps, guidance=guidance)


def _with_own_models(name: str, models: ModelSettings, composer: ComposerSettings) -> Profile:
    base, server = _with_loras(_with_own_renderer(PROFILES[name], models.renderer), models), composer.server()
    renderer = models.renderer or base.renderer
    composes_too = base.one_model and not is_transformer_file(renderer)  # another model's Qwen3 writes, too
    profile = replace(
        base,
        composer=models.composer or (renderer if composes_too else base.composer),
        renderer=renderer,
        base=models.base or base.base,
        precision=models.precision,
        ip_adapter=models.ip_adapter,
        controlnet=models.controlnet,
        grounding=models.grounding or ("" if models.renderer else base.grounding),
        server=server,
        sharing=models.sharing,
        method=Profile.method if models.renderer else base.method,
        details=Profile.details if models.renderer else base.details,
        layered=Profile.layered if models.renderer else base.layered,
        highres_denoise=Profile.highres_denoise if models.renderer else base.highres_denoise,
        device_map=composer.device_map,
    )
    own = composer.model if server is not None else models.composer
    stranger = bool(server or own) and "omost" not in own.lower()  # its name says what it was trained on
    wanted = stranger if composer.examples == "auto" else composer.examples == "always"
    return replace(profile, examples=wanted)


def load_settings(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    options: tuple[DrawingOption[Any], ...] = REQUEST_OPTIONS,
) -> Settings:
    """Settings from ``file`` (``config.toml`` in the current folder if None, defaults if that is absent).

    A relative ``data_dir``, or path in ``[c2pa]``, is taken from the folder the file is in, so that the bot finds its
    data wherever it is started from; without a file, from the current folder. ``options`` are those with keys in
    ``[render]``.

    Raises:
        ConfigError: naming every mistake.
    """
    environment = os.environ if environment is None else environment
    path = file if file is not None else DEFAULT_FILE
    found: dict[str, Any] = _read(path) if file is not None or path.exists() else {}
    model = Settings if options is REQUEST_OPTIONS else settings_with(options)
    settings = _checked(put_in(found, environment, model), str(path), model)
    here = path.parent
    return settings.model_copy(update={"data_dir": here / settings.data_dir, "c2pa": settings.c2pa.within(here)})


def settings_with(options: tuple[DrawingOption[Any], ...]) -> type[Settings]:
    """The settings with the keys of some options in the table ``[render]``."""
    table = render_table(options)
    return create_model("Settings", __base__=Settings, render=(table, table()))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(str(path), ("there is no such file; start with a copy of config.example.toml",)) from None
    except OSError as error:
        raise ConfigError(str(path), (f"cannot be read: {error.strerror}",)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), (f"is not UTF-8 text (byte {error.start}): save it as UTF-8",)) from None
    except ValueError as error:  # TOML's own kind of it, and numbers of more digits than Python reads
        raise ConfigError(str(path), (f"is not TOML: {error}",)) from None
    except RecursionError:
        raise ConfigError(
            str(path), ("is not TOML that can be read: brackets stand too deep within each other",)
        ) from None


def _checked(found: FromEnvironment, source: str, model: type[Settings]) -> Settings:
    wrong = list(found.mistakes)
    try:
        settings = model.model_validate(found.values)
    except ValidationError as error:
        wrong += mistakes(error, model, found.variables)
    if wrong:
        raise ConfigError(source, tuple(wrong))
    return settings

"""Settings: what ``config.toml`` and the environment may say, and every mistake in them at once.

Reads one file and a few environment variables when asked to; knows nothing of what the settings are used for.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from omost_pipeline.composer.composer import ComposeOptions
from omost_pipeline.memory import Sharing
from omost_pipeline.profiles import PROFILES, Profile, Server, Structured
from omost_pipeline.recipe import Lora, Sampler
from omost_pipeline.renderer.prompts import prompts_for
from omost_pipeline.renderer.renderer import DEFAULT_NEGATIVE_PROMPT, Highres, RenderOptions

DEFAULT_FILE = Path("config.toml")
SECRETS = {
    "OMOST_COMPOSER_KEY": ("composer", "key"),
    "OMOST_DISCORD_TOKEN": ("discord", "token"),
    "OMOST_TELEGRAM_TOKEN": ("telegram", "token"),
}
"""Environment variable → the key it stands for. The environment wins over the file."""

_TOKENS = {section: variable for variable, (section, key) in SECRETS.items() if key == "token"}
_SECRETIVE = {section for section, _ in SECRETS.values()}
_HIDDEN = {"key", "token", "webhook_secret"}


class ConfigError(Exception):
    """The settings are wrong. ``mistakes`` holds one sentence each: the key, what was found, what was expected."""

    def __init__(self, source: str, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join((f"{source}:", *(f"  {mistake}" for mistake in mistakes))))
        self.mistakes = mistakes


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LoraSettings(_Section):
    """A LoRA: where it is, how strongly it works, and the steps and guidance that one for few steps wants."""

    source: str = Field(min_length=1)
    weight: float = Field(default=1.0, ge=-4, le=4)
    kind: Literal["style", "lightning", "lcm"] = "style"
    steps: int | None = Field(default=None, ge=1, le=100)
    guidance: float | None = Field(default=None, ge=1, le=32)


class ModelSettings(_Section):
    """Own models in place of the profile's, empty for the profile's; LoRAs; and how the models share a GPU."""

    composer: str = ""
    renderer: str = ""
    loras: tuple[LoraSettings, ...] = ()
    sampler: Literal["auto"] | Sampler = "auto"
    sharing: Sharing = "auto"

    @field_validator("loras", mode="before")
    @classmethod
    def _array(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class ComposerSettings(_Section):
    """The language model: where it is served, or how it is loaded here; and whether it needs examples."""

    url: str = ""
    model: str = ""
    key: SecretStr | None = None
    structured: Structured = "auto"
    context: int = Field(default=8192, ge=1024, le=131_072)
    timeout: float = Field(default=120, ge=1, le=3600)
    device_map: Literal["", "auto", "balanced", "balanced_low_0", "sequential"] = ""
    examples: Literal["auto", "always", "never"] = "auto"

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it should be empty or start with http:// or https://")
        return value.rstrip("/")

    @field_validator("key", mode="before")
    @classmethod
    def _hidden(cls, value: object) -> object:
        return (SecretStr(value.strip()) if value.strip() else None) if isinstance(value, str) else value

    def server(self) -> Server | None:
        """The server, if the model is on one."""
        if not self.url:
            return None
        key = self.key.get_secret_value() if self.key is not None else ""
        return Server(self.url, self.model, key, self.structured, self.context, self.timeout)


class WebSettings(_Section):
    """The local web chat. ``age_restricted`` says that only adults reach it."""

    enabled: bool = True
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8080, ge=0, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    age_restricted: bool = False

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _array(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class PlatformSettings(_Section):
    """A chat platform with a token of the bot's own."""

    enabled: bool = False
    token: SecretStr | None = None

    @field_validator("token", mode="before")
    @classmethod
    def _secret(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return SecretStr(value.strip()) if value.strip() else None

    @model_validator(mode="after")
    def _enabled_has_token(self) -> Self:
        if self.enabled and self.token is None:
            raise ValueError("enabled without a token")
        return self


class DiscordSettings(PlatformSettings):
    """Discord. The addresses are another server's that speaks the same language; empty for discord.com."""

    api_url: str = ""
    gateway_url: str = ""
    sharded: bool = False
    message_content: bool = True

    @field_validator("api_url", "gateway_url")
    @classmethod
    def _address(cls, value: str, info: ValidationInfo) -> str:
        kinds = ("ws://", "wss://") if info.field_name == "gateway_url" else ("http://", "https://")
        if value and not value.startswith(kinds):
            raise ValueError(f"it should be empty or start with {' or '.join(kinds)}")
        return value


class TelegramSettings(PlatformSettings):
    """Telegram. The addresses are another Bot API server's; with a webhook's URL, updates come there."""

    base_url: str = ""
    base_file_url: str = ""
    allowed_chats: tuple[int, ...] = ()
    allowed_users: tuple[int, ...] = ()
    age_restricted_chats: tuple[int, ...] = ()
    webhook_url: str = ""
    webhook_listen: str = Field(default="127.0.0.1", min_length=1)
    webhook_port: int = Field(default=8443, ge=0, le=65535)
    webhook_path: str = ""
    webhook_secret: SecretStr | None = None

    @field_validator("base_url", "base_file_url", "webhook_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it should be empty or start with http:// or https://")
        return value

    @field_validator("allowed_chats", "allowed_users", "age_restricted_chats", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("webhook_secret", mode="before")
    @classmethod
    def _hidden(cls, value: object) -> object:
        return (SecretStr(value) if value else None) if isinstance(value, str) else value

    @field_validator("webhook_secret")
    @classmethod
    def _sendable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()) is None:
            raise ValueError("it should be 1 to 256 letters, digits, _ and -")
        return value


class LimitSettings(_Section):
    """How much one person, and everybody together, may ask for."""

    words: int = Field(default=4000, ge=1, le=100_000)
    waiting_per_author: int = Field(default=5, ge=1)
    waiting: int = Field(default=50, ge=1)
    per_minute: int = Field(default=20, ge=1)


class RenderSettings(_Section):
    """How pictures are made; None means the profile's own value."""

    width: int | None = Field(default=None, ge=64, le=2048, multiple_of=64)
    height: int | None = Field(default=None, ge=64, le=2048, multiple_of=64)
    steps: int | None = Field(default=None, ge=1, le=100)
    guidance: float | None = Field(default=None, ge=1, le=32)
    negative_prompt: str = DEFAULT_NEGATIVE_PROMPT
    initial_strength: float | None = Field(default=None, ge=0.95, le=0.99)
    highres_scale: float = Field(default=Highres.scale, gt=1, le=2)
    highres_steps: int = Field(default=Highres.steps, ge=1, le=100)
    highres_denoise: float = Field(default=Highres.denoise, gt=0, le=1)
    prompts: Literal["auto", "words", "tags", "pony"] = "auto"


class ComposeSettings(_Section):
    """How the language model samples."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    max_new_tokens: int = Field(default=4096, ge=64, le=8192)


class Settings(_Section):
    """Everything a user can set."""

    profile: str = "tiny"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    data_dir: Path = Path("data")
    database_url: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    models: ModelSettings = ModelSettings()
    composer: ComposerSettings = ComposerSettings()
    allow_unfiltered: bool = Field(default=False, validate_default=True)
    web: WebSettings = WebSettings()
    discord: DiscordSettings = DiscordSettings()
    telegram: TelegramSettings = TelegramSettings()
    limits: LimitSettings = LimitSettings()
    render: RenderSettings = RenderSettings()
    compose: ComposeSettings = ComposeSettings()

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        if value not in PROFILES:
            raise ValueError(f"it should be one of {', '.join(PROFILES)}{_did_you_mean(value, PROFILES)}")
        return value

    @field_validator("data_dir", mode="before")
    @classmethod
    def _path(cls, value: object) -> object:
        return Path(value).expanduser() if isinstance(value, str) and value else value

    @field_validator("database_url")
    @classmethod
    def _asynchronous(cls, value: str) -> str:
        if value and not value.startswith("sqlite+aiosqlite:///"):
            raise ValueError("it should be empty or start with sqlite+aiosqlite:///")
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
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'omost.db'}"

    @property
    def torch_device(self) -> str | None:
        """The device to use; None leaves the choice to the pipeline."""
        return None if self.device == "auto" else self.device

    def chosen_profile(self) -> Profile:
        """The profile with the user's own models, size, steps, guidance and temperature put in."""
        base = _with_own_models(self.profile, self.models, self.composer)
        changes: dict[str, Any] = {
            name: value for name in _PICTURE if (value := getattr(self.render, name)) is not None
        }
        if self.compose.temperature is not None:
            changes["temperature"] = self.compose.temperature
        return Profile(**{**vars(base), **changes})

    def compose_options(self, seed: int = ComposeOptions.seed) -> ComposeOptions:
        """How the chosen profile's language model samples."""
        compose = self.compose
        return ComposeOptions(seed, self.chosen_profile().temperature, compose.top_p, compose.max_new_tokens)

    def render_options(self) -> RenderOptions:
        """What a picture gets unless it is asked for otherwise."""
        profile, render = self.chosen_profile(), self.render
        return RenderOptions(
            width=profile.width,
            height=profile.height,
            steps=profile.steps,
            guidance=profile.guidance,
            negative_prompt=render.negative_prompt,
            initial_strength=render.initial_strength,
            prompts=prompts_for(profile.renderer) if render.prompts == "auto" else render.prompts,
        )

    def highres(self) -> Highres:
        """How a picture is made larger."""
        render = self.render
        return Highres(render.highres_scale, render.highres_steps, render.highres_denoise)

    def with_changes(self, **changes: object) -> Settings:
        """These settings with some top-level keys replaced, checked again.

        Raises:
            ConfigError: if a new value is wrong.
        """
        return _checked({**{name: getattr(self, name) for name in type(self).model_fields}, **changes}, "arguments")


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


def _with_own_models(name: str, models: ModelSettings, composer: ComposerSettings) -> Profile:
    base, server = _with_loras(PROFILES[name], models), composer.server()
    profile = replace(
        base,
        composer=models.composer or base.composer,
        renderer=models.renderer or base.renderer,
        server=server,
        sharing=models.sharing,
        device_map=composer.device_map,
    )
    own = composer.model if server is not None else models.composer
    stranger = bool(server or own) and "omost" not in own.lower()  # its name says what it was trained on
    wanted = stranger if composer.examples == "auto" else composer.examples == "always"
    return replace(profile, examples=wanted)


_PICTURE = ("width", "height", "steps", "guidance")


def load_settings(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``file`` (``config.toml`` in the current folder if None, defaults if that is absent).

    A relative ``data_dir`` is taken from the folder the file is in, so that the bot finds its data wherever it is
    started from; without a file, from the current folder.

    Raises:
        ConfigError: naming every mistake.
    """
    environment = os.environ if environment is None else environment
    path = file if file is not None else DEFAULT_FILE
    found: dict[str, Any] = _read(path) if file is not None or path.exists() else {}
    settings = _checked(_with_secrets(found, environment), str(path))
    return settings.model_copy(update={"data_dir": path.parent / settings.data_dir})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), ("there is no such file; copy config.example.toml to begin with",)) from None
    except OSError as error:
        raise ConfigError(str(path), (f"cannot be read: {error.strerror}",)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), (f"is not UTF-8 text: byte {error.start} is wrong",)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), (f"is not TOML: {error}",)) from None


def _with_secrets(found: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    merged = dict(found)
    for variable, (section, key) in SECRETS.items():
        table = merged.get(section, {})
        if environment.get(variable) and isinstance(table, dict):
            merged[section] = {**table, key: environment[variable]}
    return merged


def _checked(found: dict[str, Any], source: str) -> Settings:
    try:
        return Settings.model_validate(found)
    except ValidationError as error:
        raise ConfigError(source, tuple(_mistakes(error))) from None


def _mistakes(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        where = tuple(str(part) for part in detail["loc"])
        yield f"{'.'.join(where)}: {_mistake(where, detail)}"


def _mistake(where: tuple[str, ...], detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return f"there is no such key{_did_you_mean(where[-1], _keys(where[:-1]))}"
    if detail["type"] == "value_error" and len(where) == 1 and where[0] in _TOKENS:
        return f"found no token; enabled is true, so it should be set, here or as {_TOKENS[where[0]]}"
    if detail["type"] == "model_type":
        return f"found {_shown(where, detail['input'])}; it should be a table, [{where[-1]}]"
    return f"found {_shown(where, detail['input'])}; {_expected(detail['msg'])}"


def _keys(section: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for name in (name for name in section if not name.isdigit()):  # an array's entries are all of one kind
        annotation = model.model_fields[name].annotation
        annotation = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
        assert isinstance(annotation, type)
        assert issubclass(annotation, BaseModel)
        model = annotation
    return list(model.model_fields)


def _shown(where: tuple[str, ...], value: object) -> str:
    """A found value as the user wrote it, except where it may be or hold a token."""
    if where[0] in _SECRETIVE and (len(where) == 1 or where[-1] in _HIDDEN):
        return "no token" if isinstance(value, dict) else "something else"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _expected(message: str) -> str:
    return (
        message.removeprefix("Value error, ").replace("Input should", "it should").replace("a valid tuple", "an array")
    )


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""

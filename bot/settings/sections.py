"""The tables of ``config.toml``: their keys, defaults and ranges.

Each checks itself; what they mean together is :mod:`bot.settings.config`'s business.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import Any, ClassVar, Literal, Optional, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from bot.subjects import EACH, FORM, is_person, read_subject
from omost_pipeline.composer.describing import Vision
from omost_pipeline.composer.served.server import Server, Structured
from omost_pipeline.memory import Sharing
from omost_pipeline.renderer.option import DrawingOption, OptionKind
from omost_pipeline.renderer.recipe import Precision, Sampler
from omost_pipeline.renderer.spec import GUIDANCE, STEPS, Spec, with_setting

SECRETS = {
    "OMOST_COMPOSER_KEY": ("composer", "key"),
    "OMOST_DISCORD_TOKEN": ("discord", "token"),
    "OMOST_TELEGRAM_TOKEN": ("telegram", "token"),
}
"""Environment variable → the key it stands for. The environment wins over the file."""


def http_address(value: str) -> str:
    """An address without a slash at its end; empty for none.

    Raises:
        ValueError: if it is no address of HTTP.
    """
    return address(value, "http://", "https://").rstrip("/")


def address(value: str, *kinds: str) -> str:
    """An address that begins with one of ``kinds``; empty for none.

    Raises:
        ValueError: if it is none, or nobody could be reached there.
    """
    if not value:
        return value
    if not value.startswith(kinds):
        raise ValueError(f"it should be empty or start with {' or '.join(kinds)}")
    try:
        parts = urlsplit(value)
        reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65535, or half an IPv6 address
        reachable = False
    if not reachable or any(each.isspace() or not each.isprintable() for each in value):
        raise ValueError(f"it should have a host and, if any, a port up to 65535 behind {kinds[0]}, and no spaces")
    return value


def host_name(value: str) -> str:
    """A name or an address that a server can listen at.

    Raises:
        ValueError: if it is neither.
    """
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?", value) is None:
            raise ValueError("it should be an address or a name alone, for example 127.0.0.1 or localhost") from None
    return value


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _as_number(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_subjects(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_subject(each) for each in value)


class Section(BaseModel):
    """A table of ``config.toml``: only its own keys, each of its own type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


_HUB = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+)"
    r"(?:/(?:blob|resolve|raw|tree)/[^/?]+(?:/([^?]+))?)?/?(?:\?.*)?"
)


def _model_name(value: str) -> str:
    """A model as the rest of the program names it, also by the address of its page or file on the hub."""
    value = value.strip()
    if not value.lower().startswith(("http://", "https://")):
        return value
    if (found := _HUB.fullmatch(value)) is None:
        raise ValueError(f"{value} is an address outside the hub: download the file, and write its path")
    model, file = found[1], (found[2] or "").rstrip("/")
    if not file:
        return model
    return f"{model}:{file}" if file.endswith(".gguf") else f"{model}/{file}"


class LoraSettings(Section):
    """A LoRA: where it is, how strongly it works, and the steps and guidance that one for few steps wants."""

    source: str = Field(min_length=1)
    weight: float = Field(default=1.0, ge=-4, le=4)
    kind: Literal["style", "lightning", "lcm"] = "style"
    steps: int | None = Field(default=None, ge=STEPS.low, le=STEPS.high)
    guidance: float | None = Field(default=None, ge=GUIDANCE.low, le=GUIDANCE.high)

    _named = field_validator("source")(_model_name)


class ModelSettings(Section):
    """Own models in place of the profile's, empty for the profile's; LoRAs; and how the models share a GPU."""

    composer: str = ""
    renderer: str = ""
    base: str = ""
    precision: Precision = "half"
    loras: tuple[LoraSettings, ...] = ()
    ip_adapter: str = ""
    controlnet: str = ""
    grounding: str = ""
    sampler: Literal["auto"] | Sampler = "auto"
    sharing: Sharing = "auto"

    _array = field_validator("loras", mode="before")(_as_tuple)
    _named = field_validator("composer", "renderer", "base", "ip_adapter", "controlnet", "grounding")(_model_name)


class ServedSettings(Section):
    """A language model's server."""

    url: str = ""
    model: str = ""
    key: SecretStr | None = None
    structured: Structured = "auto"
    context: int = Field(default=8192, ge=1024, le=131_072)
    timeout: float = Field(default=120, ge=1, le=3600)

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        return http_address(value)

    @field_validator("key", mode="before")
    @classmethod
    def _hidden(cls, value: object) -> object:
        return (SecretStr(value.strip()) if value.strip() else None) if isinstance(value, str) else value

    @field_validator("key")
    @classmethod
    def _sendable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and re.fullmatch(r"[!-~]+", value.get_secret_value()) is None:
            raise ValueError("it should be the key alone: letters, digits and signs of ASCII, without spaces")
        return value

    def server(self) -> Server | None:
        """The server, if the model is on one."""
        if not self.url:
            return None
        key = self.key.get_secret_value() if self.key is not None else ""
        return Server(self.url, self.model, key, self.structured, self.context, self.timeout)


class ComposerSettings(ServedSettings):
    """The language model: where it is served, or how it is loaded here; and whether it needs examples."""

    leave_out: tuple[str, ...] = ()
    request: dict[str, Any] = Field(default_factory=dict)
    device_map: Literal["", "auto", "balanced", "balanced_low_0", "sequential"] = ""
    examples: Literal["auto", "always", "never"] = "auto"

    _array = field_validator("leave_out", mode="before")(_as_tuple)

    @field_validator("model")
    @classmethod
    def _is_served(cls, value: str, info: ValidationInfo) -> str:  # after url
        if value and not info.data.get("url", value):
            raise ValueError(
                "it is a name on a server, but composer.url is empty: set that, or put it into models.composer"
            )
        return value

    def server(self) -> Server | None:
        """The server, if the model is on one."""
        found = super().server()
        return found and replace(found, leave_out=self.leave_out, request=tuple(self.request.items()))


class VisionSettings(ServedSettings):
    """The model that describes pictures: where it is served, or a hub name or folder to be loaded here."""

    context: int = Field(default=16_384, ge=1024, le=131_072)

    def vision(self) -> Vision | None:
        """The model, if there is one."""
        found = self.server()
        return Vision(self.model, found) if self.model or found is not None else None


class WebSettings(Section):
    """The web chat. ``age_restricted`` says that only adults reach it; with accounts or a header it has a log-in.

    ``public_url`` is the address under which people of the other platforms reach it; their canvases open there.
    """

    enabled: bool = True
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8080, ge=0, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    public_url: str = ""
    age_restricted: bool = False
    accounts: str = ""
    session_days: float = Field(default=30.0, gt=0, le=3650)
    proxy_header: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")

    @field_validator("host")
    @classmethod
    def _listens(cls, value: str) -> str:
        return host_name(value)

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                host_name(each)
            except ValueError:
                raise ValueError(f"{each!r} should be a name alone, for example draw.example.org") from None
        return value

    @field_validator("public_url")
    @classmethod
    def _http(cls, value: str) -> str:
        return http_address(value)

    @property
    def open(self) -> bool:
        """Whether whoever reaches it may use it."""
        return not (self.accounts or self.proxy_header)

    @field_validator("proxy_header")
    @classmethod
    def _header(cls, value: str) -> str:
        if value and re.fullmatch(r"[A-Za-z0-9-]{1,64}", value) is None:
            raise ValueError("it should be the name of a header, for example X-Forwarded-User")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ipaddress.ip_address(each)
            except ValueError:
                raise ValueError(f"{each!r} is no address; list each proxy's own, for example 127.0.0.1") from None
        return value

    _array = field_validator("allowed_hosts", "trusted_proxies", mode="before")(_as_tuple)


class PlatformSettings(Section):
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
        return address(value, *kinds)


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
    mini_app: str = ""

    @field_validator("mini_app")
    @classmethod
    def _direct_link(cls, value: str) -> str:
        if value and re.fullmatch(r"https://t\.me/\w{4,64}(/\w{3,30})?", value) is None:
            raise ValueError(
                "it should be the link that BotFather gives a Mini App, such as https://t.me/my_bot/canvas"
            )
        return value

    @field_validator("base_url", "base_file_url", "webhook_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return address(value, "http://", "https://")

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


_SUBJECTS = ("owners", "admins", "allow", "block")


class AccessSettings(Section):
    """Who may use the bot, who rules it, and whose pictures somebody may change. Subjects by name."""

    owners: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    pictures: Literal["own", "thread", "all"] = "all"

    _array = field_validator(*_SUBJECTS, mode="before")(_as_tuple)

    _named = field_validator(*_SUBJECTS)(_as_subjects)

    @field_validator("owners")
    @classmethod
    def _people(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not is_person(each):
                raise ValueError(f"owners are people, written platform:ID, and {each!r} is none")
        return value


class PrivacySettings(Section):
    """For how many days what people wrote, and their pictures, are kept; 0 for ever."""

    keep_words_days: float = Field(default=0.0, ge=0, le=36_500)
    keep_pictures_days: float = Field(default=0.0, ge=0, le=36_500)

    _number = field_validator("keep_words_days", "keep_pictures_days", mode="before")(_as_number)


class RuleSettings(Section):
    """What is not drawn: words and patterns, why, and where."""

    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    reason: str | dict[str, str] = ""
    places: tuple[str, ...] = ()
    except_in: tuple[str, ...] = ()

    _array = field_validator("words", "patterns", "places", "except_in", mode="before")(_as_tuple)

    _named = field_validator("places", "except_in")(_as_subjects)

    @field_validator("patterns")
    @classmethod
    def _compiled(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                re.compile(each)
            except re.error as error:
                raise ValueError(f"{each!r} should be a regular expression: {error}") from None
        return value


class ImageRuleSettings(Section):
    """From which score of a classifier's label on a picture is hidden, blurred or not shown, and where."""

    label: str = Field(min_length=1)
    score: float = Field(default=0.5, ge=0, le=1)
    do: Literal["spoiler", "blur", "block"] = "block"
    places: tuple[str, ...] = ()
    except_in: tuple[str, ...] = ()

    _number = field_validator("score", mode="before")(_as_number)

    _array = field_validator("places", "except_in", mode="before")(_as_tuple)

    _named = field_validator("places", "except_in")(_as_subjects)


class ReportSettings(Section):
    """Where reports of some places, or of all, are read; after how many a picture goes at once; in which language."""

    to: str
    places: tuple[str, ...] = ()
    remove_after: int = Field(default=0, ge=0)
    language: str = ""

    _array = field_validator("places", mode="before")(_as_tuple)

    _named = field_validator("places")(_as_subjects)

    @field_validator("to")
    @classmethod
    def _channel(cls, value: str) -> str:
        found = _subject(value)
        if not found.startswith(("discord:place:", "telegram:place:")):
            raise ValueError(f"{value!r} should be discord:channel:ID or telegram:chat:ID, where moderators are")
        return found


class DecencySettings(Section):
    """What is not drawn, what is done with pictures, and whether they say that a model made them."""

    rules: tuple[RuleSettings, ...] = ()
    image_check: str = ""
    image_rules: tuple[ImageRuleSettings, ...] = ()
    reports: tuple[ReportSettings, ...] = ()
    mark_pictures: bool = True

    _array = field_validator("rules", "image_rules", "reports", mode="before")(_as_tuple)

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.image_check) != bool(self.image_rules):
            raise ValueError("image_check (a classifier) and image_rules (what follows) belong together; set both")
        return self


class QuotaSettings(Section):
    """A quota of each person, channel or server, or of a subject by name."""

    who: str
    hour: float | None = Field(default=None, ge=0)
    day: float | None = Field(default=None, ge=0)
    cooldown: float | None = Field(default=None, ge=0, le=86_400)
    pixels: int | None = Field(default=None, ge=1)
    pictures: int | None = Field(default=None, ge=1)
    priority: float | None = Field(default=None, ge=0.01, le=100)

    @field_validator("who")
    @classmethod
    def _subject(cls, value: str) -> str:
        return value if value in EACH else _subject(value, f"{', '.join(EACH)}, ")

    _number = field_validator("hour", "day", "cooldown", "priority", mode="before")(_as_number)


def _subject(text: str, others: str = "") -> str:
    found = read_subject(text)
    if found is None:
        raise ValueError(f"{text!r} should be {others}{FORM}, for example discord:role:1234")
    return found


class LimitSettings(Section):
    """How much one person, and everybody together, may ask for."""

    words: int = Field(default=4000, ge=1, le=100_000)
    waiting_per_author: int = Field(default=5, ge=1)
    waiting: int = Field(default=50, ge=1)
    per_minute: int = Field(default=20, ge=1)
    minutes_per_job: float = Field(default=60, gt=0)
    quotas: tuple[QuotaSettings, ...] = ()

    _array = field_validator("quotas", mode="before")(_as_tuple)

    @field_validator("quotas")
    @classmethod
    def _once(cls, value: tuple[QuotaSettings, ...]) -> tuple[QuotaSettings, ...]:
        names = [each.who for each in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name!r} has two quotas; it should have one")
        return value


class RenderTable(Section):
    """How pictures are made: a key for each option that has one. None means the model's own value."""

    options: ClassVar[tuple[DrawingOption[Any], ...]] = ()

    def over(self, usual: Spec) -> Spec:
        """``usual`` with what is set here in place of it."""
        found = usual
        for option in self.options:
            values = tuple(getattr(self, key) for key in option.settings)
            if values and option.kind is OptionKind.SIZE:
                sides = zip(values, usual.of(option), strict=True)
                found = found.having(option, tuple(own or side for own, side in sides))
            elif values and values[0] is not None:
                found = found.having(option, values[0])
        return found


def render_table(options: tuple[DrawingOption[Any], ...]) -> type[RenderTable]:
    """The table ``[render]`` with the keys of some options."""
    fields: dict[str, Any] = {key: _field(option) for key, option in with_setting(options)}
    table = create_model("RenderSettings", __base__=RenderTable, **fields)
    table.options = options
    return table


def _field(option: DrawingOption[Any]) -> tuple[object, object]:
    """A key's type and what it may be, as pydantic takes them; texts may have any length here."""
    low: dict[str, float] = {"gt" if option.above else "ge": option.low}
    match option.kind:
        case OptionKind.TEXT:
            kind: object = str
            bounds: dict[str, float] = {}
        case OptionKind.CHOICE:
            kind, bounds = Literal[tuple(choice.value for choice in option.choices)], {}
        case OptionKind.SIZE:
            kind, bounds = int, low | {"le": option.high, "multiple_of": option.step}
        case OptionKind.WHOLE:
            kind, bounds = int, low | {"le": option.high}
        case OptionKind.NUMBER:
            kind, bounds = float, low | {"le": option.high}
    default = None if option.kind is OptionKind.SIZE else option.default
    return (kind if default is not None else Optional[kind]), Field(default=default, **bounds)  # type: ignore[call-overload]  # noqa: UP045 - a type made at run time


class ComposeSettings(Section):
    """How the language model samples."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    max_new_tokens: int = Field(default=4096, ge=64, le=8192)

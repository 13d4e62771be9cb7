"""The tables of ``config.toml`` for whoever runs the bot: what it lets itself be asked, and the machines that draw."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from bot.settings.sections import Section, host_name, http_address


class MetricsSettings(Section):
    """Figures for Prometheus and answers for supervisors, on a port of their own."""

    enabled: bool = False
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=9464, ge=0, le=65535)

    @field_validator("host")
    @classmethod
    def _listens(cls, value: str) -> str:
        return host_name(value)


class TracesSettings(Section):
    """Where traces for OpenTelemetry go: a collector that takes OTLP over HTTP; none are made without one."""

    endpoint: str = ""

    @field_validator("endpoint")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return http_address(value).removesuffix("/v1/traces")


class C2paSettings(Section):
    """Certificates, the bot's own first, and its key, both PEM files: pictures are signed by C2PA with them."""

    chain: str = ""
    key: str = ""

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.chain) != bool(self.key):
            raise ValueError(
                "chain (the certificates) and key (their private key) belong together: set both, or neither"
            )
        return self

    def within(self, folder: Path) -> Self:
        """With relative paths taken from a folder."""
        paths = {
            name: str(folder / Path(path).expanduser()) if path else ""
            for name, path in (("chain", self.chain), ("key", self.key))
        }
        return self.model_copy(update=paths)


class S3Settings(Section):
    """An object store that speaks S3's protocol, for the pictures; with no bucket they are files in ``data_dir``."""

    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: SecretStr | None = Field(default=None, validate_default=True)

    @field_validator("endpoint")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return http_address(value)

    @field_validator("bucket")
    @classmethod
    def _bucket(cls, value: str) -> str:
        if value and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]", value) is None:
            raise ValueError("it should be a bucket's name alone, without s3:// and without a folder (that is prefix)")
        return value

    @field_validator("secret_key", mode="before")
    @classmethod
    def _hidden(cls, value: object) -> object:
        return (SecretStr(value) if value else None) if isinstance(value, str) else value

    @field_validator("secret_key")
    @classmethod
    def _both(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if bool(info.data.get("access_key")) != (value is not None):
            raise ValueError("access_key (whose secret it is) and secret_key belong together: set both, or neither")
        return value


class PoolSettings(Section):
    """Replicas of one model on a cluster. Without ``most`` their number is fixed; without ``gpus`` the profile says."""

    replicas: int = Field(default=1, ge=1, le=1000)
    most: int | None = Field(default=None, ge=1, le=1000)
    gpus: float | None = Field(default=None, ge=0, le=16)
    cpus: float = Field(default=1.0, ge=0, le=256)
    idle_seconds: float = Field(default=60.0, ge=1, le=86_400)

    @field_validator("gpus", "cpus", "idle_seconds", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("gpus")
    @classmethod
    def _whole_above_one(cls, value: float | None) -> float | None:
        if value is not None and value > 1 and value != int(value):
            raise ValueError("it should be a fraction of one GPU, or a whole number of them")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most is not None and self.most < self.replicas:
            raise ValueError(f"most is {self.most}, which is fewer than the {self.replicas} replicas there always are")
        return self


class ComposerPoolSettings(PoolSettings):
    """As above; with no replicas, canvases are written in the bot's own process, or by ``composer.url``."""

    replicas: int = Field(default=1, ge=0, le=1000)


class RaySettings(Section):
    """The Ray cluster of ``engine = "ray"``: where it is, and what runs there."""

    address: str = ""
    port: int = Field(default=8000, ge=1, le=65535)
    object_store_mb: int = Field(default=200, ge=80, le=1_000_000)
    lease_seconds: float = Field(default=30.0, ge=10, le=3600)
    drain_seconds: float = Field(default=300.0, ge=0, le=86_400)
    composers: ComposerPoolSettings = ComposerPoolSettings()
    renderers: PoolSettings = PoolSettings()

    @field_validator("lease_seconds", "drain_seconds", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("address")
    @classmethod
    def _of_ray(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if value not in {"", "auto"} and not (host and colon and port.isdigit() and "://" not in value):
            raise ValueError('it should be empty, "auto", or an address such as 10.0.0.5:6379')
        return value

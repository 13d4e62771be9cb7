"""The tables of ``config.toml`` for whoever runs the bot: how it stops, and what it lets itself be asked."""

from __future__ import annotations

from pydantic import Field

from bot.settings.sections import Section


class MetricsSettings(Section):
    """Figures for Prometheus and answers for supervisors, on a port of their own."""

    enabled: bool = False
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=9464, ge=0, le=65535)

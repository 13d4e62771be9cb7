"""How the log is written: lines for people, or an object a line for programs, with the job that it is about."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Literal

from bot.jobs.marks import at_work


def write_logs(level: str, form: Literal["text", "json"] = "text") -> None:
    """The project's own words at ``level``, the libraries' from warnings on."""
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    if form == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonLines())
    for name in ("bot", "omost_pipeline"):
        logging.getLogger(name).setLevel(level.upper())


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message; job, turn, request and platform where they are known."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as its line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        job = at_work.get()
        if job is not None:
            line |= {"job": job.id, "turn": job.turn, "request": job.nonce, "platform": job.place.platform}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)

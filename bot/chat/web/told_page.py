"""Plain pages that a file of HTML describes, and that are told the rest: language, title, and data for their script."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import HTMLResponse

ASSETS = Path(__file__).parent / "assets"

PRIVATE = {"Cache-Control": "no-store"}
"""Headers of what is one person's alone."""


def policy(framed_by: str = "'none'", **sources: str) -> dict[str, str]:
    """The header that lets a page load its own files only, and what ``sources`` add; who else may frame it."""
    added = "".join(f"{kind.replace('_', '-')} {allowed}; " for kind, allowed in sources.items())
    return {"Content-Security-Policy": f"default-src 'self'; {added}frame-ancestors {framed_by}"}


def told_page(
    file: str, language: str, title: str, told: Mapping[str, object], headers: dict[str, str]
) -> HTMLResponse:
    """The page of a file among the assets; its script reads ``told`` as JSON."""
    data = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")
    text = (ASSETS / file).read_text(encoding="utf-8")
    text = text.replace("{{language}}", html.escape(language or "en", quote=True))
    text = text.replace("{{title}}", html.escape(title)).replace("{{told}}", data)
    return HTMLResponse(text, headers=headers)

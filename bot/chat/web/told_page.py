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


def plain_page(file: str, language: str, title: str, said: str, status: int) -> HTMLResponse:
    """The page of a file among the assets that says one sentence."""
    return HTMLResponse(
        _text_of(file, language, title).replace("{{said}}", html.escape(said)), status, headers=PRIVATE | policy()
    )


def told_page(
    file: str, language: str, title: str, told: Mapping[str, object], headers: dict[str, str]
) -> HTMLResponse:
    """The page of a file among the assets; its script reads ``told`` as JSON."""
    data = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")
    return HTMLResponse(_text_of(file, language, title).replace("{{told}}", data), headers=headers)


def _text_of(file: str, language: str, title: str) -> str:
    text = (ASSETS / file).read_text(encoding="utf-8")
    return text.replace("{{language}}", html.escape(language or "en", quote=True)).replace(
        "{{title}}", html.escape(title)
    )

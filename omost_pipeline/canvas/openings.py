"""How the three statements of a canvas begin, whatever the canvas is called and whoever owns it.

Pure; knows no lines and no fences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

CONSTRUCTOR = "Canvas"
SCENE_METHOD = "set_global_description"
REGION_METHOD = "add_local_description"

LOOK = 160
"""Characters within which a statement's bracket opens."""

_NAME = r"[^\W\d]\w*"
_OWNER = rf"(?:{_NAME}\s*\.\s*)*"
_OPENING = re.compile(rf"(?P<target>{_OWNER}{_NAME}\s*(?::[\w. ]+)?=\s*)?(?P<owner>{_OWNER})(?P<name>{_NAME})\s*\(")
_BEGUN = re.compile(r"\w*(?:\s*[.:=]\s*\w*)*\s*")
_WIDE = str.maketrans("（．＝：＿\u3000\u00a0", "(.=:_  ")
_METHODS = (SCENE_METHOD, REGION_METHOD)


@dataclass(frozen=True)
class Opening:
    """A statement up to its bracket: in ``code`` as the canvas's own class has it, in ``written`` as it was."""

    code: str
    written: str
    length: int
    """Characters of it in the text, the bracket included."""

    @property
    def exact(self) -> bool:
        """Whether it was written as it should be."""
        return "".join(self.written.split()) == "".join(self.code.split())


def opening(text: str, final: bool) -> Opening | bool | None:
    """The statement that begins ``text``; None where it is none, and True where more text must show it."""
    text = text.translate(_WIDE)
    bracket, line = text.find("("), text.find("\n")
    if bracket < 0 or -1 < line < bracket:
        more = line < 0 and len(text) < LOOK and not final and _BEGUN.fullmatch(text) is not None
        return more or None
    found = _OPENING.match(text)
    if found is None or found.end() != bracket + 1:
        return None
    code = _canonical(found)
    return None if code is None else Opening(code, text[:bracket].strip(), bracket + 1)


def could_begin(text: str) -> bool:
    """Whether text that ends here could have gone on as one of the statements."""
    begun = "".join(text.split())
    if not begun or _BEGUN.fullmatch(text) is None:
        return False
    target, equals, call = begun.rpartition("=")
    owner, dot, name = call.rpartition(".")
    if dot:
        return (owner == "canvas" or len(name) > 2) and any(method.startswith(name) for method in _METHODS)
    return CONSTRUCTOR.startswith(name) and target == "canvas" if equals else "canvas".startswith(name)


def _canonical(found: re.Match[str]) -> str | None:
    name, owner = found["name"], found["owner"]
    if name == CONSTRUCTOR:
        return "canvas = Canvas" if found["target"] else None
    if name not in _METHODS:
        if not owner or "=" in (found["target"] or ""):
            return None
        known = {method.replace("_", ""): method for method in _METHODS}
        near = get_close_matches(name[:60].replace("_", "").lower(), known, n=1, cutoff=0.8)
        if not near:
            return None
        name = known[near[0]]
    return f"canvas.{name}"

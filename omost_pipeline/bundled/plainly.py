"""What is to stand in for what, said as a small model knows it best: "replace the bird with a gray dog"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from omost_pipeline.canvas.wording import LONGEST, article_of

_I = r"i(?:'d| would)?"
_NEW, _OLD = r"(?P<new>(?:an?|the|some|my) [\w -]+?)", r"(?P<old>[\w -]+?)"
_END = r"(?P<end>(?:,? (?:please|pls|thanks|thank you|instead))*[.!]*)"
_SAID = tuple(
    re.compile(rf"(?P<lead>.*?\b|){each}{_END}")
    for each in (
        rf"{_I} (?:rather|sooner) (?:have|see|get) {_NEW},? (?:rather )?(?:than|instead of) {_OLD}",
        rf"{_I} (?:prefer|like|want|love) {_NEW},? (?:over|(?:more|better|rather) than|instead of) {_OLD}",
        rf"(?:instead|in place) of {_OLD},? (?:{_I} (?:rather have|prefer|like|want)|draw|put|show|give me) {_NEW}",
        rf"(?:drop|trade|ditch) {_OLD} for {_NEW}",
    )
)


def plainly(wish: str, names: Sequence[str]) -> str:
    """A wish that one thing stand in for another, called by one of the names, in plain words; others as said."""
    if len(wish) > LONGEST:
        return wish
    for pattern in _SAID:
        found = pattern.fullmatch(wish.lower().strip())
        if found is not None and any(re.search(rf"\b{re.escape(name)}s?\b", found["old"]) for name in names):
            old, new = (re.sub(r"^(?:an?|the|some|my) ", "", found[each]) for each in ("old", "new"))
            article = found["new"].split()[0].replace("the", article_of(new))
            return f"{found['lead']}replace the {old} with {article} {new}{found['end']}"
    return wish

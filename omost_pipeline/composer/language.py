"""The Canvas language as a grammar, in the dialects that those who enforce it understand.

Built from the vocabulary tables. Strings, lists and the number of regions are bounded, so that no reply goes on without
end. Plain text; knows no tokens, no model and no library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from omost_pipeline.canvas.vocabulary import AREAS, COLORS, LOCATIONS, OFFSETS

MAX_REGIONS = 16
MAX_TEXTS = 12
_TEXT = 500
_TAGS = 900
"""Characters; llama.cpp refuses a repetition of 2,000 and more."""

_LANGUAGE = r"""
start: "```python\n# Initialize the canvas\ncanvas = Canvas()\n\n" scene region{0,@REGIONS@} "```"
scene: "# Set a global description for the canvas\ncanvas.set_global_description(\n" said colored ")\n"
region: "\n# Add " COMMENT "\ncanvas.add_local_description(\n" place said finish colored ")\n"
place: "    location=" LOCATION ",\n    offset=" OFFSET ",\n    area=" AREA ",\n" depth
depth: "    distance_to_viewer=" DISTANCE ",\n"
said: "    description=" TEXT ",\n    detailed_descriptions=" texts ",\n    tags=" TAGS ",\n"
finish: "    atmosphere=" TEXT ",\n    style=" TEXT ",\n    quality_meta=" TEXT ",\n"
colored: "    HTML_web_color_name=" COLOR ",\n"
texts: "[]" | "[\n" ("        " TEXT ",\n"){1,@TEXTS@} "    ]"
COMMENT: /[^\x00-\x1f\x7f`]/{1,300}
DISTANCE: ("0" | /[1-9]/ /[0-9]/{0,2}) ("." /[0-9]/{1,3})?
"""
"""Rules in what the dialects share, with ``/[…]/`` for one character of a set.

Names differ in more than their case, which not every reader heeds.
"""

_LARK_OPTIONS = '%llguidance {"no_forcing": true}'
"""Else the masks allow only the library's own way to cut forced text into tokens."""


def _choice(names: Iterable[str]) -> str:
    return " | ".join(f"\"'{name}'\"" for name in names)


def _string(name: str, most: int) -> str:
    single = rf"""("'" (/[^'\\\x00-\x1f\x7f]/ | "\\" /['"\\]/){{0,{most}}} "'")"""
    double = rf"""("\"" (/[^"\\\x00-\x1f\x7f]/ | "\\" /['"\\]/){{0,{most}}} "\"")"""
    return f"{name}: {single} | {double}"


def _language() -> str:
    names = {"LOCATION": LOCATIONS, "OFFSET": OFFSETS, "AREA": AREAS, "COLOR": COLORS}
    language = _LANGUAGE.replace("@REGIONS@", str(MAX_REGIONS)).replace("@TEXTS@", str(MAX_TEXTS))
    choices = (f"{name}: {_choice(table)}" for name, table in names.items())
    return "\n".join((language, *choices, _string("TEXT", _TEXT), _string("TAGS", _TAGS)))


def canvas_lark() -> str:
    """The language of replies (omost-facts §1) in llguidance's Lark dialect."""
    return f"{_LARK_OPTIONS}\n{_language()}"


def canvas_gbnf() -> str:
    """The same language in GBNF, which llama.cpp reads, and vLLM as EBNF."""
    rules = re.sub(r"(?m)^(\w+): ", r"\1 ::= ", _language())
    return re.sub(r"/(\[(?:[^\]\\]|\\.)*\])/", r"\1", rules).replace("start ::=", "root ::=")

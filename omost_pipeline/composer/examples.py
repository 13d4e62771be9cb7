"""Worked examples for chat models that were not trained on the Canvas language: what to answer, and twice how.

The canvases are built from elements, so that their text is the codec's own. Knows no tokenizer and no model.
"""

from __future__ import annotations

from dataclasses import replace

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.protocol import Turn

_FINE = "sharp focus, fine detail, well lit"

_TEAPOT = Region(
    location="on the left",
    offset="slightly to the lower",
    area="a small square area",
    distance_to_viewer=1.0,
    description="A blue teapot with a curved spout.",
    detailed_descriptions=(
        "The teapot is round and glazed in deep blue.",
        "Thin white steam rises from its curved spout.",
    ),
    tags="teapot, blue, ceramic, steam",
    atmosphere="A warm and homely moment.",
    style="Soft painting with visible brush strokes.",
    quality_meta=_FINE,
    color="royalblue",
)

_WINDOW = Region(
    location="on the top-right",
    offset="no offset",
    area="a medium-sized square area",
    distance_to_viewer=5.0,
    description="A window with rain on its panes.",
    detailed_descriptions=(
        "The window has four panes in a white wooden frame.",
        "Drops of rain run down the glass in crooked lines.",
    ),
    tags="window, rain, drops, white frame",
    atmosphere="A cool, grey afternoon outside.",
    style="Soft painting with visible brush strokes.",
    quality_meta=_FINE,
    color="lightsteelblue",
)

_KITCHEN = Canvas(
    GlobalDescription(
        "A kitchen table with a teapot on a rainy afternoon.",
        (
            "A plain wooden table fills the lower half of the picture.",
            "The light is soft and comes from a window behind the table.",
        ),
        "kitchen, table, teapot, rain, window, cosy",
        "tan",
    ),
    (_WINDOW, _TEAPOT),
)

_GREEN_TEAPOT = replace(
    _TEAPOT,
    description="A green teapot with a curved spout.",
    detailed_descriptions=(
        "The teapot is round and glazed in moss green.",
        "Thin white steam rises from its curved spout.",
    ),
    tags="teapot, green, ceramic, steam",
    color="olivedrab",
)

EXAMPLES = (
    Turn("a blue teapot on a table by a rainy window", _KITCHEN),
    Turn("make the teapot green", replace(_KITCHEN, regions=(_WINDOW, _GREEN_TEAPOT))),
)
"""A request and its change, each with the canvas to answer with."""

_RULES = """\
Answer every request with one python code block in this form, and with nothing else. Call set_global_description once, \
for the whole picture, then add_local_description once for each thing that has a place of its own, with every argument \
by name. When asked for a change, write the whole canvas again and change only what was asked for. A smaller \
distance_to_viewer is nearer. HTML_web_color_name is the CSS name of a thing's main colour. Descriptions are short \
sentences in English, in whatever language the request is.\
"""


def guide() -> str:
    """What follows the system prompt for such a model: the rules, then the examples as one conversation."""
    conversation = (f"Request: {turn.words}\nAnswer:\n{canvas_to_reply(turn.canvas)}" for turn in EXAMPLES)
    return "\n\n".join((_RULES, "An example, with a change of it:", *conversation))

"""Canvas → Canvas code and canvas ↔ JSON.

Reading code is the parser's job. Knows nothing of models or pictures.
"""

from __future__ import annotations

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region


def canvas_to_code(canvas: Canvas) -> str:
    """The canvas as an Omost LLM writes it (omost-facts §1), without the fence around it."""
    blocks = ["# Initialize the canvas\ncanvas = Canvas()", _global_code(canvas.scene)]
    return "\n\n".join(blocks + [_region_code(region) for region in canvas.regions]) + "\n"


def canvas_to_reply(canvas: Canvas) -> str:
    """The canvas as a whole LLM reply: the code in a fenced python block."""
    return f"```python\n{canvas_to_code(canvas)}```"


def _global_code(scene: GlobalDescription) -> str:
    return "\n".join(
        (
            "# Set a global description for the canvas",
            "canvas.set_global_description(",
            f"    description={_quote(scene.description)},",
            f"    detailed_descriptions={_list(scene.detailed_descriptions)},",
            f"    tags={_quote(scene.tags)},",
            f"    HTML_web_color_name={_quote(scene.color)},",
            ")",
        )
    )


def _region_code(region: Region) -> str:
    return "\n".join(
        (
            f"# Add {_comment(region.description)}",
            "canvas.add_local_description(",
            f"    location={_quote(region.location)},",
            f"    offset={_quote(region.offset)},",
            f"    area={_quote(region.area)},",
            f"    distance_to_viewer={region.distance_to_viewer!r},",
            f"    description={_quote(region.description)},",
            f"    detailed_descriptions={_list(region.detailed_descriptions)},",
            f"    tags={_quote(region.tags)},",
            f"    atmosphere={_quote(region.atmosphere)},",
            f"    style={_quote(region.style)},",
            f"    quality_meta={_quote(region.quality_meta)},",
            f"    HTML_web_color_name={_quote(region.color)},",
            ")",
        )
    )


def _comment(description: str) -> str:
    """The words after "# Add": the description with a small first letter, on one line, ending in one full stop."""
    words = " ".join(description.split()).rstrip(".")
    return f"{words[:1].lower()}{words[1:]}."


def _quote(text: str) -> str:
    return repr(text)


def _list(texts: tuple[str, ...]) -> str:
    if not texts:
        return "[]"
    lines = "".join(f"        {_quote(text)},\n" for text in texts)
    return f"[\n{lines}    ]"

"""Other names that people and models give to the arguments of a canvas's calls."""

from __future__ import annotations

from types import MappingProxyType

COLOR = "HTML_web_color_name"

HELD = ("negative", "method", "strength", "reference", "control")
"""How an element is held."""

CORNERS = ("xyxy", "ltrb", "bbox_xyxy", "bbox_2d", "corners")
"""Names under which a rectangle's last two numbers are its lower right corner."""

OTHER_NAMES: MappingProxyType[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("name", "label", "title", "prompt", "caption", "text", "desc", "what"), "description"),
        **dict.fromkeys(("details", "detail", "detailed", "descriptions", "sub_prompts"), "detailed_descriptions"),
        **dict.fromkeys(("keywords", "tag"), "tags"),
        **dict.fromkeys(("position", "place", "where"), "location"),
        **dict.fromkeys(("shift",), "offset"),
        **dict.fromkeys(("size",), "area"),
        **dict.fromkeys(("distance", "depth", "viewer_distance"), "distance_to_viewer"),
        **dict.fromkeys(("mood",), "atmosphere"),
        **dict.fromkeys(("quality",), "quality_meta"),
        **dict.fromkeys(
            ("color", "colour", "hex", "color_name", "colour_name", "html_color", "web_color", "background_color"),
            COLOR,
        ),
        **dict.fromkeys(("negative_prompt", "negatives", "without", "avoid"), "negative"),
        **dict.fromkeys(("region_method",), "method"),
        **dict.fromkeys(("looks_like", "character", "reference_image"), "reference"),
        **dict.fromkeys(("controlnet", "control_image"), "control"),
        **dict.fromkeys(("weight", "region_strength", "global_strength", "base_ratio"), "strength"),
        **dict.fromkeys(
            ("box", "bounding_box", "boundingbox", "bounds", "rectangle", "rect", "xywh", "bbox_xywh"), "bbox"
        ),
        **dict.fromkeys(CORNERS, "bbox"),
    }
)
"""Name → the argument that it means, where that is not given itself."""

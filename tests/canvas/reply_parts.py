"""Replies of a model and what they say, for the tests of reading them."""

from __future__ import annotations

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region

REPLY = """Here is your picture:

```python
# Initialize the canvas
canvas = Canvas()

# Set a global description for the canvas
canvas.set_global_description(
    description='A beach at noon.',
    detailed_descriptions=[
        'Waves roll in.',
        "The sun's light is warm.",
    ],
    tags='beach, noon',
    HTML_web_color_name='skyblue',
)

# Add a red ball.
canvas.add_local_description(
    location='on the left',
    offset='slightly to the right',
    area='a small square area',
    distance_to_viewer=2.5,
    description='A red ball.',
    detailed_descriptions=[],
    tags='ball, red',
    atmosphere='Cheerful.',
    style='Flat.',
    quality_meta='Clean.',
    HTML_web_color_name='crimson',
)
```
Enjoy!
"""
SCENE = GlobalDescription("A beach at noon.", ("Waves roll in.", "The sun's light is warm."), "beach, noon", "skyblue")
BALL = Region(
    "on the left", "slightly to the right", "a small square area", 2.5, "A red ball.", (), "ball, red", "Cheerful.",
    "Flat.", "Clean.", "crimson",
)  # fmt: skip
START = "canvas = Canvas()\ncanvas.set_global_description('A beach', [], '', 'skyblue')\n"
START_CANVAS = Canvas(GlobalDescription("A beach", color="skyblue"))


def region_with(arguments: str) -> str:
    """A fenced reply whose second call, on line 4, has these arguments."""
    return f"```python\n{START}canvas.add_local_description({arguments})\n```"


def whole_region(**changed: str) -> str:
    """Arguments that need no correction, some of them replaced by other source code."""
    arguments = {
        "location": "'on the left'",
        "offset": "'slightly to the right'",
        "area": "'a small square area'",
        "distance_to_viewer": "2.5",
        "description": "'A red ball.'",
        "detailed_descriptions": "[]",
        "tags": "'ball, red'",
        "atmosphere": "'Cheerful.'",
        "style": "'Flat.'",
        "quality_meta": "'Clean.'",
        "HTML_web_color_name": "'crimson'",
    } | changed
    return ", ".join(f"{name}={value}" for name, value in arguments.items())

"""What people ask for first, and what comes of it: forty requests, none picked for its picture, on one sheet.

Draws with the bundled models, or with others of their kind in two folders, and writes the words under each picture.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.info import usual_spec
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import Rendered
from omost_pipeline.renderer.spec import SEED

REQUESTS = (
    "a knight fights a dragon",
    "a girl with an umbrella in the rain",
    "happy birthday cake with candles",
    "my cat sleeping on a blue sofa",
    "a robot riding a bicycle",
    "a pirate and a parrot on an island",
    "an astronaut on the moon",
    "a unicorn under a rainbow",
    "three penguins in the snow",
    "a witch with a broom at night",
    "a lion in the jungle",
    "a wizard reading a book in the library",
    "two dinosaurs by a volcano",
    "a red tractor on the farm",
    "a whale in the sea",
    "a mermaid and a dolphin",
    "a king on a horse",
    "a house without windows",
    "a ghost in a graveyard",
    "a pizza and a cup of coffee in the kitchen",
    "an owl on a tree at night",
    "a monkey eating a banana",
    "a frog wearing a crown",
    "a train crossing a bridge",
    "a lighthouse in a storm",
    "santa with a gift in the snow",
    "a panda playing the guitar",
    "an elephant next to a mouse",
    "a princess in front of a castle",
    "a fox in the forest in autumn",
    "a bowl of fruit: apple, pear, banana",
    "a ufo above the city",
    "a teddy bear on a bed",
    "a bee and a sunflower",
    "a snowman with a hat",
    "a shark chasing a fish",
    "a policeman beside a car in the street",
    "a red rose in a garden",
    "an airplane in the sky",
    "seven balloons",
)


def pictures(models: Models, requests: Sequence[str]) -> list[Image.Image]:
    """The picture of each request, all with the same seed and what a newcomer's settings are.

    Raises:
        OmostError: if a model cannot be loaded or fails.
    """
    profile, drawn = models.profile, list[Image.Image]()
    options = options_of(usual_spec(profile).having(SEED, 1))
    for words in requests:
        for news in compose_canvas(models.composer(), (), words, ComposeOptions(temperature=profile.temperature)):
            if isinstance(news, Composition):
                canvas = news.parsed.canvas
        drawn += [event.images[0] for event in models.renderer().render(canvas, options) if isinstance(event, Rendered)]
    return drawn


def sheet(pictures: Sequence[Image.Image], words: Sequence[str], columns: int = 8) -> Image.Image:
    """Pictures of one size with their words below, ``columns`` in a row."""
    width, height = pictures[0].size
    rows, below, gap = -(-len(pictures) // columns), 30, 4
    page = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + below) + gap), "white")
    pen = ImageDraw.Draw(page)
    for i, (picture, said) in enumerate(zip(pictures, words, strict=True)):
        x, y = gap + i % columns * (width + gap), gap + i // columns * (height + below)
        page.paste(picture, (x, y))
        pen.multiline_text((x, y + height + 2), "\n".join(textwrap.wrap(said, width // 6)), fill="black", spacing=1)
    return page


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="where the sheet goes")
    parser.add_argument("--composer", default=PROFILES["tiny-world"].composer, help="folder of a composer")
    parser.add_argument("--renderer", default=PROFILES["tiny-world"].renderer, help="folder of a renderer")
    parser.add_argument("--first", type=int, default=len(REQUESTS), help="only so many of the requests")
    parser.add_argument("--columns", type=int, default=8, help="pictures in a row")
    arguments = parser.parse_args()
    composer, renderer = (str(Path(each).resolve()) for each in (arguments.composer, arguments.renderer))
    profile = replace(PROFILES["tiny-world"], composer=composer, renderer=renderer)
    asked = REQUESTS[: arguments.first]
    sheet(pictures(Models(profile), asked), asked, arguments.columns).save(arguments.file)


if __name__ == "__main__":
    main()

"""How large the larger world's things are beside each other, where one rests on another: a cup is small on a table.

Tables alone. What a drawing fills of its box is measured on the bundled renderer's pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from omost_pipeline.world.kinds import glyphs

_OF_GROUP: Mapping[str, float] = MappingProxyType(
    {
        "person": 1.4,
        "creature": 1.7,
        "animal": 0.6,
        "bird": 0.35,
        "plant": 0.5,
        "food": 0.15,
        "vehicle": 3.5,
        "aircraft": 8.0,
        "building": 9.0,
        "furniture": 1.2,
        "tool": 0.35,
        "toy": 0.4,
        "instrument": 0.8,
        "sport": 0.25,
        "clothing": 0.35,
        "weather": 3.0,
        "nature": 4.0,
    }
)
"""Class of things → how large they usually are, in metres: the side of a square that is as large as what is seen."""


def _by_name(table: str) -> dict[str, float]:
    """Name → number, of lines of a number and the names that it is of."""
    lines = (line.split() for line in table.strip().split("\n"))
    return {name: float(number) for number, *names in lines for name in names}


_METRES = """
0.03 ant bee ladybug coin ring key raindrop snowflake
0.05 candle cherry strawberry
0.08 mouse spider snail chick butterfly frog egg cookie apple fruit orange pear lemon peach tomato diamond cup
0.2 bird squirrel hedgehog dove parrot owl bat crab mushroom flower rose tulip book ball crown bottle teapot
0.3 cake watermelon pineapple pumpkin hat pizza basket box bucket television computer lamp bowl vase plate
0.4 cat rabbit duck chicken rooster turtle monkey fox puppy backpack kite heart pillow nest bag
0.6 dog wolf pig sheep goat penguin swan goose eagle baby sunflower treasure shark star
1.0 umbrella chair mirror table bench desk shelf rock fire balloon
1.5 sofa bed piano tiger lion bear
2.0 horse cow deer zebra camel unicorn bicycle motorcycle dolphin door
3.0 elephant giraffe dragon dinosaur tyrannosaurus whale snowman car boat canoe tent cloud
5.0 tree palm pine branch roof house moon planet bus truck tractor igloo
9.0 ship train castle island bridge rainbow
20.0 mountain hill volcano
"""
_LENGTHS = _by_name(_METRES)


def metres(noun: str) -> float:
    """About how large a thing of that name is."""
    known = glyphs().get(noun)
    return _LENGTHS.get(noun, 0.6 if known is None else _OF_GROUP[known.group])


_ASPECTS = """
0.5 rocket snowman
0.62 tree branch palm balloon flower chair
0.8 umbrella
1.35 table bench desk shelf bed car
1.5 sofa fish cloud mountain hill
"""
_SHAPES = _by_name(_ASPECTS)


def aspect(noun: str) -> float:
    """Width by height of the drawing of a thing of that name."""
    return _SHAPES.get(noun, 1.0)

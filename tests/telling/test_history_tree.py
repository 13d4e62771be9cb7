"""A conversation as a tree of pictures, and its edits as a film."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.telling.history_tree import Leaf, film, places_of, tree_sheet


def picture(color: str, size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, format="PNG")
    return file.getvalue()


def leaf(name: str, parent: str | None, number: int = 1, color: str | None = "red") -> Leaf:
    return Leaf(name, parent, number, picture(color) if color else None)


TREE = [
    leaf("a", None, 1),
    leaf("b", "a", 2, "blue"),
    leaf("c", "b", 3),
    leaf("d", "a", 4, "green"),
    leaf("e", "d", 5, None),
    leaf("f", "gone", 6),
]


def test_a_branch_has_a_row_of_its_own_and_a_child_stands_right_of_its_parent() -> None:
    assert places_of(TREE) == {"a": (0, 0), "b": (1, 0), "c": (2, 0), "d": (1, 1), "e": (2, 1), "f": (0, 2)}


def test_the_sheet_shows_each_picture_at_its_place_and_frames_where_one_is() -> None:
    corners = {name: (30 + 162 * x, 30 + 162 * y) for name, (x, y) in places_of(TREE).items()}
    with Image.open(io.BytesIO(tree_sheet(TREE, "d"))) as sheet:
        seen = {name: sheet.getpixel((x + 66, y + 66)) for name, (x, y) in corners.items()}
        framed = [name for name, (x, y) in corners.items() if sheet.getpixel((x - 3, y + 66)) == (255, 140, 105)]
    assert seen["b"] == (0, 0, 255)
    assert seen["d"] == (0, 128, 0)
    assert framed == ["d"]


def test_a_film_shows_every_picture_in_one_size_for_ever() -> None:
    made = film(
        [picture("red"), picture("blue", (1280, 960)), picture("blue", (1280, 960)), picture("green", (640, 480))]
    )
    with Image.open(io.BytesIO(made)) as image:
        assert image.format == "WEBP"
        assert image.info["loop"] == 0
        assert image.size == (512, 384)
        middles = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            middles.append(image.convert("RGB").crop((200, 200, 201, 201)).tobytes())
    assert len(middles) == 3  # equal pictures that follow each other are one frame that stays for longer
    assert [list(middle).index(max(middle)) for middle in middles] == [0, 2, 1]


def test_one_picture_is_no_film() -> None:
    with pytest.raises(ValueError, match="two pictures"):
        film([picture("red")])

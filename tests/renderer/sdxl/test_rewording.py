"""Names that a renderer was not taught are said in words that it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from omost_pipeline.errors import WeightsError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.sdxl.rewording import FILE, Rewording
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder
from omost_pipeline.training.places import place_words
from omost_pipeline.world.kinds import kind_of

TABLE = "# names\ncup of coffee, mug = coffee  # from above\n\nroof = red house\npirate ship, ship = boat\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text(TABLE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A pirate ship.", "A boat."),
        ("An old red ship with a flag.", "An old red boat with a flag."),
        ("A MUG", "A coffee"),
        ("A roof.", "A red house."),
        ("A dark blue roof with a chimney.", "A dark blue house with a chimney."),
        ("A house with a red roof.", "A house with a red roof."),
        ("A shipyard.", "A shipyard."),
        ("A dog.", "A dog."),
        ("", ""),
    ],
)
def test_what_a_text_names_is_said_otherwise_and_the_rest_stays(folder: Path, text: str, said: str) -> None:
    assert Rewording.read(folder)(text) == said
    assert Rewording({})(text) == text


def test_a_folder_without_a_table_says_all_as_it_is_and_a_bad_line_is_refused(tmp_path: Path) -> None:
    assert Rewording.read(tmp_path)("A mug.") == "A mug."
    for line in ("mug", "= coffee", "mug ="):
        (tmp_path / FILE).write_text(f"ship = boat\n{line}\n", encoding="utf-8")
        with pytest.raises(WeightsError, match="Line 2 of "):
            Rewording.read(tmp_path)


def test_only_the_tokens_are_others(text_encoder: TextEncoder) -> None:
    parts = (*text_encoder._tokenizers, text_encoder.text_encoder, text_encoder.text_encoder_2)
    reworded = TextEncoder(*parts, Rewording({"ab": "b"}))
    assert reworded.ids(0, ("ab.", "a.")) == text_encoder.ids(0, ("b.", "a."))


def test_the_bundled_table_has_only_kinds_and_places_of_the_world_for_others() -> None:
    table = (Path(PROFILES["tiny-world"].renderer) / FILE).read_text(encoding="utf-8")
    lines = [line.split("=") for line in table.splitlines() if "=" in line]
    assert len(lines) > 10
    for names, stand_in in lines:
        is_place = stand_in.strip() in place_words()
        assert is_place or kind_of(stand_in.split()[-1]).name != "thing", stand_in
        assert stand_in.strip() not in [name.strip() for name in names.split(",")]
    assert Rewording.read(Path(PROFILES["tiny-world"].renderer))("A bowl.") == "A bucket."

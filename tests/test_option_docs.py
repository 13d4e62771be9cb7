"""What people read about the options of a picture is what their descriptions say."""

from __future__ import annotations

import re

from bot.turns.styles import REQUEST_OPTIONS
from omost_pipeline.renderer.option import OptionKind
from tests.places import ROOT

NUMBER = re.compile(r"\d+(?:\.\d+)?")


def test_the_table_of_options_has_each_with_its_flag_and_its_bounds() -> None:
    files = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    rows = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    for option in REQUEST_OPTIONS:
        if not (option.asked or option.flag):
            continue
        name = f"`--{option.name}" if option.asked else f"`{option.flag}"
        (row,) = [row for row in rows if re.match(rf"\|[^|]*{name}\b", row) or (not option.asked and name in row)]
        if option.flag:
            assert f"`{option.flag}" in row, option.name
        if option.kind in {OptionKind.WHOLE, OptionKind.NUMBER} and option.asked and option.name != "seed":
            assert f"{option.high:g}" in NUMBER.findall(row.rpartition("|")[0].rpartition("|")[2]), option.name
        if option.kind is OptionKind.NUMBER and option.asked:
            assert f"{option.low:g}" in NUMBER.findall(row.rpartition("|")[0].rpartition("|")[2]), option.name

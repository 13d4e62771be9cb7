"""Canvases from files: by their ending, bounded, with errors that name the file."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_json, canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.files import MAX_BYTES, read_canvas
from omost_pipeline.errors import CanvasError

CAFE = Canvas(GlobalDescription("A café, « chez Ñ »", ("猫",)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("canvas.py", canvas_to_code(CAFE)),
        ("canvas.PY", "\ufeff" + canvas_to_code(CAFE)),
        ("canvas.json", canvas_to_json(CAFE)),
        ("reply.json", canvas_to_reply(CAFE)),
        ("reply.txt", canvas_to_reply(CAFE).replace("\n", "\r\n")),
        ("notes.md", f"# A café\n\n{canvas_to_reply(CAFE)}\n"),
    ],
)
def test_a_canvas_is_read_from_every_kind_of_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode())
    assert read_canvas(tmp_path / name).canvas == CAFE


def test_corrections_and_cuts_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"version": 1, "scene": {"description": "x", "color": "redd"}}')
    assert "scene.color" in {note.field for note in read_canvas(tmp_path / "a.json").corrections}
    (tmp_path / "a.txt").write_text(canvas_to_reply(CAFE)[:-3], encoding="utf-8")
    assert read_canvas(tmp_path / "a.txt").cut


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.png", b"", "ends in '.png'; a canvas file ends in"),
        ("a.py", b"import os\ncanvas = Canvas()", r"a\.py: line 1: 'import os'"),
        ("a.json", b"{", r"a\.json: line 1: this is not JSON"),
        ("a.json", b"", r"a\.json is empty\."),
        ("a.py", b"\xef\xbb\xbf \r\n", r"a\.py is empty\."),
        ("a.txt", b"caf\xe9", r"a\.txt is not UTF-8 text \(byte 3\): save it as UTF-8"),
        ("a.txt", b"\xff\xfe", r"a\.txt is empty\."),
        ("a.md", b"a" * (MAX_BYTES + 1), r"a\.md is larger than"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CanvasError, match=message):
        read_canvas(tmp_path / name)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    for name in ("missing.py", "folder.py"):
        with pytest.raises(CanvasError, match=f"{name} cannot be read"):
            read_canvas(tmp_path / name)


def test_code_out_of_a_pages_source_and_behind_thoughts(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    code = canvas_to_code(CAFE)
    page.write_text(f"<pre>{html.escape(code)}</pre>", encoding="utf-8")
    assert read_canvas(page).canvas == CAFE
    page.write_text(f"<think>{code}</think>\n", encoding="utf-8")
    assert read_canvas(page).canvas == CAFE, "nothing stands behind the thoughts"

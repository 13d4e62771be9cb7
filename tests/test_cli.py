"""The command line as a user meets it: what it prints where, what it writes, and its exit status."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from PIL import Image

from bot.cli.program import status_of
from bot.cli.studio import Studio
from bot.cli.terminal import Terminal
from bot.settings.config import Settings
from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_json, canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import CanvasError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions, Step
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.spec import Spec


def canvas_of(*things: str) -> Canvas:
    regions = tuple(
        Region("on the left", "no offset", "a small square area", 3.0, f"A {thing}.", color="red") for thing in things
    )
    return Canvas(GlobalDescription("A meadow.", color="skyblue"), regions)


class Writer:
    """A composer that adds each message's words to the canvas as a region."""

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        said = [*(turn.words for turn in history), words]
        reply = canvas_to_reply(canvas_of(*said))
        yield from (reply[start : start + 7] for start in range(0, len(reply), 7))


class Rambler:
    """A composer that writes no canvas."""

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        yield "I would rather talk about the weather."


class Painter:
    """A renderer that paints the seed, and draws sides that are multiples of 8."""

    size_unit = 8

    def __init__(self) -> None:
        self.asked: list[RenderOptions] = []

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        self.asked.append(options)
        seeds = tuple(range(options.seed, options.seed + options.images))
        pictures = tuple(Image.new("RGB", (options.width, options.height), (seed % 256, 0, 0)) for seed in seeds)
        for number in range(1, options.steps + 1):
            yield Step(number, options.steps, lambda: pictures[0])
        yield Rendered(pictures, seeds, {"encode": 0.1, "denoise": 0.2, "decode": 0.3})


class Keeper(Painter):
    """One that can edit what it has painted."""

    def __init__(self) -> None:
        super().__init__()
        self.edited: list[tuple[Canvas, Canvas]] = []

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        for each in super().render(canvas, options, picture):
            yield replace(each, remains=(b"latents",)) if isinstance(each, Rendered) else each

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        assert (earlier.remains, earlier.seed) == (b"latents", options.seed)
        self.edited.append((earlier.canvas, canvas))
        yield from self.render(canvas, options)


def studio(composer: Writer | Rambler, painter: Painter | None = None) -> Studio:
    drawing = painter or Painter()
    models = Models(PROFILES["tiny"], "cpu", load_composer=lambda *_: composer, load_renderer=lambda *_: drawing)
    return Studio(Settings(), Terminal(), LocalEngine(models))


def size_of(file: Path) -> tuple[int, int]:
    with Image.open(file) as picture:
        return picture.size


@pytest.fixture
def code_file(tmp_path: Path) -> Path:
    file = tmp_path / "canvas.py"
    file.write_text(canvas_to_code(canvas_of("house", "tree")), encoding="utf-8")
    return file


def test_a_conversation_becomes_files_turn_by_turn(tmp_path: Path) -> None:
    turns = asyncio.run(studio(Writer()).imagine(("house", "tree"), tmp_path, Spec({"seed": 7})))
    names = {"turn-1.png", "turn-1.layout.png", "turn-1.py", "turn-2.png", "turn-2.layout.png", "turn-2.py"}
    assert {file.name for file in tmp_path.iterdir()} == names
    assert (tmp_path / "turn-2.py").read_text(encoding="utf-8") == canvas_to_code(canvas_of("house", "tree"))
    report = turns[1].report()
    assert report["seed"] == 7
    assert set(report["seconds"]) == {"compose", "encode", "denoise", "decode"}  # type: ignore[call-overload]  # JSON
    assert json.loads(json.dumps(report)) == report


def test_a_change_begins_with_the_picture_before_it_unless_all_is_to_be_drawn_anew(tmp_path: Path) -> None:
    keeper = Keeper()
    asyncio.run(studio(Writer(), keeper).imagine(("house", "tree", "sun"), tmp_path))
    canvases = [canvas_of("house"), canvas_of("house", "tree"), canvas_of("house", "tree", "sun")]
    assert keeper.edited == list(pairwise(canvases))
    anew = Keeper()
    asyncio.run(studio(Writer(), anew).imagine(("house", "tree"), tmp_path, Spec({"keep": "off"})))
    assert anew.edited == []


def test_a_size_the_model_cannot_draw_is_rounded_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(studio(Writer()).render(canvas_of("house"), tmp_path / "out.png", Spec({"size": (101, 99)})))
    assert size_of(tmp_path / "out.png") == (96, 96)
    said = capsys.readouterr()
    assert "101x99 became 96x96" in said.err
    assert said.out == ""


def test_a_reply_without_a_canvas_is_an_error_and_earlier_turns_stay(tmp_path: Path) -> None:
    with pytest.raises(CanvasError):
        asyncio.run(studio(Rambler()).imagine(("house",), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_several_pictures_become_files_with_numbers(tmp_path: Path) -> None:
    (turn,) = asyncio.run(studio(Writer()).imagine(("house",), tmp_path, Spec({"seed": 7, "count": 3})))
    assert [path.name for path in turn.images] == ["turn-1.png", "turn-1-2.png", "turn-1-3.png"]
    assert turn.report()["seeds"] == [7, 8, 9]
    with Image.open(turn.images[2]) as third:
        assert third.getpixel((0, 0)) == (9, 0, 0)


def test_how_a_picture_is_drawn_reaches_the_renderer(
    tmp_path: Path, code_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    painter = Painter()
    monkeypatch.setattr("omost_pipeline.engine.families.load_renderer", lambda *_: painter)
    out = tmp_path / "out.png"
    asked = ["--steps", "4", "--guidance", "6", "--negative", "fog", "--initial-strength", "0.96", "--larger", "1.25"]
    assert status_of(["render", str(code_file), "--out", str(out), "--images", "2", *asked]) == 0
    assert capsys.readouterr().out.split() == [str(out), str(tmp_path / "out-2.png")]
    larger, regions = Highres(1.25, 20, 0.2), RegionOptions("bounded")
    options = RenderOptions(
        256,
        256,
        12345,
        4,
        6.0,
        "fog",
        2,
        initial_strength=0.96,
        highres=larger,
        regions=regions,
        layered=True,
        details=True,
    )
    assert painter.asked == [options]


def test_masks_are_written_beside_the_layout(
    tmp_path: Path, code_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, masks = tmp_path / "layout.png", tmp_path / "masks"
    arguments = ["layout", str(code_file), "--out", str(out), "--masks", str(masks), "--size", "96x64"]
    assert status_of(arguments) == 0
    names = ["layout.png", "01-a-house.png", "02-a-tree.png"]
    assert capsys.readouterr().out.split() == [str(out), *(str(masks / name) for name in names)]
    assert size_of(masks / "02-a-tree.png") == (96, 64)


def test_a_canvas_goes_to_the_comfyui_port_and_back(
    tmp_path: Path, code_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, back = tmp_path / "theirs.comfyui.json", tmp_path / "back.py"
    assert status_of(["convert", str(code_file), "--out", str(theirs)]) == 0
    assert status_of(["convert", str(theirs), "--out", str(back)]) == 0
    assert back.read_text(encoding="utf-8") == code_file.read_text(encoding="utf-8")
    black = {"color": [0, 0, 0], "prompt": "a house"}
    theirs.write_text(
        json.dumps([black | {"rect": [0, 90, 0, 90]}, black | {"rect": [0, 91, 0, 90]}]), encoding="utf-8"
    )
    capsys.readouterr()
    assert status_of(["convert", str(theirs), "--out", str(back)]) == 1
    assert "[1].rect is [0, 91, 0, 90]; it must be" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".py", ".json"])
def test_layout_draws_a_canvas_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    canvas = canvas_of("house", "tree")
    file = tmp_path / f"canvas{suffix}"
    file.write_text(canvas_to_code(canvas) if suffix == ".py" else canvas_to_json(canvas), encoding="utf-8")
    out = tmp_path / "layout.png"
    assert status_of(["layout", str(file), "--out", str(out), "--size", "300x200"]) == 0
    assert size_of(out) == (300, 200)
    assert capsys.readouterr().out.strip() == str(out)


def test_a_canvas_file_is_read_and_never_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = tmp_path / "mark"
    file = tmp_path / "evil.py"
    file.write_text(f"canvas = Canvas()\nopen({str(mark)!r}, 'w')\n", encoding="utf-8")
    assert status_of(["layout", str(file), "--out", str(tmp_path / "x.png")]) == 1
    assert not mark.exists()
    said = capsys.readouterr()
    assert said.out == ""
    assert "line 2" in said.err
    assert said.err.count("\n") == 1


def test_a_missing_canvas_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["layout", str(tmp_path / "none.py"), "--out", str(tmp_path / "x.png")]) == 1
    said = capsys.readouterr().err
    assert "none.py" in said
    assert said.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_picture_that_finds_no_room_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "canvas.json", tmp_path / "layout.png"
    file.write_text(canvas_to_json(canvas_of("house")), encoding="utf-8")
    out.symlink_to("/dev/full")
    assert status_of(["layout", str(file), "--out", str(out)]) == 1
    assert capsys.readouterr().err == f"error: {out}: No space left on device\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["imagine", "", "--out", "OUT"], "PROMPT"),
        (["imagine", "  \n ", "--out", "OUT"], "PROMPT"),
        (["imagine", "a cat", "--edit", "", "--out", "OUT"], "--edit"),
        (["imagine", "a cat"], "--out"),
        (["imagine", "a cat", "--out", "OUT", "--size", "12x"], "12x"),
        (["imagine", "a cat", "--out", "OUT", "--size", "abc"], "abc"),
        (["imagine", "a cat", "--out", "OUT", "--size", "100000x100000"], "100000x100000"),
        (["imagine", "a cat", "--out", "OUT", "--size", "-5x10"], "-5x10"),
        (["imagine", "a cat", "--out", "OUT", "--size", "0x0"], "0x0"),
        (["imagine", "a cat", "--out", "OUT", "--seed", str(10**30)], f"'--seed': found '{10**30}'"),
        (["imagine", "a cat", "--out", "OUT", "--seed", "-1"], "'--seed': found '-1'"),
        (["imagine", "a cat", "--out", "OUT", "--seed", "x"], "'--seed': found 'x'"),
        (["imagine", "a cat", "--out", "OUT", "--profile", "omst"], "omost"),
        (["imagine", "a cat", "--out", "OUT", "--config", "none.toml"], "none.toml"),
        (["render", "canvas.py", "--out", "OUT/x.gif2"], ".png"),
        (["render", "canvas.py", "--out", "OUT/none/x.png"], "none"),
        (["render", "canvas.py", "--out", "OUT/x.png", "--steps", "0"], "'--steps': found '0'"),
        (["render", "canvas.py", "--out", "OUT/x.png", "--images", "13"], "'--images': found '13'"),
        (["render", "canvas.py", "--out", "OUT/x.png", "--larger", "3"], "'--larger': found '3'"),
        (["render", "canvas.py", "--out", "OUT/x.png", "--layers", "OUT/x.ora", "--larger", "2"], "has no layers"),
        (["imagine", "a cat", "--out", "OUT", "--initial-strength", "0.5"], "--initial-strength"),
        (["run", "--port", "70000"], "web.port"),
        (["bench", "speed"], "'name': 'speed' is not one of"),
        (["bench", "adherence", "--methods", "score,layers"], "'layers' is not a region method"),
        (["run", "--port", "9" * 5_000], f"'--port': found '{'9' * 199}…; Unable to parse"),
        (["bench", "adherence", "--scenes", "0"], "'--scenes': found '0'"),
        (["paint"], "paint"),
        (["run", "--prot", "1"], "--prot"),
    ],
)
def test_a_wrong_command_line_is_refused_before_any_work(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of([argument.replace("OUT", str(tmp_path)) for argument in arguments]) == 2
    said = capsys.readouterr()
    assert named in said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_fails_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    assert status_of(["imagine", "a cat", "--out", str(tmp_path / "taken")]) == 1
    said = capsys.readouterr().err
    assert "taken" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("present", [False, True], ids=["missing", "empty"])
def test_weights_that_are_not_there_fail_in_one_sentence(
    tmp_path: Path, code_file: Path, capsys: pytest.CaptureFixture[str], present: bool
) -> None:
    weights = tmp_path / "weights"
    if present:
        weights.mkdir()
    config = tmp_path / "config.toml"
    config.write_text(f'[models]\nrenderer = "{weights}"', encoding="utf-8")
    out = tmp_path / "x.png"
    assert status_of(["render", str(code_file), "--out", str(out), "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert str(weights) in said
    assert said.count("\n") == 1
    assert not out.exists()


def test_doctor_answers_in_json_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[models]\ncomposer = "{tmp_path / "gone"}"', encoding="utf-8")
    assert status_of(["doctor", "--config", str(config), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["well"] is False
    assert {"subject", "verdict", "found", "remedy"} == set(report["findings"][0])
    wrong = [finding["subject"] for finding in report["findings"] if finding["verdict"] == "wrong"]
    assert wrong == ["composer"]


@pytest.mark.slow
def test_help_answers_at_once_as_it_loads_no_large_library() -> None:
    program = (
        "import sys; from bot.cli.program import status_of; status = status_of(['--help']); "
        "heavy = {'torch', 'transformers', 'diffusers', 'bitsandbytes', 'scipy', 'nicegui', 'fastapi', 'aiohttp', "
        "'discord', 'telegram', 'sqlalchemy', 'alembic'} & set(sys.modules); "
        "sys.exit(f'{status} {heavy}' if status or heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU the CPU's threads do not matter")
def test_on_a_cpu_benchmarks_measure_with_one_thread_and_say_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr("omost_pipeline.bench.attention.run", lambda: {"seen": torch.get_num_threads()})
    torch.set_num_threads(2)
    try:
        assert status_of(["bench", "attention", "--json"]) == 0
        assert torch.get_num_threads() == 2, "as before"
    finally:
        torch.set_num_threads(before)
    assert json.loads(capsys.readouterr().out) == {"cpu_threads": 1, "seen": 1}


def test_recordings_follow_one_option_as_a_shell_writes_them_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replayed: list[list[Path]] = []

    def run(ids: list[Path], wall: bool, shape: str) -> dict[str, object]:
        replayed.append(ids)
        return {"turns": []}

    monkeypatch.setattr("omost_pipeline.bench.decoding.run", run)
    assert status_of(["bench", "decoding", "--ids", "one.json", "two.json", "three.json", "--json"]) == 0
    assert replayed == [[Path("one.json"), Path("two.json"), Path("three.json")]]
    assert status_of(["bench", "turn", "two.json"]) == 2
    assert "two.json is one argument too many" in capsys.readouterr().err

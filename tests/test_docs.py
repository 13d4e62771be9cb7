"""Every command and link in README and docs: cheap ones are run, the rest is held against the program's own options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from bot.cli.program import program, status_of
from tests.places import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

RUN = {"layout", "convert", "doctor", "plan"}
"""Subcommands that are quick wherever they run."""

FOREIGN = {
    "make": "the targets are compared with the Makefile's",
    "export": "the variables are compared with the settings'",
    "sqlite3": "a program of its own",
    "vllm": "a program of its own",
    "llama-server": "a program of its own",
    "transformers": "a program of its own",
    "python": "modules are compared with the source's",
    "PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu": "make, with another index",
    "pre-commit": "a program of its own",
}
"""What else commands begin with, and why it is not run here."""


def commands() -> list[tuple[str, str]]:
    """The lines of shell blocks and indented blocks, and what stands in backticks, that begin with a command."""
    found = []
    begins = re.compile(rf"(omost-bot|{'|'.join(re.escape(each) for each in FOREIGN)})( |$)")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```(?:sh|bash|shell)\n(.*?)```", text, re.DOTALL)
        lines = [line.strip() for block in blocks for line in block.split("\n")]
        lines += [line.strip() for line in text.split("\n") if line.startswith("    ")]
        lines += re.findall(r"`([^`\n]+)`", text)
        found += [(page.name, re.sub(r"\s+#.*", "", line)) for line in lines if begins.match(line)]
    return sorted(set(found))


def words_of(line: str) -> list[str]:
    """A command's words; of a synopsis, what stands in brackets is left out."""
    line = re.sub(r"\[[^\]]*\]", "", line).replace("…", "")
    return shlex.split(line)


def test_there_are_commands_to_check() -> None:
    assert len(commands()) > 30


@pytest.mark.parametrize(("page", "line"), commands())
def test_each_command_exists_with_its_options(
    page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *rest = words_of(line)
    if first == "make" or "make" in rest[:1]:
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert (rest or ["run"])[-1 if first != "make" else 0].split("=")[0] in [*targets, "ARGS"], page
    elif first == "export":
        assert re.match(r"(OMOST_[A-Z_]+|PYTHONPATH)=", rest[0]), page
    elif first == "python" and rest[:1] == ["-m"]:
        module = ROOT.joinpath(*rest[1].split("."))
        assert module.with_suffix(".py").exists() or module.is_dir() or rest[1] in {"bot", "pip"}, page
    elif first == "omost-bot" and rest:
        _check(rest, page)
        if rest[0] in RUN and not re.search(r"\.\(|\bFILE\b|\bDIR\b|theirs", line):
            monkeypatch.chdir(tmp_path)
            assert status_of(rest) in {0, 1}, capsys.readouterr().err


def _check(words: list[str], page: str) -> None:
    """Whether the program has this subcommand, benchmark and these options."""
    group = get_command(program())
    if words[0] in {"--version", "--help"}:
        assert status_of(words[:1]) == 0
        return
    assert isinstance(group, typer.core.TyperGroup)
    assert words[0] in group.commands, f"{page}: there is no omost-bot {words[0]}"
    known = {name for parameter in group.commands[words[0]].params for name in parameter.opts}
    for word in words[1:]:
        if word.startswith("--"):
            assert word.split("=")[0] in known | {"--help"}, f"{page}: omost-bot {words[0]} has no {word}"
    if words[0] == "bench" and len(words) > 1 and not words[1].startswith("-"):
        benchmarks = {each.value for each in __import__("bot.cli.bench", fromlist=["Benchmark"]).Benchmark}
        assert set(words[1].split("|")) <= benchmarks, page


def test_a_conversation_of_the_docs_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = {
        line for _, line in commands() if line.startswith("omost-bot imagine") and "a red house on the left" in line
    }
    monkeypatch.chdir(tmp_path)
    assert status_of(words_of(line)[1:]) == 0
    assert (tmp_path / "pictures" / "turn-3.png").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [each for each in targets if "://" not in each and not (page.parent / each).exists()]
    assert missing == []


def test_the_readme_is_read_in_two_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["--version"]) == 0
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert capsys.readouterr().out.strip() == f"omost-bot {version[1]}"

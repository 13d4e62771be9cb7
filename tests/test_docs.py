"""Every command, variable and link in README and docs: what can be is run, the rest is held against its source."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from bot.cli.bench import Benchmark
from bot.cli.program import program, status_of
from bot.settings.config import load_settings
from tests.places import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

FOREIGN = {
    "make": "its targets are compared with the Makefile's",
    "export": "its variables are compared with the settings'",
    "python": "its modules are compared with the source's",
    "PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu": "make, with another index",
    "vllm": "a program of its own",
    "llama-server": "a program of its own",
    "transformers": "a program of its own",
    "pre-commit": "a program of its own",
    "pip": "needs the network; its extras are compared with pyproject.toml's",
    "source": "the environment's own script",
}
"""What else commands begin with, and why it is not run here."""

LONG = {
    "run": "serves until it is stopped",
    "bench": "takes minutes",
    "doctor": "looks at this computer, not at the docs",
    "check": "looks at what a bot has kept",
    "backup": "copies what a bot has kept",
    "restore": "puts back what a bot has kept",
}
"""Subcommands that are not run here, and why."""

_COMMAND = re.compile(rf"(omost-bot|{'|'.join(re.escape(each) for each in FOREIGN)})( |$)")


def shell_blocks(page: Path) -> list[list[str]]:
    """The commands of each fenced shell block."""
    blocks = re.findall(r"```(?:sh|bash|shell)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [[line.strip() for line in block.splitlines() if line.strip()] for block in blocks]


def commands() -> list[tuple[str, str]]:
    """All commands: of shell blocks, of indented blocks, and in backticks."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = [line for block in shell_blocks(page) for line in block]
        lines += [
            line.strip() for line in text.splitlines() if line.startswith("    ") and _COMMAND.match(line.strip())
        ]
        lines += [line for line in re.findall(r"`([^`\n]+)`", text) if _COMMAND.match(line)]
        found += [(page.name, re.sub(r"\s+#.*", "", line)) for line in lines]
    return sorted(set(found))


def test_there_are_commands_to_check() -> None:
    assert len(commands()) > 40


@pytest.mark.parametrize(("page", "line"), commands())
def test_each_command_exists_with_its_options(page: str, line: str) -> None:
    first, *rest = shlex.split(re.sub(r"[\[\]…]", " ", line) if first_is_ours(line) else line)
    assert first == "omost-bot" or first in FOREIGN, f"{page}: {first} is no command that is known here"
    if first == "omost-bot" and rest:
        check_ours(rest, page)
    elif first == "make" or rest[:1] == ["make"]:
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        target = rest[-1] if first != "make" else (rest or ["run"])[0]
        assert target in targets, f"{page}: make has no {target}"
    elif first == "export":
        check_variable(rest[0], page)
    elif first == "python" and rest[:1] == ["-m"]:
        module = ROOT.joinpath(*rest[1].split("."))
        assert module.with_suffix(".py").exists() or module.is_dir() or rest[1] in {"bot", "pip"}, page
    elif first == "pip":
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        extras = [name for extra in re.findall(r"\.\[([a-z,]+)\]", line) for name in extra.split(",")]
        assert all(re.search(rf"^{name} = ", project, re.MULTILINE) for name in extras), page
        assert all((ROOT / name).exists() for name in re.findall(r"-c (\S+)", line)), page


def first_is_ours(line: str) -> bool:
    """Whether it is a command of this program, whose synopses have brackets."""
    return line.startswith("omost-bot")


def check_ours(words: list[str], page: str) -> None:
    """Whether the program has this subcommand, benchmark and these options."""
    group = get_command(program())
    assert isinstance(group, typer.core.TyperGroup)
    if words[0].startswith("-"):
        assert words[0] in {"--version", "--help"}, page
        return
    assert words[0] in group.commands, f"{page}: there is no omost-bot {words[0]}"
    known = {name for parameter in group.commands[words[0]].params for name in parameter.opts} | {"--help"}
    unknown = [word for word in words[1:] if word.startswith("--") and word.split("=")[0] not in known]
    assert unknown == [], f"{page}: omost-bot {words[0]} has no {unknown}"
    if words[0] == "bench" and len(words) > 1 and not words[1].startswith("-"):
        assert set(words[1].split("|")) <= {each.value for each in Benchmark}, page


def check_variable(assignment: str, page: str) -> None:
    """Whether a variable is one of the settings', with a value that they take."""
    name, _, value = assignment.partition("=")
    value = "1:abc" if "TOKEN" in name else value  # an ellipsis stands for somebody's own
    settings = load_settings(None, {name: value})
    assert settings != load_settings(None, {}), f"{page}: {name} changes nothing"


BLOCKS = [
    (page.name, block)
    for page in PAGES
    for block in shell_blocks(page)
    if all(line.split()[:1] == ["omost-bot"] and line.split()[1] not in LONG for line in block)
]


def test_there_are_blocks_to_run() -> None:
    run = {line.split()[1] for _, block in BLOCKS for line in block}
    assert run >= {"imagine", "layout", "convert", "render"}


@pytest.mark.slow
@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_each_block_of_ours_runs_as_it_stands(
    page: str, block: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in block:
        assert status_of(shlex.split(line)[1:]) == 0, f"{page}: {line}: {capsys.readouterr().err}"


@pytest.mark.slow
def test_a_conversation_of_the_docs_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [line for _, line in commands() if line.startswith("omost-bot imagine")]
    (line,) = {line for line in drawn if "a red house on the left" in line}
    monkeypatch.chdir(tmp_path)
    assert status_of(shlex.split(line)[1:]) == 0
    assert (tmp_path / "pictures" / "turn-3.png").exists()


@pytest.mark.parametrize("line", ["omost-bot frobnicate", "omost-bot run [--hostess H]", "systemctl restart x"])
def test_a_command_that_is_not_there_would_be_noticed(line: str) -> None:
    with pytest.raises(AssertionError):
        test_each_command_exists_with_its_options("a page", line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [each for each in targets if "://" not in each and not (page.parent / each).exists()]
    assert missing == []
    pointed = re.findall(r"\]\(((?:[\w./-]+\.md)?)#([\w-]+)\)", text)
    lost = [
        f"{file}#{anchor}" for file, anchor in pointed if anchor not in anchors(page.parent / file if file else page)
    ]
    assert lost == []


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def test_the_readme_is_read_in_two_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["--version"]) == 0
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert capsys.readouterr().out.strip() == f"omost-bot {version[1]}"

"""``omost-bot doctor``: what :mod:`bot.ops.doctor` found, in lines or as JSON."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.text import Text

from bot.cli.arguments import ConfigOption, JsonOption
from bot.cli.terminal import Terminal
from bot.ops.doctor import examine
from bot.ops.finding import Finding, Verdict

_STYLES = {Verdict.FINE: "green", Verdict.NOTE: "yellow", Verdict.WRONG: "bold red"}


def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Look for what would keep the bot from working, and say what to do; status 1 if something would."""
    terminal = Terminal()
    with terminal.progress() as bar:
        bar.show("checking")
        findings = examine(config)
    well = all(finding.verdict is not Verdict.WRONG for finding in findings)
    if as_json:
        terminal.json({"well": well, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            terminal.out.print(_line(finding))
    raise typer.Exit(0 if well else 1)


def _line(finding: Finding) -> Text:
    line = Text.assemble((f"{finding.verdict:<7}", _STYLES[finding.verdict]), f"{finding.subject}: {finding.found}")
    return line.append(f". {finding.remedy}", style="bold") if finding.remedy else line

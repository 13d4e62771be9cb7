"""``omost-bot account``: who may log in to the web chat."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.cli.arguments import ConfigOption
from bot.cli.terminal import Terminal
from bot.settings.config import load_settings


def account(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")],
    config: ConfigOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the account away.")] = False,
) -> None:
    """Make an account for the web chat, or give one a new password, which is asked for (or read from stdin)."""
    from bot.chat.web import accounts

    settings, terminal = load_settings(config), Terminal()
    if not settings.web.accounts:
        raise typer.BadParameter('the web chat has no accounts; set accounts = "accounts.txt" in [web] first.')
    if not accounts.is_name(name):
        raise typer.BadParameter(
            f"{name[:40]!r} should be 1 to 64 letters, digits and . _ @ + -, a letter or digit first."
        )
    path = settings.data_dir / settings.web.accounts
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    known = any(line.partition(":")[0] == name for line in text.splitlines())
    if remove:
        if not known:
            raise typer.BadParameter(f"there is no account {name!r} in {path}.")
        accounts.write_accounts(path, accounts.with_line(text, name, None))
        terminal.result(f"{name} can no longer log in.")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    line = accounts.line_for(name, _password(accounts.SHORTEST_PASSWORD, accounts.LONGEST_PASSWORD))
    accounts.write_accounts(path, accounts.with_line(text, name, line))
    terminal.result(f"{name} has a new password." if known else f"{name} can log in.")


def _password(least: int, most: int) -> str:
    """A password from whoever sits there, or the first line of stdin."""
    if sys.stdin.isatty():
        given = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        given = sys.stdin.readline().rstrip("\n")
    if not least <= len(given) <= most:
        raise typer.BadParameter(f"a password should have {least} to {most:,} characters; this one has {len(given)}.")
    return given

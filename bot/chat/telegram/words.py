"""The commands of the menu and their descriptions. Knows no message."""

from __future__ import annotations

from bot.catalogues.catalogue import DEFAULT, languages
from bot.catalogues.text import Text

COMMANDS = {
    "imagine": Text("command-imagine-help"),
    "edit": Text("command-edit-help"),
    "undo": Text("command-undo-help"),
    "changes": Text("command-changes-help"),
    "redraw": Text("command-redraw-help"),
    "vary": Text("command-vary-help"),
    "canvas": Text("command-canvas-help"),
    "history": Text("command-history-help"),
    "compare": Text("command-compare-help"),
    "enhance": Text("command-enhance-help"),
    "describe": Text("command-describe-help"),
    "character": Text("command-character-help"),
    "export": Text("command-export-help"),
    "settings": Text("command-settings-group-help"),
    "queue": Text("command-queue-help"),
    "cancel": Text("command-cancel-help"),
    "report": Text("command-report-help"),
    "forget": Text("command-forget-help"),
    "help": Text("command-help-help"),
}
"""Name → description, in the order of the menu."""


def menu_languages() -> tuple[str, ...]:
    """The languages that commands are registered in; empty is for everybody else."""
    return ("", *(language for language in languages() if language != DEFAULT))

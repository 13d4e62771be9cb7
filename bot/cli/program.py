"""The program: its commands, and the one place where errors become a sentence and an exit status.

0: done; 1: the work failed; 2: the command line or the settings are wrong; 130: interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.exceptions import TyperException

from bot.cli.account import account
from bot.cli.bench import bench
from bot.cli.checkup import doctor
from bot.cli.drawing import with_drawing
from bot.cli.export import export
from bot.cli.keeping import backup, check, migrate_data, restore
from bot.cli.pictures import convert, imagine, layout, render
from bot.cli.plan import plan
from bot.cli.serve import run
from bot.cli.terminal import Terminal
from bot.settings.config import ConfigError
from bot.settings.mistakes import expected, shown
from omost_pipeline.errors import OmostError
from omost_pipeline.renderer.option import DrawingOption
from omost_pipeline.renderer.spec import OPTIONS

INTERRUPTED = 130


def program(options: tuple[DrawingOption[Any], ...] = OPTIONS) -> typer.Typer:
    """The commands, ready to be called with arguments; ``options`` are those that pictures are drawn with."""
    app = typer.Typer(
        name="omost-bot",
        help="Draw by conversation: an LLM composes a canvas, a diffusion model renders it region by region.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    drawing = (with_drawing(imagine, options), with_drawing(render, options))
    commands: tuple[Callable[..., None], ...] = (
        run,
        *drawing,
        layout,
        convert,
        doctor,
        plan,
        check,
        backup,
        restore,
        migrate_data,
        bench,
        account,
        export,
    )
    for command in commands:
        app.command()(command)
    app.callback()(_options)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        Terminal().result(f"omost-bot {version('omost-bot')}")
        raise typer.Exit


def _options(
    show: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Draw by conversation: an LLM composes a canvas, a diffusion model renders it region by region."""
    del show  # its callback has done all there is to do


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit with its status."""
    _hush_libraries()
    sys.exit(status_of(sys.argv[1:] if arguments is None else arguments))


def _hush_libraries() -> None:
    """Let the model libraries say only what is wrong; their hints are for programmers. Before they are imported."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def status_of(arguments: Sequence[str]) -> int:
    """Run the program; what it said is on stdout and stderr, what it came to is the exit status."""
    try:
        return int(program()(list(arguments), standalone_mode=False) or 0)
    except typer.Exit as error:
        return error.exit_code
    except TyperException as error:  # a wrong command line
        if message := _mistake(error):
            Terminal().error(_sentence(message))
        return error.exit_code
    except ConfigError as error:  # several mistakes, a line each
        Terminal().error(str(error))
        return 2
    except (OmostError, OSError) as error:
        Terminal().error(_sentence(_os_words(error) if isinstance(error, OSError) else str(error)))
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


def _mistake(error: TyperException) -> str:
    """What is wrong with a command line, with the value that is wrong."""
    message: str = error.format_message()
    if isinstance(error.__cause__, ValidationError):
        [detail, *_] = error.__cause__.errors(include_url=False)
        # A mistake in words of our own names the value already.
        found = "" if detail["type"] == "value_error" else f"found {shown(detail['input'])}; "
        message = message.replace(detail["msg"], found + expected(detail["msg"]))
    return message


def _os_words(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _sentence(text: str) -> str:
    return " ".join(text.split())

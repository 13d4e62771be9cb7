"""``python -m bot`` and the ``omost-bot`` script."""

from __future__ import annotations

from bot.cli.program import main

if __name__ == "__main__":
    main()

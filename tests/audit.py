"""Asks pip-audit what is known to be vulnerable among the pinned packages; says where its database is out of reach."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

from tests.places import ROOT

PINS = ROOT / "constraints.txt"

_SECONDS = 10


def address(pins: str) -> str:
    """What the database says of one pinned package: the page that pip-audit reads of each."""
    name, _, version = next(line for line in pins.splitlines() if line.startswith("pillow==")).partition("==")
    return f"https://pypi.org/pypi/{name}/{version}/json"


def is_answer(content: bytes) -> bool:
    """Whether this is the database's answer. A mirror of packages alone has none, and would make every audit clean."""
    try:
        found = json.loads(content)
    except ValueError:
        return False
    return isinstance(found, dict) and isinstance(found.get("vulnerabilities"), list)


def reachable(page: str) -> bool:
    """Whether the database answers."""
    try:
        with urllib.request.urlopen(page, timeout=_SECONDS) as answer:  # noqa: S310 - of this file's own making
            return is_answer(answer.read())
    except OSError:
        return False


def main() -> int:
    """The status of the audit; 0 where there can be none."""
    page = address(PINS.read_text(encoding="utf-8"))
    if not reachable(page):
        sys.stdout.write(f"The database of known vulnerabilities does not answer ({page}): nothing was audited.\n")
        return 0
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(PINS), "--no-deps", "--disable-pip"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

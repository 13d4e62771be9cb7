"""The audit of pinned packages never calls clean what it could not look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import audit


@pytest.mark.parametrize("content", [b"", b"<html>not here</html>", b"[]", b"{}", json.dumps({"info": {}}).encode()])
def test_what_is_no_database_is_none(content: bytes) -> None:
    assert not audit.is_answer(content)


def test_an_answer_is_one_also_where_nothing_is_known() -> None:
    assert audit.is_answer(b'{"vulnerabilities": []}')


def test_where_nothing_answers_that_is_said_and_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "address", lambda _: f"file://{tmp_path}/nothing")
    assert audit.main() == 0
    assert "nothing was audited" in capsys.readouterr().out

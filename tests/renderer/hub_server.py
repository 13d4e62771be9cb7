"""A small model hub on this computer that answers as huggingface.co does, and remembers what was fetched."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

_PATIENCE = 20.0
REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """The models there are, by name; the names of those that are gated; the files that were fetched."""

    models: dict[str, Path]
    gated: set[str] = field(default_factory=set)
    fetched: list[str] = field(default_factory=list)
    address: str = ""
    rest: threading.Event | None = None
    """If there is one, the second half of each tensor file comes when it is set."""

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a path."""
        parts = [unquote(part) for part in urlparse(path).path.strip("/").split("/")]
        if parts[:2] == ["api", "models"]:
            name, kind = "/".join(parts[2:4]), parts[4]
            if name not in self.models:
                return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"
            found: object = {"id": name, "sha": REVISION, "siblings": []}
            return 200, {}, json.dumps(self._tree(name) if kind == "tree" else found).encode()
        name, file = "/".join(parts[:2]), "/".join(parts[4:])
        if name not in self.models:
            return 404, {}, b"{}"
        if name in self.gated:
            return 403, {"X-Error-Code": "GatedRepo"}, b"{}"
        content = (self.models[name] / file).read_bytes()
        return 200, {"ETag": f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"'}, content

    def _tree(self, name: str) -> list[dict[str, object]]:
        root = self.models[name]
        files = sorted(file for file in root.rglob("*") if file.is_file())
        return [
            {"type": "file", "path": file.relative_to(root).as_posix(), "size": file.stat().st_size, "oid": "0" * 40}
            for file in files
        ]


@contextmanager
def serving(hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Have the library ask this hub meanwhile, and keep what it fetches in ``cache``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(with_body=True)

        def do_HEAD(self) -> None:
            self._send(with_body=False)

        def _send(self, *, with_body: bool) -> None:
            status, headers, body = hub.answer(self.path)
            if with_body and status == 200 and "/resolve/" in self.path:
                hub.fetched.append(unquote(self.path.split(f"/resolve/{REVISION}/")[1]))
            self.send_response(status)
            for name, value in {**headers, "X-Repo-Commit": REVISION, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if not with_body:
                return
            if hub.rest is None or not self.path.endswith(".safetensors"):
                self.wfile.write(body)
                return
            self.wfile.write(body[: len(body) // 2])
            hub.rest.wait(_PATIENCE)
            with suppress(ConnectionError):  # who has given up reads no more
                self.wfile.write(body[len(body) // 2 :])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    redirect(monkeypatch, hub.address, cache)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def redirect(monkeypatch: pytest.MonkeyPatch, address: str, cache: Path) -> None:
    """Have the library ask another address; it reads its own from the environment when it is first imported."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)

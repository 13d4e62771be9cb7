"""A local server that speaks OpenAI's chat-completions language, takes nothing that is wrong, and fails as told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "model": str,
    "messages": list,
    "stream": bool,
    "temperature": (int, float),
    "top_p": (int, float),
    "seed": int,
    "max_tokens": int,
}
_GRAMMARS = {"vllm": "structured_outputs", "llamacpp": "grammar"}


@dataclass(frozen=True)
class Says:
    """A reply in pieces. It ends in order, or ``breaks`` off, or ``hangs`` without a word until the client goes."""

    pieces: tuple[str, ...]
    finish: str | None = "stop"
    done: bool = True
    breaks: bool = False
    hangs: bool = False


@dataclass(frozen=True)
class Answers:
    """Anything else, as it is."""

    status: int
    body: str = ""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


Quirk = Callable[[dict[str, Any]], Answers | None]
"""What one server in the wild refuses of a request, in its own words; takes the place of what is strict here."""


@dataclass
class StrictChatServer:
    """What is said to the next requests (the last one to all further), and what was asked."""

    script: list[Says | Answers]
    models: Answers
    owner: str = "somebody"
    key: str = ""
    quirk: Quirk | None = None
    sees: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    listed: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def next(self) -> Says | Answers:
        """The answer to a chat request."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def fault(self, body: dict[str, Any]) -> str:
        """What is wrong with a chat request; empty if nothing is."""
        known = dict(_FIELDS)
        if self.owner in _GRAMMARS:
            known[_GRAMMARS[self.owner]] = (str, dict)
        if self.owner == "llamacpp":
            known |= {"top_k": int, "min_p": float}
        if strange := set(body) - set(known):
            return f"unknown fields {sorted(strange)}"
        for name, kind in known.items():
            if name in _FIELDS and not isinstance(body.get(name), kind):
                return f"{name} is {body.get(name)!r}"
        for message in body["messages"]:
            if fault := _content_fault(message["content"], sees=self.sees and message["role"] == "user"):
                return fault
        roles = [message["role"] for message in body["messages"]]
        if roles != ["system", *("user", "assistant") * ((len(roles) - 2) // 2), "user"]:
            return f"roles are {roles}"
        return ""


def _content_fault(content: object, *, sees: bool) -> str:
    """What is wrong with a message's content: a text, or parts, of which a model that sees takes pictures."""
    if isinstance(content, str):
        return ""
    if not isinstance(content, list) or not sees:
        return f"content is {str(content)[:60]}"
    for part in content:
        wanted = {"text": {"type", "text"}, "image_url": {"type", "image_url"}}.get(part["type"])
        if wanted is None or set(part) != wanted:
            return f"a part is {sorted(part)}"
    return ""


def listing(*names: str, owner: str = "somebody", **more: object) -> Answers:
    """The answer to a request for models."""
    entries = [{"id": name, "object": "model", "owned_by": owner, **more} for name in names]
    return Answers(200, json.dumps({"object": "list", "data": entries}))


@contextmanager
def serving(
    *script: Says | Answers,
    owner: str = "somebody",
    key: str = "",
    models: Answers | None = None,
    quirk: Quirk | None = None,
    sees: bool = False,
) -> Iterator[StrictChatServer]:
    """Serve on a free port of this machine while the block runs."""
    state = StrictChatServer(list(script), models or listing("tiny", owner=owner), owner, key, quirk, sees)
    server = _Server(state)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: StrictChatServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        """Say nothing."""

    def do_GET(self) -> None:
        state = self.server.state
        state.listed += 1
        self._give(state.models if self.path == "/v1/models" else Answers(404, '{"error": "no such path"}'))

    def do_POST(self) -> None:
        state = self.server.state
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if state.key and self.headers["authorization"] != f"Bearer {state.key}":
            self._give(Answers(401, '{"error": {"message": "Incorrect API key provided"}}'))
        elif self.path != "/v1/chat/completions":
            self._give(Answers(404, '{"detail": "Not Found"}'))
        elif state.quirk and (refusal := state.quirk(body)):
            self._give(refusal)
        elif not state.quirk and (fault := state.fault(body)):
            self._give(Answers(400, json.dumps({"error": {"message": fault, "type": "invalid_request_error"}})))
        else:
            state.asked.append(body)
            answer = state.next()
            if isinstance(answer, Says):
                self._say(answer)
            else:
                self._give(answer)

    def _give(self, answer: Answers) -> None:
        content = answer.body.encode()
        self.send_response(answer.status)
        for name, value in (("content-type", answer.kind), ("content-length", str(len(content))), *answer.headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _say(self, answer: Says) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]})
        try:
            for piece in answer.pieces:
                self._event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
            if answer.hangs:
                self.connection.recv(1)  # returns when the client goes
        except ConnectionError:  # it went while something was still said
            if not answer.hangs:
                raise
        if answer.hangs:
            self.server.state.hung_up.set()
        if answer.hangs or answer.breaks:
            self.close_connection = True
            return
        if answer.finish is not None:
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": answer.finish}]})
        if answer.done:
            self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, event: dict[str, object]) -> None:
        self._chunk(f": a comment\n\ndata: {json.dumps(event)}\n\n".encode())

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()

"""llama.cpp's own server as a program: ``python llama_cpp_server.py MODEL.gguf PORT CONTEXT``; runs until it is ended.

The wheel that has it brings no program of its own.
"""

from __future__ import annotations

import sys
import threading

from xllamacpp import CommonParams, Server


def serve(model: str, port: int, context: int) -> None:
    """Serve ``model`` on ``port`` of this machine, with one thread, for one conversation at a time."""
    settings = CommonParams()
    settings.model.path = model
    settings.port = port
    settings.n_ctx = context
    settings.n_parallel = 1
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.use_jinja = True
    settings.warmup = False
    server = Server(settings)  # held, as it ends with this name
    threading.Event().wait()
    del server


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

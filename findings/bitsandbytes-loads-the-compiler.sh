#!/usr/bin/env bash
# diffusers 0.42.1 with bitsandbytes 0.50.2 installed: importing a model class imports torch's compiler, inductor.
# Expected: that nothing of quantisation is imported before a model is quantised. Seen: bitsandbytes is, whose own
# import compiles helpers with torch.compile, about two seconds of a core, on a machine without CUDA, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$folder" \
    torch==2.13.0 diffusers==0.42.1 transformers==5.23.0 bitsandbytes==0.50.2
PYTHONPATH=$folder python3 - <<'PYTHON'
import subprocess
import sys
from importlib.metadata import version

PROBE = """
import sys, time, torch
if sys.argv[1] == "without":
    sys.modules["bitsandbytes"] = None  # as where it is not installed
began = time.process_time()
from diffusers import AutoencoderKL
print("torch._inductor.compile_fx" in sys.modules, round(time.process_time() - began, 1))
"""


def probe(how):
    """Whether the compiler is there once a model class is, and the seconds of a core that took."""
    found = subprocess.run([sys.executable, "-c", PROBE, how], check=True, capture_output=True, text=True)
    there, seconds = found.stdout.split()
    return there == "True", float(seconds)


print("diffusers", version("diffusers"), "bitsandbytes", version("bitsandbytes"))
probe("with")  # the first time, files are read and compiled to bytecode
(loaded, long), (without, short) = probe("with"), probe("without")
print(f"from diffusers import AutoencoderKL: inductor imported: {loaded}, {long} s")
print(f"the same without bitsandbytes: inductor imported: {without}, {short} s")
sys.exit(0 if loaded and not without else "this has changed")
PYTHON

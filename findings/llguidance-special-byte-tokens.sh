#!/usr/bin/env bash
# llguidance 1.9.1 and tokenizers 0.23.3: byte tokens that are added as special tokens, which is how a trainer is told of
# them, decode to their bytes in one and to the eight letters "<0xC3>" in the other.
# Expected: the same text from both. Seen: "é" from tokenizers, b"<0xC3><0xA9>" from llguidance; b"\xc3\xa9" once they are plain.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$folder" tokenizers==0.23.3 llguidance==1.9.1
PYTHONPATH=$folder python3 - <<'PYTHON'
import json
import sys
from importlib.metadata import version

from llguidance import LLTokenizer
from tokenizers import Tokenizer, decoders, models, trainers

names = [f"<0x{byte:02X}>" for byte in range(256)]
made = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
made.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", *names], show_progress=False)
made.train_from_iterator(["a cat and a dog"], trainer)
described = json.loads(made.to_str())
described["added_tokens"] = [token for token in described["added_tokens"] if token["content"] not in names]
ids = made.encode("é", add_special_tokens=False).ids
seen = (
    made.decode(ids, skip_special_tokens=False),
    LLTokenizer(made.to_str(), eos_token=0).decode_bytes(ids),
    LLTokenizer(json.dumps(described), eos_token=0).decode_bytes(ids),
)
print("tokenizers", version("tokenizers"), "llguidance", version("llguidance"))
print("tokenizers, special:", repr(seen[0]), "| llguidance, special:", seen[1], "| llguidance, plain:", seen[2])
if seen != ("é", b"<0xC3><0xA9>", b"\xc3\xa9"):
    sys.exit("this has changed")
PYTHON

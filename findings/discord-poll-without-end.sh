#!/usr/bin/env bash
# discord.py 2.7.1: a message whose poll has "expiry": null, which Discord's reference allows, cannot be made at all.
# Expected: a message with a poll that does not end. Seen: TypeError, so the whole message never arrives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$folder" discord.py==2.7.1
PYTHONPATH=$folder python3 - <<'PYTHON'
import sys

import discord

client = discord.Client(intents=discord.Intents.default())
channel = client.get_partial_messageable(2)


def message(expiry):
    poll = {"question": {"text": "Which?"}, "answers": [], "allow_multiselect": False, "layout_type": 1, "expiry": expiry}
    data = {
        "id": "1", "channel_id": "2", "type": 0, "content": "", "tts": False, "pinned": False, "mention_everyone": False,
        "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "attachments": [], "embeds": [],
        "mentions": [], "mention_roles": [], "author": {"id": "3", "username": "a", "discriminator": "0", "avatar": None},
        "poll": poll,
    }  # fmt: skip
    return discord.Message(state=client._connection, channel=channel, data=data)


print("discord.py", discord.__version__)
print("with an end:", message("2026-01-02T00:00:00+00:00").poll.duration)
try:
    message(None)
except TypeError as error:
    print("without one: TypeError:", error)
else:
    sys.exit("without one: a message, so this has changed")
PYTHON

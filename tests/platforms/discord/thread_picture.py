"""Makes the README's picture of a thread: a real conversation with the program as it is, as Discord would show it.

Usage: ``python -m tests.platforms.discord.thread_picture FILE.png``. Words, files and buttons are those that the local
Discord holds; only the look of the page is this file's. Needs Chromium.
"""

from __future__ import annotations

import asyncio
import base64
import html
import io
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tests.platforms.discord.rules import File, Json
from tests.platforms.discord.stage import Stage, staged
from tests.platforms.discord.test_whole_bot import running, until
from tests.platforms.discord.world import Message
from tests.platforms.web.web_browser import chromium_beside

WIDTH = 600
FIRST, SECOND = "a red house under a yellow sun", "make it night and add a tree on the right"
_COLORS = {"Ann": "#e67e22", "Bob": "#3498db", "Painter": "#9b59b6"}
_BUTTONS = {1: "#5865f2", 2: "#41434a", 4: "#d83c3e"}
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{
  margin: 0; width: {width}px; background: #313338; color: #dbdee1;
  font: 15px/1.35 "Noto Sans", "DejaVu Sans", sans-serif
}}
header {{ padding: 12px 16px; border-bottom: 1px solid #26272b; font-weight: 600; color: #f2f3f5 }}
header span {{ color: #80848e; margin-right: 8px }}
article {{ display: flex; gap: 14px; padding: 9px 16px }}
.face {{
  flex: none; width: 38px; height: 38px; border-radius: 50%;
  color: #fff; font-weight: 600; line-height: 38px; text-align: center
}}
.name {{ color: #f2f3f5; font-weight: 600 }}
.app {{
  background: #5865f2; color: #fff; border-radius: 3px; padding: 1px 4px;
  font-size: 10px; vertical-align: 2px; margin-left: 5px
}}
.used, small {{ color: #949ba4; font-size: 12.5px }}
.used b, a {{ color: #00a8fc; font-weight: 400 }}
small {{ display: block }}
img {{ display: block; margin: 6px 0; border-radius: 8px }}
.row {{ display: flex; gap: 8px; margin-top: 8px }}
.row span {{ color: #fff; border-radius: 4px; padding: 5px 13px; font-size: 13.5px }}
</style><header><span>#</span>{title}</header>{messages}"""


def marked_up(content: str) -> str:
    """A message's words as HTML: small print, links and escapes, which are all the markup that the bot uses."""
    lines: list[str] = []
    for line in content.split("\n"):
        small = line.startswith("-# ")
        text = re.sub(r"\\(.)", r"\1", html.escape(line.removeprefix("-# ")))
        text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"<a>\1</a>", text)
        lines.append(f"<small>{text}</small>" if small else f"<div>{text}</div>")
    return "".join(lines)


def picture(meta: Json, file: File) -> str:
    """An attachment, as large as it is."""
    width, height = Image.open(io.BytesIO(file.content)).size
    data = base64.b64encode(file.content).decode()
    alt = html.escape(str(meta.get("description", "")))
    return f'<img alt="{alt}" width="{width}" height="{height}" src="data:image/png;base64,{data}">'


def row(parts: Sequence[Json]) -> str:
    """A row of buttons."""
    shown = [(_BUTTONS[part["style"]], html.escape(str(part["label"]))) for part in parts]
    spans = "".join(f'<span style="background: {color}">{label}</span>' for color, label in shown)
    return f'<div class="row">{spans}</div>'


def message_html(message: Message, used: str = "") -> str:
    """A message. ``used`` is who began it with which command."""
    name = message.author.name
    about = f'<div class="used">{used}</div>' if used else ""
    app = '<span class="app">APP</span>' if message.author.bot else ""
    pictures = "".join(picture(meta, file) for meta, file in message.files)
    rows = "".join(row(each["components"]) for each in message.components)
    return (
        f'<article><div class="face" style="background: {_COLORS[name]}">{name[0]}</div><div>{about}'
        f'<span class="name">{name}</span>{app}{marked_up(message.content)}{pictures}{rows}</div></article>'
    )


async def conversation(stage: Stage) -> str:
    """The page of a thread with a picture and what became of it."""
    async with running(stage):
        await stage.ann.slash(stage.channel, "imagine", prompt=FIRST, seed=7)
        await until(lambda: stage.discord.world.threads(stage.guild))
        [thread] = stage.discord.world.threads(stage.guild)
        await until(lambda: stage.pictures(thread))
        await stage.bob.say(thread, SECOND)
        await until(lambda: len(stage.pictures(thread)) == 2)
        [first] = stage.bots(stage.channel)
        used = "<b>Ann</b> used <b>/imagine</b>"
        shown = [message_html(first, used), *map(message_html, stage.discord.world.in_channel(thread))]
        return _PAGE.format(width=WIDTH, title=html.escape(thread.name), messages="".join(shown))


async def main(target: Path) -> None:
    """Hold the conversation and take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with staged(Path(folder)) as stage:
            page = await conversation(stage)
    async with chromium_beside() as browser:
        sheet = await browser.new_page(viewport={"width": WIDTH, "height": 100})
        await sheet.set_content(page)
        await sheet.screenshot(path=target, full_page=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

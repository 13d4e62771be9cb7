"""One message on a page: text, pictures, progress, buttons; changes in place when its post changes.

Does not know where messages come from, or what a button does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.files import WebFile
from bot.chat.web.language import browser_language, worded
from bot.chat.web.parts import button, element, icon, set_class, set_props, words
from bot.messages import Action, Attachment, Button, Outgoing, Post

_ICONS = {
    Action.EDIT: "tune",
    Action.REROLL: "casino",
    Action.VARIATIONS: "grid_view",
    Action.UNDO: "undo",
    Action.LAYOUT: "dashboard",
    Action.CODE: "code",
    Action.CANCEL: "close",
    Action.RETRY: "refresh",
    Action.LARGER: "open_in_full",
    Action.ENHANCE: "hd",
    Action.DELETE: "delete",
    Action.PICK: "check",
    Action.REGION: "crop_free",
    Action.SETTINGS: "settings",
    Action.CHANGES: "compare",
    Action.REDRAW: "brush",
    Action.VARY: "auto_fix_high",
    Action.REPORT: "flag",
}
"""Names of icons; an action that is not listed gets a plain one."""


@dataclass(frozen=True)
class Doings:
    """What a message asks of its page: a button was pressed, the person's own words are to be changed, a picture is to
    be seen large, a file needs an address. ``key`` is that of the conversation; with ``reports`` pictures can be
    reported.
    """

    press: Callable[[Button], Awaitable[None]]
    rewrite: Callable[[Post], None]
    enlarge: Callable[[WebFile], None]
    publish: Callable[[Attachment], WebFile]
    key: str = ""
    reports: bool = False


class MessageView:
    """Shows one post inside the element that is current when it is made."""

    def __init__(self, post: Post, doings: Doings, above: str) -> None:
        self._doings = doings
        self._language = browser_language()  # later changes come from outside the page
        self._post = Post(post.id, Outgoing(""), post.author)
        self._above = above
        self._pictures: list[Picture] = []
        own = post.author is not None
        with element("article", "message yours" if own else "message bot", data_post=post.id):
            words("span", worded(Text("web-you")) if own else "Omost", "unseen")
            with element("div", "bubble"):
                self._quote = words("p", "", "quote")
                self._text = words("p", "", "words")
                self._attachments = element("div", "attachments")
                self._footer = element("p", "footer")
                self._progress = element("div", "progress", role="progressbar", aria_label=worded(Text("web-progress")))
                set_props(self._progress, aria_valuemin="0", aria_valuemax="100")
                with self._progress:
                    self._bar = element("div", "bar")
            self._buttons = element("div", "buttons", role="group", aria_label=worded(Text("web-what-next")))
            if own and not post.message.attachments:
                change = button(worded(Text("web-change-words")), "edit", "change", show_label=False)
                change.on("click", lambda: doings.rewrite(self._post), args=[])
        for part in (self._quote, self._text, self._footer, self._progress, self._buttons):
            part.set_visibility(False)
        self.show(post)

    @property
    def post(self) -> Post:
        """What is shown."""
        return self._post

    def place(self, above: str) -> None:
        """What the person says right above has changed; the words that a message answers are not said twice."""
        self._above = above
        self._show_quote()

    def show(self, post: Post) -> None:
        """Bring the message up to date; only what differs is sent to the browser."""
        before, message = self._post.message, post.message
        self._post = post
        if message.words != before.words:
            self._show_quote()
        if (message.footer, message.parent) != (before.footer, before.parent):
            self._show_footer(message)
        if message.text != before.text:
            self._text.set_text(message.text)
            self._text.set_visibility(bool(message.text))
        if message.attachments != before.attachments:
            self._show_attachments(message.attachments)
        if post.author is None and message.progress != before.progress:
            self._show_progress(message.progress)
        if message.buttons != before.buttons:
            self._show_buttons(message.buttons)

    def _show_quote(self) -> None:
        quote = self._post.message.words
        said = quote.removesuffix("…") in " ".join(self._above.split())
        self._quote.set_text(f"“{quote}”")
        self._quote.set_visibility(bool(quote) and not said)

    def _show_footer(self, message: Outgoing) -> None:
        self._footer.clear()
        self._footer.set_visibility(bool(message.footer))
        with self._footer:
            words("span", message.footer)
            if message.parent:
                link = element("button", "origin", type="button")
                with link:
                    icon("north_west")
                    words("span", worded(Text("from-this-picture")))
                # An id of the transcript's, handed over as data and never as a part of the script.
                set_props(link, data_origin=message.parent)
                link.on("click", js_handler="(e) => omost.reveal(e.currentTarget.dataset.origin)")

    def _show_progress(self, progress: float | None) -> None:
        self._progress.set_visibility(progress is not None)
        set_class(self._attachments, "working", on=progress is not None)
        if progress is not None:
            percent = f"{100 * min(max(progress, 0.0), 1.0):.0f}"
            set_props(self._progress, aria_valuenow=percent)
            self._bar.style(f"width: {percent}%")

    def _show_attachments(self, attachments: tuple[Attachment, ...]) -> None:
        files = [self._doings.publish(attachment) for attachment in attachments]
        pictures = [file for file in files if file.is_picture]
        if len(pictures) == len(files) == len(self._pictures):
            for view, file in zip(self._pictures, pictures, strict=True):
                view.show(file)
            return
        self._attachments.clear()
        self._attachments.classes(remove="one several", add="several" if len(pictures) > 1 else "one")
        with self._attachments:
            self._pictures = [Picture(file, self._doings.enlarge) for file in pictures]
            for file in files:
                if not file.is_picture:
                    file_link(file)

    def _show_buttons(self, buttons: tuple[Button, ...]) -> None:
        self._buttons.clear()
        self._buttons.set_visibility(bool(buttons))
        with self._buttons:
            for entry in buttons:
                if entry.action is Action.LAYOUT:
                    self._canvas_link(entry.turn)
                if entry.action is not Action.CANVAS:  # it is a link here
                    self._button(entry)
            drawn = next((each.turn for each in buttons if each.action is Action.REROLL), "")
            if self._doings.reports and drawn:
                self._button(Button(Action.REPORT, drawn, say(Text("button-report"), self._language)))

    def _canvas_link(self, turn: str) -> None:
        label = say(Text("button-canvas"), self._language)
        address = f"./{self._doings.key}/canvas/{turn}"  # relative, as NiceGUI takes a "/" for a page of its own
        link = element("a", "chip", href=address, data_action=str(Action.CANVAS))
        with link:
            icon("select_all")
            words("span", label, "label")

    def _button(self, entry: Button) -> None:
        made = button(entry.label, _ICONS.get(entry.action, "chevron_right"), "chip")
        set_props(made, data_action=str(entry.action), title=entry.label)

        async def pressed() -> None:
            set_props(made, disabled="disabled")
            try:
                await self._doings.press(entry)
            finally:
                if not made.is_deleted:
                    made.props(remove="disabled")

        made.on("click", pressed, args=[])


class Picture:
    """A picture one can enlarge and download; its file can be exchanged without a flicker."""

    def __init__(self, file: WebFile, enlarge: Callable[[WebFile], None]) -> None:
        self._file = file
        self._language = browser_language()  # later changes come from outside the page
        with element("figure", "picture"):
            frame = element("button", "frame", type="button")
            frame.on("click", lambda: enlarge(self._file), args=[])
            with frame:
                self._image = element("img")
            self._download = element(
                "a", "download", title=worded(Text("web-download")), aria_label=worded(Text("web-download-picture"))
            )
            with self._download:
                icon("download")
        self._frame = frame
        self.show(file)

    def show(self, file: WebFile) -> None:
        """Show another file in this place."""
        self._file = file
        width, height = file.shown_size
        alt = file.description or file.name
        set_props(self._frame, aria_label=say(Text("web-enlarge", picture=alt), self._language))
        set_props(self._image, src=file.url, alt=alt, width=str(width), height=str(height))
        set_class(self._image, "crisp", on=file.is_magnified)
        set_class(self._frame, "spoiler", on=file.spoiler)
        set_props(self._download, href=file.url, download=file.name)


def file_link(file: WebFile) -> ui.element:
    """A link that downloads a file."""
    link = element("a", "file", href=file.url, download=file.name)
    with link:
        icon("description")
        words("span", file.name, "name")
        words("span", f"{max(1, round(file.size / 1024))} kB", "size")
    return link

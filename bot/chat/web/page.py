"""A page of the web chat: the list of conversations, the messages of one of them, and the box to write in.

One :class:`Page` serves one browser tab. It asks and tells everything through its desk.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path
from typing import Any

from nicegui import Client, ui
from nicegui.events import GenericEventArguments

from bot.catalogues.text import Text
from bot.chat.shared.incoming_files import TEXTS
from bot.chat.web.conversation_view import ConversationView
from bot.chat.web.desk import ConversationEntry, Desk, Watcher, is_brief, is_key, new_key, person_called
from bot.chat.web.dialogs import open_choices, open_form, open_notice, open_picture, open_words
from bot.chat.web.entry import NAME
from bot.chat.web.files import WebFile
from bot.chat.web.language import browser_language, worded
from bot.chat.web.message_view import Doings
from bot.chat.web.parts import button, element, icon, set_props, words
from bot.messages import (
    LARGEST_PICTURE,
    LARGEST_UPLOAD,
    PICTURES,
    UPLOADS,
    Action,
    Answer,
    Attachment,
    Button,
    Choices,
    Form,
    Notice,
    Option,
    Post,
    Upload,
)

ASSETS = Path(__file__).parent / "assets"
EXAMPLES = (
    ("house", Text("web-example-house")),
    ("fish", Text("web-example-fish")),
    ("tree", Text("web-example-tree")),
    ("night", Text("web-example-night")),
)
_LOST = Text("web-file-lost")


def register_pages(desk: Desk, title: str) -> None:
    """Give NiceGUI the chat's pages. One page serves both addresses, so moving between them loads nothing anew."""
    content = b"".join((ASSETS / name).read_bytes() for name in ("chat.css", "chat.js"))
    version = hashlib.sha256(content).hexdigest()[:12]

    def chat_page() -> None:
        ui.add_head_html(f'<link rel="stylesheet" href="/assets/chat.css?v={version}">')
        ui.add_head_html(f'<script src="/assets/chat.js?v={version}"></script>')
        Page(desk, title).build()

    ui.page("/")(chat_page)
    ui.page("/c/{key}")(chat_page)


class Page:
    """What one browser tab shows."""

    def __init__(self, desk: Desk, title: str) -> None:
        self._desk = desk
        self._title = title
        self._client: Client = ui.context.client
        self._view: ConversationView | None = None
        self._begun = ""  # the key of the conversation that this page has just begun
        self._conversations: list[ConversationEntry] = []
        request = self._client.request
        self._person = person_called(str(request.scope.get(NAME, "")), browser_language())
        self._watcher = Watcher(self._on_post, self._on_list, self._person)

    def build(self) -> None:
        """Put everything on the page and begin to listen."""
        self._build_sidebar()
        with element("div", "stage"):
            self._build_top_bar()
            with element("div", "scroll", id="scroll", tabindex="-1"):
                ui.sub_pages({"/": self._start, "/c/{key}": self._conversation}).classes("column")
            self._build_composer()
        self._desk.watch(self._watcher)
        self._client.on_delete(lambda: self._desk.forget(self._watcher))
        self._client.on_connect(self._refresh_list)

    async def _refresh_list(self) -> None:
        self._on_list(await self._desk.conversations(self._person))
        self._desk.visited.set()

    # The frame

    def _build_sidebar(self) -> None:
        self._drawer = ui.left_drawer(value=False, top_corner=True, bottom_corner=True).classes("sidebar")
        self._drawer.props("width=272 breakpoint=860 show-if-above")
        with self._drawer:
            with element("div", "brand"):
                element("img", "mark", src="/assets/mark.svg", alt="")
                words("span", self._title, "brand-name")
            with element("a", "new", href="/"):
                icon("add")
                words("span", worded(Text("web-new-picture")))
            self._list = element("nav", "list", aria_label=worded(Text("web-conversations")))
            if self._person.account and self._desk.can_leave:
                with element("form", "leave", method="post", action="/logout"):
                    words("span", self._person.account)
                    with element("button", type="submit"):
                        words("span", worded(Text("web-log-out")))

    def _build_top_bar(self) -> None:
        with element("header", "top-bar"):
            menu = button(worded(Text("web-conversations")), "menu", "plain round", show_label=False)
            menu.on("click", lambda: self._drawer.run_method("toggle"), args=[])
            self._heading = words("span", self._title, "heading")
            with element(
                "a",
                "plain round",
                href="/",
                aria_label=worded(Text("web-new-picture")),
                title=worded(Text("web-new-picture")),
            ):
                icon("add")

    def _build_composer(self) -> None:
        with element("div", "dock"):
            latest = button(worded(Text("web-latest-message")), "arrow_downward", "latest", show_label=False)
            latest.on("click", js_handler="() => omost.latest(true)")
            attached = element("div", "attached", id="attached", hidden="hidden")
            set_props(attached, data_first=worded(Text("web-first-of-files", name="%s")))
            set_props(attached, data_failed=worded(Text("web-file-not-sent", name="%s")))
            with attached:
                icon("description")
                element("img", alt="", hidden="hidden")
                words("span", "", "name")
                detach = button(worded(Text("web-leave-file-out")), "close", "plain", show_label=False)
                detach.on("click", js_handler="() => omost.attach(null)")
            form = element("form", "composer")
            with form:
                chooser = element(
                    "input", type="file", id="file", accept=",".join((*PICTURES, *UPLOADS, *TEXTS)), hidden="hidden"
                )
                set_props(chooser, data_most=str(LARGEST_UPLOAD), data_pictures=",".join(PICTURES))
                set_props(chooser, data_most_picture=str(LARGEST_PICTURE))
                chooser.on("change", js_handler="(e) => omost.attach(e.target.files)")
                attach = button(worded(Text("web-attach-file")), "attach_file", "plain attach", show_label=False)
                attach.on("click", js_handler="() => document.getElementById('file').click()")
                placeholder = worded(Text("web-placeholder"))
                box = element("textarea", "box", id="words", rows="1", enterkeyhint="send")
                set_props(box, aria_label=worded(Text("web-your-message")), placeholder=placeholder)
                with element(
                    "button", "send", type="submit", aria_label=worded(Text("web-send")), title=worded(Text("web-send"))
                ):
                    icon("arrow_upward")
            words("p", worded(Text("web-enter-sends")), "hint")
        form.on("submit", self._sent, js_handler="(e) => { e.preventDefault(); omost.send(emit) }")

    # The two places of a page

    def _start(self) -> None:
        self._view, self._begun = None, ""
        self._show_where()
        with element("section", "start"):
            element("img", "mark", src="/assets/mark.svg", alt="")
            words("h1", worded(Text("web-start")))
            words("p", worded(Text("web-lead")), "lead")
            with element("div", "examples"):
                for picture, example_words in EXAMPLES:
                    prompt = worded(example_words)
                    example = element("button", "example", type="button")
                    with example:
                        element("img", src=f"/assets/{picture}.svg", alt="")
                        words("span", prompt)
                    example.on("click", partial(self._begin_with, prompt), args=[])

    async def _conversation(self, key: str) -> None:
        if not is_key(key):
            self._start()
            return
        column = element("section", "messages", role="log", aria_label=worded(Text("web-messages")), aria_live="polite")
        doings = Doings(self._press, self._reword, open_picture, partial(self._publish, key), key, self._desk.reports)
        view = self._view = ConversationView(key, column, doings)
        self._show_where()
        view.load(await self._desk.posts(self._person.whole_key(key)))
        if view.is_empty and key != self._begun and not column.is_deleted:
            with column:
                words("p", worded(Text("web-nothing-yet")), "nothing")
        self._client.run_javascript("omost.latest(false)")

    def _show_where(self) -> None:
        self._show_titles()
        self._client.run_javascript(f"omost.arrived({self._drawer.id})")

    def _show_titles(self) -> None:
        key = self._view.key if self._view else ""
        title = next((entry.title for entry in self._conversations if entry.key == key), "")
        self._heading.set_text(title or self._title)
        with self._client:
            ui.page_title(f"{title} · {self._title}" if title else self._title)
        self._list.clear()
        with self._list:
            if not self._conversations:
                words("p", worded(Text("web-list-empty")), "nothing")
            for entry in self._conversations:
                link = element("a", "entry", href=f"/c/{entry.key}", title=entry.title)
                if entry.key == key:
                    set_props(link, aria_current="page")
                with link:
                    words("span", entry.title or worded(Text("web-untitled")))

    # News from the desk

    def _on_post(self, key: str, post: Post) -> None:
        if self._view is not None and self._person.whole_key(self._view.key) == key:
            self._view.show(post)

    def _on_list(self, conversations: list[ConversationEntry]) -> None:
        if conversations != self._conversations:
            self._conversations = conversations
            self._show_titles()

    # What the person does

    async def _sent(self, event: GenericEventArguments) -> None:
        text, file = str(event.args["words"]), event.args["file"]
        taken = json.dumps([text, file["name"] if file else ""])
        self._client.run_javascript(f"omost.sent(...{taken})")
        key = str(event.args["path"]).removeprefix("/c/")
        await self._say(text, key if is_key(key) else "", file)

    async def _begin_with(self, prompt: str) -> None:
        if not self._begun:  # a double click begins one conversation
            await self._say(prompt)

    async def _say(self, text: str, key: str = "", file: dict[str, Any] | None = None) -> None:
        """Pass words on: to the conversation with this key, else to the one that this page begins or has just begun."""
        if not (text.strip() or file):
            return
        upload = self._upload(file) if file is not None else None
        if file is not None and upload is None:
            self._answer("", "", Notice(worded(_LOST)))
            return
        key = key or self._begun
        if not key:
            key = self._begun = new_key()
            with self._client:
                ui.navigate.to(f"/c/{key}")
        answer = partial(self._answer, text.strip()[:40], key)
        await self._desk.say(self._person.whole_key(key), text.strip(), answer, upload, self._person)

    def _publish(self, key: str, attachment: Attachment) -> WebFile:
        return self._desk.files.publish(self._person.whole_key(key), attachment)

    def _upload(self, file: dict[str, Any]) -> Upload | None:
        """The file that the browser tells of; one that was too large to be brought has no token."""
        if not file["token"]:
            return Upload(str(file["name"]), int(file["size"]), None)
        return self._desk.uploads.take(str(file["token"]))

    def _reword(self, post: Post) -> None:
        """Ask for other words in place of the person's own."""
        if self._view is not None:
            with self._client:
                open_words(post.message.text, partial(self._rewrite, self._view.key, post.id))

    async def _rewrite(self, key: str, post_id: str, text: str) -> None:
        if text.strip():
            whole = self._person.whole_key(key)
            answer = await self._desk.rewrite(whole, post_id, text.strip(), self._person)
            self._answer(text.strip()[:40], key, answer)

    async def _press(self, entry: Button) -> None:
        if self._view is None:
            return
        if entry.action is Action.DELETE:
            self._ask_before_deleting(entry, self._view.key)
        else:
            await self._do(entry, self._view.key)

    async def _do(self, entry: Button, key: str) -> None:
        answer = await self._desk.press(self._person.whole_key(key), entry.action, entry.turn, person=self._person)
        self._answer(entry.label, key, answer)

    def _ask_before_deleting(self, entry: Button, key: str) -> None:
        """What nothing brings back takes more than one touch."""

        async def chosen(value: str) -> None:
            if value:
                await self._do(entry, key)

        options = Option(str(entry.action), entry.label), Option("", worded(Text("web-cancel")))
        asked = Choices(worded(Text("web-delete-ask")), entry.action, entry.turn, options)
        with self._client:
            open_choices(entry.label, asked, chosen, partial(self._publish, key))

    async def _choose(self, choices: Choices, title: str, key: str, value: str) -> None:
        whole = self._person.whole_key(key)
        answer = await self._desk.press(whole, choices.action, choices.turn, value, self._person)
        self._answer(title, key, answer)

    async def _submit(self, form: Form, key: str, values: dict[str, str]) -> None:
        whole = self._person.whole_key(key)
        self._answer(form.title, key, await self._desk.submit(whole, form.action, form.turn, values, self._person))

    def _answer(self, title: str, key: str, answer: Answer) -> None:
        if answer is None or self._client.is_deleted:
            return
        publish = partial(self._publish, key)
        with self._client:
            if isinstance(answer, Form):
                open_form(answer, partial(self._submit, answer, key))
            elif isinstance(answer, Choices):
                open_choices(title, answer, partial(self._choose, answer, title, key), publish)
            elif is_brief(answer):
                ui.notify(answer.text, position="top", classes="toast", timeout=6000)
            else:
                open_notice(title, answer, publish)

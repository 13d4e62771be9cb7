"""The messages of one conversation on one page, kept in the order in which they were first seen."""

from __future__ import annotations

from nicegui import ui

from bot.chat.web.message_view import Doings, MessageView
from bot.messages import Post


class ConversationView:
    """Shows posts inside ``column``. Posts that change while the stored ones are being read are not lost."""

    def __init__(self, key: str, column: ui.element, doings: Doings) -> None:
        self.key = key
        self._column = column
        self._doings = doings
        self._views: dict[str, MessageView] = {}
        self._said = ""  # what the person has written since the bot's last message
        self._early: dict[str, Post] | None = {}

    @property
    def is_empty(self) -> bool:
        """Whether no post is shown."""
        return not self._views

    def load(self, posts: list[Post]) -> None:
        """Show the stored posts, oldest first, then whatever came in meanwhile."""
        early, self._early = self._early or {}, None
        for post in posts:
            self.show(early.pop(post.id, post))
        for post in early.values():
            self.show(post)

    def show(self, post: Post) -> None:
        """Add a post, or bring the one of the same id up to date."""
        if self._early is not None:
            self._early[post.id] = post
        elif post.id in self._views:
            self._views[post.id].show(post)
            if post.author is not None:
                self._settle()
        else:
            with self._column:
                self._views[post.id] = MessageView(post, self._doings, self._said)
            self._said = f"{self._said} {post.message.text}" if post.author is not None else ""

    def _settle(self) -> None:
        """Tell each of the bot's messages what the person says right above it by now."""
        self._said = ""
        for view in self._views.values():
            if view.post.author is not None:
                self._said += f" {view.post.message.text}"
            else:
                view.place(self._said)
                self._said = ""

"""What the bot raises where somebody asks for what cannot be had; its sentences are for whoever asked.

omost_pipeline.errors.OmostError
  UserError              with a text of the catalogues
    InputError           something entered cannot be used (bot.requests)
    QueueFullError       more is asked for than is allowed (bot.jobs)
  ConfigError            the settings are wrong (bot.settings)
  StoreError             the database cannot be used (bot.store)
  BackupError            a backup cannot be made or put back (bot.ops)
  SigningError           pictures cannot be signed as is wanted (bot.ops)
  WatchError             figures cannot be served at their address (bot.ops)
  MissingExtraError      what is switched on needs a package that is not installed
  ChatError              between a platform and the bot
    MessageGoneError     the message or its place is no more
      PostRefusedError       the platform will never take this message as it is
    UnreachableError     the platform cannot be reached now
    TokenRefusedError    the platform does not let the bot in
    WebChatError         the page cannot be served at its address (bot.chat.web)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.catalogues.catalogue import say
from bot.catalogues.text import Wording
from omost_pipeline.errors import OmostError


class UserError(OmostError):
    """What somebody asked for cannot be had; ``wording`` says why, and what can."""

    def __init__(self, wording: Wording) -> None:
        super().__init__(say(wording))
        self.wording = wording


class StoreError(OmostError):
    """The database cannot be used; names its path and what to do."""


class BackupError(OmostError):
    """A backup cannot be made or put back; names the file and what to do."""


class WatchError(OmostError):
    """The figures for supervisors cannot be served; names the address and the key."""


class MissingExtraError(OmostError):
    """A package of an extra is not installed; says which, and the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        command = f"pip install -c constraints.txt -e '.[{extra}]'"
        super().__init__(f"{what} needs a package that is not installed: run `{command}` in the project's folder.")


class SigningError(OmostError):
    """Pictures cannot be signed as the settings want it; names the file."""


class ChatError(OmostError):
    """Something stands between a platform and the bot."""


class MessageGoneError(ChatError):
    """The message or the place to post in no longer exists; the work's result is kept, and nothing is retried."""


class PostRefusedError(MessageGoneError):
    """The platform will never take this message as it is; another one might still arrive."""


class UnreachableError(ChatError):
    """The platform cannot be reached now, or does not answer; trying again later is safe."""


class TokenRefusedError(ChatError):
    """The platform does not let the bot in with this token; says what to do."""


@contextmanager
def extra_installed(extra: str) -> Iterator[None]:
    """Say what to install where the package that a platform is imported with is missing.

    Raises:
        MissingExtraError: in place of the import's own error.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != extra:  # a mistake of ours
            raise
        raise MissingExtraError(f"{extra}.enabled", extra) from error

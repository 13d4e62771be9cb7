"""Where the settings have the pictures' files: in the data folder, or in a bucket of an object store."""

from __future__ import annotations

import importlib.util

from bot.errors import MissingExtraError
from bot.ops.signing import Sign
from bot.settings.config import Settings
from bot.store.assets import Pictures
from bot.store.files import Files, Folder


def pictures_of(settings: Settings, sign: Sign | None = None) -> Pictures:
    """The pictures; ``sign`` signs those that a model made.

    Raises:
        MissingExtraError: if that needs a package that is not installed.
    """
    return Pictures(files_of(settings), marked=settings.decency.mark_pictures, sign=sign)


def files_of(settings: Settings) -> Files:
    """The files themselves; as :func:`pictures_of`."""
    s3 = settings.s3
    if not s3.bucket:
        return Folder(settings.data_dir / "pictures")
    if importlib.util.find_spec("obstore") is None:
        raise MissingExtraError("s3.bucket", "s3")
    from bot.store.bucket import Bucket  # not above: it is an extra's

    keys = (s3.access_key, s3.secret_key.get_secret_value()) if s3.secret_key is not None else None
    return Bucket(s3.bucket, s3.prefix, s3.endpoint, s3.region, keys)

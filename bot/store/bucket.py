"""Files in an object store that speaks S3's protocol.

Its library, obstore, is an extra: this module is imported where the settings name a bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore.store import S3Config

_PATIENCE = timedelta(seconds=30)
"""How long an answer may take, and how long something is tried again."""

_AT_ONCE = 500
"""Names that one request removes, at most."""

_NO_BUCKET = "NoSuchBucket"


class Bucket:
    """Objects of a bucket whose keys begin with ``prefix``.

    ``endpoint`` is the server's address, Amazon's if it is empty. Without keys they are looked for where Amazon's own
    programs look: in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in what the machine is.
    """

    def __init__(
        self, bucket: str, prefix: str = "", endpoint: str = "", region: str = "", keys: tuple[str, str] | None = None
    ) -> None:
        self._name = bucket
        config: S3Config = {"region": region or "us-east-1"}
        if endpoint:
            config["endpoint"] = endpoint
        if keys is not None:
            config["access_key_id"], config["secret_access_key"] = keys
        with self._explained():
            self._store = S3Store(
                bucket,
                config=config,
                prefix=prefix.strip("/") or None,
                client_options={"allow_http": endpoint.startswith("http://"), "timeout": _PATIENCE},
                retry_config={"max_retries": 3, "retry_timeout": _PATIENCE},
            )

    def write(self, name: str, content: bytes) -> None:
        """As :class:`~bot.store.files.Files`."""
        with self._explained():
            obstore.put(self._store, _key(name), content)

    def read(self, name: str) -> bytes | None:
        """As :class:`~bot.store.files.Files`."""
        with self._explained():
            try:
                return bytes(obstore.get(self._store, _key(name)).bytes())
            except FileNotFoundError as error:
                if _NO_BUCKET in str(error):
                    raise
                return None

    def remove(self, names: Iterable[str]) -> None:
        """As :class:`~bot.store.files.Files`."""
        every = [_key(name) for name in names]
        with self._explained():
            for start in range(0, len(every), _AT_ONCE):
                obstore.delete(self._store, every[start : start + _AT_ONCE])

    def names(self, beginning: str = "") -> list[str]:
        """As :class:`~bot.store.files.Files`; without a beginning the whole bucket is read, a thousand at a time."""
        folder = beginning.partition("-")[0] if "-" in beginning else None
        with self._explained():
            found = [each["path"].rpartition("/")[2] for page in obstore.list(self._store, folder) for each in page]
        return sorted(name for name in found if name.startswith(beginning))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:  # some of its errors are Python's own
            reason = " ".join(str(error).partition("\n\nDebug")[0].split())[:400]
            raise OSError(f"The bucket {self._name} cannot be used: {reason}") from error


def _key(name: str) -> str:
    """Where a content is: what belongs together is in one folder, since a store is asked for folders."""
    return f"{name.partition('-')[0]}/{name}"

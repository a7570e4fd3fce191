"""Where results lie: the port, and the store that settings choose.

A stored file has a URI whose scheme says who can read it, so that old results stay readable when
the setting changes: `file://` for the folder, `s3://` for a bucket.
"""

import re
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from amc.errors import StoreError
from amc.settings import Settings

_SEGMENT = r"[a-z0-9][a-z0-9_-]{0,63}"
_KEY = re.compile(rf"{_SEGMENT}(/{_SEGMENT}){{0,3}}/{_SEGMENT}(\.[a-z0-9]{{1,8}}){{1,2}}\Z")


@runtime_checkable
class ResultStore(Protocol):
    """Keeps whole files under keys made of our own ids."""

    def put(self, local_file: Path, key: str) -> str:
        """Keep a copy of a file; its URI. The same key again replaces it.

        Raises:
            StoreError, StorageFullError: it cannot be kept; nothing half-written is visible.
        """
        ...

    def open_local(self, uri: str) -> Path:
        """A local path to read the file from; never write to it.

        Raises:
            ResultMissingError: it is gone.
            StoreError: the store cannot be reached, or the URI is not one of its own.
        """
        ...

    def delete(self, uri: str) -> None:
        """Remove the file; fine when it is gone already."""
        ...

    def exists(self, uri: str) -> bool:
        """Whether the file is there."""
        ...


def check_key(key: str) -> str:
    """A key of ours, such as `ex_0h3k/1/result.parquet`, unchanged.

    Raises:
        StoreError: it holds anything but lower-case ids and one file name.
    """
    if not _KEY.match(key):
        raise StoreError(f"'{key[:80]}' is not a key of the result store.", hint="")
    return key


class SchemeStore:
    """Writes to one store and reads from whichever a URI names."""

    def __init__(self, writer: ResultStore, readers: dict[str, ResultStore]) -> None:
        """`readers` by URI scheme; the writer's own is among them."""
        self._writer, self._readers = writer, readers

    def put(self, local_file: Path, key: str) -> str:
        """See `ResultStore`."""
        return self._writer.put(local_file, key)

    def open_local(self, uri: str) -> Path:
        """See `ResultStore`."""
        return self._reader(uri).open_local(uri)

    def delete(self, uri: str) -> None:
        """See `ResultStore`."""
        self._reader(uri).delete(uri)

    def exists(self, uri: str) -> bool:
        """See `ResultStore`."""
        return self._reader(uri).exists(uri)

    def _reader(self, uri: str) -> ResultStore:
        try:
            return self._readers[urlsplit(uri).scheme]
        except (KeyError, ValueError):
            raise StoreError(
                "The address of this result is of no known kind.",
                hint="Known are file:// and s3://.",
            ) from None


def make_store(settings: Settings) -> ResultStore:
    """The store of an installation: the bucket when one is set, the data folder otherwise.

    Raises:
        StoreError: the folder cannot be made.
    """
    # The S3 client is slow to import: only where a bucket is in use or a URI asks for it.
    from amc.results.folder import FolderStore
    from amc.results.s3 import S3Store

    folder = FolderStore(settings.data_dir / "results")
    bucket = S3Store(
        bucket=settings.s3_bucket_name,
        prefix=settings.s3_prefix,
        cache_dir=settings.data_dir / "cache" / "results",
        endpoint_url=settings.s3_endpoint_url or None,
        region=settings.s3_region,
    )
    writer: ResultStore = bucket if settings.s3_bucket_name else folder
    return SchemeStore(writer, {"file": folder, "s3": bucket})

"""Files that appear whole or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amc.errors import AmcError, StorageFullError, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_error(exc: OSError, what: str) -> AmcError:
    """The error of ours for one of the file system's."""
    if exc.errno in _FULL or "no space left" in str(exc).lower():
        return StorageFullError(f"No space left while writing {what}.")
    return StoreError(f"{what} cannot be written: {exc.strerror or exc}.")


@contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """A private folder on the same file system; gone afterwards, whatever happened.

    Raises:
        StorageFullError, StoreError: it cannot be made.
    """
    try:
        beside.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(prefix=".aside-", dir=beside))
    except OSError as exc:
        raise storage_error(exc, "a working file") from exc
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(aside: Path, to: Path) -> None:
    """Give a finished file its name, durably: its bytes first, then the name.

    Raises:
        StorageFullError, StoreError: it cannot be written.
    """
    try:
        aside.chmod(0o600)
        _sync(aside)
        aside.replace(to)
        _sync(to.parent)
    except OSError as exc:
        raise storage_error(exc, to.name) from exc


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Results in a local folder (`file://`)."""

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from amc.errors import ResultMissingError, StoreError
from amc.results.files import move_into_place, scratch_folder, storage_error
from amc.results.store import check_key


class FolderStore:
    """Files under one root; nothing outside it is ever read or written."""

    def __init__(self, root: Path) -> None:
        """`root` is made when the first file is kept."""
        self._root = root.absolute()

    def put(self, local_file: Path, key: str) -> str:
        """See `ResultStore`."""
        target = self._inside(self._root / check_key(key))
        if target is None:
            raise StoreError(f"'{key}' leads out of the result folder.", hint="")
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with scratch_folder(self._root) as aside:
                copy = aside / "copy"
                shutil.copyfile(local_file, copy)
                move_into_place(copy, target)
        except OSError as exc:
            raise storage_error(exc, "the result") from exc
        return target.as_uri()

    def open_local(self, uri: str) -> Path:
        """See `ResultStore`."""
        path = self._find(uri)
        if path is None or not path.is_file():
            raise ResultMissingError("The file of this result is gone from the result folder.")
        return path

    def delete(self, uri: str) -> None:
        """See `ResultStore`."""
        path = self._find(uri)
        if path is None:
            return
        try:
            path.unlink(missing_ok=True)
            self._drop_empty(path.parent)
        except OSError as exc:
            raise storage_error(exc, "the result") from exc

    def exists(self, uri: str) -> bool:
        """See `ResultStore`."""
        path = self._find(uri)
        return path is not None and path.is_file()

    def _drop_empty(self, folder: Path) -> None:
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone already
                return
            folder = folder.parent

    def _find(self, uri: str) -> Path | None:
        """The path of a URI, also after the whole folder was moved; None when it leads outside.

        Raises:
            StoreError: it is no URI of a file.
        """
        parts = urlsplit(uri)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            raise StoreError("This is not the address of a file.", hint="")
        try:
            path = Path(unquote(parts.path))
            if path.is_relative_to(self._root):
                return self._inside(path)
            # Its key is what follows the folder's name in the old place.
            names = path.parts
            if self._root.name in names:
                last = len(names) - names[::-1].index(self._root.name)
                return self._inside(self._root.joinpath(*names[last:]))
        except ValueError:  # a NUL byte
            return None
        return None

    def _inside(self, path: Path) -> Path | None:
        """The path if it is a key of ours below the root and no link leads elsewhere."""
        try:
            check_key(path.relative_to(self._root).as_posix())
        except (StoreError, ValueError):
            return None
        root = self._root.resolve()
        return path if path.resolve() == root / path.relative_to(self._root) else None

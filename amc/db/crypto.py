"""Secrets at rest: Fernet with several keys, the first one seals, all open.

The key file holds one key a line, newest first, mode 0600, outside the repository. A canary in
the database tells a wrong key at once, before anything is touched.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from amc.db.engine import Database
from amc.db.models import KeyValue
from amc.errors import KeyFileError

CANARY_KEY = "key_canary"
_CANARY = "amc-manager"


class Sealer:
    """Seals and opens texts; each is bound to a purpose, so that rows cannot be swapped."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Keys, newest first."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, text: str, *, purpose: str) -> bytes:
        """The sealed form of a text."""
        return self._fernet.encrypt(f"{purpose}\x00{text}".encode())

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """The text again.

        Raises:
            KeyFileError: the key is not the one it was sealed with, or it was sealed for another
                purpose. The sealed bytes are left as they are.
        """
        try:
            found, _, text = self._fernet.decrypt(bytes(sealed)).decode().partition("\x00")
        except InvalidToken:
            raise KeyFileError(
                "A secret cannot be opened: the encryption key is not the one it was sealed with."
            ) from None
        if found != purpose:
            raise KeyFileError("A secret was found in a place that it was not sealed for.")
        return text

    def again(self, sealed: bytes) -> bytes:
        """The same secret sealed with the newest key."""
        return self._fernet.rotate(bytes(sealed))


def read_keys(path: Path) -> list[bytes]:
    """The keys of a key file, newest first.

    Raises:
        KeyFileError: the file is missing, open to others, or holds no valid key.
    """
    try:
        lines = path.read_bytes().split()
        mode = path.stat().st_mode & 0o077
    except FileNotFoundError:
        raise KeyFileError(f"The encryption key {path.name} is missing.") from None
    except OSError as exc:
        raise KeyFileError(f"The encryption key cannot be read: {exc.strerror}.") from exc
    if mode:
        raise KeyFileError(
            f"The encryption key {path.name} can be read by others.", hint="Run: chmod 600 on it."
        )
    for line in lines:
        try:
            Fernet(line)
        except ValueError:
            raise KeyFileError(f"The encryption key {path.name} is damaged.") from None
    if not lines:
        raise KeyFileError(f"The encryption key {path.name} is empty.")
    return lines


def write_keys(path: Path, keys: Sequence[bytes]) -> None:
    """Write a key file whole: aside, flushed, then moved; mode 0600 in a folder of mode 0700."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".new")
    handle = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(b"\n".join(keys) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def open_sealer(database: Database, path: Path) -> Sealer:
    """The sealer of this installation; makes the key once, for a database that has no canary yet.

    Raises:
        KeyFileError: the key is missing or not the one this database was sealed with. Nothing is
            changed then: a new key would make every stored secret unreadable for ever.
    """
    with database.read() as session:
        row = session.get(KeyValue, CANARY_KEY)
    if row is None:
        return _first_key(database, path)
    sealer = Sealer(read_keys(path))
    try:
        sealer.open(row.value, purpose=CANARY_KEY)
    except KeyFileError:
        raise KeyFileError(
            f"The encryption key {path.name} is not the one that this database was sealed with."
        ) from None
    return sealer


def _first_key(database: Database, path: Path) -> Sealer:
    if not path.exists():
        # Several processes may start at once: whoever makes the file first has made the key.
        write_key_once(path, Fernet.generate_key())
    sealer = Sealer(read_keys(path))
    with database.write() as session:
        if session.get(KeyValue, CANARY_KEY) is None:
            session.add(KeyValue(key=CANARY_KEY, value=sealer.seal(_CANARY, purpose=CANARY_KEY)))
    return sealer


def write_key_once(path: Path, key: bytes) -> None:
    """Make the key file unless another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    write_keys(aside, [key])
    try:
        os.link(aside, path)  # fails, rather than replaces, when it is there
    except FileExistsError:
        return
    finally:
        aside.unlink()

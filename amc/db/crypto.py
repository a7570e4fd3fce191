"""Secrets at rest: Fernet with several keys, the first one seals, all open.

The key file holds one key a line, newest first, mode 0600, outside the repository. A canary in
the database tells a wrong key at once, before anything is touched.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from amc.db.engine import Database
from amc.db.models import KeyValue
from amc.errors import KeyFileError
from amc.log import get_logger

log = get_logger(__name__)

CANARY_KEY = "key_canary"
_CANARY = "amc-manager"
_DOT = b"."


class Sealer:
    """Seals and opens texts; each is bound to a purpose, so that rows cannot be swapped.

    A sealed text begins with the id of its key. Where the keys came from a file, the file is
    looked at before each use: a rotation by another process is taken over at once.
    """

    def __init__(self, keys: Sequence[bytes], *, path: Path | None = None) -> None:
        """Keys, newest first; `path` is the file they came from."""
        self._path, self._seen = path, _mark(path)
        self._keys = list(keys)
        self._ring: dict[str, Fernet] = {}
        self._take(keys)

    @property
    def problem(self) -> KeyFileError | None:
        """Why nothing can be sealed or opened; None when all is well."""
        return None

    @property
    def key_ids(self) -> list[str]:
        """Ids of the keys, newest first."""
        self._look()
        return [key_id(key) for key in self._keys]

    def seal(self, text: str, *, purpose: str) -> bytes:
        """The sealed form of a text.

        In a transaction that stores it, `hold_key` comes first.
        """
        self._look()
        newest = key_id(self._keys[0])
        sealed = self._ring[newest].encrypt(f"{purpose}\x00{text}".encode())
        return newest.encode() + _DOT + sealed

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """The text again.

        Raises:
            KeyFileError: the key is not the one it was sealed with, or it was sealed for another
                purpose. The sealed bytes are left as they are.
        """
        self._look()
        found, _, text = self._decrypt(bytes(sealed)).decode().partition("\x00")
        if found != purpose:
            raise KeyFileError("A secret was found in a place that it was not sealed for.")
        return text

    def again(self, sealed: bytes) -> bytes:
        """The same secret sealed with the newest key.

        Raises:
            KeyFileError: see `open`.
        """
        self._look()
        purpose, _, text = self._decrypt(bytes(sealed)).decode().partition("\x00")
        return self.seal(text, purpose=purpose)

    def _decrypt(self, sealed: bytes) -> bytes:
        head, dot, body = sealed.partition(_DOT)
        keys = [self._ring.get(head.decode("ascii", "replace"))] if dot else self._ring.values()
        for fernet in keys:
            if fernet is None:
                break
            try:
                return fernet.decrypt(body if dot else sealed)
            except InvalidToken:
                continue
        raise KeyFileError(
            "A secret cannot be opened: the encryption key is not the one it was sealed with"
            + (f" ({head.decode('ascii', 'replace')[:8]})." if dot else ".")
        )

    def _look(self) -> None:
        mark = _mark(self._path)
        if self._path is None or mark is None or mark == self._seen:
            return
        try:
            self._take(read_keys(self._path))
        except KeyFileError as exc:
            # The keys in memory still open everything; whoever starts next is told.
            log.error("key file cannot be read again", action="keys.reload", reason=exc.message)
        self._seen = mark

    def _take(self, keys: Sequence[bytes]) -> None:
        # Keys that were dropped from the file still open what was read a moment before.
        self._ring |= {key_id(key): Fernet(key) for key in keys}
        self._keys = list(keys)


class LockedSealer(Sealer):
    """Stands in when the key is missing or wrong: the rest of the product goes on without it.

    It refuses to seal and to open until the right file is back, which it notices by itself.
    """

    def __init__(self, database: Database, path: Path, problem: KeyFileError) -> None:
        """Keep what is wrong."""
        super().__init__([], path=path)
        self._database, self._problem = database, problem
        self._inner: Sealer | None = None

    @property
    def problem(self) -> KeyFileError | None:
        """See `Sealer`."""
        try:
            self._right()
        except KeyFileError as exc:
            return exc
        return None

    @property
    def key_ids(self) -> list[str]:
        """See `Sealer`."""
        return self._right().key_ids

    def seal(self, text: str, *, purpose: str) -> bytes:
        """See `Sealer`."""
        return self._right().seal(text, purpose=purpose)

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """See `Sealer`."""
        return self._right().open(sealed, purpose=purpose)

    def again(self, sealed: bytes) -> bytes:
        """See `Sealer`."""
        return self._right().again(sealed)

    def _right(self) -> Sealer:
        if self._inner is None:
            mark = _mark(self._path)
            if mark == self._seen or self._path is None:
                raise KeyFileError(self._problem.message, hint=self._problem.hint)
            try:
                self._inner = open_sealer(self._database, self._path)
            except KeyFileError as exc:
                # Not where the database failed: then the same file is looked at again.
                self._seen, self._problem = mark, exc
                raise
            log.info("the right key is back", action="keys.unlocked")
        return self._inner


def key_id(key: bytes) -> str:
    """The id of a key: 8 hexadecimal digits that tell nothing about it."""
    return hashlib.sha256(b"amc-key-id" + key).hexdigest()[:8]


def key_id_of(sealed: bytes) -> str:
    """The id of the key that a text was sealed with; empty for the oldest form."""
    head, dot, _ = bytes(sealed).partition(_DOT)
    return head.decode("ascii", "replace") if dot else ""


def hold_key(session: Session, *, alone: bool = False) -> KeyValue | None:
    """Keep the key from being rotated until the transaction ends; gives the canary.

    Whoever stores sealed texts holds it together with others; a rotation holds it `alone`.
    SQLite's write transactions exclude each other anyway.
    """
    return session.get(
        KeyValue, CANARY_KEY, with_for_update=True if alone else {"read": True},
        populate_existing=True,
    )  # fmt: skip


def _mark(path: Path | None) -> tuple[int, int, int, int] | None:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    # The mode too: a file may be refused for who can read it, and be mended by that alone.
    return (found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode) if found else None


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
    sealer = Sealer(read_keys(path), path=path)
    try:
        sealer.open(row.value, purpose=CANARY_KEY)
    except KeyFileError:
        raise KeyFileError(
            f"The encryption key {path.name} is not the one that this database was sealed with."
        ) from None
    return sealer


def sealer_or_locked(database: Database, path: Path) -> Sealer:
    """As `open_sealer`, but a missing or wrong key gives a `LockedSealer` and no error."""
    try:
        return open_sealer(database, path)
    except KeyFileError as exc:
        log.error("no usable key", action="keys.locked", reason=exc.message)
        return LockedSealer(database, path, exc)


def new_canary(sealer: Sealer) -> bytes:
    """What the database keeps to tell whether a key is the right one."""
    return sealer.seal(_CANARY, purpose=CANARY_KEY)


def _first_key(database: Database, path: Path) -> Sealer:
    if not path.exists():
        # Several processes may start at once: whoever makes the file first has made the key.
        write_key_once(path, Fernet.generate_key())
    sealer = Sealer(read_keys(path), path=path)
    with database.write() as session:
        if session.get(KeyValue, CANARY_KEY) is None:
            session.add(KeyValue(key=CANARY_KEY, value=new_canary(sealer)))
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

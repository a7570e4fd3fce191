"""Who works on a SQLite database: each process holds a lock beside it for as long as it lives.

A file system's lock and not our tables: it can be asked while the database itself is damaged, and
the kernel lets go of it however a process dies.
"""

import contextlib
import fcntl
import os
import re
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amc.errors import DatabaseError

_WORD = re.compile(r"[a-z][a-z-]*")


class Presence:
    """The share of one process in a database; given back by `leave`, or by its death."""

    def __init__(self, lock: int, note: Path) -> None:
        """Keep the lock, and the note that says who holds it."""
        # Also when it is forgotten, and at the end of the process.
        self._leave = weakref.finalize(self, _leave, lock, note)

    def leave(self) -> None:
        """Give it back."""
        self._leave()


def _leave(lock: int, note: Path) -> None:
    note.unlink(missing_ok=True)
    os.close(lock)


def enter(database: Path) -> Presence:
    """Say that this process works on the database from now on.

    Raises:
        DatabaseError: a backup is being put back in this very moment.
    """
    lock = _open(database)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise DatabaseError(
            "A backup of the database is being put back at this moment.",
            hint="Try again when that command has ended.",
        ) from None
    note = _notes(database) / f"{database.name}.{os.getpid()}.{lock}.open"
    note.write_text(_what_this_is())
    return Presence(lock, note)


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Have the database for this process alone.

    Raises:
        DatabaseError: others work on it; names them.
    """
    lock = _open(database)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseError(
                f"The database is in use by {_others(database)}.",
                hint="Stop what runs on it (Ctrl-C in the console of make run; else these "
                "processes), then try again. Nothing was changed.",
            ) from None
        for left in _notes(database).glob(f"{database.name}.*.open"):
            left.unlink()  # of processes that were killed
        yield
    finally:
        os.close(lock)


def _notes(database: Path) -> Path:
    return database.parent / "locks"


def _open(database: Path) -> int:
    folder = _notes(database)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
        return os.open(folder / f"{database.name}.lock", flags, 0o600)
    except OSError as exc:
        raise DatabaseError(
            f"The folder of the database cannot be used: {exc.strerror} ({exc.filename}).",
            hint="Set AMC_DATA_DIR to a folder that this user may write.",
        ) from exc


def _others(database: Path) -> str:
    found: dict[int, str] = {}
    for note in _notes(database).glob(f"{database.name}.*.open"):
        pid = int(note.name.removeprefix(f"{database.name}.").partition(".")[0])
        if _lives(pid):
            with contextlib.suppress(FileNotFoundError):  # it has just ended
                found[pid] = note.read_text()
    named = [f"{what} (process {pid})" for pid, what in sorted(found.items())]
    return ", ".join(named) or "another process"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _what_this_is() -> str:
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    name = str(spec.name) if spec is not None else Path(sys.argv[0]).name
    if name.startswith("amc.scheduler"):
        return "the scheduler"
    if name.startswith("amc."):
        # Words of the command only: what else was given may be private.
        words = [w for w in sys.argv[1:3] if _WORD.fullmatch(w)]
        return "python -m amc " + " ".join(words) if words else "python -m amc"
    return "the app" if "streamlit" in sys.modules else name

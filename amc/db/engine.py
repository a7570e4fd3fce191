"""The database engine and its sessions: SQLite in WAL mode by default, PostgreSQL by URL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from amc.db.presence import Presence, enter
from amc.errors import AmcError, DatabaseError, StorageFullError, UsageError
from amc.log import mask

SQLITE_BUSY_MS = 30_000


def make_engine(url: str) -> Engine:
    """An engine for the URL; makes the folder of a SQLite file (mode 0700).

    Raises:
        DatabaseError: the URL cannot be read or its folder cannot be made.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(url, parsed.database)
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
    except OSError as exc:
        raise DatabaseError(
            f"The folder of the database cannot be used: {exc.strerror} ({exc.filename}).",
            hint="Set AMC_DATA_DIR to a folder that this user may write.",
        ) from exc
    except AmcError:
        raise
    except Exception as exc:
        words = mask(" ".join(str(exc).split())).rstrip(".")
        raise DatabaseError(f"DATABASE_URL cannot be used: {words}.") from exc


def _sqlite_engine(url: str, path: str | None) -> Engine:
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The file is created with the process's umask otherwise.
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        os.close(handle)
    engine = create_engine(
        url,
        connect_args={"timeout": SQLITE_BUSY_MS / 1000, "check_same_thread": False},
        pool_size=20,
        max_overflow=40,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred transaction that turns into a writer fails at once when another wrote in
        # between; writers therefore take the lock at the start and wait for it.
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


class Database:
    """Hands out sessions: `write()` commits or rolls back as a whole, `read()` never writes."""

    def __init__(self, engine: Engine) -> None:
        """Keep the engine; connections are opened as they are needed."""
        self.engine = engine
        self._presence: Presence | None = None
        self._writer = sessionmaker(engine, expire_on_commit=False)
        self._reader = sessionmaker(
            engine.execution_options(sqlite_begin="DEFERRED"), expire_on_commit=False
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    def hold(self) -> None:
        """Keep a backup from being put back under this process, until `close`.

        Raises:
            DatabaseError: one is being put back right now.
        """
        if self.path is not None and self._presence is None:
            self._presence = enter(self.path)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that is committed at the end, or not at all."""
        with translated(self.path), self._writer.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; it sees one consistent state."""
        with translated(self.path), self._reader() as session:
            yield session

    def ping(self) -> None:
        """Ask the database for an answer.

        Raises:
            DatabaseError: it gives none.
        """
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        if self._presence is not None:
            self._presence.leave()
            self._presence = None


@contextmanager
def translated(path: Path | None = None) -> Iterator[None]:
    """Errors of the driver as ours, each one sentence; `path` is the file of a SQLite database.

    Raises:
        StorageFullError, DatabaseError: what the driver said.
    """
    try:
        yield
    except OperationalError as exc:
        words = _words(exc)
        if "full" in words.lower() or "no space" in words.lower():
            raise StorageFullError(f"The database could not be written: {words}.") from exc
        if "malformed" in words or "not a database" in words or "disk I/O" in words:
            raise damaged(path, words) from exc
        if "locked" in words.lower():
            raise DatabaseError(
                "The database was locked for too long by another program.",
                hint="Let that program (a backup, an editor) finish, then try again.",
            ) from exc
        raise DatabaseError(f"The database does not answer: {words}.") from exc
    except DBAPIError as exc:
        if exc.connection_invalidated:
            raise DatabaseError("The connection to the database was lost.") from exc
        words = _words(exc)
        if isinstance(exc, DataError):
            raise UsageError(f"The database cannot hold this: {words}.") from exc
        if "not a database" in words or "malformed" in words:
            raise damaged(path, words) from exc
        raise


def damaged(path: Path | None, words: str) -> DatabaseError:
    """What to say of a database file that cannot be read, and which backup to put back."""
    return DatabaseError(
        f"The database file is damaged, or is no database: {words}.", hint=restore_hint(path)
    )


def restore_hint(path: Path | None) -> str:
    """How to put the newest backup back."""
    found = sorted(path.parent.glob("backups/*.db"), key=_age) if path else []
    if not found:
        return "Put a backup back, if you keep one elsewhere: python -m amc db restore FILE"
    return f"Put the newest backup back: python -m amc db restore {found[-1]}"


def _age(backup: Path) -> tuple[float, str]:
    try:
        return backup.stat().st_mtime, backup.name
    except OSError:
        return 0.0, backup.name


def _words(exc: DBAPIError) -> str:
    """What the driver said, in one line and without its full stop."""
    words = " ".join(str(exc.orig).split())
    # PostgreSQL's library adds a question of several lines.
    return mask(words.partition(" Is the server running")[0]).rstrip(".?!")

"""The SQLite file of the local AMC: one connection, one lock, JSON documents in narrow tables."""

import fcntl
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE_NAME = "amc-sandbox.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS clients (
  client_id TEXT PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL, redirects TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, client_id TEXT NOT NULL, user_id TEXT NOT NULL, scope TEXT NOT NULL,
  redirect_uri TEXT NOT NULL, challenge TEXT, method TEXT, expires_at TEXT NOT NULL,
  used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refresh_tokens (
  token TEXT PRIMARY KEY, client_id TEXT NOT NULL, user_id TEXT NOT NULL, scope TEXT NOT NULL,
  created_at TEXT NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS access_tokens (
  token TEXT PRIMARY KEY, refresh_token TEXT NOT NULL, client_id TEXT NOT NULL,
  user_id TEXT NOT NULL, scope TEXT NOT NULL, expires_at TEXT NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS instances (
  instance_id TEXT PRIMARY KEY, entity_id TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
  doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS advertiser_updates (
  instance_id TEXT NOT NULL, update_id INTEGER NOT NULL, created_at TEXT NOT NULL,
  doc TEXT NOT NULL, PRIMARY KEY (instance_id, update_id));
CREATE TABLE IF NOT EXISTS workflows (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, workflow_id TEXT NOT NULL,
  doc TEXT NOT NULL, UNIQUE (instance_id, workflow_id));
CREATE INDEX IF NOT EXISTS workflows_listed ON workflows (instance_id, seq);
CREATE TABLE IF NOT EXISTS schedules (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, schedule_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL, next_at TEXT NOT NULL, doc TEXT NOT NULL,
  UNIQUE (instance_id, schedule_id));
CREATE TABLE IF NOT EXISTS executions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, execution_id TEXT NOT NULL UNIQUE,
  instance_id TEXT NOT NULL, entity_id TEXT NOT NULL, workflow_id TEXT NOT NULL,
  status TEXT NOT NULL, created_at TEXT NOT NULL, doc TEXT NOT NULL);
DROP INDEX IF EXISTS executions_by_instance;
CREATE INDEX IF NOT EXISTS executions_listed
  ON executions (instance_id, seq, created_at, status);
CREATE INDEX IF NOT EXISTS executions_of_workflow
  ON executions (instance_id, workflow_id, seq, created_at, status);
CREATE TABLE IF NOT EXISTS reads (
  instance_id TEXT NOT NULL, source TEXT NOT NULL, created_at TEXT NOT NULL, seq INTEGER NOT NULL,
  start_at TEXT NOT NULL, end_at TEXT NOT NULL,
  PRIMARY KEY (instance_id, source, created_at, seq)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS executions_live ON executions (status)
  WHERE status IN ('PENDING', 'RUNNING', 'PUBLISHING');
CREATE TABLE IF NOT EXISTS faults (fault_id TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS log_executions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, execution_id TEXT NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS log_by_instance
  ON log_executions (json_extract(doc, '$.instance_id'), seq);
CREATE INDEX IF NOT EXISTS log_by_outcome ON log_executions (json_extract(doc, '$.outcome'));
CREATE TABLE IF NOT EXISTS log_requests (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, real_at REAL NOT NULL, at TEXT NOT NULL,
  client_id TEXT NOT NULL, region TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
  status INTEGER NOT NULL, fault TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS requests_by_status ON log_requests (status);
CREATE TABLE IF NOT EXISTS log_tokens (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, real_at REAL NOT NULL, at TEXT NOT NULL,
  client_id TEXT NOT NULL, grant_type TEXT NOT NULL, token_hash TEXT NOT NULL,
  status INTEGER NOT NULL, error TEXT NOT NULL);
"""

_LATER = (("clients", "grants", "TEXT NOT NULL DEFAULT '[]'"),)

TABLES = (
    "kv", "clients", "codes", "refresh_tokens", "access_tokens", "instances",
    "advertiser_updates", "workflows", "schedules", "executions", "reads", "faults",
    "log_executions", "log_requests", "log_tokens",
)  # fmt: skip


class StateError(Exception):
    """The state folder cannot be used; the text is one sentence for the person who started it."""


class Store:
    """One SQLite connection behind one lock; every write commits before it returns."""

    def __init__(self, folder: Path) -> None:
        """Open or make the file in a folder.

        Raises:
            StateError: the folder cannot be made or written, or the file is no SQLite file.
        """
        self.folder = folder
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Results and the signing key are private to whoever runs it.
            folder.chmod(0o700)
            self._hold()
            self._db = sqlite3.connect(
                folder / FILE_NAME, check_same_thread=False, isolation_level=None
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
            self._grow()
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"The state folder {folder} cannot be used: {error}.") from None

    def _grow(self) -> None:
        """Columns that a file of an earlier version does not have."""
        for table, column, definition in _LATER:
            there = {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")}
            if column not in there:
                self._db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")

    def _hold(self) -> None:
        """Two servers over one state would undo each other's work: the second is refused."""
        self._held = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._held.close()
            raise StateError(
                f"Another local AMC uses the state folder {self.folder}; "
                "stop it, or choose another one with --state-dir."
            ) from None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
            self._held.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several writes in one commit; nested calls join the outer one."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def write(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def insert(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one INSERT; the new row's number."""
        with self._lock:
            return int(self._db.execute(sql, values).lastrowid or 0)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or nothing."""
        with self._lock:
            found: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
            return found

    def get(self, key: str) -> Any:
        """A remembered JSON value, or None."""
        found = self.row("SELECT value FROM kv WHERE key = ?", (key,))
        return None if found is None else json.loads(found[0])

    def put(self, key: str, value: Any) -> None:
        """Remember a JSON value."""
        self.write(
            "INSERT INTO kv VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value)),
        )

    def forget_all(self) -> None:
        """Empty every table (`--reset` and the admin endpoint); files are the caller's."""
        with self.transaction():
            for table in TABLES:
                self.write(f"DELETE FROM {table}")  # noqa: S608  names of ours, not input


def reset_folder(folder: Path) -> None:
    """Forget the state in a folder, its result files included; synthetic events stay.

    Raises:
        StateError: the folder cannot be used.
    """
    store = Store(folder)
    store.forget_all()
    store.close()
    shutil.rmtree(folder / "results", ignore_errors=True)

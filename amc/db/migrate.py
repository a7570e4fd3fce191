"""Alembic applied at start: once, under a lock, after a backup, whole or not at all."""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from amc.db.engine import Database, damaged, translated
from amc.errors import AmcError, DatabaseError, StorageFullError
from amc.log import get_logger, mask

if TYPE_CHECKING:
    from alembic.config import Config

log = get_logger(__name__)

# The newest revision in migrations/versions (a test holds it to them). Known here so that a
# start with nothing to do need not load Alembic.
HEAD = "0008"
SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"
_ADVISORY_LOCK = 0x414D43  # "AMC"
# Of those that a start makes before it changes tables.
_KEEP_AUTOMATIC = 5
_AUTOMATIC = "before-"


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def current(database: Database) -> str:
    """The revision of the database; empty for a new one."""
    with translated(database.path), database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def upgrade(
    database: Database, *, now: datetime, revision: str = "head", keep_backup: bool = True
) -> bool:
    """Bring the schema up to date, after a backup. Gives whether anything was done.

    Raises:
        DatabaseError: the database is newer than this code, or a step failed (then nothing of it
            was kept).
        StorageFullError: no room for the backup.
    """
    if revision == "head" and current(database) == HEAD:
        return False
    from alembic import command

    with one_at_a_time(database):
        found = current(database)
        if found == HEAD and revision == "head":
            return False
        _refuse_newer(found)
        if found and database.is_sqlite and keep_backup:
            backup(database, now=now, label=f"{_AUTOMATIC}{HEAD}")
        try:
            with _changing(database) as connection:
                command.upgrade(_config(connection), revision)
        except DBAPIError as exc:
            raise DatabaseError(
                f"The database could not be migrated: {mask(str(exc.orig))}.",
                hint="Nothing was changed. A backup lies beside the database.",
            ) from exc
        log.info("database migrated", action="db.migrate", before=found, after=HEAD)
        return True


def _refuse_newer(found: str) -> None:
    from alembic.script import ScriptDirectory

    known = {s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found and found not in known:
        raise DatabaseError(
            f"The database is of a newer version ({found}) than this program.",
            hint="Install the newer program, or restore a backup made by this one.",
        )


def downgrade(database: Database, revision: str) -> None:
    """Go back to an earlier revision (tests, and a hand in need)."""
    from alembic import command

    with one_at_a_time(database), _changing(database) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _changing(database: Database) -> Iterator[Connection]:
    """One transaction for a change of the schema.

    SQLite's foreign keys are off meanwhile, or a table that is made anew would take the rows that
    point to it along. They are looked at before the end: nothing may point to what is not there.
    """
    with database.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        if database.is_sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")  # without effect inside a transaction
        try:
            with connection.begin():
                before = _dangling(connection)
                yield connection
                if _dangling(connection) > before:
                    raise DatabaseError("The new schema would lose rows that others point to.")
        finally:
            if database.is_sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def _dangling(connection: Connection) -> int:
    if connection.dialect.name != "sqlite":
        return 0
    return len(connection.execute(text("PRAGMA foreign_key_check")).all())


def backup(database: Database, *, now: datetime, label: str) -> Path:
    """A consistent copy of a SQLite database beside it, in one file.

    What a start makes before it changes tables is kept five times over; what a person made stays
    until a person removes it.

    Raises:
        DatabaseError: not a SQLite database, or it is damaged.
        StorageFullError: no room for it, or a folder that may not be written; nothing half-written
            is left.
    """
    path = database.path
    if path is None:
        raise DatabaseError("Only a SQLite database is backed up here.", hint="Use pg_dump.")
    folder = path.parent / "backups"
    name = f"{path.stem}-{now:%Y%m%dT%H%M%S}-{label}"
    aside = folder / f"{name}.{os.getpid()}.part"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(aside, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(aside)) as copy:
            source.backup(copy)
            # Else whoever opens the copy leaves files of its own beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        target = _moved(aside, folder, name)
    except (OSError, sqlite3.Error) as exc:
        raise _no_backup(path, exc) from exc
    finally:
        for left in (aside, Path(f"{aside}-journal"), Path(f"{aside}-wal"), Path(f"{aside}-shm")):
            with suppress(OSError):  # the folder is what failed
                left.unlink(missing_ok=True)
    if label.startswith(_AUTOMATIC):
        for old in sorted(folder.glob(f"{path.stem}-*-{_AUTOMATIC}*.db"))[:-_KEEP_AUTOMATIC]:
            old.unlink()
    return target


def _moved(aside: Path, folder: Path, name: str) -> Path:
    """Under its name, or the next one that is free: no backup is written over."""
    number = 1
    while True:
        target = folder / (f"{name}-{number}.db" if number > 1 else f"{name}.db")
        try:
            os.link(aside, target)  # fails, rather than replaces, when it is there
        except FileExistsError:
            number += 1
            continue
        return target


def _no_backup(path: Path, exc: OSError | sqlite3.Error) -> AmcError:
    words = str(exc)
    if "malformed" in words or "not a database" in words:
        return damaged(path, words)
    if isinstance(exc, OSError) and exc.errno != errno.ENOSPC:
        return StorageFullError(
            f"No backup of the database could be made: {exc.strerror} ({exc.filename}).",
            hint="Mend who may write to the folder backups beside the database.",
        )
    return StorageFullError(f"No backup of the database could be made: {words}.")


@contextmanager
def one_at_a_time(database: Database) -> Iterator[None]:
    """Hold the lock under which schemas are changed, across processes."""
    if database.is_sqlite:
        path = database.engine.url.database
        with Path(f"{path}.migrate-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with translated(database.path), database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:k)"), {"k": _ADVISORY_LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:k)"), {"k": _ADVISORY_LOCK})
            connection.commit()

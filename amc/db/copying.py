"""Moving a whole database: a backup put back, or everything copied to another server."""

import os
import sqlite3
from pathlib import Path
from shutil import copyfile

from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import make_url

from amc.db.engine import Database
from amc.db.models import Base
from amc.errors import DatabaseError, UsageError

_PORTION = 1000


def restore(url: str, backup: Path) -> Path:
    """Put a backup of a SQLite database in its place; gives where the former one was kept.

    Raises:
        UsageError: the file is no backup of this product, or the database is not SQLite.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise UsageError("Only a SQLite database is restored here.", hint="Use pg_restore.")
    _require_backup(backup)
    target = Path(parsed.database)
    kept = target.with_suffix(".before-restore.db")
    if target.exists():
        with sqlite3.connect(target) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        target.replace(kept)
    for extra in ("-wal", "-shm"):
        Path(f"{target}{extra}").unlink(missing_ok=True)
    aside = target.with_suffix(".restoring")
    copyfile(backup, aside)
    aside.chmod(0o600)
    os.replace(aside, target)  # noqa: PTH105 - the atomic form, said plainly
    return kept


def _require_backup(path: Path) -> None:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.close()
    except sqlite3.Error as exc:
        raise UsageError(f"{path.name} is no backup of AMC Manager: {exc}.") from None
    if verdict != "ok":
        raise UsageError(f"{path.name} is damaged: {verdict}.")


def copy(source: Database, target: Database) -> dict[str, int]:
    """Copy every table into a database that holds none of our rows yet; rows by table.

    Raises:
        DatabaseError: the target is not empty; nothing is copied then.
    """
    counts: dict[str, int] = {}
    with source.read() as reading, target.write() as writing:
        for table in Base.metadata.sorted_tables:
            if writing.scalar(select(func.count()).select_from(table)):
                raise DatabaseError(
                    f"The target has rows in {table.name} already.",
                    hint="Copy into a new, empty database.",
                )
        for table in Base.metadata.sorted_tables:
            counts[table.name] = 0
            rows = reading.execute(select(table)).mappings().yield_per(_PORTION)
            for portion in rows.partitions(_PORTION):
                writing.execute(insert(table), [dict(row) for row in portion])
                counts[table.name] += len(portion)
            if not target.is_sqlite and "id" in table.c:
                writing.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
                        f"(SELECT COALESCE(MAX(id), 0) + 1 FROM {table.name}), false)"
                    )
                )
    return counts

"""Putting a backup of a SQLite database back, whatever state the present one is in."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from amc.db import migrate
from amc.db.engine import Database, make_engine
from amc.db.presence import alone
from amc.db.repos import restores as repo
from amc.db.repos.restores import Restore, Watermark
from amc.errors import AmcError, StorageFullError, UsageError
from amc.log import get_logger

log = get_logger(__name__)

# A backup that knows of no moment may have been made at any time.
_LONG_AGO = timedelta(days=400)
_EXTRAS = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: `kept` is the folder of the former files, None where there were none."""

    file: Path
    kept: Path | None
    as_of: datetime
    revision: str


def restore(url: str, backup: Path, *, now: datetime) -> Restored:
    """Put a backup in place of the database, brought up to date; verified, or not done at all.

    The former files are moved aside untouched: they may be damaged, so nothing opens them.

    Raises:
        UsageError: the file is no usable backup of this product, or this is not SQLite.
        DatabaseError: a process works on the database, or the backup is of a newer program.
        StorageFullError: no room, or a folder that may not be written; everything is as before.
    """
    target = _target(url)
    if not backup.is_file():
        raise UsageError(f"{backup.name} is no backup of AMC Manager: there is no such file.")
    if target.exists() and backup.samefile(target):
        raise UsageError("This file is the database itself.", hint="Name a backup of it.")
    with _translated(backup), _work_folder(target) as work:
        fresh = _copied(backup, work)
        _require_backup(fresh, backup.name)
        with alone(target):
            mark = _made_ready(fresh, now)
            _require_backup(fresh, backup.name)
            kept = _exchange(fresh, target, now)
    log.info("backup restored", action="db.restore", as_of=mark.as_of.isoformat())
    return Restored(target, kept, mark.as_of, migrate.HEAD)


def _target(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise UsageError(
            "Only a SQLite database is restored here.",
            hint="Use pg_restore with every process stopped, then: "
            "python -m amc db restored --as-of WHEN",
        )
    return Path(parsed.database)


@contextmanager
def _translated(backup: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise UsageError(f"{backup.name} is no backup of AMC Manager: {exc}.") from exc
    except OSError as exc:
        raise StorageFullError(
            f"The backup could not be put back: {exc.strerror} ({exc.filename}).",
            hint="Nothing was changed. Make room, or mend who may write there.",
        ) from exc


@contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    """Beside the database, so that the last step is one move on one disk."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    work = Path(tempfile.mkdtemp(prefix=f"{target.stem}.restoring-", dir=target.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _copied(backup: Path, work: Path) -> Path:
    """The backup where it may be opened: where it lies nothing is written beside it."""
    fresh = work / "fresh.db"
    shutil.copyfile(backup, fresh)
    fresh.chmod(0o600)
    # What was copied by hand from a running installation has its latest part beside it.
    beside = Path(f"{backup}-wal")
    if beside.is_file():
        shutil.copyfile(beside, f"{fresh}-wal")
    return fresh


def _require_backup(path: Path, name: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise UsageError(f"{name} is damaged: {verdict}.", hint="Try an older backup.")
        connection.execute("SELECT version_num FROM alembic_version").fetchone()


def _made_ready(fresh: Path, now: datetime) -> Restore:
    """Bring it up to date, and have it know what it is: an older state."""
    database = Database(make_engine(f"sqlite:///{fresh}"))
    try:
        migrate.upgrade(database, now=now, keep_backup=False)
        with database.write() as session:
            as_of = repo.latest_instant(session, now) or now - _LONG_AGO
            water = repo.watermark(session)
            if water is not None:
                number = max(water.number + 1, int(now.timestamp() * 1000))
                repo.put_watermark(session, Watermark(water.database, number, now))
            mark = repo.put_restored(session, Restore(as_of, now, "db restore"))
    finally:
        database.close()
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # One file whole: nothing of it lies beside it when it is moved.
        connection.execute("PRAGMA journal_mode=DELETE")
    return mark


def _exchange(fresh: Path, target: Path, now: datetime) -> Path | None:
    """Move the former files aside and the new one in; back again if anything fails."""
    former = [p for p in (target, *(Path(f"{target}{e}") for e in _EXTRAS)) if _is_there(p)]
    kept = _new_folder(target, now) if former else None
    moved: list[Path] = []
    try:
        for path in former:
            assert kept is not None  # noqa: S101 - made for them
            path.rename(kept / path.name)
            moved.append(path)
        fresh.rename(target)
        _flush(target.parent)
        _require_backup(target, target.name)
    except (OSError, sqlite3.Error, AmcError):
        if len(moved) == len(former) and target.exists():
            target.unlink()
        for path in moved:
            assert kept is not None  # noqa: S101 - made for them
            (kept / path.name).rename(path)
        if kept is not None:
            kept.rmdir()
        raise
    return kept


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _new_folder(target: Path, now: datetime) -> Path:
    base = target.parent / "before-restore"
    base.mkdir(mode=0o700, exist_ok=True)
    number = 1
    while True:
        more = f"-{number}" if number > 1 else ""
        folder = base / f"{target.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%S}{more}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            number += 1
            continue
        return folder


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The database put back from a backup: noticed, remembered, and what follows for work sent since.

A watermark stands in the database and, a moment later, in a small file beside the data. It only
grows; so a database whose mark is below the file's was put back, by whatever means.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database, restore_hint
from amc.db.repos import restores as repo
from amc.db.repos.restores import Restore, Watermark
from amc.errors import DatabaseError, UsageError
from amc.log import get_logger
from amc.services.audit import AuditService
from amc.settings import Settings

log = get_logger(__name__)

# The watermark is moved on so often; work sent in between is looked for all the same.
_EVERY_S = 20.0
# A run that a person starts after a restore takes up what was sent before it for so long.
LOOK_FOR = timedelta(days=14)
# Where the database knows of no moment at all.
_LONG_AGO = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the file says."""

    database: str
    number: int


class RestoresService:
    """Notices that the database is older than it was, and tells what is done about it."""

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, audit: AuditService
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._audit = database, clock, audit
        self._file = watermark_file(settings)
        self._watched_at: float | None = None

    def current(self) -> Restore | None:
        """The last restore, if there was one."""
        with self._database.read() as session:
            return repo.restored(session)

    def look_ends_at(self, found: Restore) -> datetime:
        """Until when runs that a person starts are looked for in Amazon's list first."""
        return found.restored_at + LOOK_FOR

    def declare(self, actor: str, as_of: datetime) -> Restore:
        """A person says that the database was put back to what it was at an instant.

        Raises:
            UsageError: the instant is yet to come.
        """
        now = self._clock.now()
        if as_of > now:
            raise UsageError("The state of a backup cannot lie in the future.")
        with self._database.write() as session:
            kept = repo.put_restored(session, Restore(as_of, now, "told"))
            said = {"as_of": kept.as_of.isoformat()}
            self._audit.record(session, actor, "database.restored", "database", None, said)
        return kept

    def watch(self, *, at_start: bool = False) -> bool:
        """Compare the database with the file, and move both on; whether it was put back.

        A scheduler or worker calls it before its first step, and then every so often.
        """
        now = self._clock.monotonic()
        if not at_start and self._watched_at is not None and now - self._watched_at < _EVERY_S:
            return False
        self._watched_at = now
        with self._one_at_a_time():
            known = self._read()
            with self._database.write() as session:
                water = repo.watermark(session, lock=True)
                found = self._older(session, water, known)
                if found is not None:
                    repo.put_restored(session, found)
                new = self._next(water, known, put_back=found is not None)
                repo.put_watermark(session, new)
            # After the commit: the file is never ahead of a database that was not put back.
            self._write(_Known(new.database, new.number))
        if found is not None:
            log.warning(
                "database is older than it was: it was put back",
                action="database.put_back",
                as_of=found.as_of.isoformat(),
            )
        return found is not None

    def _older(
        self, session: Session, water: Watermark | None, known: _Known | None
    ) -> Restore | None:
        if known is None:
            return None
        now = self._clock.now()
        if water is None:
            if not repo.has_work(session):
                return None  # begun anew
            # From before there were marks.
            as_of = repo.latest_instant(session, now) or now - _LONG_AGO
        elif water.database == known.database and water.number < known.number:
            as_of = water.at
            latest = repo.latest_instant(session, now)
            if as_of > now and latest is not None:
                as_of = latest  # written by a clock that was wrong
        else:
            return None
        return Restore(as_of, now, "found")

    def _next(self, water: Watermark | None, known: _Known | None, *, put_back: bool) -> Watermark:
        now = self._clock.now()
        number = int(now.timestamp() * 1000)
        if water is not None:
            number = max(number, water.number + 1)
        if put_back and known is not None:
            number = max(number, known.number + 1)
        name = water.database if water is not None else uuid4().hex
        return Watermark(name, number, now)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> _Known | None:
        try:
            found = json.loads(self._file.read_text())
            return _Known(str(found["database"]), int(found["number"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as exc:
            log.warning(
                "watermark cannot be read", action="database.watermark", reason=type(exc).__name__
            )
            return None

    def _write(self, known: _Known) -> None:
        aside = self._file.with_suffix(".new")
        try:
            with aside.open("w") as file:
                json.dump({"database": known.database, "number": known.number}, file)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._file)
        except OSError as exc:
            # A full disk stops nothing here: the older mark stays, and is as true.
            log.warning(
                "watermark not written", action="database.watermark", reason=str(exc.strerror)
            )


def watermark_file(settings: Settings) -> Path:
    """Where the mark of this installation's database is kept: one for each database."""
    url = make_url(settings.database_url).set(password=None).render_as_string()
    name = hashlib.sha256(url.encode()).hexdigest()[:12]
    return settings.data_dir / "locks" / f"watermark-{name}.json"


def require_database(settings: Settings) -> None:
    """Refuse to begin anew over a database that is gone or empty, though there was one.

    Raises:
        DatabaseError: says which backup to put back, and how to begin anew all the same.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    path = Path(url.database)
    mark = watermark_file(settings)
    there = path.exists() and (path.is_dir() or path.stat().st_size > 0)
    # Also after a restore that was killed between its two moves.
    traces = [str(p) for p in (mark, path.parent / "before-restore") if p.exists()]
    if there or Path(f"{path}-wal").exists() or not traces:
        return
    raise DatabaseError(
        f"The database {path.name} is gone or empty, though this installation had one.",
        hint=f"{restore_hint(path)} (to begin anew instead, move away: {', '.join(traces)})",
    )

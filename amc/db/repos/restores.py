"""What the database knows about itself: its watermark, and that it was put back from a backup."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amc.clock import parse_instant
from amc.db.models import Execution, ExecutionEvent, FleetRun, Heartbeat, KeyValue, Slot
from amc.db.people import Audit

_WATERMARK, _RESTORED = "watermark", "restored"
# Two restores that lie closer together are treated as one, of the older state.
_TOGETHER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the database is: a number that only grows, and when it was written."""

    database: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Restore:
    """The database was put back: it shows what was at `as_of`, since `restored_at`."""

    as_of: datetime
    restored_at: datetime
    how: str


def watermark(session: Session, *, lock: bool = False) -> Watermark | None:
    """The last one written."""
    found = _read(session, _WATERMARK, lock=lock)
    if found is None:
        return None
    return Watermark(str(found["database"]), int(found["number"]), parse_instant(found["at"]))


def put_watermark(session: Session, mark: Watermark) -> None:
    """Write the next one."""
    _write(session, _WATERMARK, mark)


def restored(session: Session) -> Restore | None:
    """The last restore, if there was one."""
    found = _read(session, _RESTORED)
    if found is None:
        return None
    return Restore(
        parse_instant(found["as_of"]), parse_instant(found["restored_at"]), str(found["how"])
    )


def put_restored(session: Session, new: Restore) -> Restore:
    """Remember a restore; what an earlier one left open stays open. Gives what is kept."""
    old = restored(session)
    as_of = new.as_of
    if old is not None and as_of - old.restored_at < _TOGETHER:
        as_of = min(as_of, old.as_of)
    kept = Restore(as_of, new.restored_at, new.how)
    _write(session, _RESTORED, kept)
    return kept


def latest_instant(session: Session, now: datetime) -> datetime | None:
    """The latest moment that the database knows of, none that is yet to come."""
    columns = (
        Heartbeat.at,
        ExecutionEvent.at,
        Execution.created_at,
        FleetRun.created_at,
        Slot.fired_at,
        Audit.at,
    )
    found = [session.scalar(select(func.max(c)).where(c <= now)) for c in columns]
    return max((at for at in found if at is not None), default=None)


def has_work(session: Session) -> bool:
    """Whether anything was ever run here."""
    return session.scalar(select(FleetRun.id).limit(1)) is not None


def slot_at(session: Session, slot_id: int) -> datetime | None:
    """The nominal time of a slot."""
    return session.scalar(select(Slot.slot_at).where(Slot.id == slot_id))


def _read(session: Session, key: str, *, lock: bool = False) -> dict[str, Any] | None:
    row = session.get(KeyValue, key, with_for_update=True if lock else None)
    return dict(json.loads(row.value)) if row is not None else None


def _write(session: Session, key: str, value: Watermark | Restore) -> None:
    text = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(value).items()}
    session.merge(KeyValue(key=key, value=json.dumps(text).encode()))

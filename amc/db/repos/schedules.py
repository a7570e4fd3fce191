"""Queries on schedules and their slots."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from amc.db.models import Execution, FleetRun, Schedule, Slot
from amc.db.reading import Unreadable, mend, read_rows

Judge = Callable[[Schedule], str]


def schedules(session: Session, judge: Judge) -> tuple[list[Schedule], list[Unreadable]]:
    """All that can be used, by name, and the others."""
    return read_rows(session, select(Schedule).order_by(Schedule.name), Schedule, judge)


def judged(session: Session, key: int, judge: Judge) -> tuple[list[Schedule], list[Unreadable]]:
    """One by its key: readable, or not, or neither when it is gone."""
    return read_rows(session, select(Schedule).where(Schedule.id == key), Schedule, judge)


def key_of(session: Session, public_id: str) -> int | None:
    """The key of one, without loading it."""
    return session.scalar(select(Schedule.id).where(Schedule.public_id == public_id))


def name_of(session: Session, key: int) -> str:
    """What one is called, as far as that can be read."""
    with suppress(OperationalError):
        return str(session.scalar(select(Schedule.name).where(Schedule.id == key)) or key)
    return str(key)


def set_aside(session: Session, key: int, reason: str) -> None:
    """Mark one as broken; nothing of it is loaded, and nothing else is changed."""
    session.execute(update(Schedule).where(Schedule.id == key).values(broken=reason))


def put_neutral(
    session: Session, key: int, neutral: dict[str, Any], replaced: Sequence[str]
) -> None:
    """Neutral values where nothing of a row can be read, and in the columns that are replaced."""
    mend(session, Schedule, key, neutral)
    values = {name: neutral[name] for name in replaced}
    session.execute(update(Schedule).where(Schedule.id == key).values(**values))


def remove(session: Session, key: int) -> None:
    """Remove one with its slots; its runs stay, and point to it no more."""
    slots = select(Slot.id).where(Slot.schedule_id == key)
    session.execute(
        update(Execution)
        .where(Execution.slot_id.in_(slots))
        .values(slot_id=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(update(FleetRun).where(FleetRun.schedule_id == key).values(schedule_id=None))
    session.execute(delete(Slot).where(Slot.schedule_id == key))
    session.execute(delete(Schedule).where(Schedule.id == key))


def schedule(session: Session, public_id: str, *, lock: bool = False) -> Schedule | None:
    """One by its public id."""
    query = select(Schedule).where(Schedule.public_id == public_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def schedule_by_name(session: Session, name: str) -> Schedule | None:
    """One by its name."""
    return session.scalars(select(Schedule).where(Schedule.name == name)).first()


def due(session: Session, now: datetime, limit: int = 200) -> Sequence[int]:
    """Keys of enabled schedules whose next slot has come, the longest due first."""
    return session.scalars(
        select(Schedule.id)
        .where(Schedule.enabled, Schedule.broken == "", Schedule.next_slot_at <= now)
        .order_by(Schedule.next_slot_at)
        .limit(limit)
    ).all()


def upcoming(
    session: Session, until: datetime, judge: Judge, limit: int = 50
) -> tuple[list[Schedule], list[Unreadable]]:
    """Enabled schedules due before an instant, soonest first; and those that cannot be read."""
    query = (
        select(Schedule)
        .where(Schedule.enabled, Schedule.next_slot_at <= until)
        .order_by(Schedule.next_slot_at)
        .limit(limit)
    )
    return read_rows(session, query, Schedule, judge)


def insert_slot(session: Session, slot: Slot) -> bool:
    """Insert a slot's row; False when another process was first. Sets the slot's id."""
    values = {
        c.name: getattr(slot, c.name)
        for c in Slot.__table__.columns
        if c.name != "id" and getattr(slot, c.name) is not None
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Slot)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["schedule_id", "slot_at"])
        .returning(Slot.id)
    )
    found = session.scalar(statement)
    if found is None:
        return False
    slot.id = found
    return True


def set_slot_run(session: Session, slot_id: int, fleet_run_id: int) -> None:
    """Tie a slot to the run that it started."""
    session.execute(update(Slot).where(Slot.id == slot_id).values(fleet_run_id=fleet_run_id))


def history(
    session: Session, schedule_id: int, limit: int = 50, offset: int = 0
) -> list[tuple[Slot, FleetRun | None]]:
    """A schedule's slots with their runs, newest first."""
    query = (
        select(Slot, FleetRun)
        .outerjoin(FleetRun, FleetRun.id == Slot.fleet_run_id)
        .where(Slot.schedule_id == schedule_id)
        .order_by(Slot.slot_at.desc())
        .limit(limit)
        .offset(offset)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def under_way_since(session: Session, schedule_id: int, live: Sequence[str]) -> datetime | None:
    """When the oldest run of a schedule that has not ended was started; None without one."""
    return session.scalar(
        select(func.min(FleetRun.created_at))
        .join(Execution, Execution.fleet_run_id == FleetRun.id)
        .where(FleetRun.schedule_id == schedule_id, Execution.state.in_(live))
    )


def states_of_runs(session: Session, fleet_run_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Fleet run key → state → number."""
    query = (
        select(Execution.fleet_run_id, Execution.state, func.count(Execution.id))
        .where(Execution.fleet_run_id.in_(fleet_run_ids))
        .group_by(Execution.fleet_run_id, Execution.state)
    )
    out: dict[int, dict[str, int]] = {}
    for run, state, number in session.execute(query):
        out.setdefault(run, {})[state] = int(number)
    return out

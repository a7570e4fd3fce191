"""Queries on schedules and their slots."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from amc.db.models import Execution, FleetRun, Schedule, Slot


def schedules(session: Session) -> Sequence[Schedule]:
    """All, by name."""
    return session.scalars(select(Schedule).order_by(Schedule.name)).all()


def schedule(session: Session, public_id: str, *, lock: bool = False) -> Schedule | None:
    """One by its public id."""
    query = select(Schedule).where(Schedule.public_id == public_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def schedule_by_name(session: Session, name: str) -> Schedule | None:
    """One by its name."""
    return session.scalars(select(Schedule).where(Schedule.name == name)).first()


def due(session: Session, now: datetime, limit: int = 200) -> Sequence[str]:
    """Public ids of enabled schedules whose next slot has come, the longest due first."""
    return session.scalars(
        select(Schedule.public_id)
        .where(Schedule.enabled, Schedule.broken == "", Schedule.next_slot_at <= now)
        .order_by(Schedule.next_slot_at)
        .limit(limit)
    ).all()


def upcoming(session: Session, until: datetime, limit: int = 50) -> Sequence[Schedule]:
    """Enabled schedules due before an instant, soonest first."""
    return session.scalars(
        select(Schedule)
        .where(Schedule.enabled, Schedule.next_slot_at <= until)
        .order_by(Schedule.next_slot_at)
        .limit(limit)
    ).all()


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


def live_runs(session: Session, schedule_id: int, live: Sequence[str]) -> int:
    """How many executions of a schedule have not ended."""
    return int(
        session.scalar(
            select(func.count(Execution.id))
            .join(FleetRun, FleetRun.id == Execution.fleet_run_id)
            .where(FleetRun.schedule_id == schedule_id, Execution.state.in_(live))
        )
        or 0
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

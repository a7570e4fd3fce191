"""Queries on fleet runs and executions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from amc.db.models import (
    Account,
    Execution,
    ExecutionEvent,
    FleetRun,
    Instance,
    PublishedWorkflow,
)
from amc.db.reading import Unreadable, blames_row, loaded_or_stand_in, read_rows, stand_in_for
from amc.log import get_logger

log = get_logger(__name__)

AT_AMAZON = ("SUBMITTING", "PENDING", "RUNNING", "PUBLISHING")
POLLED = ("PENDING", "RUNNING", "PUBLISHING")
WORKED_ON = ("SUBMITTING", "DOWNLOADING", "INGESTING")
FINAL = ("READY", "FAILED", "REJECTED", "CANCELLED")
# The longest that a step is put off.
LONGEST_WAIT = timedelta(hours=1)
LIVE = ("QUEUED", *AT_AMAZON, "DOWNLOADING", "INGESTING")


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """What a list of executions is narrowed to; empty means all."""

    states: tuple[str, ...] = ()
    instance_ids: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    fleet_run: str = ""
    schedule_id: int | None = None
    text: str = ""
    created_by: str = ""
    since: datetime | None = None
    until: datetime | None = None
    # Instances that the person who asks may see; None for all.
    within: frozenset[str] | None = None


def _joined(within: frozenset[str] | None = None) -> Any:
    query = (
        select(Execution, Instance, Account, FleetRun)
        .join(Instance, Instance.id == Execution.instance_id)
        .join(Account, Account.id == Instance.account_id)
        .join(FleetRun, FleetRun.id == Execution.fleet_run_id)
    )
    return query if within is None else query.where(Instance.instance_id.in_(within))


def _narrowed(query: Any, chosen: ExecutionFilter) -> Any:
    if chosen.states:
        query = query.where(Execution.state.in_(chosen.states))
    if chosen.instance_ids:
        query = query.where(Instance.instance_id.in_(chosen.instance_ids))
    if chosen.templates:
        query = query.where(Execution.template.in_(chosen.templates))
    if chosen.fleet_run:
        query = query.where(FleetRun.public_id == chosen.fleet_run)
    if chosen.schedule_id is not None:
        query = query.where(FleetRun.schedule_id == chosen.schedule_id)
    if chosen.created_by:
        query = query.where(FleetRun.created_by == chosen.created_by)
    if chosen.since:
        query = query.where(Execution.created_at >= chosen.since)
    if chosen.until:
        query = query.where(Execution.created_at < chosen.until)
    if chosen.text:
        wanted = chosen.text.lower()
        query = query.where(
            or_(
                func.lower(FleetRun.title).contains(wanted, autoescape=True),
                func.lower(Instance.name).contains(wanted, autoescape=True),
                Instance.instance_id.contains(wanted, autoescape=True),
                Execution.public_id.contains(wanted, autoescape=True),
                Execution.template.contains(wanted, autoescape=True),
            )
        )
    return query


Joined = tuple[Execution, Instance, Account, FleetRun]


def listed(
    session: Session, chosen: ExecutionFilter, *, limit: int = 50, offset: int = 0
) -> list[Joined]:
    """A page of executions, newest first."""
    query = _narrowed(_joined(chosen.within), chosen).order_by(
        Execution.created_at.desc(), Execution.id.desc()
    )
    return _readable(session, query.limit(limit).offset(offset))


def _readable(session: Session, query: Any) -> list[Joined]:
    """Rows with their surroundings; one that cannot be read says so as its reason."""

    def stand_in(found: Unreadable) -> Joined:
        log.warning("execution cannot be read", execution=found.public_id, reason=found.reason)
        row = stand_in_for(session, Execution, found.key)
        row.reason = f"This execution cannot be shown or carried on as a whole: {found.reason}."
        instance = loaded_or_stand_in(session, Instance, row.instance_id)
        account = loaded_or_stand_in(session, Account, instance.account_id)
        return row, instance, account, loaded_or_stand_in(session, FleetRun, row.fleet_run_id)

    rows, _ = read_rows(session, query, Execution, stand_in=stand_in)
    return rows


def count(session: Session, chosen: ExecutionFilter) -> int:
    """How many match."""
    inner = _narrowed(_joined(chosen.within), chosen).with_only_columns(func.count(Execution.id))
    return int(session.scalar(inner) or 0)


def one(session: Session, public_id: str) -> Joined | None:
    """One by its public id, with its surroundings."""
    rows = _readable(session, _joined().where(Execution.public_id == public_id))
    return rows[0] if rows else None


def row(session: Session, public_id: str, *, lock: bool = False) -> Execution | None:
    """One by its public id, alone; locked until the transaction ends when asked."""
    query = select(Execution).where(Execution.public_id == public_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def events(session: Session, execution_id: int) -> Sequence[ExecutionEvent]:
    """The timeline of an execution."""
    return session.scalars(
        select(ExecutionEvent)
        .where(ExecutionEvent.execution_id == execution_id)
        .order_by(ExecutionEvent.id)
    ).all()


def counts_by_state(
    session: Session, since: datetime | None = None, within: frozenset[str] | None = None
) -> dict[str, int]:
    """State → number; live ones always, final ones since an instant; of some instances."""
    query = select(Execution.state, func.count(Execution.id)).group_by(Execution.state)
    if within is not None:
        query = query.join(Instance, Instance.id == Execution.instance_id).where(
            Instance.instance_id.in_(within)
        )
    if since:
        query = query.where(or_(Execution.state.in_(LIVE), Execution.created_at >= since))
    return {state: int(number) for state, number in session.execute(query)}


def live_on_instance(session: Session, instance_key: int) -> int:
    """How many of ours hold a place at Amazon on one instance."""
    return int(
        session.scalar(
            select(func.count(Execution.id)).where(
                Execution.instance_id == instance_key, Execution.state.in_(AT_AMAZON)
            )
        )
        or 0
    )


def live_on_account(session: Session, account_id: int) -> int:
    """How many of ours hold a place at Amazon on one account."""
    return int(
        session.scalar(
            select(func.count(Execution.id))
            .join(Instance, Instance.id == Execution.instance_id)
            .where(Instance.account_id == account_id, Execution.state.in_(AT_AMAZON))
        )
        or 0
    )


def queued_on(session: Session, instance_key: int, limit: int) -> Sequence[Execution]:
    """The next ones to go: interactive before schedules before backfill, then by age."""
    query = (
        select(Execution)
        .where(Execution.instance_id == instance_key, Execution.state == "QUEUED")
        .order_by(Execution.priority, Execution.id)
        .with_for_update()
    )
    rows, unreadable = read_rows(session, query.limit(limit), Execution)
    if unreadable:  # they never take the place of those that can go
        rows, _ = read_rows(session, query, Execution)
    return rows[:limit]


def instances_with_queue(session: Session) -> Sequence[int]:
    """Keys of instances on which something waits."""
    return session.scalars(
        select(Execution.instance_id).where(Execution.state == "QUEUED").distinct()
    ).all()


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    # Nothing is put off for longer, so a step further away was written by a clock that was wrong.
    return or_(Execution.next_step_at <= now, Execution.next_step_at > now + LONGEST_WAIT)


def overdue(session: Session, now: datetime, limit: int = 200) -> Sequence[Execution]:
    """Those whose step should have ended by now: nobody works on them any more."""
    query = (
        select(Execution)
        .where(Execution.state.in_(WORKED_ON), _is_overdue(now))
        .order_by(Execution.next_step_at)
        .with_for_update(skip_locked=True)
    )
    rows, unreadable = read_rows(session, query.limit(limit), Execution)
    if unreadable:
        rows, _ = read_rows(session, query.limit(limit + 10 * len(unreadable)), Execution)
    return rows[:limit]


def overdue_ids(session: Session, now: datetime, limit: int = 200) -> Sequence[str]:
    """As `overdue`, only the public ids and without locks."""
    return session.scalars(
        select(Execution.public_id)
        .where(Execution.state.in_(WORKED_ON), _is_overdue(now))
        .limit(limit)
    ).all()


@dataclass(frozen=True, slots=True)
class PollState:
    """What the poller has to know about one instance."""

    instance_key: int
    oldest_submitted_at: datetime
    youngest_submitted_at: datetime
    polled_at: datetime | None
    cancelling: int


def poll_states(session: Session) -> list[PollState]:
    """One row for each instance that has executions at Amazon."""
    sent_at = func.coalesce(Execution.submitted_at, Execution.created_at)
    query = (
        select(
            Execution.instance_id,
            func.min(sent_at),
            func.max(sent_at),
            func.max(Execution.polled_at),
            func.sum(case((Execution.cancel_requested_at.is_not(None), 1), else_=0)),
        )
        .where(Execution.state.in_(POLLED))
        .group_by(Execution.instance_id)
    )
    try:
        return [PollState(*found) for found in session.execute(query)]
    except Exception as exc:
        if not blames_row(exc):
            raise
    waiting = select(Execution.instance_id).where(Execution.state.in_(POLLED)).distinct()
    found = {key: polled_rows(session, key) for key in session.scalars(waiting).all()}
    return [_poll_state(key, rows) for key, rows in found.items() if rows]


def _poll_state(instance_key: int, rows: Sequence[Execution]) -> PollState:
    """As `poll_states`, from the rows that can be read."""
    sent_at = [row.submitted_at or row.created_at for row in rows]
    return PollState(
        instance_key,
        min(sent_at),
        max(sent_at),
        max((row.polled_at for row in rows if row.polled_at), default=None),
        sum(row.cancel_requested_at is not None for row in rows),
    )


def polled_rows(session: Session, instance_key: int, *, lock: bool = False) -> Sequence[Execution]:
    """Those at Amazon on one instance; with `lock` nobody else changes them meanwhile."""
    query = (
        select(Execution)
        .where(Execution.instance_id == instance_key, Execution.state.in_(POLLED))
        .order_by(Execution.id)
    )
    rows, _ = read_rows(session, query.with_for_update() if lock else query, Execution)
    return rows


def claimed_ids(session: Session, instance_key: int, amc_ids: Iterable[str]) -> set[str]:
    """Which of Amazon's execution ids belong to a row of ours already."""
    return set(
        session.scalars(
            select(Execution.amc_execution_id).where(
                Execution.instance_id == instance_key,
                Execution.amc_execution_id.in_(list(amc_ids)),
            )
        )
    )


def published(session: Session, instance_key: int, workflow_id: str) -> PublishedWorkflow | None:
    """Whether a text of ours stands on an instance."""
    return session.scalars(
        select(PublishedWorkflow).where(
            PublishedWorkflow.instance_id == instance_key,
            PublishedWorkflow.amc_workflow_id == workflow_id,
        )
    ).first()


def stale_published(
    session: Session, before: datetime, limit: int = 20
) -> Sequence[tuple[PublishedWorkflow, Instance]]:
    """Published texts that nothing has used for long and nothing live needs."""
    in_use = (
        select(Execution.id)
        .where(
            Execution.instance_id == PublishedWorkflow.instance_id,
            Execution.amc_workflow_id == PublishedWorkflow.amc_workflow_id,
            Execution.state.in_(LIVE),
        )
        .exists()
    )
    query = (
        select(PublishedWorkflow, Instance)
        .join(Instance, Instance.id == PublishedWorkflow.instance_id)
        .where(and_(PublishedWorkflow.last_used_at < before, ~in_use))
        .limit(limit)
    )
    return [(found[0], found[1]) for found in session.execute(query)]


def fleet_run(session: Session, public_id: str) -> FleetRun | None:
    """One by its public id."""
    return session.scalars(select(FleetRun).where(FleetRun.public_id == public_id)).first()


def fleet_run_by_key(session: Session, request_key: str) -> FleetRun | None:
    """The run that a request made before, if the same request comes again."""
    return session.scalars(select(FleetRun).where(FleetRun.request_key == request_key)).first()


def of_fleet_run(session: Session, fleet_run_id: int) -> list[Joined]:
    """All executions of a run, in the order they were made."""
    query = _joined().where(Execution.fleet_run_id == fleet_run_id).order_by(Execution.id)
    return _readable(session, query)


def last_ready_by_instance(session: Session) -> dict[str, datetime]:
    """Instance id → when its latest result arrived."""
    query = (
        select(Instance.instance_id, func.max(Execution.finished_at))
        .join(Instance, Instance.id == Execution.instance_id)
        .where(Execution.state == "READY")
        .group_by(Instance.instance_id)
    )
    return {key: at for key, at in session.execute(query) if at is not None}


def forget_published(session: Session, key: int) -> None:
    """A text of ours does not stand at Amazon any more."""
    row = session.get(PublishedWorkflow, key)
    if row is not None:
        session.delete(row)

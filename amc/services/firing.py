"""Slots that have come: each accounted for once, the ones that run with their executions."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Schedule, Slot
from amc.db.repos import executions as execution_repo
from amc.db.repos import schedules as repo
from amc.errors import AmcError, ApiError, MissingError, SetupError, UsageError
from amc.log import get_logger
from amc.services.executions import ExecutionsService, RunRequest
from amc.services.schedules_model import SlotPlan, plan
from amc.services.scheduling.judging import judge, shape
from amc.services.scheduling.owners import passed_over, refuse_suspended, suspended
from amc.services.scheduling.retries import Retries
from amc.services.scheduling.turns import Turns, given_up, in_turn
from amc.services.scope import Reach, Scoped, scope_of
from amc.timing.cron import next_slots, parse_cron, slots_between
from amc.timing.window import WindowRule, slot_window

log = get_logger(__name__)

MOST_SLOTS_AT_ONCE = 20_000


class Firing(Scoped):
    """The scheduler's part of schedules."""

    _database: Database
    _clock: Clock
    _executions: ExecutionsService
    _retries: Retries

    def fire_due(self, limit: int = 200) -> int:
        """Account for all slots that have come; how many slots were made. The scheduler's tick.

        Raises:
            FiringError: schedules could not be fired and are tried again; the others have fired.
        """
        with self._database.read() as session:
            # Those that are tried again are the longest due: they never take the others' places.
            due = repo.due(session, self._clock.now(), limit + len(self._retries))
            self._retries.keep_only(due)
            names = {key: repo.name_of(session, key) for key in due if self._retries.is_due(key)}
        made = sum(self._fire_one(key, name) for key, name in names.items())
        self._retries.tell()
        return made

    def _fire_one(self, key: int, name: str) -> int:
        """One schedule, in one transaction; an error of any kind stays inside it."""
        made = 0
        with self._retries.kept(key, name):
            try:
                made = self._fire(key)
            except AmcError as exc:
                if exc.transient or isinstance(exc, SetupError | ApiError):
                    raise
                self._set_aside(key, str(exc))
        return made

    def _fire(self, key: int) -> int:
        with self._database.read() as session:
            rows, broken = repo.judged(session, key, judge)
        if broken:
            raise UsageError(broken[0].reason)
        if not rows:
            return 0  # removed meanwhile
        self._learn(rows[0])
        with self._database.write() as session:
            row = self._one(session, rows[0].public_id, lock=True)
            return self._account_for(session, row, self._clock.now())

    def _set_aside(self, key: int, reason: str) -> None:
        """Marked and shown; nothing else of it is changed, so that a person can mend it."""
        log.error("schedule cannot fire", action="schedule.broken", key=key, reason=reason)
        with self._database.write() as session:
            repo.set_aside(session, key, reason)

    def set_aside_unreadable(self) -> int:
        """Mark the rows that cannot be used though no slot of theirs is due; how many.

        A next slot that cannot be read never comes, and nobody would be told.
        """
        with self._database.read() as session:
            _, broken = repo.schedules(session, judge)
        fresh = [one for one in broken if not one.known.get("broken")]
        for one in fresh:
            self._set_aside(one.key, one.reason)
        return len(fresh)

    def _learn(self, row: Schedule) -> None:
        """Ask what the instances have where nobody did, before the transaction of the slots."""
        if row.template:
            with suppress(UsageError, MissingError):  # told by the slot itself
                targets = row.targets.get("instances", []), row.targets.get("set", "")
                self._executions.learn(*targets)

    def _account_for(
        self, session: Session, row: Schedule, now: datetime, *, waits: bool = True
    ) -> int:
        """A verdict for every slot up to now; those whose turn comes later wait without one."""
        cron, zone = parse_cron(row.cron), row.zone
        slots = slots_between(cron, zone, row.accounted_until, now, MOST_SLOTS_AT_ONCE)
        slots = [slot for slot in slots if slot > row.accounted_until]
        plans = plan(
            slots,
            now=now,
            missed=row.missed,  # type: ignore[arg-type]
            catch_up=timedelta(seconds=row.catch_up_limit_s),
        )
        if reason := suspended(session, row.created_by):
            plans = passed_over(slots, reason)
        turns = self._turns(session, row, plans) if row.overlap == "skip" else Turns(plans)
        waiting = turns.waiting_from
        decided = turns.plans
        if waiting is not None and not waits:
            decided = [*decided, *given_up([p for p in plans if p.slot_at >= waiting])]
            waiting = None
        made = sum(self._insert(session, row, planned) for planned in decided)
        accounted = [slot for slot in slots if waiting is None or slot < waiting]
        if accounted:
            row.accounted_until = accounted[-1]
        row.next_slot_at = waiting or first(
            next_slots(cron, zone, max(row.accounted_until, now), 1)
        )
        return made

    def _turns(self, session: Session, row: Schedule, plans: list[SlotPlan]) -> Turns:
        since = repo.under_way_since(session, row.id, execution_repo.LIVE)
        return in_turn(plans, missed=row.missed, under_way_since=since)  # type: ignore[arg-type]

    def _insert(self, session: Session, row: Schedule, planned: SlotPlan) -> int:
        slot = Slot(
            schedule_id=row.id,
            slot_at=planned.slot_at,
            until_at=planned.until_at,
            count=planned.count,
            verdict=planned.verdict,
            reason=planned.reason,
            targets=[],
            schedule_version=row.version,
            fired_at=self._clock.now(),
        )
        if not repo.insert_slot(session, slot):
            return 0  # another scheduler was first
        if planned.fires:
            self._start(session, row, slot)
        return 1

    def _start(self, session: Session, row: Schedule, slot: Slot) -> None:
        stored = session.get_one(Slot, slot.id)
        if not self._covers(Reach(scope_of(session, row.created_by), session), row):
            stored.verdict = "failed"
            stored.reason = (
                f"The rights of {row.created_by}, who made the schedule, do not cover all of its "
                "instances any more. Change the instances, or the rights."
            )
            return
        try:
            request = self._request(row, slot.slot_at, kind="schedule")
            prepared = self._executions.prepare(request)
        except AmcError as exc:
            if exc.transient:
                raise
            stored.verdict, stored.reason = "failed", str(exc)
            return
        refused = [t.refusal for t in prepared.targets if t.refusal is not None]
        if len(refused) == len(prepared.targets):
            stored.verdict, stored.reason = "failed", refused[0].message
            return
        run = self._executions.insert(
            session, request, prepared, actor=row.created_by, schedule_id=row.id, slot_id=slot.id
        )
        stored.fleet_run_id = run
        stored.targets = list(request.instance_ids)

    def run_now(self, actor: str, schedule_id: str, *, request_key: str | None = None) -> str:
        """Run it once as if its slot were now; gives the fleet run's id. No slot is used up.

        Raises:
            UsageError: it is suspended, since its owner may not run it any more.
        """
        with self._database.read() as session:
            row = self._one(session, schedule_id)
            refuse_suspended(session, row.created_by)
        at = self._clock.now()
        run = self._executions.submit(
            self._request(row, at, kind="interactive", request_key=request_key), actor
        )
        return run.id

    def backfill(
        self, actor: str, schedule_id: str, start: datetime, end: datetime, *, most: int = 400
    ) -> list[str]:
        """Run the slots of a past span at the lowest priority; gives the fleet runs' ids.

        Slots that ran already are left alone.

        Raises:
            UsageError: the span holds no slot, or more than `most`; it is suspended.
        """
        with self._database.read() as session:
            row = self._one(session, schedule_id)
            refuse_suspended(session, row.created_by)
        slots = slots_between(parse_cron(row.cron), row.zone, start, end, most + 1)
        if not slots:
            raise UsageError("There is no slot in this span.")
        if len(slots) > most:
            raise UsageError(f"The span holds more than {most} slots.", hint="Choose less.")
        return [run for slot in slots if (run := self._fire_past(actor, row, slot))]

    def _fire_past(self, actor: str, row: Schedule, slot: datetime) -> str | None:
        request = self._request(
            row, slot, kind="backfill", request_key=f"backfill:{row.public_id}:{slot.isoformat()}"
        )
        return self._executions.submit(request, actor).id

    def _one(self, session: Session, schedule_id: str, *, lock: bool = False) -> Schedule:
        """A schedule's row.

        Raises:
            MissingError: no such schedule, or one of its instances is out of reach.
            UsageError: its row cannot be read.
        """
        row = self._readable(session, schedule_id, lock=lock)
        if row is None or not self._covers(Reach(self._scope, session), row):
            raise MissingError(f"There is no schedule {schedule_id}.")
        return row

    def _readable(self, session: Session, schedule_id: str, *, lock: bool) -> Schedule | None:
        key = repo.key_of(session, schedule_id)
        if key is None:
            return None
        _, broken = repo.judged(session, key, shape)
        if broken and self._scope.is_limited:
            return None  # nobody can say what it reaches
        if broken:
            raise UsageError(
                f"The schedule {schedule_id} cannot be used: {broken[0].reason}.",
                hint="Change it on its page, or remove it.",
            )
        return repo.schedule(session, schedule_id, lock=lock)

    def _covers(self, reach: Reach, row: Schedule) -> bool:
        return reach.covers_all(row.targets.get("instances", []), row.targets.get("set", ""))

    def _request(
        self, row: Schedule, at: datetime, *, kind: str, request_key: str | None = None
    ) -> RunRequest:
        offset = timedelta(seconds=row.offset_s)
        rule = WindowRule.parse(row.window_rule)
        window = (
            rule.window(at, row.zone, offset)
            if kind == "interactive"
            else slot_window(rule, parse_cron(row.cron), row.zone, at, offset)
        )
        return RunRequest(
            sql=row.sql if not row.template else "",
            template=row.template,
            parameters=dict(row.parameters or {}),
            window=window,
            window_rule=row.window_rule,
            instance_ids=self._executions.resolve_targets(
                row.targets.get("instances", []), row.targets.get("set", "")
            ),
            title=row.name,
            kind=kind,
            request_key=request_key,
            leave_out=None,  # the others of a set run, at a slot, at once and afterwards
        )


def first(slots: list[datetime]) -> datetime | None:
    """The first of them, if there is one."""
    return slots[0] if slots else None

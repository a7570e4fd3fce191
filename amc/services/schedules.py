"""CRON reports: kept, fired slot by slot, every slot accounted for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.clock import Clock, parse_clock
from amc.db.engine import Database
from amc.db.models import Schedule, Slot
from amc.db.repos import executions as execution_repo
from amc.db.repos import schedules as repo
from amc.errors import AmcError, MissingError, StaleError, UsageError
from amc.log import get_logger
from amc.services.audit import AuditService
from amc.services.executions import ExecutionsService, RunRequest
from amc.services.schedules_model import SlotPlan, plan
from amc.settings import Settings
from amc.timing.cron import Cron, next_slots, parse_cron, slots_between
from amc.timing.window import WindowRule, slot_window
from amc.timing.zones import load_zone

log = get_logger(__name__)

MISSED = ("skip", "latest", "all")
OVERLAP = ("skip", "allow")
_MOST_SLOTS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """What a person says of a schedule."""

    name: str
    cron: str
    zone: str
    window_rule: str
    sql: str = ""
    template: str = ""
    parameters: Mapping[str, Any] | None = None
    instance_ids: tuple[str, ...] = ()
    instance_set: str = ""
    offset_s: int = 48 * 3600
    missed: str = "latest"
    catch_up_limit_s: int = 24 * 3600
    overlap: str = "skip"


@dataclass(frozen=True, slots=True)
class NextSlot:
    """A coming slot with the window that it will read."""

    slot_at: datetime
    local: str
    window: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule as shown."""

    id: str
    name: str
    cron: str
    words: str
    zone: str
    window_rule: str
    offset_s: int
    template: str
    sql: str
    parameters: dict[str, Any]
    instance_ids: list[str]
    instance_set: str
    missed: str
    catch_up_limit_s: int
    overlap: str
    enabled: bool
    broken: str
    next_slot_at: datetime | None
    created_by: str
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot and what became of it."""

    slot_at: datetime
    until_at: datetime | None
    count: int
    verdict: str
    reason: str
    fired_at: datetime
    fleet_run_id: str | None
    states: dict[str, int]


def coming_slots(
    cron: str, zone: str, start: datetime, count: int, window_rule: str, offset: timedelta
) -> list[NextSlot]:
    """The coming slots of a rule, with the window that each will read.

    Raises:
        CronError, WindowError: the rule, the window rule or the zone is wrong.
    """
    rule = WindowRule.parse(window_rule) if window_rule else None
    parsed, where = parse_cron(cron), load_zone(zone)
    return [
        NextSlot(
            slot,
            slot.astimezone(where).isoformat(),
            slot_window(rule, parsed, zone, slot, offset).as_dict() if rule else None,
        )
        for slot in next_slots(parsed, zone, start, count)
    ]


def preview_slots(
    settings: Settings,
    cron: str,
    zone: str,
    *,
    start: datetime | None,
    count: int,
    window_rule: str,
) -> list[NextSlot]:
    """`coming_slots` without a database, for the shell."""
    begin = start or parse_clock(settings.clock).now()
    offset = timedelta(seconds=settings.data_offset_s)
    return coming_slots(cron, zone, begin, count, window_rule, offset)


class SchedulesService:
    """Schedules and their slots."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditService,
        executions: ExecutionsService,
    ) -> None:
        """Keep the parts."""
        self._database, self._clock = database, clock
        self._audit, self._executions = audit, executions

    # Looking

    def all(self) -> list[ScheduleView]:
        """Every schedule, by name."""
        with self._database.read() as session:
            return [_view(row) for row in repo.schedules(session)]

    def get(self, schedule_id: str) -> ScheduleView:
        """One schedule.

        Raises:
            MissingError: no such schedule.
        """
        with self._database.read() as session:
            return _view(_one(session, schedule_id))

    def upcoming(self, hours: int = 24, limit: int = 50) -> list[ScheduleView]:
        """Schedules due within so many hours, soonest first."""
        until = self._clock.now() + timedelta(hours=hours)
        with self._database.read() as session:
            return [_view(row) for row in repo.upcoming(session, until, limit)]

    def history(self, schedule_id: str, limit: int = 50, offset: int = 0) -> list[SlotView]:
        """What became of a schedule's slots, newest first.

        Raises:
            MissingError: no such schedule.
        """
        with self._database.read() as session:
            row = _one(session, schedule_id)
            found = repo.history(session, row.id, limit, offset)
            states = repo.states_of_runs(session, [r.id for _, r in found if r])
            return [
                SlotView(
                    s.slot_at,
                    s.until_at,
                    s.count,
                    s.verdict,
                    s.reason,
                    s.fired_at,
                    r.public_id if r else None,
                    states.get(r.id, {}) if r else {},
                )
                for s, r in found
            ]

    def next_slots(
        self,
        cron: str,
        zone: str,
        *,
        start: datetime | None = None,
        count: int = 10,
        window_rule: str = "",
        offset_s: int = 48 * 3600,
    ) -> list[NextSlot]:
        """The coming slots of a rule, with the window that each will read.

        Raises:
            CronError, WindowError, UsageError: the rule, the window rule or the zone is wrong.
        """
        return coming_slots(
            cron, zone, start or self._clock.now(), count, window_rule, timedelta(seconds=offset_s)
        )

    def describe(self, cron: str) -> str:
        """A rule in plain words.

        Raises:
            CronError: the rule is wrong.
        """
        return parse_cron(cron).describe()

    # Changing

    def create(self, actor: str, draft: ScheduleDraft) -> ScheduleView:
        """Keep a new schedule; its first slot is the next one from now.

        Raises:
            AmcError: a part of it is wrong; nothing is kept then.
        """
        cron, zone = self._check(actor, draft)
        now = self._clock.now()
        with self._database.write() as session:
            if repo.schedule_by_name(session, draft.name.strip()):
                raise UsageError(
                    f"There is a schedule '{draft.name.strip()}' already.",
                    hint="Choose another name.",
                )
            row = Schedule(
                public_id=ids.mint(ids.SCHEDULE),
                created_by=actor,
                created_at=now,
                updated_at=now,
                accounted_until=now,
                enabled=True,
                broken="",
                version=1,
                name="",
                cron="",
                zone="",
                window_rule="",
                sql="",
                targets={},
            )
            _fill(row, draft)
            row.next_slot_at = _first(next_slots(cron, zone, now, 1))
            session.add(row)
            session.flush()
            self._audit.record(session, actor, "schedule.create", row.public_id, None, _plain(row))
            return _view(row)

    def update(
        self, actor: str, schedule_id: str, draft: ScheduleDraft, version: int
    ) -> ScheduleView:
        """Change a schedule; the next slot that fires uses the new form wholly.

        Raises:
            StaleError: somebody else changed it since `version`.
            AmcError: a part of it is wrong; nothing is changed then.
        """
        cron, zone = self._check(actor, draft)
        now = self._clock.now()
        with self._database.write() as session:
            row = _one(session, schedule_id, lock=True)
            if row.version != version:
                raise StaleError
            other = repo.schedule_by_name(session, draft.name.strip())
            if other is not None and other.id != row.id:
                raise UsageError(
                    f"There is a schedule '{draft.name.strip()}' already.",
                    hint="Choose another name.",
                )
            before = _plain(row)
            if row.cron != cron.text or row.zone != zone:
                # The old rule's slots up to now are its own; the new rule begins now.
                self._account_for(session, row, now)
                row.accounted_until = now
            _fill(row, draft)
            row.broken, row.updated_at = "", now
            row.version += 1
            row.next_slot_at = _first(next_slots(cron, zone, max(now, row.accounted_until), 1))
            self._audit.record(
                session, actor, "schedule.update", row.public_id, before, _plain(row)
            )
            return _view(row)

    def pause(self, actor: str, schedule_id: str) -> ScheduleView:
        """Stop firing; the slots that pass meanwhile are told as paused."""
        return self._switch(actor, schedule_id, on=False)

    def resume(self, actor: str, schedule_id: str) -> ScheduleView:
        """Fire again from the next slot on."""
        return self._switch(actor, schedule_id, on=True)

    def remove(self, actor: str, schedule_id: str) -> None:
        """Remove a schedule; its runs and results stay."""
        with self._database.write() as session:
            row = _one(session, schedule_id, lock=True)
            self._audit.record(session, actor, "schedule.remove", row.public_id, _plain(row), None)
            session.delete(row)

    def run_now(self, actor: str, schedule_id: str, *, request_key: str | None = None) -> str:
        """Run it once as if its slot were now; gives the fleet run's id. No slot is used up."""
        with self._database.read() as session:
            row = _one(session, schedule_id)
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
            UsageError: the span holds no slot, or more than `most`.
        """
        with self._database.read() as session:
            row = _one(session, schedule_id)
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

    # Firing

    def fire_due(self, limit: int = 200) -> int:
        """Account for all slots that have come; how many slots were made. The scheduler's tick."""
        with self._database.read() as session:
            due = repo.due(session, self._clock.now(), limit)
        return sum(self._fire_one(schedule_id) for schedule_id in due)

    def _fire_one(self, schedule_id: str) -> int:
        """One schedule, in one transaction; what is wrong with it never stops the others."""
        try:
            with self._database.write() as session:
                row = _one(session, schedule_id, lock=True)
                return self._account_for(session, row, self._clock.now())
        except AmcError as exc:
            if exc.transient:
                raise
            reason = str(exc)
        except (ValueError, TypeError, KeyError) as exc:
            reason = f"its stored form cannot be read ({type(exc).__name__})"
        log.error(
            "schedule cannot fire", action="schedule.broken", schedule=schedule_id, reason=reason
        )
        with self._database.write() as session:
            # Set aside and shown; nothing of it is changed, so that a person can mend it.
            _one(session, schedule_id, lock=True).broken = reason
        return 0

    def _account_for(self, session: Session, row: Schedule, now: datetime) -> int:
        cron, zone = parse_cron(row.cron), row.zone
        slots = slots_between(cron, zone, row.accounted_until, now, _MOST_SLOTS_AT_ONCE)
        slots = [slot for slot in slots if slot > row.accounted_until]
        overlapping = row.overlap == "skip" and bool(
            repo.live_runs(session, row.id, execution_repo.LIVE)
        )
        plans = plan(
            slots,
            now=now,
            missed=row.missed,  # type: ignore[arg-type]
            catch_up=timedelta(seconds=row.catch_up_limit_s),
            overlapping=overlapping,
        )
        made = sum(self._insert(session, row, planned) for planned in plans)
        if slots:
            row.accounted_until = slots[-1]
        row.next_slot_at = _first(next_slots(cron, zone, max(row.accounted_until, now), 1))
        return made

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
        try:
            request = self._request(row, slot.slot_at, kind="schedule")
            prepared = self._executions.prepare(request)
        except AmcError as exc:
            if exc.transient:
                raise
            stored.verdict, stored.reason = "failed", str(exc)
            return
        run = self._executions.insert(
            session, request, prepared, actor=row.created_by, schedule_id=row.id, slot_id=slot.id
        )
        stored.fleet_run_id = run
        stored.targets = list(request.instance_ids)

    def _switch(self, actor: str, schedule_id: str, *, on: bool) -> ScheduleView:
        now = self._clock.now()
        with self._database.write() as session:
            row = _one(session, schedule_id, lock=True)
            if row.enabled == on:
                return _view(row)
            cron, zone = parse_cron(row.cron), row.zone
            if on:
                passed = slots_between(cron, zone, row.accounted_until, now, _MOST_SLOTS_AT_ONCE)
                passed = [slot for slot in passed if slot > row.accounted_until]
                if passed:
                    self._insert(
                        session,
                        row,
                        SlotPlan(
                            passed[0],
                            passed[-1] if len(passed) > 1 else None,
                            len(passed),
                            "paused",
                            "the schedule was paused",
                        ),
                    )
            else:
                self._account_for(session, row, now)
            row.accounted_until = now
            row.enabled, row.paused_at = on, None if on else now
            row.next_slot_at = _first(next_slots(cron, zone, now, 1)) if on else None
            self._audit.record(
                session,
                actor,
                "schedule.resume" if on else "schedule.pause",
                row.public_id,
                None,
                None,
            )
            return _view(row)

    # Parts

    def _check(self, actor: str, draft: ScheduleDraft) -> tuple[Cron, str]:
        if not draft.name.strip():
            raise UsageError("A schedule needs a name.")
        if draft.missed not in MISSED or draft.overlap not in OVERLAP:
            raise UsageError(
                f"Missed is one of {', '.join(MISSED)}; overlap of {', '.join(OVERLAP)}."
            )
        cron = parse_cron(draft.cron)
        load_zone(draft.zone)
        probe = Schedule(
            public_id="",
            created_by=actor,
            sql="",
            targets={},
            name="",
            cron="",
            zone="",
            window_rule="",
        )
        _fill(probe, draft)
        # Everything that could fail at three in the morning fails now.
        self._executions.prepare(self._request(probe, self._clock.now(), kind="interactive"))
        return cron, draft.zone

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
        )


def _one(session: Session, schedule_id: str, *, lock: bool = False) -> Schedule:
    row = repo.schedule(session, schedule_id, lock=lock)
    if row is None:
        raise MissingError(f"There is no schedule {schedule_id}.")
    return row


def _fill(row: Schedule, draft: ScheduleDraft) -> None:
    row.name, row.cron, row.zone = draft.name.strip(), " ".join(draft.cron.split()), draft.zone
    row.window_rule, row.offset_s = draft.window_rule, draft.offset_s
    row.template, row.sql = draft.template, draft.sql
    row.parameters = dict(draft.parameters or {})
    row.targets = {"instances": list(draft.instance_ids), "set": draft.instance_set}
    row.missed, row.overlap = draft.missed, draft.overlap
    row.catch_up_limit_s = draft.catch_up_limit_s


def _first(slots: list[datetime]) -> datetime | None:
    return slots[0] if slots else None


def _view(row: Schedule) -> ScheduleView:
    try:
        words = parse_cron(row.cron).describe()
    except AmcError as exc:
        words = str(exc)
    return ScheduleView(
        row.public_id,
        row.name,
        row.cron,
        words,
        row.zone,
        row.window_rule,
        row.offset_s,
        row.template,
        row.sql,
        dict(row.parameters or {}),
        list(row.targets.get("instances", [])),
        row.targets.get("set", ""),
        row.missed,
        row.catch_up_limit_s,
        row.overlap,
        row.enabled,
        row.broken,
        row.next_slot_at,
        row.created_by,
        row.created_at,
        row.version,
    )


def _plain(row: Schedule) -> dict[str, Any]:
    names = (
        "name",
        "cron",
        "zone",
        "window_rule",
        "template",
        "sql",
        "parameters",
        "targets",
        "missed",
        "overlap",
        "offset_s",
        "catch_up_limit_s",
    )
    return {name: getattr(row, name) for name in names}

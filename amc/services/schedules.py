"""CRON reports: kept, looked at, paused, run at once; `Firing` accounts for their slots."""

from datetime import datetime, timedelta

from amc import ids
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Schedule
from amc.db.repos import schedules as repo
from amc.errors import StaleError, UsageError
from amc.services.audit import AuditService
from amc.services.executions import ExecutionsService
from amc.services.firing import first
from amc.services.forecast import AtRisk
from amc.services.schedule_views import (
    NextSlot,
    ScheduleDraft,
    ScheduleView,
    SlotView,
    coming_slots,
    fill,
    plain,
    preview_slots,
    schedule_view,
)
from amc.services.scheduling.judging import broken_view, shape
from amc.services.scheduling.retries import Retries
from amc.services.scheduling.taking_over import TakingOver, with_suspension
from amc.services.scope import Reach
from amc.timing.cron import Cron, next_slots, parse_cron
from amc.timing.zones import load_zone

MISSED = ("skip", "latest", "all")
OVERLAP = ("skip", "allow")
# What the columns hold.
_LONGEST_NAME = 200
_LONGEST_CRON = 120

__all__ = [
    "MISSED",
    "OVERLAP",
    "AtRisk",
    "NextSlot",
    "ScheduleDraft",
    "ScheduleView",
    "SchedulesService",
    "SlotView",
    "coming_slots",
    "preview_slots",
]


class SchedulesService(TakingOver):
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
        self._retries = Retries(clock)
        self._seen: dict[str, object] = {}

    # Looking

    def all(self) -> list[ScheduleView]:
        """Every schedule, by name; one whose row cannot be read as broken, with the reason."""
        with self._database.read() as session:
            rows, unreadable = repo.schedules(session, shape)
            reach = Reach(self._scope, session)
            found = [schedule_view(r) for r in rows if self._covers(reach, r)]
            if reach.allowed is None:
                found += [broken_view(one) for one in unreadable]
            found = with_suspension(session, found)
        return sorted(found, key=lambda one: one.name) if unreadable else found

    def get(self, schedule_id: str) -> ScheduleView:
        """One schedule.

        Raises:
            MissingError: no such schedule.
        """
        with self._database.read() as session:
            key = repo.key_of(session, schedule_id)
            _, broken = repo.judged(session, key, shape) if key is not None else ([], [])
            if broken and not self._scope.is_limited:
                return broken_view(broken[0])
            [view] = with_suspension(session, [schedule_view(self._one(session, schedule_id))])
            return view

    def of_owner(self, name: str) -> list[ScheduleView]:
        """The schedules in reach that a person owns, by name: suspended with the person."""
        return [row for row in self.all() if row.created_by == name]

    def upcoming(self, hours: int = 24, limit: int = 50) -> list[ScheduleView]:
        """Schedules due within so many hours, soonest first; none that is suspended."""
        until = self._clock.now() + timedelta(hours=hours)
        with self._database.read() as session:
            reach = Reach(self._scope, session)
            most = limit if reach.allowed is None else 10_000
            rows, _ = repo.upcoming(session, until, shape, most)
            found = with_suspension(
                session, [schedule_view(r) for r in rows if self._covers(reach, r)]
            )
            return [row for row in found if not row.suspended][:limit]

    def history(self, schedule_id: str, limit: int = 50, offset: int = 0) -> list[SlotView]:
        """What became of a schedule's slots, newest first.

        Raises:
            MissingError: no such schedule.
        """
        with self._database.read() as session:
            row = self._one(session, schedule_id)
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
            fill(row, draft)
            row.next_slot_at = first(next_slots(cron, zone, now, 1))
            session.add(row)
            session.flush()
            self._audit.record(session, actor, "schedule.create", row.public_id, None, plain(row))
            return schedule_view(row)

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
            self._readable_again(session, schedule_id)
            row = self._one(session, schedule_id, lock=True)
            if row.version != version:
                raise StaleError
            other = repo.schedule_by_name(session, draft.name.strip())
            if other is not None and other.id != row.id:
                raise UsageError(
                    f"There is a schedule '{draft.name.strip()}' already.",
                    hint="Choose another name.",
                )
            before = plain(row)
            if row.broken:
                self._account_for_broken(session, row, now)
            elif row.cron != cron.text or row.zone != zone:
                # The old rule's slots up to now are its own; the new rule begins now.
                self._account_for(session, row, now, waits=False)
                row.accounted_until = now
            fill(row, draft)
            row.broken, row.updated_at = "", now
            row.version += 1
            row.next_slot_at = first(next_slots(cron, zone, max(now, row.accounted_until), 1))
            self._audit.record(session, actor, "schedule.update", row.public_id, before, plain(row))
            return schedule_view(row)

    def pause(self, actor: str, schedule_id: str) -> ScheduleView:
        """Stop firing; the slots that pass meanwhile are told as paused."""
        return self._switch(actor, schedule_id, on=False)

    def resume(self, actor: str, schedule_id: str) -> ScheduleView:
        """Fire again from the next slot on."""
        return self._switch(actor, schedule_id, on=True)

    def remove(self, actor: str, schedule_id: str) -> None:
        """Remove a schedule; its runs and results stay."""
        with self._database.write() as session:
            key = repo.key_of(session, schedule_id)
            _, broken = repo.judged(session, key, shape) if key is not None else ([], [])
            if key is None or not broken or self._scope.is_limited:
                row = self._one(session, schedule_id, lock=True)
                key, before = row.id, plain(row)
            else:
                before = {"name": broken[0].name, "broken": broken[0].reason}
            self._audit.record(session, actor, "schedule.remove", schedule_id, before, None)
            repo.remove(session, key)

    def _switch(self, actor: str, schedule_id: str, *, on: bool) -> ScheduleView:
        now = self._clock.now()
        with self._database.write() as session:
            row = self._one(session, schedule_id, lock=True)
            if row.enabled == on:
                return schedule_view(row)
            cron, zone = parse_cron(row.cron), row.zone
            if on:
                self._tell_passed(session, row, now, "paused", "the schedule was paused")
                row.accounted_until = now
            else:
                # What waits for its turn is told when the schedule goes on.
                self._account_for(session, row, now)
            row.enabled, row.paused_at = on, None if on else now
            row.next_slot_at = first(next_slots(cron, zone, now, 1)) if on else None
            self._audit.record(
                session,
                actor,
                "schedule.resume" if on else "schedule.pause",
                row.public_id,
                None,
                None,
            )
            return schedule_view(row)

    # Parts

    def _check(self, actor: str, draft: ScheduleDraft) -> tuple[Cron, str]:
        if not draft.name.strip():
            raise UsageError("A schedule needs a name.")
        if len(draft.name.strip()) > _LONGEST_NAME:
            raise UsageError(f"A schedule's name has at most {_LONGEST_NAME} characters.")
        if len(draft.cron) > _LONGEST_CRON:
            raise UsageError(f"A schedule's CRON rule has at most {_LONGEST_CRON} characters.")
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
        fill(probe, draft)
        # Everything that could fail at three in the morning fails now.
        self._executions.check(self._request(probe, self._clock.now(), kind="interactive"))
        return cron, draft.zone

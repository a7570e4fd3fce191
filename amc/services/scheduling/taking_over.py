"""Schedules that get another owner: those of a person who left go on under an administrator."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from amc.services.audit import AuditService
from amc.services.firing import first
from amc.services.schedule_views import ScheduleView, schedule_view
from amc.services.scheduling.mending import Mending
from amc.services.scheduling.owners import suspended
from amc.timing.cron import next_slots, parse_cron


class TakingOver(Mending):
    """The part of schedules that knows whose they are."""

    _audit: AuditService

    def take_over(self, actor: str, schedule_id: str) -> ScheduleView:
        """Own a schedule from now on: it runs under the rights of its new owner.

        What passed while it was suspended is told and not run afterwards; it goes on with its next
        slot. A slot that is due and not suspended fires under the new owner.

        Raises:
            MissingError, UsageError: no such schedule, or its row cannot be read.
        """
        now = self._clock.now()
        with self._database.write() as session:
            row = self._one(session, schedule_id, lock=True)
            before = row.created_by
            if before == actor:
                return schedule_view(row)
            reason = suspended(session, before)
            if reason and row.enabled and not row.broken:
                self._tell_passed(session, row, now, "paused", reason)
                row.accounted_until = now
                slots = next_slots(parse_cron(row.cron), row.zone, now, 1)
                row.next_slot_at = first(slots)
            row.created_by, row.updated_at = actor, now
            row.version += 1
            self._audit.record(
                session,
                actor,
                "schedule.take_over",
                row.public_id,
                {"owner": before},
                {"owner": actor},
            )
            return schedule_view(row)


def with_suspension(session: Session, views: Iterable[ScheduleView]) -> list[ScheduleView]:
    """The same, each with why it is suspended; every owner is asked about once."""
    known: dict[str, str] = {}
    found = []
    for view in views:
        if view.created_by not in known:
            known[view.created_by] = suspended(session, view.created_by)
        found.append(replace(view, suspended=known[view.created_by]))
    return found

"""Schedules that go on after they stood still: paused, set aside, or not readable at all."""

from datetime import datetime

from sqlalchemy.orm import Session

from amc.db.models import Schedule
from amc.db.repos import schedules as repo
from amc.services.firing import MOST_SLOTS_AT_ONCE
from amc.services.forecast import Forecast
from amc.services.schedules_model import SlotPlan, Verdict
from amc.services.scheduling.judging import NEUTRAL, NEVER, REPLACED, judge, shape
from amc.timing.cron import parse_cron, slots_between


class Mending(Forecast):
    """The part of schedules that tells what passed, and makes rows usable again."""

    def _tell_passed(
        self, session: Session, row: Schedule, now: datetime, verdict: Verdict, reason: str
    ) -> None:
        """One verdict for all slots up to now, however many passed."""
        cron = parse_cron(row.cron)
        while passed := [
            slot
            for slot in slots_between(cron, row.zone, row.accounted_until, now, MOST_SLOTS_AT_ONCE)
            if slot > row.accounted_until
        ]:
            until = passed[-1] if len(passed) > 1 else None
            self._insert(session, row, SlotPlan(passed[0], until, len(passed), verdict, reason))
            row.accounted_until = passed[-1]

    def _account_for_broken(self, session: Session, row: Schedule, now: datetime) -> None:
        """The slots that passed while it was set aside; nobody can say those of a broken rule."""
        if row.enabled and not judge(row) and row.accounted_until > NEVER:
            reason = f"the schedule was set aside: {row.broken}"
            self._tell_passed(session, row, now, "failed", reason)
        row.accounted_until = now

    def _readable_again(self, session: Session, schedule_id: str) -> None:
        """Before a change: neutral values where nothing can be read."""
        key = repo.key_of(session, schedule_id)
        _, broken = repo.judged(session, key, shape) if key is not None else ([], [])
        if key is not None and broken and not self._scope.is_limited:
            repo.put_neutral(session, key, NEUTRAL, REPLACED)

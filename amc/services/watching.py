"""Watching the logins: what a person should do, what depends on them, what fails tonight."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from amc.clock import Clock
from amc.db.crypto import Sealer
from amc.db.engine import Database
from amc.db.models import Account, Schedule
from amc.db.repos import fleet as repo
from amc.db.repos import schedules as schedule_repo
from amc.errors import KeyFileError, MissingError
from amc.log import get_logger
from amc.services.connection_views import Announcement, Dependents, connection_view
from amc.services.instances import InstancesService
from amc.services.scheduling.judging import shape
from amc.services.serving import in_order
from amc.services.views import ConnectionView

log = get_logger(__name__)

_TONIGHT = timedelta(hours=24)
_URGENT_DAYS = 7


class Watching:
    """The part of connections that looks ahead."""

    _database: Database
    _clock: Clock
    _sealer: Sealer
    _instances: InstancesService

    def all(self) -> list[ConnectionView]:
        """Every connection, oldest first."""
        now = self._clock.now()
        with self._database.read() as session:
            return [connection_view(session, row, now) for row in repo.connections(session)]

    def get(self, connection_id: str) -> ConnectionView:
        """One connection, by its id or its label.

        Raises:
            MissingError: no such connection.
        """
        for found in self.all():
            if connection_id in (found.connection_id, found.label):
                return found
        raise MissingError(f"There is no connection '{connection_id}'.")

    def key_problem(self) -> KeyFileError | None:
        """Why no login can be used at all: the encryption key is missing or wrong."""
        return self._sealer.problem

    def announcements(self) -> list[Announcement]:
        """What a person should know or do about connections, the urgent first.

        Each names the schedules that will fail within 24 hours if nothing is done.
        """
        problem = self.key_problem()
        if problem is not None:
            tonight = self._failing(None)
            return [
                Announcement(
                    "",
                    urgent=True,
                    message=problem.message,
                    hint=problem.hint,
                    schedules=tonight,
                )
            ]
        now = self._clock.now()
        found = [one for row in self.all() if (one := self._announced(row, now)) is not None]
        return sorted(found, key=lambda one: not one.urgent)

    def _announced(self, row: ConnectionView, now: datetime) -> Announcement | None:
        if row.state == "needs_person":
            return Announcement(
                row.connection_id,
                urgent=True,
                message=f"{row.label} needs a person: {row.state_reason}",
                hint="Reconnect it under Settings, Connections.",
                schedules=self._failing(row.connection_id),
            )
        if row.state == "retrying":
            return Announcement(
                row.connection_id,
                urgent=False,
                message=f"{row.label} is tried again: {row.state_reason}",
                hint="Nothing is to be done: it comes back by itself when Amazon answers.",
            )
        if row.ends_soon:
            left = row.expires_at - now
            when = f"in {left.days} days" if left.days > 0 else "now"
            ends_tonight = left <= _TONIGHT
            return Announcement(
                row.connection_id,
                urgent=left.days <= _URGENT_DAYS,
                message=f"The consent of {row.label} ends {when} ({row.expires_at:%Y-%m-%d}).",
                hint="Reconnect it under Settings, Connections, before that.",
                schedules=self._failing(row.connection_id) if ends_tonight else [],
            )
        return None

    def _failing(self, connection_id: str | None) -> list[str]:
        """The schedules due within 24 hours that this login alone serves; all when None."""
        until = self._clock.now() + _TONIGHT
        with self._database.read() as session:
            due = [
                row
                for row in schedule_repo.schedules(session, shape)[0]
                if row.enabled and row.next_slot_at is not None and row.next_slot_at <= until
            ]
            if connection_id is not None and due:
                _, unserved = self._left_behind(session, connection_id, working=True)
                instances = set(self._instances_of(session, unserved).values())
                due = [row for row in due if self._targets(row) & instances]
            return [row.name for row in due]

    def dependents(self, connection_id: str) -> Dependents:
        """What depends on a connection: to be shown before it is removed.

        Raises:
            MissingError: no such connection.
        """
        found = self.get(connection_id)
        with self._database.read() as session:
            taken_over, unserved = self._left_behind(session, found.connection_id)
            instances = self._instances_of(session, unserved)
            running = repo.live_executions_on(session, instances)
            names = [
                row.name
                for row in schedule_repo.schedules(session, shape)[0]
                if self._targets(row) & set(instances.values())
            ]
        return Dependents(taken_over, [a.name for a in unserved], len(instances), names, running)

    def _left_behind(
        self, session: Session, connection_id: str, *, working: bool = False
    ) -> tuple[dict[str, str], list[Account]]:
        """Without this login: account name → label of who takes over, and who is unserved.

        Args:
            session: to look with.
            connection_id: the login that is thought away.
            working: count on those only that need no person themselves.
        """
        taken_over: dict[str, str] = {}
        unserved = []
        for account in repo.accounts(session):
            logins = in_order(session, account)
            if connection_id not in [c.public_id for c in logins]:
                continue
            rest = [
                c
                for c in logins
                if c.public_id != connection_id and not (working and c.state == "needs_person")
            ]
            if rest:
                taken_over[account.name] = rest[0].label
            else:
                unserved.append(account)
        return taken_over, unserved

    def _instances_of(self, session: Session, accounts: list[Account]) -> dict[int, str]:
        keys = {a.id for a in accounts}
        return {i.id: i.instance_id for i, a in repo.instances(session) if a.id in keys}

    def _targets(self, row: Schedule) -> set[str]:
        chosen = row.targets.get("instances")
        found = {str(i) for i in chosen} if isinstance(chosen, list) else set()
        name = str(row.targets.get("set") or "")
        if name:
            try:
                found |= set(self._instances.members(name))
            except MissingError:
                log.info("set is gone", action="connection.dependents", set=name)
        return found

"""Which schedules will fail at their next slot if nothing is done; nothing here asks Amazon.

What would be sent is prepared as the slot would prepare it, so the same reasons come out. The
answer is kept in memory as long as nothing that it was made from is different.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from amc.db.models import Schedule
from amc.db.repos import fleet, people
from amc.db.repos import schedules as repo
from amc.errors import AmcError
from amc.services.access import TO_DO
from amc.services.firing import Firing
from amc.services.preparing import Prepared
from amc.services.scheduling.judging import shape
from amc.services.scheduling.owners import SUSPENDED_HINT, suspended
from amc.services.scope import Reach, scope_of
from amc.services.serving import in_order

_CHANGE = "Leave the instance out of the schedule, or change what it runs."
_MEND = "Change the schedule, or remove it."
_RECONNECT = "Reconnect the Amazon login under Settings, Connections."


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A schedule that will fail, why, and the one thing to do.

    Attributes:
        slot_at: when it is due; None for one that was set aside and is due no more.
        instances: how many of its instances are concerned; 0 for all.
    """

    schedule_id: str
    name: str
    slot_at: datetime | None
    reason: str
    to_do: str
    instances: int = 0


class Forecast(Firing):
    """The part of schedules that looks ahead."""

    _seen: dict[str, object]

    def at_risk(self, hours: int = 24) -> list[AtRisk]:
        """The schedules in reach that will fail within so many hours, the soonest first.

        A connection that needs a person, an instance that is gone or lets us in no more, a data
        source that is missing, a template or rights that do not fit any more.
        """
        until = self._clock.now() + timedelta(hours=hours)
        with self._database.read() as session:
            known_rows, unreadable = repo.schedules(session, shape)
            rows = [r for r in known_rows if _concerned(r, until)]
            mark = (hours, _mark(session, rows))
            if self._seen.get("mark") != mark:
                found = [(row.public_id, self._risks(session, row)) for row in rows]
                # One assignment: another thread reads either the old or the new answer.
                self._seen.update({"mark": mark, "found": dict(found)})
            reach = Reach(self._scope, session)
            known: dict[str, list[AtRisk]] = self._seen["found"]  # type: ignore[assignment]
            risks = [
                risk
                for row in rows
                if self._covers(reach, row)
                for risk in known.get(row.public_id, [])
            ]
            if reach.allowed is None:
                risks += [
                    AtRisk(one.public_id, one.name, None, one.reason, _MEND) for one in unreadable
                ]
        return sorted(risks, key=lambda r: (r.slot_at is not None, r.slot_at or until, r.name))

    def _risks(self, session: Session, row: Schedule) -> list[AtRisk]:
        def risk(reason: str, to_do: str, instances: int = 0) -> AtRisk:
            at = None if row.broken else row.next_slot_at
            return AtRisk(row.public_id, row.name, at, reason, to_do, instances)

        if row.broken:
            return [risk(row.broken, _MEND)]
        if reason := suspended(session, row.created_by):
            return [risk(reason, SUSPENDED_HINT)]
        if not self._covers(Reach(scope_of(session, row.created_by), session), row):
            return [
                risk(
                    f"the rights of {row.created_by}, who made it, do not cover its instances",
                    "Change the instances, or the rights.",
                )
            ]
        try:
            request = self._request(row, self._clock.now(), kind="interactive")
            prepared = self._executions.prepare(request)
        except AmcError as exc:
            return [risk(exc.message, exc.hint or "Change the schedule.")]
        errors = [f for f in prepared.findings if f.severity == "error"]
        if errors:
            return [risk(f"its SQL has an error: {errors[0].message}", "Mend the SQL.")]
        logins = _unserved(session, prepared)
        if logins:
            number = sum(
                t.instance.account_id in {account for account, _ in logins}
                for t in prepared.targets
            )
            return [risk(logins[0][1], _RECONNECT, number)]
        problems: dict[tuple[str, str], int] = {}
        for target in prepared.targets:
            if target.problem:
                to_do = TO_DO.get(target.instance.access) or _CHANGE
                key = (target.problem, to_do)
                problems[key] = problems.get(key, 0) + 1
        return [risk(reason, to_do, count) for (reason, to_do), count in problems.items()]


def _concerned(row: Schedule, until: datetime) -> bool:
    due = row.next_slot_at is not None and row.next_slot_at <= until
    return row.enabled and (due or bool(row.broken))


def _unserved(session: Session, prepared: Prepared) -> list[tuple[str, str]]:
    """Accounts that no login can serve as things stand, each with its reason."""
    found = []
    for account_id in dict.fromkeys(t.instance.account_id for t in prepared.targets):
        account = fleet.account(session, account_id)
        logins = in_order(session, account) if account is not None else []
        if any(login.state != "needs_person" for login in logins):
            continue
        why = next((c.state_reason for c in logins if c.state_reason), "")
        name = account.name if account is not None else account_id
        told = f"the Amazon login of {name} needs a person"
        found.append(
            (account_id, (told if logins else f"no Amazon login serves {name}") + _because(why))
        )
    return found


def _because(why: str) -> str:
    return f": {why}" if why else ""


def _mark(session: Session, rows: Sequence[Schedule]) -> tuple[object, ...]:
    """What the answer depends on; equal marks mean the same answer."""
    schedules = tuple((r.public_id, r.version, r.next_slot_at, r.broken) for r in rows)
    if not rows:
        return ()
    instances = tuple(
        (i.instance_id, i.access, i.gone_at, i.active, i.sources_at, i.brand, tuple(i.tags))
        for i, _ in fleet.instances(session, with_gone=True)
    )
    logins = tuple((c.id, c.state) for c in fleet.connections(session))
    persons = tuple((u.name, u.role, u.disabled, repr(u.grants)) for u in people.users(session))
    sets = tuple((s.public_id, s.version) for s in fleet.instance_sets(session))
    accounts = tuple((a.id, a.connection_id) for a in fleet.accounts(session))
    return schedules, instances, logins, sets, accounts, persons

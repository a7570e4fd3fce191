"""Instance sets: named groups, chosen one by one or by a rule."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import InstanceSet
from amc.db.repos import fleet as repo
from amc.errors import AccessDeniedError, MissingError, StaleError, UsageError
from amc.services.audit import AuditService
from amc.services.instance_views import (
    SET_RULE_FIELDS,
    InstanceSetView,
    known_instances,
    rule_members,
    set_members,
    set_view,
)
from amc.services.scope import Scoped


class InstanceSets(Scoped):
    """The part of instances that is about sets."""

    _database: Database
    _clock: Clock
    _audit: AuditService

    def sets(self) -> list[InstanceSetView]:
        """Every instance set, with the members that it has now.

        With limited rights: those that hold an instance in reach, and only these of it.
        """
        with self._database.read() as session:
            known, allowed = known_instances(session), self._scope.instance_ids(session)
            found = [set_view(row, known, allowed) for row in repo.instance_sets(session)]
            return [s for s in found if allowed is None or s.members]

    def members(self, name_or_id: str) -> list[str]:
        """The instances of a set, as it stands now.

        Raises:
            MissingError: no such set.
        """
        for found in self.sets():
            if name_or_id in (found.id, found.name):
                return found.members
        raise MissingError(f"There is no instance set '{name_or_id}'.")

    def rule_members(self, rule: dict[str, Any]) -> list[str]:
        """The instances that a rule would hold now, to be shown while it is written."""
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            found = rule_members(rule, known_instances(session))
            return [i for i in found if allowed is None or i in allowed]

    def save_set(
        self,
        actor: str,
        name: str,
        *,
        members: Iterable[str] = (),
        rule: dict[str, Any] | None = None,
        version: int | None = None,
        set_id: str = "",
    ) -> InstanceSetView:
        """Make or change a set, chosen one by one or by a rule.

        Args:
            actor: who.
            name: unique.
            members: instance ids, when there is no rule.
            rule: any of `brand`, `account_id`, `type`, `region`, `tag`, `has_source`; all must
                hold.
            version: the version that was edited, for a set that exists.
            set_id: of the set that is edited; its name may change then. Without it a set of that
                name is changed, or a new one made.

        Raises:
            UsageError: no name, neither members nor rule, an unknown field, or the name is taken.
            MissingError: an instance, or the set, is unknown.
            StaleError: somebody else changed it.
            AccessDeniedError: the set reaches further than the person's rights.
        """
        name, chosen = name.strip(), list(dict.fromkeys(members))
        rule = {k: v for k, v in (rule or {}).items() if v} or None
        if not name or not (chosen or rule):
            raise UsageError("A set needs a name, and instances or a rule.")
        if len(name) > 120:
            raise UsageError("The name of a set is at most 120 characters long.")
        unknown_fields = sorted(set(rule or ()) - set(SET_RULE_FIELDS))
        if unknown_fields:
            raise UsageError(
                f"A rule cannot ask for '{unknown_fields[0]}'.",
                hint=f"It knows: {', '.join(SET_RULE_FIELDS)}.",
            )
        with self._database.write() as session:
            self._require_instances(session, chosen)
            row = self._row_to_save(session, name, set_id, version, actor)
            before = {"name": row.name, "members": row.members, "rule": row.rule}
            row.name, row.members, row.rule = name, [] if rule else chosen, rule
            row.version += 1
            session.flush()
            after = {"name": name, "members": row.members, "rule": rule}
            self._audit.record(session, actor, "set.save", row.public_id, before, after)
            return set_view(row, known_instances(session), self._scope.instance_ids(session))

    def _require_instances(self, session: Session, chosen: list[str]) -> None:
        known = repo.instances_by_id(session, chosen)
        allowed = self._scope.instance_ids(session)
        for instance_id in chosen:
            if instance_id not in known or (allowed is not None and instance_id not in allowed):
                raise MissingError(f"There is no instance '{instance_id}' here.")

    def _row_to_save(
        self, session: Session, name: str, set_id: str, version: int | None, actor: str
    ) -> InstanceSet:
        row = repo.instance_set(session, set_id or name)
        if row is None and set_id:
            raise MissingError("This set was removed meanwhile.")
        taken = repo.instance_set(session, name)
        if taken is not None and row is not None and taken.id != row.id:
            raise UsageError(f"There is a set '{name}' already.", hint="Choose another name.")
        if row is None:
            self._require_right(session, name, None)
            row = InstanceSet(
                public_id=ids.mint(ids.INSTANCE_SET),
                name=name,
                members=[],
                created_by=actor,
                created_at=self._clock.now(),
                version=0,
            )
            session.add(row)
            return row
        self._require_right(session, name, row)
        if version is not None and row.version != version:
            raise StaleError
        return row

    def _require_right(self, session: Session, name: str, row: InstanceSet | None) -> None:
        """A set that gives rights, or that holds instances out of reach, is not theirs to change.

        Otherwise a person could widen the own rights by widening the set.
        """
        allowed = self._scope.instance_ids(session)
        if allowed is None:
            return
        names = {name} | ({row.name, row.public_id} if row else set())
        members = set_members(row, known_instances(session, with_gone=True)) if row else []
        if names & self._scope.grants.sets or not allowed.issuperset(members):
            raise AccessDeniedError(f"The set '{name}' reaches further than your rights.")

    def remove_set(self, actor: str, name_or_id: str) -> None:
        """Remove a set; its instances stay.

        Raises:
            MissingError: no such set.
            AccessDeniedError: it reaches further than the person's rights.
        """
        with self._database.write() as session:
            row = repo.instance_set(session, name_or_id)
            if row is None:
                raise MissingError(f"There is no instance set '{name_or_id}'.")
            self._require_right(session, row.name, row)
            before = {"name": row.name, "members": row.members, "rule": row.rule}
            self._audit.record(session, actor, "set.remove", row.public_id, before, None)
            session.delete(row)

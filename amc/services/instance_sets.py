"""Instance sets: named groups, chosen one by one or by a rule."""

from collections.abc import Iterable
from typing import Any

from amc import ids
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import InstanceSet
from amc.db.repos import fleet as repo
from amc.errors import MissingError, StaleError, UsageError
from amc.services.audit import AuditService
from amc.services.instance_views import InstanceSetView, available, instance_view, set_view


class InstanceSets:
    """The part of instances that is about sets."""

    _database: Database
    _clock: Clock
    _audit: AuditService

    # Sets

    def sets(self) -> list[InstanceSetView]:
        """Every instance set, with the members that it has now."""
        with self._database.read() as session:
            everything = [instance_view(i, a) for i, a in repo.instances(session)]
            sources = {i.instance_id: available(i.sources) for i, _ in repo.instances(session)}
            return [set_view(row, everything, sources) for row in repo.instance_sets(session)]

    def members(self, name_or_id: str) -> list[str]:
        """The instances of a set, as it stands now.

        Raises:
            MissingError: no such set.
        """
        for found in self.sets():
            if name_or_id in (found.id, found.name):
                return found.members
        raise MissingError(f"There is no instance set '{name_or_id}'.")

    def save_set(
        self,
        actor: str,
        name: str,
        *,
        members: Iterable[str] = (),
        rule: dict[str, Any] | None = None,
        version: int | None = None,
    ) -> InstanceSetView:
        """Make or change a set, chosen one by one or by a rule.

        Args:
            actor: who.
            name: unique.
            members: instance ids, when there is no rule.
            rule: any of `brand`, `account_id`, `type`, `tag`, `has_source`; all must hold.
            version: the version that was edited, for a set that exists.

        Raises:
            UsageError: no name, or neither members nor rule.
            StaleError: somebody else changed it.
        """
        name, chosen = name.strip(), list(dict.fromkeys(members))
        if not name or not (chosen or rule):
            raise UsageError("A set needs a name, and instances or a rule.")
        with self._database.write() as session:
            known = repo.instances_by_id(session, chosen)
            unknown = [i for i in chosen if i not in known]
            if unknown:
                raise MissingError(f"There is no instance '{unknown[0]}' here.")
            row = repo.instance_set(session, name)
            if row is None:
                row = InstanceSet(
                    public_id=ids.mint(ids.INSTANCE_SET),
                    name=name,
                    created_by=actor,
                    created_at=self._clock.now(),
                    version=0,
                )
                session.add(row)
            elif version is not None and row.version != version:
                raise StaleError
            row.members, row.rule = chosen, rule
            row.version += 1
            self._audit.record(
                session, actor, "set.save", name, None, {"members": chosen, "rule": rule}
            )
        return next(s for s in self.sets() if s.name == name)

    def remove_set(self, actor: str, name_or_id: str) -> None:
        """Remove a set; its instances stay.

        Raises:
            MissingError: no such set.
        """
        with self._database.write() as session:
            row = repo.instance_set(session, name_or_id)
            if row is None:
                raise MissingError(f"There is no instance set '{name_or_id}'.")
            self._audit.record(
                session, actor, "set.remove", row.name, {"members": row.members}, None
            )
            session.delete(row)

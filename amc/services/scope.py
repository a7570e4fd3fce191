"""How far a person's rights go: which instances, and with them which runs, schedules and names.

Without limits everything is open: the command line and the scheduler ask that way. A page's
services are narrowed by `within`; what is out of reach is then as if it did not exist.
"""

from collections.abc import Iterable
from copy import copy
from typing import Self

from sqlalchemy.orm import Session

from amc.auth.roles import Grants
from amc.db.repos import fleet as repo
from amc.db.repos import people
from amc.errors import AccessDeniedError
from amc.services.instance_views import known_instances, set_members


class Scope:
    """What the grants of one person cover, asked anew each time: brands and sets change."""

    def __init__(self, grants: Grants | None = None) -> None:
        """Keep the grants; None or unlimited ones mean everything."""
        self.grants = grants or Grants()

    @property
    def is_limited(self) -> bool:
        """Whether anything is out of reach."""
        return self.grants.limited

    def instance_ids(self, session: Session) -> frozenset[str] | None:
        """Ids of the instances in reach, gone ones too; None for all."""
        if not self.is_limited:
            return None
        known = known_instances(session, with_gone=True)
        found = {k.view.instance_id for k in known if k.view.brand in self.grants.brands}
        for row in repo.instance_sets(session):
            if self.grants.covers(sets=(row.name, row.public_id)):
                found.update(set_members(row, known))
        return frozenset(found)

    def brands(self, session: Session) -> frozenset[str] | None:
        """Brands in reach: the granted ones and those of the instances in reach; None for all."""
        allowed = self.instance_ids(session)
        if allowed is None:
            return None
        rows = repo.instances_by_id(session, allowed).values()
        return self.grants.brands | {row.brand for row, _ in rows if row.brand}

    def covers(self, session: Session, instance_id: str) -> bool:
        """Whether one instance is in reach."""
        allowed = self.instance_ids(session)
        return allowed is None or instance_id in allowed

    def refuse_if_limited(self, what: str) -> None:
        """Keep what concerns everybody for those without limits.

        Raises:
            AccessDeniedError: this person's rights are limited.
        """
        if self.is_limited:
            raise AccessDeniedError(f"{what} concerns every instance; your rights are limited.")


class Reach:
    """A scope worked out once, for many questions in one session."""

    def __init__(self, scope: Scope, session: Session) -> None:
        """Work it out."""
        self.allowed = scope.instance_ids(session)
        self._sets: dict[str, list[str]] = {}
        if self.allowed is not None:
            known = known_instances(session, with_gone=True)
            for row in repo.instance_sets(session):
                self._sets[row.name] = self._sets[row.public_id] = set_members(row, known)

    def covers_all(self, instance_ids: Iterable[str], instance_set: str = "") -> bool:
        """Whether every one of these instances, and of the set's, is in reach."""
        if self.allowed is None:
            return True
        wanted = {*instance_ids, *self._sets.get(instance_set, ())}
        return bool(wanted) and self.allowed.issuperset(wanted)


def scope_of(session: Session, user_name: str) -> Scope:
    """The scope of a user; everything for who is no user (the command line, the set-up)."""
    row = people.user_by_name(session, user_name)
    return Scope(Grants.of(row.grants)) if row is not None else EVERYTHING


EVERYTHING = Scope()


class Scoped:
    """A service that may be narrowed to what one person may reach."""

    _scope: Scope = EVERYTHING

    def within(self, scope: Scope) -> Self:
        """This service as far as a scope goes, and with it the services that it asks."""
        narrowed = copy(self)
        narrowed._scope = scope  # noqa: SLF001 - its own kind
        for name, part in vars(self).items():
            if isinstance(part, Scoped):
                setattr(narrowed, name, part.within(scope))
        return narrowed

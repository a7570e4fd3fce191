"""Accounts and instances: what we know of them, and what our users say."""

from collections.abc import Iterable, Sequence
from typing import Any

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.repos import fleet as repo
from amc.errors import AccessDeniedError, MissingError
from amc.services.access import TO_DO
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.instance_sets import InstanceSets
from amc.services.instance_testing import InstanceTesting
from amc.services.instance_views import (
    ChangeView,
    DataSourceView,
    InstanceDetail,
    InstanceSetView,
    Known,
    detail_view,
    instance_view,
    known_of,
)
from amc.services.source_reach import SourceReach, SourceReaches
from amc.services.sync_keeping import change_words
from amc.services.syncing import SyncLook
from amc.services.views import AccountView, InstanceView

__all__ = [
    "ChangeView",
    "DataSourceView",
    "InstanceDetail",
    "InstanceSetView",
    "InstancesService",
    "SourceReach",
    "SyncLook",
]


class InstancesService(InstanceTesting, InstanceSets, SourceReaches):
    """Everything about accounts and instances."""

    def __init__(
        self, database: Database, clock: Clock, audit: AuditService, amazon: Amazon
    ) -> None:
        """Keep the parts."""
        self._database, self._clock = database, clock
        self._audit, self._amazon = audit, amazon

    # Looking

    def all(self, *, with_gone: bool = False) -> list[InstanceView]:
        """Every instance in reach, by account and name."""
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            return [
                instance_view(row, account)
                for row, account in repo.instances(session, with_gone=with_gone)
                if allowed is None or row.instance_id in allowed
            ]

    def get(self, instance_id: str) -> InstanceView:
        """One instance.

        Raises:
            MissingError: there is none in reach.
        """
        return self.get_many([instance_id])[0]

    def get_many(self, instance_ids: Iterable[str]) -> list[InstanceView]:
        """Some instances, in the order of the ids.

        Raises:
            MissingError: one of them is not there, or out of reach.
        """
        wanted = list(instance_ids)
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            found = repo.instances_by_id(session, wanted)
        for instance_id in wanted:
            if instance_id not in found or (allowed is not None and instance_id not in allowed):
                raise MissingError(
                    f"There is no instance '{instance_id}' here.",
                    hint="Sync the instances, or check the id (instances list).",
                )
        return [instance_view(*found[i]) for i in wanted]

    def known(self, instance_ids: Iterable[str] | None = None) -> list[Known]:
        """Instances with what they can be queried for; those in use when none are named.

        Raises:
            MissingError: one of them is not there, or out of reach.
        """
        if instance_ids is None:
            return self._all_known()
        wanted = [view.instance_id for view in self.get_many(instance_ids)]
        with self._database.read() as session:
            found = repo.instances_by_id(session, wanted)
            return [known_of(*found[i]) for i in wanted]

    def detail(self, instance_id: str) -> InstanceDetail:
        """Everything about one instance, beside its data sources and runs.

        Raises:
            MissingError: there is none in reach.
        """
        self.get(instance_id)
        with self._database.read() as session:
            row, account = repo.instances_by_id(session, [instance_id])[instance_id]
            return detail_view(row, account, TO_DO.get(row.access, ""))

    def details(self, instance_id: str) -> dict[str, Any]:
        """What Amazon said of an instance, in its own words.

        Raises:
            MissingError: there is none in reach.
        """
        self.get(instance_id)
        with self._database.read() as session:
            row = repo.instance(session, instance_id)
            return dict(row.details) if row is not None else {}

    def history(self, instance_id: str, limit: int = 50) -> list[ChangeView]:
        """What was different about an instance, newest first.

        Raises:
            MissingError: there is none in reach.
        """
        self.get(instance_id)
        with self._database.read() as session:
            row = repo.instance(session, instance_id)
            return [
                ChangeView(c.at, c.by, c.kind, change_words(c.kind, c.detail))
                for c in (repo.changes(session, row.id, limit) if row is not None else ())
            ]

    def accounts(self) -> list[AccountView]:
        """Every account, with how many instances it has; those with an instance in reach."""
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            count: dict[int, int] = {}
            for row, account in repo.instances(session):
                if allowed is None or row.instance_id in allowed:
                    count[account.id] = count.get(account.id, 0) + 1
            names = {c.id: c.public_id for c in repo.connections(session)}
            return [
                AccountView(
                    a.entity_id,
                    a.name,
                    a.marketplace_id,
                    a.region,
                    names.get(a.connection_id or 0),
                    count.get(a.id, 0),
                )
                for a in repo.accounts(session)
                if allowed is None or a.id in count
            ]

    # What our users say

    def edit(
        self,
        actor: str,
        instance_ids: Iterable[str],
        *,
        tags: Sequence[str] | None = None,
        brand: str | None = None,
        active: bool | None = None,
        favourite: bool | None = None,
        add_tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
    ) -> int:
        """Change what users say of instances; None leaves as it is. Gives how many changed.

        Args:
            actor: who.
            instance_ids: which; all of them or none.
            tags: replaces the tags.
            brand: empty for none.
            active: inactive ones are left out of lists to run on.
            favourite: shown first.
            add_tags: added to those that each has.
            remove_tags: taken away from those that each has.

        Raises:
            MissingError: an instance is not there, or out of reach; nothing is changed then.
            AccessDeniedError: the brand is not one of the person's.
        """
        wanted = [view.instance_id for view in self.get_many(dict.fromkeys(instance_ids))]
        changed = 0
        with self._database.write() as session:
            if brand is not None:
                self._require_brand(brand.strip())
            found = repo.instances_by_id(session, wanted)
            for instance_id in wanted:
                row = found[instance_id][0]
                before = _said(row)
                kept = row.tags if tags is None else tags
                kept = [t.strip() for t in (*kept, *add_tags) if t.strip() not in remove_tags]
                row.tags = list(dict.fromkeys(t for t in kept if t))
                row.brand = row.brand if brand is None else brand.strip()
                row.active = row.active if active is None else active
                row.favourite = row.favourite if favourite is None else favourite
                if before != _said(row):
                    changed += 1
                    self._audit.record(
                        session, actor, "instance.edit", instance_id, before, _said(row)
                    )
        return changed

    def _require_brand(self, brand: str) -> None:
        """Another brand would put the instance into somebody else's hands."""
        if self._scope.is_limited and brand not in self._scope.grants.brands:
            raise AccessDeniedError("You can only give the brands that your rights name.")


def _said(row: Any) -> dict[str, Any]:
    return {
        "tags": list(row.tags),
        "brand": row.brand,
        "active": row.active,
        "favourite": row.favourite,
    }

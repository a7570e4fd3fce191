"""Accounts and instances: what we know of them, and what our users say."""

from collections.abc import Iterable, Sequence
from typing import Any

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.repos import fleet as repo
from amc.errors import MissingError
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.instance_sets import InstanceSets
from amc.services.instance_views import DataSourceView, InstanceSetView, instance_view, source_view
from amc.services.syncing import Syncing
from amc.services.views import AccountView, InstanceView

__all__ = ["DataSourceView", "InstanceSetView", "InstancesService"]


class InstancesService(Syncing, InstanceSets):
    """Everything about accounts and instances."""

    def __init__(
        self, database: Database, clock: Clock, audit: AuditService, amazon: Amazon
    ) -> None:
        """Keep the parts."""
        self._database, self._clock = database, clock
        self._audit, self._amazon = audit, amazon

    # Looking

    def all(self, *, with_gone: bool = False) -> list[InstanceView]:
        """Every instance, by account and name."""
        with self._database.read() as session:
            return [instance_view(i, a) for i, a in repo.instances(session, with_gone=with_gone)]

    def get(self, instance_id: str) -> InstanceView:
        """One instance.

        Raises:
            MissingError: we know no such instance.
        """
        with self._database.read() as session:
            found = repo.instances_by_id(session, [instance_id]).get(instance_id)
        if found is None:
            raise MissingError(
                f"There is no instance '{instance_id}' here.",
                hint="Sync the instances, or check the id (instances list).",
            )
        return instance_view(*found)

    def details(self, instance_id: str) -> dict[str, Any]:
        """What Amazon said of an instance beside what `get` gives."""
        with self._database.read() as session:
            row = repo.instance(session, instance_id)
            return dict(row.details) if row is not None else {}

    def accounts(self) -> list[AccountView]:
        """Every account, with how many instances it has."""
        with self._database.read() as session:
            count: dict[int, int] = {}
            for instance, account in repo.instances(session):
                count[account.id] = count.get(account.id, 0) + (instance.gone_at is None)
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
            ]

    def last_syncs(self, limit: int = 20) -> list[dict[str, Any]]:
        """The latest differences found, newest first."""
        with self._database.read() as session:
            return [
                {"at": row.at, "by": row.by, **row.difference}
                for row in repo.last_syncs(session, limit)
            ]

    # Data sources

    def data_sources(self, instance_id: str, *, refresh: bool = False) -> list[DataSourceView]:
        """The data sources of an instance; asked from Amazon the first time, or on wish.

        Raises:
            MissingError, ApiError: see `get`; Amazon could not be asked.
        """
        self.get(instance_id)
        with self._database.read() as session:
            row = repo.instance(session, instance_id)
            stored = row.sources if row is not None else None
        if stored is None or refresh:
            stored = self.refresh_sources(instance_id)
        return [source_view(item) for item in stored]

    def stored_sources(self, instance_id: str) -> list[DataSourceView] | None:
        """What we know of an instance's data sources, without asking Amazon."""
        with self._database.read() as session:
            row = repo.instance(session, instance_id)
            if row is None or row.sources is None:
                return None
            return [source_view(item) for item in row.sources]

    def refresh_sources(self, instance_id: str) -> list[Any]:
        """Ask Amazon for the data sources of an instance, and keep them.

        Raises:
            ApiError: Amazon could not be asked; what we had stays.
        """
        found = [
            source.to_dict() for source in self._amazon.instance(instance_id).list_data_sources()
        ]
        with self._database.write() as session:
            row = repo.instance(session, instance_id)
            if row is not None:
                row.sources, row.sources_at = found, self._clock.now()
        return found

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
    ) -> None:
        """Change tags, brand, active flag or favourite of instances; None leaves as it is.

        Raises:
            MissingError: an instance is unknown; nothing is changed then.
        """
        wanted = list(instance_ids)
        with self._database.write() as session:
            found = repo.instances_by_id(session, wanted)
            for instance_id in wanted:
                if instance_id not in found:
                    raise MissingError(f"There is no instance '{instance_id}' here.")
                row = found[instance_id][0]
                before = {"tags": list(row.tags), "brand": row.brand, "active": row.active}
                if tags is not None:
                    row.tags = list(dict.fromkeys(t.strip() for t in tags if t.strip()))
                if brand is not None:
                    row.brand = brand.strip()
                if active is not None:
                    row.active = active
                if favourite is not None:
                    row.favourite = favourite
                after = {"tags": list(row.tags), "brand": row.brand, "active": row.active}
                if before != after:
                    self._audit.record(session, actor, "instance.edit", instance_id, before, after)

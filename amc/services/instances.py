"""Accounts, instances, sets: synced from Amazon, told apart from what we had."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.api.wire import AmcAccount, AmcInstance
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Account, Connection, Instance, InstanceSet, SyncRun
from amc.db.repos import fleet as repo
from amc.errors import ApiError, MissingError, StaleError, UsageError
from amc.log import get_logger
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.views import AccountView, InstanceView, SyncDifference, as_json

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DataSourceView:
    """A data source of an instance, as Amazon describes it."""

    name: str
    description: str
    columns: list[dict[str, Any]]
    available: bool
    reason: str
    premium: bool


@dataclass(frozen=True, slots=True)
class InstanceSetView:
    """A named group of instances."""

    id: str
    name: str
    members: list[str]
    rule: dict[str, Any] | None
    version: int


class _OnlyLookedError(Exception):
    """Rolls the transaction of a sync back once its difference is known."""

    def __init__(self, difference: SyncDifference) -> None:
        super().__init__("looked only")
        self.difference = difference


class InstancesService:
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
            return [_view(i, a) for i, a in repo.instances(session, with_gone=with_gone)]

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
        return _view(*found)

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

    # Sync

    def sync(self, actor: str, *, only_look: bool = False) -> SyncDifference:
        """Ask every connection what it sees, and keep it.

        An account that cannot be asked keeps what we had; the others go on.

        Raises:
            MissingError: there is no connection yet.
            ApiError: no connection could be asked at all.
        """
        with self._database.read() as session:
            connections = [(c.id, c.public_id, c.region) for c in repo.connections(session)]
        if not connections:
            raise MissingError(
                "There is no Amazon connection yet.",
                hint="Connect one under Settings, or with: python -m amc connections add",
            )
        seen: dict[str, tuple[AmcAccount, int, str, list[AmcInstance] | ApiError]] = {}
        failed: dict[str, str] = {}
        first_error: ApiError | None = None
        for key, public_id, region in connections:
            try:
                found = self._ask(public_id)
            except ApiError as exc:
                first_error = first_error or exc
                failed[public_id] = exc.message
                continue
            for account, instances in found:
                # The first connection that can list an account serves it.
                known = seen.get(account.account_id)
                if known is None or isinstance(known[3], ApiError):
                    seen[account.account_id] = (account, key, region, instances)
        if first_error is not None and not seen:
            raise first_error
        try:
            return self._keep(actor, seen, failed, only_look=only_look)
        except _OnlyLookedError as looked:
            return looked.difference

    def _ask(self, connection_id: str) -> list[tuple[AmcAccount, list[AmcInstance] | ApiError]]:
        found: list[tuple[AmcAccount, list[AmcInstance] | ApiError]] = []
        for account in self._amazon.discovery(connection_id).list_accounts():
            try:
                instances = list(
                    self._amazon.account(
                        connection_id, account.account_id, account.marketplace_id
                    ).list_instances()
                )
                found.append((account, instances))
            except ApiError as exc:
                found.append((account, exc))
        return found

    def _keep(
        self,
        actor: str,
        seen: dict[str, tuple[AmcAccount, int, str, list[AmcInstance] | ApiError]],
        failed: dict[str, str],
        *,
        only_look: bool,
    ) -> SyncDifference:
        now = self._clock.now()
        diff = SyncDifference(at=now, failed=failed)
        with self._database.write() as session:
            for account, key, region, instances in seen.values():
                row = _put_account(session, account, key, region, now)
                if isinstance(instances, ApiError):
                    diff.failed[account.account_id] = instances.message
                    self._lost(session, row, instances, diff)
                    continue
                self._put_instances(session, row, instances, now, diff)
            total = sum(len(s[3]) for s in seen.values() if not isinstance(s[3], ApiError))
            diff = SyncDifference(
                **{n: getattr(diff, n) for n in SyncDifference.__slots__}
                | {"accounts": len(seen), "instances": total}
            )
            if only_look:
                raise _OnlyLookedError(diff)
            session.add(SyncRun(at=now, by=actor, difference=as_json(diff)))
            self._audit.record(
                session,
                actor,
                "instances.sync",
                "instances",
                None,
                {"new": len(diff.new), "gone": len(diff.gone), "instances": total},
            )
        return diff

    def _lost(
        self, session: Session, account: Account, exc: ApiError, diff: SyncDifference
    ) -> None:
        if exc.transient:
            return
        for row in repo.instances_of_account(session, account.id):
            if row.access == "ok":
                diff.lost_access[row.instance_id] = exc.message
            row.access, row.access_reason = "lost", exc.message

    def _put_instances(
        self,
        session: Session,
        account: Account,
        instances: Sequence[AmcInstance],
        now: datetime,
        diff: SyncDifference,
    ) -> None:
        stored = {r.instance_id: r for r in repo.instances_of_account(session, account.id)}
        for item in instances:
            row = stored.pop(item.instance_id, None)
            if row is None:
                row = repo.instance(session, item.instance_id)
            if row is None:
                row = Instance(
                    instance_id=item.instance_id,
                    account_id=account.id,
                    first_seen_at=now,
                    tags=[],
                    details={},
                    name="",
                    type="",
                    last_seen_at=now,
                )
                session.add(row)
                diff.new.append(item.instance_id)
            else:
                changes = _changes(row, item, account)
                if changes:
                    diff.changed[item.instance_id] = changes
                if row.gone_at is not None:
                    diff.back.append(item.instance_id)
            _fill(row, item, account, now)
        for row in stored.values():
            if row.gone_at is None:
                row.gone_at = now
                diff.gone.append(row.instance_id)

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
        return [_source(item) for item in stored]

    def stored_sources(self, instance_id: str) -> list[DataSourceView] | None:
        """What we know of an instance's data sources, without asking Amazon."""
        with self._database.read() as session:
            row = repo.instance(session, instance_id)
            if row is None or row.sources is None:
                return None
            return [_source(item) for item in row.sources]

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

    # Sets

    def sets(self) -> list[InstanceSetView]:
        """Every instance set, with the members that it has now."""
        with self._database.read() as session:
            everything = [_view(i, a) for i, a in repo.instances(session)]
            sources = {i.instance_id: _available(i.sources) for i, _ in repo.instances(session)}
            return [_set_view(row, everything, sources) for row in repo.instance_sets(session)]

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


def _put_account(
    session: Session, found: AmcAccount, connection_key: int, region: str, now: datetime
) -> Account:
    row = repo.account(session, found.account_id)
    if row is None:
        row = Account(
            entity_id=found.account_id,
            first_seen_at=now,
            name="",
            marketplace_id="",
            region=region,
            last_seen_at=now,
        )
        session.add(row)
    current = session.get(Connection, row.connection_id) if row.connection_id else None
    if current is None or current.state == "needs_person":
        row.connection_id, row.region = connection_key, region
    row.name, row.marketplace_id = found.account_name, found.marketplace_id
    row.last_seen_at = now
    session.flush()
    return row


def _values(item: AmcInstance) -> dict[str, Any]:
    return {
        "name": item.instance_name,
        "type": item.instance_type or "STANDARD",
        "customer_name": item.customer_canonical_name or "",
        "creation_status": item.creation_status or "",
    }


def _changes(row: Instance, item: AmcInstance, account: Account) -> dict[str, list[Any]]:
    changes = {
        name: [getattr(row, name), value]
        for name, value in _values(item).items()
        if getattr(row, name) != value
    }
    if row.account_id != account.id:
        changes["account"] = [row.account_id, account.entity_id]
    return changes


def _fill(row: Instance, item: AmcInstance, account: Account, now: datetime) -> None:
    for name, value in _values(item).items():
        setattr(row, name, value)
    row.account_id, row.last_seen_at, row.gone_at = account.id, now, None
    row.access, row.access_reason = "ok", ""
    row.created_at_amazon = item.creation_datetime
    row.details = item.to_dict()


def _view(row: Instance, account: Account) -> InstanceView:
    return InstanceView(
        row.instance_id,
        row.name,
        row.type,
        account.entity_id,
        account.name,
        account.region,
        account.marketplace_id,
        row.customer_name,
        row.creation_status,
        row.created_at_amazon,
        row.brand,
        list(row.tags),
        row.active,
        row.favourite,
        row.access,
        row.access_reason,
        row.gone_at,
        row.sources_at,
    )


def _source(item: dict[str, Any]) -> DataSourceView:
    channels = item.get("outputChannels") or []
    closed = [c for c in channels if c.get("outputAvailable") is False]
    return DataSourceView(
        name=str(item.get("dataSourceId", "")),
        description=str(item.get("description") or ""),
        columns=list(item.get("columns") or []),
        available=not closed,
        reason=str(closed[0].get("outputUnavailableReason") or "") if closed else "",
        premium=bool(item.get("isPremium")),
    )


def _available(sources: list[Any] | None) -> set[str]:
    return {s.name for s in map(_source, sources or []) if s.available}


def _set_view(
    row: InstanceSet, everything: list[InstanceView], sources: dict[str, set[str]]
) -> InstanceSetView:
    if row.rule:
        rule = dict(row.rule)
        members = [v.instance_id for v in everything if v.active and _fits(v, rule, sources)]
    else:
        there = {v.instance_id for v in everything}
        members = [m for m in row.members if m in there]
    return InstanceSetView(row.public_id, row.name, members, row.rule, row.version)


def _fits(instance: InstanceView, rule: dict[str, Any], sources: dict[str, set[str]]) -> bool:
    there = sources.get(instance.instance_id, set())
    values: dict[str, set[str]] = {
        "brand": {instance.brand},
        "account_id": {instance.account_id},
        "type": {instance.type},
        "tag": set(instance.tags),
        "has_source": there,
    }
    return all(value in values.get(name, set()) for name, value in rule.items() if value)

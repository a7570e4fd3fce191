"""A look at what Amazon has: its difference to what we had, and keeping it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from amc.api.wire import AmcAccount, AmcInstance
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Account, Connection, Instance, SyncRun
from amc.db.repos import fleet as repo
from amc.errors import ApiError, MissingError
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.views import SyncDifference, as_json


class _OnlyLookedError(Exception):
    """Rolls the transaction of a sync back once its difference is known."""

    def __init__(self, difference: SyncDifference) -> None:
        super().__init__("looked only")
        self.difference = difference


class Syncing:
    """The part of instances that asks Amazon what there is."""

    _database: Database
    _clock: Clock
    _audit: AuditService
    _amazon: Amazon

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

"""The difference between what Amazon said and what we have; and writing it down."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from amc.api.regions import check_region, region_of
from amc.api.wire import AmcAccount, AmcInstance
from amc.db.models import Account, Instance, InstanceChange
from amc.db.repos import fleet as repo
from amc.services import serving
from amc.services.access import stays
from amc.services.views import SyncDifference

_NOT_LISTED = "The login does not list the account any more."


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account as a connection sees it; `instances` is None when they could not be listed."""

    account: AmcAccount
    connection: str
    region: str
    instances: list[AmcInstance] | None
    error: str
    state: str


class Keeper:
    """One comparison in one transaction; with `keep` its outcome is written, else only told."""

    def __init__(
        self,
        session: Session,
        actor: str,
        now: datetime,
        accounts: list[FoundAccount],
        *,
        keep: bool,
    ) -> None:
        """Take what was found."""
        self._session, self._actor, self._now, self._keep = session, actor, now, keep
        self._accounts = accounts
        self._connections = {c.public_id: c for c in repo.connections(session)}
        self._listed = {i.instance_id for f in accounts for i in f.instances or ()}
        self._diff = SyncDifference(at=now)

    def run(self, found: dict[str, Any]) -> SyncDifference:
        """Compare, and keep if that is wanted.

        Args:
            found: of a look: `asked` holds the connections that listed their accounts, `failed`
                the others with the reason.
        """
        self._diff.failed.update(found["failed"])
        keys = {name: row.id for name, row in self._connections.items()}
        self._asked = [keys[name] for name in found["asked"] if name in keys]
        self._offers: dict[str, dict[int, str]] = {}
        for said in found["accounts"]:
            if said["connection"] in keys:
                offers = self._offers.setdefault(AmcAccount.read(said["account"]).account_id, {})
                offers[keys[said["connection"]]] = said.get("error", "")
        total = 0
        for one in self._accounts:
            if one.connection not in self._connections:
                self._diff.failed[one.account.account_id] = "Its connection was removed meanwhile."
                continue
            row = self._account(one)
            if one.instances is None:
                self._diff.failed[one.account.account_id] = one.error
                if stays(one.state):  # type: ignore[arg-type]
                    self._lost(row, one.state, one.error)
                continue
            total += len(one.instances)
            self._instances(row, one)
        self._missing_accounts(set(found["asked"]))
        return replace(self._diff, accounts=len(self._accounts), instances=total)

    def _account(self, one: FoundAccount) -> Account | None:
        """The account's row; a new one is only made when things are kept."""
        found = one.account
        row = repo.account(self._session, found.account_id)
        if not self._keep:
            return row
        if row is None:
            row = Account(
                entity_id=found.account_id,
                first_seen_at=self._now,
                name="",
                marketplace_id="",
                region=one.region,
                last_seen_at=self._now,
            )
            self._session.add(row)
        row.region = region_of(found.marketplace_id, default=check_region(one.region))
        row.name, row.marketplace_id = found.account_name, found.marketplace_id
        row.last_seen_at = self._now
        self._session.flush()
        serving.note(self._session, row, self._offers[found.account_id], self._asked, self._now)
        return row

    def _instances(self, account: Account | None, one: FoundAccount) -> None:
        stored = {
            r.instance_id: r
            for r in (repo.instances_of_account(self._session, account.id) if account else ())
        }
        for item in one.instances or ():
            row = stored.pop(item.instance_id, None)
            row = row or repo.instance(self._session, item.instance_id)
            if row is None:
                self._new(item, account)
            else:
                self._known(row, item, one)
                if self._keep and account is not None:
                    _fill(row, item, account, self._now)
        for row in stored.values():
            # One that moved to another account is not gone.
            if row.gone_at is None and row.instance_id not in self._listed:
                self._diff.gone.append(row.instance_id)
                self._write(row, "gone", {})
                if self._keep:
                    row.gone_at = self._now

    def _new(self, item: AmcInstance, account: Account | None) -> None:
        self._diff.new.append(item.instance_id)
        if not self._keep or account is None:
            return
        row = Instance(
            instance_id=item.instance_id,
            account_id=account.id,
            first_seen_at=self._now,
            tags=[],
            details={},
            name="",
            type="",
            last_seen_at=self._now,
        )
        _fill(row, item, account, self._now)
        self._session.add(row)
        self._session.flush()
        self._write(row, "new", {"name": row.name, "type": row.type})

    def _known(self, row: Instance, item: AmcInstance, one: FoundAccount) -> None:
        if row.name != item.instance_name:
            self._diff.renamed[row.instance_id] = [row.name, item.instance_name]
            self._write(row, "renamed", {"from": row.name, "to": item.instance_name})
        changes = _changes(row, item)
        owner = self._session.get_one(Account, row.account_id).entity_id
        if owner != one.account.account_id:
            changes["account"] = [owner, one.account.account_id]
        if changes:
            self._diff.changed[row.instance_id] = changes
            self._write(row, "changed", changes)
        if row.gone_at is not None:
            self._diff.back.append(row.instance_id)
            self._write(row, "back", {})
        # A listing says nothing of terms; the test of the instance does.
        if row.access == "lost":
            self._diff.regained.append(row.instance_id)
            self._write(row, "regained", {})
            if self._keep:
                row.access, row.access_reason = "ok", ""

    def _lost(self, account: Account | None, state: str, reason: str) -> None:
        if account is None or state == "ok":
            return
        for row in repo.instances_of_account(self._session, account.id):
            if row.gone_at is not None:
                continue
            if row.access != state:
                self._diff.lost_access[row.instance_id] = reason
                self._write(row, state, {"reason": reason})
            if self._keep:
                row.access, row.access_reason = state, reason

    def _missing_accounts(self, asked: set[str]) -> None:
        """Accounts that the login which served them has been asked for and does not list."""
        listed = {f.account.account_id for f in self._accounts}
        keys = {c.id: c.public_id for c in self._connections.values()}
        for account in repo.accounts(self._session):
            served_by = keys.get(account.connection_id or 0, "")
            if account.entity_id not in listed and served_by in asked:
                self._lost(account, "lost", _NOT_LISTED)
            if self._keep and account.entity_id not in listed:
                serving.note(self._session, account, {}, self._asked, self._now)

    def _write(self, row: Instance, kind: str, detail: dict[str, Any]) -> None:
        if self._keep:
            note_change(self._session, row, self._now, self._actor, kind, detail)


def note_change(
    session: Session, row: Instance, at: datetime, by: str, kind: str, detail: dict[str, Any]
) -> None:
    """Add a line to an instance's history."""
    session.add(InstanceChange(instance_id=row.id, at=at, by=by, kind=kind, detail=detail))


def change_words(kind: str, detail: dict[str, Any]) -> str:
    """A line of an instance's history in words."""
    if kind == "renamed":
        return f"Renamed from {detail.get('from', '')} to {detail.get('to', '')}"
    if kind == "changed":
        parts = [f"{k.replace('_', ' ')}: {v[0] or '–'} → {v[1] or '–'}" for k, v in detail.items()]
        return "Changed: " + "; ".join(parts)
    if kind == "sources":
        told = (("new", detail.get("new")), ("no longer", detail.get("lost")))
        parts = [f"{word}: {', '.join(names)}" for word, names in told if names]
        return "Data sources, " + "; ".join(parts)
    words = {
        "new": "First seen",
        "gone": "Gone at Amazon",
        "back": "Back again",
        "regained": "Access is back",
        "ok": "Access is back",
        "lost": "No access",
        "terms": "Terms not accepted",
    }
    reason = str(detail.get("reason", ""))
    return words.get(kind, kind) + (f": {reason}" if reason else "")


def _values(item: AmcInstance) -> dict[str, Any]:
    return {
        "type": item.instance_type or "STANDARD",
        "customer_name": item.customer_canonical_name or "",
        "creation_status": item.creation_status or "",
    }


def _changes(row: Instance, item: AmcInstance) -> dict[str, list[Any]]:
    return {
        name: [getattr(row, name), value]
        for name, value in _values(item).items()
        if getattr(row, name) != value
    }


def _fill(row: Instance, item: AmcInstance, account: Account, now: datetime) -> None:
    for name, value in _values(item).items():
        setattr(row, name, value)
    row.name = item.instance_name
    row.account_id, row.last_seen_at, row.gone_at = account.id, now, None
    row.created_at_amazon = item.creation_datetime
    row.details = item.to_dict()

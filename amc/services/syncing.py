"""A look at what Amazon has: first its difference to what we had, then keeping it.

What a look found is stored, so that what is applied is what was shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.api.wire import AmcAccount, AmcInstance
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import SyncRun
from amc.db.repos import fleet as repo
from amc.errors import AmcError, ApiError, KeyFileError, MissingError, UsageError
from amc.services.access import state_of
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.scope import Scoped
from amc.services.sync_keeping import FoundAccount, Keeper
from amc.services.views import SyncDifference, as_json

LOOK_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SyncLook:
    """What a look found; `apply` keeps it as long as it is fresh."""

    id: str
    difference: SyncDifference


class Syncing(Scoped):
    """The part of instances that asks Amazon what there is."""

    _database: Database
    _clock: Clock
    _audit: AuditService
    _amazon: Amazon

    def look(self, actor: str) -> SyncLook:
        """Ask every connection what it sees; nothing is changed yet.

        An account that cannot be asked is told under `failed`; the others go on.

        Raises:
            MissingError: there is no connection yet.
            ApiError, KeyFileError: no connection could be asked at all.
            AccessDeniedError: the person's rights are limited.
        """
        self._scope.refuse_if_limited("Syncing")
        with self._database.read() as session:
            connections = [(c.public_id, c.region) for c in repo.connections(session)]
        if not connections:
            raise MissingError(
                "There is no Amazon connection yet.",
                hint="Connect one under Settings, or with: python -m amc connections add",
            )
        found: dict[str, Any] = {"accounts": [], "asked": [], "failed": {}}
        first_error: AmcError | None = None
        for public_id, region in connections:
            try:
                found["accounts"] += [
                    {"connection": public_id, "region": region, **one}
                    for one in self._ask(public_id)
                ]
                found["asked"].append(public_id)
            except (ApiError, KeyFileError) as exc:
                first_error = first_error or exc
                found["failed"][public_id] = exc.message
        if first_error is not None and not found["asked"]:
            raise first_error
        return self._store_look(actor, found)

    def _ask(self, connection_id: str) -> Iterator[dict[str, Any]]:
        for account in self._amazon.discovery(connection_id).list_accounts():
            try:
                instances = self._amazon.account(
                    connection_id, account.account_id, account.marketplace_id
                ).list_instances()
                yield {
                    "account": account.to_dict(),
                    "instances": [item.to_dict() for item in instances],
                }
            except ApiError as exc:
                yield {"account": account.to_dict(), "error": exc.message, "state": state_of(exc)}

    def _store_look(self, actor: str, found: dict[str, Any]) -> SyncLook:
        now, public_id = self._clock.now(), ids.mint(ids.SYNC)
        with self._database.write() as session:
            repo.forget_looks(session, now - LOOK_LIFE)
            difference = Keeper(session, actor, now, _accounts(found), keep=False).run(found)
            session.add(
                SyncRun(
                    public_id=public_id,
                    at=now,
                    by=actor,
                    difference=as_json(difference),
                    found=found,
                    applied=False,
                )
            )
        return SyncLook(public_id, difference)

    def apply(self, actor: str, look_id: str) -> SyncDifference:
        """Keep what a look found; gives the difference to what we had at this moment.

        Raises:
            MissingError: no such look, or it was applied already.
            UsageError: it is older than an hour.
            AccessDeniedError: the person's rights are limited.
        """
        self._scope.refuse_if_limited("Syncing")
        now = self._clock.now()
        with self._database.write() as session:
            row = repo.sync_run(session, look_id)
            if row is None or row.applied or row.found is None:
                raise MissingError("This look was applied already, or there is none of its id.")
            if now - row.at > LOOK_LIFE:
                raise UsageError("This look is older than an hour.", hint="Look again.")
            difference = Keeper(session, actor, now, _accounts(row.found), keep=True).run(row.found)
            row.applied, row.found, row.at, row.by = True, None, now, actor
            row.difference = as_json(difference)
            self._note(session, actor, difference)
        return difference

    def _note(self, session: Session, actor: str, difference: SyncDifference) -> None:
        after = {
            "new": len(difference.new),
            "gone": len(difference.gone),
            "instances": difference.instances,
        }
        self._audit.record(session, actor, "instances.sync", "instances", None, after)

    def sync(self, actor: str, *, only_look: bool = False) -> SyncDifference:
        """Look and keep at once.

        Raises:
            MissingError, ApiError, AccessDeniedError: see `look`.
        """
        found = self.look(actor)
        return found.difference if only_look else self.apply(actor, found.id)

    def last_syncs(self, limit: int = 20) -> list[dict[str, Any]]:
        """The latest differences that were kept, newest first; of the instances in reach."""
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            rows = repo.last_syncs(session, limit)
            found = [{"at": r.at, "by": r.by, **r.difference} for r in rows]
        if allowed is None:
            return found
        return [{name: _within(value, allowed) for name, value in one.items()} for one in found]


def _within(value: Any, allowed: frozenset[str]) -> Any:
    """Only what concerns instances in reach: lists and dictionaries of a difference name them."""
    if isinstance(value, list):
        return [item for item in value if item in allowed]
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if key in allowed}
    return value


def _accounts(found: dict[str, Any]) -> list[FoundAccount]:
    """What was said of each account; the first connection that can list one serves it."""
    best: dict[str, FoundAccount] = {}
    for one in found["accounts"]:
        account = AmcAccount.read(one["account"])
        listed = one.get("instances")
        said = FoundAccount(
            account,
            one["connection"],
            one["region"],
            None if listed is None else [AmcInstance.read(item) for item in listed],
            one.get("error", ""),
            one.get("state", "ok"),
        )
        known = best.get(account.account_id)
        if known is None or (known.instances is None and said.instances is not None):
            best[account.account_id] = said
    return list(best.values())

"""Which login serves which account, and which takes over when that one fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from amc.db.engine import Database
from amc.db.models import Account, AccountLogin, Connection
from amc.db.repos import fleet as repo
from amc.errors import MissingError, UsageError
from amc.services.audit import AuditService


@dataclass(frozen=True, slots=True)
class AccountServing:
    """An account, the login that its calls go through, and those that would take over.

    Attributes:
        served_by: connection id of the login in service; empty when none is.
        chosen: connection id of the login that would serve if it could.
        takes_over: connection ids of the next ones in order.
        problems: why logins cannot serve it, by connection id.
    """

    account_id: str
    name: str
    marketplace_id: str
    region: str
    instances: int
    served_by: str
    chosen: str
    takes_over: list[str]
    problems: dict[str, str]


def in_order(session: Session, account: Account) -> list[Connection]:
    """The logins that can serve an account: the chosen one, then the others, oldest first."""
    others = [
        login for row, login in repo.logins_of(session, account.id) if not row.problem
    ]  # fmt: skip
    chosen = session.get(Connection, account.connection_id) if account.connection_id else None
    return ([chosen] if chosen else []) + [c for c in others if c is not chosen]


def note(
    session: Session,
    account: Account,
    offers: Mapping[int, str],
    asked: Sequence[int],
    at: datetime,
) -> None:
    """Keep which logins could list an account, and choose the one that serves it.

    Args:
        session: of the caller.
        account: which.
        offers: connection key → what stopped it from listing the instances, empty for nothing.
        asked: keys of all connections that were asked; one that is not among `offers` cannot see
            the account any more. One that could not be asked keeps what we knew.
        at: now.
    """
    known = {row.connection_id: row for row, _ in repo.logins_of(session, account.id)}
    for key in asked:
        row = known.get(key)
        if key not in offers:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = AccountLogin(account_id=account.id, connection_id=key, seen_at=at, problem="")
            session.add(row)
        row.seen_at, row.problem = at, offers[key]
    current = session.get(Connection, account.connection_id) if account.connection_id else None
    lost = account.connection_id in asked and offers.get(account.connection_id or 0, "x") != ""
    able = [key for key in asked if offers.get(key, "x") == ""]
    if able and (current is None or current.state == "needs_person" or lost):
        account.connection_id = able[0]
    elif current is None and offers:
        account.connection_id = next(iter(offers))


class Serving:
    """The part of connections that says who serves what."""

    _database: Database
    _audit: AuditService

    def serving(self) -> list[AccountServing]:
        """Every account with the login that serves it and those that take over."""
        with self._database.read() as session:
            counts: dict[int, int] = {}
            for instance, _ in repo.instances(session):
                counts[instance.account_id] = counts.get(instance.account_id, 0) + 1
            return [_serving(session, a, counts.get(a.id, 0)) for a in repo.accounts(session)]

    def prefer(self, actor: str, account_id: str, connection_id: str) -> None:
        """Choose the login that serves an account; the others take over when it fails.

        Raises:
            MissingError: no such account or connection.
            UsageError: this login cannot see the account.
        """
        with self._database.write() as session:
            account = repo.account(session, account_id)
            login = repo.connection(session, connection_id)
            if account is None or login is None:
                raise MissingError("There is no such account or connection.")
            able = {c.id for c in in_order(session, account)}
            if login.id not in able:
                raise UsageError(
                    f"The login {login.label} cannot see the account {account.name}.",
                    hint="Have it invited in the AMC console, then sync.",
                )
            before = session.get(Connection, account.connection_id or 0)
            self._audit.record(
                session,
                actor,
                "account.prefer",
                account_id,
                {"connection": before.public_id if before else None},
                {"connection": connection_id},
            )
            account.connection_id = login.id


def _serving(session: Session, account: Account, instances: int) -> AccountServing:
    ordered = in_order(session, account)
    fit = [c.public_id for c in ordered if c.state != "needs_person"]
    problems = {c.public_id: c.state_reason for c in ordered if c.state == "needs_person"}
    problems |= {
        login.public_id: row.problem
        for row, login in repo.logins_of(session, account.id)
        if row.problem
    }
    return AccountServing(
        account.entity_id,
        account.name,
        account.marketplace_id,
        account.region,
        instances,
        fit[0] if fit else "",
        ordered[0].public_id if ordered else "",
        fit[1:],
        problems,
    )

"""Queries on connections, accounts, instances and instance sets."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session, defer

from amc.db.models import (
    Account,
    AccountLogin,
    Connection,
    Execution,
    Instance,
    InstanceChange,
    InstanceSet,
    OauthState,
    SyncRun,
)
from amc.db.reading import Unreadable, loaded_or_stand_in, read_rows, shown, stand_in_for
from amc.db.repos.executions import LIVE


def connections(session: Session, *, lock: bool = False) -> Sequence[Connection]:
    """All, oldest first."""
    query = select(Connection).order_by(Connection.id)
    return shown(session, query.with_for_update() if lock else query, Connection)


def connection(session: Session, public_id: str, *, lock: bool = False) -> Connection | None:
    """One by its public id."""
    query = select(Connection).where(Connection.public_id == public_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def connection_by_label(session: Session, label: str) -> Connection | None:
    """One by the label that a person gave it."""
    return session.scalars(select(Connection).where(Connection.label == label)).first()


def accounts(session: Session) -> Sequence[Account]:
    """All, by name."""
    return shown(session, select(Account).order_by(Account.name), Account)


def accounts_of(session: Session, connection_id: int) -> Sequence[Account]:
    """Those that a connection serves."""
    return session.scalars(select(Account).where(Account.connection_id == connection_id)).all()


def account(session: Session, entity_id: str) -> Account | None:
    """One by Amazon's id."""
    return session.scalars(select(Account).where(Account.entity_id == entity_id)).first()


def logins_of(session: Session, account_id: int) -> Sequence[tuple[AccountLogin, Connection]]:
    """The logins that could list an account at the last look, oldest first."""
    query = (
        select(AccountLogin, Connection)
        .join(Connection, Connection.id == AccountLogin.connection_id)
        .where(AccountLogin.account_id == account_id)
        .order_by(Connection.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def accounts_seen_by(session: Session, connection_id: int) -> Sequence[Account]:
    """The accounts that a login could list at the last look, by name."""
    query = (
        select(Account)
        .join(AccountLogin, AccountLogin.account_id == Account.id)
        .where(AccountLogin.connection_id == connection_id)
        .order_by(Account.name)
    )
    return session.scalars(query).all()


def live_executions_on(session: Session, instance_keys: Iterable[int]) -> int:
    """How many executions on these instances have not ended."""
    query = select(func.count()).where(
        Execution.instance_id.in_(list(instance_keys)), Execution.state.in_(LIVE)
    )
    return session.scalar(query) or 0


def instance(session: Session, instance_id: str) -> Instance | None:
    """One by Amazon's id."""
    return session.scalars(select(Instance).where(Instance.instance_id == instance_id)).first()


def instances(session: Session, *, with_gone: bool = False) -> Sequence[tuple[Instance, Account]]:
    """All with their accounts, by account and name.

    Their data sources stay in the database until they are asked for: for 58 instances these are
    megabytes of JSON, and every page lists the instances.
    """
    query = (
        select(Instance, Account)
        .options(defer(Instance.sources), defer(Instance.advertisers))
        .join(Account, Account.id == Instance.account_id)
        .order_by(Account.name, Instance.name, Instance.instance_id)
    )
    if not with_gone:
        query = query.where(Instance.gone_at.is_(None))

    def stand_in(found: Unreadable) -> tuple[Instance, Account]:
        row = stand_in_for(session, Instance, found.key)
        row.access, row.access_reason = "lost", found.reason
        return row, loaded_or_stand_in(session, Account, row.account_id)

    rows, _ = read_rows(session, query, Instance, stand_in=stand_in)
    return rows


def instances_by_id(
    session: Session, instance_ids: Iterable[str]
) -> dict[str, tuple[Instance, Account]]:
    """Those named, also gone ones."""
    query = (
        select(Instance, Account)
        .join(Account, Account.id == Instance.account_id)
        .where(Instance.instance_id.in_(list(instance_ids)))
    )
    return {row[0].instance_id: (row[0], row[1]) for row in session.execute(query)}


def instances_of_account(session: Session, account_id: int) -> Sequence[Instance]:
    """Of one account, also gone ones."""
    return session.scalars(select(Instance).where(Instance.account_id == account_id)).all()


def lock_account_of(session: Session, instance_key: int) -> tuple[Instance, Account]:
    """An instance and its account, locked until the transaction ends (PostgreSQL).

    SQLite's write transactions exclude each other anyway.
    """
    found = session.get_one(Instance, instance_key)
    locked = session.scalars(
        select(Account).where(Account.id == found.account_id).with_for_update()
    ).one()
    return found, locked


def instance_sets(session: Session) -> Sequence[InstanceSet]:
    """All, by name."""
    return shown(session, select(InstanceSet).order_by(InstanceSet.name), InstanceSet)


def instance_set(session: Session, name_or_id: str) -> InstanceSet | None:
    """One by its name or public id."""
    return session.scalars(
        select(InstanceSet).where(
            (InstanceSet.name == name_or_id) | (InstanceSet.public_id == name_or_id)
        )
    ).first()


def last_syncs(session: Session, limit: int = 20) -> Sequence[SyncRun]:
    """The latest looks at Amazon that were kept, newest first."""
    return session.scalars(
        select(SyncRun).where(SyncRun.applied).order_by(SyncRun.at.desc()).limit(limit)
    ).all()


def sync_run(session: Session, public_id: str) -> SyncRun | None:
    """One look by its public id, locked until the transaction ends."""
    return session.scalars(
        select(SyncRun).where(SyncRun.public_id == public_id).with_for_update()
    ).first()


def forget_looks(session: Session, before: datetime) -> None:
    """Remove looks that nobody kept."""
    session.execute(delete(SyncRun).where(SyncRun.applied.is_(False), SyncRun.at < before))


def changes(session: Session, instance_key: int, limit: int = 50) -> Sequence[InstanceChange]:
    """An instance's history, newest first."""
    return session.scalars(
        select(InstanceChange)
        .where(InstanceChange.instance_id == instance_key)
        .order_by(InstanceChange.id.desc())
        .limit(limit)
    ).all()


def instances_to_ask(
    session: Session, before: datetime, retry: datetime, limit: int
) -> Sequence[str]:
    """Ids of instances in use that were asked before an instant, the never asked first.

    Those whose advertisers are not known are asked again when they were asked before `retry`.
    """
    return session.scalars(
        select(Instance.instance_id)
        .join(Account, Account.id == Instance.account_id)
        .join(Connection, Connection.id == Account.connection_id)
        .where(
            Instance.gone_at.is_(None),
            Instance.active,
            Instance.access == "ok",
            Connection.state == "valid",
            or_(
                Instance.checked_at.is_(None),
                Instance.checked_at < before,
                and_(Instance.advertisers_at.is_(None), Instance.checked_at < retry),
            ),
        )
        .order_by(Instance.checked_at.is_not(None), Instance.checked_at, Instance.id)
        .limit(limit)
    ).all()


def old_oauth_states(session: Session, before: datetime) -> Sequence[OauthState]:
    """Authorizations that nobody finished."""
    return session.scalars(select(OauthState).where(OauthState.created_at < before)).all()


def instance_by_key(session: Session, key: int) -> Instance:
    """One by our own key."""
    return session.get_one(Instance, key)


def all_oauth_states(session: Session) -> Sequence[OauthState]:
    """Every authorization on its way, and old ones."""
    return session.scalars(select(OauthState)).all()

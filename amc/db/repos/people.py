"""Queries on users, sessions, sign-in tries and the audit trail."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy import exists as sql_exists
from sqlalchemy.orm import Session

from amc.db.models import KeyValue
from amc.db.people import Audit, SignInTicket, SignInTry, User
from amc.db.people import Session as SignInSession
from amc.db.reading import shown

AUDIT_HEAD = "audit.head"
_SET_UP_USER = "users.set_up"


def lock(session: Session, name: str) -> None:
    """Let transactions that name the same thing wait for each other (PostgreSQL).

    SQLite's write transactions exclude each other anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})


# Users


def users(session: Session) -> Sequence[User]:
    """All, by name."""
    return shown(session, select(User).order_by(User.name), User)


def user_by_name(session: Session, name: str) -> User | None:
    """One by the name as it is kept (see `amc.services.user_views.fold_name`)."""
    return session.scalars(select(User).where(User.name == name)).first()


def user_by_public_id(session: Session, public_id: str) -> User | None:
    """One by the public id."""
    return session.scalars(select(User).where(User.public_id == public_id)).first()


def other_admins(session: Session, user_id: int) -> int:
    """How many others may still administer."""
    query = select(func.count()).where(
        User.role == "admin", User.disabled.is_(False), User.id != user_id
    )
    return session.scalar(query) or 0


def note_set_up_user(session: Session, public_id: str) -> None:
    """Remember whose password set-up printed."""
    session.merge(KeyValue(key=_SET_UP_USER, value=public_id.encode()))


def set_up_user(session: Session) -> str:
    """The public id of whom set-up printed a password for that still holds; empty: nobody's."""
    value = session.scalar(select(KeyValue.value).where(KeyValue.key == _SET_UP_USER))
    return (value or b"").decode()


def forget_set_up_user(session: Session, public_id: str) -> None:
    """Forget it: the password is another one now."""
    session.execute(
        delete(KeyValue).where(KeyValue.key == _SET_UP_USER, KeyValue.value == public_id.encode())
    )


# Sessions


def session_with_user(session: Session, token_hash: str) -> tuple[SignInSession, User] | None:
    """A session and whose it is."""
    query = (
        select(SignInSession, User)
        .join(User, User.id == SignInSession.user_id)
        .where(SignInSession.token_hash == token_hash)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None


def end_sessions(session: Session, user_id: int, now: datetime) -> int:
    """End every open session of a user; gives how many there were."""
    done = session.execute(
        update(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def last_seen(session: Session) -> dict[int, datetime]:
    """When each user was last heard of."""
    query = select(SignInSession.user_id, func.max(SignInSession.seen_at)).group_by(
        SignInSession.user_id
    )
    return {row[0]: row[1] for row in session.execute(query)}


def was_here_before(session: Session, user_id: int, address: str, since: datetime) -> bool:
    """Whether a user has signed in from an address lately."""
    found = sql_exists().where(
        SignInSession.user_id == user_id,
        SignInSession.address == address,
        SignInSession.created_at >= since,
    )
    return bool(session.scalar(select(found)))


def is_browser_of(session: Session, user_id: int, token_hash: str, since: datetime) -> bool:
    """Whether a token was a session of this user's lately, ended or not."""
    row = session.get(SignInSession, token_hash)
    return row is not None and row.user_id == user_id and row.created_at >= since


def forget_sessions(session: Session, before: datetime) -> None:
    """Remove sessions whose time ran out long ago."""
    session.execute(delete(SignInSession).where(SignInSession.expires_at < before))


# Sign-in tries and tickets


def tries(session: Session, key: str, since: datetime) -> Sequence[datetime]:
    """Failures under a key."""
    query = select(SignInTry.at).where(SignInTry.key == key, SignInTry.at >= since)
    return session.scalars(query).all()


def forget_tries(session: Session, key: str) -> None:
    """Remove the failures under a key: the right password was given."""
    session.execute(delete(SignInTry).where(SignInTry.key == key))


def forget_last_try(session: Session, key: str) -> None:
    """Take back the latest failure under a key: it was none."""
    latest = select(func.max(SignInTry.id)).where(SignInTry.key == key).scalar_subquery()
    session.execute(delete(SignInTry).where(SignInTry.id == latest))


def forget_old_tries(session: Session, before: datetime) -> None:
    """Remove what no longer counts: failures, and tickets that nobody claimed."""
    session.execute(delete(SignInTry).where(SignInTry.at < before))
    session.execute(delete(SignInTicket).where(SignInTicket.created_at < before))


def use_ticket(session: Session, ticket_hash: str, now: datetime, since: datetime) -> int | None:
    """Take a ticket that is fresh and unused; gives the user's key, once."""
    done = session.execute(
        update(SignInTicket)
        .where(
            SignInTicket.ticket_hash == ticket_hash,
            SignInTicket.used_at.is_(None),
            SignInTicket.created_at >= since,
        )
        .values(used_at=now)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return session.scalar(
        select(SignInTicket.user_id).where(SignInTicket.ticket_hash == ticket_hash)
    )


def ticket_address(session: Session, ticket_hash: str) -> str:
    """From where the ticket was asked for."""
    query = select(SignInTicket.address).where(SignInTicket.ticket_hash == ticket_hash)
    return session.scalar(query) or ""


# Audit


def audit_head(session: Session) -> KeyValue:
    """The row that says how long the trail is and how it ends; locked until the commit."""
    lock(session, AUDIT_HEAD)
    row = session.get(KeyValue, AUDIT_HEAD)
    if row is None:
        row = KeyValue(key=AUDIT_HEAD, value=b"0:")
        session.add(row)
        session.flush()
    else:
        # A write that came in between must be seen, whatever this session has read before.
        session.refresh(row)
    return row


def audit_head_value(session: Session) -> bytes:
    """The same, only read."""
    return session.scalar(select(KeyValue.value).where(KeyValue.key == AUDIT_HEAD)) or b"0:"


def audit_in_order(session: Session) -> Iterator[Audit]:
    """The whole trail, oldest first, without loading it at once."""
    yield from session.scalars(select(Audit).order_by(Audit.id).execution_options(yield_per=500))


def audit_latest(
    session: Session, limit: int, offset: int, *, actor: str = "", action: str = ""
) -> Sequence[Audit]:
    """The latest rows, perhaps of one actor or of actions that begin so."""
    query = select(Audit).order_by(Audit.id.desc()).limit(limit).offset(offset)
    if actor:
        query = query.where(Audit.actor == actor)
    if action:
        query = query.where(Audit.action.startswith(action, autoescape=True))
    return session.scalars(query).all()


def audit_count(session: Session) -> int:
    """How many rows the trail has."""
    return session.scalar(select(func.count()).select_from(Audit)) or 0

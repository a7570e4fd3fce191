"""Queries on drafts."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amc.db.people import Draft, User


def user_key(session: Session, name: str) -> int | None:
    """The key of a user by the name as it is kept."""
    return session.scalars(select(User.id).where(User.name == name)).first()


def drafts(session: Session, user: int, limit: int) -> Sequence[Draft]:
    """A user's own, the newest first."""
    query = select(Draft).where(Draft.user_id == user)
    return session.scalars(
        query.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(limit)
    ).all()


def draft(session: Session, user: int, public_id: str, *, lock: bool = False) -> Draft | None:
    """One of a user's own; `lock` keeps others from changing it meanwhile (PostgreSQL)."""
    query = select(Draft).where(Draft.user_id == user, Draft.public_id == public_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def prune(session: Session, user: int, keep: int) -> None:
    """Remove a user's oldest beyond a number."""
    kept = (
        select(Draft.id)
        .where(Draft.user_id == user)
        .order_by(Draft.updated_at.desc(), Draft.id.desc())
        .limit(keep)
    )
    newest = list(session.scalars(kept))
    if len(newest) == keep:
        session.execute(delete(Draft).where(Draft.user_id == user, Draft.id.not_in(newest)))

"""Queries on heartbeats."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from amc.db.models import Heartbeat


def heartbeats(session: Session, kind: str = "") -> Sequence[Heartbeat]:
    """All, or of one kind of process, the latest first."""
    query = select(Heartbeat).order_by(Heartbeat.at.desc())
    if kind:
        query = query.where(Heartbeat.kind == kind)
    return session.scalars(query).all()

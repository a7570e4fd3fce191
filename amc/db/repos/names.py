"""Queries on the lists of names at Amazon, and how far each was read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from amc.db.mapping_models import NamePart
from amc.db.models import Connection
from amc.db.reading import shown

OPEN = ("WAITING", "READING")


def parts(session: Session) -> Sequence[NamePart]:
    """All, in the order in which they are read."""
    return shown(session, select(NamePart).order_by(NamePart.id), NamePart)


def part(
    session: Session, connection: int, profile_id: str, advertiser_id: str, kind: str
) -> NamePart | None:
    """One by its key."""
    return session.scalars(
        select(NamePart).where(
            NamePart.connection_id == connection,
            NamePart.profile_id == profile_id,
            NamePart.advertiser_id == advertiser_id,
            NamePart.kind == kind,
        )
    ).first()


def claimable(session: Session, now: datetime) -> tuple[NamePart, Connection] | None:
    """The first that nobody reads and that may be read now, locked until the transaction ends."""
    row = session.execute(
        select(NamePart, Connection)
        .join(Connection, Connection.id == NamePart.connection_id)
        .where(
            NamePart.state.in_(OPEN),
            or_(NamePart.leased_until.is_(None), NamePart.leased_until <= now),
        )
        .order_by(NamePart.id)
        .limit(1)
        .with_for_update(of=NamePart, skip_locked=True)
    ).first()
    return None if row is None else (row[0], row[1])


def held(session: Session, key: int, lease: datetime) -> NamePart | None:
    """One, locked, if it is still read under this lease."""
    return session.scalars(
        select(NamePart)
        .where(NamePart.id == key, NamePart.leased_until == lease, NamePart.state == "READING")
        .with_for_update()
    ).first()


def count_open(session: Session) -> int:
    """How many are not read to their end."""
    return session.scalar(select(func.count(NamePart.id)).where(NamePart.state.in_(OPEN))) or 0


def count_read_now(session: Session, now: datetime) -> int:
    """How many are read by somebody at this moment."""
    return (
        session.scalar(
            select(func.count(NamePart.id)).where(
                NamePart.state == "READING", NamePart.leased_until > now
            )
        )
        or 0
    )


def totals(session: Session) -> Sequence[tuple[str, int, int, int, datetime]]:
    """By state: how many lists, names, changed names, and when they were last asked for."""
    rows = session.execute(
        select(
            NamePart.state,
            func.count(NamePart.id),
            func.sum(NamePart.names),
            func.sum(NamePart.changed),
            func.max(NamePart.requested_at),
        ).group_by(NamePart.state)
    )
    return [(r[0], r[1], int(r[2]), int(r[3]), r[4]) for r in rows]


def failed_parts(session: Session) -> Sequence[NamePart]:
    """Those that could not be read, by kind."""
    return session.scalars(
        select(NamePart).where(NamePart.state == "FAILED").order_by(NamePart.kind, NamePart.label)
    ).all()


def newest_request(session: Session) -> datetime | None:
    """When names were last asked for."""
    return session.scalar(select(func.max(NamePart.requested_at)))

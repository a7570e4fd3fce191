"""Queries on heartbeats."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from amc.db.mapping_models import AsinMapping, Brand, BrandRule, CampaignMapping, NamePart
from amc.db.models import (
    Account,
    Base,
    Connection,
    Execution,
    Heartbeat,
    Instance,
    InstanceSet,
    Workflow,
)
from amc.db.people import User
from amc.db.reading import Unreadable, read_rows
from amc.db.repos.executions import LIVE

LISTED: tuple[type[Base], ...] = (
    Account,
    AsinMapping,
    Brand,
    BrandRule,
    CampaignMapping,
    Connection,
    Execution,
    Instance,
    InstanceSet,
    NamePart,
    User,
    Workflow,
)
"""The tables that pages and jobs read as a whole."""


def heartbeats(session: Session, kind: str = "") -> Sequence[Heartbeat]:
    """All, or of one kind of process, the latest first."""
    query = select(Heartbeat).order_by(Heartbeat.at.desc())
    if kind:
        query = query.where(Heartbeat.kind == kind)
    return session.scalars(query).all()


def unreadable(session: Session, entity: type[Base]) -> list[Unreadable]:
    """The rows of a table that cannot be read; of executions those under way."""
    query = select(entity)
    if entity is Execution:
        query = query.where(Execution.state.in_(LIVE))
    return read_rows(session, query, entity)[1]

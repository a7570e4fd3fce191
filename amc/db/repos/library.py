"""Queries on workflows: the saved, versioned SQL of the library."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from amc.db.models import Workflow, WorkflowVersion


def workflows(session: Session) -> Sequence[Workflow]:
    """Those in use, by name."""
    query = select(Workflow).where(Workflow.archived.is_(False))
    return session.scalars(query.order_by(Workflow.name)).all()


def workflow(session: Session, public_id: str) -> Workflow | None:
    """One by its public id, archived ones too."""
    return session.scalars(select(Workflow).where(Workflow.public_id == public_id)).first()


def workflow_named(session: Session, name: str, *, lock: bool = False) -> Workflow | None:
    """One by its name; `lock` keeps others from changing it meanwhile (PostgreSQL)."""
    query = select(Workflow).where(Workflow.name == name)
    return session.scalars(query.with_for_update() if lock else query).first()


def versions(session: Session, workflow_key: int) -> Sequence[WorkflowVersion]:
    """Its earlier texts, the newest first."""
    query = select(WorkflowVersion).where(WorkflowVersion.workflow_id == workflow_key)
    return session.scalars(query.order_by(WorkflowVersion.version.desc())).all()

"""What connections give out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from amc.db.models import Connection
from amc.db.repos import fleet as repo
from amc.services.views import ConnectionView

# Amazon ends refresh tokens after a year (release notes, second-hand): announced before.
GRANT_LIFE = timedelta(days=365)
ANNOUNCED = timedelta(days=30)

Verdict = Literal["fine", "retrying", "needs_person", "no_amc"]


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """The verdict on a connection and the one thing to do."""

    connection_id: str
    verdict: Verdict
    message: str
    hint: str
    accounts: int


@dataclass(frozen=True, slots=True)
class Dependents:
    """What depends on a connection.

    Attributes:
        taken_over: account name → label of the login that takes over.
        unserved: names of accounts that no login would serve any more.
        instances: how many instances those have.
        schedules: names of the schedules that run on them.
        running: executions on them that have not ended.
    """

    taken_over: dict[str, str] = field(default_factory=dict)
    unserved: list[str] = field(default_factory=list)
    instances: int = 0
    schedules: list[str] = field(default_factory=list)
    running: int = 0


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that a person should know of before it hurts.

    Attributes:
        connection_id: whom it is about; empty: all of them.
        urgent: it hurts already, or within a week.
        message: what is so, in Amazon's own words where there are any.
        hint: the one thing to do.
        schedules: names of those that will fail within 24 hours if it is not done.
    """

    connection_id: str
    urgent: bool
    message: str
    hint: str
    schedules: list[str] = field(default_factory=list)

    @property
    def whole(self) -> str:
        """All of it in one line of plain text."""
        tonight = ""
        if self.schedules:
            tonight = f" Fails within 24 hours otherwise: {', '.join(self.schedules)}."
        return f"{self.message} {self.hint}{tonight}"


def connection_view(session: Session, row: Connection, now: datetime) -> ConnectionView:
    """A connection for everybody outside, without its tokens."""
    ends_at = row.consented_at + GRANT_LIFE
    return ConnectionView(
        row.public_id,
        row.label,
        row.region,
        row.state,
        row.state_reason,
        row.amazon_user,
        row.consented_at,
        ends_at,
        row.checked_at,
        len(repo.accounts_seen_by(session, row.id)),
        ends_soon=ends_at - now <= ANNOUNCED,
        client_id=row.client_id,
        discovered=dict(row.discovered or {}),
    )

"""Drafts: what a person types in the SQL editor is kept at once, for that person alone.

A draft that another tab or computer has changed meanwhile is never written over: what comes late
becomes a draft of its own. An emptied text leaves the draft as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.people import Draft
from amc.db.repos import drafts as repo
from amc.errors import MissingError
from amc.ids import DRAFT, mint

MOST = 100
"""Drafts kept for one person; the oldest go."""
_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class DraftView:
    """One draft.

    Attributes:
        id: public.
        version: counts its changes.
        sql: the text.
        parameters: what was typed into the parameters' fields, by name.
        updated_at: of the last change.
    """

    id: str
    version: int
    sql: str
    parameters: dict[str, str]
    updated_at: datetime

    @property
    def title(self) -> str:
        """Its first line that says something."""
        lines = (line.strip().lstrip("-/* ").strip() for line in self.sql.splitlines())
        first = next((line for line in lines if line), "")
        return first if len(first) <= _LONGEST_TITLE else first[: _LONGEST_TITLE - 1] + "…"


class DraftsService:
    """A person's drafts; nobody reaches those of another."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the parts."""
        self._database, self._clock = database, clock

    def all(self, owner: str, limit: int = MOST) -> list[DraftView]:
        """The newest first."""
        with self._database.read() as session:
            user = repo.user_key(session, owner)
            return [_view(row) for row in repo.drafts(session, user, limit)] if user else []

    def latest(self, owner: str) -> DraftView | None:
        """The one that was changed last; None when there is none."""
        return next(iter(self.all(owner, 1)), None)

    def find(self, owner: str, draft_id: str) -> DraftView | None:
        """One by its id; None when the person has none of that id."""
        with self._database.read() as session:
            user = repo.user_key(session, owner)
            row = repo.draft(session, user, draft_id) if user else None
            return _view(row) if row else None

    def save(
        self,
        owner: str,
        sql: str,
        parameters: Mapping[str, str],
        *,
        draft_id: str = "",
        version: int = 0,
    ) -> DraftView:
        """Keep a text.

        Args:
            owner: whose it is.
            sql: the text.
            parameters: what was typed into the parameters' fields.
            draft_id: the draft that it continues; a new one without.
            version: the version of it that was seen last.

        Returns:
            The draft, or the new one that it became because another has changed it meanwhile.

        Raises:
            MissingError: there is no such user any more.
        """
        now, sql = self._clock.now(), storable(sql)
        values = {name: storable(value) for name, value in parameters.items()}
        with self._database.write() as session:
            user = repo.user_key(session, owner)
            if user is None:
                raise MissingError(f"There is no user '{owner}'.")
            row = repo.draft(session, user, draft_id, lock=True) if draft_id else None
            if row is not None and row.sql == sql and row.parameters == values:
                return _view(row)
            if row is None or row.version != version:
                row = Draft(
                    public_id=mint(DRAFT), user_id=user, version=0, sql=sql, created_at=now,
                    updated_at=now,
                )  # fmt: skip
                session.add(row)
            row.sql, row.parameters, row.updated_at = sql, values, now
            row.version += 1
            session.flush()
            if row.version == 1:
                repo.prune(session, user, MOST)
            return _view(row)

    def remove(self, owner: str, draft_id: str) -> None:
        """Throw one away; nothing happens when it is gone already."""
        with self._database.write() as session:
            user = repo.user_key(session, owner)
            row = repo.draft(session, user, draft_id) if user else None
            if row is not None:
                session.delete(row)


def _view(row: Draft) -> DraftView:
    values: dict[str, Any] = row.parameters
    return DraftView(row.public_id, row.version, row.sql, dict(values), row.updated_at)


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep: NUL and halves of characters are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")

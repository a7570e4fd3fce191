"""The library: SQL saved under a name, for everybody, with all its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Workflow, WorkflowVersion
from amc.db.repos import library as repo
from amc.errors import MissingError, UsageError
from amc.ids import WORKFLOW, mint
from amc.services.audit import AuditService
from amc.services.drafts import storable
from amc.sql.guard import MAX_BYTES

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A workflow of the library, as it is now.

    Attributes:
        id: public.
        name: unique.
        version: of the present text, from 1.
        saved_by: who saved the present text.
        saved_at: when.
    """

    id: str
    name: str
    version: int
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class SavedText:
    """One version of a saved query: its text, and what stood in its parameters' fields."""

    version: int
    sql: str
    parameters: dict[str, str]
    saved_by: str
    saved_at: datetime


class LibraryService:
    """Everything about saved queries."""

    def __init__(self, database: Database, clock: Clock, audit: AuditService) -> None:
        """Keep the parts."""
        self._database, self._clock, self._audit = database, clock, audit

    def all(self) -> list[SavedQuery]:
        """Every query that is not archived, by name."""
        with self._database.read() as session:
            return [_view(row) for row in repo.workflows(session)]

    def versions(self, query_id: str) -> list[SavedText]:
        """All texts of a query, the present one first.

        Raises:
            MissingError: there is no such query.
        """
        with self._database.read() as session:
            row = repo.workflow(session, query_id)
            if row is None:
                raise MissingError(f"There is no saved query '{query_id}'.")
            return [_present(row), *(_earlier(v) for v in repo.versions(session, row.id))]

    def save(
        self, actor: str, name: str, sql: str, parameters: Mapping[str, str] | None = None
    ) -> SavedQuery:
        """Save a text under a name: a new query, or the next version of the one of that name.

        The same text and values again make no new version.

        Raises:
            UsageError: no name, or no text, or too much of either.
        """
        name, sql = " ".join(name.split()), storable(sql)
        values = {key: storable(value) for key, value in (parameters or {}).items()}
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise UsageError(
                f"A saved query has a name of 1 to {_LONGEST_NAME} visible characters."
            )
        if not sql.strip() or len(sql.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise UsageError(f"A saved query has a text of at most {MAX_BYTES // 1024} KB.")
        now = self._clock.now()
        with self._database.write() as session:
            row = repo.workflow_named(session, name, lock=True)
            same = row is not None and (row.sql, row.parameters) == (sql, values)
            if row is not None and same and not row.archived:
                return _view(row)
            if row is None:
                row = Workflow(
                    public_id=mint(WORKFLOW), name=name, version=0, sql=sql, created_at=now,
                    updated_at=now,
                )  # fmt: skip
                session.add(row)
            else:
                session.add(_kept(row))
            row.sql, row.parameters, row.updated_at = sql, values, now
            row.created_by, row.archived, row.version = actor, False, row.version + 1
            session.flush()
            after = {"name": name, "version": row.version}
            self._audit.record(session, actor, "workflow.save", row.public_id, None, after)
            return _view(row)

    def archive(self, actor: str, query_id: str) -> None:
        """Take a query out of the list; its versions stay, and its name brings it back.

        Raises:
            MissingError: there is no such query.
        """
        with self._database.write() as session:
            row = repo.workflow(session, query_id)
            if row is None:
                raise MissingError(f"There is no saved query '{query_id}'.")
            row.archived = True
            before = {"name": row.name, "version": row.version}
            self._audit.record(session, actor, "workflow.archive", row.public_id, before, None)


def _kept(row: Workflow) -> WorkflowVersion:
    """The present text as an earlier version."""
    return WorkflowVersion(
        workflow_id=row.id, version=row.version, sql=row.sql, parameters=row.parameters,
        saved_by=row.created_by, saved_at=row.updated_at,
    )  # fmt: skip


def _view(row: Workflow) -> SavedQuery:
    return SavedQuery(row.public_id, row.name, row.version, row.created_by, row.updated_at)


def _present(row: Workflow) -> SavedText:
    return SavedText(row.version, row.sql, dict(row.parameters), row.created_by, row.updated_at)


def _earlier(row: WorkflowVersion) -> SavedText:
    return SavedText(row.version, row.sql, dict(row.parameters), row.saved_by, row.saved_at)

"""Workflow executions: what was asked, where they stand, what came out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amc.sandbox.state.store import Store

LIVE = ("PENDING", "RUNNING", "PUBLISHING")
FINAL = ("SUCCEEDED", "FAILED", "REJECTED", "CANCELLED")


@dataclass
class ExecutionRow:
    """One execution. `doc` is the wire document; `private` never leaves the server."""

    seq: int
    execution_id: str
    instance_id: str
    entity_id: str
    workflow_id: str
    status: str
    created_at: datetime
    doc: dict[str, Any]
    private: dict[str, Any]

    @property
    def live(self) -> bool:
        """Whether it is not at its end."""
        return self.status in LIVE


_COLUMNS = "seq, execution_id, instance_id, entity_id, workflow_id, status, created_at, doc"


def _row(row: tuple[Any, ...]) -> ExecutionRow:
    both = json.loads(row[7])
    return ExecutionRow(
        row[0], row[1], row[2], row[3], row[4], row[5], datetime.fromisoformat(row[6]),
        both["doc"], both["private"],
    )  # fmt: skip


class ExecutionStore:
    """Keeps executions."""

    def __init__(self, store: Store) -> None:
        """Keep the store."""
        self._store = store

    def add(self, row: ExecutionRow) -> int:
        """Keep a new one; its number."""
        row.seq = self._store.insert(
            "INSERT INTO executions"
            " (execution_id, instance_id, entity_id, workflow_id, status, created_at, doc)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.execution_id, row.instance_id, row.entity_id, row.workflow_id, row.status,
             row.created_at.isoformat(), json.dumps({"doc": row.doc, "private": row.private})),
        )  # fmt: skip
        return row.seq

    def save(self, row: ExecutionRow) -> None:
        """Keep one as it now is, unless it is at its end already."""
        row.doc["status"] = row.status
        self._store.write(
            "UPDATE executions SET status = ?, doc = ? WHERE execution_id = ?"
            " AND status IN ('PENDING', 'RUNNING', 'PUBLISHING')",
            (row.status, json.dumps({"doc": row.doc, "private": row.private}), row.execution_id),
        )

    def get(self, instance_id: str, execution_id: str) -> ExecutionRow | None:
        """One of an instance, or nothing."""
        found = self._store.row(
            f"SELECT {_COLUMNS} FROM executions WHERE execution_id = ? AND instance_id = ?",  # noqa: S608
            (execution_id, instance_id),
        )
        return _row(found) if found else None

    def by_id(self, execution_id: str) -> ExecutionRow | None:
        """One of whatever instance."""
        found = self._store.row(
            f"SELECT {_COLUMNS} FROM executions WHERE execution_id = ?",  # noqa: S608
            (execution_id,),
        )
        return _row(found) if found else None

    def live(self) -> list[ExecutionRow]:
        """All that are not at their end, oldest first."""
        return [
            _row(row)
            for row in self._store.rows(
                f"SELECT {_COLUMNS} FROM executions"  # noqa: S608
                " WHERE status IN ('PENDING', 'RUNNING', 'PUBLISHING') ORDER BY seq"
            )
        ]

    def numbers(
        self,
        instance_id: str,
        *,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        workflow_id: str | None = None,
        include_cancelled: bool = False,
    ) -> list[int]:
        """Numbers of an instance's executions, oldest first; both ends of the time belong to it."""
        where, values = ["instance_id = ?"], [instance_id]
        if created_from is not None:
            where.append("created_at >= ?")
            values.append(created_from.isoformat())
        if created_to is not None:
            where.append("created_at <= ?")
            values.append(created_to.isoformat())
        if workflow_id is not None:
            where.append("workflow_id = ?")
            values.append(workflow_id)
        if not include_cancelled:
            where.append("status <> 'CANCELLED'")
        found = self._store.rows(
            f"SELECT seq FROM executions WHERE {' AND '.join(where)} ORDER BY seq",  # noqa: S608
            values,
        )
        return [row[0] for row in found]

    def numbered(self, numbers: Sequence[int]) -> list[ExecutionRow]:
        """The executions of these numbers, in this order."""
        found = []
        for number in numbers:
            row = self._store.row(
                f"SELECT {_COLUMNS} FROM executions WHERE seq = ?",  # noqa: S608
                (number,),
            )
            if row is not None:
                found.append(_row(row))
        return found

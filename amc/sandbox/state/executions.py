"""Workflow executions: what was asked, where they stand, what came out."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
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

    def together(self) -> AbstractContextManager[None]:
        """Several writes in one commit: all of them survive a kill, or none."""
        return self._store.transaction()

    def page(
        self,
        instance_id: str,
        limit: int,
        *,
        after: int | None = None,
        descending: bool = True,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        workflow_id: str | None = None,
        include_cancelled: bool = False,
    ) -> list[ExecutionRow]:
        """So many of an instance's executions after a number; both ends of the time belong."""
        where, values = ["instance_id = ?"], [instance_id]
        for condition, value in (
            ("created_at >= ?", created_from and created_from.isoformat()),
            ("created_at <= ?", created_to and created_to.isoformat()),
            ("workflow_id = ?", workflow_id),
            (f"seq {'<' if descending else '>'} ?", after),
        ):
            if value is not None:
                where.append(condition)
                values.append(value)  # type: ignore[arg-type]
        if not include_cancelled:
            where.append("status <> 'CANCELLED'")
        order = f"ORDER BY seq {'DESC' if descending else 'ASC'}"
        # The numbers come from an index alone; only the page's documents are read.
        numbers = f"SELECT seq FROM executions WHERE {' AND '.join(where)} {order} LIMIT {limit}"  # noqa: S608
        return [
            _row(row)
            for row in self._store.rows(
                f"SELECT {_COLUMNS} FROM executions WHERE seq IN ({numbers}) {order}",  # noqa: S608
                values,
            )
        ]

    def note_reads(self, row: ExecutionRow) -> None:
        """Remember which data sources a run reads over which window."""
        start, end, _ = row.private["window"]
        for source in row.private["sources"]:
            self._store.write(
                "INSERT OR REPLACE INTO reads VALUES (?, ?, ?, ?, ?, ?)",
                (row.instance_id, source, row.created_at.isoformat(), row.seq, start, end),
            )

    def forget_reads(self, row: ExecutionRow) -> None:
        """It came to nothing: what it was to read does not count."""
        for source in row.private.get("sources", ()):
            self._store.write(
                "DELETE FROM reads WHERE instance_id = ? AND source = ? AND created_at = ?"
                " AND seq = ?",
                (row.instance_id, source, row.created_at.isoformat(), row.seq),
            )

    def alike(self, row: ExecutionRow, sources: Iterable[str], since: datetime, most: int) -> int:
        """How many earlier runs read one of these over an overlapping window, up to `most`."""
        start, end, _ = row.private["window"]
        names = list(sources)
        marks = ", ".join("?" * len(names))
        found = self._store.row(
            "SELECT count(*) FROM (SELECT DISTINCT seq FROM reads WHERE instance_id = ?"  # noqa: S608
            f" AND source IN ({marks}) AND created_at >= ?"
            " AND start_at < ? AND end_at > ? AND seq < ? LIMIT ?)",
            (row.instance_id, *names, since.isoformat(), end, start, row.seq, most),
        )
        return int(found[0]) if found else 0

"""The log of truth: every accepted execution, every request, every token call.

Tests of the product judge by it alone, so it is written at once, never from a buffer, and nothing
but a reset removes a line of it.
"""

import json
from collections.abc import Mapping
from typing import Any

from amc.clock import Clock, SystemClock
from amc.ids import AmcExecutionId
from amc.sandbox.state.store import Store


class Logbook:
    """Appends and reads back. `at` is the local AMC's clock, `real_at` real epoch seconds."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep the store and the clock."""
        self._store, self._clock, self._real = store, clock, SystemClock()

    def _times(self) -> tuple[float, str]:
        return self._real.now().timestamp(), self._clock.now().isoformat()

    def execution(self, execution_id: str, entry: Mapping[str, Any]) -> None:
        """An execution was accepted."""
        real_at, at = self._times()
        doc = {
            "execution_id": execution_id,
            "at": at,
            "real_at": real_at,
            **entry,
            "outcome": None,
            "finished_at": None,
        }
        self._store.write(
            "INSERT INTO log_executions (execution_id, doc) VALUES (?, ?)",
            (execution_id, json.dumps(doc)),
        )

    def outcome(self, execution_id: AmcExecutionId | str, status: str, reason: str | None) -> None:
        """An accepted execution came to its end."""
        _, at = self._times()
        self._store.write(
            "UPDATE log_executions SET doc = json_set(doc, '$.outcome', ?, '$.reason', ?,"
            " '$.finished_at', ?) WHERE execution_id = ?",
            (status, reason, at, str(execution_id)),
        )

    def request(
        self,
        *,
        real_at: float,
        client_id: str,
        region: str,
        method: str,
        path: str,
        status: int,
        fault: str,
        request_id: str,
    ) -> None:
        """A request was answered (status 0: the connection was dropped); arrival in `real_at`."""
        self._store.write(
            "INSERT INTO log_requests (real_at, at, client_id, region, method, path, status,"
            " fault, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (real_at, self._clock.now().isoformat(), client_id, region, method, path, status,
             fault, request_id),
        )  # fmt: skip

    def token(
        self, *, client_id: str, grant_type: str, token_hash: str, status: int, error: str
    ) -> None:
        """The token endpoint was called; the token itself is kept as a hash only."""
        self._store.write(
            "INSERT INTO log_tokens (real_at, at, client_id, grant_type, token_hash, status, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*self._times(), client_id, grant_type, token_hash, status, error),
        )

    def executions(
        self, *, after: int = 0, limit: int = 1000, instance_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Accepted executions in order, each with its number `seq`."""
        rows = self._store.rows(
            "SELECT seq, doc FROM log_executions WHERE seq > ?"
            " AND (? IS NULL OR json_extract(doc, '$.instance_id') = ?) ORDER BY seq LIMIT ?",
            (after, instance_id, instance_id, limit),
        )
        return [{"seq": row[0], **json.loads(row[1])} for row in rows]

    def newest(self, count: int) -> list[dict[str, Any]]:
        """The last accepted executions, newest first."""
        rows = self._store.rows(
            "SELECT seq, doc FROM log_executions ORDER BY seq DESC LIMIT ?", (count,)
        )
        return [{"seq": row[0], **json.loads(row[1])} for row in rows]

    def newest_requests(self, count: int) -> list[dict[str, Any]]:
        """The last requests, newest first."""
        last = self._store.row("SELECT coalesce(max(seq), 0) FROM log_requests")
        return self.requests(after=max(0, (last[0] if last else 0) - count))[::-1]

    def requests(self, *, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """Requests in the order of their answers."""
        names = (
            "seq", "real_at", "at", "client_id", "region", "method", "path", "status", "fault",
            "request_id",
        )  # fmt: skip
        rows = self._store.rows(
            "SELECT * FROM log_requests WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def tokens(self, *, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """Calls of the token endpoint."""
        names = (
            "seq", "real_at", "at", "client_id", "grant_type", "token_hash", "status", "error"
        )  # fmt: skip
        rows = self._store.rows(
            "SELECT * FROM log_tokens WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def totals(self) -> dict[str, Any]:
        """How many of what: for the control page and quick checks."""
        by_status = self._store.rows("SELECT status, count(*) FROM log_requests GROUP BY status")
        outcomes = self._store.rows(
            "SELECT json_extract(doc, '$.outcome'), count(*) FROM log_executions GROUP BY 1"
        )
        refreshes = self._store.row(
            "SELECT count(*) FROM log_tokens WHERE grant_type = 'refresh_token' AND status = 200"
        )
        return {
            "requests": {str(status): count for status, count in by_status},
            "executions": {str(outcome or "live"): count for outcome, count in outcomes},
            "token_refreshes": int(refreshes[0]) if refreshes else 0,
        }

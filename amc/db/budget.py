"""One rate budget for all processes: a GCRA row a key, one UPDATE … RETURNING a request.

Requests are evenly paced just under the limit: pacing at the limit earns 429s and is slower in
the end. After a 429 the spacing grows and shrinks back while requests succeed.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from amc.clock import Clock, SystemClock
from amc.db.engine import Database

# 95 % of the limit: at 99 % five milliseconds of jitter already earn a 429 now and then.
HEADROOM = 1.05
_SLOWEST_STEP_S = 2.0
_SLOW_FACTOR = 1.5
_FAST_FACTOR = 0.97


class DbRateBudget:
    """The rate budget that `amc.api` asks for, in the database."""

    def __init__(
        self, database: Database, *, per_second: float, clock: Clock | None = None
    ) -> None:
        """`clock` must run in real seconds: Amazon's limit does not follow a scaled clock."""
        self._database = database
        self._base_step = HEADROOM / per_second
        self._clock = clock or SystemClock()

    def reserve(self, key: str, *, interactive: bool = False) -> float:
        """Take the next place for a request; gives the seconds to wait before sending it."""
        with self._database.write() as session:
            now = self._now(session)
            # One statement: the row is locked only for its own duration.
            tat = session.scalar(
                text(
                    "UPDATE rate_limits SET tat = (CASE WHEN tat > :now THEN tat ELSE :now END)"
                    " + (CASE WHEN step_s < :base THEN :base ELSE step_s END)"
                    " WHERE key = :key RETURNING tat - "
                    "(CASE WHEN step_s < :base THEN :base ELSE step_s END)"
                ),
                {"now": now, "key": key, "base": self._base_step},
            )
            if tat is None:
                self._insert(session, key, now)
                return 0.0
        return max(0.0, float(tat) - now)

    def slow_down(self, key: str, retry_after_s: float | None = None) -> None:
        """After a 429: nobody sends before `retry_after_s`, and the spacing grows."""
        with self._database.write() as session:
            now = self._now(session)
            session.execute(
                text(
                    "UPDATE rate_limits SET "
                    "tat = CASE WHEN tat > :until THEN tat ELSE :until END, "
                    "step_s = CASE WHEN slowed_at > :recently THEN step_s "
                    "WHEN step_s * :factor > :slowest THEN :slowest ELSE step_s * :factor END, "
                    "slowed_at = :now WHERE key = :key"
                ),
                {
                    "until": now + (retry_after_s if retry_after_s is not None else 1.0),
                    "now": now,
                    # Several requests of one burst come back together: one step, not many.
                    "recently": now - 1.0,
                    "factor": _SLOW_FACTOR,
                    "slowest": _SLOWEST_STEP_S,
                    "key": key,
                },
            )

    def speed_up(self, key: str) -> None:
        """After a success: a slowed spacing shrinks back a little. Writes nothing otherwise."""
        with self._database.read() as session:
            step = session.scalar(
                text("SELECT step_s FROM rate_limits WHERE key = :key"), {"key": key}
            )
        if step is None or float(step) <= self._base_step:
            return
        with self._database.write() as session:
            session.execute(
                text(
                    "UPDATE rate_limits SET step_s = CASE WHEN step_s * :factor < :base "
                    "THEN :base ELSE step_s * :factor END WHERE key = :key"
                ),
                {"factor": _FAST_FACTOR, "base": self._base_step, "key": key},
            )

    def _insert(self, session: Session, key: str, now: float) -> None:
        session.execute(
            text(
                "INSERT INTO rate_limits (key, tat, step_s, slowed_at) "
                "VALUES (:key, :tat, :step, 0) ON CONFLICT (key) DO NOTHING"
            ),
            {"key": key, "tat": now + self._base_step, "step": self._base_step},
        )

    def _now(self, session: Session) -> float:
        if self._database.is_sqlite:
            return self._clock.now().timestamp()
        # Several machines: only the database's clock is common to all.
        found: Any = session.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(found)

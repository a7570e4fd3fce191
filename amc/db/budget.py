"""One rate budget for all processes: a GCRA row a key, one UPDATE … RETURNING a request.

Requests are evenly paced just under the limit: pacing at the limit earns 429s and is slower in
the end. After a 429 the spacing grows, and shrinks back while requests succeed.

Interactive and background work share the row and the pace. Background work takes a place only
when its turn is near (`AHEAD_S`) and waits without one until then, so that a person's call never
queues behind more than one or two places, however much work there is.
"""

import threading
from collections import defaultdict
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from amc.clock import Clock, SystemClock
from amc.db.engine import Database

# 95 % of the limit: at 99 % five milliseconds of jitter already earn a 429 now and then.
HEADROOM = 1.05
# How far ahead of its turn background work may take a place: longer than a busy machine
# oversleeps, short enough that a person does not notice.
AHEAD_S = 0.18
_SHORTEST_SLEEP_S = 0.004
_SLOWEST_STEP_S = 2.0
# One 429 after a quiet while is jitter; one after another means that the limit was lowered.
_QUIET_S = 5.0
_FIRST_FACTOR, _NEXT_FACTOR = 1.1, 1.5
_FIRST_PAUSE_S, _NEXT_PAUSE_S = 0.5, 1.0
_FIRST_HOLD_S, _NEXT_HOLD_S = 2.0, 12.0
_REALLY_SLOWED = 1.3
_FAST_FACTOR = 0.95

_STEP = "(CASE WHEN step_s < :base THEN :base ELSE step_s END)"


class DbRateBudget:
    """The rate budget that `amc.api` asks for, in the database."""

    def __init__(
        self,
        database: Database,
        *,
        per_second: float,
        clock: Clock | None = None,
        pace: Clock | None = None,
    ) -> None:
        """Both clocks must run in real seconds: Amazon's limit does not follow a scaled one."""
        self._database = database
        self._base_step = HEADROOM / per_second
        self._clock, self._pace = clock or SystemClock(), pace or SystemClock()
        # Threads of this process queue here, so that processes compete and not threads.
        self._queues: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def reserve(self, key: str, *, interactive: bool = False, patience_s: float = 20.0) -> float:
        """Take the next place for a request.

        A person's call takes it at once. Background work first waits here, without a place,
        until its turn is near.

        Args:
            key: what is counted.
            interactive: whether a person waits for the answer.
            patience_s: wait and place together may take so long.

        Returns:
            Seconds to wait before sending. More than what is left of `patience_s`: no place was
            taken, come back later.
        """
        if interactive:
            return self._take(key, patience_s)[1]
        started = self._pace.monotonic()
        queue = self._queues[key]
        if not queue.acquire(timeout=max(0.0, patience_s)):
            return max(self._look(key), patience_s + 1.0)
        try:
            while True:
                left = patience_s - (self._pace.monotonic() - started)
                wait = self._look(key)
                if wait <= AHEAD_S:
                    taken, wait = self._take(key, AHEAD_S)
                    if taken:
                        return wait
                if wait > left:
                    return wait
                self._pace.sleep(max(wait - AHEAD_S, _SHORTEST_SLEEP_S))
        finally:
            queue.release()

    def late(self, key: str, late_s: float) -> None:
        """A request leaves later than its place: those after it move on as far.

        Otherwise they would follow it too closely, which is what a sliding limit punishes.
        """
        with self._database.write() as session:
            session.execute(
                text("UPDATE rate_limits SET tat = tat + :late WHERE key = :key"),
                {"late": min(late_s, self._base_step), "key": key},
            )

    def slow_down(self, key: str, retry_after_s: float | None = None) -> None:
        """After a 429: nobody sends before `retry_after_s`, and the spacing grows."""
        with self._database.write() as session:
            now = self._now(session)
            row = session.execute(
                text(f"SELECT {_STEP}, slowed_at FROM rate_limits WHERE key = :key"),  # noqa: S608
                {"key": key, "base": self._base_step},
            ).first()
            if row is None:
                return
            step, slowed_at = float(row[0]), float(row[1])
            first = now - slowed_at > _QUIET_S
            # Several requests of one burst come back together: one step, not many.
            if now - slowed_at > 1.0:
                factor = _FIRST_FACTOR if first else _NEXT_FACTOR
                step = min(max(_SLOWEST_STEP_S, self._base_step), step * factor)
            pause = _FIRST_PAUSE_S if first else _NEXT_PAUSE_S
            session.execute(
                text(
                    "UPDATE rate_limits SET step_s = :step, slowed_at = :now, "
                    "tat = CASE WHEN tat > :until THEN tat ELSE :until END WHERE key = :key"
                ),
                {
                    "key": key,
                    "step": step,
                    "now": now,
                    "until": now + (pause if retry_after_s is None else retry_after_s),
                },
            )

    def speed_up(self, key: str) -> None:
        """After a success: a slowed spacing shrinks back a little. Writes nothing otherwise."""
        with self._database.read() as session:
            row = session.execute(
                text("SELECT step_s, slowed_at FROM rate_limits WHERE key = :key"), {"key": key}
            ).first()
            if row is None or float(row[0]) <= self._base_step:
                return
            now = self._now(session)
        slowed = float(row[0]) > self._base_step * _REALLY_SLOWED
        if now - float(row[1]) < (_NEXT_HOLD_S if slowed else _FIRST_HOLD_S):
            return
        with self._database.write() as session:
            session.execute(
                text(
                    "UPDATE rate_limits SET step_s = CASE WHEN step_s * :factor < :base "
                    "THEN :base ELSE step_s * :factor END WHERE key = :key"
                ),
                {"factor": _FAST_FACTOR, "base": self._base_step, "key": key},
            )

    def _look(self, key: str) -> float:
        """Seconds until the next place; nothing is taken."""
        with self._database.read() as session:
            tat = session.scalar(text("SELECT tat FROM rate_limits WHERE key = :key"), {"key": key})
            return 0.0 if tat is None else max(0.0, float(tat) - self._now(session))

    def _take(self, key: str, ahead_s: float) -> tuple[bool, float]:
        """Take the next place if it is at most so far ahead: whether it was, and the wait."""
        with self._database.write() as session:
            now = self._now(session)
            values = {"now": now, "key": key, "base": self._base_step, "latest": now + ahead_s}
            # One statement: the row is locked only for its own duration.
            place = session.scalar(
                text(
                    "UPDATE rate_limits SET tat = (CASE WHEN tat > :now THEN tat ELSE :now END)"  # noqa: S608
                    f" + {_STEP} WHERE key = :key AND tat <= :latest RETURNING tat - {_STEP}"
                ),
                values,
            )
            if place is not None:
                return True, max(0.0, float(place) - now)
            tat = session.scalar(text("SELECT tat FROM rate_limits WHERE key = :key"), {"key": key})
            if tat is not None:
                return False, max(0.0, float(tat) - now)
            self._insert(session, key, now)
        return self._take(key, ahead_s)

    def _insert(self, session: Session, key: str, now: float) -> None:
        session.execute(
            text(
                "INSERT INTO rate_limits (key, tat, step_s, slowed_at) "
                "VALUES (:key, :tat, :step, 0) ON CONFLICT (key) DO NOTHING"
            ),
            {"key": key, "tat": now, "step": self._base_step},
        )

    def _now(self, session: Session) -> float:
        if self._database.is_sqlite:
            return self._clock.now().timestamp()
        # Several machines: only the database's clock is common to all.
        found: Any = session.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(found)

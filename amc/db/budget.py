"""One rate budget for all processes: a GCRA row a key, evenly paced just under the limit.

When a request may leave is arithmetic (`amc.db.pacing`). After a 429 the spacing grows, and
shrinks back while requests succeed.

Interactive and background work share the row and the pace. Background work takes a place only
when its turn is near (`AHEAD_S`) and waits without one until then, so that a person's call never
queues behind more than one or two places, however much work there is.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from amc.clock import Clock, SystemClock
from amc.db.engine import Database
from amc.db.pacing import Pace, places_for, read_recent, write_recent

# How far ahead of its turn background work may take a place: longer than a busy machine
# oversleeps, short enough that a person does not notice.
AHEAD_S = 0.18
_SHORTEST_SLEEP_S = 0.004
_SLOWEST_STEP_S = 2.0
# No place is so far ahead, unless a clock was.
_FAR_AHEAD_S = 60.0
# One 429 after a quiet while is jitter; one after another means that the limit was lowered.
_QUIET_S = 5.0
_FIRST_FACTOR, _NEXT_FACTOR = 1.1, 1.5
_FIRST_PAUSE_S, _NEXT_PAUSE_S = 0.5, 1.0
_FIRST_HOLD_S, _NEXT_HOLD_S = 2.0, 12.0
_REALLY_SLOWED = 1.3
_FAST_FACTOR = 0.95

_STEP = "(CASE WHEN step_s < :base THEN :base ELSE step_s END)"


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in the rate budget, or word of when to come back for one.

    Attributes:
        wait_s: how long to wait; below zero: its moment has passed.
        taken: whether there is a place.
    """

    wait_s: float
    taken: bool = False
    _budget: "DbRateBudget | None" = None
    _key: str = ""
    _slot: int = 0
    _place: float = 0.0

    def reached(self, after_s: float) -> None:
        """The request reached Amazon at most so many seconds after its moment.

        Its place is free again a window after that.
        """
        if self._budget is not None:
            self._budget.arrived(self._key, self._slot, self._place, after_s)


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
        self._base_step, self._places = 1.0 / per_second, places_for(per_second)
        self._clock, self._pace = clock or SystemClock(), pace or SystemClock()
        # Threads of this process queue here, so that processes compete and not threads.
        self._queues: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def reserve(self, key: str, *, interactive: bool = False, patience_s: float = 20.0) -> Turn:
        """Take the next place for a request.

        A person's call takes it at once. Background work first waits here, without a place,
        until its turn is near.

        Args:
            key: what is counted.
            interactive: whether a person waits for the answer.
            patience_s: wait and place together may take so long.

        Returns:
            The seconds to wait before sending; or that no place was taken, and after how many
            seconds to come back.
        """
        if interactive:
            return self._take(key, patience_s)
        started = self._pace.monotonic()
        queue = self._queues[key]
        if not queue.acquire(timeout=max(0.0, patience_s)):
            return Turn(max(self._look(key), 1.0))
        try:
            while True:
                left = patience_s - (self._pace.monotonic() - started)
                wait = self._look(key)
                if wait <= AHEAD_S:
                    turn = self._take(key, AHEAD_S)
                    if turn.taken:
                        return turn
                    wait = turn.wait_s
                if wait > left:
                    return Turn(wait)
                self._pace.sleep(max(wait - AHEAD_S, _SHORTEST_SLEEP_S))
        finally:
            queue.release()

    def arrived(self, key: str, slot: int, place: float, after_s: float) -> None:
        """The request of a place reached Amazon at most `after_s` seconds after it."""
        with self._database.write() as session:
            found = self._read(session, key, lock=True)
            if found is not None:
                self._write(session, key, found[1].reached(slot, place, after_s))

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

    def clock_was_set_back(self) -> None:
        """Places taken by a clock that was ahead are void: nobody waits until it is there again."""
        with self._database.write() as session:
            now = self._now(session)
            session.execute(
                text(
                    "UPDATE rate_limits SET tat = :now, recent = '[]', "
                    "slowed_at = CASE WHEN slowed_at > :now THEN :now ELSE slowed_at END "
                    "WHERE tat > :far"
                ),
                {"now": now, "far": now + _FAR_AHEAD_S},
            )

    def _look(self, key: str) -> float:
        """Seconds until the next place; nothing is taken."""
        with self._database.read() as session:
            found = self._read(session, key)
            return 0.0 if found is None else found[1].next_at(found[0]) - found[0]

    def _take(self, key: str, ahead_s: float) -> Turn:
        """Take the next place if it is at most so far ahead."""
        with self._database.write() as session:
            found = self._read(session, key, lock=True)
            if found is None:
                self._insert(session, key, self._now(session))
                found = self._read(session, key, lock=True)
            assert found is not None  # noqa: S101 - inserted above
            read_at, (now, pace) = self._pace.monotonic(), found
            place = pace.next_at(now)
            if place - now > ahead_s:
                return Turn(place - now)
            slot = pace.slot
            self._write(session, key, pace.taken(place))
        # The commit took its time: the wait counts from here, and may be over already.
        wait = place - now - (self._pace.monotonic() - read_at)
        return Turn(wait, taken=True, _budget=self, _key=key, _slot=slot, _place=place)

    def _read(self, session: Session, key: str, *, lock: bool = False) -> tuple[float, Pace] | None:
        """The clock that counts, and the row."""
        clock = "0" if self._database.is_sqlite else "extract(epoch FROM clock_timestamp())"
        # SQLite: a writing transaction holds the lock from its beginning.
        locking = " FOR UPDATE" if lock and not self._database.is_sqlite else ""
        row = session.execute(
            text(
                f"SELECT tat, {_STEP}, recent, {clock} FROM rate_limits "  # noqa: S608
                f"WHERE key = :key{locking}"
            ),
            {"key": key, "base": self._base_step},
        ).first()
        if row is None:
            return None
        # Several machines: only the database's clock is common to all.
        now = self._clock.now().timestamp() if self._database.is_sqlite else float(row[3])
        return now, Pace(float(row[0]), float(row[1]), read_recent(row[2], self._places))

    def _write(self, session: Session, key: str, pace: Pace) -> None:
        session.execute(
            text("UPDATE rate_limits SET tat = :tat, recent = :recent WHERE key = :key"),
            {"tat": pace.tat, "recent": write_recent(pace.recent), "key": key},
        )

    def _insert(self, session: Session, key: str, now: float) -> None:
        session.execute(
            text(
                "INSERT INTO rate_limits (key, tat, step_s, slowed_at, recent) "
                "VALUES (:key, :tat, :step, 0, '[]') ON CONFLICT (key) DO NOTHING"
            ),
            {"key": key, "tat": now, "step": self._base_step},
        )

    def _now(self, session: Session) -> float:
        if self._database.is_sqlite:
            return self._clock.now().timestamp()
        found: Any = session.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(found)

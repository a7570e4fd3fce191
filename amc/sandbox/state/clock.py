"""The local AMC's clock: the specification's, until an administrator sets, freezes or speeds it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from amc.clock import SystemClock, parse_clock, parse_instant
from amc.sandbox.state.store import Store

_KEY = "clock"


class AdminClock:
    """A clock whose time, speed and skew can be changed while it runs; changes are remembered."""

    def __init__(self, store: Store, spec: str | None = None) -> None:
        """Take the specification (`amc.clock`); one given wins over a remembered change."""
        self._real = SystemClock()
        self._store = store
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], None]] = []
        self._mono, self._mono_anchor = 0.0, self._real.monotonic()
        self.skew_s = 0.0
        remembered = None if spec else store.get(_KEY)
        if remembered:
            self._start = parse_instant(remembered["start"])
            self._anchor = parse_instant(remembered["anchor"])
            self._factor = float(remembered["factor"])
        else:
            self._anchor = self._real.now()
            self._start = parse_clock(spec).now()
            text = (spec or "").partition("@")[0].partition("*")[2]
            self._factor = float(text) if text else 1.0

    def now(self) -> datetime:
        """See `amc.clock.Clock`; skew included."""
        passed = (self._real.now() - self._anchor) * self._factor
        return (self._start + passed + timedelta(seconds=self.skew_s)).astimezone(UTC)

    def monotonic(self) -> float:
        """See `amc.clock.Clock`."""
        return self._mono + (self._real.monotonic() - self._mono_anchor) * self._factor

    def sleep(self, seconds: float) -> None:
        """Wait until a span of this clock has passed, whatever happens to its speed."""
        until = self.monotonic() + max(0.0, seconds)
        with self._changed:
            while (left := until - self.monotonic()) > 0:
                self._changed.wait(left / self._factor if self._factor else None)

    def real_seconds(self, seconds: float) -> float | None:
        """How long a span of this clock takes in real seconds; None while it is frozen."""
        return seconds / self._factor if self._factor else None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call somebody after each change."""
        self._listeners.append(listener)

    def change(
        self,
        *,
        at: datetime | None = None,
        factor: float | None = None,
        advance_s: float | None = None,
        skew_s: float | None = None,
    ) -> None:
        """Set the time, the factor (0 freezes), move on by seconds, or skew; any of them."""
        with self._changed:
            if skew_s is not None:
                self.skew_s = skew_s
            bare = self.now() - timedelta(seconds=self.skew_s)
            target = at - timedelta(seconds=self.skew_s) if at is not None else bare
            if advance_s is not None:
                target += timedelta(seconds=advance_s)
            self._mono = self.monotonic() + max(0.0, (target - bare).total_seconds())
            self._mono_anchor = self._real.monotonic()
            self._start, self._anchor = target, self._real.now()
            self._factor = self._factor if factor is None else factor
            self._store.put(
                _KEY,
                {
                    "start": self._start.isoformat(),
                    "anchor": self._anchor.isoformat(),
                    "factor": self._factor,
                },
            )
            self._changed.notify_all()
        for listener in self._listeners:
            listener()

    def describe(self) -> dict[str, Any]:
        """Time, factor and skew, for the admin endpoint."""
        return {
            "now": self.now().isoformat().replace("+00:00", "Z"),
            "factor": self._factor,
            "frozen": self._factor == 0,
            "skew_s": self.skew_s,
        }

"""The only place that asks what time it is.

A clock can be the system's, run at a factor from a chosen start (a year lived in minutes), or be
held by a test. The product and the local AMC take the same specification:
`AMC_CLOCK="<start instant>[*<factor>][@<real instant it is anchored at>]"`, such as
`2026-01-01T00:00:00Z*1440@2026-11-23T09:00:00Z`. Without an anchor it starts with the process;
the supervisor adds one, so that all processes agree.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from amc.errors import SettingsError


class Clock(Protocol):
    """What time it is, and how to wait."""

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring and for time-outs."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for a span of this clock's seconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        time.sleep(max(0.0, seconds))


class ScaledClock:
    """A clock that starts at a chosen instant and runs at a factor of real time."""

    def __init__(
        self, start: datetime, factor: float = 1.0, anchor: datetime | None = None
    ) -> None:
        """`anchor` is the real instant at which this clock shows `start` (default: now)."""
        self._start, self._factor = start, factor
        self._anchor = anchor or datetime.now(UTC)

    @property
    def factor(self) -> float:
        """How many of its seconds pass in a real one."""
        return self._factor

    def now(self) -> datetime:
        """See `Clock`."""
        return self._start + (datetime.now(UTC) - self._anchor) * self._factor

    def monotonic(self) -> float:
        """See `Clock`; scaled as well."""
        return time.monotonic() * self._factor

    def sleep(self, seconds: float) -> None:
        """Wait the real time in which `seconds` of this clock pass."""
        time.sleep(max(0.0, seconds / self._factor) if self._factor else 0.0)


class FrozenClock:
    """A clock for tests: it moves only when told, and sleeping moves it."""

    def __init__(self, at: datetime) -> None:
        """Start at an aware instant."""
        self._now, self._mono, self._lock = at.astimezone(UTC), 0.0, threading.Lock()

    def now(self) -> datetime:
        """See `Clock`."""
        return self._now

    def monotonic(self) -> float:
        """See `Clock`."""
        return self._mono

    def sleep(self, seconds: float) -> None:
        """Moves the clock on by that span, without waiting."""
        self.advance(timedelta(seconds=max(0.0, seconds)))

    def advance(self, span: timedelta) -> None:
        """Move on."""
        with self._lock:
            self._now += span
            self._mono += span.total_seconds()

    def set(self, at: datetime) -> None:
        """Jump to an instant (backwards too); monotonic time never goes back."""
        with self._lock:
            self._mono += max(0.0, (at - self._now).total_seconds())
            self._now = at.astimezone(UTC)


def parse_instant(text: str) -> datetime:
    """An ISO-8601 instant with `Z` or an offset, as aware UTC.

    Raises:
        SettingsError: the text is no instant, or names no zone.
    """
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(f"'{text}' is not an instant such as 2026-01-01T00:00:00Z.") from None
    if value.tzinfo is None:
        raise SettingsError(f"'{text}' names no time zone; write 2026-01-01T00:00:00Z.")
    return value.astimezone(UTC)


def parse_clock(spec: str | None) -> Clock:
    """The clock that a specification (module docstring) names; the system's when empty.

    Raises:
        SettingsError: the specification is wrong.
    """
    if not spec or not spec.strip():
        return SystemClock()
    body, _, anchor = spec.partition("@")
    start, _, factor = body.partition("*")
    try:
        factor_value = float(factor) if factor else 1.0
    except ValueError:
        raise SettingsError(f"AMC_CLOCK: '{factor}' is not a factor such as 60.") from None
    if factor_value < 0:
        raise SettingsError("AMC_CLOCK: the factor must not be negative.")
    return ScaledClock(
        parse_instant(start), factor_value, parse_instant(anchor) if anchor else None
    )


def anchored(spec: str | None) -> str | None:
    """The same specification with an anchor, so that several processes share one time."""
    if not spec or not spec.strip() or "@" in spec:
        return spec
    return f"{spec}@{datetime.now(UTC).isoformat()}"

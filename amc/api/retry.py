"""What is done after a call that did not succeed: one table as data, and pure functions.

Amazon has no idempotency key. A POST that creates something is repeated only when the first one
provably did nothing: it was never sent, or was answered with 429 or 401. Everything else about it
is for the caller to settle by looking at what stands at Amazon.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from amc.errors import (
    ApiError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnreadableAnswerError,
)


class Effect(StrEnum):
    """What a call does at Amazon."""

    READ = "read"  # GET, and POSTs that only look something up
    REPLACE = "replace"  # PUT and DELETE: twice is the same as once
    CREATE = "create"  # POST that makes something


class Event(StrEnum):
    """How a call failed."""

    NOT_SENT = "not_sent"  # provably never left
    LOST = "lost"  # sent, no complete answer
    UNREADABLE = "unreadable"  # an answer that cannot be understood
    THROTTLED = "throttled"
    SERVER = "server"
    UNAUTHORIZED = "unauthorized"
    REFUSED = "refused"  # any other answer: it stays the same however often it is asked


class Phase(StrEnum):
    """Where the call stands."""

    FRESH = "fresh"
    RENEWED = "renewed"  # the access token was renewed for this call already


class Action(StrEnum):
    """What is done next."""

    GIVE_UP = "give_up"
    REPEAT = "repeat"
    RENEW_TOKEN = "renew_token"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class Rule:
    """An action, how many attempts in all, and whether it draws on the quota of repeats."""

    action: Action
    attempts: int = 1
    counted: bool = True


_NO = Rule(Action.GIVE_UP)
_RENEW = Rule(Action.RENEW_TOKEN, attempts=10, counted=False)
_AGAIN = Rule(Action.REPEAT, attempts=3)
_PATIENT = Rule(Action.REPEAT, attempts=5, counted=False)

_R, _P, _C = Effect.READ, Effect.REPLACE, Effect.CREATE

POLICY: dict[tuple[Event, Effect, Phase], Rule] = {
    (event, effect, phase): rule
    for event, rules in {
        Event.NOT_SENT: {_R: _AGAIN, _P: _AGAIN, _C: _AGAIN},
        Event.LOST: {_R: _AGAIN, _P: _AGAIN, _C: _NO},
        Event.UNREADABLE: {_R: _AGAIN, _P: _AGAIN, _C: _NO},
        Event.SERVER: {_R: _AGAIN, _P: _AGAIN, _C: _NO},
        Event.THROTTLED: {_R: _PATIENT, _P: _PATIENT, _C: _PATIENT},
        Event.REFUSED: {_R: _NO, _P: _NO, _C: _NO},
    }.items()
    for effect, rule in rules.items()
    for phase in Phase
} | {
    (Event.UNAUTHORIZED, effect, phase): _RENEW if phase is Phase.FRESH else _NO
    for effect in Effect
    for phase in Phase
}

# Waits in seconds. A throttled call waits at least half of its base, so never less than 1 s.
_BASE_S = {Event.THROTTLED: 2.0}
_DEFAULT_BASE_S = 0.5
_LONGEST_BACKOFF_S = 20.0
# What Amazon asks for is obeyed up to here; more is treated as a mistake of some gateway.
LONGEST_RETRY_AFTER_S = 900.0
# One call waits no longer than this in all; then its caller hears of it and comes back later.
PATIENCE_S = 20.0


def event_of(error: ApiError) -> Event:
    """How a call failed, by its error."""
    match error:
        case TransportError():
            return Event.LOST if error.sent else Event.NOT_SENT
        case RateLimitedError():
            return Event.THROTTLED
        case ServerError():
            return Event.SERVER
        case UnauthorizedError():
            return Event.UNAUTHORIZED
        case UnreadableAnswerError():
            return Event.UNREADABLE
        case _:
            return Event.REFUSED


def should_retry(event: Event, effect: Effect, phase: Phase, attempt: int) -> Action:
    """What to do after attempt number `attempt` (from 1) failed with `event`."""
    rule = POLICY[event, effect, phase]
    return rule.action if attempt < rule.attempts else Action.GIVE_UP


def is_counted(event: Event, effect: Effect, phase: Phase) -> bool:
    """Whether a repeat draws on the quota (`Quota`)."""
    return POLICY[event, effect, phase].counted


def wait_for(
    event: Event, attempt: int, retry_after_s: float | None, *, random: Callable[[], float]
) -> float:
    """Seconds to wait before the next attempt: equal jitter, and never less than Amazon asks.

    Args:
        event: how attempt number `attempt` (from 1) failed.
        attempt: see above.
        retry_after_s: what Amazon asked for, bounded already (`parse_retry_after`).
        random: gives 0 to 1.
    """
    base = _BASE_S.get(event, _DEFAULT_BASE_S)
    full = min(_LONGEST_BACKOFF_S, base * 2.0 ** min(attempt - 1, 20))
    own = full / 2 + random() * full / 2
    if retry_after_s is None:
        return own
    # A little spread after the asked moment, so that not everybody comes back at once.
    return max(own, retry_after_s + random() * min(1.0, base / 2))


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, 0 to `LONGEST_RETRY_AFTER_S`.

    Args:
        text: seconds (also with a fraction) or an HTTP date; None when there is no header.
        now: by the answer's own `Date` where there is one, so that a wrong clock does not matter.

    Returns:
        None when the text is neither; 0 for a negative number or a date in the past.
    """
    if not text or len(text) > 100:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = http_date(text)
        if moment is None:
            return None
        seconds = (moment - now).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def http_date(text: str | None) -> datetime | None:
    """An HTTP date as aware UTC; None when it is none."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


class Quota:
    """How many repeats a process may make while nothing succeeds.

    During a long outage every call fails; without this each would be repeated and the load on a
    struggling service multiplied. A success gives a little back. Not thread-exact, on purpose: a
    lost update changes nothing that matters.
    """

    def __init__(self, size: float = 20.0, refund: float = 0.2) -> None:
        """`size` repeats at most in a row; each success gives back `refund`."""
        self._left, self._size, self._refund = size, size, refund

    def take(self) -> bool:
        """Whether one more repeat is allowed; takes it."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def succeeded(self) -> None:
        """A call worked."""
        self._left = min(self._size, self._left + self._refund)

"""The retry policy as data and two pure functions; no I/O here.

A POST that creates something is never blindly repeated: only when the request provably never
left, or when Amazon answered that it did not do it (429, 401).
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from amc.errors import (
    ApiError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnreadableAnswerError,
)

Kind = Literal["safe", "creates"]

MAX_TRIES = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 20.0
# A wait that Amazon asks for is obeyed up to here; a longer one is handed to the caller.
LONGEST_RETRY_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Rule:
    """For one class of failure: may a safe request be repeated, may a creating one?"""

    failure: type[ApiError]
    safe: bool
    creates: bool


# The first rule that fits counts. `TransportError` depends on whether the request left, below.
POLICY: tuple[Rule, ...] = (
    Rule(RateLimitedError, safe=True, creates=True),
    Rule(ServerError, safe=True, creates=False),
    Rule(UnreadableAnswerError, safe=True, creates=False),
    Rule(TransportError, safe=True, creates=False),
    Rule(ApiError, safe=False, creates=False),
)


def should_retry(exc: ApiError, kind: Kind, tries: int) -> bool:
    """Whether a request that failed so, after so many tries, may be sent again."""
    if tries >= MAX_TRIES:
        return False
    if isinstance(exc, RateLimitedError) and (exc.retry_after_s or 0) > LONGEST_RETRY_AFTER_S:
        return False
    if isinstance(exc, TransportError) and not exc.sent:
        return True
    rule = next(r for r in POLICY if isinstance(exc, r.failure))
    return rule.safe if kind == "safe" else rule.creates


def wait_for(exc: ApiError, tries: int, *, jitter: Callable[[], float] = random.random) -> float:
    """Seconds to wait before the next try: Amazon's word, else equal jitter over doubling.

    Equal jitter keeps a floor: full jitter falls to nothing under throttling.
    """
    if isinstance(exc, RateLimitedError) and exc.retry_after_s is not None:
        return exc.retry_after_s + jitter() * 0.25
    step = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (tries - 1))
    return float(step / 2 + jitter() * step / 2)


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """The header's wait in seconds: a number or an HTTP date; None when it says nothing usable.

    Never negative and never more than a day.
    """
    if text is None or not text.strip():
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except (TypeError, ValueError, OverflowError):
            return None
        if at.tzinfo is None:
            return None
        seconds = (at - now).total_seconds()
    if math.isnan(seconds):
        return None
    return min(86400.0, max(0.0, seconds))

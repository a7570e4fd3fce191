"""How long the next sign-in has to wait after failed ones: pure arithmetic.

The wait doubles with every failure and ends at a minute, so that nobody is ever locked out for
good, and nobody gets more than about 70 guesses an hour at one name.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)
"""Failures older than this no longer count."""
LONGEST = timedelta(seconds=60)
FREE_FOR_NAME = 3
"""Failures at one name that cost nothing: people mistype."""
FREE_FOR_ADDRESS = 20
"""Failures from one address that cost nothing: an office shares one."""


def wait(failures: Sequence[datetime], now: datetime, *, free: int, scale: float = 1.0) -> float:
    """Seconds of this clock until the next try is heard; 0 when now.

    Args:
        failures: instants of the failures inside the window, in any order.
        now: the present instant.
        free: how many cost nothing.
        scale: how many seconds of this clock pass in a real one.
    """
    beyond = len(failures) - free
    if beyond < 0 or not failures:
        return 0.0
    delay = min(LONGEST, timedelta(seconds=2.0 ** min(beyond, 10))) * scale
    return max(0.0, (max(failures) + delay - now).total_seconds())

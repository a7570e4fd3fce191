"""How long the next sign-in has to wait after failed ones: pure arithmetic.

At one name the wait doubles with every failure and ends at a minute: nobody is ever locked out
for good, and nobody gets more than about 70 guesses an hour at one name, from however many tabs,
processes and addresses. A try that has to wait is refused unheard.

Whoever guesses at a name cannot keep its owner out: the owner's browser that has signed in within
30 days is counted by itself, and so is an address that the owner has signed in from (about 70
guesses an hour each; a stranger has neither).

An address only slows. After 20 failures in an hour every try from it is compared
`PAUSE_FOR_ADDRESS` later, whatever the name, and the names that it tries have one free failure
instead of three. It never refuses: behind a shared proxy everybody has the same address, and the
right password has to get in. Over n names an attacker so gets at most n times the limit of a name.
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
FREE_FOR_NAME_WHEN_SLOWED = 1
"""Failures at one name that cost nothing when the address has failed too often."""
PAUSE_FOR_ADDRESS = timedelta(seconds=3)
"""How much later a try from such an address is compared; real time."""


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

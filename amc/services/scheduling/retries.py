"""Schedules that could not be fired for a reason that may pass: tried again, and told.

What is wrong with a schedule's own row sets it aside until a person mends it. Anything else (a
locked database, a host that is away, an error that nobody foresaw) may pass by itself, and setting
aside would lose slots for it: the transaction is rolled back, the slots stay due, and the schedule
is tried again, at first at the next tick and then at growing distances. Meanwhile the others fire.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from amc.clock import Clock
from amc.errors import AmcError, FiringError
from amc.log import get_logger, mask

log = get_logger(__name__)

_LONGEST_WAIT_S = 300.0
_MOST_NAMED = 5
_LONGEST_REASON = 300


@dataclass(slots=True)
class _Retry:
    name: str
    reason: str
    tries: int
    not_before: float


class Retries:
    """What failed in this process, by the schedule's key."""

    def __init__(self, clock: Clock) -> None:
        """Nothing failed yet."""
        self._clock = clock
        self._by_key: dict[int, _Retry] = {}

    def __len__(self) -> int:
        """How many are tried again."""
        return len(self._by_key)

    def is_due(self, key: int) -> bool:
        """Whether a schedule may be tried now."""
        found = self._by_key.get(key)
        return found is None or self._clock.monotonic() >= found.not_before

    def keep_only(self, keys: Iterable[int]) -> None:
        """Forget those that are not due any more: removed, paused, or fired elsewhere."""
        kept = set(keys)
        for key in [k for k in self._by_key if k not in kept]:
            del self._by_key[key]

    @contextmanager
    def kept(self, key: int, name: str) -> Iterator[None]:
        """Whatever goes wrong inside stays inside, and is remembered."""
        try:
            yield
        except Exception as exc:
            reason = str(exc) if isinstance(exc, AmcError) else f"{type(exc).__name__}: {exc}"
            reason = mask(" ".join(reason.split()))[:_LONGEST_REASON]
            before = self._by_key.get(key)
            tries = before.tries + 1 if before else 1
            wait_s = min(_LONGEST_WAIT_S, 2.0**tries) if tries > 2 else 0.0
            self._by_key[key] = _Retry(name, reason, tries, self._clock.monotonic() + wait_s)
            log.warning(
                "schedule is tried again",
                action="schedule.retry",
                schedule=name,
                reason=reason,
                tries=tries,
                exc_info=not isinstance(exc, AmcError),
            )
        else:
            self._by_key.pop(key, None)

    def tell(self) -> None:
        """Say what failed, so that the tick counts as failing as long as it lasts.

        Raises:
            FiringError: something did; the others have fired.
        """
        if not self._by_key:
            return
        found = sorted(self._by_key.values(), key=lambda one: one.name)
        shown = "; ".join(f"'{one.name}': {one.reason}" for one in found[:_MOST_NAMED])
        more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise FiringError(f"{len(found)} of the schedules could not be fired: {shown}{more}.")

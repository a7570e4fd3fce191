"""Amazon's request rate: a strict sliding window of one second for each client and region."""

import threading
from collections import defaultdict, deque

from amc.clock import Clock, SystemClock
from amc.sandbox.runner.options import Options


class RateLimit:
    """Real seconds: Amazon's limit does not follow a clock that is set or sped up."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        """Options are read at each request, so that they can be changed."""
        self._options, self._clock = options, clock or SystemClock()
        self._accepted: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def admit(self, client_id: str, region: str) -> bool:
        """Whether one more request may pass now; refused ones do not count."""
        limit = self._options.rate_per_s
        if not limit:
            return True
        with self._lock:
            now, accepted = self._clock.monotonic(), self._accepted[client_id, region]
            while accepted and now - accepted[0] >= 1.0:
                accepted.popleft()
            if len(accepted) >= limit:
                return False
            accepted.append(now)
            return True

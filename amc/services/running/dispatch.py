"""Who may go: places at Amazon are rows of ours, counted under a lock."""

from typing import Any

from amc.db.repos import executions as repo
from amc.db.repos import fleet
from amc.services.running.each import each
from amc.services.running.transitions import Transitions


class Dispatch:
    """Moves QUEUED executions to SUBMITTING while places are free.

    At most so many at once on an instance and on an account (settings); interactive runs before
    schedules before backfill, and the older first.
    """

    def __init__(self, transitions: Transitions) -> None:
        """Keep the shared part."""
        self._t = transitions

    def step(self, payload: dict[str, Any]) -> None:
        """The engine's entry: `{"instance": key}`."""
        self.instance(int(payload["instance"]))

    def instance(self, instance_key: int) -> int:
        """Give the free places of one instance; how many were given."""
        settings = self._t.settings
        with self._t.database.write() as session:
            # The account's row is the lock: two dispatchers never count at the same time.
            _, account = fleet.lock_account_of(session, instance_key)
            free = min(
                settings.max_per_instance - repo.live_on_instance(session, instance_key),
                settings.max_per_account - repo.live_on_account(session, account.id),
            )
            if free <= 0:
                return 0
            chosen = repo.queued_on(session, instance_key, free)
            for row in chosen:
                self._t.enter(session, row, "SUBMITTING")
            return len(chosen)

    def everywhere(self) -> int:
        """Every instance on which something waits: the sweep's part."""
        with self._t.database.read() as session:
            waiting = repo.instances_with_queue(session)
        return each(waiting, self.instance, action="dispatch")

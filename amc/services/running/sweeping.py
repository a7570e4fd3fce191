"""Taking up what a dead process left: whatever should have ended by now is begun anew."""

from amc.db.repos import executions as repo
from amc.log import get_logger
from amc.services.running.dispatch import Dispatch
from amc.services.running.transitions import Transitions

log = get_logger(__name__)


class Sweeping:
    """The scheduler's part: overdue steps, and places that are free."""

    def __init__(self, transitions: Transitions, dispatch: Dispatch) -> None:
        """Keep the parts."""
        self._t, self._dispatch = transitions, dispatch

    def sweep(self) -> int:
        """Start overdue steps under a new fence; how many.

        The fence makes the old worker's claim void, if it should still live.
        """
        try:
            return self._take_up()
        finally:
            # Free places are given also where steps cannot be taken up.
            self._dispatch.everywhere()

    def _take_up(self) -> int:
        now = self._t.clock.now()
        with self._t.database.read() as session:
            waiting = bool(repo.overdue_ids(session, now, 1))
        count = 0
        if waiting:
            with self._t.database.write() as session:
                for row in repo.overdue(session, now):
                    self._t.start_step(session, row)
                    count += 1
            log.info("steps taken up again", action="sweep", count=count)
        return count

"""Which executions to look at, and when: the runner never walks over all that are live.

Not safe by itself: the runner's lock is held around every call.
"""

import heapq
import itertools
from collections import Counter, OrderedDict
from collections.abc import Iterable
from datetime import datetime

from amc.sandbox.runner.options import Options
from amc.sandbox.state import ExecutionRow


class Agenda:
    """Executions by id: those to look at now, and those with a time at which to look again."""

    def __init__(self) -> None:
        """Nothing to do."""
        self._now: OrderedDict[str, None] = OrderedDict()
        self._later: list[tuple[datetime, int, str]] = []
        self._number = itertools.count()

    def soon(self, execution_ids: Iterable[str]) -> None:
        """Look at these at once, in this order."""
        for execution_id in execution_ids:
            self._now[execution_id] = None

    def at(self, time: datetime, execution_id: str) -> None:
        """Look at one when a time has come."""
        heapq.heappush(self._later, (time, next(self._number), execution_id))

    def take(self, now: datetime) -> str | None:
        """The next one to look at, or nothing."""
        if self._now:
            return self._now.popitem(last=False)[0]
        if self._later and self._later[0][0] <= now:
            return heapq.heappop(self._later)[2]
        return None

    def restart(self, execution_ids: Iterable[str]) -> None:
        """Forget all times and look at these."""
        self._later.clear()
        self._now.clear()
        self.soon(execution_ids)

    @property
    def next_time(self) -> datetime | None:
        """When there is something to look at again."""
        return self._later[0][0] if self._later else None


class Slots:
    """Who runs, by instance and account, and who waits for a place in the order of coming."""

    def __init__(self, options: Options) -> None:
        """Options are read at each question."""
        self._options = options
        self._holders: set[str] = set()
        self._by_instance: Counter[str] = Counter()
        self._by_account: Counter[str] = Counter()
        self._lines: dict[str, dict[str, dict[str, int]]] = {}
        """Account, instance, execution id: its number."""

    def clear(self) -> None:
        """Nobody runs, nobody waits."""
        self._holders.clear()
        self._by_instance.clear()
        self._by_account.clear()
        self._lines.clear()

    def take(self, row: ExecutionRow) -> None:
        """An execution runs, whether or not there is room (it did so when the server ended)."""
        if row.execution_id not in self._holders:
            self._holders.add(row.execution_id)
            self._by_instance[row.instance_id] += 1
            self._by_account[row.entity_id] += 1

    def admit(self, row: ExecutionRow) -> bool:
        """Take a place if there is one and nobody came before; else wait in line."""
        line = self._lines.setdefault(row.entity_id, {}).setdefault(row.instance_id, {})
        first = next(iter(line), row.execution_id)
        if first == row.execution_id and self._has_room(row.entity_id, row.instance_id):
            line.pop(row.execution_id, None)
            self.take(row)
            return True
        line.setdefault(row.execution_id, row.seq)
        return False

    def leave(self, row: ExecutionRow) -> None:
        """An execution is at its end: its place, or its place in line, is free."""
        self._lines.get(row.entity_id, {}).get(row.instance_id, {}).pop(row.execution_id, None)
        if row.execution_id in self._holders:
            self._holders.discard(row.execution_id)
            self._by_instance[row.instance_id] -= 1
            self._by_account[row.entity_id] -= 1

    def next_in_line(self, entity_id: str) -> list[str]:
        """Executions of an account that may now have a place, one an instance, oldest first."""
        heads = [
            next((seq, execution_id) for execution_id, seq in line.items())
            for instance_id, line in self._lines.get(entity_id, {}).items()
            if line and self._has_room(entity_id, instance_id)
        ]
        return [execution_id for _, execution_id in sorted(heads)]

    def _has_room(self, entity_id: str, instance_id: str) -> bool:
        return (
            self._by_instance[instance_id] < self._options.per_instance
            and self._by_account[entity_id] < self._options.per_account
        )

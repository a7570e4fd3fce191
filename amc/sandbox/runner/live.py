"""An execution that is not at its end, as the runner holds it."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from amc.sandbox.runner.accept import stamp, stamp_ms, stored_window
from amc.sandbox.runner.accept import window_fields as fields_of
from amc.sandbox.runner.port import Compiled
from amc.sandbox.runner.work import Ending
from amc.sandbox.state import ExecutionRow

TIMED_OUT = "Workflow execution exceeded the allowed execution time."


class DueTask(Protocol):
    """Something with times of its own."""

    def next_time(self) -> datetime | None:
        """When it is next due."""
        ...

    def fire_due(self, now: datetime) -> int:
        """Do what is due."""
        ...


@dataclass
class Live:
    """An execution that is not at its end, with what is known only while the server runs."""

    row: ExecutionRow
    stop: threading.Event = field(default_factory=threading.Event)
    checking: Future[Compiled | Ending] | None = None
    computing: Future[Ending] | None = None

    @property
    def compiled(self) -> Compiled | Ending | None:
        """What the check said, once it is done."""
        return self.checking.result() if self.checking and self.checking.done() else None

    @property
    def started_at(self) -> datetime:
        """When it went into RUNNING."""
        return datetime.fromisoformat(self.row.private["started_at"])


def note_compiled(live: Live, found: Compiled, now: datetime) -> None:
    """Write what compiling found into the document."""
    doc = live.row.doc
    doc.update(fields_of(stored_window(live.row)), lastUpdatedTime=stamp(now))
    doc["availableTimeBeforeWindowSecs"] = 0
    doc["invalidationOffsetSecs"] = 266400
    doc["outputColumns"] = found.output_columns
    doc["validatedTime"] = stamp_ms(now)
    live.row.private["sources"] = sorted(found.sources)

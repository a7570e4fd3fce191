"""A workbench: services whose steps the test takes itself, over the local AMC by HTTP."""

import uuid
from collections.abc import Callable
from pathlib import Path

from amc.clock import FrozenClock, SystemClock
from amc.container import Services
from amc.db.models import Execution
from amc.db.repos import executions as repo
from amc.services.executions import RunRequest
from amc.services.running.transitions import CANCEL, FETCH, SUBMIT
from amc.timing.window import Window
from tests.integration.connections.conftest import Build

INSTANCE = "amchnfozgta"
WAITS = "Waits for the encryption key"
Spoil = Callable[[Path], None]


class Bench:
    """Services whose steps the test takes itself, one by one."""

    def __init__(self, build: Build, clock: FrozenClock, **settings: object) -> None:
        self.build, self.clock = build, clock
        self.settings = settings
        # A text of its own: the local AMC keeps what other tests ran.
        number = uuid.uuid4().int % 10**9
        self.sql = (
            f"SELECT campaign, SUM(impressions) + {number} AS n FROM dsp_impressions "
            "GROUP BY campaign"
        )
        self.built: Services = build(clock, **settings)
        self.key = self.built.settings.key_file
        self.right = b""

    def submit(self, start: str = "2026-09-01", end: str = "2026-09-08") -> str:
        window = Window.parse(start, end)
        run = self.built.executions.submit(
            RunRequest(window=window, instance_ids=(INSTANCE,), sql=self.sql), "t"
        )
        return run.executions[0].id

    def take(self, execution: str, step: str = "") -> Execution:
        """The step of the row's state, as the sweep would have it begun; the row after it."""
        with self.built.database.read() as session:
            row = repo.row(session, execution)
            assert row is not None
        if row.state == "QUEUED":
            self.built.sweeping.sweep()
            return self.take(execution)
        if step == CANCEL:
            self.built.steps[CANCEL]({"execution": execution})
        elif row.state in repo.POLLED:
            self.built.polling.look(row.instance_id)
        else:
            steps = {"SUBMITTING": SUBMIT, "DOWNLOADING": FETCH, "INGESTING": FETCH}
            self.built.steps[steps[row.state]]({"execution": execution, "fence": row.fence})
        return self.row(execution)

    def row(self, execution: str) -> Execution:
        with self.built.database.read() as session:
            found = repo.row(session, execution)
            assert found is not None
            return found

    def told(self, execution: str) -> int:
        events = self.built.executions.detail(execution).events
        return sum(e.text.startswith(WAITS) for e in events)

    def start_without(self, spoil: Spoil) -> None:
        """As a new process that finds the key spoiled."""
        self.right = self.key.read_bytes()
        spoil(self.key)
        self.built = self.build(self.clock, **self.settings)

    def put_back(self) -> None:
        self.key.write_bytes(self.right)
        self.key.chmod(0o600)

    def later(self, execution: str) -> None:
        """After its wait, which is no longer than a minute; no time of a wait is slept."""
        due = self.row(execution).next_step_at
        assert due is not None
        assert 0 < (due - self.clock.now()).total_seconds() <= 60
        self.clock.set(due)
        self.built.sweeping.sweep()


def ends_ready(bench: Bench, execution: str) -> None:
    for _ in range(200):
        row = bench.take(execution)
        if row.state in repo.FINAL:
            break
        SystemClock().sleep(0.05)
    assert (row.state, row.reason) == ("READY", "")

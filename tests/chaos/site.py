"""What the chaos tests do to an installation, and how they judge: by the local AMC's own log."""

import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import requests

from amc.container import Services
from amc.services.executions import RunRequest
from amc.services.views import ExecutionView
from amc.timing.window import Window
from tests.worlds import World, until

INSTANCES = ("amchnfozgta", "amcfo8abayq")
POST = "POST */workflowExecutions"
# On a busy machine everything takes its time; a healthy one needs a tenth.
PATIENCE_S = 150.0


@dataclass
class Site:
    """A running world and the product's services over the same data."""

    world: World
    built: Services
    ids: list[str] = field(default_factory=list)
    accepted_before: int = 0
    number: int = 0

    def begin(self) -> None:
        self.ids, self.accepted_before = [], len(self.world.truth())

    # Doing

    def submit(self, count: int) -> None:
        """So many executions, each of a text of its own."""
        window = Window.parse("2026-09-01", "2026-09-08")
        for _ in range(count):
            self.number += 1
            sql = (
                f"SELECT campaign, SUM(impressions) + {self.number} AS n FROM dsp_impressions "
                "GROUP BY campaign"
            )
            instance = INSTANCES[self.number % 2]
            run = self.built.executions.submit(
                RunRequest(window=window, instance_ids=(instance,), sql=sql), "t"
            )
            self.ids += [e.id for e in run.executions]

    def fault(self, kind: str, **more: Any) -> None:
        answer = requests.post(
            f"{self.world.url}/_local/faults", json={"kind": kind} | more, timeout=30
        )
        assert answer.ok, answer.text

    def calm(self) -> None:
        requests.delete(f"{self.world.url}/_local/faults", timeout=30).raise_for_status()

    def scheduler(self) -> "subprocess.Popen[bytes]":
        """The scheduler that runs already, or a new one."""
        running = self.world.processes[1:]
        return running[0] if running else self.world.start_scheduler()

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """`kill -9`."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.world.processes.remove(process)

    def dying_scheduler(self, point: str) -> None:
        """A scheduler that kills itself at a point; returns when it is dead."""
        process = self.world.start(
            "-m", "tests.chaos.dying_scheduler", point, name=f"dying-{point}"
        )
        until(lambda: process.poll() is not None, PATIENCE_S, f"death at {point}")
        assert process.returncode == -signal.SIGKILL, process.returncode
        self.world.processes.remove(process)

    def stop_schedulers(self) -> None:
        self.world.stop(self.world.processes[1:])

    # Looking

    def accepted(self) -> list[dict[str, Any]]:
        """What the local AMC accepted since the test began."""
        return self.world.truth()[self.accepted_before :]

    def views(self) -> list[ExecutionView]:
        return [self.built.executions.get(i) for i in self.ids]

    def in_state(self, *states: str) -> list[ExecutionView]:
        return [e for e in self.views() if e.status in states]

    def wait(self, seconds: float = PATIENCE_S) -> None:
        until(lambda: all(e.is_final for e in self.views()), seconds, "the end of all", every=0.4)

    # Judging

    def judge(self) -> None:
        """All READY; each accepted once and no other; each result whole."""
        self.wait()
        views = self.views()
        assert {e.status for e in views} == {"READY"}, [(e.status, e.reason) for e in views]
        ours = sorted(e.amc_execution_id or "" for e in views)
        theirs = sorted(t["execution_id"] for t in self.accepted())
        assert ours == theirs, "Amazon's side accepted other executions than ours"
        with tempfile.TemporaryDirectory() as folder:
            for view in views:
                file = Path(folder) / "whole.parquet"
                written = self.built.results.write(
                    [view.id], file, form="parquet", with_instance=False
                )
                assert written == view.rows == pq.ParquetFile(file).metadata.num_rows > 0

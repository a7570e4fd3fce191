"""Moves executions from PENDING to their end; one dispatcher thread, a bounded pool of workers.

The state of an execution is in the store at every moment: a server that is killed and started
again carries on, and computes again what was RUNNING.
"""

import threading
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from amc.log import get_logger
from amc.sandbox.runner.accept import Ask, make_row, stamp, truth
from amc.sandbox.runner.faults import FaultBox
from amc.sandbox.runner.live import TIMED_OUT, DueTask, Live, note_compiled
from amc.sandbox.runner.options import Options
from amc.sandbox.runner.port import InstanceFacts, QueryPort
from amc.sandbox.runner.work import Ending, Worker
from amc.sandbox.state import ExecutionRow, ExecutionStore, Logbook
from amc.sandbox.state.clock import AdminClock

log = get_logger(__name__)


class Runner:
    """See the module. `accept` and `cancel` may be called from any thread."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        logbook: Logbook,
        clock: AdminClock,
        options: Options,
        faults: FaultBox,
        port: QueryPort,
        results: Path,
        instances: InstanceFacts,
    ) -> None:
        """Keep the parts; nothing moves before `start`."""
        self._executions, self._logbook, self._clock = executions, logbook, clock
        self._options, self._faults = options, faults
        self._worker = Worker(executions, options, faults, clock, port, results, instances)
        self._live: OrderedDict[str, Live] = OrderedDict()
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._stopping = False
        self._dirty = False
        self._due: list[DueTask] = []
        self._checkers = ThreadPoolExecutor(1, thread_name_prefix="amc-compile")
        self._pool = ThreadPoolExecutor(options.workers, thread_name_prefix="amc-compute")
        self._thread = threading.Thread(target=self._loop, name="amc-dispatch", daemon=True)
        clock.on_change(self.wake)

    def every(self, task: DueTask) -> None:
        """Add something that is to be done at times of the clock (native schedules)."""
        self._due.append(task)

    def start(self) -> None:
        """Take up what an earlier server left, and begin."""
        with self._lock:
            for row in self._executions.live():
                self._enlist(row)
                log.info(
                    "execution taken up", action="execution.resume", execution=row.execution_id
                )
        self._thread.start()

    def stop(self) -> None:
        """End: interrupt what is being computed; it is computed again at the next start."""
        with self._lock:
            self._stopping = True
            for live in self._live.values():
                live.stop.set()
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(10)
        self._checkers.shutdown(cancel_futures=True)
        self._pool.shutdown(cancel_futures=True)

    def wake(self) -> None:
        """Look at everything again (clock, options or faults have changed)."""
        with self._lock:
            self._dirty = True
            self._wake.notify_all()

    def accept(self, ask: Ask) -> ExecutionRow:
        """Take an execution: stored and logged when this returns."""
        row = make_row(ask, self._clock.now())
        with self._lock:
            self._executions.add(row)
            self._logbook.execution(row.execution_id, truth(ask, row))
            self._enlist(row)
            self.wake()
        return row

    def cancel(self, execution_id: str) -> ExecutionRow | None:
        """Cancel a live execution at once; None when it is at its end already."""
        with self._lock:
            live = self._live.get(execution_id)
            if live is None:
                return None
            live.stop.set()
            self._end(live, Ending("CANCELLED"))
            self.wake()
            return live.row

    def forget(self) -> None:
        """Drop every live execution (reset); the store is emptied by the caller."""
        with self._lock:
            for live in self._live.values():
                live.stop.set()
            self._live.clear()

    def live_count(self) -> dict[str, int]:
        """How many are in which state."""
        with self._lock:
            return dict(Counter(live.row.status for live in self._live.values()))

    def _enlist(self, row: ExecutionRow) -> None:
        live = Live(row)
        live.checking = self._checkers.submit(self._worker.check, row)
        live.checking.add_done_callback(lambda _: self.wake())
        self._live[row.execution_id] = live

    def _loop(self) -> None:
        while True:
            with self._lock:
                if self._stopping:
                    return
                self._dirty = False
            for task in self._due:
                task.fire_due(self._clock.now())
            with self._lock:
                next_at = self._step_all()
                if not self._dirty and not self._stopping:
                    self._wake.wait(self._real_wait(next_at))

    def _real_wait(self, next_at: datetime | None) -> float | None:
        times = [at for at in (next_at, *(task.next_time() for task in self._due)) if at]
        if not times:
            return None
        left = max(0.0, (min(times) - self._clock.now()).total_seconds())
        real = self._clock.real_seconds(left)
        # An hour is a safe longest wait for the operating system's timer.
        return None if real is None else min(real + 0.001, 3600.0)

    def _step_all(self) -> datetime | None:
        """Move every live execution as far as it goes; when to look again."""
        now = self._clock.now()
        running = [live.row for live in self._live.values() if live.row.status != "PENDING"]
        by_instance = Counter(row.instance_id for row in running)
        by_account = Counter(row.entity_id for row in running)
        next_at: datetime | None = None
        for live in list(self._live.values()):
            before = live.row.status
            wanted = self._step(live, now, by_instance, by_account)
            if before == "PENDING" and live.row.status in ("RUNNING", "PUBLISHING"):
                by_instance[live.row.instance_id] += 1
                by_account[live.row.entity_id] += 1
            if wanted is not None:
                next_at = wanted if next_at is None else min(next_at, wanted)
        return next_at

    def _step(
        self, live: Live, now: datetime, by_instance: Counter[str], by_account: Counter[str]
    ) -> datetime | None:
        if live.row.status == "PENDING":
            return self._step_pending(live, now, by_instance, by_account)
        if live.row.status == "RUNNING":
            return self._step_running(live, now)
        until = datetime.fromisoformat(live.row.private["publishing_until"])
        if now < until:
            return until
        self._end(live, Ending("SUCCEEDED"))
        return None

    def _step_pending(
        self, live: Live, now: datetime, by_instance: Counter[str], by_account: Counter[str]
    ) -> datetime | None:
        until = live.row.created_at + timedelta(seconds=self._options.pending_s)
        if "not_before" in live.row.private:
            until = max(until, datetime.fromisoformat(live.row.private["not_before"]))
        if now < until:
            return until
        found = live.compiled
        if found is None or self._is_stuck(live, "stuck_pending"):
            return None
        if isinstance(found, Ending):
            self._end(live, found)
        elif live.row.private["dry_run"]:
            note_compiled(live, found, now)
            self._end(live, Ending("SUCCEEDED"))
        elif (
            by_instance[live.row.instance_id] < self._options.per_instance
            and by_account[live.row.entity_id] < self._options.per_account
        ):
            note_compiled(live, found, now)
            live.row.status = "RUNNING"
            self._note_shown_status(live)
            live.row.private["started_at"] = now.isoformat()
            self._executions.save(live.row)
            return self._step_running(live, now)
        return None

    def _note_shown_status(self, live: Live) -> None:
        fault = self._faults.strike(
            "unknown_status",
            route=f"EXECUTION {live.row.workflow_id}",
            instance=live.row.instance_id,
            client=live.row.private["client_id"],
        )
        if fault is not None:
            live.row.private["shown_status"] = fault.status_text

    def _step_running(self, live: Live, now: datetime) -> datetime | None:
        deadline = live.started_at + timedelta(
            seconds=int(live.row.doc["workflowExecutionTimeoutSeconds"])
        )
        if now >= deadline:
            live.stop.set()
            self._end(live, Ending("FAILED", TIMED_OUT))
            return None
        if live.computing is None:
            return self._begin(live, deadline, now)
        until = live.started_at + timedelta(seconds=self._options.running_s)
        if now < until:
            return min(until, deadline)
        if not live.computing.done() or self._is_stuck(live, "stuck_running"):
            return deadline
        ending = live.computing.result()
        if ending.files is not None:
            live.row.private["files"] = ending.files
        if ending.status == "SUCCEEDED" and self._options.publishing_s > 0:
            live.row.status = "PUBLISHING"
            until = now + timedelta(seconds=self._options.publishing_s)
            live.row.private["publishing_until"] = until.isoformat()
            live.row.doc["lastUpdatedTime"] = stamp(now)
            self._executions.save(live.row)
            return until
        self._end(live, ending)
        return deadline if live.row.live else None

    def _begin(self, live: Live, deadline: datetime, now: datetime) -> datetime | None:
        found = live.compiled
        if found is None:  # after a restart the text is compiled again first
            return deadline
        if isinstance(found, Ending):
            self._end(live, found)
            return None
        real = self._clock.real_seconds((deadline - now).total_seconds())
        live.computing = self._pool.submit(self._worker.compute, live.row, found, live.stop, real)
        live.computing.add_done_callback(lambda _: self.wake())
        return min(deadline, live.started_at + timedelta(seconds=self._options.running_s))

    def _is_stuck(self, live: Live, kind: str) -> bool:
        """Whether a fault holds it: decided once for an execution, over when the fault is."""
        key = f"fault_{kind}"
        if key not in live.row.private:
            fault = self._faults.strike(
                kind,
                route=f"EXECUTION {live.row.workflow_id}",
                instance=live.row.instance_id,
                client=live.row.private["client_id"],
            )
            live.row.private[key] = fault.fault_id if fault else None
            self._executions.save(live.row)
        held_by = live.row.private[key]
        return held_by is not None and any(f.fault_id == held_by for f in self._faults.all())

    def _end(self, live: Live, ending: Ending) -> None:
        if ending.status == "INTERRUPTED":
            return
        row, now = live.row, self._clock.now()
        row.status = ending.status
        row.doc["lastUpdatedTime"] = stamp(now)
        if ending.reason is not None:
            row.doc["statusReason"] = ending.reason
        if ending.status == "SUCCEEDED" and not row.private["dry_run"]:
            row.doc["executionTime"] = max(1, round((now - live.started_at).total_seconds()))
            row.doc["outputS3URI"] = row.private.get("s3_uri", "N/A")
        self._executions.save(row)
        self._logbook.outcome(row.execution_id, row.status, ending.reason)
        with suppress(KeyError):
            del self._live[row.execution_id]
        log.debug(
            "execution ended",
            action="execution.end",
            execution=row.execution_id,
            instance=row.instance_id,
            status=row.status,
        )

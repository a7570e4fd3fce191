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
from amc.sandbox.runner.agenda import Agenda, Slots
from amc.sandbox.runner.faults import Fault, FaultBox
from amc.sandbox.runner.live import TIMED_OUT, DueTask, Live, note_compiled
from amc.sandbox.runner.options import Options
from amc.sandbox.runner.port import InstanceFacts, QueryPort
from amc.sandbox.runner.work import Ending, Worker
from amc.sandbox.state import ExecutionRow, ExecutionStore, Logbook
from amc.sandbox.state.clock import AdminClock

log = get_logger(__name__)
_TICK = timedelta(milliseconds=1)


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
        self._sweep = False
        self._agenda, self._slots = Agenda(), Slots(options)
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
                if row.status != "PENDING":
                    self._slots.take(row)
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
            self._sweep = True
            self._wake.notify_all()

    def _nudge(self, *execution_ids: str) -> None:
        with self._lock:
            self._agenda.soon(execution_ids)
            self._wake.notify_all()

    def accept(self, ask: Ask) -> ExecutionRow:
        """Take an execution: stored and logged when this returns."""
        row = make_row(ask, self._clock.now())
        with self._lock:
            with self._executions.together():
                self._executions.add(row)
                self._logbook.execution(row.execution_id, truth(ask, row))
            self._enlist(row)
        return row

    def cancel(self, execution_id: str) -> ExecutionRow | None:
        """Cancel a live execution at once; None when it is at its end already."""
        with self._lock:
            live = self._live.get(execution_id)
            if live is None:
                return None
            live.stop.set()
            self._end(live, Ending("CANCELLED"))
            return live.row

    def forget(self) -> None:
        """Drop every live execution (reset); the store is emptied by the caller."""
        with self._lock:
            for live in self._live.values():
                live.stop.set()
            self._live.clear()
            self._slots.clear()
            self._agenda.restart(())

    def live_count(self) -> dict[str, int]:
        """How many are in which state."""
        with self._lock:
            return dict(Counter(live.row.status for live in self._live.values()))

    def _enlist(self, row: ExecutionRow) -> None:
        live = self._live[row.execution_id] = Live(row)
        live.checking = self._checkers.submit(self._worker.check, row)
        live.checking.add_done_callback(lambda _: self._nudge(row.execution_id))
        self._nudge(row.execution_id)

    def _loop(self) -> None:
        while True:
            for task in self._due:
                task.fire_due(self._clock.now())
            with self._lock:
                if self._stopping:
                    return
                if self._sweep:
                    self._sweep = False
                    self._agenda.restart(self._live)
                self._step_due()
                if not self._sweep and not self._stopping:
                    self._wake.wait(self._real_wait(self._agenda.next_time))

    def _real_wait(self, next_at: datetime | None) -> float | None:
        times = [at for at in (next_at, *(task.next_time() for task in self._due)) if at]
        if not times:
            return None
        left = max(0.0, (min(times) - self._clock.now()).total_seconds())
        real = self._clock.real_seconds(left)
        # An hour is a safe longest wait for the operating system's timer.
        return None if real is None else min(real + 0.001, 3600.0)

    def _step_due(self) -> None:
        """Move what there is to look at as far as it goes."""
        now = self._clock.now()
        while (execution_id := self._agenda.take(now)) is not None:
            live = self._live.get(execution_id)
            wanted = self._step(live, now) if live else None
            if wanted is not None:
                # Never at this very instant again: that would go round for ever.
                self._agenda.at(max(wanted, now + _TICK), execution_id)

    def _step(self, live: Live, now: datetime) -> datetime | None:
        """One execution's next step; when to look at it again, if nothing tells before."""
        if live.row.status == "PENDING":
            return self._step_pending(live, now)
        if live.row.status == "RUNNING":
            return self._step_running(live, now)
        until = datetime.fromisoformat(live.row.private["publishing_until"])
        if now < until:
            return until
        self._end(live, Ending("SUCCEEDED"))
        return None

    def _step_pending(self, live: Live, now: datetime) -> datetime | None:
        row = live.row
        until = row.created_at + timedelta(seconds=self._options.pending_s)
        if "not_before" in row.private:
            until = max(until, datetime.fromisoformat(row.private["not_before"]))
        if now < until:
            return until
        found = live.compiled
        if found is None or self._is_stuck(live, "stuck_pending"):
            return None
        if isinstance(found, Ending):
            self._end(live, found)
        elif row.private["dry_run"]:
            note_compiled(live, found, now)
            self._end(live, Ending("SUCCEEDED"))
        elif self._slots.admit(row):
            note_compiled(live, found, now)
            row.status = "RUNNING"
            fault = self._strike(live, "unknown_status")
            if fault is not None:
                row.private["shown_status"] = fault.status_text
            row.private["started_at"] = now.isoformat()
            with self._executions.together():
                self._executions.save(row)
                self._executions.note_reads(row)
            self._agenda.soon(self._slots.next_in_line(row.entity_id))
            return self._step_running(live, now)
        return None

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
        live.computing.add_done_callback(lambda _: self._nudge(live.row.execution_id))
        return min(deadline, live.started_at + timedelta(seconds=self._options.running_s))

    def _strike(self, live: Live, kind: str) -> Fault | None:
        return self._faults.strike(
            kind,
            route=f"EXECUTION {live.row.workflow_id}",
            instance=live.row.instance_id,
            client=live.row.private["client_id"],
        )

    def _is_stuck(self, live: Live, kind: str) -> bool:
        """Whether a fault holds it: decided once for an execution, over when the fault is."""
        key = f"fault_{kind}"
        if key not in live.row.private:
            fault = self._strike(live, kind)
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
        with self._executions.together():
            self._executions.save(row)
            self._logbook.outcome(row.execution_id, row.status, ending.reason)
            if row.status in ("REJECTED", "CANCELLED"):
                self._executions.forget_reads(row)
        with suppress(KeyError):
            del self._live[row.execution_id]
        self._slots.leave(row)
        self._nudge(*self._slots.next_in_line(row.entity_id))
        log.debug(
            "execution ended",
            action="execution.end",
            execution=row.execution_id,
            instance=row.instance_id,
            status=row.status,
        )

"""What the threads do for one execution: check it, compute it, put its files in place."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from amc.clock import Clock
from amc.log import get_logger
from amc.sandbox.runner.accept import stored_window
from amc.sandbox.runner.faults import Fault, FaultBox
from amc.sandbox.runner.options import Options
from amc.sandbox.runner.port import (
    Compiled,
    FailedError,
    InstanceFacts,
    Job,
    QueryPort,
    RefusedError,
    StoppedError,
)
from amc.sandbox.runner.results import ResultFolder, key_names
from amc.sandbox.state import ExecutionRow, ExecutionStore

log = get_logger(__name__)

INTERNAL = "Workflow execution failed with an internal error."
NEEDS_SYNTHETIC = "Queries in a sandbox instance must set requireSyntheticData to true."


@dataclass(frozen=True)
class Ending:
    """How an execution ends; INTERRUPTED means it does not (somebody else ended it)."""

    status: str
    reason: str | None = None
    files: dict[str, str] | None = None
    """Object keys of the result and the names of their files."""


def uncompilable(workflow_id: str, why: str) -> str:
    """AMC's words for SQL that it does not compile."""
    return f"Was unable to compile workflow {workflow_id} because it was found to be invalid: {why}"


def too_many(row: ExecutionRow) -> str:
    """AMC's words for the privacy guard."""
    return (
        f'Execution "{row.execution_id}" of workflow "{row.workflow_id}" could not be run because '
        "too many workflows have already been run against the same input data sources in the same "
        "or overlapping time windows."
    )


def job_of(row: ExecutionRow, *, sandbox: bool) -> Job:
    """What there is to compute for a stored execution."""
    synthetic = bool(row.doc.get("requireSyntheticData"))
    return Job(
        instance_id=row.instance_id,
        workflow_id=row.workflow_id,
        definition=row.private["definition"],
        parameter_values=row.doc["parameterValues"],
        window=stored_window(row),
        synthetic=synthetic,
        # Elsewhere the switch is taken and does nothing: only synthetic data may be seen bare.
        controls_off=bool(row.doc["disableAggregationControls"]) and sandbox and synthetic,
        advertisers=tuple(row.doc.get("advertisers", ())),
    )


class Worker:
    """Blocking work; no lock of the runner is held while it goes on."""

    def __init__(
        self,
        executions: ExecutionStore,
        options: Options,
        faults: FaultBox,
        clock: Clock,
        port: QueryPort,
        results: Path,
        instances: InstanceFacts,
    ) -> None:
        """Keep the parts."""
        self._executions, self._options, self._faults = executions, options, faults
        self._clock, self._port, self._results = clock, port, results
        self._instances = instances

    def check(self, row: ExecutionRow) -> Compiled | Ending:
        """Compile, and apply the rules that stand before a run."""
        fault = self._strike(row, "reject_execution")
        if fault is not None:
            return Ending("REJECTED", fault.reason or too_many(row))
        sandbox = self._instances.is_sandbox(row.instance_id)
        job = job_of(row, sandbox=sandbox)
        if sandbox and not job.synthetic:
            return Ending("REJECTED", uncompilable(row.workflow_id, NEEDS_SYNTHETIC))
        try:
            compiled = self._port.compile(job)
        except RefusedError as refusal:
            return Ending("REJECTED", uncompilable(row.workflow_id, str(refusal)))
        except Exception:
            # A defect of the engine must end the execution, not the dispatcher.
            log.exception("compile failed", action="execution.compile", execution=row.execution_id)
            return Ending("FAILED", INTERNAL)
        if not row.private["dry_run"] and self._overlaps_too_often(row, compiled.sources):
            return Ending("REJECTED", too_many(row))
        return compiled

    def compute(
        self, row: ExecutionRow, compiled: Compiled, stop: threading.Event, timeout_s: float | None
    ) -> Ending:
        """Run and put the result files in place."""
        fault = self._strike(row, "fail_execution")
        if fault is not None:
            return Ending("FAILED", fault.reason or INTERNAL)
        job = job_of(row, sandbox=self._instances.is_sandbox(row.instance_id))
        folder = ResultFolder(self._results, row.execution_id)
        folder.clear()
        try:
            rows = self._port.run(job, compiled, folder.raw, stop, timeout_s or 86400.0)
            if row.private["skip_publish"]:
                folder.clear()
                return Ending("SUCCEEDED")
            return Ending("SUCCEEDED", files=self._publish(row, compiled, folder, rows))
        except StoppedError:
            folder.clear()
            return Ending("INTERRUPTED")
        except RefusedError as refusal:
            folder.clear()
            return Ending("REJECTED", uncompilable(row.workflow_id, str(refusal)))
        except FailedError as failure:
            folder.clear()
            return Ending("FAILED", str(failure))
        except Exception:
            log.exception("run failed", action="execution.compute", execution=row.execution_id)
            folder.clear()
            return Ending("FAILED", INTERNAL)

    def _publish(
        self, row: ExecutionRow, compiled: Compiled, folder: ResultFolder, rows: int
    ) -> dict[str, str]:
        several = self._strike(row, "several_parts", "parts_differ")
        gzip = self._strike(row, "gzip", "double_gzip")
        names = folder.publish(
            parts=min(several.parts, self._options.max_parts) if several else 1,
            gzips=0 if gzip is None else 1 + (gzip.kind == "double_gzip"),
            empty="comes_empty" in row.private or self._strike(row, "empty_result") is not None,
            quote=str((row.private["definition"].get("outputFormat") or {}).get("quoteCharacter")
                      or '"'),
            differ=several is not None and several.kind == "parts_differ",
        )  # fmt: skip
        folder.write_metadata(row, compiled.output_columns, rows)
        files = dict(zip(key_names(row, len(names)), names, strict=True))
        bucket = self._instances.bucket_of(row.instance_id)
        if bucket:
            row.private["s3_uri"] = f"s3://{bucket}/{next(iter(files))}"
        return files

    def _overlaps_too_often(self, row: ExecutionRow, sources: frozenset[str]) -> bool:
        """The rule of ours for Amazon's differential-privacy guard; see `Options`."""
        if not self._options.overlap_limit:
            return False
        since = self._clock.now() - timedelta(hours=self._options.overlap_hours)
        limit = self._options.overlap_limit
        return self._executions.alike(row, sources, since, limit) >= limit

    def _strike(self, row: ExecutionRow, *kinds: str) -> Fault | None:
        return self._faults.strike(
            *kinds,
            route=f"EXECUTION {row.workflow_id}",
            instance=row.instance_id,
            client=row.private["client_id"],
        )

"""The query engine as the runner's port; built at the first query, so that a start is quick."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from amc.clock import Clock
from amc.sandbox.runner.narrow import narrowed, relation_of
from amc.sandbox.runner.port import Compiled, FailedError, Job, RefusedError, StoppedError
from amc.sandbox.world import World
from amc.sandbox.world.sources import FREE_SOURCES

if TYPE_CHECKING:
    from amc.sandbox.query import CompileRequest, QueryEngine


class EnginePort:
    """See `amc.sandbox.runner.port.QueryPort`."""

    def __init__(self, world: World, seed: int, cache: Path, clock: Clock) -> None:
        """Remember what the engine is to be built from."""
        self._world, self._seed, self._clock = world, seed, clock
        self._cache = cache.resolve()
        self._building = threading.Lock()
        self._built: QueryEngine | None = None

    def _engine(self) -> "QueryEngine":
        with self._building:
            if self._built is None:
                from amc.sandbox.events import USER_NUMBER, EventStore
                from amc.sandbox.query import QueryEngine
                from amc.sql.catalog import load_catalog

                store = EventStore(
                    self._world, seed=self._seed, cache_dir=self._cache, clock=self._clock
                )
                catalog = load_catalog()
                self._built = QueryEngine(
                    catalog,
                    relation_of(store, catalog),
                    temp_dir=self._cache.parent / "spill",
                    data_folders=(self._cache,),
                    user_number=USER_NUMBER,
                )
            return self._built

    def compile(self, job: Job) -> Compiled:
        """See `QueryPort`; values of parameters are checked where a window is given."""
        from amc.sandbox.query import CompileError
        from amc.sandbox.query.parameters import bound

        try:
            plan = self._engine().compile(self._request(job))
            if job.window is not None:
                bound(plan.parameters, job.parameter_values)
        except CompileError as error:
            raise RefusedError(error.cause) from None
        return Compiled(plan.output_columns, plan.sources, plan)

    def run(
        self, job: Job, compiled: Compiled, target: Path, stop: threading.Event, timeout_s: float
    ) -> int:
        """See `QueryPort`."""
        from amc.sandbox.query import (
            CompileError,
            RunCancelledError,
            RunFailedError,
            RunTimedOutError,
        )

        if job.window is None:
            raise RefusedError("An execution needs a time window.")
        try:
            with narrowed(job.advertisers):
                outcome = self._engine().run(
                    compiled.plan,
                    instance_id=job.instance_id,
                    start=job.window.start,
                    end=job.window.end,
                    parameters=job.parameter_values,
                    now=self._clock.now(),
                    out_dir=target.parent,
                    timeout_s=timeout_s,
                    cancel_event=stop,
                    output_format=job.definition.get("outputFormat"),
                )
        except CompileError as error:
            raise RefusedError(error.cause) from None
        except (RunCancelledError, RunTimedOutError) as error:
            raise StoppedError(str(error)) from None
        except RunFailedError as error:
            raise FailedError(error.message) from None
        outcome.parts[0].replace(target)
        return outcome.rows

    def readable(self, instance_id: str) -> frozenset[str]:
        """Names of the data sources that queries of an instance may read.

        One that was made here has the free ones, with no data in them.
        """
        from amc.sandbox.events import VIEWS

        instance = self._world.instance(instance_id)
        if instance is None:
            return frozenset(FREE_SOURCES) & VIEWS.keys()
        return frozenset(name for name in VIEWS if instance.serves(name))

    def _request(self, job: Job) -> "CompileRequest":
        from amc.sandbox.query import CompileRequest

        instance = self._world.instance(job.instance_id)
        definition = job.definition
        return CompileRequest(
            workflow_id=job.workflow_id,
            sql=job.sql,
            input_parameters=definition.get("inputParameters") or (),
            available=self.readable(job.instance_id),
            sandbox=instance is not None and instance.kind == "SANDBOX",
            aggregation_controls=not job.controls_off,
            filtered_metrics_discriminator_column=definition.get(
                "filteredMetricsDiscriminatorColumn"
            )
            or "",
            distinct_user_count_column=definition.get("distinctUserCountColumn") or "",
            filtered_reason_column=definition.get("filteredReasonColumn") or "",
            privacy_filtering_behavior=definition.get("privacyFilteringBehavior") or "REMOVE_ROWS",
            output_columns=definition.get("outputColumns") or (),
        )

"""The seam between the life of an execution and the engine that computes it."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from amc.sandbox.runner.windows import Window


class RefusedError(Exception):
    """AMC does not compile this; the text is AMC's, without the words about the workflow."""


class StoppedError(Exception):
    """The computation was interrupted (cancelled, timed out, or the server goes down)."""


class FailedError(Exception):
    """The computation did not work out; the text is fit for `statusReason`."""


@dataclass(frozen=True)
class Job:
    """One thing to compute."""

    instance_id: str
    workflow_id: str
    definition: dict[str, Any]
    """The workflow object of the wire: sqlQuery, inputParameters, privacy columns, …"""
    parameter_values: dict[str, Any]
    window: Window | None
    """None when only the text is to be compiled (saving a workflow)."""
    synthetic: bool = False
    controls_off: bool = False
    advertisers: tuple[dict[str, Any], ...] = ()

    @property
    def sql(self) -> str:
        """The SQL text."""
        return str(self.definition["sqlQuery"])


@dataclass(frozen=True)
class Compiled:
    """What compilation found out. `plan` is the engine's own."""

    output_columns: list[dict[str, Any]]
    sources: frozenset[str]
    plan: Any = field(default=None, repr=False)


class InstanceFacts(Protocol):
    """What the runner needs to know of an instance."""

    def is_sandbox(self, instance_id: str) -> bool:
        """Whether it is of type SANDBOX."""
        ...

    def bucket_of(self, instance_id: str) -> str:
        """The customer's bucket; empty without one."""
        ...


class QueryPort(Protocol):
    """What the runner needs of an engine."""

    def compile(self, job: Job) -> Compiled:
        """Check and translate.

        Raises:
            RefusedError: AMC would not compile it.
        """
        ...

    def run(
        self, job: Job, compiled: Compiled, target: Path, stop: threading.Event, timeout_s: float
    ) -> int:
        """Compute into a CSV file; the number of rows.

        Raises:
            StoppedError: `stop` was set, or the time was over.
            RefusedError: AMC refuses it only now.
            FailedError: it could not be computed.
        """
        ...

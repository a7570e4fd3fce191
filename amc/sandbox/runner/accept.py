"""Accepting an execution: the row, the answer's document, and the line in the log of truth."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from amc.sandbox.runner.windows import Window
from amc.sandbox.state import ExecutionRow

DEFAULT_TIMEOUT_S = 21600


@dataclass(frozen=True)
class Ask:
    """A request for an execution that passed the checks of the wire."""

    entity_id: str
    instance_id: str
    client_id: str
    workflow_id: str | None
    definition: dict[str, Any]
    window: Window
    window_type: str
    parameter_values: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    request_id: str = ""
    timeout_s: int = DEFAULT_TIMEOUT_S
    dry_run: bool = False
    skip_publish: bool = False
    synthetic: bool | None = None
    controls_off: bool = False
    ignore_gaps: bool = False
    advertisers: tuple[dict[str, Any], ...] = ()
    category: str = "AD_HOC"
    schedule: str = "adhoc"
    not_before: datetime | None = None
    """It stays PENDING until then."""
    comes_empty: bool = False


def stamp(at: datetime) -> str:
    """An instant as the wire has it: 2025-03-12T14:05:10Z."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def stamp_ms(at: datetime) -> str:
    """The same with milliseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def make_row(ask: Ask, now: datetime) -> ExecutionRow:
    """The row of a newly accepted execution, PENDING."""
    workflow_id = ask.workflow_id or f"transient_{uuid.uuid4()}"
    execution_id = str(uuid.uuid4())
    doc: dict[str, Any] = {
        "createTime": stamp(now),
        "dataGaps": [],
        "disableAggregationControls": ask.controls_off,
        "executionCategory": ask.category,
        "expireTime": stamp(now + timedelta(hours=24)),
        "ignoreDataGaps": ask.ignore_gaps,
        "lastUpdatedTime": stamp(now),
        "parameterValues": ask.parameter_values,
        "status": "PENDING",
        "timeWindowTimeZoneOriginal": ask.window.zone,
        "waitUntil": stamp(ask.not_before or now - timedelta(hours=1)),
        "workflowExecutionId": execution_id,
        "workflowExecutionTimeoutSeconds": ask.timeout_s,
        "workflowId": workflow_id,
    }
    if ask.window_type == "EXPLICIT":
        # A relative window is not in the answer before the execution was looked at.
        doc |= window_fields(ask.window)
    if ask.synthetic is not None:
        doc["requireSyntheticData"] = ask.synthetic
    if ask.advertisers:
        doc["advertisers"] = list(ask.advertisers)
    private = {
        "definition": ask.definition,
        "window": [ask.window.start.isoformat(), ask.window.end.isoformat(), ask.window.zone],
        "window_type": ask.window_type,
        "dry_run": ask.dry_run,
        "skip_publish": ask.skip_publish,
        "schedule": ask.schedule,
        "client_id": ask.client_id,
    }
    if ask.not_before is not None:
        private["not_before"] = ask.not_before.isoformat()
    if ask.comes_empty:
        private["comes_empty"] = True
    return ExecutionRow(
        0, execution_id, ask.instance_id, ask.entity_id, workflow_id, "PENDING", now, doc, private
    )


def window_fields(window: Window) -> dict[str, str]:
    """The window's fields of an execution."""
    fields = {"timeWindowStart": stamp(window.start), "timeWindowEnd": stamp(window.end)}
    if window.start_text and window.end_text:
        fields["timeWindowStartOriginal"] = window.start_text.removesuffix("Z")
        fields["timeWindowEndOriginal"] = window.end_text.removesuffix("Z")
    return fields


def stored_window(row: ExecutionRow) -> Window:
    """The window of a stored execution."""
    start, end, zone = row.private["window"]
    return Window(datetime.fromisoformat(start), datetime.fromisoformat(end), zone)


def truth(ask: Ask, row: ExecutionRow) -> dict[str, Any]:
    """The line of the log of truth."""
    sql = str(ask.definition["sqlQuery"])
    return {
        "client_id": ask.client_id,
        "entity_id": ask.entity_id,
        "instance_id": ask.instance_id,
        "workflow_id": row.workflow_id,
        "category": ask.category,
        "window": {
            "type": ask.window_type,
            "start": stamp(ask.window.start),
            "end": stamp(ask.window.end),
            "zone": ask.window.zone,
        },
        "parameter_values": ask.parameter_values,
        "dry_run": ask.dry_run,
        "sql": sql,
        "sql_sha256": hashlib.sha256(sql.encode()).hexdigest(),
        "body": ask.body,
        "request_id": ask.request_id,
    }

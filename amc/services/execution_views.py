"""Rows of executions as views."""

from amc.db.repos.executions import Joined
from amc.services.views import ExecutionView


def view(found: Joined) -> ExecutionView:
    """The view of an execution with its surroundings."""
    row, instance, account, run = found
    return ExecutionView(
        id=row.public_id,
        fleet_run_id=run.public_id,
        title=run.title,
        instance_id=instance.instance_id,
        instance_name=instance.name,
        account_id=account.entity_id,
        brand=instance.brand,
        status=row.state,
        amc_status=row.amc_status,
        amc_execution_id=row.amc_execution_id,
        amc_workflow_id=row.amc_workflow_id,
        template=row.template,
        parameters=dict(row.parameters),
        window={"start": row.window_start, "end": row.window_end, "zone": row.window_zone},
        window_rule=row.window_rule,
        kind=run.kind,
        created_by=run.created_by,
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        finished_at=row.finished_at,
        rows=row.rows,
        reason=row.reason,
        cause=row.cause,
        stalled=row.stalled,
        cancelling=row.cancel_requested_at is not None
        and row.state not in ("READY", "FAILED", "REJECTED", "CANCELLED"),
        result_uri=row.result_uri,
        result=row.result,
    )

"""GET /amc/reporting/{instanceId}/workflowExecutions."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import EXECUTIONS, listed
from amc.sandbox.http.caller import ForInstance
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.executions import view
from amc.sandbox.http.paging import Pages
from amc.sandbox.http.sandbox import Local
from amc.sandbox.http.wire import QueryFlag
from amc.sandbox.runner.windows import WindowRefusedError, parse_local, parse_zone
from amc.sandbox.state import ExecutionRow

router = APIRouter(prefix="/amc/reporting/{instance_id}/workflowExecutions", tags=["Executions"])


@router.get("")
def list_executions(
    request: Request,
    local: Local,
    call: ForInstance,
    paging: Pages,
    min_creation_time: Annotated[str | None, Query(alias="minCreationTime")] = None,
    max_creation_time: Annotated[str | None, Query(alias="maxCreationTime")] = None,
    time_zone: Annotated[str, Query(alias="timeZone")] = "UTC",
    workflow_id: Annotated[str | None, Query(alias="workflowId")] = None,
    include_workflow: Annotated[QueryFlag, Query(alias="includeWorkflow")] = None,
    include_cancelled: Annotated[QueryFlag, Query(alias="includeCancelled")] = None,
    sort_ascending: Annotated[QueryFlag, Query(alias="sortAscending")] = None,
) -> JSONResponse:
    """Executions of the instance, newest first; a time of creation or a workflow is needed."""
    if not min_creation_time and not workflow_id:
        raise WireError(400, "Either minCreationTime or workflowId must be provided.")
    latest = _instant(max_creation_time, "maxCreationTime", time_zone)
    # The wire has whole seconds: a time names all of its second.
    until = latest + timedelta(microseconds=999_999) if latest else None
    lag = timedelta(seconds=local.options.listing_lag_s)
    if lag:
        visible = local.clock.now() - lag
        until = min(until, visible) if until else visible
    created_from = _instant(min_creation_time, "minCreationTime", time_zone)

    def fetch(after: int | None, count: int) -> list[tuple[int, ExecutionRow]]:
        rows = local.executions.page(
            call.instance_id,
            count,
            after=after,
            descending=not sort_ascending,
            created_from=created_from,
            created_to=until,
            workflow_id=workflow_id,
            include_cancelled=bool(include_cancelled),
        )
        return [(row.seq, row) for row in rows]

    page, token = local.pager.page(request, fetch, paging, descending=not sort_ascending)
    channels = local.options.wrapped
    views = [view(row, with_sql=bool(include_workflow), channels=channels) for row in page]
    return listed(request, "executions", views, token, EXECUTIONS)


def _instant(text: str | None, name: str, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        local = parse_local(text, name)
        return local.replace(tzinfo=parse_zone(zone)).astimezone(UTC)
    except (WindowRefusedError, OverflowError) as refusal:
        raise WireError(400, str(refusal)) from None

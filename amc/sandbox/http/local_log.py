"""/_local/log: the log of truth."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from amc.sandbox.http.sandbox import Local

router = APIRouter(prefix="/_local/log", tags=["Log of truth"])

After = Annotated[int, Query(ge=0, le=2**53, description="Only lines with a higher seq")]
Limit = Annotated[int, Query(ge=1, le=100_000)]


@router.get("/executions")
def executions(
    local: Local, after: After = 0, limit: Limit = 100_000, instance_id: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Every accepted execution in order: time, client, window, parameters, body, outcome."""
    return {
        "executions": local.logbook.executions(after=after, limit=limit, instance_id=instance_id)
    }


@router.get("/executions/newest")
def newest(
    local: Local, count: Annotated[int, Query(ge=1, le=1000)] = 15
) -> dict[str, list[dict[str, Any]]]:
    """The last accepted executions, newest first."""
    return {"executions": local.logbook.newest(count)}


@router.get("/requests")
def requests(
    local: Local, after: After = 0, limit: Limit = 100_000
) -> dict[str, list[dict[str, Any]]]:
    """Every request to Amazon's paths; `real_at` is its arrival in real epoch seconds."""
    return {"requests": local.logbook.requests(after=after, limit=limit)}


@router.get("/requests/newest")
def newest_requests(
    local: Local, count: Annotated[int, Query(ge=1, le=1000)] = 15
) -> dict[str, list[dict[str, Any]]]:
    """The last requests to Amazon's paths, newest first."""
    return {"requests": local.logbook.newest_requests(count)}


@router.get("/tokens")
def tokens(
    local: Local, after: After = 0, limit: Limit = 100_000
) -> dict[str, list[dict[str, Any]]]:
    """Every call of the token endpoint."""
    return {"tokens": local.logbook.tokens(after=after, limit=limit)}


@router.get("/totals")
def totals(local: Local) -> dict[str, Any]:
    """How many of what."""
    return local.logbook.totals()

"""/amc/reporting/{instanceId}/dataSources: the tables of an instance."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.answers import DATA_SOURCES, listed, one
from amc.sandbox.http.caller import ForInstance
from amc.sandbox.http.errors import missing
from amc.sandbox.http.paging import Pages
from amc.sandbox.http.sandbox import Local

router = APIRouter(prefix="/amc/reporting/{instance_id}/dataSources", tags=["Data sources"])


@router.get("")
def list_data_sources(
    request: Request, local: Local, call: ForInstance, paging: Pages
) -> JSONResponse:
    """Tables that the instance offers, with their columns."""
    found = local.sources.of(call.instance_id, call.account.region)
    page, token = local.pager.cut(request, list(enumerate(found)), paging)
    return listed(request, "dataSources", page, token, DATA_SOURCES)


@router.get("/{data_source_id}")
def get_data_source(
    request: Request, local: Local, call: ForInstance, data_source_id: str
) -> JSONResponse:
    """One table."""
    for found in local.sources.of(call.instance_id, call.account.region):
        if found["dataSourceId"] == data_source_id:
            return one(request, "dataSource", found, DATA_SOURCES)
    raise missing("Data source", data_source_id)
